from __future__ import annotations

import os
import re
import warnings
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from msgspec.structs import replace
from openpyxl.utils import column_index_from_string
from python_calamine import CalamineWorkbook

from tests.casework import RULES, frame_of, hand_in
from tests.sheetdump import dump_workbook
from zhuomuniao.codes import Code, CodeList
from zhuomuniao.layouts import ColumnType
from zhuomuniao.model import Act, Case, Clock, Status
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.reports.tables import Blank, Chart, ChartKind, Place, Report, Table, TableColumn
from zhuomuniao.ruletypes import Citation
from zhuomuniao.store.reader import read_custom_properties
from zhuomuniao.workdays import WorkCalendar

GOLDEN = Path(__file__).parents[2] / "golden" / "case-report.txt"
SHEETS = Path(__file__).parents[2] / "golden" / "report-sheets.txt"


def made_cases(count: int) -> list[Case]:
    calendar = WorkCalendar()
    cases = []
    for n in range(count):
        at = datetime(2026, 7, 25, 9, 30) + timedelta(days=n % 36, minutes=n)
        done = at + timedelta(days=n % 9) if n % 4 else None
        due = calendar.nth_workday_after(at.date(), 5)
        case = Case(
            case_no=f"{at:%Y%m%d}{n % 90 + 1:02d}",
            ledger="window",
            accepted_at=at,
            applicant="李四",
            phone="13800138000",
            about="=1+1 房产过户材料不全，跑了三趟。" if n % 2 else "@SUM(A1)" + "医保报销。" * (n * 7 % 120),
            unit=("商事登记区", "“马上办”服务区", "")[n % 3],
            tier=("三级", "二级")[n % 2],
            channel="窗口",
            status=Status.RESOLVED if done else Status.IN_PROGRESS,
            resolved_at=done,
            result="-1" if done else "",
            satisfaction="满意" if done else "",
            clocks=(Clock(Act.RESOLVE, due, ended_on=done.date() if done else None),),
        )
        cases.append(case)
    return cases


def made_report(count: int, month: int = 8) -> Report:
    tiers = CodeList("tier", "响应级别", "window", (Code("三级"), Code("二级"), Code("一级")), "", Citation("", ""))
    rules = replace(RULES, codes=(tiers,))
    frame = frame_of(f"2026-{month:02d}", rules=rules, unit_order=("“马上办”服务区",), chain_head="c0ffee")
    return hand_in(made_cases(count), frame)[0]


def loaded(data: bytes) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        return openpyxl.load_workbook(BytesIO(data))


def dump(book: openpyxl.Workbook) -> str:
    return "".join(
        f"{sheet.title}!{cell.coordinate}\t{cell.number_format}\t{cell.value!r}\n"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    )


