"""All figures of a report on leaders' activities at once, and the identities they must keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.reports.activityfigures import (
    Enforcement,
    ItemTried,
    activities_in,
    count_activities,
    enforcements_of,
    in_order,
    items_tried,
    unit_of,
)
from zhuomuniao.reports.covered import Covered
from zhuomuniao.reports.coverlines import Coverage, Standing
from zhuomuniao.reports.issuefigures import (
    IssueCourse,
    IssueRound,
    count_issues,
    is_alive,
    issue_rounds,
    listed_issues,
)
from zhuomuniao.reports.tables import Check

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Activity, Issue


class FieldRecords(Struct, frozen=True):
    """Everything in the two ledgers as it stood at the cut. ``courses`` by the number of an issue, from its log."""

    activities: Sequence[Activity]
    issues: Sequence[Issue]
    courses: Mapping[str, IssueCourse] = field(default_factory=dict)


class ReportFrame(Struct, frozen=True):
    """What stands around the figures: who hands what in to whom, for which days, under which policies.

    ``title`` is the duty's (“走流程、坐窗口”活动开展情况信息报告). ``activity_kind`` is the kind a lead reports on
    (三个牵头部门各报各的), ``""`` for all. ``policies`` are the words of the policies used. ``written_on`` dates the
    letter; without it the day stays open for the pen. ``is_full``: the records are given with phones and all.
    """

    title: str
    office: str
    notice: str
    covered: Covered
    activity_kind: str = ""
    to: str = ""
    clause: str = ""
    due_on: date | None = None
    submit_by: date | None = None
    unit_order: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    chain_head: str = ""
    written_on: date | None = None
    is_full: bool = False


class LeaderFigures(Struct, frozen=True):
    """What was counted. ``by_unit`` holds the counts of each unit that has anything, in the locality's order."""

    activities: tuple[Activity, ...]
    items: tuple[ItemTried, ...]
    enforcements: tuple[Enforcement, ...]
    problems: tuple[IssueRound, ...]
    needs: tuple[IssueRound, ...]
    counts: Mapping[str, int]
    problem_counts: Mapping[str, int]
    need_counts: Mapping[str, int]
    by_unit: tuple[tuple[str, Mapping[str, int]], ...]
    listed: tuple[tuple[Issue, IssueRound, str], ...]
    checks: tuple[Check, ...]

    @property
    def all_counts(self) -> dict[str, int]:
        """Every count by one name: those of issues as ``issues_found``, of needs only as ``needs_found``."""
        problems = {f"issues_{name}": count for name, count in self.problem_counts.items()}
        needs = {f"needs_{name}": count for name, count in self.need_counts.items()}
        return {**self.counts, **problems, **needs}

    def of_unit(self, unit: str) -> Mapping[str, int]:
        """The counts of a unit, each 0 where it has none."""
        return dict(self.by_unit).get(unit) or dict.fromkeys(_UNIT_TOTALS, 0)


NEEDS_VOICED = "needs_voiced"
"""反映的需求: rows found in the days covered that name a need, with or without a problem."""

_OF_ACTIVITIES = (
    "activities", "participants", "periodic", "immediate", "tracking", "delegated", "served", "items", "enforcements",
)  # fmt: skip
_OF_ISSUES = (
    "found", "rebound", "cleared", "cleared_late", "solved", "voided", "carried_in", "carried_out", "overdue",
    "at_once", "by_plan", "urgent", "looked_back",
)  # fmt: skip
_UNIT_TOTALS = (*_OF_ACTIVITIES, *_OF_ISSUES, "mechanisms", NEEDS_VOICED)
_CHECKED = ("activities", "participants", "served", "items", "enforcements", "found", "solved", "carried_out")


def count_figures(
    records: FieldRecords,
    frame: ReportFrame,
    *,
    coverage: Coverage | None = None,
    previous: Mapping[str, int] | None = None,
) -> LeaderFigures:
    """Every figure of the days covered. ``previous`` are the counts of the report before, ``all_counts``."""
    covered, kind, order = frame.covered, frame.activity_kind, frame.unit_order
    activities = activities_in(records.activities, covered, kind)
    rounds = issue_rounds(records.issues, records.courses, covered, kind)
    problems = tuple(r for r in rounds if not r.issue.is_need_only)
    needs = tuple(r for r in rounds if r.issue.is_need_only)
    counts = {**count_activities(activities), NEEDS_VOICED: _voiced(rounds, covered)}
    problem_counts, need_counts = count_issues(problems, covered), count_issues(needs, covered)
    by_unit = _by_unit(activities, rounds, covered, order)
    figures = LeaderFigures(
        activities=activities,
        items=items_tried(activities, order),
        enforcements=enforcements_of(activities, order),
        problems=problems,
        needs=needs,
        counts=counts,
        problem_counts=problem_counts,
        need_counts=need_counts,
        by_unit=by_unit,
        listed=listed_issues(rounds, covered),
        checks=(),
    )
    checks = checks_of(figures, records, frame, coverage=coverage, previous=previous)
    return replace(figures, checks=checks)


