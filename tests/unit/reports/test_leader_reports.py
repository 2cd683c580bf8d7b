"""What a lead hands in about leaders' activities: figures under the notice's titles, lists, checks, blanks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.leaders import (
    ACTIVITIES,
    AUGUST,
    FOLLOW,
    HANDINS,
    ISSUES,
    OWED,
    QUARTER,
    REBOUND,
    RECORDS,
    THIRD,
    UNITS,
    WINDOW,
    WINDOW_COVERAGE,
    WINDOW_RECORDS,
    YEAR,
    activity,
    frame_of,
    issue,
)
from zhuomuniao.assets import data_folder
from zhuomuniao.errors import BadValueError, IntegrityError
from zhuomuniao.fieldwork import HandedIn, Issue
from zhuomuniao.layouts import Layout, load_layout
from zhuomuniao.model import Status
from zhuomuniao.periods import duty_due, parse_period
from zhuomuniao.reports.covered import Covered
from zhuomuniao.reports.coverlines import Coverage, OwedLine, Standing, UnitLine
from zhuomuniao.reports.issuefigures import ClearedRound, IssueCourse, rounds_of
from zhuomuniao.reports.leaderfigures import FieldRecords, checks_of, count_figures
from zhuomuniao.reports.leaderletters import info_letter
from zhuomuniao.reports.leaders import (
    build_assessment,
    build_month_info,
    build_quarter_summary,
    build_window_report,
)
from zhuomuniao.reports.tables import Blank, Content, ParagraphKind, Report, ReportLetter, Table
from zhuomuniao.rulefile import load_locality
from zhuomuniao.workdays import WorkCalendar

LOCALITIES = data_folder() / "localities"


def issues_layout(slug: str) -> Layout:
    layout = load_layout(LOCALITIES / slug / "layouts" / "issues.toml")
    assert isinstance(layout, Layout)
    return layout


def table(report: Report, sheet: str, name: str = "") -> Table:
    return next(t for t in report.tables if t.sheet == sheet and name in t.name)


def rows(report: Report, sheet: str, name: str = "") -> list[dict[str, Content]]:
    found = table(report, sheet, name)
    heads = [column.header.replace("\n", "") for column in found.columns]
    return [dict(zip(heads, row, strict=True)) for row in found.rows]


def broken(report: Report) -> list[str]:
    assert report.checks
    return [check.identity for check in report.checks if not check.holds]


def text_of(letter: ReportLetter) -> str:
    return "\n".join(paragraph.text for paragraph in letter.paragraphs)


def month(records: FieldRecords = RECORDS, **changes: object) -> Report:
    return build_month_info(records, replace(AUGUST, **changes))[0]  # type: ignore[arg-type]


def only(*issues: Issue, **courses: IssueCourse) -> FieldRecords:
    return FieldRecords((), issues, courses)


def quarter() -> tuple[Report, ReportLetter]:
    return build_quarter_summary(RECORDS, THIRD, QUARTER, handins=HANDINS, layout=issues_layout("beilin"))


# ---- 每月信息报告：碑林四（二） ----


def test_the_monthly_titles_are_those_of_the_notice() -> None:
    notice = (LOCALITIES / "beilin" / "source.txt").read_text(encoding="utf-8")
    titles = [str(row["统计内容"]) for row in rows(month(), "汇总", "统计情况")]
    assert len(titles) == 5
    assert [title for title in titles if title not in notice] == []
    letter = build_month_info(RECORDS, AUGUST)[1]
    heads = [p.text.partition("、")[2] for p in letter.paragraphs if p.kind is ParagraphKind.HEADING]
    assert heads == titles


def test_the_month_from_the_21st_to_the_20th_by_hand() -> None:
    report = month()
    expected = {
        "activities": 5,
        "units": 4,
        "participants": 7,  # 区教育局's second activity says 3
        "delegated": 1,
        "periodic": 3,
        "immediate": 1,
        "tracking": 1,
        "served": 21,
        "served_unknown": 1,
        "items": 6,
        "enforcements": 2,
        "needs_voiced": 2,
        "issues_carried_in": 3,
        "issues_found": 3,
        "issues_rebound": 1,
        "issues_cleared": 3,
        "issues_voided": 0,
        "issues_carried_out": 4,
        "issues_overdue": 1,
        "issues_solved": 2,
        "issues_solved_of_found": 1,
        "issues_cleared_again_open": 1,
        "needs_found": 1,
        "needs_solved": 1,
    }
    assert {name: report.counts[name] for name in expected} == expected
    assert broken(report) == []
    assert report.rows == 5
    assert report.title == "2026年8月“走流程、坐窗口”活动开展情况信息报告"


def test_the_statistics_table_says_the_numbers_and_where_their_contents_stand() -> None:
    told = {row["统计内容"]: (row["数量"], str(row["说明"])) for row in rows(month(), "汇总", "统计情况")}
    assert [told[title][0] for title in told] == ["7人次", "21人", "6项", "2次", "发现3个\n解决2个"]
    assert "受委托参加1次" in told["参与人次"][1]
    assert "1次活动没有填接待数量" in told["接待企业群众数量"][1]
    assert "反映需求2条" in told["发现和解决问题情况"][1]


def test_items_are_told_by_name_with_how_often_and_where() -> None:
    told = [(r["单位"], r["体验事项"], r["体验次数"], r["时间、地点"]) for r in rows(month(), "体验事项")]
    assert told[0] == ("区教育局", "教师资格认定", 2, "7月21日，区政务服务中心；8月3日，区教育局窗口")
    # Named twice in one activity is once.
    assert ("区市场监管局", "企业变更登记", 1, "8月11日，区政务服务中心") in told
    assert [unit for unit, *_ in told] == sorted((u for u, *_ in told), key=UNITS.index)


def test_enforcements_have_unit_day_and_content() -> None:
    told = [(r["单位"], r["时间"], r["参与执法内容"]) for r in rows(month(), "参与执法")]
    assert told == [
        ("区市场监管局", date(2026, 8, 11), "检查张家村街道餐饮店2家"),
        ("区市场监管局", date(2026, 8, 11), "参与1起无证经营案件调查取证"),
    ]


def test_by_unit_sums_to_the_total_and_stands_in_the_order_of_the_annex() -> None:
    *units, total = rows(month(), "按单位")
    assert [unit["单位"] for unit in units] == ["区发改委", "区教育局", "区住建局", "区市场监管局", "区医保局"]
    for head in ("活动次数", "参与人次", "接待人数", "体验事项", "参与执法", "发现问题", "解决问题", "未销号"):
        numbers = [unit[head] for unit in units]
        assert sum(n for n in numbers if isinstance(n, int)) == total[head], head


def test_each_lead_reports_its_own_and_the_coordinator_all() -> None:
    follow = month(activity_kind=FOLLOW, title="“跟执法”活动开展情况信息报告")
    assert (follow.counts["activities"], follow.counts["enforcements"], follow.counts["issues_found"]) == (2, 3, 1)
    assert (follow.counts["issues_solved"], follow.counts["issues_cleared_late"]) == (1, 1)
    whole = month(activity_kind="")
    for name in ("activities", "participants", "enforcements", "issues_found", "issues_carried_out"):
        assert whole.counts[name] == follow.counts[name] + month().counts[name], name


def test_an_activity_belongs_to_the_beijing_day_it_was_held() -> None:
    late = activity(1, "2026-08-20T23:59", UNITS[0])
    abroad = replace(late, held_at=datetime(2026, 8, 20, 16, 1, tzinfo=UTC))
    assert month(FieldRecords((late,), ())).counts["activities"] == 1
    assert month(FieldRecords((abroad,), ())).counts["activities"] == 0
    september = frame_of("2026-09", "2026-08-21", "2026-09-20")
    assert build_month_info(FieldRecords((abroad,), ()), september)[0].counts["activities"] == 1


def test_void_records_are_left_out() -> None:
    report = month()
    listed = repr([t.rows for t in report.tables])
    assert "区民政局" not in listed
    assert "重复登记的一条" not in listed
    alive = replace(ACTIVITIES[7], status=Status.FILED)
    assert month(FieldRecords((*ACTIVITIES, alive), ISSUES, RECORDS.courses)).counts["activities"] == 6


def test_an_issue_carried_in_and_voided_in_the_month_is_told_as_void() -> None:
    one = issue(9, "2026-07-01", UNITS[0], "登记有误", status=Status.VOID)
    known = {one.case_no: IssueCourse(voided_on=date(2026, 8, 3))}
    report = month(FieldRecords((), (one,), known))
    counts = report.counts
    assert (counts["issues_carried_in"], counts["issues_voided"], counts["issues_carried_out"]) == (1, 1, 0)
    assert rows(report, "发现和解决问题")[0]["截至日情况"] == "已作废"
    assert broken(report) == []
    unknown = month(FieldRecords((), (one,))).counts
    assert (unknown["issues_carried_in"], unknown["issues_voided"]) == (0, 0)


def test_a_month_without_activities_says_so_everywhere() -> None:
    report, letter = build_month_info(FieldRecords((), ()), AUGUST)
    assert set(report.counts.values()) == {0}
    assert broken(report) == []
    assert [len(table(report, sheet).rows) for sheet in ("体验事项", "参与执法", "活动清单")] == [0, 0, 0]
    assert "本期没有单位开展活动。" in text_of(letter)


def test_a_running_month_is_marked_and_one_not_begun_refused() -> None:
    running = replace(AUGUST, covered=replace(AUGUST.covered, as_of=date(2026, 8, 11)))
    report, letter = build_month_info(RECORDS, running)
    assert report.title.endswith("信息报告（截至8月11日）")
    assert (report.counts["activities"], report.counts["issues_rebound"]) == (3, 0)
    assert "（截至2026年8月11日）" in text_of(letter)
    assert "补报" not in text_of(letter), "the 20th itself is a workday"
    with pytest.raises(BadValueError, match="还没有开始"):
        replace(AUGUST.covered, as_of=date(2026, 7, 20))
    with pytest.raises(BadValueError, match="倒过来"):
        Covered("2026-08", date(2026, 8, 20), date(2026, 8, 1), date(2026, 8, 20))


# ---- 截止日在假期：2026年2月20日是春节 ----


def test_a_cut_off_in_the_holiday_is_handed_in_before_it_and_says_what_is_missing() -> None:
    rules = load_locality(LOCALITIES / "beilin", data_folder() / "policies.toml").locality.rules_on(date(2026, 2, 14))
    duty = next(d for d in rules.duties if d.id == "monthly-info-walk-process")
    due = duty_due(duty, parse_period(duty.every, "2026-02"), rules, WorkCalendar())
    assert due is not None
    assert (due.due_on, due.submit_by) == (date(2026, 2, 20), date(2026, 2, 14))
    frame = replace(
        frame_of(due.period, str(due.covers_from), str(due.covers_through), str(due.submit_by)),
        due_on=due.due_on,
        submit_by=due.submit_by,
        title=due.title,
        policies=tuple(rules.policies[name].words for name in ("participants", "period_cut")),
    )
    on_duty = activity(1, "2026-02-18T10:00", "区卫健局")
    records = FieldRecords((activity(1, "2026-02-13T09:00", "区卫健局"), on_duty), ())
    report, letter = build_month_info(records, frame)
    assert report.counts["activities"] == 1
    notes = "".join(table(report, "指标口径").notes)
    assert "2026年2月14日之后至2026年2月20日的活动和问题还没有统计" in notes
    # The clerk is told what to do; whoever reads the letter, what it does not hold.
    said = "本报告提前至2026年2月14日报出，2026年2月15日至2月20日的情况未统计在内，将另行补报。"
    assert f"因2026年2月20日为休息日，{said}" in text_of(letter)
    assert "重新生成" in notes
    assert "重新生成" not in text_of(letter)
    later = replace(frame, covered=replace(frame.covered, as_of=date(2026, 2, 25)))
    corrected, _ = build_month_info(records, later)
    assert corrected.counts["activities"] == 2
    assert "补报" not in "".join(table(corrected, "指标口径").notes)
    facts = {row["项目"]: str(row["口径与说明"]) for row in rows(report, "指标口径")}
    assert facts["报送时限"] == "2026年2月20日前，最迟2026年2月14日报出"
    assert facts["统计期间"].startswith("2026年1月21日至2月20日")


# ---- 发现、解决、反弹 ----


def test_a_rebound_undoes_what_was_solved_until_it_is_cleared_again() -> None:
    cleared = issue(1, "2026-07-22", UNITS[0], "系统掉线", cleared="2026-08-01")
    assert month(only(cleared)).counts["issues_solved"] == 1
    again = replace(
        cleared, status=Status.OPEN, cleared_on=None, round=2, round_started_on=date(2026, 8, 10), clocks=()
    )
    course = {again.case_no: IssueCourse((ClearedRound(date(2026, 8, 1), date(2026, 8, 10)),))}
    counts = month(FieldRecords((), (again,), course)).counts
    told = [counts[f"issues_{n}"] for n in ("found", "rebound", "cleared", "solved", "cleared_again_open")]
    assert told == [1, 1, 1, 0, 1]
    assert counts["issues_carried_out"] == 1
    done = replace(again, status=Status.CLEARED, cleared_on=date(2026, 9, 2))
    september = frame_of("2026-09", "2026-08-21", "2026-09-20")
    after = build_month_info(FieldRecords((), (done,), course), september)[0]
    told = [after.counts[f"issues_{n}"] for n in ("carried_in", "found", "cleared", "solved", "solved_of_found")]
    assert told == [1, 0, 1, 1, 0]
    assert broken(after) == []


def test_without_the_log_an_earlier_round_ends_when_its_limit_ended_or_the_next_began() -> None:
    told = rounds_of(REBOUND, RECORDS.courses[REBOUND.case_no])
    assert [(r.opened_on, r.closed_on) for r in told] == [
        (date(2026, 7, 10), date(2026, 7, 30)),
        (date(2026, 8, 12), None),
    ]
    alone = rounds_of(REBOUND)
    assert [r.closed_on for r in alone] == [date(2026, 8, 12), None]
    assert broken(month(only(REBOUND))) == []


def test_the_issue_list_says_how_each_came_and_how_it_stands() -> None:
    told = {r["发现问题"] or r["反映需求"]: (r["本期"], r["截至日情况"]) for r in rows(month(), "发现和解决问题")}
    assert told["门诊慢特病备案系统时常掉线"] == ("结转、反弹", "挂账（第2轮）")
    assert told["项目备案页面提示不清"] == ("结转", "已销号\n8月9日")
    assert told["窗口无自助打印设备"] == ("结转", "挂账\n逾期5天")
    assert told["希望延长周五办理时间"] == ("发现", "已销号\n8月18日")


def test_needs_are_counted_apart_from_problems() -> None:
    counts = month().counts
    assert (counts["issues_found"], counts["needs_found"], counts["needs_voiced"]) == (3, 1, 2)
    carried = {row["类别"]: row for row in rows(month(), "汇总", "结转")}
    assert (carried["需求"]["本期发现"], carried["需求"]["本期销号"]) == (1, 1)


# ---- 勾稽：错了必须看得见 ----


def test_the_month_hands_over_what_the_next_takes_in() -> None:
    august = month()
    september = frame_of("2026-09", "2026-08-21", "2026-09-20")
    following = build_month_info(RECORDS, september, previous=august.counts)[0]
    assert following.counts["issues_carried_in"] == august.counts["issues_carried_out"] == 4
    assert broken(following) == []
    wrong = build_month_info(RECORDS, september, previous={"issues_carried_out": 9})[0]
    assert broken(wrong) == ["上期结转 = 上期报表的结转下期（问题）"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        pytest.param({"cleared": "2026-07-10"}, "销号日期2026-07-10早于发现", id="cleared-before-it-was-found"),
        pytest.param({"status": Status.CLEARED}, "没有销号日期", id="cleared-without-a-day"),
    ],
)
def test_a_row_that_cannot_be_is_named_and_no_report_is_made(wrong: dict[str, str], why: str) -> None:
    odd = issue(1, "2026-08-03", UNITS[0], "日期有误", **wrong)  # type: ignore[arg-type]
    with pytest.raises(IntegrityError, match=why) as refused:
        month(only(odd))
    assert odd.case_no in refused.value.message
    assert "结转下期（问题）" in refused.value.message
    assert odd.problem not in refused.value.message, "no words of a record in an error"


def test_every_identity_can_fail() -> None:
    figures = count_figures(RECORDS, THIRD, coverage=QUARTER)
    wrong = replace(
        figures,
        items=figures.items[1:],
        enforcements=figures.enforcements[1:],
        listed=figures.listed[1:],
        by_unit=figures.by_unit[1:],
        problem_counts=figures.problem_counts | {"solved": 99, "solved_of_found": 99, "overdue": 99, "found": 98},
        need_counts=figures.need_counts | {"found": 99},
    )
    absent = tuple(replace(line, standing=Standing.ABSENT) for line in QUARTER.units)
    checks = checks_of(
        wrong, RECORDS, THIRD, coverage=replace(QUARTER, units=absent), previous={"issues_carried_out": 77}
    )
    assert len(checks) == 11
    assert [check.identity for check in checks if check.holds] == []


@st.composite
def random_issue(draw: st.DrawFn) -> tuple[Issue, IssueCourse]:
    found = date(2026, 6, 1) + timedelta(days=draw(st.integers(0, 120)))
    status = draw(st.sampled_from([Status.OPEN, Status.CLEARED, Status.VOID]))
    day, earlier = found, []
    for _ in range(draw(st.integers(0, 2))):
        cleared = day + timedelta(days=draw(st.integers(0, 30)))
        day = cleared + timedelta(days=draw(st.integers(0, 30)))
        earlier.append(ClearedRound(cleared, day))
    ended = day + timedelta(days=draw(st.integers(0, 60)))
    made = issue(
        draw(st.integers(1, 99)),
        found.isoformat(),
        draw(st.sampled_from(["", " 区教育局 ", *UNITS[:3], "名单外单位"])),
        draw(st.sampled_from(["", "问题"])),
        need=draw(st.sampled_from(["", "需求"])),
        mechanism=draw(st.sampled_from(["", "机制"])),
        round=len(earlier) + 1,
        round_started_on=day if earlier else None,
        status=status,
        cleared_on=ended if status is Status.CLEARED else None,
    )
    return made, IssueCourse(tuple(earlier), ended if status is Status.VOID else None)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(random_issue(), max_size=10, unique_by=lambda pair: pair[0].case_no), st.integers(0, 150))
def test_the_identities_hold_for_any_rows_that_can_be(pairs: list[tuple[Issue, IssueCourse]], start: int) -> None:
    first = date(2026, 6, 1) + timedelta(days=start)
    frame = frame_of("2026-08", str(first), str(first + timedelta(days=30)))
    issues = [one for one, _ in pairs]
    # As they stood at the cut: what happened later had not happened.
    records = FieldRecords((), [_stood(one, course, frame.covered.cut) for one, course in pairs], {
        one.case_no: replace(course, earlier=tuple(r for r in course.earlier if r.rebound_on <= frame.covered.cut))
        for one, course in pairs
    })  # fmt: skip
    report = build_month_info(records, frame)[0]
    assert broken(report) == []
    assert len(table(report, "发现和解决问题").rows) <= len(issues)
    forward = build_month_info(FieldRecords((), list(reversed(records.issues)), records.courses), frame)[0]
    assert forward == report


def _stood(one: Issue, course: IssueCourse, cut: date) -> Issue:
    done = [r for r in course.earlier if r.rebound_on <= cut]
    number = len(done) + 1
    started = done[-1].rebound_on if done else None
    stood = replace(one, round=number, round_started_on=started)
    if number <= len(course.earlier):
        cleared_on = course.earlier[number - 1].cleared_on
        is_cleared = cleared_on <= cut
        status = Status.CLEARED if is_cleared else Status.OPEN
        return replace(stood, status=status, cleared_on=cleared_on if is_cleared else None)
    ended = course.voided_on or one.cleared_on
    if ended is not None and ended > cut:
        return replace(stood, status=Status.OPEN, cleared_on=None)
    return stood


# ---- 每季度总结：碑林四（三）、五（二） ----


def test_the_summary_has_the_four_parts_of_the_notice_and_leaves_the_prose_blank() -> None:
    _, letter = quarter()
    heads = [p.text for p in letter.paragraphs if p.kind is ParagraphKind.HEADING]
    assert heads == ["一、活动开展情况", "二、取得成效", "三、存在问题", "四、下一步工作计划"]
    assert len(letter.blanks) == 4
    assert all(blank.startswith("［请填写：") and blank.endswith("］") for blank in letter.blanks)
    said = text_of(letter)
    assert "本期发现问题7个，其中立行立改3个、列入整改计划4个、急难愁盼1个" in said
    assert "本期解决问题2个" in said
    assert "尚有2个未参加：区民政局、柏树林街道办事处" in said
    assert "尚未报送4个：区民政局、区住建局、区卫健局、区医保局" in said
    assert "全年应覆盖事项6项，已体验4项" in said
    assert letter.attachments == ("问题清单、需求清单和解决措施清单", "活动开展情况统计表")


def test_no_sentence_of_the_summary_judges() -> None:
    _, letter = quarter()
    written = "".join(p.text for p in letter.paragraphs if not isinstance(p.text, Blank))
    for word in ("良好", "显著", "有效", "明显", "优秀", "较差", "不力"):
        assert word not in written


def test_the_blanks_stand_in_the_workbook_too() -> None:
    report, letter = quarter()
    cells = [cell for row in table(report, "总结").rows for cell in row]
    assert tuple(cell for cell in cells if isinstance(cell, Blank)) == letter.blanks
    assert table(report, "总结").head[1] == "4处黄色标记待填写"


def test_the_three_lists_are_merged_by_unit_in_the_official_columns() -> None:
    report, _ = quarter()
    merged = table(report, "三张清单")
    official = [c.header for c in issues_layout("beilin").official_columns]
    heads = [c.header for c in merged.columns]
    assert heads == ["序号", "填报单位", "负责人姓名", "时间", *official[1:]]
    found = rows(report, "三张清单")
    assert [row["序号"] for row in found] == list(range(1, 9))
    assert [row["填报单位"] for row in found] == sorted((r["填报单位"] for r in found), key=UNITS.index)  # type: ignore[arg-type]
    first = next(row for row in found if row["填报单位"] == "区教育局")
    assert (first["整改效果"], first["体验方式"], first["完成时限"]) == ("样表已上架", "陪同办", None)


def test_another_countys_list_keeps_its_own_columns() -> None:
    report, _ = build_quarter_summary(
        RECORDS, replace(THIRD, activity_kind=FOLLOW), Coverage(THIRD.covered.first, THIRD.covered.last),
        handins=(), layout=issues_layout("jingbian"),
    )  # fmt: skip
    merged = table(report, "三张清单")
    heads = [c.header for c in merged.columns]
    assert heads == ["序号", "单位", "日期", "事项名称", "跟执法人员及职务", "问题描述", "改进或优化措施", "意见建议"]
    assert rows(report, "三张清单")[0]["意见建议"] == "统一笔录模板"
    assert "没有参与单位名单" in "".join(table(report, "指标口径").notes)


def test_who_handed_in_late_twice_or_not_at_all() -> None:
    report, _ = quarter()
    told = {r["填报单位"]: (r["报送情况"], r["收到日期"], r["所报条数"], r["备注"]) for r in rows(report, "清单报送")}
    assert told["区发改委"][:2] == ("已报", date(2026, 9, 20)), "the day itself is on time"
    assert told["区教育局"][:2] == ("迟报", date(2026, 9, 21))
    assert told["区市场监管局"] == ("已报", date(2026, 9, 10), 2, "报过2次，条数按最后一次")
    assert told["区医保局"][0] == "未报", "last quarter's hand-in is not this one's"
    assert told["区卫健局"][0] == "未报", "it came after the cut"
    assert table(report, "清单报送").notes == ("应报7个单位，尚未报送4个。",)


def test_a_summary_run_again_later_tells_the_same() -> None:
    later = replace(THIRD, covered=replace(THIRD.covered, as_of=date(2026, 10, 10)))
    again, letter = build_quarter_summary(RECORDS, later, QUARTER, handins=HANDINS, layout=issues_layout("beilin"))
    first, first_letter = quarter()
    assert letter == first_letter
    moved = {a.sheet for a, b in zip(again.tables, first.tables, strict=True) if a != b}
    assert moved <= {"参与情况"}, "the quarter itself runs to its end"


def test_a_unit_that_owed_nothing_and_handed_in_is_listed() -> None:
    more = HandedIn("BS09", "issues", unit="区民宗局", handed_on=date(2026, 9, 1), period="2026Q3",
                    activity_kind=THIRD.activity_kind)  # fmt: skip
    report, letter = build_quarter_summary(
        RECORDS, THIRD, QUARTER, handins=(*HANDINS, more), layout=issues_layout("beilin")
    )
    assert rows(report, "清单报送")[-1]["填报单位"] == "区民宗局"
    assert "应报三张清单的单位7个" in text_of(letter)


def test_standing_and_records_that_disagree_are_refused() -> None:
    wrong = replace(QUARTER, units=(*QUARTER.units[1:], UnitLine("区发改委", Standing.ABSENT)))
    with pytest.raises(IntegrityError, match="尚未参加的单位数 = 名单内没有活动记录的单位数"):
        build_quarter_summary(RECORDS, THIRD, wrong, handins=(), layout=issues_layout("beilin"))


# ---- 窗口情况报告：靖边三（一）（三） ----


def test_a_window_that_crosses_the_year() -> None:
    report, letter = build_window_report(WINDOW_RECORDS, WINDOW, WINDOW_COVERAGE)
    assert report.title == "2026年12月至2027年1月“跟执法”活动开展情况报告"
    titles = [row["统计内容"] for row in rows(report, "汇总", "统计情况")]
    assert titles == ["参与人次", "参与执法次数及内容", "发现和解决问题情况"]
    counts = report.counts
    assert (counts["participants"], counts["enforcements"]) == (2, 3), "30 November and 1 February lie outside"
    assert (counts["issues_found"], counts["issues_solved"]) == (2, 1)
    assert broken(report) == []
    assert "尚有2个未参加：县交通局、县审计局" in text_of(letter)
    assert "2027年1月31日，河道采砂巡查" in text_of(letter)
    assert not any("体验" in str(row["项目"]) for row in rows(report, "指标口径"))


# ---- 考核数据：碑林五（三）、靖边四（三） ----


def test_the_assessment_gives_data_for_every_unit_and_no_score() -> None:
    report = build_assessment(RECORDS, YEAR, owed=OWED, items=QUARTER.items)
    sheets = [t.sheet for t in report.tables]
    assert sheets[:4] == ["活动执行情况", "问题整改情况", "长效机制建立情况", "事项覆盖"]
    done = {row["单位"]: row for row in rows(report, "活动执行情况")}
    assert (done["区民政局"]["全年应"], done["区民政局"]["按期完成"]) == (4, 0)
    assert (done["区教育局"]["3季度应"], done["区教育局"]["3季度已"], done["区教育局"]["即时"]) == (1, 1, 1)
    mended = {row["单位"]: row for row in rows(report, "问题整改情况")}
    assert (mended["区发改委"]["本期发现"], mended["区发改委"]["解决"], mended["区发改委"]["逾期未销号"]) == (2, 1, 1)
    assert (mended["区医保局"]["反弹"], mended["区城管执法局"]["超时限销号"]) == (1, 1)
    assert mended["合计"]["本期发现"] == report.counts["issues_found"] == 8
    built = [(r["单位"], r["本单位项数"], r["长效机制"]) for r in rows(report, "长效机制建立情况")]
    assert built == [("区发改委", 1, "备案页面提示语每季度会商制度"), ("区市场监管局", 1, "线上线下并行受理机制")]
    assert report.rates == {}
    assert broken(report) == []
    heads = [c.header for t in report.tables for c in t.columns]
    assert not [head for head in heads if ("分" in head and "分局" not in head) or "名次" in head]
    assert "不评分、不排名" in "".join(table(report, "指标口径").notes)


def test_more_done_than_there_are_activities_is_refused() -> None:
    wrong = (*OWED, OwedLine("区民政局", "2026Q4", 1, 30))
    with pytest.raises(IntegrityError, match="各单位各期已参加次数之和 ⊆ 活动次数"):
        build_assessment(RECORDS, YEAR, owed=wrong)


# ---- 口径、遮盖 ----


def test_definitions_tell_days_policies_chain_and_each_figure() -> None:
    words = repr(table(month(), "指标口径").rows)
    for said in (
        "2026年7月21日至8月20日", "每位领导每次活动计1人次", "从上一次截止的次日算到这一次截止日", "c0ffee",
        "同一单位同名的计一项", "又反弹的不算解决", "活动算在举行之日", "同一条另有问题的，也计入发现问题",
    ):  # fmt: skip
        assert said in words, said


def test_periods_are_spoken_as_papers_write_them() -> None:
    assert AUGUST.covered.named == "2026年8月"
    assert THIRD.covered.named == "2026年第三季度"
    assert YEAR.covered.named == "2026年"
    assert WINDOW.covered.named == "2026年12月至2027年1月"


def test_one_unit_alone_and_one_kind_for_all_are_said_once() -> None:
    one = FieldRecords((activity(1, "2026-08-03T09:00", "区卫健局"),), ())
    said = text_of(build_month_info(one, AUGUST)[1])
    assert "区卫健局开展活动1次，参与1人次，属定期体验。" in said
    assert "其中" not in said.partition("二、")[0]


def test_what_was_done_on_one_day_is_told_under_that_day() -> None:
    held = replace(activity(1, "2026-08-03T09:00", "区城管执法局", FOLLOW), enforcements="占道巡查\n油烟检查")
    said = text_of(build_month_info(FieldRecords((held,), ()), AUGUST)[1])
    assert "区城管执法局2次：8月3日，占道巡查、油烟检查。" in said


def test_how_an_issue_stands_is_a_sentence() -> None:
    said = text_of(build_month_info(RECORDS, AUGUST)[1])
    assert "截至日：" not in said
    assert "截至8月20日尚未销号" in said


@pytest.mark.parametrize(
    ("duty", "named", "title"),
    [
        ("全区活动开展情况总结报告的汇总", "2026年第三季度", "2026年第三季度\n全区活动开展情况总结报告"),
        ("全区活动开展情况报告和通报", "2026年第三季度", "2026年第三季度全区活动开展情况通报"),
        ("“跟执法”活动开展情况", "2026年8月", "2026年8月“跟执法”活动开展情况报告"),
        (
            "全县“跟执法”活动开展情况报告",
            "2025年12月至2026年1月",
            "2025年12月至2026年1月\n全县“跟执法”活动开展情况报告",
        ),
    ],
)
def test_a_letter_s_title_is_one_and_breaks_between_words(duty: str, named: str, title: str) -> None:
    frame = replace(AUGUST, title=duty)
    assert info_letter(count_figures(FieldRecords((), ()), frame), frame, (), named=named).title == title


def test_a_quarter_in_which_nothing_was_does_not_blame() -> None:
    _, letter = build_quarter_summary(
        FieldRecords((), ()), THIRD, replace(QUARTER, units=(), items=()), handins=(), layout=issues_layout("beilin")
    )
    said = text_of(letter)
    assert "没有尚未销号的问题和需求。" in said
    assert "本期没有单位开展活动。" in said
    for silly in ("尚无已解决", "均已销号", "没有接待企业群众", "共有0个"):
        assert silly not in said
