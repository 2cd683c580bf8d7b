"""A quarter of 碑林, a winter of 靖边, a term of 临县: activities, issues and officers, in the clerk's words."""

from __future__ import annotations

import shutil
from pathlib import Path

import docx

from tests.cli.fieldwalk import Days, lights
from tests.cli.test_activities import write_csv
from tests.cli.test_officers import TEN, table
from tests.cli.walking import Walk
from tests.desk import Desk
from tests.fieldbooks import activity_book, issue_book, log_of, row_of

EVERY_LINK = ("--link", "走流程", "--link", "业务检查", "--link", "服务回访", "--link", "座谈交流")


def open_desk(folder: Path, locality: str, role: str, office: str, day: str, *, year: str = "2026") -> Desk:
    desk = Desk(folder, day)
    line = ("--locality", locality, "--clerk", "赵敏慧", "--year", year)
    who = (part for option, word in (("--role", role), ("--office", office)) if word for part in (option, word))
    answer = desk.type("init", str(folder), *line, *who)
    assert answer.code == 0, answer.err
    return desk


def words(desk: Desk, name: str) -> str:
    """All the words of a letter."""
    letter = docx.Document(str(desk.folder / name))
    told = [p.text for p in letter.paragraphs]
    told += [cell.text for table in letter.tables for row in table.rows for cell in row.cells]
    return "\n".join(told)


def items_of(desk: Desk) -> dict[str, str | None]:
    return {one["item"]: one["covered_on"] for one in desk.ask("item", "list")["items"]}


