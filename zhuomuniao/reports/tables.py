"""What a report is before anybody draws it: named tables of plain values, figures, rates and checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from zhuomuniao.layouts import Column, ColumnType

Content = str | int | Decimal | date | datetime | None

NO_VALUE = "—"
"""What stands where a rate has no denominator."""


_CLAUSE = re.compile(r"([一二三四五六七八九十]+)(（[一二三四五六七八九十]+）)?\.?(\d+)?")

SIGNATURES = ("负责人签字：", "审核人：", "填报人：", "日期：　　年　月　日")
"""The lines to sign at the foot of what is handed in."""


class Blank(str):
    """What a person must still write, printed as ［请填写：…］ and marked, so that nobody hands it in unseen."""

    __slots__ = ()

    def __new__(cls, what: str) -> Blank:
        return super().__new__(cls, f"［请填写：{what}］")


def cited(text: str) -> str:
    """Words within quotation marks; marks of their own become single ones."""
    return f"“{text.replace('“', '‘').replace('”', '’')}”"


def clause_words(clause: str) -> str:
    """A clause as a letter says it: 四（二） → 第四部分第（二）项, 五.5 → 第五部分第5项; any other as it stands."""
    match = _CLAUSE.fullmatch(clause)
    if match is None:
        return clause
    part, item, number = match.groups()
    last = f"第{number}{'点' if item else '项'}" if number else ""
    return f"第{part}部分{f'第{item}项' if item else ''}{last}"


class Measure(StrEnum):
    """What the fractions of a column are: shares (0.857, printed 85.7%), or 百分点 (-16.7). Counts have none."""

    SHARE = "share"
    POINTS = "points"


def told_number(number: Decimal | float, measure: Measure | None) -> str:
    """A number as it is printed in a column of this measure: shares and points to one place, halves rounded up."""
    if measure is None:
        return str(number)
    value = Decimal(str(number)) * (100 if measure is Measure.SHARE else 1)
    return f"{value.quantize(_TENTH, ROUND_HALF_UP)}{'%' if measure is Measure.SHARE else ''}"


def share_of(part: int, whole: int) -> Decimal | None:
    """A share as it is printed, to a tenth of a percent, halves rounded up; ``None`` where the whole is 0."""
    if not whole:
        return None
    # Adding 0 leaves no -0, which a workbook would give back as 0.
    return (Decimal(part) / Decimal(whole)).quantize(_THOUSANDTH, ROUND_HALF_UP) + 0


_TENTH = Decimal("0.1")
_THOUSANDTH = Decimal("0.001")


class Place(StrEnum):
    """Where a column's text stands in its cell."""

    LEFT = "left"
    CENTER = "center"


class ChartKind(StrEnum):
    """Kinds of charts: upright columns, lines, bars lying on their side (for long names)."""

    COLUMN = "column"
    LINE = "line"
    BAR = "bar"


class TableColumn(Struct, frozen=True):
    """One column: its header and its width in characters (on a sheet of several tables: its share)."""

    header: str
    width: float
    type: ColumnType = ColumnType.TEXT
    place: Place = Place.CENTER
    measure: Measure | None = None


def ledger_column(column: Column, *, story_from: float = 20) -> TableColumn:
    """A ledger's column as a report prints it: text begins at the left from ``story_from`` characters of width on."""
    is_long = column.type is ColumnType.TEXT and column.width >= story_from
    return TableColumn(column.header, column.width, column.type, Place.LEFT if is_long else Place.CENTER)


def plain_content(value: Any) -> Content:
    """A ledger's cell as a report prints it: numbers somebody typed into text stay as they stand there."""
    return str(value) if isinstance(value, float) else value


class Chart(Struct, frozen=True):
    """A chart of a table, drawn from its cells.

    Without ``columns`` the rows are the series: first cell the name, then one value per column; ``points`` is how
    many columns after the first are drawn, so that a closing 合计 stays out. With ``columns`` those columns are the
    series and the rows the points, named by their first cell: the first ``points`` rows, where it is 0 all but the
    合计.
    """

    kind: ChartKind
    title: str
    points: int = 0
    unit: str = "件"
    columns: tuple[int, ...] = ()


class Table(Struct, frozen=True):
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


class Rate(Struct, frozen=True):
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
    def share(self) -> Decimal | None:
        """The share as a number in a cell, rounded as it is printed."""
        return share_of(self.numerator, self.denominator)

    @property
    def percent(self) -> str:
        """The share as printed, such as ``85.7%``; halves round up, as people round."""
        return NO_VALUE if self.share is None else told_number(self.share, Measure.SHARE)


class Check(Struct, frozen=True):
    """An identity whose two sides were added up apart from each other.

    ``is_told``: the two may honestly differ (a step typed late); then a finding tells why, and nothing is refused.
    """

    identity: str
    left: int
    right: int
    is_at_most: bool = False
    is_told: bool = False

    @property
    def holds(self) -> bool:
        """Whether left = right, or left ≤ right for a part of a whole."""
        return self.left <= self.right if self.is_at_most else self.left == self.right


class Report(Struct, frozen=True):
    """A hand-in: its tables, and the figures scripts read. ``rows`` is how many cases its ledger copy lists.

    ``labels`` are what the counts are called in Chinese, by their names.
    """

    period: str
    title: str
    tables: tuple[Table, ...]
    counts: Mapping[str, int]
    rates: Mapping[str, Rate]
    checks: tuple[Check, ...]
    rows: int
    labels: Mapping[str, str] = field(default_factory=dict)


class ParagraphKind(StrEnum):
    """What a paragraph of a letter is: 一、 (黑体), （一） (楷体), or text."""

    HEADING = "heading"
    SUBHEADING = "subheading"
    TEXT = "text"


class Paragraph(Struct, frozen=True):
    """One paragraph of a letter, without its indent; a :class:`Blank` is marked."""

    text: str
    kind: ParagraphKind = ParagraphKind.TEXT


class Figure(Struct, frozen=True):
    """A table shown as its chart where charts can be drawn, else as the table itself. The table has a chart."""

    table: Table


BodyPart = Paragraph | Table | Figure
"""What the text of a letter is made of."""


class ReportLetter(Struct, frozen=True):
    """A hand-in as a letter (公文): title, 主送, text, 附件说明, signature, and the date as it is printed.

    A table of the text is headed by its ``name``; its sheet, title and signatures are not printed.
    """

    title: str
    to: str
    body: tuple[BodyPart, ...]
    attachments: tuple[str, ...]
    signed_by: str
    date: str

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """The text without its tables."""
        return tuple(part for part in self.body if isinstance(part, Paragraph))

    @property
    def blanks(self) -> tuple[str, ...]:
        """What a person must still write, in its order."""
        return tuple(text for part in self.body for text in _texts_of(part) if isinstance(text, Blank))


def _texts_of(part: BodyPart) -> tuple[Content, ...]:
    """What stands in a part of a letter, in its order."""
    if isinstance(part, Paragraph):
        return (part.text,)
    table = part.table if isinstance(part, Figure) else part
    return tuple(cell for row in table.rows for cell in row)
