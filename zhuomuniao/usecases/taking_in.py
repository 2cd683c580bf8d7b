"""Rows that people wrote by hand, in WPS or before there was zmn: how they become cases with limits."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from zhuomuniao.dateforms import moment_of_cell
from zhuomuniao.deadlines import clock_of, deadlines_of
from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.lifecycle import status_on_acceptance
from zhuomuniao.logbook import course_of
from zhuomuniao.model import FACT_FIELDS, Act, Case, Clock, Record, Row
from zhuomuniao.store.cells import CellValue, is_same_value
from zhuomuniao.store.entry import Change

if TYPE_CHECKING:
    from zhuomuniao.casebook import Cells
    from zhuomuniao.ledger import Ledger, Place
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office

L = TypeVar("L", bound=Record)


def taken_in(office: Office, spec: LedgerSpec, record: L, cells: Cells) -> tuple[L, tuple[Clock, ...]]:
    """A record that somebody wrote down by hand, with its edition, usual codes, status and clocks.

    A 办理时限 that stands in the row is a signed date: the clock that closes the record keeps it.
    """
    day = record.opened_at.date()
    rules = office.locality.rules_on(day)
    opened = replace(record, edition=rules.edition, round_started_on=day)
    if isinstance(opened, Case):
        opened = _with_usual_codes(office, spec, opened)  # type: ignore[assignment]
    if not opened.status.is_open:
        return opened, ()
    clocks: tuple[Clock, ...] = ()
    with suppress(BadValueError, RefusedByRuleError):
        course = course_of(opened, (), rules)
        ruled = deadlines_of(rules, spec.id, opened.facts, course, office.calendar)
        clocks = tuple(clock_of(r) for r in ruled)
    signed = moment_of_cell(cells.get("due_on"))
    return opened, clocks if signed is None else _due_on(clocks, signed.date(), opened.CLOSED_BY)


def own_cells(ledger: Ledger[Any], place: Place[Any], record: Row) -> Change:
    """zmn's own cells of a row that somebody typed; what he typed stays his."""
    cells = place.cells
    own = {c.field for c in ledger.layout.columns if c.is_own or c.field in ledger.form.derived}
    values: Mapping[str, CellValue] = {
        name: value
        for name, value in ledger.form.row_of(record, ledger.layout).items()
        if name in own and name in cells and value not in (None, "") and not is_same_value(cells.get(name), value)
    }
    return Change(ledger.layout.sheet, record.case_no, values, {name: cells.get(name) for name in values})


def _due_on(clocks: tuple[Clock, ...], signed: date, closing_acts: tuple[Act, ...]) -> tuple[Clock, ...]:
    """The clocks with a signed date in the one that closes the case."""
    acts = [clock.act for clock in clocks]
    closing = next((act for act in closing_acts if act in acts), None)
    if closing is None:
        return (*clocks, Clock(closing_acts[0], signed))
    return tuple(
        Clock(closing, signed) if clock.act is closing and clock.due_on != signed else clock for clock in clocks
    )


def _with_usual_codes(office: Office, spec: LedgerSpec, case: Case) -> Case:
    """The case with its status, and the usual code where zmn's own column for it is empty: an office's book has no
    such column.
    """
    rules, layout = office.locality.rules_on(case.accepted_at.date()), office.layout(spec)
    usual: dict[str, Any] = {}
    for name in FACT_FIELDS:
        column, codes = layout.column(name), rules.code_list(spec.id, name)
        if column is not None and column.is_own and codes is not None and not getattr(case, name):
            usual[name] = codes.default
    status = case.status if case.resolved_at else status_on_acceptance(case.unit, spec)
    return replace(case, status=status, **usual)