def walk_the_unit(folder: Path) -> Desk:
    """The desk of 区教育局 from July to the day its list goes out, and on to the look-back."""
    desk = open_desk(folder, "beilin", "单位", "区教育局", "2026-07-01")
    days = Days(desk)
    items = write_csv(
        folder.parent / "事项.csv",
        ("事项名称", "类型"),
        *((name, "行政许可") for name in ("教师资格认定", "校车使用许可", "民办学校设立审批")),
    )
    assert desk.ask("item", "import", items)["new"] == 3
    desk.ask("activity", "plan", "--unit", "教育局", "--kind", "走流程", "--period", "2026Q3")
    which = ("activity", "plan", "--kind", "走流程", "--period", "2026Q3")
    desk.ask(*which, "--audited", "2026-07-01", "--by-whom", "区营商办")
    days.on("2026-07-02").ask(*which, "--approved", "2026-07-02", "--by-whom", "区政府领导")
    days.on("2026-07-03").ask(*which, "--published", "2026-07-03", "--where", "区政府门户网")

    # 8 July, Wednesday: three days later is Saturday the 11th, so it may be filed until Monday the 13th.
    days.on("2026-07-08")
    leader = ("activity", "record", "--leader", "张明", "--title", "局长", "--kind", "走流程")
    days.takes_back(*leader, "--on", "2026-07-08 09:00", "--served", "1")
    held = desk.ask(
        *leader, "--on", "2026-07-08 09:00", "--identity", "办事人", "--place", "区政务服务中心", *EVERY_LINK,
        "--item", "教师资格认定", "--item", "校车使用许可", "--valid-visits", "3", "--served", "4",
    )  # fmt: skip
    first = held["case_no"]
    assert (held["missing"], held["deadlines"][0]["due_on"], held["file_with"]) == ([], "2026-07-13", "区行政审批局")
    found = ("issue", "add", "--activity", first)
    at_once = desk.ask(*found, "--problem", "叫号机不准", "--handling", "立行立改")["case_no"]
    planned = desk.ask(
        *found, "--problem", "没有样表", "--handling", "整改计划", "--remedy", "补齐样表", "--due", "2026-08-07",
        "--in-charge", "王某",
    )["case_no"]  # fmt: skip
    need = desk.ask(*found, "--need", "希望周六开门")["case_no"]
    assert (at_once, planned, need) == ("WT2026070801", "WT2026070802", "WT2026070803")
    # Two problems; the need is none.
    assert row_of(activity_book(desk), first)["发现问题数"] == 2
    assert [one["case_no"] for one in desk.ask("overdue")["unmeasured"]] == [need]
    days.close()

    days.on("2026-07-10").ask("issue", "clear", at_once, "--effect", "已校准")
    filed = desk.ask("activity", "file", first, "--at", "2026-07-10 10:00")
    assert (filed["ended"][0]["late"], filed["file_with"]) == (False, "区行政审批局")
    desk.ask("issue", "measure", need, "--handling", "立行立改", "--remedy", "周六上午轮班")
    desk.ask("issue", "clear", need, "--effect", "7月起轮班")
    days.close()
    # 立行立改 of the 10th: 30 days are 9 August, a Sunday, so the 10th.
    assert lights(days.on("2026-08-10").ask("overdue")) == [(planned, "整改", 1)]
    assert [one["due_on"] for one in desk.ask("overdue")["due_today"]] == ["2026-08-10", "2026-08-10"]
    for no in (at_once, need):
        desk.ask("issue", "look-back", no, "--result", "没有反弹", "--at", "2026-08-10 16:00")
    days.close()

    # 12 August, Wednesday: Saturday the 15th, so Monday the 17th; filed on Wednesday the 19th, two workdays late.
    days.on("2026-08-12")
    short = ("--link", "坐窗口", "--link", "业务检查", "--item", "教师资格认定", "--served", "2")
    refused = desk.type(*leader, "--on", "2026-08-12 15:00", "--mode", "即时", *short)
    assert (refused.code, "体验缘由" in refused.err) == (6, True)
    second = desk.ask(*leader, "--on", "2026-08-12 15:00", "--mode", "即时", "--trigger", "群众投诉集中问题", *short)
    assert "服务回访、座谈交流" in second["missing"][0]["what"]
    days.close()
    days.on("2026-08-18")
    assert lights(desk.ask("overdue")) == [(planned, "整改", 7), (second["case_no"], "备案", 1)]
    days.close()
    late = days.on("2026-08-19").ask("activity", "file", second["case_no"], "--at", "2026-08-19 09:00")
    assert (late["ended"][0]["late"], late["ended"][0]["late_workdays"]) == (True, 2)
    days.close()

    # 10 to 14, 17 to 20 August: nine workdays after the 7th.
    cleared = days.on("2026-08-20").ask("issue", "clear", planned, "--effect", "已上架", "--mechanism", "每月核对")
    assert any("超时9个工作日" in w for w in cleared["warnings"])
    assert row_of(activity_book(desk), first)["解决问题数"] == 2
    days.close()
    days.on("2026-09-14")
    days.takes_back("issue", "look-back", planned, "--result", "试记")
    desk.ask("issue", "look-back", planned, "--result", "又没有了", "--rebound")
    assert row_of(activity_book(desk), first)["解决问题数"] == 1
    desk.ask("issue", "measure", planned, "--remedy", "装框上墙", "--due", "2026-09-30")
    days.close()
    again = days.on("2026-09-16").ask("issue", "clear", planned, "--effect", "已上墙")
    assert (again["round"], [d["due_on"] for d in again["deadlines"] if d["act"] == "回头看"]) == (
        2, ["2026-09-20", "2026-10-16"],
    )  # fmt: skip
    assert [kind for kind, _ in log_of(issue_book(desk), planned)] == [
        "挂账", "销号", "回头看", "撤销", "回头看", "反弹", "整改措施", "销号",
    ]  # fmt: skip
    days.close()

    # Only 定期 counts for the quarter; the experience of August covers an item all the same.
    days.on("2026-09-18")
    (unit,) = desk.ask("activity", "coverage")["units"]
    assert (unit["standing"], unit["counted"], unit["by_mode"]) == ("已参加", 1, {"定期": 1, "即时": 1, "跟踪": 0})
    assert items_of(desk) == {
        "教师资格认定": "2026-08-12", "校车使用许可": "2026-07-08", "民办学校设立审批": None,
    }  # fmt: skip
    made = desk.ask("issue", "hand-in", "--quarter", "2026Q3", "--contact", "周某", "--contact-phone", "029-87654321")
    assert [(one["unit"], one["rows"], one["to"]) for one in made["lists"]] == [("区教育局", 3, "区行政审批局")]
    days.close()
    days.on("2026-10-16").ask("issue", "look-back", planned, "--result", "没有反弹")
    days.close()
    days.on("2026-10-19")
    assert lights(desk.ask("overdue")) == []
    days.takes_back("activity", "record", *leader[2:], "--on", "2026-10-19 09:00")
    days.stand()
    return desk


def hand_over(unit: Desk, inbox: Path) -> Path:
    """The list is carried over to the lead, as it lies in the folder."""
    (file,) = (unit.folder / "报表").rglob("附件2*.xlsx")
    inbox.mkdir()
    shutil.copy(file, inbox)
    return inbox


