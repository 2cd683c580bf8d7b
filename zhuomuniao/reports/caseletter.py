"""The letter (公文) of a report on cases: sentences of numbers, and blanks where only a person can write.

No sentence judges: whether the numbers are good is for whoever fills the blanks.
"""

from __future__ import annotations

from collections.abc import Sequence

from zhuomuniao.layouts import ColumnType
from zhuomuniao.reports.casefigures import CaseFigures, CaseFrame, Group, rates_of
from zhuomuniao.reports.casetables import flow_of, outcomes_of, title_of, unanswered
from zhuomuniao.reports.comparisons import CountChange, comparison_words, points_between, points_words
from zhuomuniao.reports.covered import long_day
from zhuomuniao.reports.headings import sections
from zhuomuniao.reports.leaderletters import OPEN_DATE
from zhuomuniao.reports.letterwords import all_of, title_in_lines
from zhuomuniao.reports.tables import (
    Blank,
    BodyPart,
    Chart,
    ChartKind,
    Content,
    Figure,
    Paragraph,
    Place,
    Rate,
    ReportLetter,
    Table,
    TableColumn,
    clause_words,
)
from zhuomuniao.reports.timeliness import Spread, assigning, resolving, signing

_MOST_WORDS = 10
"""Words of a column that a sentence names before it sums up the rest."""
_MOST_LATE = 20
"""Overdue cases that a letter lists; the workbook has them all."""
_PAPERS = ("报告", "总结")
_OFFICER = "experience_officer"
_UNIT_HEADERS = (("accepted", "受理"), ("resolved", "办结"), ("on_time", "按时"), ("late", "超时"),
                 ("carried_out", "未办结"), ("overdue_open", "逾期"))  # fmt: skip

Body = list[BodyPart]


def case_letter(
    figures: CaseFigures,
    frame: CaseFrame,
    breakdowns: Sequence[tuple[str, Sequence[Group]]],
    overdue: Table,
    attachments: tuple[str, ...],
) -> ReportLetter:
    """The letter that goes with a report, from the same figures. ``overdue`` is the workbook's list."""
    parts: list[tuple[str, Body]] = [
        ("总体情况", _whole(figures, frame)),
        ("分类情况", _by_words(figures, frame, breakdowns)),
        ("办理时效和逾期情况", _timeliness(figures, frame, overdue)),
        ("回访和满意度情况", _visits(figures, frame)),
        ("存在问题", [Paragraph(Blank("办理中存在的不足及原因"))]),
        ("下一步工作", [Paragraph(Blank("下一步的措施、责任人和时间"))]),
    ]
    covered = frame.covered
    rule = f"按照《{frame.notice}》{clause_words(frame.clause)}要求，" if frame.notice and frame.title else ""
    through = f"（截至{long_day(covered.cut)}）" if covered.is_running else ""
    opening = Paragraph(f"{rule}现将{covered.days}{through}{frame.matter}办理情况报告如下。")
    return ReportLetter(
        title=_title(frame),
        to=frame.to,
        body=(opening, *sections(parts)),
        attachments=attachments,
        signed_by=frame.office,
        date=OPEN_DATE,
    )


def _title(frame: CaseFrame) -> str:
    covered = frame.covered
    if not frame.title:
        return title_in_lines(f"{covered.named}{frame.matter}", "办理情况报告", covered.through)
    if frame.title.endswith(_PAPERS):
        return title_in_lines(covered.named, frame.title, covered.through)
    return title_in_lines(f"关于报送{covered.named}", f"{frame.title}的报告", covered.through)


# —— 总体情况 ——


