"""The tables of a report on leaders' activities: statistics, lists with their contents, checks, definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from zhuomuniao.layouts import ColumnType
from zhuomuniao.model import Status
from zhuomuniao.reports.activityfigures import ACTIVITY_LABELS, ItemTried, unit_of
from zhuomuniao.reports.covered import Covered, beijing_day, long_day
from zhuomuniao.reports.definitions import chain_fact, draw_definitions, privacy_fact
from zhuomuniao.reports.issuefigures import ISSUE_LABELS, IssueRound, late_days
from zhuomuniao.reports.leaderfigures import NEEDS_VOICED, LeaderFigures, ReportFrame
from zhuomuniao.reports.tables import Check, Content, Place, Table, TableColumn

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Activity, Issue

SUMMARY, UNITS, ITEMS, ENFORCEMENTS, ISSUES, ACTIVITIES = (
    "汇总", "按单位", "体验事项", "参与执法", "发现和解决问题", "活动清单",
)  # fmt: skip
NEEDS_VOICED_LABEL = (
    "反映需求",
    "发现日在统计期间内、填了企业群众或一线工作人员需求的条数；同一条另有问题的，也计入发现问题",
)


class Stat(StrEnum):
    """What the notices ask to be counted, in their words."""

    PARTICIPANTS = "参与人次"
    SERVED = "接待企业群众数量"
    ITEMS = "体验事项数量及内容"
    ENFORCEMENTS = "参与执法次数及内容"
    ISSUES = "发现和解决问题情况"


MONTHLY_STATS = tuple(Stat)
"""碑林四（二）."""
WINDOW_STATS = (Stat.PARTICIPANTS, Stat.ENFORCEMENTS, Stat.ISSUES)
"""靖边三（一）."""

_MODES = ("periodic", "immediate", "tracking")
_BY_DAY = "活动算在举行之日，问题算在发现之日，销号算在销号之日"
_UNIT_FIGURES: Mapping[Stat, tuple[str, ...]] = {
    Stat.PARTICIPANTS: ("activities", "participants"),
    Stat.SERVED: ("served",),
    Stat.ITEMS: ("items",),
    Stat.ENFORCEMENTS: ("enforcements",),
    Stat.ISSUES: ("found", "solved", "carried_out", "overdue", NEEDS_VOICED),
}
_SHORT_HEADERS = {
    "activities": "活动\n次数",
    "participants": "参与\n人次",
    "served": "接待\n人数",
    "items": "体验\n事项",
    "enforcements": "参与\n执法",
    "found": "发现\n问题",
    "solved": "解决\n问题",
    "carried_out": "未销号",
    "overdue": "逾期\n未销号",
    NEEDS_VOICED: "反映\n需求",
}
_CARRIED = ("carried_in", "found", "rebound", "cleared", "voided", "carried_out", "overdue")


def number(header: str, width: float = 4) -> TableColumn:
    """A column of counts."""
    return TableColumn(header, width, ColumnType.NUMBER)


def head_of(frame: ReportFrame) -> tuple[str, ...]:
    """Who reports, and through which day."""
    return f"填报单位（盖章）：{frame.office}", f"截至日：{long_day(frame.covered.cut)}"


def stats_table(figures: LeaderFigures, frame: ReportFrame, stats: Sequence[Stat], title: tuple[str, ...]) -> Table:
    """The statistics under exactly the titles of the notice."""
    rows = tuple((stat.value, *_stat_row(stat, figures)) for stat in stats)
    columns = (TableColumn("统计内容", 9), TableColumn("数量", 6), TableColumn("说明", 21, place=Place.LEFT))
    return Table(SUMMARY, "统计情况", columns, rows, title=title, head=head_of(frame), least_height=26)


def units_table(figures: LeaderFigures, frame: ReportFrame, stats: Sequence[Stat]) -> Table:
    """The same by unit, with those units that have anything to tell."""
    names = [name for stat in stats for name in _UNIT_FIGURES[stat]]
    rows: list[tuple[Content, ...]] = [(unit, *(counts[name] for name in names)) for unit, counts in figures.by_unit]
    whole = {**figures.problem_counts, **figures.counts}
    total: tuple[Content, ...] = ("合计", *(whole[name] for name in names))
    columns = (TableColumn("单位", 26), *(number(_SHORT_HEADERS[name], 7) for name in names))
    made = _list(UNITS, "各单位活动开展情况", frame, columns, (*rows, total), "个单位")
    return replace(made, has_total=True, notes=(f"共{len(rows)}个单位，没有活动也没有问题的单位不列。",))


def carried_table(figures: LeaderFigures) -> Table:
    """问题、需求: what was carried in, found, cleared, carried on."""
    rows: tuple[tuple[Content, ...], ...] = tuple(
        (word, *(counts[name] for name in _CARRIED))
        for word, counts in (("问题", figures.problem_counts), ("需求", figures.need_counts))
    )
    columns = (TableColumn("类别", 5), *(number(_two_lines(ISSUE_LABELS[name][0]), 4) for name in _CARRIED))
    note = "需求一行只计没有同时填写问题的条目；发现问题中另有反映需求的，见“反映需求”。"
    return Table(SUMMARY, "挂账销号结转", columns, rows, notes=(note,))


def checks_table(checks: Sequence[Check]) -> Table:
    """Every identity with both sides and whether it holds."""
    rows = tuple((c.identity, c.left, c.right, "相符" if c.holds else "不符") for c in checks)
    columns = (TableColumn("勾稽关系", 24, place=Place.LEFT), number("左边"), number("右边"), TableColumn("结果", 4))
    return Table(SUMMARY, "勾稽核对", columns, rows)


def items_table(figures: LeaderFigures, frame: ReportFrame) -> Table:
    """体验事项内容: each item with how often and where."""
    rows = tuple(
        (n, one.unit, one.item, one.times, visits_of(one, frame.covered))
        for n, one in enumerate(figures.items, start=1)
    )
    columns = (
        number("序号", 5.5),
        TableColumn("单位", 20),
        TableColumn("体验事项", 34, place=Place.LEFT),
        number("体验次数", 9),
        TableColumn("时间、地点", 34, place=Place.LEFT),
    )
    return _list(ITEMS, "体验事项数量及内容", frame, columns, rows, "项")


def enforcements_table(figures: LeaderFigures, frame: ReportFrame) -> Table:
    """参与执法内容: each enforcement with unit and day."""
    rows = tuple(
        (n, one.unit, one.held_on, one.leader, one.text, one.place)
        for n, one in enumerate(figures.enforcements, start=1)
    )
    columns = (
        number("序号", 5.5),
        TableColumn("单位", 20),
        TableColumn("时间", 12, ColumnType.DATE),
        TableColumn("主要负责人及职务", 14),
        TableColumn("参与执法内容", 40, place=Place.LEFT),
        TableColumn("地点", 16),
    )
    return _list(ENFORCEMENTS, "参与执法次数及内容", frame, columns, rows, "次")


def issues_table(figures: LeaderFigures, frame: ReportFrame) -> Table:
    """Every problem and need carried in, found or reopened, and how it stands at the cut."""
    rows = tuple(
        (
            n,
            unit_of(issue.unit),
            issue.found_on,
            came,
            issue.problem,
            issue.need,
            issue.remedy,
            issue.handling,
            last.clock.due_on if last.clock else None,
            stand_of(issue, last, frame.covered),
        )
        for n, (issue, last, came) in enumerate(figures.listed, start=1)
    )
    columns = (
        number("序号", 5.5),
        TableColumn("单位", 16),
        TableColumn("发现时间", 12, ColumnType.DATE),
        TableColumn("本期", 8),
        TableColumn("发现问题", 34, place=Place.LEFT),
        TableColumn("反映需求", 24, place=Place.LEFT),
        TableColumn("解决措施", 30, place=Place.LEFT),
        TableColumn("整改方式", 10),
        TableColumn("完成时限", 12, ColumnType.DATE),
        TableColumn("截至日情况", 16),
    )
    return _list(ISSUES, Stat.ISSUES.value, frame, columns, rows, "条", is_landscape=True)


def activities_table(figures: LeaderFigures, frame: ReportFrame) -> Table:
    """The activities themselves, by day."""
    rows = tuple(_activity_row(n, activity, frame) for n, activity in enumerate(figures.activities, start=1))
    columns = (
        number("序号", 5.5),
        TableColumn("时间", 12, ColumnType.DATE),
        TableColumn("单位", 18),
        TableColumn("主要负责人及职务", 14),
        TableColumn("活动", 11),
        TableColumn("体验类型", 8),
        TableColumn("地点", 20, place=Place.LEFT),
        TableColumn("参与环节", 24, place=Place.LEFT),
        number("参与\n人次", 6),
        number("接待\n人数", 6),
        number("体验\n事项", 6),
        number("参与\n执法", 6),
        TableColumn("备案日期", 12, ColumnType.DATE),
        TableColumn("备注", 18, place=Place.LEFT),
    )
    return _list(ACTIVITIES, "活动清单", frame, columns, rows, "次", is_landscape=True)


def definitions_table(
    figures: LeaderFigures, frame: ReportFrame, stats: Sequence[Stat], *, notes: Sequence[str] = ()
) -> Table:
    """指标口径: what each figure means, the days covered, the policies used, the chain's last hash."""
    covered = frame.covered
    running = "（期间尚未结束，为截至该日的数）" if covered.is_running else ""
    due = f"{long_day(frame.due_on)}前" if frame.due_on else "通知没有写明哪天"
    due += f"，最迟{long_day(frame.submit_by)}报出" if frame.submit_by else ""
    facts: list[tuple[Content, ...]] = [
        ("依据", frame.clause or "见右", frame.notice),
        (
            "统计期间",
            covered.named,
            f"{covered.days}（北京时间）；{_BY_DAY}",
        ),
        ("截至日", covered.cut.isoformat(), f"该日终了时的状态{running}；之后办理的不计入"),
        ("报送时限", frame.to or "见右", due),
        (
            "统计范围",
            frame.activity_kind or "全部活动",
            "牵头部门各报各的；“全部活动”为各项合计",
        ),
        privacy_fact(is_full=frame.is_full, masked="文字中的电话、证件号码已遮盖；文字里的人名请报送前核对"),
        chain_fact(frame.chain_head),
    ]
    asked = {name for stat in stats for name in _FIGURES[stat]}
    if not any(figures.counts[name] for name in _MODES):
        # A county that knows no 体验类型 has nothing to define.
        asked -= set(_MODES)
    meant: list[tuple[Content, ...]] = [
        (label, figures.counts[name], words) for name, (label, words) in ACTIVITY_LABELS.items() if name in asked
    ]
    if Stat.ISSUES in stats:
        meant += [
            (f"问题：{label}", figures.problem_counts[name], words) for name, (label, words) in ISSUE_LABELS.items()
        ]
        meant.append((NEEDS_VOICED_LABEL[0], figures.counts[NEEDS_VOICED], NEEDS_VOICED_LABEL[1]))
    policies: list[tuple[Content, ...]] = [("计算口径", "—", words) for words in frame.policies]
    return draw_definitions(f"{frame.title}指标口径", (*facts, *meant, *policies), (*notes, *early_note(frame)))


