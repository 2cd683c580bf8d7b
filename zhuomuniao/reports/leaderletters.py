"""The letters of a report on leaders' activities: sentences of numbers, and blanks where a person must write.

No sentence judges: whether the numbers are good is for the person who fills the blanks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from zhuomuniao.reports.activityfigures import unit_of
from zhuomuniao.reports.covered import long_day, long_days
from zhuomuniao.reports.coverlines import Coverage, Standing
from zhuomuniao.reports.headings import sections
from zhuomuniao.reports.issuefigures import late_days
from zhuomuniao.reports.leaderfigures import NEEDS_VOICED, LeaderFigures, ReportFrame
from zhuomuniao.reports.leaderlists import HANDED_IN, TAKING_PART, missing_lists
from zhuomuniao.reports.leadertables import Stat, early_note, stand_of, visits_of
from zhuomuniao.reports.letterwords import TITLE_CHARACTERS, all_of, title_in_lines
from zhuomuniao.reports.tables import Blank, BodyPart, Paragraph, ReportLetter, cited, clause_words

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import HandedIn

STATISTICS, LISTS = "活动开展情况统计表", "问题清单、需求清单和解决措施清单"
_MOST_NAMES = 24
"""Units that a sentence names; of more it says where they stand."""
OPEN_DATE = "　　　　年　　月　　日"
"""成文日期 left open for the pen."""


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
    if coverage is not None and _tells_of_others(coverage):
        parts.append(("单位参加情况", _absent(figures, coverage)))
    return _letter(frame, named, _parts(parts, frame), (STATISTICS,))


def summary_letter(
    figures: LeaderFigures, frame: ReportFrame, *, named: str, coverage: Coverage, handins: Sequence[HandedIn]
) -> ReportLetter:
    """总结报告: 活动开展情况、取得成效、存在问题、下一步工作计划; the numbers filled in, the prose left as blanks."""
    problems, needs, counts = figures.problem_counts, figures.need_counts, figures.counts
    done = [
        *_participants(figures, frame),
        *(_served(figures, frame) if counts["activities"] else []),
        *_tried(figures),
        *(_absent(figures, coverage) if _tells_of_others(coverage) else []),
        Blank("活动的组织、计划公示和宣传情况；没有的请删去"),
    ]
    done_since = _some(
        ("回应单独反映的需求", needs["solved"], "条"),
        ("开展“回头看”", problems["looked_back"] + needs["looked_back"], "次"),
        ("建立长效机制", problems["mechanisms"] + needs["mechanisms"], "项"),
    )
    whole, voiced = _found(problems), counts[NEEDS_VOICED]
    # Where there was nothing to solve, a sentence that nothing was solved would read as a failing.
    solved = [*([_solved(problems)] if _had_any(problems) else []), *done_since]
    gained = [
        f"{whole}；反映需求{voiced}条。" if voiced else f"{whole}，没有反映需求。",
        *([f"{'；'.join(solved)}。"] if solved else []),
        Blank("典型做法、企业群众感受到的变化"),
    ]
    missing = missing_lists(coverage, handins, frame)
    late = _named_late(figures, frame)
    lacking = [
        f"截至{long_day(frame.covered.cut)}，{_still_open(problems, needs)}"
        + (f"；本期反弹{problems['rebound']}个。" if problems["rebound"] else "。"),
        *([f"超过完成时限的：{late}。"] if late else []),
        *([_handed_in(coverage, missing)] if coverage.expected else []),
        *_uncovered(coverage),
        Blank("活动组织和整改中的不足及原因"),
    ]
    ahead = [
        *_to_go_on(problems, needs),
        Blank("下一步的重点、责任人和时间"),
    ]
    parts = [
        ("活动开展情况", done),
        ("取得成效", gained),
        ("存在问题", lacking),
        ("下一步工作计划", ahead),
    ]
    return _letter(frame, named, _parts(parts, frame), (LISTS, STATISTICS))


def _letter(frame: ReportFrame, named: str, body: tuple[BodyPart, ...], attachments: tuple[str, ...]) -> ReportLetter:
    return ReportLetter(
        title=_in_lines(named, _called(frame), frame.covered.through),
        to=frame.to,
        body=body,
        attachments=attachments,
        signed_by=frame.office,
        date=long_day(frame.written_on) if frame.written_on else OPEN_DATE,
    )


def _called(frame: ReportFrame) -> str:
    """What the letter calls itself, where the notice's words for the duty are not those of a letter."""
    title = frame.title.removesuffix("的汇总")
    if title.endswith("报告和通报"):
        return f"{title.removesuffix('报告和通报')}通报"
    return f"{title}报告" if frame.to and title.endswith("情况") else title


