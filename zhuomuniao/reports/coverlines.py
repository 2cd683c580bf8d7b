"""What a report is told about who should have taken part: plain lines, counted elsewhere."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct


class Standing(StrEnum):
    """Where a unit stands in a quarter or window."""

    DONE = "已参加"
    SHORT = "参加次数不足"
    DELEGATES_ONLY = "只有受委托人参加"
    NOT_PERIODIC = "只有即时、跟踪体验"
    ABSENT = "尚未参加"


class UnitLine(Struct, frozen=True):
    """A unit that should take part. ``delegated`` are those of its activities that a delegate took part in."""

    unit: str
    standing: Standing
    periodic: int = 0
    immediate: int = 0
    tracking: int = 0
    delegated: int = 0


class ItemLine(Struct, frozen=True):
    """Of ``total`` items on a unit's catalogue, ``covered`` were tried this year; ``missing`` names the others."""

    unit: str
    covered: int
    total: int
    missing: tuple[str, ...] = ()


class OwedLine(Struct, frozen=True):
    """How many activities a unit owed in a period of the year, and how many that meet the quota it has done."""

    unit: str
    period: str
    owed: int
    done: int


class Coverage(Struct, frozen=True):
    """Who took part from ``first`` through ``last`` (the quarter or window itself), and what is covered this year.

    ``expected`` are the units that owe the lead their lists, due on ``lists_due_on``.
    """

    first: date
    last: date
    units: tuple[UnitLine, ...] = ()
    items: tuple[ItemLine, ...] = ()
    expected: tuple[str, ...] = ()
    lists_due_on: date | None = None