def labels_of(figures: LeaderFigures) -> dict[str, str]:
    """What every count is called, by the names of ``all_counts``."""
    own = {name: (ACTIVITY_LABELS.get(name) or NEEDS_VOICED_LABEL)[0] for name in figures.counts}
    problems = {f"issues_{name}": f"问题：{ISSUE_LABELS[name][0]}" for name in figures.problem_counts}
    needs = {f"needs_{name}": f"需求：{ISSUE_LABELS[name][0]}" for name in figures.need_counts}
    return {**own, **problems, **needs}


def early_note(frame: ReportFrame) -> tuple[str, ...]:
    """What to do about the days between an early hand-in and its cut-off, which no report would tell of."""
    covered = frame.covered
    if frame.submit_by is None or frame.submit_by >= covered.last or not covered.is_running:
        return ()
    left = f"{long_day(covered.cut)}之后至{long_day(covered.last)}"
    said = f"截止日{long_day(covered.last)}是休息日，提前到{long_day(frame.submit_by)}报出"
    return (f"{said}：{left}的活动和问题还没有统计，假后请重新生成一次，作更正件补报。",)


def stand_of(issue: Issue, last: IssueRound, covered: Covered) -> str:
    """How an issue stands at the cut, in a few words."""
    again = f"（第{last.number}轮）" if last.number > 1 else ""
    if issue.status is Status.VOID and last.closed_on is not None and last.closed_on <= covered.cut:
        return "已作废"
    if last.closed_on is not None and last.closed_on <= covered.cut:
        return f"已销号{again}\n{covered.short(last.closed_on)}"
    late = late_days(last, covered)
    return f"挂账{again}" + (f"\n逾期{late}天" if late else "")