def _whole(figures: CaseFigures, frame: CaseFrame) -> Body:
    counts, rates, words = figures.counts, figures.rates, frame.words
    if counts["accepted"]:
        told = f"{words.this}共受理{frame.matter}{counts['accepted']}件{_moved(figures, frame, 'accepted')}。"
    else:
        told = f"{words.this}没有受理{frame.matter}{_moved(figures, frame, 'accepted')}。"
    told += f"另有{words.before}结转{counts['carried_in']}件" if counts["carried_in"] else f"{words.before}没有结转"
    told += f"，{words.this}发回重办{counts['redone']}件。" if counts["redone"] else "。"
    due = rates["resolved_rate"]
    if due.denominator and not counts["resolved"]:
        told += f"{words.this}没有办结的事项{_moved(figures, frame, 'resolved')}"
    elif due.denominator:
        told += (
            f"{words.this}办结{counts['resolved']}件{_moved(figures, frame, 'resolved')}，"
            f"办结率{due.percent}{_points(figures, frame, due)}"
        )
    else:
        told += f"{words.this}没有应办结的事项"
    away = [f"{word}{counts[name]}件" for name, word in (("transferred", "转出"), ("voided", "作废")) if counts[name]]
    told += f"；{'、'.join(away)}。" if away else "。"
    open_now = f"截至{long_day(frame.covered.cut)}，"
    left, late = counts["carried_out"], counts["overdue_open"]
    open_now += f"结转{words.after}{left}件" if left else f"没有结转{words.after}的事项"
    if late in (0, left):
        open_now += f"，{all_of(left)}{'已' if late else '未'}逾期" if left else ""
    else:
        open_now += f"，其中逾期未结{late}件"
    told += f"{open_now}。"
    body: Body = [Paragraph(told)]
    body += [Paragraph(text) for text in (_handed_over(figures, frame), _results(figures, frame)) if text]
    if counts["accepted"] or counts["resolved"]:
        body.append(Figure(_flow_table(figures, frame)))
    return body


def _moved(figures: CaseFigures, frame: CaseFrame, name: str) -> str:
    """，环比增加6件、增长33.3%，同比减少2件、下降7.7%; nothing where there is nothing to compare with."""
    return "".join(
        f"，{comparison_words(frame, period)}" + CountChange(figures.counts[name], period.counts[name]).words()
        for period in figures.earlier
        # Nothing now and nothing then is no movement to tell of.
        if period.counts is not None and (figures.counts[name] or period.counts[name])
    )


def _points(figures: CaseFigures, frame: CaseFrame, rate: Rate) -> str:
    told = ""
    for period in figures.earlier:
        if period.counts is None:
            continue
        points = points_between(rate, rates_of(period.counts, frame.words)[rate.id])
        if points is not None:
            told += f"，{comparison_words(frame, period)}{points_words(points)}"
    return told


def _handed_over(figures: CaseFigures, frame: CaseFrame) -> str:
    """交办 and 签收, where the notice knows them (湘潭五.5)."""
    if "assigned" not in figures.counts:
        return ""
    assigned = figures.counts["assigned"]
    if not assigned:
        # A period in which nothing could be assigned need not say that nothing was.
        return f"{frame.words.this}没有交办。" if figures.counts["accepted"] + figures.counts["carried_in"] else ""
    spread = assigning(figures.alive, frame)
    told = f"{frame.words.this}交办{assigned}件，从受理到交办{_usually(spread)}"
    if figures.counts.get("signed"):
        told += f"；责任单位签收{figures.counts['signed']}件"
        if (signed := signing(figures.alive, frame)).count:
            told += f"，从交办到签收{_usually(signed)}"
    return f"{told}。"


def _usually(spread: Spread) -> str:
    """How long most took: no workday begun means the same day."""
    if not spread.longest:
        return f"{all_of(spread.count)}在当日"
    return f"用时中位数为{spread.median}个工作日" if spread.median else "半数以上在当日"


def _results(figures: CaseFigures, frame: CaseFrame) -> str:
    results = outcomes_of(figures.alive, frame)
    told = "、".join(f"{word}{count}件" for word, count in results.items())
    waiting = unanswered(figures.alive, frame)
    if waiting:
        told += f"{'；' if told else ''}已答复暂时无法解决、仍在办理{waiting}件"
    return f"办理结果：{told}。" if told else ""


def _flow_table(figures: CaseFigures, frame: CaseFrame) -> Table:
    covered, flow = frame.covered, flow_of(figures, frame)
    if covered.is_shown_by_day:
        name, header = "按日受理、办结件数", "日期"
        # The title says the month: a number of its own can stand upright under its columns.
        is_one_month = covered.first.month == covered.last.month
        rows = tuple(
            (f"{f.first.day}" if is_one_month else f"{f.first.month}月{f.first.day}日", f.accepted, f.resolved)
            for f in flow
        )
    else:
        name, header = "按月受理、办结件数", "月份"
        rows = tuple((f"{f.first.year}年{f.first.month}月", f.accepted, f.resolved) for f in flow)
    columns = (TableColumn(header, 12), *(TableColumn(word, 8, ColumnType.NUMBER) for word in ("受理", "办结")))
    title = f"{covered.named}{name}"
    return Table("", title, columns, rows, chart=Chart(ChartKind.COLUMN, title, len(rows), columns=(1, 2)))


