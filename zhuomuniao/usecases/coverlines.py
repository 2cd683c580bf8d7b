"""Coverage as the reports are told it: who should have taken part, what is covered, what was owed and done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from zhuomuniao.coverage import Standing, UnitCoverage
from zhuomuniao.reports import coverlines
from zhuomuniao.usecases.covering import QuotaCoverage

_AS_REPORTED: Mapping[Standing, coverlines.Standing] = {
    Standing.TAKEN_PART: coverlines.Standing.DONE,
    Standing.SHORT: coverlines.Standing.SHORT,
    Standing.DELEGATED_ONLY: coverlines.Standing.DELEGATES_ONLY,
    Standing.OTHER_MODES_ONLY: coverlines.Standing.NOT_PERIODIC,
    Standing.ABSENT: coverlines.Standing.ABSENT,
}
_IMMEDIATE, _TRACKING = "即时", "跟踪"
"""The words of 体验类型 that the reports have a column for; any other counts as 定期."""


def coverage_for_report(
    found: QuotaCoverage, *, expected: tuple[str, ...] = (), lists_due_on: date | None = None
) -> coverlines.Coverage:
    """Coverage of a quarter or window. ``expected`` owe the lead their lists, due on ``lists_due_on``."""
    return coverlines.Coverage(
        first=found.period.first,
        last=found.period.last,
        units=tuple(map(_unit_line, found.units)),
        items=item_lines(found),
        expected=expected,
        lists_due_on=lists_due_on,
    )


def item_lines(found: QuotaCoverage) -> tuple[coverlines.ItemLine, ...]:
    """The catalogues over the year; units without one have no line."""
    return tuple(
        coverlines.ItemLine(one.unit, len(one.covered), one.owed, one.missing)
        for one in found.items
        if one.has_catalogue
    )


def owed_lines(found: QuotaCoverage) -> tuple[coverlines.OwedLine, ...]:
    """What each unit owed in the periods of the year that have begun, and how much of that it did."""
    return tuple(
        coverlines.OwedLine(unit, period.label, cell.needed, min(cell.counted, cell.needed))
        for unit, cells in zip(found.heat.units, found.heat.cells, strict=True)
        for period, cell in list(zip(found.heat.periods, cells, strict=True))[: found.begun]
    )


def _unit_line(unit: UnitCoverage) -> coverlines.UnitLine:
    immediate, tracking = unit.by_mode.get(_IMMEDIATE, 0), unit.by_mode.get(_TRACKING, 0)
    periodic = unit.total - immediate - tracking
    return coverlines.UnitLine(unit.unit, _AS_REPORTED[unit.standing], periodic, immediate, tracking, unit.delegated)
