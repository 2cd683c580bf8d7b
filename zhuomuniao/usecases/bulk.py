"""Many registrations from one file: bad rows are told by number, the good ones are registered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.dateforms import moment_of_cell
from zhuomuniao.errors import BadValueError
from zhuomuniao.importing.namedrows import LeftOut, RawRow
from zhuomuniao.importing.registrations import read_rows
from zhuomuniao.model import CODED_FIELDS, Registration
from zhuomuniao.numbering import require_number
from zhuomuniao.store.alignment import key_text
from zhuomuniao.usecases.progress import TOLD_EACH, Progress
from zhuomuniao.usecases.registering import Registered, check_registration, register_all

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.store.cells import CellValue
    from zhuomuniao.usecases.office import Office


class RejectedRow(Struct, frozen=True):
    """A row that was not registered: its number in the file (with headers counted) and every reason."""

    row: int
    problems: tuple[str, ...]


class BulkResult(Struct, frozen=True):
    """What became of a file. ``accepted`` counts good rows, also in a dry run."""

    registered: tuple[Registered, ...]
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[tuple[int, tuple[str, ...]], ...]
    accepted: int
    is_dry_run: bool


def register_file(
    office: Office,
    spec: LedgerSpec,
    path: Path,
    *,
    is_dry_run: bool,
    is_all_or_nothing: bool,
    default_at: Callable[[str | None], datetime],
    progress: Progress | None = None,
) -> BulkResult:
    """Register the rows of an .xlsx, .csv or .json file in one transaction per book.

    Raises :class:`UnreadableFileError` when the file is none of these, or has no column for name and matter.
    """
    good: list[tuple[int, Registration]] = []
    rejected: list[RejectedRow] = []
    left_out = LeftOut()
    rows = list(read_rows(path, office.layout(spec), left_out))
    # The ledger is read for numbers given by hand only.
    by_hand = any(row.values.get("case_no") for row in rows)
    taken = {case.case_no for case in office.ledger(spec).state().records} if by_hand else set()
    for done, row in enumerate(rows):
        if progress and not done % TOLD_EACH:
            progress("核对各行", done, len(rows))
        try:
            registration = check_registration(office, spec, _registration(row, default_at))
            _check_number(office, spec, registration, taken)
        except BadValueError as error:
            rejected.append(RejectedRow(row.number, (f"{error.message}（{error.remedy}）",)))
        else:
            good.append((row.number, registration))
    writes = not is_dry_run and good and not (is_all_or_nothing and rejected)
    if writes and progress:
        progress("写入台账", 0, 0)
    registered = register_all(office, spec, [r for _, r in good]) if writes else ()
    return BulkResult(
        registered=registered,
        rejected=tuple(rejected),
        warnings=(*left_out.remarks(), *((number, r.warnings) for number, r in good if r.warnings)),
        accepted=len(good),
        is_dry_run=is_dry_run,
    )


def _registration(row: RawRow, default_at: Callable[[str | None], datetime]) -> Registration:
    values = dict(row.values)
    at = values.pop("at", None)
    moment = moment_of_cell(at)
    if moment is None:
        moment = default_at(str(at).strip() if at not in (None, "") else None)
    elif moment.time() == time():
        # A bare day: the office opens at nine.
        moment = datetime.combine(moment.date(), time(9))
    odd = [name for name, value in values.items() if not isinstance(value, str | int | float | date | None)]
    if odd or any(isinstance(value, bool) for value in values.values()):
        raise BadValueError("有一项不是文字或数字", "每一项都应是文字，如 “name”: “李四”")
    texts = {name: key_text(value) if name == "case_no" else _text(value) for name, value in values.items()}

    def text(name: str) -> str:
        return texts.get(name, "")

    return Registration(
        applicant=text("applicant"),
        about=text("about"),
        at=moment,
        phone=text("phone"),
        unit=text("unit"),
        codes={name: text(name) for name in CODED_FIELDS},
        suggestion=text("suggestion"),
        experience_officer=text("experience_officer"),
        experience_site=text("experience_site"),
        by=text("by"),
        note=text("note"),
        case_no=text("case_no"),
    )


def _text(value: CellValue) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def _check_number(office: Office, spec: LedgerSpec, registration: Registration, taken: set[str]) -> None:
    """A number given by hand: of its day, and used neither in the ledger nor in an earlier row."""
    if registration.case_no:
        day = registration.at.date()
        rule = office.locality.rules_on(day).numbering_for(spec.id)
        taken.add(require_number(rule, day, registration.case_no, taken))
