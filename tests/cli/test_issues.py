"""挂账, 措施, 销号, 回头看, 反弹: an issue from the day it was found to the day it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_json_contract import check
from tests.desk import Desk
from tests.fieldbooks import activity_book, hold, issue_book, log_of, row_of, type_in

WALK = "走流程坐窗口"
PLANNED = ("--handling", "整改计划", "--due", "2026-10-20", "--remedy", "统一两处的清单")


@pytest.fixture
def beilin(new_desk: Callable[..., Desk]) -> Desk:
    """碑林 in the middle of September."""
    return new_desk("beilin", "2026-09-18")


@pytest.fixture
def jingbian(new_desk: Callable[..., Desk]) -> Desk:
    return new_desk("jingbian", "2026-09-18", folder="靖边")


def add(desk: Desk, *more: str, on: str = "2026-09-15", problem: str = "材料清单网上与窗口不一致") -> Any:
    words = ("--problem", problem) if problem else ()
    answer = desk.ask("issue", "add", "--unit", "教育局", "--kind", "走流程", "--on", on, *words, *more)
    check(answer, "issue-add")
    return answer


def step(desk: Desk, *line: str, on: str = "") -> Any:
    day = ("--as-of", on) if on else ()
    answer = desk.ask("issue", *line, *day)
    check(answer, "issue-step")
    return answer


def listed(desk: Desk, *line: str) -> list[Any]:
    answer = desk.ask("issue", "list", *line)
    check(answer, "issue-list")
    found: list[Any] = answer["issues"]
    return found


def test_a_problem_with_a_plan(beilin: Desk) -> None:
    added = add(beilin, *PLANNED, "--leader", "李某某，局长", "--place", "区政务服务大厅", "--mode", "陪同办")
    assert (added["case_no"], added["status"], added["due_on"]) == ("WT2026091501", "挂账", "2026-10-20")
    assert added["warnings"] == []
    row = row_of(issue_book(beilin), "WT2026091501")
    assert (row["发现问题"], row["体验方式"], row["填报单位"]) == ("材料清单网上与窗口不一致", "陪同办", "区教育局")
    assert (row["完成时限"], row["下一时限"]) == (datetime(2026, 10, 20), datetime(2026, 10, 20))
    assert log_of(issue_book(beilin), "WT2026091501") == [
        ("挂账", "整改方式：整改计划；解决措施：统一两处的清单；期限：2026-10-20")
    ]
    (shown,) = listed(beilin)
    assert (shown["due_on"], shown["next_clock"], shown["unmeasured"]) == ("2026-10-20", "rectify", False)


def test_what_is_put_right_at_once_has_no_limit_and_is_no_fault(beilin: Desk) -> None:
    added = add(beilin, "--handling", "立行立改")
    assert added["due_on"] is None
    assert any("随即销号" in w and added["case_no"] in w for w in added["warnings"])
    assert row_of(issue_book(beilin), added["case_no"])["完成时限"] == "立行立改"
    assert beilin.ask("check")["count"] == 0
    beilin.day = "2027-06-30"
    assert listed(beilin, "--overdue") == []


def test_a_need_only(beilin: Desk) -> None:
    added = add(beilin, "--need", "希望延长午间服务", problem="")
    add(beilin)
    assert [i["case_no"] for i in listed(beilin, "--need")] == [added["case_no"]]
    assert (listed(beilin, "--need")[0]["need_only"], listed(beilin, "--need")[0]["problem"]) == (True, "")


def test_what_the_notice_asks_for_is_told_with_its_clause(beilin: Desk) -> None:
    told = add(beilin, "--handling", "整改计划", "--urgent")["warnings"]
    assert any("急难愁盼" in w and "包抓人" in w and "四（四）" in w for w in told)
    assert any("具体对策措施、完成时限" in w and "五（二）" in w for w in told)
    assert [i["case_no"] for i in listed(beilin, "--unmeasured")] == ["WT2026091501"]
    assert [i["case_no"] for i in listed(beilin, "--urgent")] == ["WT2026091501"]


def test_everything_that_is_missing_is_named_at_once(beilin: Desk) -> None:
    answer = beilin.type("issue", "add", "--json")
    assert (answer.code, answer.error["code"]) == (2, "missing_values")
    assert all(word in answer.error["message"] for word in ("--unit", "--kind", "--problem", "--need"))
    assert listed(beilin) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--due", "2026-10-01"), "--handling 整改计划"),
        (("--handling", "整改计划", "--due", "2026-09-01"), "早于发现日期"),
        (("--handling", "慢慢改"), "立行立改、整改计划"),
        (("--kind", "走后门"), "走流程坐窗口"),
        (("--on", "2026-09-19"), "还没有到"),
        (("--on", "1999-09-19"), "太早"),
        (("--activity", "HD2026010101"), "HD2026010101"),
        (("--problem", "长" * 5001), "5001个字"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(
    beilin: Desk, options: tuple[str, ...], told: str
) -> None:
    before = issue_book(beilin).read_bytes()
    line = ("--unit", "教育局", "--kind", "走流程", "--on", "2026-09-15", "--problem", "问题", *options)
    answer = beilin.type("issue", "add", *line)
    assert answer.code == 2
    assert told in answer.err
    assert issue_book(beilin).read_bytes() == before


def test_a_unit_nobody_knows_is_taken_with_a_hint(beilin: Desk) -> None:
    answer = beilin.ask("issue", "add", "--unit", "区教育剧", "--kind", "走流程", "--problem", "事")
    assert any("区教育局" in w for w in answer["warnings"])
    assert listed(beilin)[0]["unit"] == "区教育剧"


def test_a_units_own_desk_need_not_name_itself(beilin: Desk) -> None:
    config = beilin.folder / "zmn.toml"
    lines = config.read_text(encoding="utf-8").splitlines()
    own = ['office = "区教育局"' if line.startswith("office") else line for line in lines]
    config.write_text("\n".join(own), encoding="utf-8")
    beilin.ask("issue", "add", "--kind", "走流程", "--problem", "甲")
    assert listed(beilin)[0]["unit"] == "区教育局"


def test_a_plan_needs_measures_and_a_day(beilin: Desk) -> None:
    no = add(beilin)["case_no"]
    answer = beilin.type("issue", "measure", no, "--handling", "整改计划", "--json")
    assert (answer.code, answer.error["code"]) == (2, "missing_values")
    assert "--remedy" in answer.error["message"]
    assert "--due" in answer.error["message"]
    answer = beilin.type("issue", "measure", no)
    assert answer.code == 2
    assert "--remedy" in answer.err
    done = step(beilin, "measure", no, *PLANNED, "--in-charge", "王某")
    assert [d["due_on"] for d in done["deadlines"]] == ["2026-10-20"]
    step(beilin, "measure", no, "--meeting", "9月18日专题会")
    row = row_of(issue_book(beilin), no)
    assert (row["包抓人"], row["专题会议"]) == ("王某", "9月18日专题会")
    assert row["拟采取的解决措施"] == "统一两处的清单"


def test_a_day_is_put_off_with_a_reason_only_and_never_once_it_has_passed(beilin: Desk) -> None:
    no = add(beilin, *PLANNED)["case_no"]
    answer = beilin.type("issue", "measure", no, "--due", "2026-10-30")
    assert answer.code == 2
    assert "--reason" in answer.err
    step(beilin, "measure", no, "--due", "2026-10-15")
    step(beilin, "measure", no, "--due", "2026-10-30", "--reason", "厂家档期")
    assert log_of(issue_book(beilin), no)[-1] == ("整改措施", "期限：2026-10-15 → 2026-10-30；理由：厂家档期")
    beilin.day = "2026-11-02"
    answer = beilin.type("issue", "measure", no, "--due", "2026-11-30", "--reason", "再等等")
    assert answer.code == 6
    assert "抹去" in answer.err
    assert [i["late_workdays"] for i in listed(beilin, "--overdue")] == [1]
    cleared = step(beilin, "clear", no, "--effect", "已统一")
    assert any("一直保留" in w for w in cleared["warnings"])
    assert cleared["deadlines"][0]["late"] is True


def test_clearing_starts_the_look_back_and_an_issue_that_came_back_stands_in_the_list_again(beilin: Desk) -> None:
    no = add(beilin, *PLANNED)["case_no"]
    refused = beilin.type("issue", "look-back", no, "--result", "好")
    assert refused.code == 6
    assert "zmn issue clear" in refused.err
    cleared = step(beilin, "clear", no, "--effect", "已统一", "--mechanism", "每月核对一次")
    assert (cleared["status"], cleared["deadlines"][1]["clock"]) == ("已销号", "look_back")
    assert cleared["deadlines"][1]["due_on"] == "2026-10-19"  # the 18th is a Sunday
    for line in (("clear", no, "--effect", "又"), ("measure", no, "--remedy", "又")):
        again = beilin.type("issue", *line)
        assert again.code == 6
        assert "--rebound" in again.err
    looked = step(beilin, "look-back", no, "--result", "没有反弹", on="2026-10-12")
    assert (looked["steps"], looked["deadlines"][1]["ended_on"]) == (["回头看"], "2026-10-12")
    back = step(beilin, "look-back", no, "--result", "网上又变了", "--rebound", on="2026-11-02")
    assert (back["steps"], back["status"], back["round"]) == (["回头看", "反弹"], "挂账", 2)
    row = row_of(issue_book(beilin), no)
    assert (row["整改效果"], row["拟采取的解决措施"], row["长效机制"]) == (None, None, "每月核对一次")
    beilin.day = "2026-11-03"
    assert [i["case_no"] for i in listed(beilin, "--unmeasured")] == [no]
    refused = beilin.type("issue", "measure", no, "--due", "2026-11-20")
    assert refused.code == 2
    assert "--remedy" in refused.err
    second = step(beilin, "measure", no, "--due", "2026-11-20", "--remedy", "接口自动同步")
    assert [(d["round"], d["due_on"]) for d in second["deadlines"] if d["act"] == "整改"] == [
        (1, "2026-10-20"),
        (2, "2026-11-20"),
    ]


def test_the_list_of_an_earlier_day(beilin: Desk) -> None:
    no = add(beilin)["case_no"]
    step(beilin, "measure", no, *PLANNED, on="2026-09-20")
    step(beilin, "clear", no, "--effect", "已统一", on="2026-10-09")
    step(beilin, "look-back", no, "--result", "又坏了", "--rebound", on="2026-10-30")
    beilin.day = "2026-11-05"
    told = {
        day: [
            (i["status"], i["round"], i["handling"], i["remedy"], i["effect"]) for i in listed(beilin, "--as-of", day)
        ]
        for day in ("2026-09-14", "2026-09-16", "2026-09-25", "2026-10-10", "2026-10-31")
    }
    assert told == {
        "2026-09-14": [],
        "2026-09-16": [("挂账", 1, "", "", "")],
        "2026-09-25": [("挂账", 1, "整改计划", "统一两处的清单", "")],
        "2026-10-10": [("已销号", 1, "整改计划", "统一两处的清单", "已统一")],
        "2026-10-31": [("挂账", 2, "整改计划", "", "")],
    }


def test_an_activity_brings_its_facts_along_and_counts_what_it_found(beilin: Desk) -> None:
    held = hold(beilin, "2026-09-10 09:00", "区教育局", WALK, leader="李某某，局长", place="区政务服务大厅")
    line = ("issue", "add", "--activity", held)
    first = beilin.ask(*line, "--problem", "叫号机不准", "--handling", "立行立改")
    check(first, "issue-add")
    beilin.ask(*line, "--problem", "没有样表", *PLANNED)
    beilin.ask(*line, "--need", "希望周六开门")
    row = row_of(issue_book(beilin), first["case_no"])
    assert first["case_no"] == "WT2026091001"
    assert (row["填报单位"], row["负责人姓名"], row["参与活动地点"]) == ("区教育局", "李某某，局长", "区政务服务大厅")
    activity = row_of(activity_book(beilin), held)
    assert (activity["发现问题数"], activity["解决问题数"]) == (2, 0)
    cleared = step(beilin, "clear", first["case_no"], "--effect", "已校准")
    assert (cleared["case_no"], cleared["status"]) == (first["case_no"], "已销号")
    assert row_of(activity_book(beilin), held)["解决问题数"] == 1
    told = [text for kind, text in log_of(activity_book(beilin), held) if kind == "关联"]
    assert told[0] == "WT2026091001；说明：发现问题数 0 → 1"
    assert told[-1] == "WT2026091001；说明：解决问题数 0 → 1"
    step(beilin, "look-back", first["case_no"], "--result", "又不准", "--rebound")
    assert row_of(activity_book(beilin), held)["解决问题数"] == 0
    for _ in range(2):
        beilin.ask("undo")
    assert row_of(activity_book(beilin), held)["解决问题数"] == 0
    assert [i["status"] for i in listed(beilin, "--search", "叫号")] == ["挂账"]


def test_a_larger_number_somebody_wrote_of_an_activity_stands(beilin: Desk) -> None:
    held = hold(beilin, "2026-09-10 09:00", "区教育局", WALK, issue_count=2, solved_count=2)
    beilin.ask("issue", "add", "--activity", held, "--problem", "叫号机不准")
    activity = row_of(activity_book(beilin), held)
    assert (activity["发现问题数"], activity["解决问题数"]) == (2, 2)


def test_undo_takes_an_issue_off_the_list_and_off_its_activity(beilin: Desk) -> None:
    held = hold(beilin, "2026-09-10 09:00", "区教育局", WALK)
    before = issue_book(beilin).read_bytes(), row_of(activity_book(beilin), held)
    beilin.ask("issue", "add", "--activity", held, "--problem", "叫号机不准")
    assert row_of(activity_book(beilin), held)["发现问题数"] == 1
    undone = beilin.ask("undo")
    assert set(undone["cases"]) == {held, "WT2026091001"}
    assert listed(beilin) == []
    assert row_of(activity_book(beilin), held) == before[1]


def test_a_book_that_is_open_keeps_nobody_waiting(beilin: Desk) -> None:
    no = add(beilin, *PLANNED)["case_no"]
    owner = issue_book(beilin).with_name(f".~{issue_book(beilin).name}")
    owner.touch()
    for line in (
        ("add", "--unit", "教育局", "--kind", "走流程", "--problem", "另一件"),
        ("measure", no, "--in-charge", "王某"),
        ("clear", no, "--effect", "好了"),
    ):
        answer = beilin.type("issue", *line, "--json")
        assert (answer.code, answer.json["saved"]) == (4, "queued")
    assert [i["status"] for i in listed(beilin)] == ["已销号", "挂账"]
    owner.unlink()
    beilin.ask("book", "replay")
    assert row_of(issue_book(beilin), no)["包抓人"] == "王某"
    assert [(i["status"], i["queued"]) for i in listed(beilin)] == [("已销号", False), ("挂账", False)]


def test_an_activity_whose_book_is_open_counts_later(beilin: Desk) -> None:
    held = hold(beilin, "2026-09-10 09:00", "区教育局", WALK)
    owner = activity_book(beilin).with_name(f".~{activity_book(beilin).name}")
    owner.touch()
    added = beilin.ask("issue", "add", "--activity", held, "--problem", "叫号机不准")
    assert added["saved"] == "written"
    assert any(held in w and "补写" in w for w in added["warnings"])
    assert row_of(activity_book(beilin), held)["发现问题数"] is None
    owner.unlink()
    step(beilin, "clear", added["case_no"], "--effect", "已校准")
    activity = row_of(activity_book(beilin), held)
    assert (activity["发现问题数"], activity["解决问题数"]) == (1, 1)


def test_a_day_typed_into_the_list_is_the_plans_day(beilin: Desk) -> None:
    no = add(beilin, *PLANNED)["case_no"]
    type_in(issue_book(beilin), no, 完成时限=datetime(2026, 9, 16), 包抓人="王某")
    # Who looks at an earlier day does not see what was typed today.
    beilin.day = ""
    (shown,) = listed(beilin)
    assert (shown["due_on"], shown["responsible_person"]) == ("2026-09-16", "王某")
    assert log_of(issue_book(beilin), no)[-1][0] == "人工修改"


@pytest.mark.parametrize("handling", [(), ("--handling", "立行立改")])
def test_a_day_typed_where_there_was_no_plan_makes_one(beilin: Desk, handling: tuple[str, ...]) -> None:
    no = add(beilin, *handling)["case_no"]
    type_in(issue_book(beilin), no, 完成时限=datetime(2026, 12, 31))
    beilin.day = ""
    (shown,) = listed(beilin, "--unmeasured")
    assert (shown["due_on"], shown["handling"]) == ("2026-12-31", handling[1] if handling else "")
    assert beilin.ask("check")["count"] == 0
    beilin.day = "2026-12-25"
    done = step(beilin, "measure", no, "--handling", "整改计划", "--remedy", "换系统")
    assert [(d["act"], d["due_on"]) for d in done["deadlines"]] == [("整改", "2026-12-31")]
    assert listed(beilin, "--unmeasured") == []


def test_a_day_of_clearing_typed_into_the_list_is_told_and_clears_nothing(beilin: Desk) -> None:
    no = add(beilin, *PLANNED)["case_no"]
    type_in(issue_book(beilin), no, 销号日期=datetime(2026, 9, 17))
    beilin.day = ""
    told = beilin.type("issue", "list")
    assert f"zmn issue clear {no}" in told.err
    assert listed(beilin)[0]["status"] == "挂账"


def test_the_list_hides_phones_unless_asked(beilin: Desk) -> None:
    add(beilin, problem="家长刘先生13912345678反映")
    assert "139****5678" in listed(beilin)[0]["problem"]
    assert "13912345678" not in beilin.type("issue", "list").out
    assert "13912345678" in listed(beilin, "--full")[0]["problem"]
    journal = (beilin.folder / ".zmn" / "journal.jsonl").read_text(encoding="utf-8")
    assert '"issue list"' in journal


def test_the_list_is_narrowed_down(beilin: Desk) -> None:
    add(beilin, on="2026-06-30", problem="六月的")
    add(beilin, on="2026-07-01", problem="七月的")
    beilin.ask("issue", "add", "--unit", "城管局", "--kind", "跟执法", "--on", "2026-08-03", "--problem", "八月的")
    assert [i["problem"] for i in listed(beilin, "--quarter", "2026Q3")] == ["七月的", "八月的"]
    assert [i["problem"] for i in listed(beilin, "--month", "2026-08")] == ["八月的"]
    assert [i["problem"] for i in listed(beilin, "--kind", "跟执法")] == ["八月的"]
    assert [i["problem"] for i in listed(beilin, "--unit", "教育局", "--search", "七月")] == ["七月的"]
    assert [i["problem"] for i in listed(beilin, "--status", "已销号")] == []
    assert beilin.type("issue", "list", "--status", "办理中").code == 2
    assert beilin.type("issue", "list", "--quarter", "三季度").code == 2


HOSTILE = (
    '=HYPERLINK("http://x")',
    "@SUM(A1)",
    "好；包抓人：李四；长效机制：假",
    "[red]红[/red]\x07\u202e",
    "一\n二\r\n三",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(beilin: Desk, text: str) -> None:
    no = add(beilin, *PLANNED[:4], "--remedy", text, problem=text)["case_no"]
    step(beilin, "clear", no, "--effect", text)
    step(beilin, "look-back", no, "--result", text, "--rebound")
    row = row_of(issue_book(beilin), no)
    assert (row["包抓人"], row["长效机制"]) == (None, None)
    assert "HYPERLINK" not in text or row["发现问题"] == text
    assert beilin.type("issue", "list").code == 0
    assert beilin.ask("check")["count"] == 0


def test_a_file_of_issues(beilin: Desk, tmp_path: Path) -> None:
    file = tmp_path / "问题.csv"
    file.write_text(
        "单位,日期,发现问题,企业群众或一线工作人员反映的需求,整改方式,完成时限,急难愁盼\n"
        "教育局,2026-09-01,甲,,,2026-10-08,是\n"
        "教育局,2026-09-02,乙,,,立行立改,否\n"
        "教育局,2026-09-03,,丙,,国庆前,\n"
        "教育局,2026-09-04,,,,,是\n"
        "教育局,2026-13-04,丁,,,,\n"
        "合计,,4,,,,\n",
        encoding="utf-8",
    )
    line = ("issue", "add", "--from", str(file), "--kind", "走流程", "--json")
    for extra in (("--dry-run",), ("--all-or-nothing",)):
        tried = beilin.type(*line, *extra)
        assert tried.code == 1
        check(tried.json, "issue-add-bulk")
        assert (tried.json["accepted"], tried.json["count"]) == (3, 0)
    done = beilin.type(*line)
    assert done.code == 1
    check(done.json, "issue-add-bulk")
    assert [r["row"] for r in done.json["rejected"]] == [5, 6]
    assert [a["due_on"] for a in done.json["added"]] == ["2026-10-08", None, None]
    shown = listed(beilin)
    assert [i["handling"] for i in shown] == ["整改计划", "立行立改", ""]
    assert [i["urgent"] for i in shown] == [True, False, False]
    assert shown[2]["remark"] == "完成时限原文：国庆前"
    beilin.ask("undo", "--batch", done.json["batch"])
    assert listed(beilin) == []


def test_a_json_of_issues_of_one_activity(beilin: Desk, tmp_path: Path) -> None:
    held = hold(beilin, "2026-09-10 09:00", "区教育局", WALK)
    file = tmp_path / "问题.json"
    file.write_text(json.dumps({"issues": [{"problem": "甲"}, {"need": "乙", "note": "备"}]}), encoding="utf-8")
    done = beilin.ask("issue", "add", "--from", str(file), "--activity", held)
    assert [a["activity_no"] for a in done["added"]] == [held, held]
    assert row_of(activity_book(beilin), held)["发现问题数"] == 1
    file.write_text('[{"unit": "教育局"}]', encoding="utf-8")
    assert beilin.type("issue", "add", "--from", str(file)).code == 1


def test_靖边_has_its_own_clauses_and_its_own_columns(jingbian: Desk) -> None:
    answer = jingbian.ask(
        "issue", "add", "--unit", "公安局", "--leader", "蒋某，局长", "--item", "加油站检查", "--problem", "记录不全",
        "--suggestion", "统一模板", "--handling", "整改计划",
    )  # fmt: skip
    assert any("四（二）" in w for w in answer["warnings"])
    row = row_of(issue_book(jingbian), answer["case_no"])
    assert (row["事项名称"], row["跟执法人员及职务"], row["意见建议"]) == ("加油站检查", "蒋某，局长", "统一模板")
    assert row["参与活动名称"] == "跟执法"


@pytest.mark.parametrize("locality", ["neixiang", "linxian"])
def test_a_county_without_such_a_list_says_so(new_desk: Callable[..., Desk], locality: str) -> None:
    desk = new_desk(locality, "2026-09-18")
    for line in (("list",), ("add", "--problem", "甲"), ("hand-in",), ("collect", "--status")):
        answer = desk.type("issue", *line)
        assert answer.code == 2
        assert "没有" in answer.err
