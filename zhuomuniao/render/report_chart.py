"""Native charts of a report's tables: Excel, WPS and LibreOffice draw them from the cells themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from zhuomuniao import sheetlook
from zhuomuniao.render.workbook import POINTS_PER_PIXEL, NewSheet, Rectangle
from zhuomuniao.reports.tables import Chart, ChartKind, Table

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart as NativeChart

GAP_POINTS: Final = 4.5
"""Between the table's last line and the chart."""

_UPRIGHT_POINTS: Final = 190.0
_BAR_EDGES: Final = 84.0
"""What title, legend and axis take of a lying chart's height."""

_BAR_POINTS: Final = 9.0
_BAR_GAP: Final = 6.0
"""What a lying bar takes, and the air between two points."""

_GAP_PERCENT: Final = 60
"""The air between the bars of two points, as a share of one bar."""

_TITLE_SIZE: Final = 12
_LEGEND_SIZE: Final = 9
_AXIS_SIZE: Final = 8
_FIGURE_SIZE: Final = 7
_LEAST_AXIS_SIZE: Final = 6
_WHOLE_STEPS: Final = 8
"""Up to this value the axis counts one by one; the programs' own steps would be fractions, printed as 0 0 1 1."""

_INK: Final = "#000000"
_QUIET: Final = "#BFBFBF"

