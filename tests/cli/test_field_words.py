"""What a clerk of field work is told: numbers, undo, unknown units, rows beside a ledger, wrong words first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.test_activities import write_csv
from tests.cli.test_field_other_county import open_desk, record
from tests.cli.test_json_contract import asked, check
from tests.desk import Desk
from tests.fieldbooks import issue_book

NewDesk = Callable[..., Desk]
HELD = ("--unit", "教育局", "--leader", "张明 局长", "--kind", "走流程", "--on", "2026-08-10")


@pytest.fixture
def beilin(new_desk: NewDesk) -> Desk:
    return new_desk("beilin", "2026-09-18")


@pytest.fixture
def jingbian(new_desk: NewDesk) -> Desk:
    return new_desk("jingbian", "2026-09-18", folder="靖")


@pytest.fixture
def linxian(new_desk: NewDesk) -> Desk:
    return new_desk("linxian", "2026-08-10", folder="临")


def hold(desk: Desk, *more: str) -> str:
    return str(desk.ask("activity", "record", *HELD, *more)["case_no"])


def find(desk: Desk, *more: str) -> str:
    line = ("issue", "add", "--unit", "教育局", "--kind", "走流程", "--problem", "叫号机不准", "--on", "2026-08-10")
    return str(desk.ask(*line, *more)["case_no"])


def lists_items(desk: Desk, folder: Path, *names: str) -> Any:
    rows = [("单位", "事项名称"), *(("教育局", name) for name in names)]
    return desk.ask("item", "import", write_csv(folder / "事项.csv", *rows))


# ---- what a number is called ----


def test_a_number_is_called_what_the_ledger_calls_it(beilin: Desk, linxian: Desk) -> None:
    held, found = hold(beilin), find(beilin)
    assert f"✓ 已登记“备注”  活动编号 {held}" in beilin.type("note", held, "--note", "补一句").out
    assert f"✓ 已登记“备注”  问题编号 {found}" in beilin.type("note", found, "--note", "补一句").out
    assert beilin.type("show", held).out.startswith(f"活动编号 {held}\n")
    assert beilin.type("show", found).out.startswith(f"问题编号 {found}\n")
    assert beilin.type("explain", held).out.startswith(f"活动编号 {held}　")
    order = ("--ledger", "hotline", "--no", "20260810001", "--at", "2026-08-10 09:00", "--name", "李四")
    said = linxian.type("register", *order, "--about", "证照办不下来", "--unit", "县审批局")
    assert "✓ 已登记  工单编号 20260810001" in said.out, said.err
    case = linxian.register("2026-08-10 09:00")["case_no"]
    assert linxian.type("show", case).out.startswith(f"事项编号 {case}\n")


# ---- undo ----


def test_undo_says_what_was_taken_back(beilin: Desk, tmp_path: Path) -> None:
    plan = ("activity", "plan", "--unit", "教育局", "--kind", "走流程", "--period", "2026Q3")
    beilin.ask(*plan)
    assert beilin.ask("undo")["undone"] == "列入活动计划"
    beilin.ask(*plan)
    beilin.ask("activity", "plan", "--period", "2026Q3", "--kind", "走流程", "--audited", "2026-09-01",
               "--by-whom", "区营商办")  # fmt: skip
    assert beilin.ask("undo")["undone"] == "登记计划的审核、公布"
    lists_items(beilin, tmp_path, "教师资格认定", "校车使用许可")
    rows = (("单位", "事项名称"), ("教育局", "教师资格认定"))
    beilin.ask("item", "import", write_csv(tmp_path / "少.csv", *rows), "--complete")
    assert beilin.ask("undo")["undone"] == "更新事项清单"
    said = beilin.type("undo")
    assert "✓ 已撤销“载入事项清单”" in said.out
    hold(beilin)
    assert beilin.ask("undo")["undone"] == "登记活动"


def test_undo_says_what_was_taken_back_of_the_roster(linxian: Desk) -> None:
    site = ("site", "add", "--name", "县政务服务大厅", "--kind", "政务服务大厅", "--on", "2026-08-01")
    linxian.ask(*site)
    linxian.ask("officer", "add", "--name", "高建平", "--source", "人大代表", "--site", "县政务服务大厅", "--on",
                "2026-08-02", "--phone", "13803580001")  # fmt: skip
    linxian.ask("officer", "rotate", "高建平", "--on", "2026-08-09")
    assert [linxian.ask("undo")["undone"] for _ in range(3)] == ["轮换、离任", "列入名册", "设立体验点"]
    linxian.ask(*site)
    linxian.ask("site", "close", "县政务服务大厅", "--on", "2026-08-09")
    assert linxian.ask("undo")["undone"] == "撤销体验点"


# ---- a unit that no list has ----


def test_an_unknown_unit_is_told_in_sentences(beilin: Desk) -> None:
    (near,) = (w for w in beilin.ask("activity", "record", *HELD[2:], "--unit", "区教育和体育局")["warnings"]
               if "区教育和体育局" in w)  # fmt: skip
    assert near.startswith("单位名单里没有“区教育和体育局”，先照你写的填了。")
    assert "？" not in near
    assert "zmn.toml 里 [units] 的 extra" in near
    (far,) = (w for w in beilin.ask("activity", "record", *HELD[2:], "--unit", "某某某")["warnings"] if "某某某" in w)
    assert "写错了的，请改成名单里的名称" in far
    (like,) = (w for w in beilin.ask("activity", "record", *HELD[2:], "--unit", "教育")["warnings"] if "名单" in w)
    assert "名单里相近的有：区教育局" in like
    assert "请改用这个名称" in like


def test_靖边_knows_its_units_by_their_full_names(jingbian: Desk) -> None:
    full = ("县住房和城乡建设局", "县人力资源和社会保障局", "县市场监督管理局", "县交通运输局", "县卫生健康局")
    line = [part for name in full for part in ("--unit", name)]
    done = jingbian.ask("activity", "plan", *line, "--period", "2026-08")
    assert [p["unit"] for p in done["plans"]] == ["县住建局", "县人社局", "县市场监管局", "县交通局", "县卫健局"]
    assert done["warnings"] == []
    # 县司法局 gathers; it is none of the 24 of 附件1.
    told = jingbian.ask("activity", "plan", "--unit", "县司法局", "--period", "2026-08")["warnings"]
    assert any("单位名单里没有“县司法局”" in w for w in told)
    shown = jingbian.type("activity", "plan").out
    assert shown.count("未报审") == 6


# ---- a batch of lists ----


def test_collected_lists_are_undone_by_their_batch(new_desk: NewDesk, beilin: Desk) -> None:
    find(beilin)
    (made,) = beilin.ask("issue", "hand-in", "--quarter", "2026Q3")["lists"]
    lead = new_desk("beilin", "2026-09-21", folder="牵头")
    config = lead.folder / "zmn.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('"单位"', '"牵头部门"'), encoding="utf-8")
    inbox = str(beilin.folder / made["files"][0])
    tried = asked(lead, "issue", "collect", inbox, "--period", "2026Q3", "--dry-run")
    assert tried["batch"] is None
    done = asked(lead, "issue", "collect", inbox, "--period", "2026Q3")
    check(done, "issue-collect")
    undone = lead.ask("undo", "--batch", done["batch"])
    assert (undone["undone"], set(undone["cases"])) == ("收清单", set(done["numbers"]))
    said = lead.type("issue", "collect", inbox, "--period", "2026Q3").out
    assert "；整批撤销：zmn undo --batch " in said
    (batch,) = (line.split()[1].partition("；")[0] for line in said.splitlines() if "批次" in line)
    assert lead.ask("undo", "--batch", batch)["undone"] == "收清单"
    # A list without issues has a batch too.
    blank = beilin.ask("issue", "hand-in", "--unit", "财政局", "--kind", "走流程", "--quarter", "2026Q3")["lists"][0]
    zero = lead.ask("issue", "collect", str(beilin.folder / blank["files"][0]), "--period", "2026Q3")
    assert (zero["new"], bool(zero["batch"])) == (0, True)


# ---- rows beside a ledger ----


def test_rows_beside_a_ledger_are_shown(beilin: Desk, tmp_path: Path) -> None:
    plan = beilin.ask("activity", "plan", "--unit", "教育局", "--kind", "走流程", "--period", "2026Q3",
                      "--note", "电话13912345678")["plans"][0]["case_no"]  # fmt: skip
    said = beilin.type("show", plan).out
    assert said.startswith(f"计划编号 {plan}\n")
    assert "区教育局" in said
    assert "139****5678" in said
    assert "13912345678" not in said
    assert "列入" in said.partition("流转记录")[2]
    shown = asked(beilin, "show", plan)
    check(shown, "show")
    assert (shown["row"]["sort"], shown["row"]["ledger"], len(shown["steps"])) == ("计划", "activity", 1)
    assert {c["field"]: c["text"] for c in shown["row"]["columns"]}["period"] == "2026Q3"
    assert "13912345678" in beilin.type("show", plan, "--full").out
    lists_items(beilin, tmp_path, "教师资格认定")
    (item,) = beilin.ask("item", "list")["items"]
    of_item = beilin.type("show", item["case_no"]).out
    assert of_item.startswith(f"清单事项编号 {item['case_no']}\n")
    assert "教师资格认定" in of_item
    # What has no life takes no steps: where to look and what to use is said.
    wrong = beilin.type("note", item["case_no"], "--note", "补一句", "--json")
    assert wrong.code == 2
    assert "里的一行，没有办理环节" in wrong.error["message"]
    assert "zmn show" in wrong.error["remedy"]
    assert "zmn item import" in wrong.error["remedy"]
    assert beilin.type("explain", plan).code == 2
    assert beilin.type("show", "JH2099010101").code == 2


def test_an_officer_is_shown_masked(linxian: Desk) -> None:
    site = ("site", "add", "--name", "大厅", "--kind", "政务服务大厅", "--on", "2026-08-01")
    linxian.ask(*site, "--contact", "孙晓梅", "--phone", "0358-4421234")
    officer = linxian.ask("officer", "add", "--name", "高建平", "--source", "人大代表", "--site", "大厅", "--on",
                          "2026-08-02", "--phone", "13803580001", "--note", "高建平本人推荐")["case_no"]  # fmt: skip
    said = linxian.type("show", officer).out
    assert "高**" in said
    assert "高建平" not in said
    assert "13803580001" not in said
    assert "高建平" in linxian.type("show", officer, "--full").out
    (listed,) = linxian.ask("site", "list")["sites"]
    of_site = linxian.type("show", listed["case_no"]).out
    assert "大厅" in of_site
    assert "孙晓梅" not in of_site
    assert linxian.type("show", officer, "--as-of", "2026-08-01").code == 2


# ---- init, items ----


def test_init_speaks_of_what_the_ledger_holds(tmp_path: Path) -> None:
    for locality, words in (
        ("beilin", "zmn activity record 登记第一次活动"),
        ("neixiang", "zmn register 登记第一件"),
    ):
        said = Desk(tmp_path / locality, "2026-08-13").type("init", str(tmp_path / locality), "--locality", locality)
        assert words in said.out


def test_an_item_struck_off_keeps_its_experience(beilin: Desk, tmp_path: Path) -> None:
    lists_items(beilin, tmp_path, "教师资格认定", "校车使用许可")
    hold(beilin, "--item", "教师资格认定")
    rows = (("单位", "事项名称"), ("教育局", "校车使用许可"))
    beilin.ask("item", "import", write_csv(tmp_path / "少.csv", *rows), "--complete")
    assert "2026-08-10（2026-09-18 取消）" in beilin.type("item", "list").out


# ---- wrong words before missing ones ----


def test_a_wrong_word_is_told_before_what_is_missing(beilin: Desk) -> None:
    for line, word in (
        (("--kind", "跑流程"), "走流程坐窗口"),
        (("--kind", "走流程", "--identity", "路人"), "办事人"),
        (("--kind", "走流程", "--link", "吃午饭"), "业务检查"),
        (("--kind", "走流程", "--mode", "偶尔"), "跟踪"),
    ):
        said = beilin.type("activity", "record", *line, "--json")
        assert said.code == 2
        assert "缺少" not in said.error["message"]
        assert word in said.error["remedy"]
    assert "缺少" in beilin.type("activity", "record", "--kind", "走流程", "--json").error["message"]


@pytest.mark.parametrize("command", ["clear", "look-back", "measure"])
def test_an_activity_s_number_is_no_issue_s(beilin: Desk, command: str) -> None:
    held = hold(beilin)
    said = beilin.type("issue", command, held, "--json")
    assert said.code == 2
    assert f"{held} 是活动编号" in said.error["message"]
    assert f"zmn issue list --search {held}" in said.error["remedy"]
    nothing = beilin.type("issue", command, "WT2026010199", "--json").error
    assert nothing["message"] == "台账里没有编号 WT2026010199 的问题"


# ---- delegates ----


@pytest.mark.parametrize("sender", ["张明", "张 明", "张明 局长", "张明（局长）"])
def test_nobody_is_his_own_delegate(beilin: Desk, sender: str) -> None:
    said = beilin.type("activity", "record", *HELD, "--delegate-for", sender, "--json")
    assert said.code == 2, said.out
    assert "本人参加的不算委托" in said.error["message"]
    assert beilin.ask("activity", "list")["count"] == 0


def test_two_people_of_one_family_name_are_not_the_same(new_desk: NewDesk) -> None:
    desk = new_desk("beilin", "2026-09-18", folder="可委托")
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("may_delegate = []", 'may_delegate = ["区教育局"]'), encoding="utf-8")
    line = ("--unit", "教育局", "--kind", "走流程", "--on", "2026-08-10", "--title", "副局长")
    for leader, sender in (("张 强", "张 明"), ("张明辉", "张明")):
        assert desk.type("activity", "record", *line, "--leader", leader, "--delegate-for", sender).code == 0


def test_a_file_with_one_s_own_delegate_is_told_by_its_row(beilin: Desk, tmp_path: Path) -> None:
    header = ("单位", "主要负责人", "活动", "时间", "受谁委托")
    path = write_csv(tmp_path / "活动.csv", header, ("教育局", "张明 局长", "走流程", "2026-08-10", "张明"))
    said = beilin.type("activity", "record", "--from", path, "--json")
    assert said.code == 1
    assert "本人参加的不算委托" in json.loads(said.out)["rejected"][0]["problems"][0]


# ---- 青石市 (invented) ----


def test_青石市_s_issues_name_the_only_activity(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "税务局", "参与单位", "市税务局", "2026-09-18")
    added = desk.ask("issue", "add", "--problem", "没有样表", "--on", "2026-09-09", "--handling", "立改")
    book = openpyxl.load_workbook(issue_book(desk))
    sheet = book.worksheets[0]
    at = {c.value: c for row in sheet.iter_rows() for c in row if c.value in ("活动", added["case_no"])}
    sheet.cell(at[added["case_no"]].row, at["活动"].column).value = None
    book.save(issue_book(desk))
    days = ("--from-day", "2026-07-01", "--to-day", "2026-09-18")
    (made,) = desk.ask("issue", "hand-in", *days)["lists"]
    assert made["kind"] == "局长走流程"
    assert "（局长走流程）" in made["files"][0]
    assert "　　" not in desk.type("issue", "hand-in", *days).out


def test_青石市_s_lead_sees_who_has_not_handed_in(tmp_path: Path) -> None:
    lead = open_desk(tmp_path / "牵头", "牵头单位", "市营商办", "2026-09-19")
    states = lead.ask("issue", "collect", "--status", "--period", "2026Q3")
    told = {(u["unit"], u["kind"]): (u["state"], u["expected"]) for u in states["units"]}
    assert told == {(u, "局长走流程"): ("未报", True) for u in ("市市场监管局", "市税务局")}
    assert "应报 2，未报 2，迟报 0" in lead.type("issue", "collect", "--status", "--period", "2026Q3").out


def test_青石市_counts_its_quarter_and_its_campaign(tmp_path: Path) -> None:
    complete = ("--link", "陪同办", "--link", "值守", "--item", "甲", "--item", "乙", "--valid-visits", "3")
    lead = open_desk(tmp_path / "牵头", "牵头单位", "市营商办", "2026-05-20")
    record(lead, "2026-03-20", "税务局", *complete)
    both = asked(lead, "activity", "coverage")
    check(both, "activity-coverage")
    (campaign,) = both["also"]
    assert (both["period"]["label"], campaign["period"]["label"]) == ("2026Q2", "2026-03")
    assert {u["unit"]: u["standing"] for u in both["units"]}["市税务局"] == "未参加"
    assert {u["unit"]: u["standing"] for u in campaign["units"]}["市税务局"] == "已参加"
    said = lead.type("activity", "coverage").out
    assert said.index("每季度至少参加1次") < said.index("每个集中活动期至少参加1次")
    # Asked for by one of them, there is one: its shape is what it always was.
    quarter, window = (
        asked(lead, "activity", "coverage", *line) for line in (("--quarter", "2026Q1"), ("--window", "2026-03"))
    )
    assert (quarter["quota"]["id"], "also" in quarter) == ("each-quarter", False)
    assert (window["quota"]["id"], "also" in window) == ("each-campaign", False)
    assert lead.type("activity", "coverage", "--exit-code").code == 1
    record(lead, "2026-04-20", "税务局", *complete)
    record(lead, "2026-04-21", "市市场监管局", *complete)
    assert lead.type("activity", "coverage", "--exit-code").code == 0


def test_a_unit_s_desk_of_青石市_is_its_own(tmp_path: Path) -> None:
    tax, market = "市税务局", "市市场监管局"
    for office, units in ((tax, [tax]), ("青石市市场监管局", [market]), ("市营商办", [market, tax])):
        desk = open_desk(tmp_path / office, "参与单位", office, "2026-05-20")
        assert [u["unit"] for u in desk.ask("activity", "coverage")["units"]] == units
