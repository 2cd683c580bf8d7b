"""Hand-ins that a journal begun anew does not know of, told by the reports that lie there from before."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhuomuniao.errors import CannotWriteError, ZmnError
from zhuomuniao.store.journal import START
from zhuomuniao.usecases.reportcopies import Stamp, find_copy
from zhuomuniao.usecases.submissions import copies_recorded
from zhuomuniao.workspace import REPORTS_FOLDER

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office


def reports_before_journal(office: Office) -> tuple[tuple[str, str], ...]:
    """Duty and period of each hand-in not on record of which a report was made before the journal was begun anew.

    Nothing where the journal goes back to the first day. Real moments are compared: a report may be made as of a day
    long past.
    """
    begun, duties = _begun_anew(office), _duties(office)
    if begun is None:
        return ()
    recorded = copies_recorded(office)
    found = {
        (stamp.subject, stamp.period)
        for path in sorted((office.workspace.root / REPORTS_FOLDER).glob("*/*.xlsx"))
        if (stamp := _stamp(path)) is not None and stamp.subject in duties and _is_older(path, stamp, begun)
    }
    return tuple(sorted(found - set(recorded), key=lambda one: (one[1], one[0])))


def _begun_anew(office: Office) -> datetime | None:
    """When the journal was begun beside books that were written before: now, where there is none at all."""
    journal = office.store.journal
    if journal.begun_at is None:
        return office.moment.now if any(_was_written(office, spec) for spec in office.locality.ledgers) else None
    line = next((one for one in journal.lines_holding(f'"kind":"{START}"') if one.kind == START), None)
    return datetime.fromisoformat(line.payload["at"]) if line else None


def _was_written(office: Office, spec: LedgerSpec) -> bool:
    """Whether the log of a ledger's books tells of an operation; a book that cannot be read is told elsewhere."""
    try:
        return any(step.op_id for steps in office.records(spec).steps().values() for step in steps)
    except ZmnError:
        return False


def _duties(office: Office) -> frozenset[str]:
    return frozenset(duty.id for duty in office.locality.rules_on(office.moment.as_of).duties)


def _stamp(path: Path) -> Stamp | None:
    if path.name.startswith(("~$", ".")):
        return None
    try:
        copy = find_copy(path)
    except CannotWriteError:
        return None
    return copy.stamp if copy else None


def _is_older(path: Path, stamp: Stamp, begun: datetime) -> bool:
    """By the day it was made, or, as a copied folder has new times only, by that of its file."""
    if stamp.made_on is not None and stamp.made_on < begun.date():
        return True
    return datetime.fromtimestamp(path.stat().st_mtime) < begun