def test_a_quarter_of_碑林_at_a_unit_and_at_its_lead(tmp_path: Path) -> None:
    unit = walk_the_unit(tmp_path / "教育局")
    inbox = hand_over(unit, tmp_path / "收件")
    lead = open_desk(tmp_path / "审批局", "beilin", "牵头部门", "区行政审批局", "2026-07-14")
    # What the units found in July comes in with its own day in September: earlier days have it from then on.
    days = Days(lead, looks=(("activity", "list"),))
    header = (
        "单位", "主要负责人及职务", "活动", "开展日期", "参与环节", "体验事项", "接待企业群众数", "有效回访数",
        "体验类型", "体验缘由", "备案日期",
    )  # fmt: skip
    july = write_csv(
        tmp_path / "七月.csv",
        header,
        ("教育局", "张明 局长", "走流程", "2026-07-08", "走流程、业务检查、服务回访、座谈交流",
         "教师资格认定、校车使用许可", "4", "3", "定期", "", "2026-07-10"),
        ("民政局", "吴某 局长", "走流程", "2026-07-13", "坐窗口、业务检查、服务回访、座谈交流",
         "社会团体登记、低保审核", "5", "3", "定期", "", "2026-07-14"),
    )  # fmt: skip
    told = lead.ask("activity", "record", "--from", july)
    assert (told["count"], told["rejected"]) == (2, [])
    days.close()
    august = write_csv(
        tmp_path / "八月.csv",
        header,
        ("教育局", "张明 局长", "走流程", "2026-08-12", "坐窗口、业务检查", "教师资格认定", "2", "", "即时",
         "群众投诉集中问题", "2026-08-19"),
        ("卫健局", "郑某 局长", "走流程", "2026-08-21", "走流程", "", "9", "", "即时", "重要时间节点", ""),
    )  # fmt: skip
    days.on("2026-08-24")
    days.takes_back("activity", "record", "--from", august)
    told = lead.ask("activity", "record", "--from", august)
    # Numbers taken back are not given again.
    assert [one["case_no"] for one in told["recorded"]] == ["HD2026081202", "HD2026082102"]
    days.close()
    assert lights(days.on("2026-08-25").ask("overdue")) == [("HD2026082102", "备案", 1)]
    days.close()

    # July's report goes from 21 June to 20 July: two activities, nine people; August's from 21 July to 20 August.
    first = lead.ask("report", "--month", "2026-07")
    assert (first["counts"]["activities"], first["counts"]["served"]) == (2, 9)
    second = lead.ask("report", "--month", "2026-08")
    assert (second["counts"]["activities"], second["counts"]["served"]) == (1, 2)

    days.on("2026-09-19")
    states = ("issue", "collect", "--status", "--period", "2026Q3", "--kind", "走流程")
    assert {one["state"] for one in lead.ask(*states)["units"]} == {"未报"}
    Days(lead).takes_back("issue", "collect", str(inbox), "--period", "2026Q3")
    taken = lead.ask("issue", "collect", str(inbox), "--period", "2026Q3")
    assert (taken["new"], taken["known"], taken["count"]) == (3, 0, 1)
    assert {one["unit"]: one["state"] for one in lead.ask(*states)["units"] if one["state"] != "未报"} == {
        "区教育局": "已报"
    }
    again = lead.ask("issue", "collect", str(inbox), "--period", "2026Q3")
    assert (again["new"], again["known"]) == (0, 3)
    after = Days(lead)
    after.close()
    taken_in = {one["problem"] or one["need"]: one for one in lead.ask("issue", "list")["issues"]}
    assert {words: (one["found_on"], one["unit"], one["leader"]) for words, one in taken_in.items()} == dict.fromkeys(
        ("叫号机不准", "没有样表", "希望周六开门"), ("2026-07-08", "区教育局", "张明 局长")
    )
    assert taken_in["没有样表"]["remedy"] == "装框上墙"
    days.close()

    # 附件1 has 41 units; 民政局 and 教育局 took part by 定期, 卫健局 by 即时 alone.
    days.on("2026-09-22")
    covered = lead.ask("activity", "coverage")
    assert covered["count"] == 41
    assert {one["unit"]: one["standing"] for one in covered["units"] if one["standing"] != "未参加"} == {
        "区教育局": "已参加", "区民政局": "已参加", "区卫健局": "仅即时跟踪",
    }  # fmt: skip
    summary = lead.ask("report", "--quarter", "2026Q3")
    counts = summary["counts"]
    # 4 + 5 + 2 + 9 people; items: 教师资格认定 twice, 校车使用许可, 社会团体登记, 低保审核.
    assert (counts["activities"], counts["participants"], counts["served"]) == (4, 4, 20)
    # Both problems are of 8 July; the need is counted apart.
    assert counts["issues_found"] == 2
    assert all(one["holds"] for one in summary["checks"])
    text = words(lead, next(name for name in summary["files"] if name.endswith(".docx")))
    assert "应报三张清单的单位41个，尚未报送40个" in text
    assert "尚有38个未参加" in text
    onward = lead.ask("issue", "hand-in", "--merged", "--quarter", "2026Q3")
    assert [(one["kind"], one["rows"]) for one in onward["lists"]] == [("走流程坐窗口", 3)]
    days.close()
    days.on("2026-09-23")
    assert lead.ask("report", "--quarter", "2026Q3")["is_new"] is False
    after.close()
    days.stand()
    after.stand()


