"""``--mapping auto``: what is proposed from headers, and what is left to the clerk."""

from __future__ import annotations

import pytest

from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.importing.foreign import ForeignSheet
from zhuomuniao.importing.mapping import OrderMapping, load_mapping
from zhuomuniao.importing.proposing import How, Proposal, propose_mapping
from zhuomuniao.layouts import Layout, load_layout
from zhuomuniao.store.cells import CellValue

SHIPPED = tuple(load_mapping(path) for path in sorted((data_folder() / "mappings").glob("*.toml")))


def layout() -> Layout:
    found = load_layout(locality_folder("linxian") / "layouts" / "hotline.toml")
    assert isinstance(found, Layout)
    return found


def propose(*rows: list[CellValue], known: tuple[OrderMapping, ...] = SHIPPED) -> Proposal:
    return propose_mapping([ForeignSheet("表", tuple(map(tuple, rows)))], known, layout(), name="导出")


def given(proposal: Proposal) -> dict[str, tuple[str, How]]:
    return {column.header: (column.field, column.how) for column in proposal.columns}


def test_equal_names_first_then_similar_ones() -> None:
    found = given(propose(["工单编号", "受理的时间", "诉求人名称", "标题", "诉求内容", "话务班组"]))
    assert found == {
        "工单编号": ("order_no", How.SAME),
        "受理的时间": ("accepted_at", How.SIMILAR),
        "诉求人名称": ("applicant", How.SIMILAR),
        "标题": ("about", How.SAME),
        "诉求内容": ("about", How.SAME),
    }


def test_a_field_is_given_to_one_column() -> None:
    proposal = propose(["工单编号", "受理时间", "受理时间段", "来电人", "内容", "工单编号2"])
    assert [c.header for c in proposal.columns] == ["工单编号", "受理时间", "来电人", "内容"]
    assert proposal.left_out == ("受理时间段", "工单编号2")


def test_the_ledgers_own_headers_and_aliases_count() -> None:
    found = given(propose(["工单号", "受理时间", "经营主体", "问题", "问题责任主体"], known=()))
    assert {field for field, _ in found.values()} == {"order_no", "accepted_at", "applicant", "about", "unit"}


@pytest.mark.parametrize(
    ("headers", "base", "channel"),
    [
        (["序号", "工单编号", "标题", "内容"], "12345-thin", "12345"),
        (["工单单号", "诉求人名称", "受理的时间", "诉求的内容"], "12345-wide", "12345"),
        (["信件编号", "来信人", "来信时间", "主题", "信件内容"], "mailbox", "县长信箱"),
    ],
)
def test_whose_patterns_are_taken_over(headers: list[CellValue], base: str, channel: str) -> None:
    proposal = propose(["某县汇总"], headers)
    assert (proposal.base, proposal.mapping.defaults["channel"]) == (base, channel)
    assert proposal.mapping.missing(frozenset(c.field for c in proposal.columns)) == ()


def test_what_cannot_be_made_out_is_named() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        propose(["工单编号", "受理时间", "随便"], known=())
    assert "认不出：办理对象、情况；没有对上的列：随便" in caught.value.message


def test_data_is_no_header() -> None:
    rows: list[list[CellValue]] = [
        ["工单编号", "受理时间", "来电人", "内容"],
        ["A1", "2026-10-12", "安禾", "工单编号填错、受理时间不对、来电人不对"],
    ]
    proposal = propose(*rows)
    assert [c.header for c in proposal.columns] == rows[0]


def test_no_header_at_all() -> None:
    with pytest.raises(UnreadableFileError, match="找不到表头"):
        propose(["甲", "乙"], ["丙", 4])
