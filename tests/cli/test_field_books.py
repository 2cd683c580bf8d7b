"""The books of leaders and officers: what keeps a case's book safe keeps theirs safe, on every sheet of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from msgspec.structs import replace
from openpyxl.worksheet.worksheet import Worksheet

from tests.desk import Desk
from zhuomuniao.deadlines import clock_of, deadlines_of
from zhuomuniao.fieldwork import Activity, Issue, Plan
from zhuomuniao.ledger import Draft
from zhuomuniao.logbook import course_of
from zhuomuniao.model import Record, Status, Step, StepKind
from zhuomuniao.usecases.office import Moment, Office, open_office

NOW = datetime(2026, 10, 30, 9)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "台")
    made = desk.type("init", str(desk.folder), "--locality", "beilin", "--office", "区教育局", "--clerk", "赵敏慧",
                     "--year", "2026")  # fmt: skip
    assert made.code == 0, made.err
    return desk


def office(desk: Desk) -> Office:
    return open_office(desk.folder, Moment(NOW, NOW.date()))


def held(desk: Desk, at: datetime) -> str:
    """An activity of the 区教育局; answers its number."""
    here = office(desk)
    activity = Activity(
        "", "activity", at, unit="区教育局", leader="周正 局长", activity_kind="走流程坐窗口", mode="定期",
        links="走流程、业务检查", status=Status.AWAITING_FILING,
    )  # fmt: skip
    return put(here, here.activities, activity, StepKind.HOLD)


def found(desk: Desk, on: date, problem: str = "材料要交三遍") -> str:
    """An issue with a plan; answers its number."""
    here = office(desk)
    issue = Issue("", "issues", on, unit="区教育局", problem=problem, handling="整改计划", status=Status.OPEN)
    return put(here, here.issues, issue, StepKind.FIND)


def put(here: Office, ledger: Any, record: Record, kind: StepKind) -> str:
    rules = here.locality.rules_on(record.opened_at.date())
    ruled = deadlines_of(rules, record.ledger, record.facts, course_of(record, (), rules), here.calendar)
    record = replace(record, edition=rules.edition, clocks=tuple(clock_of(r) for r in ruled))
    step = Step("", kind, record.opened_at, "赵敏慧", record.unit, clock_changes=record.clocks)
    (receipt,) = ledger.append([Draft(record, (step,))], signature=here.signature("record"))
    number: str = receipt.record.case_no
    return number


def planned(desk: Desk) -> str:
    here = office(desk)
    plan = Plan("", "activity", NOW.date(), unit="区教育局", activity_kind="走流程坐窗口", period="2026Q4")
    step = Step("", StepKind.ENTER, NOW, "赵敏慧", plan.unit)
    (receipt,) = here.plans.append([Draft(plan, (step,))], signature=here.signature("plan"))
    return receipt.record.case_no


def book_of(desk: Desk, word: str) -> Path:
    (path,) = (p for p in (desk.folder / "台账").rglob("*.xlsx") if word in p.name and p.name[0] not in "~.")
    return path


@contextmanager
def by_hand(path: Path, sheet: str) -> Iterator[Worksheet]:
    """A sheet as somebody has it open in WPS; saved when he is done."""
    book = openpyxl.load_workbook(path)
    yield book[sheet]
    book.save(path)


def cells(path: Path, sheet: str, row: int = 3) -> dict[str, Any]:
    page = openpyxl.load_workbook(path)[sheet]
    return {str(h.value): page.cell(row, h.column).value for h in page[2] if h.value}


def at(page: Worksheet, header: str) -> int:
    (column,) = (c.column for c in page[2] if c.value == header)
    return int(column)


ACTIVITY, ISSUE = "参与台账", "问题清单"


def test_a_fact_typed_into_an_activity_is_taken_over_and_its_filing_day_follows(desk: Desk) -> None:
    no = held(desk, datetime(2026, 10, 26, 9))
    book = book_of(desk, ACTIVITY)
    assert cells(book, ACTIVITY)["备案时限"] == datetime(2026, 10, 29)
    with by_hand(book, ACTIVITY) as page:
        page.cell(3, at(page, "时间")).value = datetime(2026, 10, 28, 9)
        page.cell(3, at(page, "接待企业群众数")).value = 12
    told = desk.type("overdue")
    assert "采纳2处" in told.out
    assert "备案 2026-10-29 → 2026-11-02" in told.out
    after = cells(book, ACTIVITY)
    assert (after["备案时限"], after["接待企业群众数"]) == (datetime(2026, 11, 2), 12)
    steps = [s["step"] for s in desk.ask("show", no)["steps"]]
    assert steps == ["开展活动", "人工修改"]


def test_what_zmn_counts_is_asked_about_when_somebody_types_over_it(desk: Desk) -> None:
    no = held(desk, datetime(2026, 10, 26, 9))
    book = book_of(desk, ACTIVITY)
    with by_hand(book, ACTIVITY) as page:
        page.cell(3, at(page, "状态")).value = "已备案"
    (finding,) = desk.type("check", "--json").json["findings"]
    assert (finding["code"], finding["found"]) == ("derived_changed", "已备案")
    assert desk.type("check", "--restore", no).code == 0
    assert cells(book, ACTIVITY)["状态"] == "待备案"


def test_the_day_typed_into_an_issue_is_the_units_plan(desk: Desk) -> None:
    no = found(desk, date(2026, 10, 20))
    book = book_of(desk, ISSUE)
    with by_hand(book, ISSUE) as page:
        page.cell(3, at(page, "完成时限")).value = date(2026, 10, 28)
    told = desk.type("overdue", "--json").json
    assert [(e["case_no"], e["act"], e["due_on"]) for e in told["overdue"]] == [(no, "整改", "2026-10-28")]
    assert "整改=2026-10-28" in cells(book, ISSUE)["时限明细"]


def test_a_number_that_is_none_is_not_taken_over(desk: Desk) -> None:
    held(desk, datetime(2026, 10, 26, 9))
    book = book_of(desk, ACTIVITY)
    with by_hand(book, ACTIVITY) as page:
        page.cell(3, at(page, "接待企业群众数")).value = "十几个"
    findings = desk.type("check", "--json").json["findings"]
    assert [f["code"] for f in findings] == ["bad_fact"]


def test_a_plan_that_somebody_deletes_is_missed_and_brought_back(desk: Desk) -> None:
    no = planned(desk)
    book = book_of(desk, ACTIVITY)
    with by_hand(book, "活动计划") as page:
        page.delete_rows(3)
    (finding,) = desk.type("check", "--json").json["findings"]
    assert (finding["code"], finding["sheet"]) == ("row_deleted", "活动计划")
    assert desk.type("check", "--restore", no).code == 0
    assert cells(book, "活动计划")["单位"] == "区教育局"
    assert office(desk).plans.state().findings == ()


def test_an_old_copy_saved_over_the_book_takes_no_plan_away(desk: Desk, tmp_path: Path) -> None:
    held(desk, datetime(2026, 10, 26, 9))
    book = book_of(desk, ACTIVITY)
    old = shutil.copy(book, tmp_path / "旧稿.xlsx")
    planned(desk)
    shutil.copy(old, book)
    told = desk.type("overdue")
    assert "旧稿覆盖" in told.out
    assert [p.unit for p in office(desk).plans.state().records] == ["区教育局"]


def test_undo_takes_back_a_row_of_any_sheet_and_its_number_stays_burnt(desk: Desk) -> None:
    first = planned(desk)
    assert desk.type("undo").code == 0
    assert office(desk).plans.state().records == ()
    assert planned(desk) != first


def test_a_book_open_elsewhere_keeps_what_was_entered(desk: Desk) -> None:
    book = book_of(desk, ACTIVITY)
    beside = book.with_name(f".~{book.name}")
    beside.write_bytes(b"")
    no = planned(desk)
    assert [(p.case_no, p.is_queued) for p in office(desk).plans.state().records] == [(no, True)]
    beside.unlink()
    desk.type("overdue")
    assert [(p.case_no, p.is_queued) for p in office(desk).plans.state().records] == [(no, False)]


def test_a_filing_day_of_an_unpublished_year_is_settled_by_the_notice(desk: Desk, tmp_path: Path) -> None:
    late = Desk(desk.folder, "2026-12-30")
    here = open_office(desk.folder, Moment(datetime(2026, 12, 30, 9), date(2026, 12, 30)))
    activity = Activity("", "activity", datetime(2026, 12, 29, 9), unit="区教育局", leader="周正 局长",
                        activity_kind="走流程坐窗口", status=Status.AWAITING_FILING)  # fmt: skip
    no = put(here, here.activities, activity, StepKind.HOLD)
    (standing,) = late.ask("overdue", "--within", "10")["due_soon"]
    assert (standing["due_on"], standing["provisional"]) == ("2027-01-04", True)
    notice = tmp_path / "2027.txt"
    notice.write_text(
        "国务院办公厅关于2027年部分节假日安排的通知\n一、元旦：1月1日（周五）至4日（周一）放假调休，共4天。\n"
        "二、春节：2月5日（周五）至11日（周四）放假调休，共7天。\n三、清明节：4月3日（周六）至5日（周一）放假，共3天。\n"
        "四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。\n五、端午节：6月9日（周三）放假1天。\n"
        "六、中秋节：9月15日（周三）放假1天。\n七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。\n",
        encoding="utf-8",
    )
    moved = late.ask("calendar", "import", str(notice), "--year", "2027")["moved"]
    assert [(m["case_no"], m["from"], m["to"]) for m in moved] == [(no, "2027-01-04", "2027-01-05")]


def test_an_issue_is_seen_as_it_stood_on_an_earlier_day(desk: Desk) -> None:
    found(desk, date(2026, 10, 20))
    assert desk.type("overdue", "--json").json["open"] == 1
    earlier = Desk(desk.folder, "2026-10-19")
    assert earlier.type("overdue", "--json").json["open"] == 0


def test_void_and_note_are_for_activities_and_issues_too(desk: Desk) -> None:
    no = found(desk, date(2026, 10, 20))
    desk.ask("note", no, "--note", "已告知分管领导")
    answer = desk.ask("void", no, "--reason", "登记重了")
    assert answer["status"] == "已作废"
    assert desk.ask("overdue")["open"] == 0


@pytest.mark.parametrize("line", [("assign", "--unit", "区教育局"), ("resolve", "--result", "好了"), ("extend",)])
def test_a_step_of_cases_is_refused_for_an_issue(desk: Desk, line: tuple[str, ...]) -> None:
    no = found(desk, date(2026, 10, 20))
    words = {"extend": ("--workdays", "5", "--reason", "等料", "--approver", "张主任")}.get(line[0], ())
    refused = desk.type(line[0], no, *line[1:], *words)
    assert refused.code == 2
    assert "不是群众事项" in refused.err
    assert "zmn issue list" in refused.err


def test_explain_shows_how_the_filing_day_was_counted(desk: Desk) -> None:
    no = held(desk, datetime(2026, 9, 30, 9))
    (clock,) = desk.ask("explain", no)["clocks"]
    assert (clock["due_on"], clock["raw_due_on"]) == ("2026-10-08", "2026-10-03")
    told = desk.type("explain", no).out
    assert "四（二）" in told
    assert "国庆" in told


def make_old(path: Path, keep: set[str], version: str) -> None:
    """The book as an earlier zmn made it: without the sheets and the columns that came later."""
    book = openpyxl.load_workbook(path)
    for name in [n for n in book.sheetnames if n not in keep]:
        del book[name]
    for prop in book.custom_doc_props.props:
        if prop.name == "zmn.layout_version":
            prop.value = version
    book.save(path)


def test_a_book_of_an_earlier_version_gets_its_sheets_by_the_upgrade(
    tmp_path: Path, new_desk: Callable[..., Desk]
) -> None:
    desk = new_desk("linxian")
    book = book_of(desk, "体验官")
    make_old(book, {"体验官问题台账", "流转记录", "字典"}, "1")
    assert desk.type("check").code == 0, "a sheet it never had is no finding"
    assert [f["code"] for f in desk.type("doctor", "--json").json["findings"]] == ["old_layout"]
    refused = desk.type("officer", "add", "--name", "高远", "--source", "人大代表", "--on", "2026-10-12")
    assert refused.code == 5
    assert "zmn book upgrade" in refused.err
    assert "体验官名册" in desk.type("book", "upgrade", "--yes").out
    assert desk.type("officer", "add", "--name", "高远", "--source", "人大代表", "--on", "2026-10-12").code == 0
    assert desk.type("doctor").code == 0


def test_near_the_end_of_the_quarter_the_morning_names_who_has_not_taken_part(desk: Desk) -> None:
    early, late = Desk(desk.folder, "2026-11-20"), Desk(desk.folder, "2026-12-21")
    assert early.ask("overdue")["owed"] == []
    (owed,) = late.ask("overdue")["owed"]
    assert (owed["period"], owed["until"], owed["units"]) == ("2026Q4", "2026-12-31", ["区教育局"]), (
        "本单位的台只说自己"
    )
    held(desk, datetime(2026, 10, 26, 9))
    assert late.ask("overdue")["owed"] == []


def test_the_lead_is_told_of_every_unit(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "牵头", "2026-12-21")
    lead = ("--role", "牵头部门", "--office", "区行政审批局", "--year", "2026")
    made = desk.type("init", str(desk.folder), "--locality", "beilin", *lead)
    assert "zmn activity record" in made.out, "第一件不是群众事项"
    (owed,) = desk.ask("overdue")["owed"]
    assert "区教育局" in owed["units"]
    assert len(owed["units"]) == 41
    assert "等41家" in desk.type("overdue").out


def test_a_void_issue_counts_no_more_for_its_activity(desk: Desk) -> None:
    activity = held(desk, datetime(2026, 10, 26, 9))
    said = ("issue", "add", "--activity", activity, "--handling", "立行立改")
    first = desk.ask(*said, "--problem", "材料要交三遍")["case_no"]
    desk.ask(*said, "--problem", "叫号机不准")
    assert desk.ask("show", activity)["activity"]["issues"] == 2
    desk.ask("void", first, "--reason", "登记重了")
    assert desk.ask("show", activity)["activity"]["issues"] == 1
    told = desk.type("void", activity, "--reason", "登记错了")
    assert "还在问题清单上" in told.out


def test_a_number_of_issues_that_somebody_wrote_stands_until_the_list_has_as_many(desk: Desk) -> None:
    activity = held(desk, datetime(2026, 10, 26, 9))
    with by_hand(book_of(desk, ACTIVITY), ACTIVITY) as page:
        page.cell(3, at(page, "发现问题数")).value = 2
    for problem, count in (("一", 2), ("二", 2), ("三", 3)):
        desk.ask("issue", "add", "--activity", activity, "--problem", problem)
        assert desk.ask("show", activity)["activity"]["issues"] == count


def test_a_limit_that_has_passed_is_not_put_off_by_typing(desk: Desk) -> None:
    no = found(desk, date(2026, 10, 20))
    book = book_of(desk, ISSUE)
    with by_hand(book, ISSUE) as page:
        page.cell(3, at(page, "完成时限")).value = date(2026, 10, 28)
    assert [e["due_on"] for e in desk.ask("overdue")["overdue"]] == ["2026-10-28"]
    with by_hand(book, ISSUE) as page:
        page.cell(3, at(page, "完成时限")).value = date(2030, 1, 31)
    assert [e["due_on"] for e in desk.ask("overdue")["overdue"]] == ["2026-10-28"], "逾期不能抹去"
    assert [f["code"] for f in desk.type("check", "--json").json["findings"]] == ["bad_fact"]
    assert desk.type("check", "--restore", no).code == 0


def test_a_day_of_clearing_typed_by_hand_clears_nothing_and_stays_told(desk: Desk) -> None:
    no = found(desk, date(2026, 10, 20))
    with by_hand(book_of(desk, ISSUE), ISSUE) as page:
        page.cell(3, at(page, "销号日期")).value = date(2026, 10, 28)
    desk.type("overdue")
    issue = desk.ask("show", no)["issue"]
    assert (issue["status"], [c["act"] for c in issue["clocks"]]) == ("挂账", ["整改"])
    for _ in range(2):
        assert [f["code"] for f in desk.type("check", "--json").json["findings"]] == ["step_not_taken"]
    desk.ask("issue", "clear", no, "--effect", "已经合并", "--at", "2026-10-28")
    assert desk.type("check").code == 0