def _in_lines(named: str, title: str, through: str) -> str:
    """A title too long for its line breaks after the name of the activity or the period, not inside a word."""
    name, quote, rest = title.rpartition("”")
    if quote and rest and len(f"{named}{name}{quote}") <= TITLE_CHARACTERS:
        return title_in_lines(f"{named}{name}{quote}", rest, through)
    return title_in_lines(named, title, through)


def _parts(parts: Sequence[tuple[str, Sequence[str]]], frame: ReportFrame) -> tuple[BodyPart, ...]:
    days, cut = frame.covered.days, long_day(frame.covered.cut)
    rule = f"按照《{frame.notice}》{clause_words(frame.clause)}要求，" if frame.notice else ""
    through = f"（截至{cut}）" if frame.covered.is_running else ""
    told = "通报" if frame.title.endswith("通报") else "报告"
    opening = Paragraph(f"{rule}现将{days}{through}活动开展情况{told}如下。")
    told_in = sections([(title, [Paragraph(text) for text in texts]) for title, texts in parts])
    return (opening, *told_in, *(Paragraph(text) for text in _handed_in_early(frame, told)))


def _participants(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    counts = figures.counts
    held = counts["activities"]
    if not held:
        return ["本期没有单位开展活动。"]
    each = [(unit, c) for unit, c in figures.by_unit if c["activities"]]
    who = f"共有{len(each)}个单位" if len(each) > 1 else each[0][0]
    told = f"{who}开展活动{held}次，参与{counts['participants']}人次"
    if counts["delegated"]:
        told += f"，其中受委托的分管负责同志参加{counts['delegated']}次"
    told += _modes(counts)
    if len(each) == 1:
        return [told]
    shares = (f"{unit}{c['activities']}次{c['participants']}人次" for unit, c in each)
    return [told, f"其中：{'、'.join(shares)}。"]


def _modes(counts: Mapping[str, int]) -> str:
    """How many activities were of which kind of 体验; one kind for all is said once."""
    kinds = (("periodic", "定期体验"), ("immediate", "即时体验"), ("tracking", "跟踪体验"))
    modes = [(word, counts[name]) for name, word in kinds if counts[name]]
    held = counts["activities"]
    if len(modes) == 1 and modes[0][1] == held:
        return f"，{'均' if held > 1 else ''}属{modes[0][0]}。"
    return f"；{'、'.join(f'{word}{count}次' for word, count in modes)}。" if modes else "。"


def _served(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    counts = figures.counts
    unknown = counts["served_unknown"]
    if counts["served"]:
        return [f"共接待企业群众{counts['served']}人{f'（另有{unknown}次活动未填报）' if unknown else ''}。"]
    return [f"{unknown}次活动未填报接待企业群众数量。" if unknown else "本期没有接待企业群众。"]


def _tried(figures: LeaderFigures) -> list[str]:
    """体验事项 and 参与执法 in a sentence; a kind of activity that has none of the one does not tell of it."""
    told = _some(("体验事项", figures.counts["items"], "项"), ("参与执法", figures.counts["enforcements"], "次"))
    return [f"{'，'.join(told)}。"] if told else []


def _items(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    told = [f"共体验事项{figures.counts['items']}项。" if figures.items else "本期没有体验事项。"]
    by_unit: dict[str, list[str]] = {}
    for one in figures.items:
        visits = visits_of(one, frame.covered)
        by_unit.setdefault(one.unit, []).append(f"{one.item}（{one.times}次：{visits}）")
    return told + [f"{unit}{len(items)}项：{'；'.join(items)}。" for unit, items in by_unit.items()]


def _enforcements(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    told = [f"共参与执法{figures.counts['enforcements']}次。" if figures.enforcements else "本期没有参与执法。"]
    by_unit: dict[str, dict[date, list[str]]] = {}
    for one in figures.enforcements:
        by_unit.setdefault(one.unit, {}).setdefault(one.held_on, []).append(one.text.rstrip("。"))
    for unit, days in by_unit.items():
        said = "；".join(f"{frame.covered.short(day)}，{'、'.join(texts)}" for day, texts in days.items())
        told.append(f"{unit}{sum(map(len, days.values()))}次：{said}。")
    return told


def _issues(figures: LeaderFigures, frame: ReportFrame) -> list[str]:
    problems, needs, voiced = figures.problem_counts, figures.need_counts, figures.counts[NEEDS_VOICED]
    told = [_course(problems) if _had_any(problems) else "上期没有结转问题，本期没有发现问题。"]
    apart = _some(("回应", needs["solved"], "条"), ("结转下期", needs["carried_out"], "条"))
    voice = f"本期反映需求{voiced}条" if voiced else "本期没有反映需求"
    told.append(f"{voice}；单独反映的需求{'、'.join(apart)}。" if apart else f"{voice}。")
    for number, (issue, last, came) in enumerate(figures.listed, start=1):
        said = "；".join(
            f"{word}：{text.rstrip('。')}"
            for word, text in (("问题", issue.problem), ("需求", issue.need), ("措施", issue.remedy))
            if text.strip()
        )
        stand = _stands(stand_of(issue, last, frame.covered), frame)
        told.append(f"{number}．{unit_of(issue.unit)}（{came}）{said}。{stand}。")
    return told


def _stands(stand: str, frame: ReportFrame) -> str:
    """How an issue stands at the cut, from the words the sheets have for it."""
    what, _, more = stand.partition("\n")
    if what.startswith("挂账"):
        late = f"，已{more}" if more else ""
        return f"截至{frame.covered.short(frame.covered.cut)}尚未销号{what.removeprefix('挂账')}{late}"
    return f"已于{more}销号{what.removeprefix('已销号')}" if more else what


def _had_any(problems: Mapping[str, int]) -> bool:
    """Whether there were problems at all in the period, from before it or found in it."""
    return any(problems[name] for name in ("carried_in", "found", "rebound"))


def _found(problems: Mapping[str, int]) -> str:
    """What was found, and how much of it was put right at once or planned."""
    found, urgent = problems["found"], _some(("急难愁盼", problems["urgent"], "个"))
    if not found:
        return "本期没有发现问题"
    for name, word in (("at_once", "立行立改"), ("by_plan", "列入整改计划")):
        if problems[name] == found:
            pressing = ("，属急难愁盼" if found == 1 else f"，其中{urgent[0]}") if urgent else ""
            return f"本期发现问题{found}个，{all_of(found)}{word}{pressing}"
    told = _some(("立行立改", problems["at_once"], "个"), ("列入整改计划", problems["by_plan"], "个"))
    return f"本期发现问题{found}个" + (f"，其中{'、'.join([*told, *urgent])}" if told or urgent else "")


def _some(*told: tuple[str, int, str]) -> list[str]:
    """发现4个, 反弹1个: each count that is not nought, between its word and its measure."""
    return [f"{word}{count}{measure}" for word, count, measure in told if count]


def _course(problems: Mapping[str, int]) -> str:
    """Carried in, found, solved, carried on: how the period went for the problems."""
    carried = f"上期结转问题{problems['carried_in']}个" if problems["carried_in"] else "上期没有结转问题"
    came = "、".join(_some(("发现", problems["found"], "个"), ("反弹", problems["rebound"], "个")))
    open_now, late = problems["carried_out"], problems["overdue"]
    left = f"结转下期{open_now}个" if open_now else "没有结转下期的问题"
    if late == open_now:
        left += f"，{'均' if late > 1 else ''}已超过完成时限" if late else ""
    else:
        left += f"，其中超过完成时限的{late}个" if late else ""
    return f"{carried}，{f'本期{came}' if came else '本期没有发现问题'}；{_solved(problems)}；{left}。"


def _solved(problems: Mapping[str, int]) -> str:
    solved, of_found = problems["solved"], problems["solved_of_found"]
    if not solved:
        return "本期尚无已解决的问题"
    if solved == of_found:
        return f"本期解决问题{solved}个，{'均' if solved > 1 else ''}为本期发现"
    return f"本期解决问题{solved}个" + (f"，其中本期发现的{of_found}个" if of_found else "")


def _still_open(problems: Mapping[str, int], needs: Mapping[str, int]) -> str:
    left = _some(("问题", problems["carried_out"], "个"), ("需求", needs["carried_out"], "条"))
    late = _some(("问题", problems["overdue"], "个"), ("需求", needs["overdue"], "条"))
    if not left:
        return "问题、需求均已销号" if _had_any(problems) or _had_any(needs) else "没有尚未销号的问题和需求"
    count = problems["carried_out"] + needs["carried_out"]
    if not late:
        return f"尚未销号的{'、'.join(left)}，{all_of(count)}未超过完成时限"
    if late == left:
        return f"尚未销号的{'、'.join(left)}，{all_of(count)}已超过完成时限"
    return f"尚未销号的{'、'.join(left)}，其中超过完成时限的{'、'.join(late)}"


def _to_go_on(problems: Mapping[str, int], needs: Mapping[str, int]) -> list[str]:
    left = _some(("问题", problems["carried_out"], "个"), ("需求", needs["carried_out"], "条"))
    return [f"结转下期继续整改的{'、'.join(left)}。"] if left else []


def _absent(figures: LeaderFigures, coverage: Coverage) -> list[str]:
    absent = [line.unit for line in coverage.units if line.standing is Standing.ABSENT]
    partly = (Standing.SHORT, Standing.DELEGATES_ONLY, Standing.NOT_PERIODIC)
    lacking = [
        f"{'、'.join(units)}{standing.value}"
        for standing in partly
        if (units := [line.unit for line in coverage.units if line.standing is standing])
    ]
    whole = f"{long_days(coverage.first, coverage.last)}，名单内{len(coverage.units)}个单位"
    told = f"{whole}中，尚有{len(absent)}个未参加{_names(absent, TAKING_PART)}。" if absent else f"{whole}都有活动。"
    if len(absent) == len(coverage.units):
        told = f"{whole}均尚未参加。"
    listed = {line.unit for line in coverage.units}
    others = [unit for unit, counts in figures.by_unit if counts["activities"] and unit not in listed]
    return [
        told,
        *([f"已有活动的单位中，{'；'.join(lacking)}。"] if lacking else []),
        *([f"开展活动而不在名单内的单位{len(others)}个{_names(others, TAKING_PART)}。"] if others else []),
    ]


def _tells_of_others(coverage: Coverage) -> bool:
    """Whether who has not taken part is worth a word: a unit that reports on itself alone, and has, leaves it out."""
    return len(coverage.units) > 1 or any(line.standing is not Standing.DONE for line in coverage.units)


def _handed_in(coverage: Coverage, missing: Sequence[str]) -> str:
    expected = len(set(coverage.expected))
    told = f"应报三张清单的单位{expected}个"
    if len(missing) == expected:
        return f"{told}，均尚未报送。"
    return f"{told}，尚未报送{len(missing)}个{_names(missing, HANDED_IN)}。" if missing else f"{told}，均已报送。"


def _names(units: Sequence[str], sheet: str) -> str:
    """The units, or where they are named: a page of names is for a table."""
    return f"：{'、'.join(units)}" if len(units) <= _MOST_NAMES else f"，名单见附件统计表中的“{sheet}”"


def _uncovered(coverage: Coverage) -> list[str]:
    if not coverage.items:
        return []
    total, done = sum(line.total for line in coverage.items), sum(line.covered for line in coverage.items)
    so_far = f"已体验{done}项" if done else "尚未体验"
    return [f"有事项清单的{len(coverage.items)}个单位，全年应覆盖事项{total}项，{so_far}。"]


def _named_late(figures: LeaderFigures, frame: ReportFrame) -> str:
    """The overdue ones by unit, with how many days."""
    late = [
        f"{unit_of(issue.unit)}{cited((issue.problem or issue.need).strip().rstrip('。'))}逾期{days}天"
        for issue, last, _ in figures.listed
        if (days := late_days(last, frame.covered))
    ]
    return "；".join(late)


def _handed_in_early(frame: ReportFrame, told: str) -> list[str]:
    """What a reader must know of the days between an early hand-in and its cut-off."""
    if not early_note(frame) or frame.submit_by is None:
        return []
    first, last = frame.covered.cut + timedelta(days=1), frame.covered.last
    left = long_day(first) if first == last else long_days(first, last)
    why = f"因{long_day(last)}为休息日，本{told}提前至{long_day(frame.submit_by)}报出"
    return [f"{why}，{left}的情况未统计在内，将另行补报。"]