def visits_of(one: ItemTried, covered: Covered) -> str:
    """When and where an item was tried."""
    return "；".join(f"{covered.short(day)}{f'，{place}' if place else ''}" for day, place in one.visits)


_FIGURES: Mapping[Stat, tuple[str, ...]] = {
    Stat.PARTICIPANTS: ("activities", "units", "participants", "delegated", *_MODES),
    Stat.SERVED: ("served", "served_unknown"),
    Stat.ITEMS: ("items",),
    Stat.ENFORCEMENTS: ("enforcements",),
    Stat.ISSUES: (),
}


def _stat_row(stat: Stat, figures: LeaderFigures) -> tuple[Content, Content]:
    counts, problems, needs = figures.counts, figures.problem_counts, figures.need_counts
    match stat:
        case Stat.PARTICIPANTS:
            told = f"{counts['units']}个单位开展活动{counts['activities']}次"
            if counts["delegated"]:
                told += f"，其中受委托参加{counts['delegated']}次"
            return f"{counts['participants']}人次", f"{told}；逐次见“{ACTIVITIES}”"
        case Stat.SERVED:
            unknown = counts["served_unknown"]
            filled = "各次活动均已填写" if counts["activities"] else "本期没有活动"
            return f"{counts['served']}人", f"{unknown}次活动没有填接待数量，按0计" if unknown else filled
        case Stat.ITEMS:
            tried = sum(one.times for one in figures.items)
            units = len({one.unit for one in figures.items})
            return f"{counts['items']}项", f"涉及{units}个单位，共体验{tried}次；内容逐项见“{ITEMS}”"
        case Stat.ENFORCEMENTS:
            units = len({one.unit for one in figures.enforcements})
            return f"{counts['enforcements']}次", f"涉及{units}个单位；内容逐次见“{ENFORCEMENTS}”"
        case Stat.ISSUES:
            told = (
                f"另反映需求{counts[NEEDS_VOICED]}条；结转下期问题{problems['carried_out']}个、"
                f"需求{needs['carried_out']}条；内容逐条见“{ISSUES}”"
            )
            return f"发现{problems['found']}个\n解决{problems['solved']}个", told


