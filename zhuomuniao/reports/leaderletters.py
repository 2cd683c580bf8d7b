"""The letters of a report on leaders' activities: sentences of numbers, and blanks where a person must write.

No sentence judges: whether the numbers are good is for the person who fills the blanks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zhuomuniao.fieldwork import HandedIn
from zhuomuniao.reports.activityfigures import long_day, long_days, unit_of
from zhuomuniao.reports.coverlines import Coverage, Standing
from zhuomuniao.reports.issuefigures import late_days
from zhuomuniao.reports.leaderfigures import NEEDS_VOICED, LeaderFigures, ReportFrame
from zhuomuniao.reports.leaderlists import missing_lists
from zhuomuniao.reports.leadertables import Stat, early_note, shown, stand_of, visits_of
from zhuomuniao.reports.tables import Blank, Paragraph, ParagraphKind, ReportLetter

STATISTICS, LISTS = "活动开展情况统计表", "问题清单、需求清单和解决措施清单"
_NUMERALS = "一二三四五六七八九"
_TITLE_CHARACTERS = 20
_OPEN_DATE = "　　　　年　　月　　日"


def info_letter(
    figures: LeaderFigures,
    frame: ReportFrame,
    stats: Sequence[Stat],
    *,
    named: str,
    coverage: Coverage | None = None,
) -> ReportLetter:
    """信息报告 or 情况报告: one part for each statistic of the notice, under its title, with its contents by unit."""
    say = {
        Stat.PARTICIPANTS: _participants,
        Stat.SERVED: _served,
        Stat.ITEMS: _items,
        Stat.ENFORCEMENTS: _enforcements,
        Stat.ISSUES: _issues,
    }
    parts = [(stat.value, say[stat](figures, frame)) for stat in stats]
    if coverage is not None and coverage.units:
        parts.append(("尚未参加的单位", _absent(coverage)))
    return _letter(frame, named, _parts(parts, frame), (STATISTICS,))


def summary_letter(
    figures: LeaderFigures, frame: ReportFrame, *, named: str, coverage: Coverage, handins: Sequence[HandedIn]
) -> ReportLetter:
    """总结报告: 活动开展情况、取得成效、存在问题、下一步工作计划; the numbers filled in, the prose left as blanks."""
    problems, needs, counts = figures.problem_counts, figures.need_counts, figures.counts
    done = [
        *_participants(figures, frame),
        *_served(figures, frame),
        f"体验事项{counts['items']}项，参与执法{counts['enforcements']}次。",
        *(_absent(coverage) if coverage.units else []),
        Blank("活动的组织、计划公示和宣传情况；没有的请删去"),
    ]
    gained = [
        f"本期发现问题{problems['found']}个，其中立行立改{problems['at_once']}个、列入整改计划{problems['by_plan']}个、"
        f"急难愁盼{problems['urgent']}个；反映需求{counts[NEEDS_VOICED]}条。",
        f"本期解决问题{problems['solved']}个，其中本期发现的{problems['solved_of_found']}个；"
        f"回应单独反映的需求{needs['solved']}条；开展“回头看”{problems['looked_back'] + needs['looked_back']}次；"
        f"建立长效机制{problems['mechanisms'] + needs['mechanisms']}项。",
        Blank("取得成效：典型做法、企业群众感受到的变化"),
    ]
    missing = missing_lists(coverage, handins, frame)
    late = _named_late(figures, frame)
    lacking = [
        f"截至{long_day(frame.covered.cut)}，尚未销号的问题{problems['carried_out']}个、需求{needs['carried_out']}条，"
        f"其中超过完成时限的问题{problems['overdue']}个、需求{needs['overdue']}条；本期反弹{problems['rebound']}个。",
        *([f"超过完成时限的：{late}。"] if late else []),
        *([_handed_in(coverage, missing)] if coverage.expected else []),
        *_uncovered(coverage),
        Blank("存在问题：活动组织和整改中的不足及原因"),
    ]
    ahead = [
        f"结转下期继续整改的问题{problems['carried_out']}个、需求{needs['carried_out']}条。",
        Blank("下一步工作计划：重点、责任人和时间"),
    ]
    parts = [
        ("活动开展情况", done),
        ("取得成效", gained),
        ("存在问题", lacking),
        ("下一步工作计划", ahead),
    ]
    return _letter(frame, named, _parts(parts, frame), (LISTS, STATISTICS))


def _letter(
    frame: ReportFrame, named: str, paragraphs: tuple[Paragraph, ...], attachments: tuple[str, ...]
) -> ReportLetter:
    cut = frame.covered.cut
    running = f"（截至{cut.month}月{cut.day}日）" if frame.covered.is_running else ""
    return ReportLetter(
        title=_in_lines(f"{named}{frame.title}{running}"),
        to=frame.to,
        paragraphs=paragraphs,
        attachments=attachments,
        signed_by=frame.office,
        date=long_day(frame.written_on) if frame.written_on else _OPEN_DATE,
    )


def _in_lines(title: str) -> str:
    """A title too long for its line breaks after the name of the activity, not inside a word."""
    name, quote, rest = title.rpartition("”")
    return f"{name}{quote}\n{rest}" if quote and rest and len(title) > _TITLE_CHARACTERS else title


def _parts(parts: Sequence[tuple[str, Sequence[str]]], frame: ReportFrame) -> tuple[Paragraph, ...]:
    days, cut = frame.covered.days, long_day(frame.covered.cut)
    rule = f"按照《{frame.notice}》{frame.clause}要求，" if frame.notice else ""
    through = f"（截至{cut}）" if frame.covered.is_running else ""
    paragraphs = [Paragraph(f"{rule}现将{days}{through}活动开展情况报告如下。")]
    for numeral, (title, texts) in zip(_NUMERALS, parts, strict=False):
        paragraphs.append(Paragraph(f"{numeral}、{title}", ParagraphKind.HEADING))
        paragraphs += [Paragraph(text) for text in texts]
    paragraphs += [Paragraph(note) for note in early_note(frame)]
    return tuple(paragraphs)


def _participants(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    counts = figures.counts
    modes = "、".join(
        f"{word}{counts[name]}次"
        for name, word in (("periodic", "定期体验"), ("immediate", "即时体验"), ("tracking", "跟踪体验"))
        if counts[name]
    )
    told = f"共有{counts['units']}个单位开展活动{counts['activities']}次，参与{counts['participants']}人次"
    if counts["delegated"]:
        told += f"，其中受委托的分管负责同志参加{counts['delegated']}次"
    told += f"；{modes}。" if modes else "。"
    each = _each(
        (unit, f"{c['activities']}次{c['participants']}人次") for unit, c in figures.by_unit if c["activities"]
    )
    return [told, *each]


def _served(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    counts = figures.counts
    unknown = f"（另有{counts['served_unknown']}次活动没有填写）" if counts["served_unknown"] else ""
    return [f"共接待企业群众{counts['served']}人{unknown}。"]


def _items(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    told = [f"共体验事项{figures.counts['items']}项。"]
    by_unit: dict[str, list[str]] = {}
    for one in figures.items:
        visits = shown(visits_of(one, frame.covered), frame)
        by_unit.setdefault(one.unit, []).append(f"{shown(one.item, frame)}（{one.times}次：{visits}）")
    return told + [f"{unit}{len(items)}项：{'；'.join(items)}。" for unit, items in by_unit.items()]


def _enforcements(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    told = [f"共参与执法{figures.counts['enforcements']}次。"]
    by_unit: dict[str, list[str]] = {}
    for one in figures.enforcements:
        by_unit.setdefault(one.unit, []).append(f"{frame.covered.short(one.held_on)}，{shown(one.text, frame)}")
    return told + [f"{unit}{len(texts)}次：{'；'.join(texts)}。" for unit, texts in by_unit.items()]


def _issues(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    problems, needs, voiced = figures.problem_counts, figures.need_counts, figures.counts[NEEDS_VOICED]
    told = [
        f"上期结转问题{problems['carried_in']}个，本期发现{problems['found']}个、反弹{problems['rebound']}个；"
        f"本期解决{problems['solved']}个，其中本期发现的{problems['solved_of_found']}个；"
        f"结转下期{problems['carried_out']}个，其中超过完成时限的{problems['overdue']}个。",
        f"本期反映需求{voiced}条；单独反映的需求本期回应{needs['solved']}条，结转下期{needs['carried_out']}条。",
    ]
    for number, (issue, last, came) in enumerate(figures.listed, start=1):
        said = "；".join(
            f"{word}：{shown(text, frame).rstrip('。')}"
            for word, text in (("问题", issue.problem), ("需求", issue.need), ("措施", issue.remedy))
            if text.strip()
        )
        stand = stand_of(issue, last, frame.covered).replace("\n", "，")
        told.append(f"{number}．{unit_of(issue.unit)}（{came}）{said}。截至日：{stand}。")
    return told


def _absent(coverage: Coverage) -> list[str]:
    absent = [line.unit for line in coverage.units if line.standing is Standing.ABSENT]
    partly = [
        f"{line.unit}（{line.standing.value}）"
        for line in coverage.units
        if line.standing in (Standing.SHORT, Standing.DELEGATES_ONLY, Standing.NOT_PERIODIC)
    ]
    days = long_days(coverage.first, coverage.last)
    told = f"{days}，名单内{len(coverage.units)}个单位中尚未参加的{len(absent)}个"
    texts = [f"{told}：{'、'.join(absent)}。" if absent else f"{told}。"]
    return [*texts, f"另有{len(partly)}个单位：{'、'.join(partly)}。"] if partly else texts


def _handed_in(coverage: Coverage, missing: Sequence[str]) -> str:
    told = f"应报三张清单的单位{len(set(coverage.expected))}个，尚未报送{len(missing)}个"
    return f"{told}：{'、'.join(missing)}。" if missing else f"{told}。"


def _uncovered(coverage: Coverage) -> list[str]:
    if not coverage.items:
        return []
    total, done = sum(line.total for line in coverage.items), sum(line.covered for line in coverage.items)
    return [f"有事项清单的{len(coverage.items)}个单位，全年应覆盖事项{total}项，已体验{done}项。"]


def _named_late(figures: LeaderFigures, frame: ReportFrame) -> str:
    """The overdue ones by unit, with how many days."""
    late = [
        f"{unit_of(issue.unit)}“{shown(issue.problem or issue.need, frame).strip().rstrip('。')}”逾期{days}天"
        for issue, last, _ in figures.listed
        if (days := late_days(last, frame.covered))
    ]
    return "；".join(late)


def _each(pairs: Iterable[tuple[str, str]]) -> list[str]:
    told = [f"{unit}{said}" for unit, said in pairs]
    return [f"其中：{'、'.join(told)}。"] if told else []
