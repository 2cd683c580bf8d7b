"""视为签收: what silence does. Written once a day by the morning look, so that the book tells what holds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from zhuomuniao.errors import BookOpenError, CannotWriteError
from zhuomuniao.ledger import amend_cases
from zhuomuniao.model import Case, Status, Step
from zhuomuniao.rules import LedgerSpec
from zhuomuniao.usecases.inhand import return_rule, take_in_hand
from zhuomuniao.usecases.office import Office
from zhuomuniao.usecases.verbs import Verb


def deem_signed(office: Office, specs: Sequence[LedgerSpec], cases: Sequence[Case]) -> tuple[str, ...]:
    """Write 视为签收 for every case whose unit let the time for handing back pass; answers their numbers.

    Where writing fails, looking goes on: the next command does it.
    """
    if office.moment.is_replayed:
        return ()
    waiting = {c.case_no for c in cases if c.status is Status.AWAITING_SIGNATURE}
    rules = office.locality.rules_on(office.moment.as_of)
    asking = [spec for spec in specs if return_rule(rules, spec)]
    if not waiting or not asking:
        return ()
    now = datetime.combine(office.moment.as_of, office.moment.now.time())
    by_id = {spec.id: spec for spec in asking}
    done: list[str] = []

    def decide(case: Case) -> tuple[Case, tuple[Step, ...]] | None:
        if case.case_no not in waiting or case.status is not Status.AWAITING_SIGNATURE:
            return None
        hand = take_in_hand(office, by_id[case.ledger], case)
        hand.deem_signed(now)
        if not hand.written:
            return None
        done.append(case.case_no)
        return hand.case, tuple(hand.written)

    with suppress(CannotWriteError, BookOpenError):
        amend_cases([office.ledger(spec) for spec in asking], decide, signature=office.signature(Verb.DEEM))
    return tuple(done)
