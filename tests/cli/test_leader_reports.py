"""What leads, units and the 营商办 hand in about leaders' activities (碑林四、五（三）; 靖边三（三）、四（三）)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.activities import COMPLAINT, FOLLOW, WALK, FieldDesk
from tests.desk import Desk
from zhuomuniao.assets import locality_folder
from zhuomuniao.model import StepKind
from zhuomuniao.ruletypes import Every
from zhuomuniao.usecases.leaderreports import leader_report
from zhuomuniao.usecases.lookedafter import look_after
from zhuomuniao.usecases.office import Moment, open_office
from zhuomuniao.usecases.reportduties import PeriodAsked, ReportAsked, reports_asked

Make = Callable[..., Desk]


def open_desk(folder: Path, locality: str, role: str, office: str, day: str = "") -> Desk:
    desk = Desk(folder / "台", day)
    line = ("--locality", locality, "--clerk", "赵敏慧", "--year", "2026", "--role", role, "--office", office)
    answer = desk.type("init", str(desk.folder), *line)
    assert answer.code == 0, answer.err
    return desk


@pytest.fixture
def lead(tmp_path: Path) -> Desk:
    """区行政审批局, which leads 走流程、坐窗口, on 22 October; one activity is another lead's."""
    desk = open_desk(tmp_path, "beilin", "牵头部门", "碑林区行政审批局", "2026-10-22")
    field = FieldDesk(desk)
    field.hold("2026-09-15", "区发改委", items=("企业投资项目备案",), served_count=3)
    field.hold("2026-09-21", "教育局", items=("民办学校设立审批", "教师资格认定"), served_count=4)
    field.hold(
        "2026-10-08", "区教育局", mode="即时", trigger="群众投诉集中问题", items=("教师资格认定",), served_count=6
    )
    field.hold(
        "2026-10-20T23:30", "区市场监管局", enforcements=("检查餐饮店2家", "参与调查取证"), participant_count=2
    )
    field.hold("2026-10-21", "区医保局", served_count=50)
    field.hold("2026-10-09", "区城管执法局", FOLLOW, enforcements=("占道经营巡查",))
    carried = field.find("2026-09-15", "区发改委", "备案页面提示不清", due="2026-10-10")
    cleared = field.find("2026-09-21", "区教育局", "告知单缺少样表，家长电话13912345678")
    field.step(cleared, StepKind.CLEAR, "2026-09-25", "样表已上架")
    field.step(cleared, StepKind.REBOUND, "2026-10-09", "样表又没有了")
    field.find("2026-10-20", "区市场监管局", "叫号机时间不准")
    field.find("2026-10-09", "区城管执法局", "笔录要素不全", kind=FOLLOW)
    field.step(carried, StepKind.CLEAR, "2026-10-21", "页面已改")
    field.step(cleared, StepKind.CLEAR, "2026-10-22", "样表装框上墙")
    return desk


