"""Looking up: one case with its log, lists, and the state of the ledger on an earlier day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.errors import UnknownCaseError
from zhuomuniao.fieldwork import Officer, Site
from zhuomuniao.ledger import Ledger, LedgerState
from zhuomuniao.model import Case, Finding, R, Record, Row, Step
from zhuomuniao.privacy import mask_cell, mask_record, mask_step, mask_text
from zhuomuniao.store.cells import plain_text
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.ledgerhistory import read_history

if TYPE_CHECKING:
    from zhuomuniao.layouts import Column
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office

L = TypeVar("L", bound=Record)


class View(Struct, Generic[L], frozen=True):
    """A record as it is shown on a day: its leading clock and how late that is (工作日)."""

    record: L
    next_clock: str
    due_on: date | None
    late_workdays: int


class CaseFilter(Struct, frozen=True):
    """What a list is narrowed to; empty means all."""

    status: str = ""
    unit: str = ""
    month: tuple[int, int] | None = None
    is_overdue: bool = False
    search: str = ""


CaseView = View[Case]


class RowBeside(Struct, frozen=True):
    """A row of a sheet beside a ledger (计划, 事项清单, 名册 …) as it is shown: the columns that hold anything as
    field, header and text, and its lines of the log. ``number_title`` is what its number is called.
    """

    row: Row
    sort: str
    number_title: str
    columns: tuple[tuple[str, str, str], ...]
    steps: tuple[Step, ...]
    warnings: tuple[str, ...]


class Seen(Struct, Generic[R], frozen=True):
    """Records at the end of a day and what in the books could not be read."""

    records: tuple[R, ...]
    findings: tuple[Finding, ...]


def cases_as_of(office: Office, spec: LedgerSpec) -> Seen[Case]:
    """Every case at the end of the office's day. Raises :class:`BadValueError` for a ledger of something else."""
    office.ledger(spec)
    return records_as_of(office, spec)


def records_as_of(office: Office, spec: LedgerSpec) -> Seen[Any]:
    """Every record at the end of the office's day: rows for today, the log replayed for an earlier day."""
    return records_at(office, spec, (office.moment.as_of,))[0]


def moving_records(office: Office, spec: LedgerSpec) -> LedgerState[Any]:
    """Every record that may still move at the end of the office's day; closed ones may be left out, no finding is."""
    if office.moment.is_replayed:
        seen = records_as_of(office, spec)
        first = min((record.opened_at.date() for record in seen.records), default=None)
        return LedgerState(seen.records, seen.findings, first)
    return office.records(spec).moving_state()


def records_at(office: Office, spec: LedgerSpec, days: Sequence[date]) -> tuple[Seen[Any], ...]:
    """Every record at the end of each of the days, in the order given; the books are read once for all of them."""
    history = read_history(office, spec)
    return tuple(Seen(records, history.findings) for records in history.records_at(days))


def view(office: Office, case: L) -> View[L]:
    """The record with the state of its leading clock on the office's day."""
    clock = case.leading_clock
    if clock is None or clock.due_on is None:
        return View(case, "", None, 0)
    late = late_workdays(clock.due_on, office.moment.as_of, office.calendar)
    return View(case, clock.act.clock, clock.due_on, late)


def list_cases(
    office: Office, spec: LedgerSpec, wanted: CaseFilter, *, is_full: bool = False
) -> tuple[tuple[CaseView, ...], tuple[Finding, ...]]:
    """Cases of a ledger on the office's day, newest number last, and findings; masked unless ``is_full``.

    The search looks at numbers, names, phones and texts, on the full data.
    """
    wanted = replace(wanted, unit=listed_unit(office, wanted.unit))
    seen = cases_as_of(office, spec)
    found = [c for c in seen.records if _matches(c, wanted)]
    found.sort(key=lambda c: (c.accepted_at.date(), c.in_order))
    views = [view(office, c) for c in found]
    if wanted.is_overdue:
        views = [v for v in views if v.due_on and v.due_on < office.moment.as_of]
    return tuple(v if is_full else replace(v, record=mask_record(v.record)) for v in views), seen.findings


