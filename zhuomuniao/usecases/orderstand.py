"""Which work orders a ledger has already, and in what an export differs from what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.model import CODED_FIELDS, Case, Registration, StepKind
from zhuomuniao.privacy import mask_cell
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office

_MARK = "工单编号："
_MARKED = re.compile(rf"(?:^|[；\s]){_MARK}(\S+?)(?=；|\s|$)")


def order_mark(number: str) -> str:
    """How the remark of a case, whose own number is drawn, names the work order it came from."""
    return f"{_MARK}{number}"


class StandingOrder(Struct, frozen=True):
    """What is known of a work order: its case, or the row of the same file that named it first."""

    where: str
    values: dict[str, str]

    @classmethod
    def of_case(cls, office: Office, case: Case) -> StandingOrder:
        values: dict[str, object] = {name: getattr(case, name) for name in (*_TEXTS, *_MOMENTS)}
        closing = case.closing_clock
        if closing and any(r.act is closing.act and r.limit is None for r in office.clocks_for(case).running):
            # Where a rule counts the day, the day that came with the order is not the ledger's.
            values["due_on"] = closing.due_on
        return cls(case.case_no, _as_texts(values))

    @classmethod
    def of_row(cls, sheet: str, row: int, registration: Registration) -> StandingOrder:
        return cls(f"“{sheet}”第{row}行" if sheet else f"第{row}行", _values_of(registration))


class FieldDifference(Struct, frozen=True):
    """One field of a known order that says something else now; masked."""

    field: str
    header: str
    was: str
    now: str


_TEXTS = ("applicant", "phone", "about", "unit", *CODED_FIELDS, "suggestion", "outcome", "result", "satisfaction")
_MOMENTS = ("accepted_at", "assigned_at", "resolved_at")


def standing_orders(office: Office, spec: LedgerSpec) -> dict[str, StandingOrder]:
    """Every work order in the books and the outbox of a ledger, by its number in capitals.

    Where the ledger draws numbers of its own, the order's is in the case's remark; a clerk may have written over
    that, so the line of 受理 in the log, which has it too, is asked as well.
    """
    ledger = office.ledger(spec)
    cases = ledger.state().records
    is_given: dict[date, bool] = {}
    found: dict[str, StandingOrder] = {}
    drawn = []
    for case in cases:
        day = case.accepted_at.date()
        if day not in is_given:
            is_given[day] = office.locality.rules_on(day).numbering_for(spec.id).is_given
        if is_given[day]:
            found[squeeze(case.case_no).upper()] = StandingOrder.of_case(office, case)
        else:
            drawn.append(case)
    lines = ledger.steps() if drawn else {}
    for case in drawn:
        told = [case.remark, *(s.text for s in lines.get(case.case_no, ()) if s.kind is StepKind.ACCEPT)]
        for number in orders_named(told):
            found[number] = StandingOrder.of_case(office, case)
    return found


def orders_named(texts: Iterable[str]) -> set[str]:
    """The work orders that a remark, or a line of 受理, says a case came from; in capitals."""
    return {match[1].upper() for text in texts if _MARK in text for match in _MARKED.finditer(text)}


def said_fields(filled: Registration) -> frozenset[str]:
    """The fields of which a file says something, before the ledger's usual words are put in."""
    return frozenset(field for field, text in _values_of(filled).items() if text)


def differences_of(
    office: Office, spec: LedgerSpec, registration: Registration, standing: StandingOrder, *, said: frozenset[str]
) -> tuple[FieldDifference, ...]:
    """In what an order differs from what stands, looking at the fields of which the file has ``said`` something."""
    now = _values_of(registration)
    names = tuple(filter(None, (now.get("applicant", ""), standing.values.get("applicant", ""))))
    layout = office.layout(spec)
    answer = []
    for field, text in now.items():
        was, column = standing.values.get(field), layout.column(field)
        if field not in said or column is None or was is None or squeeze(was) == squeeze(text):
            continue
        answer.append(
            FieldDifference(field, column.header, mask_cell(field, was, names), mask_cell(field, text, names))
        )
    return tuple(answer)


def _values_of(registration: Registration) -> dict[str, str]:
    values: dict[str, object] = {name: getattr(registration, name, "") for name in (*_TEXTS, *_MOMENTS, "due_on")}
    return _as_texts({**values, **registration.codes, "accepted_at": registration.at})


def _as_texts(values: dict[str, object]) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)
