"""Which workbook zmn made of a hand-in: the newest, which is the one to hand in, and the one there was on a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from zhuomuniao.errors import CannotWriteError
from zhuomuniao.usecases.editionfiles import DRAFT, REPRINT
from zhuomuniao.usecases.reportcopies import Copy, Stamp, find_copy
from zhuomuniao.workspace import REPORTS_FOLDER, file_name

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office


def newest_edition(office: Office, subject: str, period: str, *, names_people: bool = False) -> Copy | None:
    """The newest workbook of a duty (or ledger) and period under ``报表/``: the one to hand in.

    Found by its stamp, whatever it is called. Older drafts are passed over; copies with names only count where there
    is no other (where the paper ``names_people``, the other way round), of several papers the one that tells of most
    days, and what was made again last of all.
    """
    found = [one for one in _workbooks(office, subject, period) if not _is_draft(one[0])]
    return max(found, key=lambda one: (one[1].is_full is names_people, *_order(one)))[0] if found else None


def edition_of_day(
    office: Office, subject: str, period: str, day: date, *, names_people: bool = False
) -> Copy | None:
    """The newest of the workbooks that were made by a day, older drafts too: those with names where the paper
    ``names_people``, else those without.
    """
    found = [
        (copy, stamp)
        for copy, stamp in _workbooks(office, subject, period)
        if stamp.is_full is names_people and stamp.made_on is not None and stamp.made_on <= day
    ]
    return max(found, key=lambda one: (not _is_draft(one[0]), *_order(one)))[0] if found else None


def _workbooks(office: Office, subject: str, period: str) -> Iterator[tuple[Copy, Stamp]]:
    for path in (office.workspace.root / REPORTS_FOLDER / file_name(period)).glob("*.xlsx"):
        if path.name.startswith(("~$", ".")):
            continue
        try:
            copy = find_copy(path)
        except CannotWriteError:
            continue
        stamp = copy.stamp if copy else None
        if copy and stamp and (stamp.subject, stamp.period) == (subject, period):
            yield copy, stamp


def _is_draft(copy: Copy) -> bool:
    return DRAFT in copy.path.name


def _order(one: tuple[Copy, Stamp]) -> tuple[date, int, bool, date, int, str]:
    copy, stamp = one
    name = copy.path.name
    return (
        stamp.as_of or date.min,
        stamp.edition,
        REPRINT not in name,
        stamp.made_on or date.min,
        len(name),
        name,
    )
