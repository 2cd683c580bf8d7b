"""What a unit filled in by hand is read as it stands there: our copy, or the notice's annex typed over."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.effort import tries
from zhuomuniao.assets import data_folder
from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.importing.lists import HandFilledList, read_list
from zhuomuniao.layouts import EdgeField, Layout, load_layout
from zhuomuniao.render.list_xlsx import render_list
from zhuomuniao.store.cells import CellValue
from zhuomuniao.texts import clean_text

Grid = Sequence[Sequence[Any]]

TITLE = ["问题清单、需求清单和解决措施清单"]
HEADER = [
    "序号",
    "参与活动地点",
    "体验内容",
    "体验方式",
    "发现问题",
    "企业群众或一线 工作人员反映的需求",
    "拟采取的\n解决措施",
    "完成时限",
    "整改效果",
    "备注",
]
J_HEADER = ["序号", "事项名称", "跟执法人员及职务", "问题描述", "改进或优化措施", "意见建议"]


def layout_of(locality: str) -> Layout:
    layout = load_layout(data_folder() / "localities" / locality / "layouts" / "issues.toml")
    assert isinstance(layout, Layout)
    return layout


BEILIN = layout_of("beilin")
JINGBIAN = layout_of("jingbian")


def book(sheets: Mapping[str, Grid], merges: Sequence[str] = ()) -> bytes:
    """A file as a unit saves it; ``merges`` are of the first sheet."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for area in merges:
        workbook.worksheets[0].merge_cells(area)
    out = BytesIO()
    workbook.save(out)
    return out.getvalue()


def read(rows: Grid, *merges: str, layout: Layout = BEILIN) -> HandFilledList:
    (found,) = read_list(book({"Sheet1": rows}, merges), layout, name="区教育局.xlsx")
    return found


def problems(found: HandFilledList, field: str = "problem") -> list[CellValue]:
    return [row.values[field] for row in found.rows]


def row(n: Any, problem: Any, place: Any = "大厅") -> list[Any]:
    return [n, place, "办照", "陪同", problem, None, "改", "2026年9月底", None, None]


# Round trip.


def test_what_was_written_is_read() -> None:
    edges = {"unit": "区教育局", "leader": "郑知行", "activity_kind": "走流程坐窗口", "held_on": "2026年9月"}
    rows = [{"problem": "清单不一致", "due_on": date(2026, 9, 30)}, {"place": "大厅", "need": "延长服务"}]
    (found,) = read_list(render_list(BEILIN, edges, rows), BEILIN, name="a.xlsx")
    assert (found.sheet, found.head, found.foot) == ("问题清单", edges, {})
    assert (found.missing, found.left_out, found.unread) == ((), (), ())
    assert [{k: v for k, v in r.values.items() if v is not None} for r in found.rows] == [
        {"row_no": 1, **rows[0]},
        {"row_no": 2, **rows[1]},
    ]


def test_a_blank_copy_has_no_rows_and_blank_fields() -> None:
    (found,) = read_list(render_list(JINGBIAN, {}, ()), JINGBIAN, name="a.xlsx")
    assert found.rows == ()
    assert found.head == {"unit": "", "chief": "", "date": ""}
    assert found.foot == {"contact": "", "contact_phone": ""}


def test_a_text_that_takes_a_page_is_one_row() -> None:
    long = "窗口" * 8000
    rows = [{"problem": long}, {"problem": "短"}]
    (found,) = read_list(render_list(BEILIN, {}, rows), BEILIN, name="a.xlsx")
    assert problems(found) == [long, "短"]


@pytest.mark.parametrize("count", [1, 7, 60])
def test_every_row_of_a_list_comes_back(count: int) -> None:
    rows = [{"item": f"事项{n}", "problem": f"问题{n}"} for n in range(count)]
    edges = {"unit": "县住建局", "contact": "王敏", "contact_phone": "13800000021"}
    (found,) = read_list(render_list(JINGBIAN, edges, rows), JINGBIAN, name="a.xlsx")
    assert problems(found, "item") == [f"事项{n}" for n in range(count)]
    assert found.foot == {"contact": "王敏", "contact_phone": "13800000021"}


TRAPS = (
    "=1+1", "@名单", "-无", "+86", "合计", "合计：3件", "序号", "联系人：王敏", "时间：九月", "注：见附件", "1",
    "#N/A", "一\n二\n三", "单位 (盖章):", "_x0041_", "＝ＳＵＭ（Ａ１）",
    "“一把手”跟执法活动发现问题整改清单", "附件3",
)  # fmt: skip
TYPED = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=40)
CELL = TYPED.map(clean_text) | st.sampled_from(TRAPS)
ROW = st.fixed_dictionaries({"item": CELL, "problem": CELL, "remedy": CELL, "suggestion": CELL})
NAME = st.text("区县教育住建局张三李四 =+-@０ＡａＡ“”（）()，·.12", max_size=20).map(
    lambda text: " ".join(text.split()).strip(" ，")
)


