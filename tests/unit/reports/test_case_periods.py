"""Any period: its words, what it is compared with, how long things took, and the sentences of the letter."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace

from tests.casework import (
    CALENDAR,
    RULES,
    SPEC,
    build,
    case,
    covered,
    frame_of,
    hand_in,
    holds,
    layout_of,
    sent_back,
    table,
)
from zhuomuniao.codes import Code, CodeList
from zhuomuniao.course import Pause
from zhuomuniao.model import Act, Case, Clock, Status, Visit
from zhuomuniao.render.report_csv import render_csv
from zhuomuniao.render.report_json import render_json
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.reports.caserounds import CaseCourse
from zhuomuniao.reports.changes import changes_between, figures_of, fingerprint
from zhuomuniao.reports.comparisons import CountChange, points_between, points_words
from zhuomuniao.reports.covered import Covered
from zhuomuniao.reports.tables import Blank, ChartKind, Figure, Rate, ReportLetter, Table, clause_words
from zhuomuniao.reports.timeliness import Spread, spread_of
from zhuomuniao.ruletypes import Citation
from zhuomuniao.usecases.reportcopies import find_copy, properties_of, read_back


def texts(letter: ReportLetter) -> str:
    return "\n".join(paragraph.text for paragraph in letter.paragraphs)


# —— Words ——


@pytest.mark.parametrize(
    ("label", "named", "before", "paper"),
    [
        ("2026-08", "2026年8月", "上月", "2026年8月月报"),
        ("2026Q3", "2026年第三季度", "上季度", "2026年第三季度报表"),
        ("2026H1", "2026年上半年", "上个半年", "2026年上半年报表"),
        ("2026", "2026年", "上年", "2026年年报"),
        ("2026W33", "2026年第33周", "上周", "2026年第33周周报"),
    ],
)
def test_every_sentence_follows_the_period(label: str, named: str, before: str, paper: str) -> None:
    days = covered(label)
    assert (days.named, days.words.before) == (named, before)
    report, letter = hand_in([case(1, "2026-03-02T09:00"), case(2, "2026-08-11T09:00")], frame_of(label))
    assert report.title == f"“办不成事”台账{paper}"
    assert table(report, "指标口径", "").title[-1] == f"{paper}指标口径"
    labels = [row[0] for row in table(report, "汇总", "办理情况").rows]
    assert labels[:4] == [f"{before}结转", *(f"{days.words.this}{word}" for word in ("受理", "重办", "办结"))]
    said = repr(report) + repr(letter)
    for other in {"本月", "本季度", "本半年", "本年", "本周"} - {days.words.this}:
        assert other not in said


def test_days_that_are_no_whole_period_are_called_this_one() -> None:
    cut = Covered("2026-08", date(2026, 7, 21), date(2026, 8, 20), date(2026, 8, 20))
    report, letter = hand_in([case(1, "2026-07-21T09:00"), case(2, "2026-07-20T23:50")], frame_of(covered=cut))
    assert (report.counts["carried_in"], report.counts["accepted"]) == (1, 1)
    assert "2026年7月21日至8月20日" in texts(letter)
    assert "本期共受理企业群众反映事项1件" in texts(letter)
    assert "本月" not in repr(report.tables)
    window = Covered("2026-12", date(2026, 12, 1), date(2027, 1, 31), date(2027, 1, 31))
    assert (window.named, window.words.this) == ("2026年12月至2027年1月", "本期")


def test_a_month_is_shown_by_day_and_a_longer_period_by_month() -> None:
    cases = [case(1, "2026-07-01T09:00", "2026-08-03T09:00"), case(2, "2026-09-30T23:50")]
    months = table(build(cases, "2026Q3"), "汇总", "按月")
    assert months.rows == (("2026年7月", 1, 0, 0), ("2026年8月", 0, 0, 1), ("2026年9月", 1, 0, 0), ("合计", 2, 0, 1))
    assert months.chart is not None
    assert (months.chart.kind, months.chart.points, months.chart.columns) == (ChartKind.COLUMN, 3, (1, 3))
    half = table(build(cases[:1], "2026Q3", "2026-08-15"), "汇总", "按月")
    assert [row[0] for row in half.rows] == ["2026年7月", "2026年8月", "合计"]


# —— 环比, 同比 ——


def test_a_change_is_told_as_difference_and_percent() -> None:
    assert CountChange(24, 18).words() == "增加6件、增长33.3%"
    assert CountChange(24, 26).words() == "减少2件、下降7.7%"
    assert CountChange(3, 3).words() == "持平"
    assert (CountChange(3, 0).words(), CountChange(3, 0).percent) == ("增加3件", "—")


def test_points_are_those_a_reader_finds_who_subtracts_what_is_printed() -> None:
    now, before = Rate("r", "率", 2, 3, ""), Rate("r", "率", 1, 6, "")
    points = points_between(now, before)
    assert points is not None
    assert (now.percent, before.percent, str(points), points_words(points)) == (
        "66.7%",
        "16.7%",
        "50.0",
        "提高50.0个百分点",
    )
    assert points_between(now, Rate("r", "率", 0, 0, "")) is None


def test_every_figure_stands_beside_those_of_the_period_before_and_of_last_year() -> None:
    cases = [
        *(case(n, "2026-07-06T09:00", "2026-07-08T09:00") for n in range(1, 5)),
        *(case(n, "2026-08-03T09:00", "2026-08-05T09:00") for n in range(1, 6)),
        case(9, "2026-08-03T09:00"),
    ]
    report, letter = hand_in(cases, before="2026-07")
    rows = {row[0]: row[1:] for row in table(report, "汇总", "办理情况").rows}
    assert rows["本月受理"] == (6, 4, 2, Decimal("0.5"))
    assert rows["上月结转"] == (0, 0, 0, "—")
    rates = {row[0]: row for row in table(report, "汇总", "比率").rows}
    assert rates["办结率"][:6] == ("办结率", Decimal("0.833"), 5, 6, 1, Decimal("-16.7"))
    assert "本月共受理企业群众反映事项6件，环比增加2件、增长50.0%。" in texts(letter)
    assert "办结率83.3%，环比下降16.7个百分点" in texts(letter)
    assert "2026年7月1日至7月31日" in table(report, "汇总", "办理情况").notes[0]


# —— 办理时效 ——


def test_percentiles_are_nearest_ranks() -> None:
    assert spread_of([]) == Spread(0, None, None, None)
    assert spread_of([4]) == Spread(1, 4, 4, 4)
    assert spread_of([9, 1, 3, 5]) == Spread(4, 3, 9, 9)
    assert spread_of(range(1, 11)) == Spread(10, 5, 9, 10)
    assert spread_of(range(1, 12)) == Spread(11, 6, 10, 11)


def test_workdays_are_counted_over_holidays_and_without_pauses() -> None:
    long = case(1, "2026-09-30T09:00", "2026-10-12T10:00")
    paused = case(2, "2026-10-12T09:00", "2026-10-19T10:00")
    same_day = case(3, "2026-10-13T09:00", "2026-10-13T16:00", unit="公安窗口")
    stopped = CaseCourse(pauses=(Pause(date(2026, 10, 13), date(2026, 10, 15)),))
    report, letter = hand_in([long, paused, same_day], frame_of("2026-10"), courses={paused.case_no: stopped})
    rows = {row[:2]: row[2:] for row in table(report, "办理时效").rows}
    # 10-01 to 10-07 off, 10-10 a make-up Saturday: 10-08, 09, 10, 12.
    assert CALENDAR.workdays_between(date(2026, 9, 30), date(2026, 10, 12)) == 4
    # 13 counts, 14 and 15 do not, 16 and 19 do: as the limit itself would have it.
    assert rows["按责任窗口", "税务窗口"] == (2, 3, 4, 4)
    assert rows["按责任窗口", "公安窗口"] == (1, 0, 0, 0)
    assert rows["全部", "全部"] == (3, 3, 4, 4)
    assert "办理用时中位数为3个工作日，最长4个工作日。" in texts(letter)
    assert any("最近序位法" in str(row[2]) for row in table(report, "指标口径").rows)


def test_O02_what_was_late_once_stays_late_in_its_own_round_and_month() -> None:
    late = Clock(Act.RESOLVE, date(2026, 7, 8), ended_on=date(2026, 7, 15))
    good = Clock(Act.RESOLVE, date(2026, 8, 10), ended_on=date(2026, 8, 5), round=2)
    twice = case(1, "2026-07-01T09:00", "2026-08-05T09:00", round=2, clocks=(late, good))
    courses = {twice.case_no: sent_back(("2026-07-15", "2026-08-03", "不满意"))}
    july = hand_in([twice], frame_of("2026-07"), courses=courses)[0]
    august = hand_in([twice], frame_of("2026-08"), courses=courses)[0]
    whole = hand_in([twice], frame_of("2026Q3"), courses=courses)[0]
    assert [r.counts["late"] for r in (july, august, whole)] == [1, 0, 1]
    assert [r.counts["on_time"] for r in (july, august, whole)] == [0, 1, 1]
    assert (whole.counts["accepted"], whole.counts["redone"], whole.counts["resolved"]) == (1, 1, 2)
    (row,) = table(july, "超时办结明细").rows
    assert (row[1], row[5:10]) == (
        twice.case_no,
        (date(2026, 7, 1), date(2026, 7, 8), date(2026, 7, 15), 5, 10),
    )
    assert table(august, "超时办结明细").rows == ()


# —— 分类 ——


def test_breakdowns_follow_the_ledger_and_the_countys_lists() -> None:
    layout = layout_of("xiangtan")
    lists = (
        CodeList("domain", "诉求领域", "window", (Code("市场监管"), Code("公共服务")), "", Citation("", "")),
        CodeList("outcome", "结果类别", "window", (Code("已解决"), Code("不能办理")), "", Citation("", "")),
    )
    frame = frame_of(
        layout=layout,
        rules=replace(RULES, codes=lists),
        spec=replace(SPEC, asks_assignment=True, asks_signature=True),
    )
    base = case(1, "2026-08-03T09:00", "2026-08-05T10:00", domain="公共服务", outcome="已解决", satisfaction="满意")
    base = replace(base, assigned_at=base.accepted_at.replace(day=4), signed_at=base.accepted_at.replace(day=6))
    other = replace(base, case_no="2", domain="市场监管", outcome="不能办理", unit="公安窗口", tier="")
    waiting = case(3, "2026-08-04T09:00", unit="公安窗口", outcome="暂时无法解决", domain="旧词")
    report, letter = hand_in([base, other, waiting], frame)
    names = [t.name.partition("、")[2] for t in report.tables if t.sheet == "汇总"]
    assert names == [
        "办理情况",
        "比率",
        "按日受理和办结",
        "按承办单位",
        "按受理渠道",
        "按响应级别",
        "按诉求领域",
        "勾稽核对",
    ]
    assert [row[0] for row in table(report, "汇总", "按诉求领域").rows] == ["市场监管", "公共服务", "旧词", "合计"]
    bars = table(report, "汇总", "按承办单位").chart
    assert bars is not None
    assert (bars.kind, bars.points, bars.columns) == (ChartKind.BAR, 2, (2, 4))
    units = table(report, "单位情况")
    rows = [dict(zip([c.header.replace("\n", "") for c in units.columns], row, strict=True)) for row in units.rows]
    assert [row["承办单位"] for row in rows] == ["税务窗口", "公安窗口", "合计"]
    assert [row["不能办理"] for row in rows] == [0, 1, 1]
    assert [row["已解决"] for row in rows] == [1, 0, 1]
    assert [row["暂未解决仍在办"] for row in rows] == [0, 1, 1]
    assert [row["交办用时中位数"] for row in rows] == [1, 1, 1]
    assert [row["签收用时中位数"] for row in rows] == [2, 2, 2]
    assert "本月交办2件，从受理到交办用时中位数为1个工作日；责任单位签收2件" in texts(letter)
    assert "办理结果：已解决1件、不能办理1件；已答复暂时无法解决、仍在办理1件。" in texts(letter)
    assert holds(report)


def test_officers_findings_are_told_by_way_officer_site_and_class_without_their_names() -> None:
    frame = frame_of(layout=layout_of("linxian", "officer"))
    found = case(1, "2026-08-03T09:00", experience_officer="王建国", experience_site="城关税务所",
                 finding_way="沉浸式体验", category="服务质效")  # fmt: skip
    report, letter = hand_in([found, replace(found, case_no="2")], frame)
    names = [t.name.partition("、")[2] for t in report.tables if t.sheet == "汇总"]
    assert {"按体验官", "按体验点", "按发现方式", "按问题类别"} <= set(names)
    assert "王建国" not in repr(report) + repr(letter)
    assert "按体验官分" not in texts(letter), "a masked name tells a reader nothing"
    assert "本月共受理体验官发现问题2件" in texts(letter)
    full, own = hand_in([found], replace(frame, is_full=True))
    assert "王建国" in repr(full)
    assert "王建国" in repr(own)


# —— 报告 ——


def test_the_letter_of_a_month() -> None:
    cases = [
        *(case(n, "2026-08-03T09:00", "2026-08-06T10:00", satisfaction="满意") for n in range(1, 4)),
        case(4, "2026-08-03T09:00", "2026-08-20T10:00", satisfaction="不满意", unit="公安窗口"),
        case(5, "2026-07-20T09:00", unit="公安窗口"),
        case(6, "2026-08-04T09:00", "2026-08-05T10:00", status=Status.ROUTED_OUT),
    ]
    frame = frame_of(title="“办不成事”问题汇总", to="县专班办", clause="二（三）", notice="啄木鸟工作机制")
    report, letter = hand_in(cases, frame)
    assert letter.title == "关于报送2026年8月\n“办不成事”问题汇总的报告"
    assert (letter.to, letter.signed_by) == ("县专班办", "某县政务服务中心")
    assert letter.attachments == ("2026年8月“办不成事”问题汇总", table(report, "台账").title[0])
    assert [p.text for p in letter.paragraphs if p.kind == "heading"] == [
        "一、总体情况", "二、分类情况", "三、办理时效和逾期情况",
        "四、回访和满意度情况", "五、存在问题", "六、下一步工作",
    ]  # fmt: skip
    assert texts(letter).startswith(
        "按照《啄木鸟工作机制》第二部分第（三）项要求，现将2026年8月1日至8月31日企业群众反映事项"
    )
    for sentence in (
        "本月共受理企业群众反映事项5件。另有上月结转1件。本月办结4件，办结率80.0%；转出1件。"
        "截至2026年8月31日，结转下月1件，已逾期。",
        "按责任窗口分：税务窗口4件、占80.0%；公安窗口1件、占20.0%。",
        "本月办结的4件中，按时办结3件、超时办结1件，按时办结率75.0%。",
        "截至2026年8月31日，逾期未结1件，具体如下。",
        "本月已回访4件，其中满意3件、不满意1件，满意率75.0%。本月办结的4件均已回访，回访率100.0%。",
    ):
        assert sentence in texts(letter), sentence
    assert len(letter.blanks) == 2
    tables = {part.name: part for part in letter.body if isinstance(part, Table)}
    assert tables["逾期未结事项"].rows == (("2026072005", "公安窗口", "解决", date(2026, 7, 27), 25),)
    assert tables["各责任窗口办理情况"].rows[-1] == ("合计", 5, 4, 3, 1, 1, 1)
    figures = [part.table for part in letter.body if isinstance(part, Figure)]
    assert [figure.chart is not None for figure in figures] == [True, True]
    assert sum(int(str(row[1])) for row in figures[0].rows) == 5


def test_a_month_without_cases_reads_well() -> None:
    _, letter = hand_in([])
    assert texts(letter).splitlines() == [
        "现将2026年8月1日至8月31日企业群众反映事项办理情况报告如下。",
        "一、总体情况",
        "本月没有受理企业群众反映事项。上月没有结转。本月没有应办结的事项。截至2026年8月31日，没有结转下月的事项。",
        "二、办理时效和逾期情况",
        "本月没有办结的事项。",
        "截至2026年8月31日，没有逾期未结的事项。",
        "三、回访和满意度情况",
        "本月没有办结，也没有回访的事项。",
        "四、存在问题",
        Blank("办理中存在的不足及原因"),
        "五、下一步工作",
        Blank("下一步的措施、责任人和时间"),
    ]
    assert not [part for part in letter.body if isinstance(part, Table | Figure)]


def test_a_letter_lists_twenty_overdue_cases_and_says_how_many_more_there_are() -> None:
    cases: list[Case] = [case(n, "2026-07-20T09:00") for n in range(1, 43)]
    report, letter = hand_in(cases)
    (listed,) = [part for part in letter.body if isinstance(part, Table) and part.name == "逾期未结事项"]
    assert (len(listed.rows), listed.notes) == (20, ("另有22件，见附件“逾期明细”。",))
    assert len(table(report, "逾期明细").rows) == 42


def test_N10_the_letter_names_nobody() -> None:
    _, letter = hand_in([case(1, "2026-07-20T09:00")])
    assert "李四" not in repr(letter)
    assert "13800138000" not in repr(letter)


# —— 回访 ——


def told(*visits: tuple[str, str], rounds: tuple[tuple[str, str, str], ...] = ()) -> CaseCourse:
    """What the log tells of visits: those of earlier rounds, and those of the last one."""
    earlier = sent_back(*rounds)
    last = tuple(Visit(date.fromisoformat(on), said) for on, said in visits)
    return replace(earlier, visits=(*earlier.visits, last))


_SEEN = ("visited", "unreached", "satisfied", "dissatisfied", "visited_of_resolved")


def test_a_visit_counts_in_the_month_it_was_made_and_months_add_up() -> None:
    late = case(1, "2026-07-27T09:00", "2026-07-31T23:50", satisfaction="满意")
    same = case(2, "2026-07-06T09:00", "2026-07-08T09:00", satisfaction="满意", unit="公安窗口")
    redone = case(3, "2026-07-06T09:00", "2026-08-10T09:00", satisfaction="满意", round=2)
    redone = replace(redone, round_started_on=date(2026, 8, 4))
    given_up = case(4, "2026-07-06T09:00", "2026-07-08T09:00", satisfaction="满意")
    courses = {
        late.case_no: told(("2026-08-03", "满意")),
        same.case_no: told(("2026-07-09", "满意")),
        redone.case_no: told(("2026-08-12", "满意"), rounds=(("2026-07-10", "2026-08-04", "不满意"),)),
        given_up.case_no: told(("2026-07-10", "无法回访"), ("2026-08-20", "满意")),
    }
    cases = [late, same, redone, given_up]
    july_rows = [replace(c, satisfaction="") for c in (late, redone)] + [
        same,
        replace(given_up, satisfaction="无法回访"),
    ]
    july_told = {same.case_no: courses[same.case_no], given_up.case_no: told(("2026-07-10", "无法回访"))}
    july_rows[1] = replace(july_rows[1], round=1, round_started_on=None, resolved_at=datetime(2026, 7, 10, 9))
    july = hand_in(july_rows, frame_of("2026-07"), courses=july_told)[0].counts
    august, quarter = (hand_in(cases, frame_of(of), courses=courses)[0].counts for of in ("2026-08", "2026Q3"))
    assert tuple(july[name] for name in _SEEN) == (1, 1, 1, 0, 1)
    assert tuple(august[name] for name in _SEEN) == (4, 0, 3, 1, 1)
    assert tuple(quarter[name] for name in _SEEN[:4]) == (5, 1, 4, 1)


def test_a_unit_whose_only_news_is_a_visit_stands_in_the_table_of_units() -> None:
    cases = [case(1, "2026-07-06T09:00", "2026-07-31T10:00", satisfaction="不满意", unit="公安窗口")]
    visited = {cases[0].case_no: told(("2026-08-03", "不满意"))}
    report, letter = hand_in(cases, courses=visited)
    units = table(report, "单位情况")
    at = [column.header.replace("\n", "") for column in units.columns].index("已回访")
    assert [(row[0], row[at]) for row in units.rows] == [("公安窗口", 1), ("合计", 1)]
    assert report.rates["satisfaction_rate"].percent == "0.0%"
    assert report.rates["visit_rate"].value is None
    assert "本月已回访1件，结果为不满意，满意率0.0%。" in texts(letter)
    assert holds(report)


@pytest.mark.parametrize(
    ("revisit", "month"),
    [("2026-09-01 未接通（第1次）；2026-09-02 满意", "2026-09"), ("电话回访", "2026-08"), ("", "2026-08")],
)
def test_without_a_log_the_row_tells_the_day_of_the_visit(revisit: str, month: str) -> None:
    cases = [case(1, "2026-08-03T09:00", "2026-08-05T09:00", satisfaction="满意", revisit=revisit)]
    found = {label: build(cases, label).counts["visited"] for label in ("2026-08", "2026-09", "2026-10")}
    assert found == {label: int(label == month) for label in found}


def test_rates_are_numbers_in_every_file_and_read_as_percent(tmp_path: Path) -> None:
    cases = [
        *(case(n, "2026-07-06T09:00", "2026-07-08T09:00") for n in range(1, 4)),
        *(case(n, "2026-08-03T09:00", "2026-08-05T09:00") for n in range(1, 3)),
        case(9, "2026-08-03T09:00"),
    ]
    report, _ = hand_in([*cases, case(10, "2026-07-06T09:00")], before="2026-07")
    path = tmp_path / "a.xlsx"
    path.write_bytes(render_report(report))
    sheet = openpyxl.load_workbook(path)["汇总"]
    shown = {
        (row[0].value, cell.number_format): cell.value
        for row in sheet.iter_rows()
        for cell in row
        if cell.number_format in ("0.0%", "0.0") and isinstance(cell.value, int | float)
    }
    assert shown["办结率", "0.0"] == -25.0
    assert shown["本月办结", "0.0%"] == -0.333
    told = json.loads(render_json(report, as_of=date(2026, 8, 31), correction=0))
    (rates,) = (t for t in told["tables"] if t["name"].endswith("比率"))
    assert rates["rows"][0][1:6] == [0.5, 2, 4, 0.75, -25.0]
    text = render_csv([t for t in report.tables if t.sheet == "汇总"]).decode("utf-8-sig")
    assert "办结率,50.0%,2,4,75.0%,-25.0," in text
    assert "本月办结,2,3,-1,-33.3%" in text
    (printed,) = (t.rows for t in figures_of(report).tables or () if t.name == "比率")
    assert printed[0][1:6] == ("50.0%", "2", "4", "75.0%", "-25.0")


def test_a_copy_read_back_has_the_same_figures_however_its_rates_were_written(tmp_path: Path) -> None:
    cases = [case(1, "2026-08-03T09:00", "2026-08-05T09:00"), case(2, "2026-08-03T09:00")]
    report, _ = hand_in(cases, before="2026-07")
    figures = fingerprint(figures_of(report))
    stamp = properties_of(
        report, figures, subject="x", as_of=date(2026, 8, 31), made_on=date(2026, 9, 1), edition=0, is_full=False
    )
    path = tmp_path / "a.xlsx"
    path.write_bytes(render_report(report, properties=stamp))
    copy = find_copy(path)
    assert copy is not None
    assert not read_back(copy, report).is_edited
    assert changes_between(read_back(copy, report).figures, figures_of(report)) == ()
    book = openpyxl.load_workbook(path)
    (rate,) = (c for row in book["汇总"].iter_rows() for c in row if c.number_format == "0.0%" and c.value == 0.5)
    rate.value, rate.number_format = "50.0%", "@"
    book.save(path)
    older = find_copy(path)
    assert older is not None
    assert changes_between(read_back(older, report).figures, figures_of(report)) == ()
    rate.value = 0.6
    book.save(path)
    typed = find_copy(path)
    assert typed is not None
    (change,) = changes_between(read_back(typed, report).figures, figures_of(report))
    assert (change.old, change.new) == ("60.0%", "50.0%")


def test_where_all_went_one_way_it_is_said_once_and_nothing_of_what_did_not_happen() -> None:
    cases = [case(n, "2026-08-03T09:00", "2026-08-06T10:00", satisfaction="满意") for n in (1, 2)]
    said = texts(hand_in(cases)[1])
    assert "本月办结的2件均按时办结，按时办结率100.0%。" in said
    assert "本月已回访2件，均为满意，满意率100.0%。本月办结的2件均已回访，回访率100.0%。" in said
    assert "没有结转下月的事项。" in said
    assert "超时办结" not in said
    one = texts(hand_in(cases[:1])[1])
    assert "本月办结的1件按时办结，按时办结率100.0%。" in one
    assert "本月已回访1件，结果为满意" in one
    assert "按责任窗口分：税务窗口1件。" in one
    assert "均" not in one.partition("二、")[2].partition("四、")[0]


def test_what_is_all_overdue_or_not_at_all_is_told_without_a_share() -> None:
    late = [case(n, "2026-07-20T09:00") for n in (1, 2)]
    assert "结转下月2件，均已逾期。" in texts(hand_in(late)[1])
    assert "结转下月1件，已逾期。" in texts(hand_in(late[:1])[1])
    assert "结转下月1件，未逾期。" in texts(hand_in([case(1, "2026-08-31T09:00")])[1])


def test_a_running_report_s_title_breaks_before_the_day_it_runs_to() -> None:
    running = frame_of(title="“办不成事”问题综合统计分析报告", clause="五.5", notice="工作方案")
    running = replace(running, covered=replace(running.covered, as_of=date(2026, 8, 20)))
    letter = hand_in([], running)[1]
    assert letter.title == "2026年8月\n“办不成事”问题综合统计分析报告\n（截至8月20日）"
    assert "按照《工作方案》第五部分第5项要求" in texts(letter)


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("四（二）", "第四部分第（二）项"),
        ("五.5", "第五部分第5项"),
        ("四", "第四部分"),
        ("第三条", "第三条"),
        ("", ""),
    ],
)
def test_a_clause_is_said_as_a_letter_says_it(clause: str, words: str) -> None:
    assert clause_words(clause) == words