def test_a_winter_of_靖边_across_the_year(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "司法局", "jingbian", "司法局", "县司法局", "2025-12-01", year="2025")
    days = Days(desk)
    items = write_csv(
        tmp_path / "事项.csv",
        ("单位", "事项"),
        *(("公安局", "加油站检查"), ("公安局", "案卷评查"), ("水利局", "河道采砂巡查")),
    )
    assert desk.ask("item", "import", items)["new"] == 3
    drawn = desk.ask("activity", "plan", "--unit", "公安局", "--unit", "水利局", "--period", "2026-01")
    assert {one["period"] for one in drawn["plans"]} == {"2025-12"}

    # Thursday 18 December; five days later is Tuesday the 23rd. Filed on Friday the 26th: 24, 25 and 26 are too late.
    days.on("2025-12-18")
    police = ("activity", "record", "--unit", "公安局", "--leader", "蒋明 局长", "--on")
    refused = desk.type(*police, "2025-12-18 09:00", "--delegate-for", "某某")
    assert refused.code == 6
    links = ("执法检查", "案件处理", "案卷评查", "服务回访")
    held = desk.ask(
        *police, "2025-12-18 09:00", "--item", "加油站检查", "--place", "张家畔街道",
        "--enforcement", "检查加油站2家", "--enforcement", "案卷评查3卷", "--valid-visits", "3",
        *(part for link in links for part in ("--link", link)),
    )  # fmt: skip
    assert (held["missing"], held["deadlines"][0]["due_on"], held["file_with"]) == ([], "2025-12-23", "县司法局")
    first = held["case_no"]
    found = desk.ask(
        "issue", "add", "--activity", first, "--problem", "检查记录不全", "--suggestion", "统一模板",
        "--handling", "整改计划", "--remedy", "统一格式", "--due", "2026-01-08",
    )["case_no"]  # fmt: skip
    days.close()
    assert lights(days.on("2025-12-25").ask("overdue")) == [(first, "备案", 2)]
    days.close()
    filed = days.on("2025-12-26").ask("activity", "file", first)
    assert filed["ended"][0]["late_workdays"] == 3
    covered = desk.ask("activity", "coverage")
    assert covered["period"] == {"label": "2025-12", "first": "2025-12-01", "last": "2026-01-31"}
    assert [one["unit"] for one in covered["units"] if one["standing"] == "已参加"] == ["县公安局"]

    assert lights(days.on("2026-01-09").ask("overdue")) == [(found, "整改", 1)]
    days.close()
    days.on("2026-01-12")
    days.takes_back("issue", "clear", found, "--effect", "试记")
    cleared = desk.ask("issue", "clear", found, "--effect", "已统一")
    # Thirty days: 11 February.
    assert [(d["act"], d["due_on"]) for d in cleared["deadlines"]] == [
        ("整改", "2026-01-08"),
        ("回头看", "2026-02-11"),
    ]
    days.close()

    # The last minutes of the window, in a new book.
    days.on("2026-01-31")
    last = desk.ask(
        "activity", "record", "--unit", "水利局", "--leader", "马某 局长", "--on", "2026-01-31 23:50",
        "--item", "河道采砂巡查", "--enforcement", "河道采砂巡查",
    )  # fmt: skip
    assert last["deadlines"][0]["due_on"] == "2026-02-05"
    assert {path.parent.name for path in (desk.folder / "台账").rglob("*参与台账.xlsx")} == {"2025", "2026"}
    days.close()
    days.on("2026-02-01").ask(
        "activity", "record", "--unit", "交通局", "--leader", "田某 局长", "--on", "2026-02-01 09:00"
    )
    days.close()
    for name in ("2025-12", "2026-01"):
        whole = desk.ask("activity", "coverage", "--window", name)
        assert [one["unit"] for one in whole["units"] if one["standing"] == "已参加"] == ["县公安局", "县水利局"]
        assert (whole["count"], whole["period"]["label"]) == (24, "2025-12")
    days.on("2026-02-09")
    report = desk.ask("report", "--window", "2025-12")
    counts = report["counts"]
    assert (report["covers_from"], report["covers_through"]) == ("2025-12-01", "2026-01-31")
    assert (counts["activities"], counts["enforcements"], counts["items"]) == (2, 3, 2)
    assert (counts["issues_found"], counts["issues_cleared"], counts["issues_cleared_late"]) == (1, 1, 1)
    text = words(desk, next(name for name in report["files"] if name.endswith(".docx")))
    assert "名单内24个单位中，尚有22个未参加" in text
    made = desk.ask("issue", "hand-in", "--window", "2025-12", "--contact", "周某", "--contact-phone", "0912-4621234")
    assert [(one["unit"], one["rows"], one["to"]) for one in made["lists"]] == [("县公安局", 1, "县司法局")]
    days.close()
    days.on("2026-02-12")
    # 5 February was a Thursday: 6, 9, 10, 11, 12. What was held on the 1st was due on the 6th.
    assert lights(desk.ask("overdue")) == [
        (last["case_no"], "备案", 5), ("HD2026020101", "备案", 4), (found, "回头看", 1),
    ]  # fmt: skip
    days.close()
    days.takes_back("issue", "look-back", found, "--result", "没有反弹")
    days.stand()