@pytest.mark.search
@settings(max_examples=tries(60), deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"item": CELL, "problem": CELL, "remedy": CELL, "suggestion": CELL}), max_size=4)
)
def test_any_text_comes_back_as_it_was(rows: list[dict[str, str]]) -> None:
    (found,) = read_list(render_list(JINGBIAN, {"unit": "县住建局"}, rows), JINGBIAN, name="a.xlsx")
    told = [{k: v for k, v in r.values.items() if v is not None and k != "row_no"} for r in found.rows]
    assert told == [kept for r in rows if (kept := {k: v for k, v in r.items() if v.strip()})]
    assert found.unread == ()


@pytest.mark.search
@settings(max_examples=tries(50), deadline=None)
@given(NAME, NAME, NAME)
def test_any_name_in_head_and_foot_comes_back(unit: str, leader: str, contact: str) -> None:
    edges = {"unit": unit, "leader": leader, "activity_kind": "跟执法", "held_on": "2026年9月"}
    (found,) = read_list(render_list(BEILIN, edges, ()), BEILIN, name="a.xlsx")
    assert found.head == edges
    foot = {"contact": contact, "contact_phone": "0912-4621234"}
    (below,) = read_list(render_list(JINGBIAN, foot, ()), JINGBIAN, name="a.xlsx")
    assert below.foot == foot


# The head as units write it.


@pytest.mark.parametrize(
    "line",
    [
        [
            "填报单位：区教育局",
            None,
            "负责人姓名：郑知行",
            None,
            None,
            "参与活动名称：跟执法",
            None,
            "时间：2026年9月",
        ],
        ["填报单位:区教育局   负责人姓名 郑知行   参与活动名称: 跟执法   时间:2026年9月"],
        ["填报单位：", "区教育局", "负责人姓名", "郑知行", "参与活动名称：", "跟执法", "时间：", "2026年9月"],
        ["填报单位：__区教育局__ 负责人姓名：__郑知行__ 参与活动名称：__跟执法__ 时间：__2026年9月__"],
        ["填 报 单 位 ： 区教育局", "负责人姓名郑知行", "参与活动\n名称：跟执法", "时 间：2026年9月"],
        [
            "填报单位（盖章）：区教育局（盖章）",
            "负责人姓名（签字）：郑知行",
            "参与活动名称：跟执法",
            "时间：2026年9月",
        ],
        ["单位：区教育局，主要负责人姓名：郑知行，参与活动名称：跟执法，时间：2026年9月"],
        ["填报单位：区教育局负责人姓名：郑知行参与活动名称：跟执法 时间：2026年9月"],
        ["填报单位：区教育局 主要负责人姓名：郑知行", None, "参与活动名称：跟执法", "时间：2026年9月"],
    ],
)
def test_label_and_value_in_any_of_the_usual_ways(line: list[Any]) -> None:
    found = read([TITLE, line, HEADER, row(1, "清单不一致")])
    assert found.head == {
        "unit": "区教育局",
        "leader": "郑知行",
        "activity_kind": "跟执法",
        "held_on": "2026年9月",
    }
    assert problems(found) == ["清单不一致"]


def test_a_head_of_merged_cells_and_a_real_date() -> None:
    grid = [
        ["“一把手”跟执法活动发现问题整改清单"],
        ["单位（盖章）：", None, "县住建局"],
        ["主要负责人（签字）：", None, None],
        ["日期：", None, date(2026, 9, 18)],
        J_HEADER,
        [1, "施工许可", "安禾 局长", "勘验超期", "限时", None],
        ["联系人：", "王敏", None, "联系电话：", 13800000021],
    ]
    found = read(grid, "A1:F1", "A2:B2", "C2:F2", "A3:B3", "A4:B4", "C4:F4", layout=JINGBIAN)
    assert found.head == {"unit": "县住建局", "chief": "", "date": "2026-09-18"}
    assert found.foot == {"contact": "王敏", "contact_phone": "13800000021"}
    assert problems(found) == ["勘验超期"]


@pytest.mark.parametrize(
    "blank", ["日期:  年  月  日", "日期：", "日期：____年__月__日", "日期：　　年　月　日", "日期"]
)
def test_a_day_that_nobody_wrote_is_none(blank: str) -> None:
    found = read([["单位：县住建局"], [blank], J_HEADER, [1, "许可", "安禾", "超期"]], layout=JINGBIAN)
    assert found.head == {"unit": "县住建局", "date": ""}


