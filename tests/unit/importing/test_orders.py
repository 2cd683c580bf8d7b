"""One row of an export: numbers stay text, texts are put together, what is found inside, what is never guessed."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.exports import THIN, WIDE, thin_row, wide_row
from zhuomuniao.assets import data_folder
from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.importing.foreign import ForeignSheet
from zhuomuniao.importing.mapping import ColumnRule, OrderMapping, PatternRule, load_mapping
from zhuomuniao.importing.orders import WorkOrder, order_number, order_of
from zhuomuniao.importing.tables import IgnoredRow, OrderRow, find_tables, rows_of
from zhuomuniao.store.cells import CellValue

MAPPINGS = data_folder() / "mappings"
TINY = OrderMapping(
    "x",
    "x",
    tuple(
        ColumnRule(field, (header,))
        for field, header in (("order_no", "编号"), ("accepted_at", "时间"), ("applicant", "谁"), ("about", "事"))
    ),
)


def read(name: str, *sheets: tuple[str, list[list[CellValue]]]) -> list[WorkOrder | IgnoredRow]:
    mapping = load_mapping(MAPPINGS / f"{name}.toml")
    foreign = [ForeignSheet(title, tuple(map(tuple, rows))) for title, rows in sheets]
    return [
        order_of(line, mapping) if isinstance(line, OrderRow) else line
        for table in find_tables(foreign, mapping, name="导出")
        for line in rows_of(table, mapping)
    ]


def thin(content: str, number: str = "A1") -> WorkOrder:
    (order,) = read("12345-thin", ("", [list(THIN), ["1", number, "", content]]))
    assert isinstance(order, WorkOrder)
    return order


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("141124202600000001", "141124202600000001"),
        (" 1411 2420\u00a02600000001\t", "141124202600000001"),
        ("\u200b１４１１", "1411"),
        ("'0012", "0012"),
        (20261012001, "20261012001"),
        (999_999_999_999_999, "999999999999999"),
        ("20261012.0", "20261012"),
        ("GD-2026-0001", "GD-2026-0001"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_number_is_text(cell: CellValue, number: str) -> None:
    assert order_number(cell) == (number, "")


@pytest.mark.parametrize(
    "cell",
    [
        141124202600000001.0, 1.2e17, 1_000_000_000_000_000, 9_007_199_254_740_993, 12.5, float("nan"), float("inf"),
        "1.2E+17", "4.11325E+17", "1e17", True, date(2026, 10, 8), datetime(2026, 10, 8, 9), "待定", "1" * 61,
    ],
)  # fmt: skip
def test_a_number_that_lost_digits_is_never_guessed(cell: CellValue) -> None:
    number, problem = order_number(cell)
    assert number == ""
    assert "工单编号" in problem


def test_what_stands_in_the_text_is_found() -> None:
    order = thin(
        "来电人：安禾，联系电话：13800000021，来电时间：2026年10月12日 09:30。反映变更被退回。承办单位：县林业局。"
    )
    assert (order.texts["applicant"], order.texts["phone"], order.texts["unit"]) == (
        "安禾",
        "13800000021",
        "县林业局",
    )
    assert order.moments["accepted_at"] == "2026年10月12日 09:30"
    assert (order.notes, order.problems) == ((), ())


@pytest.mark.parametrize(
    ("content", "applicant", "phone"),
    [
        ("来电人姓名：林知远反映窗口推诿", "林知远", None),
        ("诉求人：内乡县安禾食品有限公司，电话：0377-65001234，", "内乡县安禾食品有限公司", "0377-65001234"),
        ("市民林女士（电话 138 0000 0021）反映", "林女士", "138 0000 0021"),
        ("企业名称：安禾（临县）商贸有限公司；联系方式13800000021", "安禾（临县）商贸有限公司", "13800000021"),
        ("工单141124202600000001来电13800000021要求回电", "未留姓名", "13800000021"),
        ("没有留下什么", "未留姓名", None),
        ("身份证14112419900101123X办理不动产", "未留姓名", None),
    ],
)
def test_names_and_phones_in_the_text(content: str, applicant: str, phone: str | None) -> None:
    order = thin(content)
    assert (order.texts["applicant"], order.texts.get("phone")) == (applicant, phone)


def test_a_day_in_the_number_is_the_last_resort_and_told() -> None:
    order = thin("来电人：安禾", "141124202610120012")
    assert order.moments["accepted_at"] == "20261012"
    assert order.notes == ("内容里没有写时间，受理时间取自工单编号里的日期",)
    assert "accepted_at" not in thin("来电人：安禾", "141124202699990012").moments


def test_a_bad_number_is_not_replaced_by_one_in_the_text() -> None:
    looks_inside = replace(TINY, patterns=(PatternRule("order_no", "about", re.compile(r"单号(\d+)")),))
    rows = (
        ("编号", "时间", "谁", "事"),
        (1.2e17, "2026-10-12", "安禾", "单号12"),
        (None, "", "安禾", "单号 12单号13"),
    )
    (table,) = find_tables([ForeignSheet("", rows)], looks_inside, name="导出")
    lost, none = [order_of(row, looks_inside) for row in rows_of(table, looks_inside) if isinstance(row, OrderRow)]
    assert (lost.number, len(lost.problems)) == ("", 1)
    assert (none.number, none.problems) == ("13", ())


def test_title_and_content_are_put_together_once() -> None:
    (one, other) = read(
        "12345-wide",
        ("工单", [list(WIDE), wide_row(1), wide_row(2, 工单标题="窗口三次", 诉求内容="窗口三次退回")]),
    )
    assert isinstance(one, WorkOrder)
    assert isinstance(other, WorkOrder)
    assert one.texts["about"] == "第1件：营业执照变更被退回\n窗口三次退回材料，没有说明原因（1）"
    assert other.texts["about"] == "窗口三次退回"


def test_a_word_that_says_nothing_is_nothing() -> None:
    (order,) = read("12345-wide", ("工单", [list(WIDE), wide_row(1, 来电人姓名="无", 来电人电话="/", 办结时间="-")]))
    assert isinstance(order, WorkOrder)
    assert (order.texts["applicant"], order.texts["phone"]) == ("未留姓名", "")
    assert order.moments["resolved_at"] is None


def test_what_is_taken_out_of_a_text_is_told() -> None:
    (order,) = read(
        "12345-wide", ("工单", [list(WIDE), wide_row(1, 诉求内容="第一行\x0b有\u200b控制符\r\n第二行\t😀㛃")])
    )
    assert isinstance(order, WorkOrder)
    assert order.texts["about"].endswith("第一行有控制符\n第二行 😀㛃")
    assert order.notes == ("文字里有看不见的控制字符，已去掉",)


def test_a_header_below_titles_of_two_rows_and_rows_that_are_none() -> None:
    rows: list[list[CellValue]] = [
        ["12345交办工单汇总表"] * 5,
        ["导出时间：2026-10-30", None, None, None, None],
        ["序号", "工单编号", "反映人", "反映人", "受理时间"],
        ["序号", "工单编号", "姓名", "内容", "受理时间"],
        [1, "A1", "安禾", "事一", "2026-10-12"],
        ["小计", 1, None, None, None],
        [None, None, None, None, None],
        ["序号", "工单编号", "姓名", "内容", "受理时间"],
        [2, "A2", "林知远", "事二", "2026-10-13"],
        ["合  计", 2, None, None, None],
        ["制表：办公室", None, None, None, None],
    ]
    found = read("12345-wide", ("十月", rows), ("说明", [["由热线导出"]]))
    assert [(o.row, o.number, o.texts["applicant"]) for o in found if isinstance(o, WorkOrder)] == [
        (5, "A1", "安禾"), (9, "A2", "林知远"),
    ]  # fmt: skip
    assert [(i.row, i.why) for i in found if isinstance(i, IgnoredRow)] == [
        (6, "以“小计”开头"), (8, "又印了一遍的表头"), (10, "以“合计”开头"), (11, "只有一句话，没有工单编号"),
    ]  # fmt: skip


def test_of_two_names_the_one_above_tells_which_is_meant() -> None:
    rows: list[list[CellValue]] = [
        ["工单编号", "承办人", "承办人", "反映人", "反映人", "受理时间", "内容"],
        ["工单编号", "姓名", "电话", "姓名", "电话", "受理时间", "内容"],
        ["A1", "经办甲", "0358-1", "安禾", "13800000021", "2026-10-12", "事"],
    ]
    (order,) = read("12345-wide", ("表", rows))
    assert isinstance(order, WorkOrder)
    assert (order.texts["applicant"], order.texts["phone"]) == ("安禾", "13800000021")


def test_the_first_row_of_data_is_no_second_header() -> None:
    rows = (("编号", "时间", "谁", "事"), ("A1", "2026-10-12", "谁", "事"))
    (table,) = find_tables([ForeignSheet("", rows)], TINY, name="导出")
    assert table.first == 1


def test_headers_are_compared_without_blanks_and_marks() -> None:
    rows = ((" 编\n号*", "时 间：", "谁（必填）", "\u3000事"), ("A1", "2026-10-12", "安禾", "一"))
    (table,) = find_tables([ForeignSheet("", rows)], TINY, name="导出")
    assert [c.field for c in table.columns] == ["order_no", "accepted_at", "applicant", "about"]


def test_only_the_sheets_that_are_asked_for() -> None:
    rows = (("编号", "时间", "谁", "事"), ("A1", "2026-10-12", "安禾", "一"))
    sheets = [ForeignSheet("工单一", rows), ForeignSheet("工单二", rows), ForeignSheet("作废", rows)]
    asked = OrderMapping(TINY.id, TINY.title, TINY.columns, sheets=("工单*",))
    assert [t.sheet.name for t in find_tables(sheets, asked, name="导出")] == ["工单一", "工单二"]
    with pytest.raises(UnreadableFileError, match="有的是：作废"):
        find_tables(sheets[2:], asked, name="导出")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (((),), "没有内容"),
        ((("编号", "时间", "谁"), ("A1", "2026-10-12", "安禾")), "找不到这些列：情况"),
        (((None,),) * 12 + (("编号", "时间", "谁", "事"),), "找不到这些列"),
    ],
)
def test_what_no_sheet_has_is_named(rows: tuple[tuple[CellValue, ...], ...], told: str) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        find_tables([ForeignSheet("", rows)], TINY, name="导出")


def test_the_thin_fixture_reads() -> None:
    path = Path(__file__).resolve().parents[2] / "fixtures" / "imports" / "thin.csv"
    lines = path.read_bytes().decode("gb18030").splitlines()
    rows: list[list[CellValue]] = [list(line.split(",")) for line in lines]
    orders = [o for o in read("12345-thin", ("", rows)) if isinstance(o, WorkOrder)]
    assert [o.number for o in orders] == ["141124202600000101", "141124202600000102", "141124202600000103"]
    assert all(o.texts["applicant"] for o in orders)
    assert thin_row(1)[1] == "141124202600000001"