def _activity_row(n: int, activity: Activity, frame: ReportFrame) -> tuple[Content, ...]:
    for_whom = f"受{activity.delegate_for}委托" if activity.is_delegated else ""
    return (
        n,
        beijing_day(activity.held_at),
        unit_of(activity.unit),
        activity.leader,
        activity.activity_kind,
        activity.mode,
        activity.place,
        activity.links,
        activity.participants,
        activity.served_count,
        len(set(activity.item_names)),
        len(activity.enforcement_texts),
        activity.filed_on,
        "；".join(filter(None, (for_whom, activity.remark))),
    )


def _list(
    sheet: str,
    name: str,
    frame: ReportFrame,
    columns: tuple[TableColumn, ...],
    rows: tuple[tuple[Content, ...], ...],
    measure: str,
    *,
    is_landscape: bool = False,
) -> Table:
    return Table(
        sheet=sheet,
        name="",
        title=(name,),
        head=(f"统计期间：{frame.covered.days}", f"截至日：{long_day(frame.covered.cut)}"),
        columns=columns,
        rows=rows,
        notes=(f"共{len(rows)}{measure}。",),
        is_landscape=is_landscape,
        least_height=26,
    )


def _two_lines(label: str) -> str:
    return f"{label[:2]}\n{label[2:]}" if len(label) == 4 else label
