"""An xlsx as lines of text, to hold it against what was approved: cells, looks, merges, sizes, pages, charts.

One line for each row's height and each cell; how cells look is numbered at first sight and told at the end of the
file, so that a changed font is one changed line. Nothing depends on who wrote the file: style numbers, the order of
the zip and the time of saving are left out.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from itertools import groupby
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
from openpyxl.cell import MergedCell
from openpyxl.utils import get_column_letter

TODAY = "〈今天〉"
HIDDEN = "〈略〉"

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_NAMES = {"_xlnm.Print_Area": "print area", "_xlnm.Print_Titles": "print titles"}
_KINDS = {"BarChart": {"bar": "bars", "col": "columns"}, "LineChart": {}}


def dump_workbook(data: bytes, *, today: date | None = None, hidden: Sequence[str] = ()) -> str:
    """The workbook's lines, ending with a line feed.

    ``today`` is masked as 〈今天〉 wherever it stands in a text, a day or a moment; each text of ``hidden`` (the
    head of a journal, a number of a version) as 〈略〉.
    """
    mask = _Mask(today, tuple(hidden))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        book = openpyxl.load_workbook(BytesIO(data))
    looks: dict[str, int] = {}
    lines = [f"property {p.name} = {mask.text(str(p.value))}" for p in book.custom_doc_props.props]
    names = _defined_names(data)
    for index, sheet in enumerate(book.worksheets):
        lines += ["", f"== {mask.text(sheet.title)}"]
        lines += _page_lines(sheet)
        lines += [f"{what}: {mask.text(where)}" for what, where in names.get(index, ())]
        lines += _size_lines(sheet)
        lines += [mask.text(line) for line in _chart_lines(sheet)]
        lines += _row_lines(sheet, looks, mask)
    lines += ["", "== looks", *(f"#{number} {look}" for look, number in looks.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


class _Mask:
    """Takes out what differs from day to day."""

    def __init__(self, today: date | None, hidden: tuple[str, ...]) -> None:
        self.today = today
        self.hidden = hidden
        forms = []
        if today is not None:
            forms = [rf"{today:%Y}-{today.month:02d}-{today.day:02d}", rf"{today.year}年{today.month}月{today.day}日"]
        # Not the 1日 of 11日, nor a date that goes on: 2026-08-311.
        self.pattern = re.compile("|".join(rf"(?<!\d){form}(?!\d)" for form in forms)) if forms else None

    def text(self, text: str) -> str:
        for one in self.hidden:
            text = text.replace(one, HIDDEN)
        return self.pattern.sub(TODAY, text) if self.pattern else text

    def value(self, value: Any) -> str:
        if isinstance(value, datetime):
            is_day = (value.hour, value.minute, value.second) == (0, 0, 0)
            return self.text(f"{value:%Y-%m-%d}" if is_day else f"{value:%Y-%m-%d %H:%M:%S}")
        return self.text(repr(value))


def _defined_names(data: bytes) -> dict[int, list[tuple[str, str]]]:
    """Print areas and titles by the sheet's index; openpyxl drops an area of whole columns."""
    root = ElementTree.fromstring(ZipFile(BytesIO(data)).read("xl/workbook.xml"))
    found: dict[int, list[tuple[str, str]]] = {}
    for name in root.iter(f"{_MAIN}definedName"):
        what = _NAMES.get(name.get("name", ""))
        if what is not None:
            where = (name.text or "").replace("'", "")
            found.setdefault(int(name.get("localSheetId", "-1")), []).append((what, where))
    return {index: sorted(told) for index, told in found.items()}


def _page_lines(sheet: Any) -> Iterator[str]:
    setup, margins, footer = sheet.page_setup, sheet.page_margins, sheet.oddFooter
    fits = sheet.sheet_properties.pageSetUpPr is not None and sheet.sheet_properties.pageSetUpPr.fitToPage
    paper = "A4" if str(setup.paperSize) == "9" else f"paper {setup.paperSize}"
    wide, high = (1 if n is None else int(n) for n in (setup.fitToWidth, setup.fitToHeight))
    fit = f"fit {wide} wide {high or 'any'} high" if fits else f"scale {setup.scale or 100}"
    yield f"page: {paper} {setup.orientation or 'portrait'}, {fit}"
    told = ("left", "right", "top", "bottom", "header", "footer")
    yield "margins mm: " + ", ".join(f"{side} {getattr(margins, side) * 25.4:.4g}" for side in told)
    printed = sheet.print_options
    centred = [way for way, on in (("across", printed.horizontalCentered), ("down", printed.verticalCentered)) if on]
    if centred:
        yield "centred: " + ", ".join(centred)
    for where in ("left", "center", "right"):
        part = getattr(footer, where)
        if part.text:
            yield f"footer {where}: {part.text} ({part.font} {part.size})"
    view = sheet.sheet_view
    frozen = f", frozen at {sheet.freeze_panes}" if sheet.freeze_panes else ""
    yield f"view: grid lines {'off' if view.showGridLines is False else 'on'}{frozen}"
    if sheet.sheet_state != "visible":
        yield f"state: {sheet.sheet_state}"
    breaks = sorted(b.id for b in sheet.row_breaks.brk)
    if breaks:
        yield "page breaks after rows: " + " ".join(map(str, breaks))