@pytest.mark.parametrize("written", ["上报日期（几月几日）：9月8日", "上报日期:9月8日", "上报日期（盖章）：9月8日"])
def test_words_in_brackets_belong_to_the_label(written: str) -> None:
    heads = (EdgeField(1, "上报日期（几月几日）：", "date"),)
    found = read([[written], HEADER, row(1, "甲")], layout=replace(BEILIN, heads=heads))
    assert found.head == {"date": "9月8日"}


def test_other_words_with_the_label_inside_are_not_the_label() -> None:
    found = read([["填报时间：2026年9月30日   活动单位名录：见附页"], HEADER, row(1, "甲")])
    assert found.head == {}


# The header and the rows.


def test_a_header_over_two_rows_and_with_breaks_inside() -> None:
    upper = ["序号", "参与活动地点", "体 验\n内 容", "体验方式", "问题和需求", None, "整改", None, None, "备 注"]
    lower = [
        None,
        None,
        None,
        None,
        "发现问题",
        "企业群众或一线工作人员\n反映的需求",
        "拟采取的解决措施",
        "完成时限",
        "整改效果",
    ]
    found = read(
        [TITLE, upper, lower, row(1, "甲"), row(2, "乙")], "E2:F2", "G2:I2", *(f"{c}2:{c}3" for c in "ABCDJ")
    )
    assert problems(found) == ["甲", "乙"]
    assert (found.missing, found.left_out) == ((), ())


def test_a_merged_place_belongs_to_each_of_its_rows() -> None:
    grid = [HEADER, row(1, "甲", "一楼"), row(2, "乙", None), row(3, "丙", None), row(4, "丁", "二楼")]
    found = read(grid, "B2:B4")
    assert problems(found, "place") == ["一楼", "一楼", "一楼", "二楼"]
    assert [r.number for r in found.rows] == [2, 3, 4, 5]


def test_a_row_made_tall_by_merging_is_one_row() -> None:
    tall = [f"{c}2:{c}4" for c in "ABCDEFGHIJ"]
    found = read([HEADER, row(1, "甲"), [], [], row(2, "乙")], *tall)
    assert problems(found) == ["甲", "乙"]
    # The numbers were filled down beside it.
    found = read([HEADER, row(1, "甲"), [2], [3], row(4, "乙")], *(area for area in tall if area[0] != "A"))
    assert problems(found) == ["甲", "乙"]


def test_rows_with_only_a_number_are_blank() -> None:
    numbered = [[n] for n in range(2, 30)]
    found = read([HEADER, row(1, "甲"), *numbered, row(30, "乙")])
    assert problems(found) == ["甲", "乙"]
    assert found.rows[1].number == 31


@pytest.mark.parametrize(
    "end",
    [
        ["合计", None, None, None, "2件"],
        ["合 计：2件"],
        ["联系人：王敏   联系电话：0912-4621234"],
        [None, "填表人：王敏", None, None, "审核人：郑知行"],
        ["填表人", "王敏", None, None, "审核人", "郑知行"],
        ["注：本表每季度报送一次"],
        [None, "时间：2026年9月30日"],
    ],
)
def test_what_stands_below_is_no_row(end: list[Any]) -> None:
    found = read([HEADER, row(1, "甲"), row(2, "乙"), [], end, ["（以下空白）"]])
    assert problems(found) == ["甲", "乙"]
    assert found.unread == ()


def test_sentences_right_across_are_no_rows() -> None:
    grid = [HEADER, ["一、走流程坐窗口"], row(1, "甲"), ["二", "跟执法"], row(2, "乙")]
    found = read(grid, "A2:J2", "B4:J4")
    assert problems(found) == ["甲", "乙"]


def test_what_stands_below_the_end_is_named_not_lost() -> None:
    found = read([HEADER, row(1, "甲"), ["合计", None, None, None, 1], row(2, "漏"), ["经办：王"]])
    assert (problems(found), found.unread) == (["甲"], (4,))
    far = read([HEADER, row(1, "甲"), *([[]] * 12), row(2, "漏")])
    assert (problems(far), far.unread) == (["甲"], (15,))


def test_a_row_typed_low_on_our_framed_page_is_read() -> None:
    found = read([HEADER, row(1, "甲"), *([[]] * 7), row(None, "乙")])
    assert problems(found) == ["甲", "乙"]


