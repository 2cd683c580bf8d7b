"""Issues found and solved in the days a report covers: every round (轮次) counted once on each side of 结转.

An issue belongs to the day it was found, its clearing to ``cleared_on``. **反弹**: a reopened issue stands in the
list for another round. It is 解决 in the days covered where it was cleared in them and stands cleared at the cut: a
clearing that a 反弹 undid before the cut is a 销号, but solves nothing. Cleared again later, it is solved then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec import Struct, field

from zhuomuniao.model import Act, Clock, Status

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Issue
    from zhuomuniao.reports.covered import Covered

AT_ONCE, BY_PLAN = "立行立改", "整改计划"


class ClearedRound(Struct, frozen=True):
    """An earlier round of an issue: the day it was cleared, and the day of the 反弹 that opened the next."""

    cleared_on: date
    rebound_on: date


class IssueCourse(Struct, frozen=True):
    """What only the log of an issue tells: its earlier rounds, and the day it was voided."""

    earlier: tuple[ClearedRound, ...] = ()
    voided_on: date | None = None


class Ending(Enum):
    """How a round ended."""

    CLEARED = auto()
    VOID = auto()


class IssueRound(Struct, frozen=True):
    """轮次: from 挂账 or 反弹 to 销号. ``clock`` is the limit of its rectification, where it has one."""

    issue: Issue
    number: int
    opened_on: date
    ending: Ending | None
    closed_on: date | None
    clock: Clock | None = field(default=None)

    @property
    def is_latest(self) -> bool:
        return self.number == self.issue.round


ISSUE_LABELS: Mapping[str, tuple[str, str]] = {
    "carried_in": ("上期结转", "统计期间开始之前已挂账（或反弹），到期间开始时尚未销号、未作废的"),
    "found": ("本期发现", "发现日在统计期间内的；到截至日已作废的不计"),
    "rebound": ("本期反弹", "销号以后“回头看”又反弹，在统计期间内重新挂账的，一次计一轮"),
    "cleared": ("本期销号", "销号日在统计期间内的，按轮次计"),
    "voided": ("作废", "上期结转的，在统计期间内作废；没有作废日期的按挂账之日作废"),
    "carried_out": ("结转下期", "到截至日终了仍未销号、未作废的"),
    "overdue": ("逾期未销号", "结转下期中，完成时限早于截至日的；没有完成时限的不计"),
    "solved": (
        "本期解决",
        "销号日在统计期间内、到截至日仍是销号状态的，不论哪期发现；销号后在截至日前又反弹的不算解决，再次销号时才算",
    ),
    "solved_of_found": ("其中本期发现的", "本期解决中，发现日也在统计期间内的"),
    "cleared_again_open": ("销号后又反弹", "本期销号中，到截至日又反弹重新挂账的"),
    "cleared_late": ("超时限销号", "本期销号中，销号日晚于完成时限的"),
    "at_once": ("立行立改", "本期发现中，整改方式为“立行立改”的"),
    "by_plan": ("整改计划", "本期发现中，整改方式为“整改计划”的"),
    "urgent": ("急难愁盼", "本期发现中，标了“急难愁盼”的"),
    "looked_back": ("已回头看", "“回头看”日期在统计期间内的"),
    "mechanisms": ("长效机制", "本期发现、结转、反弹的问题和需求中，已填长效机制的，一条计一项"),
}
"""What each count is called and what it means, as printed on 指标口径."""


def rounds_of(issue: Issue, course: IssueCourse | None = None) -> tuple[IssueRound, ...]:
    """The rounds of an issue: the earlier ones as its log tells, else as far as the row does.

    Without the log an earlier round was cleared on the day its 整改 clock ended, else on the day the round after it
    began; a void issue was voided on the day its last round began, so that it counts nowhere.
    """
    told = course.earlier if course and len(course.earlier) == issue.round - 1 else ()
    found_on = issue.found_on or date.min
    restarted_on = (issue.round_started_on if issue.round > 1 else None) or found_on
    rounds: list[IssueRound] = []
    for number in range(1, issue.round):
        clock = _limit(issue, number)
        if told:
            opened_on = told[number - 2].rebound_on if number > 1 else found_on
            cleared_on = told[number - 1].cleared_on
        else:
            opened_on = rounds[-1].closed_on or restarted_on if rounds else found_on
            cleared_on = min(clock.ended_on, restarted_on) if clock and clock.ended_on else restarted_on
        rounds.append(IssueRound(issue, number, opened_on, Ending.CLEARED, cleared_on, clock))
    opened_on = told[-1].rebound_on if told else restarted_on
    ending, closed_on = None, None
    if issue.status is Status.VOID:
        ending, closed_on = Ending.VOID, (course.voided_on if course else None) or opened_on
    elif issue.status is Status.CLEARED:
        ending, closed_on = Ending.CLEARED, issue.cleared_on
    return (*rounds, IssueRound(issue, issue.round, opened_on, ending, closed_on, _limit(issue, issue.round)))


def issue_rounds(
    issues: Iterable[Issue], courses: Mapping[str, IssueCourse], covered: Covered, kind: str = ""
) -> tuple[IssueRound, ...]:
    """The rounds of one kind of activity or (``""``) of all that had begun by the cut, in the order of the issues."""
    chosen = [issue for issue in issues if not kind or issue.activity_kind == kind]
    chosen.sort(key=lambda issue: (issue.found_on or date.min, issue.in_order))
    found: list[IssueRound] = []
    for issue in chosen:
        rounds = [one for one in rounds_of(issue, courses.get(issue.case_no)) if one.opened_on <= covered.cut]
        # What was entered by mistake within the days covered was never found; what was carried in must be told of.
        is_void = bool(rounds) and _is_void(rounds[-1], covered)
        found += [one for one in rounds if not is_void or one.opened_on < covered.first]
    return tuple(found)


def was_open_at_start(one: IssueRound, covered: Covered) -> bool:
    """上期结转: begun before the days covered and not ended before them."""
    is_ended = one.ending is not None and (one.closed_on is None or one.closed_on < covered.first)
    return one.opened_on < covered.first and not is_ended


def is_open_at_cut(one: IssueRound, covered: Covered) -> bool:
    """结转下期: neither cleared nor void at the end of the last day."""
    is_ended = one.ending is not None and (one.closed_on is None or one.closed_on <= covered.cut)
    return one.opened_on <= covered.cut and not is_ended


def is_alive(one: IssueRound, covered: Covered) -> bool:
    """Whether a round is told of in the lists: told by its end, the other side of a check."""
    return one.opened_on <= covered.cut and (one.ending is None or _ended_within(one, covered))


def late_days(one: IssueRound, covered: Covered) -> int:
    """How many calendar days a round that is open at the cut is over its limit; 0 where it is not."""
    if one.clock is None or one.clock.due_on is None or not is_open_at_cut(one, covered):
        return 0
    return max(0, (covered.cut - one.clock.due_on).days)


def issue_faults(rounds: Iterable[IssueRound], covered: Covered) -> dict[str, str]:
    """Each issue that counts on one side of 结转 only, by its number, and what in its row does not fit."""
    found: dict[str, str] = {}
    for one in rounds:
        comes = _begins_or_began(one, covered)
        goes = (one.ending is not None and covered.holds(one.closed_on)) or is_open_at_cut(one, covered)
        if one.ending is Ending.CLEARED and one.closed_on is None:
            found[one.issue.case_no] = f"状态是“{one.issue.status}”，没有销号日期"
        elif comes and one.closed_on is not None and one.closed_on < one.opened_on:
            found[one.issue.case_no] = f"销号日期{one.closed_on}早于发现（反弹）日期{one.opened_on}"
        elif comes is not goes:
            found[one.issue.case_no] = f"状态是“{one.issue.status}”，和销号日期对不上"
    return found


def count_issues(rounds: Sequence[IssueRound], covered: Covered) -> dict[str, int]:
    """Every count of :data:`ISSUE_LABELS`, of all rounds given or of those of one unit."""
    cleared = [r for r in rounds if r.ending is Ending.CLEARED and covered.holds(r.closed_on)]
    found = [r for r in rounds if r.number == 1 and covered.holds(r.opened_on)]
    issues = {id(r.issue): r.issue for r in rounds}.values()
    solved = [i for i in issues if i.status is Status.CLEARED and covered.holds(i.cleared_on)]
    alive = {id(r.issue): r.issue for r in rounds if _begins_or_began(r, covered)}.values()
    return {
        "carried_in": sum(was_open_at_start(r, covered) for r in rounds),
        "found": len(found),
        "rebound": sum(r.number > 1 and covered.holds(r.opened_on) for r in rounds),
        "cleared": len(cleared),
        "voided": sum(r.ending is Ending.VOID and covered.holds(r.closed_on) for r in rounds),
        "carried_out": sum(is_open_at_cut(r, covered) for r in rounds),
        "overdue": sum(late_days(r, covered) > 0 for r in rounds),
        "solved": len(solved),
        "solved_of_found": sum(covered.holds(i.found_on) for i in solved),
        "cleared_again_open": sum(not r.is_latest for r in cleared),
        "cleared_late": sum(_was_late(r) for r in cleared),
        "at_once": sum(r.issue.handling == AT_ONCE for r in found),
        "by_plan": sum(r.issue.handling == BY_PLAN for r in found),
        "urgent": sum(r.issue.is_urgent for r in found),
        "looked_back": sum(covered.holds(i.looked_back_on) for i in issues),
        "mechanisms": sum(bool(i.mechanism.strip()) for i in alive),
    }


def listed_issues(rounds: Sequence[IssueRound], covered: Covered) -> tuple[tuple[Issue, IssueRound, str], ...]:
    """Every issue carried in, found or reopened, with its last round and how it came into the list."""
    found: dict[int, tuple[Issue, IssueRound, list[str]]] = {}
    for one in rounds:
        if not _begins_or_began(one, covered):
            continue
        came = "结转" if one.opened_on < covered.first else "发现" if one.number == 1 else "反弹"
        _, _, ways = found.get(id(one.issue), (one.issue, one, []))
        found[id(one.issue)] = (one.issue, one, [*ways, came])
    return tuple((issue, last, "、".join(dict.fromkeys(ways))) for issue, last, ways in found.values())


def _begins_or_began(one: IssueRound, covered: Covered) -> bool:
    return was_open_at_start(one, covered) or covered.holds(one.opened_on)


def _limit(issue: Issue, number: int) -> Clock | None:
    return next((c for c in issue.clocks if c.act is Act.RECTIFY and c.round == number), None)


def _is_void(last: IssueRound, covered: Covered) -> bool:
    return last.ending is Ending.VOID and last.closed_on is not None and last.closed_on <= covered.cut


def _ended_within(one: IssueRound, covered: Covered) -> bool:
    return one.closed_on is not None and one.closed_on >= covered.first


def _was_late(one: IssueRound) -> bool:
    due_on = one.clock.due_on if one.clock else None
    return due_on is not None and one.closed_on is not None and one.closed_on > due_on