# —— 分类情况 ——


def _by_words(figures: CaseFigures, frame: CaseFrame, breakdowns: Sequence[tuple[str, Sequence[Group]]]) -> Body:
    """A sentence for each column in which somebody stated a word for what was accepted, and the units as a table."""
    body: Body = []
    for name, groups in breakdowns:
        here = [group for group in groups if group.counts["accepted"]]
        stated = [(g.word, g.counts["accepted"]) for g in here if g.is_stated]
        blank = [(g.word, g.counts["accepted"]) for g in here if not g.is_stated]
        whole, known = (sum(count for _, count in pairs) for pairs in (stated + blank, stated))
        if name == _OFFICER and not frame.is_full:
            # Masked names tell a reader nothing; the sources and sites of the officers do.
            continue
        # A column that most left blank tells nothing of the whole; the units are told, for work waits there.
        if known and (name == "unit" or known * 2 >= whole):
            body.append(Paragraph(f"按{title_of(name, frame)}分：{_shares(stated, blank)}。"))
        if name == "unit" and any(g.is_stated for g in groups):
            body += _units(groups, frame)
    return body


def _shares(stated: Sequence[tuple[str, int]], blank: Sequence[tuple[str, int]]) -> str:
    """窗口6件、占66.7%；…, the most first, what was left blank last."""
    if len(stated) == 1 and not blank:
        word, count = stated[0]
        return f"均为{word}" if count > 1 else f"{word}{count}件"
    whole = sum(count for _, count in (*stated, *blank))
    ordered = [*sorted(stated, key=lambda pair: -pair[1]), *blank]
    told = [f"{word}{count}件、占{_share(count, whole)}" for word, count in ordered[:_MOST_WORDS]]
    rest = ordered[_MOST_WORDS:]
    if rest:
        count = sum(count for _, count in rest)
        told.append(f"其余{len(rest)}项共{count}件、占{_share(count, whole)}")
    return "；".join(told)


def _share(count: int, whole: int) -> str:
    return Rate("share", "", count, whole, "").percent


def _units(groups: Sequence[Group], frame: CaseFrame) -> Body:
    header = title_of("unit", frame)
    # Where no matter had a limit, noughts under 按时 and 超时 would read as a failing.
    is_limited = any(g.counts["on_time"] + g.counts["late"] for g in groups) or not any(
        g.counts["resolved"] for g in groups
    )
    headers = [(name, word) for name, word in _UNIT_HEADERS if is_limited or name not in ("on_time", "late")]
    shown = [name for name, _ in headers]
    rows: list[tuple[Content, ...]] = [(group.word, *(group.counts[name] for name in shown)) for group in groups]
    total: tuple[Content, ...] = ("合计", *(sum(group.counts[name] for group in groups) for name in shown))
    columns = (TableColumn(header, 12), *(TableColumn(word, 4, ColumnType.NUMBER) for _, word in headers))
    body: Body = [Table("", f"各{header}办理情况", columns, (*rows, total), has_total=True)]
    if 1 < len(rows) <= _MOST_WORDS:
        title = f"{frame.covered.named}各{header}受理、办结件数"
        chart = Chart(ChartKind.BAR, title, len(rows), columns=(1, 2))
        body.append(Figure(Table("", title, columns[:3], tuple(row[:3] for row in rows), chart=chart)))
    return body


# —— 办理时效 ——


