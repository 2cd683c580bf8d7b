"""一把手活动: plans, records and filings, as the clerks of 碑林 and 靖边 type them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.test_json_contract import asked, check
from tests.desk import Answer, Desk

NewDesk = Callable[..., Desk]
EVERY_LINK = ("--link", "走流程", "--link", "业务检查", "--link", "服务回访", "--link", "座谈交流")
COMPLETE = (*EVERY_LINK, "--item", "教师资格认定", "--item", "校车使用许可", "--valid-visits", "3")


@pytest.fixture
def beilin(new_desk: NewDesk) -> Desk:
    """The approval bureau of 碑林 on 13 August 2026, a Thursday."""
    return new_desk("beilin", "2026-08-13")


@pytest.fixture
def jingbian(new_desk: NewDesk) -> Desk:
    return new_desk("jingbian", "2026-09-28", folder="靖")


def record(desk: Desk, *line: str, on: str = "2026-08-10", unit: str = "教育局") -> Any:
    """One activity of 走流程坐窗口 by its leader."""
    kind = () if "--kind" in line else ("--kind", "走流程坐窗口")
    who = ("--unit", unit, "--leader", "张明", "--title", "局长")
    return desk.ask("activity", "record", *who, *kind, "--on", on, *line)


def try_record(desk: Desk, *line: str) -> Answer:
    return desk.type("activity", "record", "--unit", "教育局", "--leader", "张明", "--title", "局长", *line)


def activities(desk: Desk, *line: str) -> list[Any]:
    found: list[Any] = desk.ask("activity", "list", *line)["activities"]
    return found


def book_of(desk: Desk) -> Path:
    (path,) = (desk.folder / "台账").rglob("*参与台账.xlsx")
    return path


def write_csv(path: Path, *rows: tuple[str, ...]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


# ---- record ----


def test_a_complete_activity_is_recorded_with_its_filing_clock(beilin: Desk) -> None:
    done = record(beilin, *COMPLETE, "--identity", "群众", "--place", "区政务服务中心", "--served", "4")
    assert (done["case_no"], done["status"], done["saved"]) == ("HD2026081001", "待备案", "written")
    assert done["missing"] == []
    assert done["warnings"] == []
    (clock,) = done["deadlines"]
    assert (clock["clock"], clock["due_on"], clock["clause"]) == ("filing", "2026-08-13", "四（二）")
    assert done["file_with"] == "区行政审批局"
    check(asked(beilin, "activity", "list"), "activity-list")
    (there,) = activities(beilin)
    assert (there["unit"], there["leader"], there["kind"]) == ("区教育局", "张明 局长", "走流程坐窗口")
    assert there["links"] == ["走流程", "业务检查", "服务回访", "座谈交流"]
    assert there["items"] == ["教师资格认定", "校车使用许可"]
    assert (there["identity"], there["mode"], there["participants"], there["served"]) == ("办事人", "定期", 1, 4)


def test_the_book_holds_the_official_cells(beilin: Desk) -> None:
    record(beilin, *COMPLETE, "--enforcement", "检查餐饮店2家", "--enforcement", "案卷评查3卷")
    sheet = openpyxl.load_workbook(book_of(beilin))["参与台账"]
    header = {cell.value: cell.column - 1 for cell in sheet[2]}
    row = [cell.value for cell in sheet[3]]
    assert row[header["主要负责人及职务"]] == "张明 局长"
    assert row[header["参与执法次数及内容"]] == "共2次\n1. 检查餐饮店2家\n2. 案卷评查3卷"
    assert row[header["体验事项"]] == "教师资格认定\n校车使用许可"


def test_missing_links_are_named_and_the_row_stands(beilin: Desk) -> None:
    done = record(beilin, "--link", "走流程", "--link", "坐窗口", "--link", "业务检查")
    told = {m["rule"]: m for m in done["missing"]}
    links = told["links-walk-process"]
    assert "服务回访、座谈交流" in links["what"]
    assert "审批服务" not in links["what"]
    assert links["clause"] == "二（一）"
    assert any("座谈交流" in text for text in done["warnings"])
    assert len(activities(beilin)) == 1


def test_two_of_three_valid_visits(beilin: Desk) -> None:
    line = [*COMPLETE]
    line[-1] = "2"
    (fault,) = record(beilin, *line)["missing"]
    assert (fault["rule"], "还差1个" in fault["what"]) == ("valid-revisits", True)


def test_the_screen_says_what_the_clerk_needs(beilin: Desk) -> None:
    told = try_record(beilin, "--kind", "走流程", "--on", "2026-08-10", "--link", "走流程").out
    for words in ("HD2026081001", "最迟 2026-08-13（周四）", "报区行政审批局", "四（二）", "还缺3个", "服务回访"):
        assert words in told


@pytest.mark.parametrize("mode", ["即时", "跟踪"])
def test_an_immediate_experience_needs_its_trigger(beilin: Desk, mode: str) -> None:
    refused = try_record(beilin, "--kind", "跟执法", "--on", "2026-08-10", "--mode", mode, "--json")
    assert refused.code == 6
    assert "体验缘由" in refused.error["message"]
    assert "一（四）" in refused.error["remedy"]
    assert activities(beilin) == []
    done = record(beilin, "--mode", mode, "--trigger", "事权承接", *COMPLETE)
    assert done["saved"] == "written"
    assert activities(beilin)[0]["trigger"] == "事权承接"


def test_delegates_only_where_the_office_declares_them(beilin: Desk) -> None:
    line = ("--kind", "走流程", "--on", "2026-08-10", "--delegate-for", "王刚")
    refused = try_record(beilin, *line, "--json")
    assert refused.code == 6
    assert "may_delegate" in refused.error["remedy"]
    assert "一（三）" in refused.error["remedy"]
    config = beilin.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("may_delegate = []", 'may_delegate = ["区教育局"]'), encoding="utf-8")
    assert try_record(beilin, *line).code == 0
    assert activities(beilin)[0]["delegate_for"] == "王刚"


def test_jingbian_knows_no_delegates(jingbian: Desk) -> None:
    who = ("--unit", "公安局", "--leader", "蒋明", "--title", "局长")
    refused = jingbian.type("activity", "record", *who, "--on", "2026-09-16", "--delegate-for", "王刚", "--json")
    assert refused.code == 6
    assert "本人参加" in refused.error["message"]
    assert activities(jingbian) == []


def test_jingbian_has_one_kind_which_need_not_be_said(jingbian: Desk) -> None:
    who = ("--unit", "公安局", "--leader", "蒋明 局长")
    done = jingbian.ask("activity", "record", *who, "--on", "2026-09-16", "--link", "执法检查")
    assert done["deadlines"][0]["due_on"] == "2026-09-21"
    assert done["file_with"] == "县司法局"
    assert "案件处理、案卷评查、服务回访" in done["missing"][0]["what"]
    assert activities(jingbian)[0]["kind"] == "跟执法"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("--kind", "跳舞"), "走流程坐窗口"),
        (("--kind", "跟执法", "--mode", "随便"), "定期、即时、跟踪"),
        (("--kind", "跟执法", "--link", "喝茶"), "执法检查"),
        (("--kind", "跟执法", "--identity", "路人"), "执法人员"),
    ],
)
def test_a_word_that_is_no_word_is_refused_with_the_list(beilin: Desk, line: tuple[str, ...], said: str) -> None:
    refused = try_record(beilin, *line, "--on", "2026-08-10", "--json")
    assert refused.code == 2
    assert said in refused.error["remedy"]
    assert activities(beilin) == []


def test_everything_missing_is_named_at_once(beilin: Desk) -> None:
    refused = beilin.type("activity", "record", "--json")
    assert refused.code == 2
    for option in ("--unit", "--leader", "--title", "--kind", "--on"):
        assert option in refused.error["message"]


def test_what_has_not_happened_is_a_plan(beilin: Desk) -> None:
    refused = try_record(beilin, "--kind", "跟执法", "--on", "2026-08-14", "--json")
    assert refused.code == 2
    assert "zmn activity plan" in refused.error["remedy"]


def test_the_same_activity_twice_is_told_and_stands(beilin: Desk) -> None:
    record(beilin, *COMPLETE)
    again = record(beilin, *COMPLETE, on="2026-08-10 15:00")
    assert any("HD2026081001" in text and "重复" in text for text in again["warnings"])
    other = record(beilin, "--kind", "跟执法")
    assert not any("重复" in text for text in other["warnings"])
    assert len(activities(beilin)) == 3


def test_an_unknown_unit_is_told_and_taken(beilin: Desk) -> None:
    done = record(beilin, *COMPLETE, unit="区教育厅")
    assert any("区教育局" in text for text in done["warnings"])
    assert activities(beilin)[0]["unit"] == "区教育厅"


def test_a_dry_run_writes_nothing(beilin: Desk) -> None:
    answer = beilin.ask("activity", "record", "--unit", "教育局", "--leader", "张明 局长", "--kind", "跟执法",
                        "--on", "2026-08-10", "--dry-run")  # fmt: skip
    check(answer, "activity-record-bulk")
    assert answer["accepted"] == 1
    assert activities(beilin) == []


def test_a_desk_of_one_unit_need_not_name_itself(new_desk: NewDesk, tmp_path: Path) -> None:
    folder = tmp_path / "教育"
    desk = Desk(folder)
    line = ("--locality", "beilin", "--office", "西安市碑林区教育局", "--role", "单位", "--year", "2026")
    assert desk.type("init", str(folder), *line).code == 0
    desk.day = "2026-08-13"
    desk.ask("activity", "record", "--leader", "张明 局长", "--kind", "跟执法", "--on", "2026-08-10")
    assert activities(desk)[0]["unit"] == "区教育局"
    assert [u["unit"] for u in desk.ask("activity", "coverage")["units"]] == ["区教育局"]


# ---- many from a file ----


def test_a_hand_filled_list_is_taken_in(jingbian: Desk, tmp_path: Path) -> None:
    names = write_csv(
        tmp_path / "活动.csv",
        ("单位", "主要负责人及职务", "时间", "参与环节", "参与内容", "有效回访数", "备案日期"),
        ("水利局", "沈青 局长", "2026-08-20", "执法检查、案件处理、案卷评查、服务回访",
         "共2次\n1. 河道巡查\n2. 案卷评查", "3个", "2026-08-24"),
        ("交通局", "赵海 局长", "2026.9.3", "执法检查", "", "abc", ""),
        ("", "无名", "2026-09-01", "", "", "", ""),
        ("审计局", "孙立 局长", "2026-08-21", "跳舞", "", "", ""),
        ("教体局", "周宁 局长", "2026-09-30", "", "", "", ""),
    )  # fmt: skip
    tried = asked(jingbian, "activity", "record", "--from", names, "--dry-run", code=1)
    check(tried, "activity-record-bulk")
    assert (tried["accepted"], tried["count"], activities(jingbian)) == (1, 0, [])
    strict = jingbian.type("activity", "record", "--from", names, "--all-or-nothing")
    assert strict.code == 1
    assert activities(jingbian) == []
    done = asked(jingbian, "activity", "record", "--from", names, code=1)
    check(done, "activity-record-bulk")
    assert [r["row"] for r in done["rejected"]] == [4, 5, 6, 7] or [r["row"] for r in done["rejected"]] == [
        3,
        4,
        5,
        6,
    ]
    (there,) = activities(jingbian)
    assert (there["status"], there["filed_on"], there["late"]) == ("已备案", "2026-08-24", False)
    assert there["enforcements"] == ["河道巡查", "案卷评查"]
    assert there["valid_visits"] == 3
    assert jingbian.type("undo").code == 0
    assert activities(jingbian) == []


def test_a_json_file_and_defaults_for_its_blanks(beilin: Desk, tmp_path: Path) -> None:
    path = tmp_path / "活动.json"
    rows = [{"unit": "教育局", "leader": "张明", "title": "局长", "on": "2026-08-10", "link": "走流程、业务检查"}]
    path.write_text(json.dumps({"activities": rows}, ensure_ascii=False), encoding="utf-8")
    beilin.ask("activity", "record", "--from", str(path), "--kind", "走流程", "--mode", "定期")
    assert activities(beilin)[0]["links"] == ["走流程", "业务检查"]


def test_a_file_without_the_columns_says_which(beilin: Desk, tmp_path: Path) -> None:
    names = write_csv(tmp_path / "x.csv", ("单位", "备注"), ("教育局", "x"))
    refused = beilin.type("activity", "record", "--from", names, "--json")
    assert refused.code == 5
    assert "主要负责人及职务、时间" in refused.error["message"]


# ---- file ----


def test_filing_on_the_last_day_is_on_time(beilin: Desk) -> None:
    record(beilin, *COMPLETE)
    done = asked(beilin, "activity", "file", "HD2026081001", "--at", "2026-08-13")
    check(done, "activity-file")
    assert (done["status"], done["file_with"]) == ("已备案", "区行政审批局")
    assert done["ended"] == [{"clock": "filing", "late": False, "late_workdays": 0}]
    assert activities(beilin)[0]["filed_on"] == "2026-08-13"


def test_filing_late_stays_late(beilin: Desk) -> None:
    record(beilin, *COMPLETE)
    beilin.day = "2026-08-18"
    assert activities(beilin)[0]["late"] is True
    told = beilin.type("activity", "file", "HD2026081001", "--at", "2026-08-17").out
    assert "超时2个工作日" in told
    assert "一直保留" in told
    beilin.day = "2026-12-01"
    (there,) = activities(beilin)
    assert (there["late"], there["late_workdays"]) == (True, 2)


def test_filing_twice_or_before_the_activity_is_refused(beilin: Desk) -> None:
    record(beilin, *COMPLETE)
    early = beilin.type("activity", "file", "HD2026081001", "--at", "2026-08-09", "--json")
    assert early.code == 6
    assert beilin.type("activity", "file", "HD2026081001").code == 0
    assert beilin.type("activity", "file", "HD2026081001").code == 6
    assert beilin.type("activity", "file", "HD2026081099").code == 2


def test_several_are_filed_together_or_none(beilin: Desk) -> None:
    for unit in ("教育局", "住建局"):
        record(beilin, *COMPLETE, unit=unit)
    assert beilin.type("activity", "file", "HD2026081001", "HD2026081099").code == 2
    assert {a["status"] for a in activities(beilin)} == {"待备案"}
    done = asked(beilin, "activity", "file", "HD2026081002", "HD2026081001")
    check(done, "activity-file-many")
    assert [one["case_no"] for one in done["filed"]] == ["HD2026081002", "HD2026081001"]
    assert beilin.type("undo").code == 0
    assert {a["status"] for a in activities(beilin)} == {"待备案"}


def test_filing_with_another_than_the_notice_names_is_told(beilin: Desk) -> None:
    record(beilin, *COMPLETE)
    done = beilin.ask("activity", "file", "HD2026081001", "--to", "区司法局")
    assert any("区行政审批局" in text for text in done["warnings"])


def test_while_the_book_is_open_everything_waits_and_follows(beilin: Desk) -> None:
    book = book_of(beilin)
    lock = book.with_name(f".~lock.{book.name}#")
    lock.write_text(",别人,另一台,13.08.2026 09:00,file:///x;", encoding="utf-8")
    who = ("--unit", "教育局", "--leader", "张明 局长", "--kind", "跟执法", "--on", "2026-08-10")
    waiting = asked(beilin, "activity", "record", *who, code=4)
    check(waiting, "activity-record")
    assert (waiting["saved"], waiting["row"]) == ("queued", None)
    filed = asked(beilin, "activity", "file", waiting["case_no"], code=4)
    assert filed["saved"] == "queued"
    planned = asked(beilin, "activity", "plan", "--unit", "教育局", "--kind", "跟执法", "--period", "2026Q3", code=4)
    check(planned, "activity-plan")
    (there,) = activities(beilin)
    assert (there["queued"], there["status"]) == (True, "已备案")
    lock.unlink()
    record(beilin, *COMPLETE, unit="住建局")
    assert [a["queued"] for a in activities(beilin)] == [False, False]


# ---- list ----


def test_the_list_is_narrowed_and_masked(beilin: Desk) -> None:
    record(beilin, *COMPLETE, "--note", "联系人电话13800138000")
    record(beilin, "--kind", "跟执法", on="2026-07-01", unit="住建局")
    assert [a["unit"] for a in activities(beilin, "--unit", "住建局")] == ["区住建局"]
    assert [a["kind"] for a in activities(beilin, "--kind", "走流程")] == ["走流程坐窗口"]
    assert len(activities(beilin, "--month", "2026-07")) == 1
    assert activities(beilin, "--mode", "即时") == []
    assert len(activities(beilin, "--search", "校车")) == 1
    assert len(activities(beilin, "--status", "待备案")) == 2
    assert activities(beilin, "--search", "校车")[0]["note"] == "联系人电话138****8000"
    assert activities(beilin, "--search", "校车")[0]["leader"] == "张明 局长"
    assert activities(beilin, "--search", "校车", "--full")[0]["note"] == "联系人电话13800138000"
    assert beilin.type("activity", "list", "--status", "办理中").code == 2


def test_the_list_of_an_earlier_day(beilin: Desk) -> None:
    record(beilin, *COMPLETE)
    beilin.ask("activity", "file", "HD2026081001", "--at", "2026-08-12")
    assert activities(beilin, "--as-of", "2026-08-11")[0]["status"] == "待备案"
    assert activities(beilin, "--as-of", "2026-08-09") == []


# ---- plan ----


def plans(desk: Desk, *line: str) -> list[Any]:
    found: list[Any] = desk.ask("activity", "list", "--plans", *line)["plans"]
    return found


def test_a_second_plan_changes_the_first(beilin: Desk) -> None:
    line = ("--unit", "教育局", "--kind", "走流程", "--period", "2026Q3")
    first = asked(beilin, "activity", "plan", *line, "--unit", "住建局", "--planned-on", "2026-09-10")
    check(first, "activity-plan")
    assert (first["new"], first["changed"]) == (2, 0)
    again = beilin.ask("activity", "plan", *line, "--planned-on", "2026-09-15")
    assert (again["new"], again["changed"], again["plans"][0]["planned_on"]) == (0, 1, "2026-09-15")
    assert [(p["unit"], p["planned_on"]) for p in plans(beilin)] == [
        ("区教育局", "2026-09-15"), ("区住建局", "2026-09-10"),
    ]  # fmt: skip
    assert beilin.type("undo").code == 0
    assert plans(beilin)[0]["planned_on"] == "2026-09-10"


def test_new_and_changed_plans_of_a_file_are_one_operation(beilin: Desk, tmp_path: Path) -> None:
    beilin.ask("activity", "plan", "--unit", "教育局", "--kind", "跟执法", "--period", "2026Q3")
    path = tmp_path / "计划.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ("第三季度计划", None, None, None),
        ("单位", "活动", "期间", "计划时间"),
        ("区教育局", "跟执法", "2026Q3", "2026-09-20"),
        ("区住建局", "跟执法", "第三季度", "2026-09-21"),
        ("区卫健局", "跟执法", "2026Q3", "2026-09-22"),
    ):
        sheet.append(row)
    book.save(path)
    done = asked(beilin, "activity", "plan", "--from", str(path), code=1)
    check(done, "activity-plan")
    assert (done["new"], done["changed"], [r["row"] for r in done["rejected"]]) == (1, 1, [4])
    assert len(plans(beilin)) == 2
    assert beilin.type("undo").code == 0
    assert [(p["unit"], p["planned_on"]) for p in plans(beilin)] == [("区教育局", None)]


def test_published_only_after_approved_only_after_audited(beilin: Desk) -> None:
    which = ("--kind", "跟执法", "--period", "2026Q3")
    beilin.ask("activity", "plan", "--unit", "教育局", "--unit", "住建局", *which)
    refused = beilin.type("activity", "plan", *which, "--published", "2026-08-12", "--where", "门户网", "--json")
    assert refused.code == 6
    assert "还没有审核" in refused.error["message"]
    assert "四（一）" in refused.error["remedy"]
    beilin.ask("activity", "plan", *which, "--audited", "2026-08-10", "--by-whom", "区营商办")
    early = beilin.type("activity", "plan", *which, "--approved", "2026-08-09", "--by-whom", "区政府领导")
    assert early.code == 6
    beilin.ask("activity", "plan", *which, "--approved", "2026-08-11", "--by-whom", "区政府领导")
    one = plans(beilin)[0]["case_no"]
    beilin.ask("activity", "plan", one, "--published", "2026-08-12", "--where", "区政府门户网")
    assert [p["published_on"] for p in plans(beilin)] == ["2026-08-12", None]
    assert plans(beilin)[0]["audited"] == "区营商办"
    assert plans(beilin)[0]["published"] == "区政府门户网"


def test_an_activity_before_its_plan_was_published_is_remarked(beilin: Desk) -> None:
    record(beilin, "--kind", "跟执法")
    beilin.ask("activity", "plan", "--unit", "教育局", "--kind", "跟执法", "--period", "2026Q3")
    told = beilin.ask("activity", "list", "--plans")["warnings"]
    assert len(told) == 1
    assert "HD2026081001" in told[0]
    assert "还没有公布" in told[0]
    assert beilin.ask("activity", "coverage")["remarks"] == told


@pytest.mark.parametrize(
    ("bound", "units"),
    [(("--at-least", "2"), {"区住建局": 3, "区市场监管局": 2}), (("--top", "1"), {"区住建局": 3})],
)
def test_complaints_say_who_takes_part(
    beilin: Desk, tmp_path: Path, bound: tuple[str, str], units: dict[str, int]
) -> None:
    each = ("住建局", "住建局", "城管局", "市监局", "区住建局", "市监局")
    rows = write_csv(tmp_path / "投诉.csv", ("责任单位", "内容"), *((unit, "x") for unit in each))
    done = beilin.ask("activity", "plan", "--complaints", rows, *bound, "--period", "2026Q3")
    assert {p["unit"]: p["complaints"] for p in done["plans"]} == units
    assert {p["kind"] for p in done["plans"]} == {"处投诉"}
    covered = beilin.ask("activity", "coverage", "--kind", "处投诉")
    assert [u["unit"] for u in covered["units"]]
    assert {u["unit"] for u in covered["units"]} == set(units)


def test_counted_complaints_and_a_bound_that_is_missing(beilin: Desk, tmp_path: Path) -> None:
    rows = write_csv(tmp_path / "投诉.csv", ("单位", "投诉件数"), ("住建局", "12"), ("城管局", "4"), ("合计", "16"))
    refused = beilin.type("activity", "plan", "--complaints", rows, "--period", "2026Q3", "--json")
    assert refused.code == 2
    assert "--at-least" in refused.error["message"]
    done = beilin.ask("activity", "plan", "--complaints", rows, "--at-least", "5", "--period", "2026Q3")
    assert [(p["unit"], p["complaints"]) for p in done["plans"]] == [("区住建局", 12)]


def test_a_plan_of_the_winter_window_is_named_by_its_first_month(jingbian: Desk) -> None:
    done = jingbian.ask("activity", "plan", "--unit", "水利局", "--period", "2027-01")
    assert done["plans"][0]["period"] == "2026-12"
    again = jingbian.ask("activity", "plan", "--unit", "水利局", "--planned-on", "2027-01-20")
    assert (again["new"], again["changed"]) == (0, 1)
    assert jingbian.type("activity", "plan", "--unit", "水利局", "--period", "2026-10").code == 2


def test_a_locality_without_activities_says_so(new_desk: NewDesk) -> None:
    desk = new_desk("neixiang", "2026-08-13")
    for line in (("record",), ("list",), ("coverage",), ("plan",), ("file", "HD1")):
        answer = desk.type("activity", *line, "--json")
        assert answer.code == 2
        assert "没有记活动的台账" in answer.error["message"]