def test_cells_stay_what_they_are() -> None:
    found = read([HEADER, ["（一）", 12345, "办照", "陪同", "=1+1 不成立", None, "改", date(2026, 9, 30), True, 1.5]])
    assert dict(found.rows[0].values) == {
        "row_no": "（一）",
        "place": 12345,
        "experience": "办照",
        "experience_mode": "陪同",
        "problem": None,
        "need": None,
        "remedy": "改",
        "due_on": date(2026, 9, 30),
        "effect": True,
        "remark": 1.5,
    }


def test_columns_in_another_order_and_a_missing_one() -> None:
    found = read([["发现问题", "序号", *HEADER[1:3], *HEADER[5:9]], ["甲", 1, "大厅", "办照", "需求", "改", "月底"]])
    assert found.rows[0].values["need"] == "需求"
    assert problems(found) == ["甲"]
    assert (found.missing, found.left_out) == (("体验方式",), ())


# Several lists.


def test_every_sheet_with_the_header_is_a_list() -> None:
    sheets = {
        "走流程坐窗口": [["填报单位：区教育局", None, "参与活动名称：走流程坐窗口"], HEADER, row(1, "甲")],
        "说明": [["请各单位按季度填报"]],
        "跟执法": [["填报单位：区教育局", None, "参与活动名称：跟执法"], HEADER, row(1, "乙"), row(2, "丙")],
    }
    found = read_list(book(sheets), BEILIN, name="a.xlsx")
    assert [(one.sheet, one.head["activity_kind"], problems(one)) for one in found] == [
        ("走流程坐窗口", "走流程坐窗口", ["甲"]),
        ("跟执法", "跟执法", ["乙", "丙"]),
    ]


def test_lists_below_each_other_keep_their_own_head_and_foot() -> None:
    def block(unit: str, problem: str, contact: str) -> list[list[Any]]:
        return [
            ["“一把手”跟执法活动发现问题整改清单"],
            [f"单位 (盖章): {unit}"],
            J_HEADER,
            [1, "许可", "安禾", problem],
            [f"联系人: {contact}"],
        ]

    grid = [*block("县住建局", "甲", "王敏"), [], *block("县水利局", "乙", "李平")]
    found = read_list(book({"汇总": grid}), JINGBIAN, name="a.xlsx")
    assert [(one.head["unit"], problems(one), one.foot["contact"]) for one in found] == [
        ("县住建局", ["甲"], "王敏"),
        ("县水利局", ["乙"], "李平"),
    ]
    assert [one.unread for one in found] == [(), ()]


def test_a_header_printed_again_is_the_same_list() -> None:
    found = read([TITLE, ["填报单位：区教育局"], HEADER, row(1, "甲"), TITLE, HEADER, row(2, "乙")])
    assert problems(found) == ["甲", "乙"]


def test_a_csv_is_read_too() -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["填报单位：区教育局"], HEADER, row("1", "'=甲"), row("2", "乙")])
    for encoding in ("utf-8-sig", "gb18030"):
        (found,) = read_list(text.getvalue().encode(encoding), BEILIN, name="区教育局.csv")
        assert (found.head, problems(found)) == ({"unit": "区教育局"}, ["=甲", "乙"])


# What cannot be read.


def test_a_file_without_the_header_is_refused_with_what_is_missing() -> None:
    data = book({"表": [["序号", "姓名", "发现问题"], [1, "安禾", "甲"]]})
    with pytest.raises(UnreadableFileError) as told:
        read_list(data, BEILIN, name="名单.xlsx")
    assert told.value.kind == "columns"
    assert "“名单.xlsx”里没有找到《问题清单、需求清单和解决措施清单》的表头" in told.value.message
    assert "参与活动地点" in told.value.message
    assert "发现问题" not in told.value.message
    assert "表头应有：序号、参与活动地点、体验内容" in told.value.remedy


def test_a_renamed_header_is_never_guessed() -> None:
    header = ["存在的主要问题" if title == "发现问题" else title for title in HEADER]
    with pytest.raises(UnreadableFileError) as told:
        read([header, row(1, "甲")])
    assert "找不到这些列：发现问题；没有对上的表头：存在的主要问题" in told.value.message


def test_an_empty_file_and_no_table_at_all_are_named() -> None:
    with pytest.raises(UnreadableFileError) as told:
        read_list(book({"Sheet1": []}), BEILIN, name="空.xlsx")
    assert told.value.kind == "empty"
    for data, kind in ((b"%PDF-1.7", "pdf"), (b"PK\x03\x04broken", "damaged"), (b"", "empty")):
        with pytest.raises(UnreadableFileError) as refused:
            read_list(data, BEILIN, name="表.xlsx")
        assert refused.value.kind == kind