def _by_unit(
    activities: Sequence[Activity], rounds: Sequence[IssueRound], covered: Covered, order: Sequence[str]
) -> tuple[tuple[str, Mapping[str, int]], ...]:
    acted: dict[str, list[Activity]] = {}
    told: dict[str, list[IssueRound]] = {}
    for activity in activities:
        acted.setdefault(unit_of(activity.unit), []).append(activity)
    for one in rounds:
        told.setdefault(unit_of(one.issue.unit), []).append(one)
    found: list[tuple[str, Mapping[str, int]]] = []
    for unit in in_order({*acted, *told}, order):
        done = count_activities(acted.get(unit, []))
        own = told.get(unit, [])
        of_issues = count_issues([r for r in own if not r.issue.is_need_only], covered)
        counts = {name: done[name] for name in _OF_ACTIVITIES} | {name: of_issues[name] for name in _OF_ISSUES}
        # A lasting mechanism may answer a need as well as a problem.
        counts |= {"mechanisms": count_issues(own, covered)["mechanisms"], NEEDS_VOICED: _voiced(own, covered)}
        if any(counts.values()):
            found.append((unit, counts))
    return tuple(found)


def _voiced(rounds: Sequence[IssueRound], covered: Covered) -> int:
    return sum(r.number == 1 and covered.holds(r.opened_on) and bool(r.issue.need.strip()) for r in rounds)


def checks_of(
    figures: LeaderFigures,
    records: FieldRecords,
    frame: ReportFrame,
    *,
    coverage: Coverage | None = None,
    previous: Mapping[str, int] | None = None,
) -> tuple[Check, ...]:
    """The identities of the report, each side added up apart from the other."""
    checks = [
        _carried("问题", figures.problem_counts),
        _carried("需求", figures.need_counts),
        Check(
            "本期解决 + 销号后又反弹 = 本期销号（问题）",
            figures.problem_counts["solved"] + figures.problem_counts["cleared_again_open"],
            figures.problem_counts["cleared"],
        ),
        Check("本期解决中本期发现的 ⊆ 本期发现", *_of(figures, "solved_of_found", "found"), is_at_most=True),
        Check("逾期未销号 ⊆ 结转下期", *_of(figures, "overdue", "carried_out"), is_at_most=True),
        Check("体验事项清单行数 = 体验事项数量", len(figures.items), figures.counts["items"]),
        Check("参与执法清单行数 = 参与执法次数", len(figures.enforcements), figures.counts["enforcements"]),
        Check(
            "问题和需求清单行数 = 按销号情况应列的条数",
            len(figures.listed),
            len({id(r.issue) for r in (*figures.problems, *figures.needs) if is_alive(r, frame.covered)}),
        ),
        Check(
            "各单位活动、人次、接待、事项、执法、发现、解决、结转之和 = 全部之和",
            sum(counts[name] for _, counts in figures.by_unit for name in _CHECKED),
            sum(_total(figures, name) for name in _CHECKED),
        ),
    ]
    if coverage is not None and coverage.units:
        checks.append(_absent(records, frame, coverage))
    if previous is not None and "issues_carried_out" in previous:
        before = previous["issues_carried_out"]
        carried_in = figures.problem_counts["carried_in"]
        # What somebody typed over in the book since counts for this period, not for the one before.
        checks.append(Check("上期结转 = 上期报表的结转下期（问题）", carried_in, before, is_told=True))
    return tuple(checks)


def _carried(what: str, counts: Mapping[str, int]) -> Check:
    return Check(
        f"上期结转 + 本期发现 + 本期反弹 = 本期销号 + 作废 + 结转下期（{what}）",
        sum(counts[name] for name in ("carried_in", "found", "rebound")),
        sum(counts[name] for name in ("cleared", "voided", "carried_out")),
    )


def _of(figures: LeaderFigures, part: str, whole: str) -> tuple[int, int]:
    return figures.problem_counts[part], figures.problem_counts[whole]


def _total(figures: LeaderFigures, name: str) -> int:
    return figures.counts[name] if name in figures.counts else figures.problem_counts[name]


def _absent(records: FieldRecords, frame: ReportFrame, coverage: Coverage) -> Check:
    """The units said to be absent against those of which no activity is recorded."""
    through = min(coverage.last, frame.covered.as_of)
    days = Covered(frame.covered.label, coverage.first, coverage.last, max(through, coverage.first))
    seen = {unit_of(a.unit) for a in activities_in(records.activities, days, frame.activity_kind)}
    return Check(
        "尚未参加的单位数 = 名单内没有活动记录的单位数",
        sum(line.standing is Standing.ABSENT for line in coverage.units),
        sum(line.unit not in seen for line in coverage.units),
    )
