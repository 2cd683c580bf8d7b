"""Native charts of a report's tables: Excel, WPS and LibreOffice draw them from the cells themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zhuomuniao import sheetlook
from zhuomuniao.reports.tables import Chart, ChartKind, Table

if TYPE_CHECKING:
    from openpyxl.chart import BarChart, LineChart
    from openpyxl.chart.text import RichText
    from openpyxl.chart.title import Title
    from openpyxl.drawing.text import CharacterProperties
    from openpyxl.worksheet.worksheet import Worksheet

CHART_POINTS: Final = 190.0
"""Height of the row a chart fills."""

_GAP: Final = 50_000
"""Between the table's last line and the chart, in the drawing's units (12,700 to a point)."""

# Told apart on a black-and-white printer too.
_COLOURS = ("1F4E79", "A6A6A6", "7F6000")


def add_chart(sheet: Worksheet, table: Table, *, header_row: int, first: int, width: int) -> None:
    """Place the table's chart over the row below its last one, across ``width`` columns.

    Each row is a series; ``first`` is the sheet column of the first point, its name stands in column A.
    """
    spec = table.chart
    if spec is None:
        return
    from openpyxl.chart import BarChart, LineChart, Reference, Series
    from openpyxl.chart.data_source import StrRef
    from openpyxl.chart.series import SeriesLabel
    from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
    from openpyxl.utils import quote_sheetname

    chart = LineChart() if spec.kind is ChartKind.LINE else BarChart()
    last = first + spec.points - 1
    for number in range(len(table.rows)):
        row = header_row + 1 + number
        values = Reference(sheet, min_col=first, max_col=last, min_row=row, max_row=row)
        series = Series(values)
        series.tx = SeriesLabel(strRef=StrRef(f"{quote_sheetname(sheet.title)}!$A${row}"))
        colour = _COLOURS[number % len(_COLOURS)]
        if spec.kind is ChartKind.LINE:
            series.graphicalProperties.line.solidFill = colour
            series.graphicalProperties.line.width = 19050
            series.smooth = False
        else:
            series.graphicalProperties.solidFill = colour
            series.graphicalProperties.line.solidFill = colour
        chart.series.append(series)
    chart.set_categories(Reference(sheet, min_col=first, max_col=last, min_row=header_row, max_row=header_row))
    _dress(chart, spec)
    # Tied to cells on both ends: whatever font the columns are measured in, the chart is as wide as the table.
    above = header_row + len(table.rows)
    # Through vars, for the type stubs know of one-cell anchors only.
    vars(chart)["anchor"] = TwoCellAnchor(
        _from=AnchorMarker(col=0, row=above, rowOff=_GAP), to=AnchorMarker(col=width, row=above + 1)
    )
    sheet.add_chart(chart)


def _dress(chart: BarChart | LineChart, spec: Chart) -> None:
    from openpyxl.chart.legend import Legend

    chart.title = _title(spec.title, 1200)
    chart.legend = Legend()
    chart.legend.position = "t"
    chart.legend.overlay = False
    chart.legend.txPr = _type(900)
    for axis in (chart.x_axis, chart.y_axis):
        # openpyxl 3.1 hides both axes unless told otherwise.
        axis.delete = False
        axis.txPr = _type(800)
    chart.x_axis.title = _title("日", 900)
    chart.y_axis.title = _title(spec.unit, 900)
    chart.y_axis.majorUnit = None
    chart.y_axis.number_format = "0"
    chart.y_axis.scaling.min = 0


def _type(size: int) -> RichText:
    from openpyxl.chart.text import RichText
    from openpyxl.drawing.text import Paragraph, ParagraphProperties

    properties = ParagraphProperties(defRPr=_character(size))
    return RichText(p=[Paragraph(pPr=properties, endParaRPr=_character(size))])


def _title(text: str, size: int) -> Title:
    from openpyxl.chart.text import RichText, Text
    from openpyxl.chart.title import Title
    from openpyxl.drawing.text import Paragraph, ParagraphProperties, RegularTextRun

    paragraph = Paragraph(
        pPr=ParagraphProperties(defRPr=_character(size)), r=[RegularTextRun(rPr=_character(size), t=text)]
    )
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def _character(size: int) -> CharacterProperties:
    from openpyxl.drawing.text import CharacterProperties, Font

    return CharacterProperties(
        sz=size, b=False, latin=Font(typeface=sheetlook.SONG), ea=Font(typeface=sheetlook.SONG)
    )