def _size_lines(sheet: Any) -> Iterator[str]:
    widths: list[tuple[int, str]] = []
    for dimension in sheet.column_dimensions.values():
        first = dimension.min or openpyxl.utils.column_index_from_string(dimension.index)
        told = f"{dimension.width:.4g}" + (" hidden" if dimension.hidden else "")
        widths += [(number, told) for number in range(first, (dimension.max or first) + 1)]
    told_widths = []
    # Neighbours of the same width are told as one run.
    for width, run in groupby(sorted(widths), key=lambda one: one[1]):
        numbers = [number for number, _ in run]
        first, last = get_column_letter(numbers[0]), get_column_letter(numbers[-1])
        told_widths.append(f"{first}:{last} {width}" if first != last else f"{first} {width}")
    if told_widths:
        yield "widths: " + ", ".join(told_widths)


def _chart_lines(sheet: Any) -> Iterator[str]:
    for chart in sheet._charts:
        kind = type(chart).__name__
        shape = _KINDS.get(kind, {}).get(getattr(chart, "barDir", ""), kind)
        start, end = chart.anchor._from, chart.anchor.to
        place = f"{get_column_letter(start.col + 1)}{start.row + 1} to {get_column_letter(end.col + 1)}{end.row + 1}"
        yield f"chart: {shape} at {place} {_title_of(chart.title)!r}"
        for name, axis in (("x", chart.x_axis), ("y", chart.y_axis)):
            turned = ", reversed" if axis.scaling.orientation == "maxMin" else ""
            yield f"  axis {name}: {_title_of(axis.title)!r}{turned}"
        for series in chart.series:
            name = series.tx.strRef.f if series.tx and series.tx.strRef else ""
            points = series.cat.strRef or series.cat.numRef if series.cat else None
            values = series.val.numRef.f if series.val else ""
            yield f"  series: {name} | {points.f if points else ''} | {values}".replace("'", "")


def _title_of(title: Any) -> str:
    if title is None or title.tx is None or title.tx.rich is None:
        return ""
    return "".join(run.t for paragraph in title.tx.rich.p for run in paragraph.r or ())


def _row_lines(sheet: Any, looks: dict[str, int], mask: _Mask) -> Iterator[str]:
    spans = {str(merged).split(":")[0]: str(merged) for merged in sheet.merged_cells.ranges}
    for row in sheet.iter_rows():
        height = sheet.row_dimensions[row[0].row].height
        yield f"row {row[0].row}" + (f" high {height:g}" if height is not None else "")
        for cell in row:
            if isinstance(cell, MergedCell) or (cell.value is None and not cell.has_style):
                continue
            look = looks.setdefault(_look_of(cell), len(looks) + 1)
            value = mask.value(cell.value) if cell.value is not None else "–"
            kind = " FORMULA" if cell.data_type == "f" else ""
            yield f"  {spans.get(cell.coordinate, cell.coordinate)} #{look} {value}{kind}"


def _look_of(cell: Any) -> str:
    font, place, border, fill = cell.font, cell.alignment, cell.border, cell.fill
    told = [f"{font.name} {font.sz:g}", "bold" if font.b else "", f"[{cell.number_format}]"]
    told += [place.horizontal or "general", place.vertical or "bottom"]
    told += ["wraps" if place.wrap_text else "", "shrinks" if place.shrink_to_fit else ""]
    told += [f"indent {place.indent:g}" if place.indent else ""]
    sides = [(side, getattr(border, side).style) for side in ("left", "right", "top", "bottom")]
    styles = {style for _, style in sides}
    if styles == {None}:
        told.append("")
    elif len(styles) == 1:
        told.append(f"framed {styles.pop()}")
    else:
        told.append("lines " + " ".join(f"{side} {style}" for side, style in sides if style))
    told.append(f"on {str(fill.fgColor.rgb)[-6:]}" if fill.patternType else "")
    return " ".join(filter(None, told))
