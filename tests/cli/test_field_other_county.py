"""Another county's activity is data: 青石市 (invented) has its own kind, links, windows, lists and numbers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.cli.fieldwalk import Days, lights
from tests.cli.test_activities import write_csv
from tests.desk import Desk

QINGSHI = Path(__file__).parents[1] / "fixtures" / "counties" / "qingshi"
LINKS = ("--link", "陪同办", "--link", "值守")


def open_desk(folder: Path, role: str, office: str, day: str) -> Desk:
    desk = Desk(folder, day)
    line = ("--locality", str(QINGSHI), "--clerk", "钱某", "--year", "2026", "--role", role, "--office", office)
    assert desk.type("init", str(folder), *line).code == 0
    return desk


def record(desk: Desk, on: str, unit: str, *more: str) -> Any:
    return desk.ask("activity", "record", "--unit", unit, "--leader", "何某 局长", "--on", on, *more)


def test_a_quarter_of_青石市(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "税务局", "参与单位", "市税务局", "2026-08-03")
    days = Days(desk)
    items = write_csv(tmp_path / "事项.csv", ("事项",), ("发票领用",), ("税务登记",), ("纳税证明",))
    assert desk.ask("item", "import", items, "--unit", "税务局")["new"] == 3
    (plan,) = desk.ask("activity", "plan", "--unit", "税务局", "--period", "2026Q3")["plans"]
    assert (plan["unit"], plan["kind"], plan["period"]) == ("市税务局", "局长走流程", "2026Q3")
    assert desk.ask("activity", "list", "--plans")["count"] == 1
    days.close()

    # Its own number; 9 September is a Wednesday, five days later is Monday the 14th.
    days.on("2026-09-09")
    done = record(
        desk, "2026-09-09", "税务局", *LINKS, "--item", "发票领用", "--item", "税务登记", "--valid-visits", "3"
    )
    first = done["case_no"]
    assert (first, done["missing"], done["deadlines"][0]["due_on"]) == ("HD20260909-01", [], "2026-09-14")
    short = record(desk, "2026-09-09", "税务局", "--link", "陪同办", "--item", "发票领用", "--valid-visits", "1")
    assert {one["rule"] for one in short["missing"]} == {"links", "items", "visits"}
    desk.ask("undo")
    wrong = desk.type("activity", "record", "--unit", "税务局", "--leader", "何某", "--title", "局长", "--on",
                      "2026-09-09", "--link", "业务检查")  # fmt: skip
    assert (wrong.code, "座谈回访" in wrong.err) == (2, True)
    planned = desk.ask(
        "issue", "add", "--activity", first, "--problem", "没有样表", "--handling", "限期", "--due", "2026-09-16",
        "--remedy", "补齐样表",
    )["case_no"]  # fmt: skip
    at_once = desk.ask("issue", "add", "--activity", first, "--problem", "叫号机不准", "--handling", "立改")[
        "case_no"
    ]
    (there,) = (a for a in desk.ask("activity", "list")["activities"] if a["case_no"] == first)
    assert (there["kind"], there["links"], there["issues"]) == ("局长走流程", ["陪同办", "窗口值守"], 2)
    days.close()
    assert lights(days.on("2026-09-15").ask("overdue")) == [(first, "备案", 1)]
    filed = desk.ask("activity", "file", first)
    assert filed["ended"][0]["late_workdays"] == 1
    desk.ask("issue", "measure", planned, "--remedy", "补齐样表，每月核对")
    desk.ask("issue", "clear", planned, "--effect", "已上架")
    cleared = desk.ask("issue", "clear", at_once, "--effect", "已校准")
    # Twenty days of its own: 5 October is a holiday, the first workday after it is the 8th, as its notice's filing.
    assert [d["act"] for d in cleared["deadlines"]] == ["回头看"]
    days.close()
    back = days.on("2026-09-18").ask("issue", "look-back", planned, "--result", "又没有了", "--rebound")
    assert (back["status"], back["round"]) == ("挂账", 2)
    days.close()
    covered = desk.ask("activity", "coverage")
    assert [one["standing"] for one in covered["units"] if one["unit"] == "市税务局"] == ["已参加"]
    assert {one["item"]: one["covered"] for one in desk.ask("item", "list")["items"]} == {
        "发票领用": True, "税务登记": True, "纳税证明": False,
    }  # fmt: skip
    # Its lists of 2026Q3 are of the quarter before (period_cut): the days are named.
    (made,) = desk.ask("issue", "hand-in", "--from-day", "2026-07-01", "--to-day", "2026-09-18")["lists"]
    assert (made["unit"], made["kind"], made["rows"]) == ("市税务局", "局长走流程", 2)

    lead = open_desk(tmp_path / "牵头", "牵头单位", "市营商办", "2026-09-19")
    inbox = tmp_path / "收件"
    inbox.mkdir()
    shutil.copy(desk.folder / made["files"][0], inbox)
    taken = lead.ask("issue", "collect", str(inbox), "--period", "2026Q3", "--unit", "税务局")
    assert (taken["new"], taken["count"]) == (2, 1)
    states = lead.ask("issue", "collect", "--status", "--period", "2026Q3")
    assert {one["unit"]: one["state"] for one in states["units"]}["市税务局"] == "已报"
    assert {one["problem"] for one in lead.ask("issue", "list")["issues"]} == {"没有样表", "叫号机不准"}
    days.stand()


def test_its_delegates_count_and_its_modes_are_its_own(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "牵头", "牵头单位", "市营商办", "2026-03-02")
    complete = (*LINKS, "--item", "甲", "--item", "乙", "--valid-visits", "3")
    record(desk, "2026-01-30", "税务局", *complete)
    record(desk, "2026-03-02", "市市场监管局", *complete, "--delegate-for", "周某")
    refused = desk.type("activity", "record", "--unit", "税务局", "--leader", "何某 局长", "--on", "2026-03-02",
                        "--delegate-for", "周某")  # fmt: skip
    assert refused.code == 6
    assert "第十七条" in refused.err
    # A delegate counts here (第十七条), and is marked all the same.
    quarter = desk.ask("activity", "coverage")
    assert {one["unit"]: (one["standing"], one["counted"]) for one in quarter["units"]} == {
        "市税务局": ("已参加", 1), "市市场监管局": ("仅委托", 1),
    }  # fmt: skip
    assert quarter["met"] is True
    record(desk, "2026-03-02", "税务局", *complete, "--mode", "专题")
    by_mode = {one["unit"]: one["by_mode"] for one in desk.ask("activity", "coverage")["units"]}
    assert by_mode["市税务局"] == {"日常": 1, "专题": 1}
    assert desk.ask("check")["count"] == 0