def test_a_term_of_临县s_officers(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "行政审批局", "linxian", "", "", "2026-08-03")
    days = Days(desk, looks=(("officer", "list"), ("site", "list"), ("list", "--ledger", "officer"), ("overdue",)))
    for name, kind in (("县政务服务大厅", "政务服务大厅"), ("临泉镇便民服务中心", "便民服务中心")):
        desk.ask("site", "add", "--name", name, "--kind", kind, "--on", "2023-11-10")
    roster = table(tmp_path, TEN)
    days.takes_back("officer", "add", "--from", str(roster), "--on", "2023-11-15")
    assert desk.ask("officer", "add", "--from", str(roster), "--on", "2023-11-15")["count"] == 10
    assert desk.ask("officer", "check")["findings"] == []
    days.close()

    days.on("2026-08-10")
    finding = ("register", "--ledger", "officer", "--at", "2026-08-10 10:00", "--about")
    first = desk.ask(
        *finding, "多收了工本费", "--officer", "张志强", "--way", "下沉式", "--category", "收费", "--name", "金穗商贸"
    )["case_no"]
    desk.ask(*finding, "取号机坏了", "--officer", "侯丽", "--way", "探头式", "--category", "其他")
    walk = Walk(desk, first, "officer")
    walk.lines = len(walk.log())
    walk.go("assign", "2026-08-10 11:00", "--unit", "注册股", status="办理中", row={"责任单位": "登记注册股"})
    walk.go("set-due", "2026-08-10 15:00", "--due", "2026-08-20", "--basis", "交办单写明", status="办理中",
            clocks="解决=2026-08-20")  # fmt: skip
    days.close()
    assert lights(days.on("2026-08-21").ask("overdue")) == [(first, "解决", 1)]
    days.close()
    walk.go("resolve", "2026-08-21 15:00", "--result", "已退还", status="已办结",
            clocks="解决=2026-08-20×2026-08-21")  # fmt: skip
    days.close()

    month = days.on("2026-09-01").ask("report", "--ledger", "officer", "--month", "2026-08")
    assert (month["counts"]["accepted"], month["counts"]["resolved"], month["counts"]["late"]) == (2, 1, 1)
    # Three years from 15 November 2023 end on 14 November 2026; a month before, the morning list says so.
    assert days.on("2026-10-14").ask("overdue")["rotations"] == []
    days.close()
    reminded = days.on("2026-10-15").ask("overdue")["rotations"]
    assert len(reminded) == 10
    assert {one["ends_on"] for one in reminded} == {"2026-11-14"}
    assert "轮换" in desk.type("overdue").out
    days.close()
    days.on("2026-11-16")
    new = ("--to", "苗青", "--source", "人大代表", "--phone", "13803580020")
    rotate = ("officer", "rotate", "高建平", "--on", "2026-11-15", "--reason", "三年届满", *new)
    days.takes_back(*rotate)
    assert desk.ask(*rotate)["successor"]["status"] == "任期内"
    assert len(desk.ask("overdue")["rotations"]) == 9
    assert desk.ask("officer", "list")["count"] == 10
    days.close()
    days.stand()
