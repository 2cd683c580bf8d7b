"""视为签收: what silence does. Written by the morning look and before a report: the book tells what holds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from zhuomuniao.errors import BookOpenError, CannotWriteError
from zhuomuniao.ledger import amend_cases
from zhuomuniao.usecases.inhand import Sweep, lapses_on
from zhuomuniao.usecases.verbs import Verb

if TYPE_CHECKING:
    from zhuomuniao.model import Case, Step
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office


def deem_signed(office: Office, specs: Sequence[LedgerSpec], cases: Sequence[Case]) -> tuple[str, ...]:
    """Write 视为签收 for every case whose unit let the time for handing back pass; answers their numbers.

    What has not come yet takes no right away: a day to come is looked at as today. Where writing fails, looking goes
    on: the next command does it.
    """
    today = min(office.moment.as_of, office.moment.now.date())

    def is_lapsed(case: Case) -> bool:
        last = lapses_on(office.rules_of(case), case, office.calendar)
        return last is not None and last < today

    # Looked at before anything is locked: on most mornings there is none.
    lapsed = {(c.ledger, c.case_no) for c in cases if is_lapsed(c)}
    if not lapsed:
        return ()
    now = datetime.combine(today, office.moment.now.time())
    sweep = Sweep(office, specs)
    done: list[str] = []

    def decide(case: Case) -> tuple[Case, tuple[Step, ...]] | None:
        if (case.ledger, case.case_no) not in lapsed:
            return None
        hand = sweep.hand(case)
        hand.deem_signed(now)
        if not hand.written:
            return None
        done.append(case.case_no)
        return hand.record, tuple(hand.written)

    with suppress(CannotWriteError, BookOpenError):
        amend_cases([office.ledger(spec) for spec in specs], decide, signature=office.signature(Verb.DEEM))
    return tuple(done)