def sheets(desk: Desk, name: str) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(desk.folder / name)
    return {sheet.title: [[c.value for c in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


def words(desk: Desk, name: str) -> str:
    import docx

    return "\n".join(p.text for p in docx.Document(str(desk.folder / name)).paragraphs)


def test_the_month_runs_from_the_day_after_the_last_cut_to_this_one(lead: Desk) -> None:
    answer = lead.ask("report", "--month", "2026-10")
    assert (answer["covers_from"], answer["covers_through"]) == ("2026-09-21", "2026-10-20")
    counts = answer["counts"]
    told = {name: counts[name] for name in ("activities", "participants", "served", "items", "enforcements")}
    assert told == {"activities": 3, "participants": 4, "served": 10, "items": 2, "enforcements": 2}
    of_issues = {name: counts[f"issues_{name}"] for name in ("carried_in", "found", "rebound", "cleared", "solved")}
    assert of_issues == {"carried_in": 1, "found": 2, "rebound": 1, "cleared": 1, "solved": 0}
    assert (counts["issues_carried_out"], counts["issues_overdue"]) == (3, 1)
    assert all(check["holds"] for check in answer["checks"])
    assert any("上期报表" in check["identity"] for check in answer["checks"])


def test_a_lead_reports_on_the_kind_it_leads(lead: Desk) -> None:
    answer = lead.ask("report", "--month", "2026-10")
    assert [r["duty"] for r in answer["reports"]] == ["monthly-info-walk-process"]
    assert (answer["activity_kind"], answer["to"], answer["due_on"]) == (WALK, "区营商办", "2026-10-20")
    xlsx, letter = answer["files"]
    assert "占道经营" not in str(sheets(lead, xlsx)) + words(lead, letter)
    other = lead.ask("report", "--duty", "monthly-info-follow-enforcement", "--month", "2026-10")
    assert (other["activity_kind"], other["counts"]["activities"], other["counts"]["enforcements"]) == (FOLLOW, 1, 1)


def test_the_letter_names_the_five_statistics_and_masks_what_leaves_the_office(lead: Desk) -> None:
    xlsx, letter = lead.ask("report", "--month", "2026-10")["files"]
    assert xlsx.startswith("报表/2026-10/")
    text = words(lead, letter)
    for title in ("参与人次", "接待企业群众数量", "体验事项数量及内容", "参与执法次数及内容", "发现和解决问题情况"):
        assert title in text
    assert "2026年9月21日至10月20日" in text
    assert "区教育局2次2人次" in text  # 教育局 and 区教育局 are one unit
    assert "13912345678" not in text + str(sheets(lead, xlsx))
    full = lead.ask("report", "--month", "2026-10", "--full")
    assert "13912345678" in words(lead, full["files"][1])
    assert '"verb":"report"' in (lead.folder / ".zmn/journal.jsonl").read_text("utf-8")


def test_the_same_report_again_has_the_same_figures_and_touches_no_file(lead: Desk) -> None:
    first = lead.ask("report", "--month", "2026-10")
    paths = [lead.folder / name for name in first["files"]]
    paths[1].write_bytes(paths[1].read_bytes() + b"filled in by hand")
    before = [path.read_bytes() for path in paths]
    field = FieldDesk(lead)
    field.hold("2026-10-22", "区卫健局")
    again = lead.ask("report", "--month", "2026-10")
    assert (again["files"], again["counts"], again["is_new"]) == (first["files"], first["counts"], False)
    assert [path.read_bytes() for path in paths] == before


def test_what_was_entered_late_makes_a_correction(lead: Desk) -> None:
    first = lead.ask("report", "--month", "2026-10")
    before = [(lead.folder / name).read_bytes() for name in first["files"]]
    FieldDesk(lead).hold("2026-10-19", "区卫健局")
    answer = lead.type("report", "--month", "2026-10")
    assert "更正1" in answer.out
    second = lead.ask("report", "--month", "2026-10")
    assert (second["correction"], second["counts"]["activities"]) == (1, 4)
    assert [(lead.folder / name).read_bytes() for name in first["files"]] == before
    assert "更正1" in words(lead, second["files"][1])
    assert "更正1" in str(sheets(lead, second["files"][0])["汇总"])


def test_before_the_cut_it_is_told_through_today_and_nothing_is_lost(lead: Desk) -> None:
    early = lead.ask("report", "--month", "2026-10", "--as-of", "2026-10-18")
    assert (early["as_of"], early["counts"]["activities"], early["counts"]["issues_found"]) == ("2026-10-18", 2, 1)
    assert "截至10月18日" in early["files"][0]
    said = lead.type("report", "--month", "2026-10", "--as-of", "2026-10-18").out
    assert "下一期从次日算起" in said
    whole = lead.ask("report", "--month", "2026-10")
    assert (whole["correction"], whole["counts"]["activities"]) == (0, 3)
    following = lead.ask("report", "--month", "2026-11", "--as-of", "2026-11-22")
    assert (following["covers_from"], following["counts"]["activities"]) == ("2026-10-21", 1)
    assert following["counts"]["issues_carried_in"] == whole["counts"]["issues_carried_out"]
    assert all(check["holds"] for check in following["checks"])
    # December's cut is a Sunday, so the report goes out on the Friday before.
    friday = lead.ask("report", "--month", "2026-12", "--as-of", "2026-12-18")
    assert (friday["submit_by"], friday["due_on"], friday["as_of"]) == ("2026-12-18", "2026-12-20", "2026-12-18")
    assert "将另行补报" in words(lead, friday["files"][1])


def test_an_earlier_day_is_seen_as_it_stood_then(lead: Desk) -> None:
    then = lead.ask("report", "--month", "2026-10", "--as-of", "2026-10-05")
    assert then["counts"]["activities"] == 1
    # On 5 October 区教育局's issue stood cleared; its 反弹 came on the 9th.
    assert (then["counts"]["issues_solved"], then["counts"]["issues_rebound"]) == (1, 0)


@pytest.mark.parametrize(
    ("day", "period"),
    [("2026-10-16", "2026-10"), ("2026-10-22", "2026-10"), ("2026-11-03", "2026-10"), ("2026-11-10", "2026-11")],
)
def test_without_a_period_the_cut_nearest_to_today_is_meant(lead: Desk, day: str, period: str) -> None:
    assert lead.ask("report", "--as-of", day)["period"] == period
    assert "取截止日离今天最近的一期" in lead.type("report", "--as-of", day).out


def test_an_empty_period_is_a_report_too_and_a_future_one_is_refused(lead: Desk) -> None:
    answer = lead.ask("report", "--month", "2026-08")
    assert (answer["rows"], answer["counts"]["issues_carried_out"]) == (0, 0)
    assert all(check["holds"] for check in answer["checks"])
    later = lead.type("report", "--month", "2026-12")
    assert (later.code, "还没有开始" in later.err) == (2, True)


def test_the_quarter_has_numbers_blanks_and_who_is_missing(lead: Desk) -> None:
    field = FieldDesk(lead)
    field.list_item("区教育局", "教师资格认定")
    field.list_item("区教育局", "校车使用许可")
    field.hand_in("区发改委", "2026Q3", "2026-09-18", 1)
    field.hand_in("教育局", "2026Q3", "2026-09-22", 1, kind="走流程、坐窗口")
    answer = lead.ask("report", "--quarter", "2026Q3")
    assert [r["duty"] for r in answer["reports"]] == ["quarter-summary-walk-process"]
    assert (answer["covers_from"], answer["covers_through"]) == ("2026-06-23", "2026-09-22")
    assert answer["counts"]["activities"] == 2
    assert len(answer["blanks"]) == 4
    assert [(one["duty"], one["command"]) for one in answer["elsewhere"]] == [
        ("three-lists-onward", "zmn report --duty three-lists-onward --quarter 2026Q3"),
        ("plan-and-unit-list", "zmn report --duty plan-and-unit-list --quarter 2026Q3"),
    ]
    text = words(lead, answer["files"][1])
    for title in ("活动开展情况", "取得成效", "存在问题", "下一步工作计划"):
        assert title in text
    assert "2026年7月1日至9月30日，名单内41个单位中，尚有39个未参加" in text
    assert "应报三张清单的单位41个，尚未报送39个" in text
    assert "全年应覆盖事项2项，已体验1项" in text
    book = sheets(lead, answer["files"][0])
    standing = {row[1]: row[2] for row in book["参与情况"]}
    assert (standing["区发改委"], standing["区教育局"], standing["区民政局"]) == ("已参加", "已参加", "尚未参加")
    lists = {row[1]: row[2] for row in book["清单报送"]}
    assert (lists["区发改委"], lists["区教育局"], lists["区民政局"]) == ("已报", "迟报", "未报")
    assert all(check["holds"] for check in answer["checks"])


def test_complaints_are_handled_by_those_the_office_names(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "beilin", "牵头部门", "碑林区12345市民热线服务中心", "2026-10-10")
    config = desk.folder / "zmn.toml"
    lines = config.read_text("utf-8").splitlines()
    named = next(n for n, line in enumerate(lines) if line.startswith("[participants]"))
    config.write_text("\n".join([*lines[: named + 1], '"处投诉" = ["区住建局"]', *lines[named + 1 :]]), "utf-8")
    field = FieldDesk(desk)
    field.plan("区城管执法局", COMPLAINT, "2026Q3", "2026-07-01")
    field.plan("区卫健局", COMPLAINT, "2026Q3", "2026-10-05")  # entered after the cut
    field.hold("2026-08-11", "区住建局", COMPLAINT)
    answer = desk.ask("report", "--quarter", "2026Q3")
    assert answer["activity_kind"] == COMPLAINT
    rows = sheets(desk, answer["files"][0])["参与情况"]
    assert {row[1]: row[2] for row in rows if isinstance(row[0], int)} == {
        "区住建局": "已参加",
        "区城管执法局": "尚未参加",
    }


def test_the_office_that_gathers_sees_all_kinds(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "beilin", "营商办", "碑林区营商办", "2026-12-28")
    field = FieldDesk(desk)
    field.hold("2026-03-10", "区教育局")
    field.hold("2026-08-11", "区教育局", FOLLOW)
    field.hold("2026-08-12", "区住建局", mode="即时")
    mechanism = field.find(
        "2026-08-11", "区教育局", "笔录不全", due="2026-09-01", kind=FOLLOW, mechanism="笔录互查制度"
    )
    field.step(mechanism, StepKind.CLEAR, "2026-09-10", "已培训")
    month = desk.ask("report", "--month", "2026-08")
    assert (month["duty"], month["activity_kind"], month["counts"]["activities"]) == (None, "", 2)
    assert "通知没有要求本岗位报这一份" in desk.type("report", "--month", "2026-08").out
    quarter = desk.ask("report", "--quarter", "2026Q3")
    assert [r["duty"] for r in quarter["reports"]] == ["summary-to-city", "district-circular"]
    assert len(quarter["files"]) == 4
    year = desk.ask("report", "--year", "2026")
    assert (year["report"], [Path(f).suffix for f in year["files"]]) == ("assessment", [".xlsx"])
    book = sheets(desk, year["files"][0])
    text = str(book)
    assert "笔录互查制度" in text
    assert "不评分" in text
    executed = next(rows for name, rows in book.items() if "执行" in name)
    school = next(row for row in executed if "区教育局" in row)
    assert school[school.index("区教育局") + 1 :][:8] == [1, 1, 1, 0, 1, 1, 1, 0]
    assert all(check["holds"] for check in year["checks"])


def test_a_unit_has_its_own_statistics_and_is_told_where_the_lists_are(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "beilin", "单位", "碑林区教育局", "2026-09-15")
    FieldDesk(desk).hold("2026-08-11", "区教育局", items=("教师资格认定",))
    answer = desk.ask("report", "--quarter", "2026Q3")
    assert (answer["duty"], answer["counts"]["activities"]) == (None, 1)
    assert answer["elsewhere"][0]["duty"] == "three-lists"
    assert "尚未参加" not in words(desk, answer["files"][1]), "it reports on itself, and has taken part"
    command = "zmn report --duty three-lists --quarter 2026Q3"
    assert command in desk.type("report", "--quarter", "2026Q3").out
    named = desk.ask(*command.split()[1:])
    assert [Path(name).name for name in named["files"]] == [
        f"附件2区教育局（{kind}）2026Q3.xlsx" for kind in ("走流程坐窗口", "跟执法")
    ]


def test_the_winter_window_is_named_by_the_month_it_opens(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "jingbian", "司法局", "靖边县司法局", "2027-02-10")
    field = FieldDesk(desk)
    field.hold("2026-08-20", "县公安局", FOLLOW, enforcements=("夏季检查",))
    field.hold("2026-12-18", "县公安局", FOLLOW, enforcements=("检查加油站2家", "案卷评查3卷"))
    field.hold("2027-01-31T23:50", "县水利局", FOLLOW, enforcements=("河道采砂巡查",))
    field.hold("2027-02-01", "县交通局", FOLLOW, enforcements=("窗口之后",))
    found = field.find("2026-12-18", "县公安局", "检查记录不全", due="2027-01-10", kind=FOLLOW)
    field.step(found, StepKind.CLEAR, "2027-01-08", "已统一格式")
    answer = desk.ask("report", "--window", "2027-01")
    assert (answer["period"], answer["covers_from"], answer["covers_through"]) == (
        "2026-12",
        "2026-12-01",
        "2027-01-31",
    )
    assert (answer["counts"]["activities"], answer["counts"]["enforcements"], answer["to"]) == (2, 3, "县政府")
    text = words(desk, answer["files"][1])
    assert "2026年12月1日至2027年1月31日" in text
    assert "名单内24个单位中，尚有22个未参加" in text
    assert "接待企业群众" not in text
    assert desk.ask("report")["period"] == "2026-12"
    assert "接待" not in desk.type("report").out
    year = desk.ask("report", "--year", "2026")
    assert (year["covers_from"], year["covers_through"], year["counts"]["activities"]) == (
        "2026-02-01", "2027-01-31", 3,
    )  # fmt: skip
    executed = next(rows for name, rows in sheets(desk, year["files"][0]).items() if "执行" in name)
    police = next(row for row in executed if "县公安局" in row)
    assert police[police.index("县公安局") + 1 :][:4] == [1, 1, 1, 1]
    assert all(check["holds"] for check in [*year["checks"], *answer["checks"]])


@pytest.mark.parametrize(
    ("locality", "line", "said"),
    [
        ("neixiang", ("--window", "2026-08"), "没有写明活动窗口"),
        ("jingbian", ("--month", "2026-08"), "没有每月的报表"),
        ("jingbian", ("--quarter", "2026Q3"), "--window 2026-08"),
        ("beilin", ("--window", "2026-08"), "没有每个窗口的报表"),
        ("beilin", ("--quarter", "三季度"), "2026Q3"),
        ("beilin", ("--month", "2026-08", "--quarter", "2026Q3"), "只留一个"),
        ("beilin", ("--duty", "没有的"), "monthly-info-walk-process"),
        ("beilin", ("--duty", "信息报告"), "说的可能是几项"),
        ("beilin", ("--duty", "three-lists", "--format", "docx"), "xlsx"),
        ("linxian", ("--duty", "officer-list", "--month", "2026-10"), "只写 --duty"),
        ("linxian", ("--duty", "hotline-ledger", "--ledger", "window"), "去掉 --ledger"),
        ("beilin", ("--duty", "assessment-data", "--month", "2026-08"), "--year 2026"),
        ("beilin", ("--format", "ppt"), "pdf"),
        ("linxian", ("--duty", "hotline-ledger", "--quarter", "2026Q3"), "--month 2026-10"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    new_desk: Make, locality: str, line: tuple[str, ...], said: str
) -> None:
    desk = new_desk(locality, "2026-10-30")
    answer = desk.type("report", *line)
    assert answer.code == 2
    assert said in answer.err
    assert not (desk.folder / "报表").exists()


def test_a_hand_in_of_cases_is_made_from_its_ledger(new_desk: Make) -> None:
    desk = new_desk("linxian", "2026-10-30")
    answer = desk.ask("report", "--duty", "hotline-ledger", "--month", "2026-10")
    assert "工作台账" in answer["files"][0] or "12345" in answer["files"][0]


def test_only_the_workbook_where_that_is_asked(lead: Desk) -> None:
    (only,) = lead.ask("report", "--month", "2026-10", "--format", "xlsx")["files"]
    assert only.endswith(".xlsx")
    both = lead.ask("report", "--month", "2026-10")["files"]
    assert both == [only, only.replace(".xlsx", ".docx")]


@pytest.mark.parametrize(
    ("word", "said"),
    [("activity-monthly", "activity-info、activity-summary"), ("cases", "记活动的台账没有报表 cases")],
)
def test_a_county_that_names_no_such_report_is_told_which_there_are(tmp_path: Path, word: str, said: str) -> None:
    folder = tmp_path / "yunxi"
    shutil.copytree(locality_folder("beilin"), folder)
    rules = folder / "rules" / "2022.toml"
    rules.write_text(rules.read_text("utf-8").replace('"activity-info"', f'"{word}"', 1), "utf-8")
    answer = Desk(tmp_path / "没有").type("locality", "check", str(folder))
    assert answer.code != 0
    assert said in answer.out + answer.err
    assert "duties" in answer.out


def test_another_county_s_reports_are_data(tmp_path: Path) -> None:
    folder = tmp_path / "yunxi"
    shutil.copytree(locality_folder("jingbian"), folder)
    rules = folder / "rules" / "2023.toml"
    said = rules.read_text("utf-8")
    begins = said.index('id = "report-to-government"')
    monthly = said[begins:].replace("activity-window", "activity-info", 1)
    monthly = monthly.replace(
        'every = "每个窗口"\nwindow = "half-year"', 'every = "每月"\ndue_in = "本期"\nday = 25', 1
    )
    rules.write_text(said[:begins] + monthly, "utf-8")
    desk = open_desk(tmp_path, str(folder), "司法局", "靖边县司法局", "2026-08-26")
    FieldDesk(desk).hold("2026-08-20", "县公安局", FOLLOW)
    answer = desk.ask("report")
    assert (answer["covers_from"], answer["covers_through"]) == ("2026-07-26", "2026-08-25")
    assert (answer["report"], answer["counts"]["activities"]) == ("activity-info", 1)


def typed_issue(desk: Desk, **cells: str) -> None:
    """Somebody types a problem with its number below the others, in WPS."""
    (path,) = (p for p in (desk.folder / "台账").rglob("*.xlsx") if p.name.startswith("问题清单"))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if any(c.value == "销号日期" for c in row))
    columns = {str(c.value).replace("\n", ""): c.column for c in header if c.value}
    row = next(n for n in range(header[0].row + 1, 99) if not sheet.cell(n, columns["编号"]).value)
    usual = {"编号": "WT2026100750", "填报单位": "区教育局", "参与活动名称": WALK, "时间": "2026-10-07"}
    for name, value in {**usual, "发现问题": "表格难找", **cells}.items():
        sheet.cell(row, columns[name]).value = value
    book.save(path)


@pytest.mark.filterwarnings("ignore:Print area")
@pytest.mark.parametrize(
    ("cells", "why"),
    [({"状态": "已销号"}, "没有销号日期"), ({"销号日期": "2026-09-01"}, "早于发现")],
)
def test_m03_a_problem_typed_by_hand_that_contradicts_itself_is_named(
    lead: Desk, cells: dict[str, str], why: str
) -> None:
    typed_issue(lead, **cells)
    answer = lead.type("report", "--month", "2026-10", "--json")
    assert answer.code == 7
    assert "WT2026100750" in answer.error["message"]
    assert why in answer.error["message"]
    assert "上期结转 + 本期发现" in answer.error["message"]
    assert not (lead.folder / "报表").exists()
    typed_issue(lead, 编号="WT2026100751", 销号日期="2026-10-09")
    (path,) = (p for p in (lead.folder / "台账").rglob("*.xlsx") if p.name.startswith("问题清单"))
    book = openpyxl.load_workbook(path)
    row = next(r for r in book.worksheets[0].iter_rows() if any(c.value == "WT2026100750" for c in r))
    book.worksheets[0].delete_rows(row[0].row)
    book.save(path)
    assert lead.type("report", "--month", "2026-10").code == 0


@pytest.mark.filterwarnings("ignore:Print area")
def test_a_day_typed_over_in_the_book_is_told_where_the_month_before_was_counted_without_it(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "beilin", "牵头部门", "碑林区行政审批局", "2026-10-20")
    field = FieldDesk(desk)
    no = field.find("2026-09-11", "区教育局", "样表缺")
    field.step(no, StepKind.CLEAR, "2026-10-09", "样表上架")
    (path,) = (p for p in (desk.folder / "台账").rglob("*.xlsx") if p.name.startswith("问题清单"))
    book = openpyxl.load_workbook(path)
    (cell,) = (c for row in book.worksheets[0].iter_rows() for c in row if c.value == datetime(2026, 10, 9))
    cell.value = datetime(2026, 9, 15)
    book.save(path)
    office = open_office(desk.folder, Moment(datetime(2026, 10, 20, 17), date(2026, 10, 20)))
    look_after(office)
    (asked,) = reports_asked(office, PeriodAsked(Every.MONTH, "2026-10")).reports
    assert isinstance(asked, ReportAsked)
    made = leader_report(office, asked).hand_in
    (check,) = (c for c in made.report.checks if c.identity.startswith("上期结转 = "))
    found = [f for f in made.findings if f.code == "carried_in_differs"]
    assert check.is_told
    assert check.holds is not bool(found), "told exactly where it differs"
    assert all(no in f.found for f in found)


def test_what_the_log_tells_after_the_cut_changes_no_earlier_report(lead: Desk) -> None:
    field = FieldDesk(lead)
    no = field.find("2026-09-10", "区住建局", "网上签字失败")
    field.step(no, StepKind.CLEAR, "2026-09-18", "已修复")
    field.step(no, StepKind.REBOUND, "2026-10-09", "又失败")
    first = lead.ask("report", "--month", "2026-10")
    field.step(no, StepKind.CLEAR, "2026-10-21", "换了插件")
    field.step(no, StepKind.REBOUND, "2026-10-22", "还是失败")
    again = lead.ask("report", "--month", "2026-10")
    assert (again["counts"], again["is_new"], again["correction"]) == (first["counts"], False, 0)
    # Cleared before the month began, it was not carried in and not cleared in it: it came back.
    assert (first["counts"]["issues_carried_in"], first["counts"]["issues_cleared"]) == (1, 1)
    assert (first["counts"]["issues_rebound"], first["counts"]["issues_carried_out"]) == (2, 4)


def test_other_words_for_the_same_figures_are_no_correction(lead: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older zmn, which took the sheet of sentences for figures, made the copy that was handed in."""
    asked = ("report", "--duty", "quarter-summary-walk-process", "--quarter", "2026Q3")
    with monkeypatch.context() as older:
        for module in ("reports.changes", "usecases.reportcopies"):
            older.setattr(f"zhuomuniao.{module}.UNCOUNTED_SHEETS", ("指标口径", "更正说明"))
        first = lead.ask(*asked)
    lead.ask("duties", "done", "quarter-summary-walk-process", "--period", "2026Q3")
    monkeypatch.setattr("zhuomuniao.reports.leaderletters._participants", lambda *_: ["换了个说法。"])
    again = lead.ask(*asked)
    assert (again["is_new"], again["correction"], again["files"]) == (False, 0, first["files"])
    assert not any("改动过" in remark for remark in again["remarks"])


def test_an_overdue_issue_is_named_without_its_full_stop(lead: Desk) -> None:
    FieldDesk(lead).find("2026-09-15", "区发改委", "窗口排队时间长。", due="2026-09-20")
    answer = lead.ask("report", "--duty", "quarter-summary-walk-process", "--quarter", "2026Q3")
    assert "“窗口排队时间长”逾期2天" in words(lead, answer["files"][1])