# Dark, light, hatched, dotted: told apart on a black-and-white printer too.
_FILLS: Final = (
    {"fill": {"color": "#1F4E79"}},
    {"fill": {"color": "#D0D0D0"}},
    {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#404040", "bg_color": "#FFFFFF"}},
    {"pattern": {"pattern": "small_grid", "fg_color": "#7F6000", "bg_color": "#FFFFFF"}},
)
_LINES: Final = (
    ("#1F4E79", "solid", "circle"),
    ("#7F7F7F", "dash", "square"),
    ("#7F6000", "round_dot", "triangle"),
    ("#000000", "long_dash_dot", "diamond"),
)
_XLSX_KINDS: Final = {ChartKind.COLUMN: "column", ChartKind.LINE: "line", ChartKind.BAR: "bar"}


class PlacedTable(Struct, frozen=True):
    """A table that stands in its sheet: the row of its header, the sheet column where each of its columns begins."""

    table: Table
    header_row: int
    firsts: tuple[int, ...]


class _Series(Struct, frozen=True):
    """One series of a chart: its name, its values and the names of its points, as cells of the sheet."""

    name: Rectangle
    values: Rectangle
    points: Rectangle


def has_chart(table: Table) -> bool:
    """Whether there is anything to draw: a chart is asked for, and the table has points for it."""
    return table.chart is not None and _points(table, table.chart) > 0 and bool(table.rows)


def chart_height(table: Table) -> float:
    """The points the table's chart wants with the gap above it, 0 without one; lying bars grow with their number."""
    if table.chart is None or not has_chart(table):
        return 0.0
    if table.chart.kind is not ChartKind.BAR:
        return _UPRIGHT_POINTS
    bars = len(table.chart.columns) or len(table.rows)
    return max(_UPRIGHT_POINTS, _BAR_EDGES + _points(table, table.chart) * (bars * _BAR_POINTS + _BAR_GAP))


def _points(table: Table, chart: Chart) -> int:
    if not chart.columns:
        return min(chart.points, len(table.columns) - 1)
    rows = len(table.rows) - (1 if table.has_total else 0)
    return min(chart.points or rows, rows)


def add_chart(sheet: NewSheet, placed: PlacedTable, *, where: Rectangle, pixels: Sequence[int]) -> None:
    """Draw the table's chart over the rows of ``where``, across columns of these widths.

    Both ends are tied to cells: whatever font the columns are measured in, the chart is as wide as the table.
    """
    spec = placed.table.chart
    if spec is None or not has_chart(placed.table):
        return
    chart = sheet.book.add_chart(_XLSX_KINDS[spec.kind])
    for number, series in enumerate(_series_of(placed, spec)):
        chart.add_series(
            {
                "name": _name_of(placed.table, spec, number) or _reference(sheet, series.name)[:3],
                "categories": _reference(sheet, series.points),
                "values": _reference(sheet, series.values),
                **_dress_of(spec, number),
            }
        )
    height = sum(sheet.pixels_of(row) for row in range(where.row, where.last_row + 1))
    _set_axes(chart, placed.table, spec, height * POINTS_PER_PIXEL)
    gap = round(GAP_POINTS / POINTS_PER_PIXEL)
    chart.set_size({"width": sum(pixels), "height": height - gap})
    sheet.sheet.insert_chart(where.row - 1, where.column - 1, chart, {"y_offset": gap, "object_position": 1})


def _series_of(placed: PlacedTable, spec: Chart) -> list[_Series]:
    header, firsts, points = placed.header_row, placed.firsts, _points(placed.table, spec)
    if spec.columns:
        top, bottom = header + 1, header + points
        names = Rectangle(top, firsts[0], bottom, firsts[0])
        return [
            _Series(Rectangle(header, firsts[n]), Rectangle(top, firsts[n], bottom, firsts[n]), names)
            for n in spec.columns
        ]
    left, right = firsts[1], firsts[points]
    return [
        _Series(Rectangle(row, firsts[0]), Rectangle(row, left, row, right), Rectangle(header, left, header, right))
        for row in range(header + 1, header + 1 + len(placed.table.rows))
    ]


def _name_of(table: Table, spec: Chart, number: int) -> str:
    """The name of a series whose header is broken into lines, in one: a legend of broken names cannot be read."""
    header = table.columns[spec.columns[number]].header if spec.columns else ""
    return header.replace("\n", "") if "\n" in header else ""


def _reference(sheet: NewSheet, cells: Rectangle) -> list[Any]:
    last_row, last_column = max(cells.row, cells.last_row), max(cells.column, cells.last_column)
    return [sheet.name, cells.row - 1, cells.column - 1, last_row - 1, last_column - 1]


def _dress_of(spec: Chart, number: int) -> dict[str, Any]:
    if spec.kind is ChartKind.LINE:
        colour, dash, marker = _LINES[number % len(_LINES)]
        line = {"color": colour, "width": 1.5, "dash_type": dash}
        mark = {"type": marker, "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
        return {"line": line, "marker": mark, "smooth": False}
    dress: dict[str, Any] = {"border": {"color": _INK, "width": 0.5}, **_FILLS[number % len(_FILLS)]}
    if not number:
        # For the whole chart, and read off its first series: bars thick enough for the figures beside them.
        dress["gap"] = _GAP_PERCENT
    if spec.columns:
        dress["data_labels"] = {"value": True, "font": _type(_FIGURE_SIZE)}
    return dress


def _set_axes(chart: NativeChart, table: Table, spec: Chart, height: float) -> None:
    is_lying, points = spec.kind is ChartKind.BAR, _points(table, spec)
    chart.set_title({"name": spec.title, "name_font": _type(_TITLE_SIZE), "overlay": False})
    if len(spec.columns or table.rows) > 1:
        chart.set_legend({"position": "top", "font": _type(_LEGEND_SIZE)})
    else:
        chart.set_legend({"none": True})
    room = (height - _BAR_EDGES) / points if is_lying else _AXIS_SIZE * 2
    size = max(_LEAST_AXIS_SIZE, min(_AXIS_SIZE, int(room / 1.8)))
    names: dict[str, Any] = {
        "name": table.columns[0].header,
        "name_font": _type(_LEGEND_SIZE),
        "num_font": _type(size),
        "interval_unit": 1,
        "line": {"color": _INK},
        "major_tick_mark": "none",
    }
    values: dict[str, Any] = {
        "name": spec.unit,
        "name_font": _type(_LEGEND_SIZE),
        "num_font": _type(_AXIS_SIZE),
        "num_format": "0",
        "min": 0,
        "major_gridlines": {"visible": True, "line": {"color": _QUIET, "width": 0.5}},
        "line": {"color": _INK},
    }
    if _highest(table, spec) <= _WHOLE_STEPS:
        values["major_unit"] = 1
    # Chinese lying on its side is hard to read.
    upright = _type(_LEGEND_SIZE) | {"rotation": 360}
    if is_lying:
        # The first row on top, as in the table; then the scale would be on top too, but for the crossing.
        chart.set_x_axis(values)
        chart.set_y_axis(names | {"reverse": True, "crossing": "max", "name_font": upright})
    else:
        chart.set_x_axis(names)
        chart.set_y_axis(values | {"name_font": upright})
    chart.set_chartarea({"border": {"none": True}})


def _highest(table: Table, spec: Chart) -> int:
    points = _points(table, spec)
    if spec.columns:
        drawn = [row[n] for row in table.rows[:points] for n in spec.columns]
    else:
        drawn = [content for row in table.rows for content in row[1 : points + 1]]
    return max((content for content in drawn if isinstance(content, int)), default=0)


def _type(size: float) -> dict[str, Any]:
    return {"name": sheetlook.SONG, "size": size, "bold": False}
