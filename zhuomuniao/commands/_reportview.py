"""A report that was made, as the clerk and as scripts are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhuomuniao.commands._duties import provisional_mark
from zhuomuniao.commands._editionview import edition_json, say_edition
from zhuomuniao.commands._view import figures_json, finding_json, say, warn, warn_findings
from zhuomuniao.errors import quoted
from zhuomuniao.usecases.duties import DutyLine, line_of, settling, told_to
from zhuomuniao.usecases.editions import HandIn, Standing
from zhuomuniao.usecases.handingin import HandIns
from zhuomuniao.usecases.leaderreports import LeaderHandIn
from zhuomuniao.usecases.listreports import ListHandIn, UnitListsHandIn
from zhuomuniao.usecases.reportduties import CasesAsked, due_of
from zhuomuniao.workspace import REPORTS_FOLDER, file_name

if TYPE_CHECKING:
    from zhuomuniao.model import DutyDue
    from zhuomuniao.usecases.office import Office

MadeReport = tuple[CasesAsked, HandIn] | LeaderHandIn | ListHandIn | UnitListsHandIn


def list_json(
    reports: list[dict[str, Any]], files: list[str], elsewhere: list[dict[str, str]], advice: list[str]
) -> dict[str, Any]:
    """What ``--json`` answers: the first report's figures outermost, with the files of all.

    ``advice`` is what should be known of the day they were made for.
    """
    warnings = [*advice, *reports[0].get("warnings", ())]
    return {**reports[0], "files": files, "reports": reports, "elsewhere": elsewhere, "warnings": warnings}


def made_json(office: Office, made: MadeReport) -> dict[str, Any]:
    """One report as scripts see it."""
    if isinstance(made, tuple):
        return _cases_json(office, *made)
    if isinstance(made, LeaderHandIn):
        return _leader_json(office, made)
    return _list_json(office, made) if isinstance(made, ListHandIn) else _unit_lists_json(office, made)


def say_made(office: Office, made: MadeReport, *, is_full: bool) -> None:
    """One report for the clerk: what was made, where, its figures, what is left to do. One with names stays here."""
    if isinstance(made, tuple):
        _say_cases(office, *made, is_full=is_full)
    elif isinstance(made, LeaderHandIn):
        _say_leader_report(office, made, is_full=is_full)
    elif isinstance(made, ListHandIn):
        _say_list(office, made, is_full=is_full)
    else:
        _say_unit_lists(office, made, is_full=is_full)


# —— For scripts ——


def _files(office: Office, hand_in: HandIn) -> list[str]:
    return [office.workspace.relative(path) for path in hand_in.files]


def _report_json(office: Office, hand_in: HandIn) -> dict[str, Any]:
    return {
        **figures_json(hand_in),
        "files": _files(office, hand_in),
        **edition_json(office, hand_in),
        "findings": [finding_json(f) for f in hand_in.findings],
    }


def _cases_json(office: Office, asked: CasesAsked, hand_in: HandIn) -> dict[str, Any]:
    due = due_of(office, asked.duty, asked.period) if asked.duty else None
    return {
        **_report_json(office, hand_in),
        "report": "cases",
        "duty": asked.duty.id if asked.duty else None,
        "title": hand_in.report.title,
        "to": asked.duty.to if asked.duty else "",
        **_due_json(due),
        "blanks": list(hand_in.letter.blanks) if hand_in.letter else [],
    }


def _leader_json(office: Office, made: LeaderHandIn) -> dict[str, Any]:
    asked, hand_in, days = made.asked, made.hand_in, made.covered
    return {
        **_report_json(office, hand_in),
        "report": asked.duty.report,
        "duty": asked.duty.id if asked.is_own else None,
        "title": hand_in.report.title,
        "to": asked.to,
        "activity_kind": asked.activity_kind,
        "covers_from": days.first,
        "covers_through": days.last,
        "as_of": days.cut,
        **_due_json(made.due),
        "blanks": list(hand_in.letter.blanks) if hand_in.letter else [],
    }


def _list_json(office: Office, made: ListHandIn) -> dict[str, Any]:
    asked = made.asked
    return {
        **_report_json(office, made.hand_in),
        "report": asked.duty.report,
        "duty": asked.duty.id,
        "title": made.hand_in.report.title,
        "to": asked.to,
        "activity_kind": asked.activity_kind,
        "covers_from": made.covers[0] if made.covers else None,
        "covers_through": made.covers[1] if made.covers else None,
        "as_of": made.cut,
        **_due_json(made.due),
        "cells_to_fill": made.blanks,
        "warnings": list(made.warnings),
    }


def _unit_lists_json(office: Office, made: UnitListsHandIn) -> dict[str, Any]:
    asked, lists = made.asked, made.hand_ins.lists
    rows = sum(len(one.issues) for one in lists)
    return {
        "period": asked.period.label,
        "correction": 0,
        "is_new": any(one.is_new for one in lists),
        "against": "",
        "changes": [],
        "remarks": [],
        "old_drafts": [],
        "counts": {"lists": len(lists), "issues": rows},
        "rates": {},
        "checks": [],
        "rows": rows,
        "files": [office.workspace.relative(path) for one in lists for path in one.files],
        "findings": [finding_json(f) for f in made.hand_ins.findings],
        "report": asked.duty.report,
        "duty": asked.duty.id,
        "title": asked.duty.title,
        "to": asked.to,
        "activity_kind": asked.activity_kind,
        "covers_from": made.hand_ins.span.first,
        "covers_through": made.hand_ins.span.last,
        "as_of": min(office.moment.as_of, made.hand_ins.span.last),
        **_due_json(made.due),
        "cells_to_fill": 0,
        "warnings": list(made.hand_ins.warnings),
    }


def _due_json(due: DutyDue | None) -> dict[str, Any]:
    return {
        "due_on": due.due_on if due else None,
        "submit_by": due.submit_by if due else None,
        "provisional": due is not None and due.is_provisional,
    }


# —— For the clerk ——


def _say_cases(office: Office, asked: CasesAsked, hand_in: HandIn, *, is_full: bool) -> None:
    counts, rates = hand_in.report.counts, hand_in.report.rates
    say(f"✓ {hand_in.report.title}", *(f"  {name}" for name in _files(office, hand_in)))
    say(
        f"  上期结转 {counts['carried_in']}，本期受理 {counts['accepted']}，"
        f"本期办结 {counts['resolved']}，结转下期 {counts['carried_out']}，逾期未结 {counts['overdue_open']}",
        "  " + "，".join(f"{r.label} {r.percent}（{r.numerator}/{r.denominator}）" for r in rates.values()),
    )
    if hand_in.letter and hand_in.letter.blanks:
        _say_blanks(len(hand_in.letter.blanks))
    say_edition(office, hand_in)
    if asked.duty is not None:
        due = due_of(office, asked.duty, asked.period)
        say(f"  {told_to(asked.duty.to)}，{_due_words(due)}（{asked.duty.citation.clause}）")
    _say_next(office, line_of(office, asked.duty, asked.period) if asked.duty else None, hand_in, is_full=is_full)
    _warn_report(hand_in)


def _say_leader_report(office: Office, made: LeaderHandIn, *, is_full: bool) -> None:
    asked, hand_in, days = made.asked, made.hand_in, made.covered
    counts, clause = hand_in.report.counts, asked.duty.citation.clause
    say(f"✓ {hand_in.report.title}", *(f"  {name}" for name in _files(office, hand_in)))
    through = f"，截至 {days.cut}" if days.is_running else ""
    chosen = "（没有写期间，取截止日离今天最近的一期）" if asked.is_period_chosen else ""
    say(f"  统计 {days.first} 至 {days.last}{through}{chosen}")
    if asked.is_own:
        say(f"  {told_to(asked.to)}，{_due_words(made.due)}（{clause}）")
    else:
        say(f"  通知没有要求本岗位报这一份；按{quoted(asked.duty.title)}（{clause}）的内容和截止日统计，供自己使用")
    say("  " + "，".join(f"{word} {counts[name]} {unit}" for name, word, unit in _TOLD if name in made.told))
    say(
        f"  问题：上期结转 {counts['issues_carried_in']}，本期发现 {counts['issues_found']}，"
        f"本期解决 {counts['issues_solved']}，结转下期 {counts['issues_carried_out']}，"
        f"其中逾期未销号 {counts['issues_overdue']}"
    )
    if hand_in.letter and hand_in.letter.blanks:
        _say_blanks(len(hand_in.letter.blanks))
    say_edition(office, hand_in)
    _say_next(office, line_of(office, asked.duty, asked.period) if asked.is_own else None, hand_in, is_full=is_full)
    if days.is_running and made.due is not None:
        warn([f"这一期算到 {days.last}，过后请再生成一次，有增减的补报；下一期从次日算起，中间的不会漏"])
    _warn_report(hand_in)


def _say_list(office: Office, made: ListHandIn, *, is_full: bool) -> None:
    asked, hand_in = made.asked, made.hand_in
    say(f"✓ {hand_in.report.title}", *(f"  {name}" for name in _files(office, hand_in)))
    definitions = next(t for t in hand_in.report.tables if t.sheet == "指标口径")
    labels = [str(row[0]) for row in definitions.rows[-len(hand_in.report.counts) :]]
    told = "，".join(f"{label} {n}" for label, n in zip(labels, hand_in.report.counts.values(), strict=True))
    is_running = made.covers is not None and made.cut < made.covers[1]
    chosen = "（没有写期间，取最近要报的一期）" if asked.is_period_chosen and made.covers else ""
    of = f"{asked.period.label}　" if made.covers else ""
    say(f"  {of}{'截至 ' if is_running or not made.covers else '到 '}{made.cut}{chosen}：{told}")
    say(f"  {told_to(asked.to)}，{_due_words(made.due)}（{asked.duty.citation.clause}）")
    if made.blanks:
        _say_blanks(made.blanks)
    say_edition(office, hand_in)
    _say_next(office, line_of(office, asked.duty, asked.period), hand_in, is_full=is_full)
    warn(made.warnings)
    _warn_report(hand_in)


def _say_unit_lists(office: Office, made: UnitListsHandIn, *, is_full: bool) -> None:
    asked, span = made.asked, made.hand_ins.span
    say(f"✓ {asked.duty.title}　{span.label}　{span.first} 至 {span.last} 发现的（{asked.duty.citation.clause}）")
    for one in made.hand_ins.lists:
        whose = "各单位汇总" if made.is_merged else one.unit
        say(f"  {whose}　{one.kind}　{len(one.issues)} 条{'' if one.is_new else '（与已有的相同）'}")
        for path in one.files:
            say(f"    {office.workspace.relative(path)}")
    say(f"  {told_to(asked.to)}，{_due_words(made.due)}")
    if made.hand_ins.lists:
        say("  联系人、签字、盖章处留空，打印后填；要印上联系人、只要一个单位的，用 zmn issue hand-in")
        _say_next(office, line_of(office, asked.duty, asked.period), made.hand_ins, is_full=is_full)
    else:
        say("  这一期没有问题和需求，没有要出的清单；要一张空白的，用 zmn issue hand-in --unit 单位")
    warn(made.hand_ins.warnings)
    warn_findings(made.hand_ins.findings)


def _due_words(due: DutyDue | None) -> str:
    if due is None:
        return "通知没有写明哪天"
    return f"{due.due_on} 前，最迟 {due.submit_by}{provisional_mark(due)} 报出"


def _say_blanks(count: int) -> None:
    say(f"  还有 {count} 处黄色标记“［请填写：…］”，由人填写后再报出")


def _say_next(office: Office, line: DutyLine | None, made: HandIn | HandIns, *, is_full: bool) -> None:
    """What is left to do; a copy that is out already needs no more, and one of a running period is not whole yet.

    ``line`` is ``None`` where nobody asks for it. One with names is not handed in, but for a roster of names.
    """
    names_people = line is not None and line.duty.report is not None and line.duty.report.names_people
    if is_full and not names_people:
        say("  含姓名电话，只在窗口内部使用，不要报出去；要报的一份不加 --full 再生成")
        return
    if line is None:
        return
    if is_full:
        say("  含姓名电话，只报给上面写明的单位")
    if isinstance(made, HandIn) and made.handed_on:
        which = "数字相同的一份" if made.standing is Standing.MADE_AGAIN else "这一份"
        say(f"  {which}已在 {made.handed_on} 记为报出")
        return
    files = made.files if isinstance(made, HandIn) else tuple(path for one in made.lists for path in one.files)
    is_out = line.is_done or (isinstance(made, HandIn) and made.is_again)
    command = settling(line.duty, line.period) + (" --again" if is_out else "") + _named_files(office, line, files)
    if isinstance(made, HandIns) and line.done_on:
        say(f"  这一期已在 {line.done_on} 记为报出；又报了更正件的，记一笔：{command}")
    elif (through := line.runs_beyond(office.moment.as_of)) is not None:
        say(
            f"  这一期到 {through} 才完，现在的只到 {office.moment.as_of}；到时再生成一份，打印、签字、盖章报出",
            f"  现在就报出了的，记一笔：{command}",
        )
    else:
        say(f"  打印、签字、盖章报出后，记一笔：{command}")


def _named_files(office: Office, line: DutyLine, files: Sequence[Path]) -> str:
    """The options that name files which ``duties done`` would not find by itself: those put elsewhere."""
    folder = office.workspace.root / REPORTS_FOLDER / file_name(line.period.label)
    elsewhere = [path for path in files if not path.resolve().is_relative_to(folder)]
    return "".join(f' --file "{path}"' for path in elsewhere)


def _warn_report(hand_in: HandIn) -> None:
    for check in hand_in.report.checks:
        if not check.holds and not check.is_told:
            warn([f"核对不平：{check.identity}（{check.left} 与 {check.right}）；请用 zmn list 核对台账"])
    warn_findings(hand_in.findings)


_TOLD = (
    ("activities", "活动", "次"),
    ("participants", "参与", "人次"),
    ("served", "接待", "人"),
    ("items", "体验事项", "项"),
    ("enforcements", "参与执法", "次"),
)
