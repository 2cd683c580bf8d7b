"""Native charts of a report: drawn from the cells, told apart in black and white, whole on one page."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
import pytest
from msgspec.structs import replace

from zhuomuniao.layouts import ColumnType
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.reports.tables import Chart, ChartKind, Content, Place, Report, Table, TableColumn

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
MISSING = [tool for tool in ("soffice", "pdftotext") if shutil.which(tool) is None]

UNITS: tuple[tuple[Content, ...], ...] = (
    ("县自然资源和规划局不动产登记中心", 12, 9, 1),
    ("“马上办”服务区", 7, 7, 0),
    ("县医疗保障局", 3, 2, 1),
)
TOTAL = ("合计", 22, 18, 2)


def table(kind: ChartKind, rows: tuple[tuple[Content, ...], ...] = UNITS, **options: Any) -> Table:
    number = ColumnType.NUMBER
    columns = (
        TableColumn("单位", 24, place=Place.LEFT),
        *(TableColumn(h, 8, number) for h in ("受理", "办结", "逾期")),
    )
    chart = Chart(kind, "各单位情况", columns=options.pop("series", (1, 2)), points=options.pop("points", 0))
    return Table("汇总", "一、按单位", columns, rows, chart=chart, **options)


def rendered(*tables: Table) -> bytes:
    first = replace(tables[0], title=("某县", "月报"))
    return render_report(Report("2026-08", "月报", (first, *tables[1:]), {}, {}, (), 0))


def charts(data: bytes) -> list[ElementTree.Element]:
    archive = ZipFile(BytesIO(data))
    names = sorted(n for n in archive.namelist() if n.startswith("xl/charts/chart"))
    return [ElementTree.fromstring(archive.read(n)) for n in names]


def sheet_of(data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        return openpyxl.load_workbook(BytesIO(data)).worksheets[0]


def drawn(data: bytes) -> list[dict[str, tuple[list[Any], list[Any]]]]:
    """What each chart shows: by the name of the series the names and the values, all looked up in the sheet."""
    sheet = sheet_of(data)

    def cells(reference: str) -> list[Any]:
        area = sheet[reference.partition("!")[2].replace("$", "")]
        rows = area if isinstance(area, tuple) else ((area,),)
        return [cell.value for row in rows for cell in (row if isinstance(row, tuple) else (row,))]

    told = []
    for chart in charts(data):
        shown = {}
        for series in chart.iter(f"{C}ser"):
            name, points, values = (series.find(f"{C}{tag}//{C}f").text for tag in ("tx", "cat", "val"))
            (title,) = cells(name)
            shown[title] = (cells(points), cells(values))
        told.append(shown)
    return told


def text_of(element: ElementTree.Element | None) -> str:
    assert element is not None
    return "".join(run.text or "" for run in element.iter(f"{A}t"))


@pytest.mark.parametrize("kind", list(ChartKind))
@pytest.mark.parametrize("is_alone", [True, False])
def test_the_rows_are_the_points_and_the_named_columns_the_series(kind: ChartKind, is_alone: bool) -> None:
    tables = (table(kind, (*UNITS, TOTAL), has_total=True),) * (1 if is_alone else 2)
    names = [row[0] for row in UNITS]
    expected = {"受理": (names, [12, 7, 3]), "办结": (names, [9, 7, 2])}
    assert drawn(rendered(*tables)) == [expected] * len(tables)


def test_only_so_many_points_as_asked_for() -> None:
    (shown,) = drawn(rendered(table(ChartKind.BAR, points=2, series=(3,))))
    assert shown == {"逾期": (["县自然资源和规划局不动产登记中心", "“马上办”服务区"], [1, 0])}


@pytest.mark.parametrize("months", [6, 12, 30])
def test_rows_as_series_read_one_cell_for_each_point(months: int) -> None:
    columns = (TableColumn("月", 8), *(TableColumn(f"{m}月", 4, ColumnType.NUMBER) for m in range(1, months + 1)))
    rows = tuple((name, *range(n, n + months), 99) for n, name in ((3, "受理"), (5, "办结")))
    lined = Table(
        "汇总", "走势", (*columns, TableColumn("合计", 5)), rows, chart=Chart(ChartKind.LINE, "走势", points=months)
    )
    shown = drawn(rendered(table(ChartKind.COLUMN), lined))[1]
    names = [f"{m}月" for m in range(1, months + 1)]
    assert shown == {
        "受理": (names, list(range(3, 3 + months))),
        "办结": (names, list(range(5, 5 + months))),
    }


def test_the_figures_of_the_cells_are_kept_in_the_chart_for_programs_that_do_not_look_them_up() -> None:
    (chart,) = charts(rendered(table(ChartKind.COLUMN)))
    cached = [[v.text for v in series.find(f"{C}val").iter(f"{C}v")] for series in chart.iter(f"{C}ser")]
    assert cached == [["12", "7", "3"], ["9", "7", "2"]]


def test_lying_bars_begin_with_the_first_row_and_have_their_scale_below() -> None:
    (chart,) = charts(rendered(table(ChartKind.BAR)))
    assert chart.find(f".//{C}barDir").get("val") == "bar"
    names, values = chart.find(f".//{C}catAx"), chart.find(f".//{C}valAx")
    assert names.find(f".//{C}orientation").get("val") == "maxMin"
    assert names.find(f"{C}axPos").get("val") == "l"
    assert values.find(f"{C}crosses").get("val") == "max"
    assert (text_of(names.find(f"{C}title")), text_of(values.find(f"{C}title"))) == ("单位", "件")


@pytest.mark.parametrize("kind", list(ChartKind))
def test_axes_and_title_are_named_in_a_chinese_font(kind: ChartKind) -> None:
    (chart,) = charts(rendered(table(kind)))
    assert text_of(chart.find(f"{C}chart/{C}title")) == "各单位情况"
    assert text_of(chart.find(f".//{C}catAx/{C}title")) == "单位"
    assert text_of(chart.find(f".//{C}valAx/{C}title")) == "件"
    assert {font.get("typeface") for font in chart.iter(f"{A}latin")} == {"宋体"}


def test_series_are_told_apart_without_colour() -> None:
    (bars,) = charts(rendered(table(ChartKind.COLUMN, series=(1, 2, 3))))
    greys = []
    for series in bars.iter(f"{C}ser"):
        fill = series.find(f"{C}spPr")
        if fill.find(f"{A}pattFill") is not None:
            greys.append(fill.find(f"{A}pattFill").get("prst"))
            continue
        colour = fill.find(f"{A}solidFill/{A}srgbClr").get("val")
        red, green, blue = (int(colour[n : n + 2], 16) for n in (0, 2, 4))
        greys.append(round((0.3 * red + 0.59 * green + 0.11 * blue) / 64))
    assert len(set(greys)) == 3
    (lines,) = charts(rendered(table(ChartKind.LINE, series=(1, 2, 3))))
    marks = {series.find(f".//{C}symbol").get("val") for series in lines.iter(f"{C}ser")}
    dashes = [series.find(f"{C}spPr/{A}ln/{A}prstDash") for series in lines.iter(f"{C}ser")]
    assert len(marks) == 3
    assert len({"solid" if dash is None else dash.get("val") for dash in dashes}) == 3


def test_a_legend_only_where_there_is_more_than_one_series() -> None:
    one, two = (charts(rendered(table(ChartKind.BAR, series=s)))[0] for s in ((1,), (1, 2)))
    assert one.find(f".//{C}legend") is None
    assert two.find(f".//{C}legend") is not None


@pytest.mark.parametrize(("highest", "step"), [(0, "1"), (2, "1"), (8, "1"), (300, None)])
def test_cases_are_counted_in_whole_steps(highest: int, step: str | None) -> None:
    (chart,) = charts(rendered(table(ChartKind.COLUMN, (("县医疗保障局", highest, 0, 0),))))
    unit = chart.find(f".//{C}valAx/{C}majorUnit")
    assert (None if unit is None else unit.get("val")) == step


@pytest.mark.parametrize("kind", list(ChartKind))
@pytest.mark.parametrize("rows", [(), (("合计", 0, 0, 0),)])
def test_nothing_to_draw_is_no_chart_and_takes_no_room(
    kind: ChartKind, rows: tuple[tuple[Content, ...], ...]
) -> None:
    empty = table(kind, rows, has_total=bool(rows))
    data = rendered(empty)
    assert not [n for n in ZipFile(BytesIO(data)).namelist() if "chart" in n or "drawing" in n]
    plain = rendered(replace(empty, chart=None))
    assert sheet_of(data).max_row == sheet_of(plain).max_row


def anchors(data: bytes) -> list[tuple[int, int, int, int]]:
    """Of each chart first row, last row, first column, last column, counted from 1."""
    root = ElementTree.fromstring(ZipFile(BytesIO(data)).read("xl/drawings/drawing1.xml"))
    d = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
    told = []
    for anchor in root:
        ends = {
            tag: {part.tag.removeprefix(d): int(part.text) for part in anchor.find(f"{d}{tag}")}
            for tag in ("from", "to")
        }
        # An end at the very edge of the next row or column covers nothing of it.
        assert ends["from"]["colOff"] == ends["to"]["colOff"] == ends["to"]["rowOff"] == 0
        assert 0 < ends["from"]["rowOff"] < 8 * 12_700
        told.append((ends["from"]["row"] + 1, ends["to"]["row"], ends["from"]["col"] + 1, ends["to"]["col"]))
    return told


def named(count: int) -> tuple[tuple[Content, ...], ...]:
    return tuple((f"第{n:02d}街道办事处便民服务中心", n % 9 + 1, n % 7, 0) for n in range(1, count + 1))


@pytest.mark.parametrize("count", [1, 5, 20, 47, 120])
def test_a_chart_stands_below_its_table_as_wide_as_it_and_over_nothing_else(count: int) -> None:
    long = table(
        ChartKind.BAR, named(count), notes=("注：按主办单位统计。",), signatures=("负责人签字：", "填报人：")
    )
    for data, columns in ((rendered(long), 4), (rendered(long, table(ChartKind.COLUMN)), 36)):
        sheet = sheet_of(data)
        for first, last, left, right in anchors(data):
            assert (left, right) == (1, columns)
            covered = [cell.value for row in sheet.iter_rows(min_row=first, max_row=last) for cell in row]
            assert covered
            assert not any(covered)
            assert sheet.cell(first - 1, 1).value in {named(count)[-1][0], "县医疗保障局"}
            assert all(sheet.row_dimensions[row].height <= 409 for row in range(first, last + 1))


def test_the_more_bars_the_higher_the_chart_up_to_a_page() -> None:
    heights = []
    for count in (3, 10, 20, 47, 120):
        data = rendered(table(ChartKind.BAR, named(count)))
        ((first, last, _, _),) = anchors(data)
        sheet = sheet_of(data)
        heights.append(sum(sheet.row_dimensions[row].height for row in range(first, last + 1)))
    assert heights[0] < heights[1] < heights[2] < heights[3] == heights[4]
    page = (297 - 30) / 25.4 * 72
    assert page * 0.8 < heights[-1] < page


@pytest.mark.parametrize(("count", "is_overleaf"), [(5, False), (30, True), (47, True), (120, True)])
def test_a_chart_that_has_no_room_below_its_table_begins_a_page_and_fits_it(count: int, is_overleaf: bool) -> None:
    data = rendered(table(ChartKind.BAR, named(count), series=(1,)))
    sheet = sheet_of(data)
    ((first, last, _, _),) = anchors(data)
    assert (first - 1 in [b.id for b in sheet.row_breaks.brk]) == is_overleaf
    # Title and header stand above it on every page.
    rows = [1, 2, 3, *range(first, last + 1)]
    assert sum(sheet.row_dimensions[row].height for row in rows) < (297 - 30) / 25.4 * 72


@pytest.mark.libreoffice
@pytest.mark.skipif(bool(MISSING), reason=f"本机没有 {'、'.join(MISSING)}")
def test_printed_charts_are_whole_on_one_page_with_every_name(tmp_path: Path) -> None:
    long, few = table(ChartKind.BAR, named(47), series=(1,)), table(ChartKind.BAR, named(9))
    upright = replace(table(ChartKind.COLUMN), chart=Chart(ChartKind.COLUMN, "按单位受理", columns=(1,)))
    files = {
        "alone": (rendered(long), {"各单位情况": [row[0] for row in named(47)]}),
        "several": (rendered(few, upright, few), {"各单位情况": [row[0] for row in named(9)], "按单位受理": []}),
    }
    for name, (data, _) in files.items():
        (tmp_path / f"{name}.xlsx").write_bytes(data)
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to", "pdf",
         "--outdir", str(tmp_path), *(str(tmp_path / f"{name}.xlsx") for name in files)],
        capture_output=True, check=True, timeout=300,
    )  # fmt: skip
    for name, (_, titles) in files.items():
        pdf = tmp_path / f"{name}.pdf"
        done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True)
        pages = [re.sub(r"\s", "", page) for page in done.stdout.split("\f")]
        for title, names in titles.items():
            found = [page for page in pages if title in page]
            assert found, (name, title)
            for page in found:
                # The scale stands at the chart's foot: what is cut off has none.
                assert page.rindex("件") > page.index(title)
                assert [one for one in names if one not in page.partition(title)[2]] == []


def test_the_legend_names_a_series_on_one_line_whose_header_takes_two() -> None:
    plain = table(ChartKind.BAR)
    headers = ("单位", "本月\n受理", "办结", "逾期")
    folded = replace(plain, columns=tuple(replace(c, header=h) for c, h in zip(plain.columns, headers, strict=True)))
    (chart,) = charts(rendered(folded))
    names = [series.find(f"{C}tx") for series in chart.iter(f"{C}ser")]
    assert names[0].find(f"{C}v").text == "本月受理"
    assert names[1].find(f".//{C}f") is not None, "a header of one line stays the cell's"