def test_the_report_is_what_was_approved() -> None:
    found = dump(loaded(render_report(made_report(9))))
    if os.environ.get("ZMN_UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_report(made_report(9)) == render_report(made_report(9))


def test_properties_are_stamped_and_found_again() -> None:
    stamp = {"zmn.figures": "c0ffee", "说明": "<更正 & 报送>"}
    assert read_custom_properties(render_report(made_report(0), properties=stamp)) == stamp
    assert read_custom_properties(render_report(made_report(0))) == {}


@pytest.mark.parametrize("count", [0, 11, 700])
def test_M02_the_ledger_sheet_has_every_row(count: int) -> None:
    report = made_report(count)
    sheet = loaded(render_report(report))["台账"]
    numbers = [cell.value for cell in sheet["A"] if isinstance(cell.value, int)]
    assert numbers == list(range(1, report.rows + 1))
    assert sheet.freeze_panes == "A4"
    assert sheet.print_title_rows == "$1:$3"
    assert [c.value for c in sheet["A"] if str(c.value).startswith(f"共{report.rows}件")]
    signed = [cell.value for row in sheet.iter_rows(min_row=sheet.max_row) for cell in row if cell.value]
    assert signed == ["负责人签字：", "审核人：", "填报人：", "日期：　　年　月　日"]


def test_N07_no_formula_anywhere() -> None:
    data = render_report(made_report(60))
    archive = ZipFile(BytesIO(data))
    parts = [archive.read(n) for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(parts) == 7
    assert not any(b"<f>" in part or b"<f " in part for part in parts)
    values = [c.value for row in loaded(data)["台账"].iter_rows() for c in row]
    assert "=1+1 房产过户材料不全，跑了三趟。" in values
    assert "-1" in values


def test_a_native_chart_draws_the_days_of_the_month() -> None:
    data = render_report(made_report(60))
    archive = ZipFile(BytesIO(data))
    chart = archive.read("xl/charts/chart1.xml").decode()
    assert chart.count("<c:ser>") == 2
    sheet = loaded(data)["汇总"]
    header = next(c.row for c in sheet["A"] if c.value == "日")
    assert [sheet.cell(header, n).value for n in range(4, 35)] == [str(n) for n in range(1, 32)]
    assert f"$D${header + 1}:$AH${header + 1}" in chart
    assert [sheet.cell(header + n, 1).value for n in (1, 2)] == ["受理", "办结"]
    anchor = archive.read("xl/drawings/drawing1.xml").decode()
    assert "twoCellAnchor" in anchor


@pytest.mark.parametrize(("month", "days"), [(2, 28), (4, 30)])
def test_short_months_keep_one_column_per_day(month: int, days: int) -> None:
    chart = ZipFile(BytesIO(render_report(made_report(0, month)))).read("xl/charts/chart1.xml").decode()
    ranges = re.findall(r"\$([A-Z]+)\$\d+:\$([A-Z]+)\$\d+", chart)
    widths = {column_index_from_string(last) - column_index_from_string(first) + 1 for first, last in ranges}
    assert widths == {days}


def test_a_line_chart_may_be_asked_for() -> None:
    report = made_report(5)
    days = next(t for t in report.tables if t.chart)
    lined = replace(days, chart=Chart(ChartKind.LINE, "走势", points=31))
    data = render_report(replace(report, tables=(report.tables[0], lined)))
    assert "lineChart" in ZipFile(BytesIO(data)).read("xl/charts/chart1.xml").decode()


def test_every_text_cell_is_a_text_cell_and_days_are_days() -> None:
    sheet = loaded(render_report(made_report(9)))["台账"]
    formats = [sheet.cell(4, n).number_format for n in (1, 2, 3, 5, 9)]
    assert formats == ["0", "@", "yyyy-mm-dd hh:mm", "@", "yyyy-mm-dd"]
    assert isinstance(sheet.cell(4, 3).value, datetime)


def test_no_text_needs_more_height_than_its_row_has_and_type_shrinks_at_the_limit() -> None:
    text = "情" * 1500
    columns = (TableColumn("短", 10), TableColumn("长", 40))
    table = Table("单", "", columns, (("一", text), ("二", "短文")), title=("题",))
    sheet = loaded(render_report(Report("2026-08", "题", (table,), {}, {}, (), 2)))["单"]
    assert sheet["B3"].value == text
    assert sheet["B3"].font.sz < sheet["A3"].font.sz
    assert sheet.row_dimensions[3].height <= 409
    assert sheet.row_dimensions[4].height < 30


def test_an_empty_list_says_so() -> None:
    sheet = loaded(render_report(made_report(0)))["逾期明细"]
    assert "（本期没有）" in [c.value for c in sheet["A"]]


def small_report() -> Report:
    """A sheet of several tables with charts, and a sheet of one table, with everything a report can have."""
    number = ColumnType.NUMBER
    by_unit = (
        TableColumn("单位", 20, place=Place.LEFT),
        TableColumn("受理", 8, number),
        TableColumn("办结", 8, number),
    )
    units = (("县医疗保障局", 12, 9), ("“马上办”服务区", 7, 7), ("合计", 19, 16))
    columns = (
        TableColumn("序号", 4, number),
        TableColumn("受理时间", 16, ColumnType.MOMENT),
        TableColumn("反映事项", 30, place=Place.LEFT),
        TableColumn("办结日期", 11, ColumnType.DATE),
        TableColumn("备注", 10),
    )
    cases = (
        (1, datetime(2026, 8, 3, 9, 30), "房产过户材料不全，跑了三趟。" * 5, date(2026, 8, 31), ""),
        (2, datetime(2026, 8, 31, 15, 0), "=1+1", None, Blank("未办结的原因")),
    )
    tables = (
        Table(
            "汇总", "一、按单位", by_unit, units, title=("某县政务服务中心", "2026年8月月报"),
            head=("填报单位（盖章）：", "2026年8月31日"), notes=("操作链末值 c0ffee",), has_total=True,
            chart=Chart(ChartKind.BAR, "各单位受理、办结件数", columns=(1, 2)),
        ),
        Table("汇总", "二、逾期", by_unit, (), signatures=("负责人签字：", "填报人：")),
        Table("台账", "", columns, cases, title=("台账",), notes=("共2件",), is_landscape=True, least_height=30),
    )  # fmt: skip
    return Report("2026-08", "月报", tables, {}, {}, (), 2)


def test_sheets_look_as_approved() -> None:
    data = render_report(small_report(), properties={"zmn.figures": "1a2b"})
    found = dump_workbook(data, today=date(2026, 8, 31), hidden=("c0ffee",))
    if os.environ.get("ZMN_UPDATE_GOLDEN"):
        SHEETS.write_text(found, encoding="utf-8")
    assert found == SHEETS.read_text(encoding="utf-8")
    assert "c0ffee" not in found
    assert "2026-08-31" not in found
    assert "8月31日" not in found


def test_two_readers_find_the_same_values() -> None:
    data = render_report(made_report(60))
    other = CalamineWorkbook.from_filelike(BytesIO(data))
    book = loaded(data)
    assert other.sheet_names == book.sheetnames
    compared = 0
    for sheet in book:
        rows = other.get_sheet_by_name(sheet.title).to_python(skip_empty_area=False)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None:
                    continue
                read = rows[cell.row - 1][cell.column - 1]
                midnight = isinstance(read, date) and not isinstance(read, datetime)
                assert (datetime(read.year, read.month, read.day) if midnight else read) == cell.value
                compared += 1
    assert compared > 800


def test_cells_that_look_the_same_share_one_format() -> None:
    styles = ZipFile(BytesIO(render_report(made_report(700)))).read("xl/styles.xml").decode()
    (count,) = re.findall(r'<cellXfs count="(\d+)"', styles)
    assert int(count) < 30


def paged(rows: int, *, tables: int = 1) -> tuple[int, ...]:
    """After which rows a new page begins on a sheet of a table with so many rows and ``tables`` more like it."""
    columns = (TableColumn("单位", 20), TableColumn("件数", 8, ColumnType.NUMBER))
    one = Table("汇总", "表", columns, tuple((f"单位{n}", n) for n in range(rows)))
    first = replace(one, title=("题",))
    data = render_report(Report("2026-08", "题", (first, *[one] * tables), {}, {}, (), 0))
    return tuple(b.id for b in loaded(data)["汇总"].row_breaks.brk)


def test_a_table_that_fits_a_page_is_not_torn_apart() -> None:
    # Two tables of 25 rows take two pages; of four with 10 rows each the third would run over the first page's end.
    assert paged(25) == (28,)
    assert paged(10, tables=3) == (25,)
    assert paged(5) == ()


def test_a_table_longer_than_a_page_goes_on_overleaf_and_the_next_begins_there() -> None:
    breaks = paged(60)
    assert breaks[0] > 30
    assert len(breaks) in (2, 3)
