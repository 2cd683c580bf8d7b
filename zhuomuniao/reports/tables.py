"""What a report is before anybody draws it: named tables of plain values, figures, rates and checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from zhuomuniao.layouts import ColumnType

Content = str | int | date | datetime | None

NO_VALUE = "—"
"""What stands where a rate has no denominator."""


class Blank(str):
    """What a person must still write, printed as ［请填写：…］ and marked, so that nobody hands it in unseen."""

    __slots__ = ()

    def __new__(cls, what: str) -> Blank:
        return super().__new__(cls, f"［请填写：{what}］")


class Place(StrEnum):
    """Where a column's text stands in its cell."""

    LEFT = "left"
    CENTER = "center"


class ChartKind(StrEnum):
    """Kinds of native charts."""

    COLUMN = "column"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column: its header and its width in characters (on a sheet of several tables: its share)."""

    header: str
    width: float
    type: ColumnType = ColumnType.TEXT
    place: Place = Place.CENTER


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a table whose rows are the series: first cell the name, then one value per column.

    ``points`` is how many columns after the first are drawn, so that a closing 合计 stays out.
    """

    kind: ChartKind
    title: str
    points: int
    unit: str = "件"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a sheet. Tables that name the same sheet stand below each other in their order.

    ``title`` lines head the sheet; ``name`` heads the table (小标题); ``has_total`` marks the last row as 合计;
    ``signatures`` are the lines to sign at the foot.
    """

    sheet: str
    name: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Content, ...], ...]
    title: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    chart: Chart | None = None
    has_total: bool = False
    is_landscape: bool = False
    least_height: float = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its denominator named; without one it has no value."""

    id: str
    label: str
    numerator: int
    denominator: int
    definition: str

    @property
    def value(self) -> float | None:
        """The share between 0 and 1 to four places, or ``None`` where the denominator is 0."""
        return round(self.numerator / self.denominator, 4) if self.denominator else None

    @property
    def percent(self) -> str:
        """The share as printed, such as ``85.7%``; halves round up, as people round."""
        if not self.denominator:
            return NO_VALUE
        share = Decimal(self.numerator * 100) / Decimal(self.denominator)
        return f"{share.quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


@dataclass(frozen=True, slots=True)
class Check:
    """An identity whose two sides were added up apart from each other."""

    identity: str
    left: int
    right: int
    is_at_most: bool = False

    @property
    def holds(self) -> bool:
        """Whether left = right, or left ≤ right for a part of a whole."""
        return self.left <= self.right if self.is_at_most else self.left == self.right


@dataclass(frozen=True, slots=True)
class Report:
    """A hand-in: its tables, and the figures scripts read. ``rows`` is how many cases its ledger copy lists."""

    period: str
    title: str
    tables: tuple[Table, ...]
    counts: Mapping[str, int]
    rates: Mapping[str, Rate]
    checks: tuple[Check, ...]
    rows: int


class ParagraphKind(StrEnum):
    """What a paragraph of a letter is: 一、 (黑体), （一） (楷体), or text."""

    HEADING = "heading"
    SUBHEADING = "subheading"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a letter, without its indent; a :class:`Blank` is marked."""

    text: str
    kind: ParagraphKind = ParagraphKind.TEXT


@dataclass(frozen=True, slots=True)
class ReportLetter:
    """A hand-in as a letter (公文): title, 主送, text, 附件说明, signature, and the date as it is printed."""

    title: str
    to: str
    paragraphs: tuple[Paragraph, ...]
    attachments: tuple[str, ...]
    signed_by: str
    date: str

    @property
    def blanks(self) -> tuple[str, ...]:
        """What a person must still write, in its order."""
        return tuple(p.text for p in self.paragraphs if isinstance(p.text, Blank))