def show_record(
    office: Office, spec: LedgerSpec, case_no: str, *, is_full: bool = False
) -> tuple[View[Any], tuple[Step, ...]]:
    """One record and its log on the office's day. Raises :class:`UnknownCaseError`."""
    ledger = office.records(spec)
    case = ledger.find(case_no)
    steps = ledger.steps({case.case_no}).get(case.case_no, [])
    as_of = office.moment.as_of
    if office.moment.is_replayed:
        from zhuomuniao.transitions import replay

        earlier = replay(case, steps, office.terms(spec), as_of)
        if earlier is None:
            raise UnknownCaseError(
                f"到 {as_of} 为止还没有编号 {case.case_no} 的{ledger.form.noun}",
                f"它是 {case.opened_at:%Y-%m-%d} 的",
            )
        case = earlier
        steps = [s for s in steps if s.at.date() <= as_of]
    if is_full:
        return view(office, case), tuple(steps)
    return view(office, mask_record(case)), tuple(mask_step(s, case) for s in steps)


def show_row_beside(
    office: Office, case_no: str, named: str | None = None, *, is_full: bool = False
) -> RowBeside | None:
    """The row of a sheet beside a ledger that bears a number, ``None`` where none does; masked unless ``is_full``.

    ``named`` is the ledger asked for. Raises :class:`UnknownCaseError` for a row that came after the office's day.
    """
    ledger = office.side_bearing(case_no, named)
    if ledger is None:
        return None
    row, as_of = ledger.find(case_no), office.moment.as_of
    if row.opened_at.date() > as_of:
        raise UnknownCaseError(
            f"到 {as_of} 为止还没有编号 {row.case_no} 的{ledger.form.noun}", f"它是 {row.opened_at:%Y-%m-%d} 的"
        )
    names = () if is_full or not isinstance(row, Officer) else (row.name,)
    steps = ledger.steps({row.case_no}).get(row.case_no, [])
    columns = []
    for column, text in _told_cells(ledger, row):
        # The name of a site is a place's, not a person's.
        is_place = isinstance(row, Site) and column.field == "name"
        columns.append(
            (column.field, column.header, text if is_full or is_place else mask_cell(column.field, text, names))
        )
    later = ("这张表不回看以前：照现在的样子列出",) if office.moment.is_replayed else ()
    return RowBeside(
        row, ledger.form.noun, ledger.number_title, tuple(columns),
        tuple(s if is_full else replace(s, text=mask_text(s.text, names)) for s in steps), later,
    )  # fmt: skip


_SAID_OTHERWISE = frozenset(
    {"case_no", "key_check", "row_no", "clocks", "next_act", "next_due_on", "due_on", "edition", "provisional"}
)


def told_columns(office: Office, spec: LedgerSpec, record: Row) -> tuple[tuple[str, str], ...]:
    """The header and text of each column of a record's row that holds anything; limits are told by its clocks."""
    return tuple((column.header, text) for column, text in _told_cells(office.records(spec), record))


def _told_cells(ledger: Ledger[Any], row: Row) -> Iterator[tuple[Column, str]]:
    values = ledger.form.row_of(row, ledger.layout)
    for column in ledger.layout.columns:
        text = plain_text(values.get(column.field))
        if text and column.field not in _SAID_OTHERWISE:
            yield column, text


def listed_unit(office: Office, text: str) -> str:
    """The unit that a name or alias stands for today; what is in no list stands for itself."""
    return office.locality.rules_on(office.moment.as_of).units.find(text) or text


def record_full_view(office: Office, verb: str, case_nos: Sequence[str]) -> None:
    """Journal that names and phones were shown unmasked (domain.md §8)."""
    signature = office.signature(verb)
    office.store.record_reading(signature.now, {"verb": verb, "clerk": signature.clerk, "cases": "、".join(case_nos)})


def _matches(case: Case, wanted: CaseFilter) -> bool:
    if wanted.status and case.status != wanted.status:
        return False
    if wanted.month and (case.accepted_at.year, case.accepted_at.month) != wanted.month:
        return False
    if wanted.unit and case.unit != wanted.unit:
        return False
    if wanted.search:
        # NFKC without white space: what was typed with a full-width bracket is found with a half-width one.
        needle = squeeze(wanted.search)
        hay = (case.case_no, case.applicant, case.phone, case.about, case.unit, case.result, case.remark)
        return any(needle in squeeze(text) for text in hay)
    return True