def _timeliness(figures: CaseFigures, frame: CaseFrame, overdue: Table) -> Body:
    counts, this = figures.counts, frame.words.this
    body: Body = []
    if counts["resolved"]:
        rate, spread = figures.rates["on_time_rate"], resolving(figures.resolved, frame)
        if rate.denominator:
            told = f"{_kept(figures, this)}，按时办结率{rate.percent}{_points(figures, frame, rate)}。"
        else:
            told = f"{this}办结的{counts['resolved']}件{all_of(counts['resolved'])}没有固定时限。"
        body.append(Paragraph(told + _took(spread)))
    else:
        body.append(Paragraph(f"{this}没有办结的事项。"))
    cut, late = long_day(frame.covered.cut), counts["overdue_open"]
    if not late:
        body.append(Paragraph(f"截至{cut}，没有逾期未结的事项。"))
        return body
    body.append(Paragraph(f"截至{cut}，逾期未结{late}件{_moved(figures, frame, 'overdue_open')}，具体如下。"))
    at = {column.header: place for place, column in enumerate(overdue.columns)}
    kept = [place for header in ("事项编号", frame.unit_header, "逾期环节", "办理时限", "逾期\n工作日")
            if (place := at.get(header)) is not None]  # fmt: skip
    columns = tuple(
        TableColumn(overdue.columns[place].header, width, overdue.columns[place].type, Place.CENTER)
        for place, width in zip(kept, (12, 20, 8, 11, 8), strict=False)
    )
    rows = tuple(tuple(row[place] for place in kept) for row in overdue.rows[:_MOST_LATE])
    notes = (f"另有{late - _MOST_LATE}件，见附件“{overdue.sheet}”。",) if late > _MOST_LATE else ()
    body.append(Table("", "逾期未结事项", columns, rows, notes=notes))
    return body


def _kept(figures: CaseFigures, this: str) -> str:
    """How many of those resolved kept their limit; a kind that is none is not told of."""
    counts = figures.counts
    kinds = (("on_time", "按时办结{}件"), ("late", "超时办结{}件"), ("no_fixed_limit", "没有固定时限的{}件"))
    told = [words.format(counts[name]) for name, words in kinds if counts[name]]
    if len(told) > 1:
        return f"{this}办结的{counts['resolved']}件中，{'、'.join(told)}"
    resolved = counts["resolved"]
    return f"{this}办结的{resolved}件{all_of(resolved)}{'按时' if counts['on_time'] else '超时'}办结"


def _took(spread: Spread) -> str:
    """How long resolving took; what would say the same number twice is said once."""
    if spread.longest == 0:
        return "均在当日办结。" if spread.count > 1 else "当日办结。"
    if spread.median == spread.longest:
        return f"办理用时{'' if spread.count == 1 else '中位数和最长均'}为{spread.longest}个工作日。"
    told = f"办理用时中位数为{spread.median}个工作日，" if spread.median else "半数以上在当日办结，"
    if spread.ninetieth != spread.longest:
        told += f"90%的在{spread.ninetieth}个工作日以内办结，"
    return f"{told}最长{spread.longest}个工作日。"


# —— 回访 ——


def _visits(figures: CaseFigures, frame: CaseFrame) -> Body:
    counts, rates, this = figures.counts, figures.rates, frame.words.this
    if not frame.spec.asks_revisit and not counts["visited"] + counts["unreached"]:
        return []
    rate, content = rates["visit_rate"], rates["satisfaction_rate"]
    told = []
    if counts["visited"]:
        said = (("满意", "satisfied"), ("基本满意", "basically_satisfied"), ("不满意", "dissatisfied"))
        each = [(word, counts[name]) for word, name in said if counts[name]]
        if len(each) == 1 and each[0][1] == counts["visited"]:
            shares = f"，{'均为' if counts['visited'] > 1 else '结果为'}{each[0][0]}"
        else:
            shares = f"，其中{'、'.join(f'{word}{count}件' for word, count in each)}" if each else ""
        told.append(
            f"{this}已回访{counts['visited']}件{shares}，满意率{content.percent}{_points(figures, frame, content)}"
        )
    if counts["unreached"]:
        told.append(f"{this}无法回访、无人接听{counts['unreached']}件")
    reached, resolved = counts["visited_of_resolved"], counts["resolved"]
    if reached:
        which = f"件中已回访{reached}件" if reached < resolved else f"件{all_of(resolved)}已回访"
        told.append(f"{this}办结的{resolved}{which}，回访率{rate.percent}{_points(figures, frame, rate)}")
    elif resolved:
        told.append(f"{this}办结的{resolved}件{all_of(resolved)}尚未回访到")
    return [Paragraph(f"{'。'.join(told) or f'{this}没有办结，也没有回访的事项'}。")]
