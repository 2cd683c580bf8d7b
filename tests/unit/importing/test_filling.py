"""A work order → a registration: days, words, what happened elsewhere, what is kept as a remark."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.desk import Desk
from tests.exports import WIDE, order_no, wide_row, write_xlsx
from zhuomuniao.model import Registration
from zhuomuniao.usecases.office import Moment, open_office
from zhuomuniao.usecases.workorders import ImportPlan, plan_import


def planned(tmp_path: Path, *rows: list[Any], locality: str = "linxian", ledger: str = "hotline") -> ImportPlan:
    desk = Desk(tmp_path / "台")
    if not desk.folder.exists():
        desk.ask("init", str(desk.folder), "--locality", locality, "--clerk", "赵敏慧", "--year", "2026")
    office = open_office(desk.folder, Moment(datetime(2026, 10, 30, 9), date(2026, 10, 30)))
    file = write_xlsx(tmp_path / "宽.xlsx", {"工单": [WIDE, *rows]})
    return plan_import(office, office.locality.ledger(ledger), file, mapping="12345-wide")


def filled(tmp_path: Path, *, locality: str = "linxian", ledger: str = "hotline", **values: Any) -> Registration:
    plan = planned(tmp_path, wide_row(1, **values), locality=locality, ledger=ledger)
    assert plan.rejected == ()
    return plan.new[0].registration


def test_what_happened_elsewhere_comes_along(tmp_path: Path) -> None:
    found = filled(
        tmp_path,
        受理时间=datetime(2026, 10, 9, 9, 1, 44),
        转办时间="2026-10-09",
        办理时限=datetime(2026, 10, 16, 18),
        办结时间="2026-10-14 16:20:05",
        承办单位="登记注册股",
        办理结果="已换发新照",
        结案类型="实际解决",
        满意度="非常满意",
        首接人="李受理",
    )
    assert (found.case_no, found.by, found.at) == (order_no(1), "李受理", datetime(2026, 10, 9, 9, 1))
    # A bare day is nine o'clock, but never before the matter was received.
    assert found.assigned_at == datetime(2026, 10, 9, 9, 1)
    assert found.due_on == date(2026, 10, 16)
    assert found.resolved_at == datetime(2026, 10, 14, 16, 20)
    assert (found.result, found.outcome, found.satisfaction) == ("已换发新照", "已解决", "满意")


def test_a_day_of_passing_on_without_a_unit_is_a_remark(tmp_path: Path) -> None:
    found = filled(tmp_path, 转办时间="2026-10-10 10:00")
    assert found.assigned_at is None
    assert "转办时间：2026-10-10 10:00" in found.note


def test_nothing_is_made_up_of_what_the_export_does_not_say(tmp_path: Path) -> None:
    found = filled(tmp_path, 满意度="未评价", 结案类型="无", 办结时间="-", 办理时限=None)
    assert (found.assigned_at, found.due_on, found.resolved_at) == (None, None, None)
    assert (found.result, found.outcome, found.satisfaction, found.by) == ("", "", "", "赵敏慧")


def test_the_number_of_the_order_is_kept_where_the_ledger_draws_its_own(tmp_path: Path) -> None:
    found = filled(tmp_path, locality="neixiang", ledger="window", 一级分类="市场监管")
    assert found.case_no == ""
    assert found.note == f"工单编号：{order_no(1)}；紧急程度：一般；一级分类：市场监管"
    assert (found.codes["category"], found.codes["channel"]) == ("举报", "12345热线")


def test_words_the_ledger_has_not_become_remarks_in_the_exports_own_words(tmp_path: Path) -> None:
    found = filled(tmp_path, 诉求类型="城市管理类", 满意度="很好", 来源渠道="小程序")
    assert (found.codes["category"], found.satisfaction, found.codes["channel"]) == ("", "", "12345专席")
    assert {"问题类别：城市管理类", "满意度：很好", "受理渠道：小程序"} <= set(found.note.split("；"))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"受理时间": None}, "没有受理时间"),
        ({"受理时间": "上周三"}, "受理时间“上周三”看不懂"),
        ({"受理时间": "10月9日"}, "受理时间“10月9日”看不懂"),
        ({"受理时间": datetime(2026, 10, 31)}, "在今天（2026-10-30）之后"),
        ({"办结时间": "2026-10-08 09:00"}, "早于受理时间"),
        ({"办结时间": "2026-11-02"}, "在今天（2026-10-30）之后"),
        ({"办理时限": "尽快"}, "办理时限“尽快”看不懂"),
        ({"来电人电话": "12"}, "联系电话不像电话号码"),
        ({"诉求内容": None, "工单标题": None}, "“办不成事”情况是空的"),
        ({"工单编号": None}, "没有工单编号"),
    ],
    ids=range(10),
)
def test_why_a_row_is_refused(tmp_path: Path, values: dict[str, Any], told: str) -> None:
    plan = planned(tmp_path, wide_row(1, **values), wide_row(2))
    ((row, problems),) = [(r.row, r.problems) for r in plan.rejected]
    assert row == 2
    assert any(told in problem for problem in problems), problems
    assert len(plan.new) == 1


def test_every_reason_of_a_row_is_told(tmp_path: Path) -> None:
    plan = planned(tmp_path, wide_row(1, 工单编号=1.2e17, 转办时间="？", 受理时间="？"))
    assert len(plan.rejected[0].problems) == 3


def test_progress_is_told_as_it_goes(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台")
    desk.ask("init", str(desk.folder), "--locality", "linxian", "--clerk", "赵敏慧", "--year", "2026")
    office = open_office(desk.folder, Moment(datetime(2026, 10, 30, 9), date(2026, 10, 30)))
    file = write_xlsx(tmp_path / "宽.xlsx", {"工单": [WIDE, *(wide_row(n) for n in range(1, 451))]})
    told: list[tuple[str, int, int]] = []
    plan_import(
        office,
        office.locality.ledger("hotline"),
        file,
        mapping="12345-wide",
        progress=lambda what, done, of: told.append((what, done, of)),
    )
    assert [done for what, done, of in told if of == 450] == [0, 200, 400, 450]
    assert [what for what, _, of in told if not of] == ["读取文件", "查对台账"]
