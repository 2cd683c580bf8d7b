"""轮次: every run of handling of a case, from 受理 or 重办 to its end, and how it stood at a cut.

The unit of counting is the round, not the case: a matter that was resolved, found wanting and handled again was
resolved twice (M-03). Days are Beijing days, so 23:50 on the last day belongs to the month (M-01).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.model import Act, Case, Clock, EndedRound, Status, Visit
from zhuomuniao.reports.covered import Covered, beijing_day
from zhuomuniao.roundtext import parts_of_now

if TYPE_CHECKING:
    from zhuomuniao.course import Pause

UNREACHED = frozenset({"无法回访", "无人接听"})
"""满意度 of a visit that reached nobody."""
_ISO_LENGTH = 10


class Ending(Enum):
    """How a round ended."""

    RESOLVED = auto()
    ROUTED_OUT = auto()
    VOID = auto()


_ENDINGS = {
    Status.RESOLVED: Ending.RESOLVED,
    Status.AWAITING_REVISIT: Ending.RESOLVED,
    Status.ROUTED_OUT: Ending.ROUTED_OUT,
    Status.VOID: Ending.VOID,
}


class CaseCourse(Struct, frozen=True):
    """What the log tells of a case beyond its row: the rounds that were sent back, and every pause.

    ``resolved_on`` is the day of 办结 of a case that was voided after it. ``visits`` are those of each round.
    """

    sent_back: tuple[EndedRound, ...] = ()
    pauses: tuple[Pause, ...] = ()
    resolved_on: date | None = None
    visits: tuple[tuple[Visit, ...], ...] = ()

    def visits_in(self, number: int) -> tuple[Visit, ...]:
        """The visits of round ``number`` that the log tells of."""
        return self.visits[number - 1] if number <= len(self.visits) else ()


NO_COURSE = CaseCourse()


class CaseRecords(Struct, frozen=True):
    """Every case of a ledger as it stood at a cut; ``courses`` by number, for those of which the log tells more."""

    cases: Sequence[Case]
    courses: Mapping[str, CaseCourse] = field(default_factory=dict)

    def rounds(self, cut: date) -> list[Round]:
        """The rounds of all cases accepted by the end of ``cut``."""
        known = (case for case in self.cases if beijing_day(case.accepted_at) <= cut)
        return [item for case in known for item in rounds_of(case, self.courses.get(case.case_no, NO_COURSE))]


class Round(Struct, frozen=True):
    """One run of handling. ``clock`` is the limit that judges its closing; ``pauses`` are all of the case."""

    case: Case
    number: int
    opened_on: date
    ending: Ending | None
    closed_on: date | None
    clock: Clock | None
    visits: tuple[Visit, ...] = ()
    outcome: str = ""
    pauses: tuple[Pause, ...] = ()

    @property
    def answered(self) -> Visit | None:
        """The visit that reached the person: the first, for a round is answered once."""
        return next((visit for visit in self.visits if visit.said not in UNREACHED), None)

    @property
    def unreached_on(self) -> date | None:
        """The day on which visiting was given up; somebody may still be reached later."""
        return next((visit.on for visit in self.visits if visit.said in UNREACHED), None)

    @property
    def is_latest(self) -> bool:
        return self.number == self.case.round

    @property
    def is_late(self) -> bool | None:
        """Whether a resolved round ended after its limit; ``None`` where it had no dated limit."""
        if self.clock is None or self.clock.due_on is None or self.closed_on is None:
            return None
        return self.clock.ended_late if self.clock.ended_on else self.closed_on > self.clock.due_on


def rounds_of(case: Case, course: CaseCourse = NO_COURSE) -> tuple[Round, ...]:
    """The rounds of a case: the earlier ones as the log tells, else as far as the row does.

    A routed or void case without 办结时间 ended on the day it was accepted. What was resolved before it was voided
    was handed in as resolved, and stays so.
    """
    clocks = _closing_clocks(case)
    is_told = len(course.sent_back) == case.round - 1
    earlier = _rounds_told(case, course, clocks) if is_told else _rounds_in_row(case, course, clocks)
    began_on = course.sent_back[-1].redone_on if is_told and course.sent_back else _restarted_on(case)
    ending = _ENDINGS.get(case.status)
    closed_on = beijing_day(case.resolved_at) if case.resolved_at and ending else None
    if ending is Ending.VOID and course.resolved_on is not None:
        ending, closed_on = Ending.RESOLVED, course.resolved_on
    if closed_on is None and ending in (Ending.ROUTED_OUT, Ending.VOID):
        closed_on = began_on
    last = Round(
        case,
        case.round,
        began_on,
        ending,
        closed_on,
        clocks[-1],
        _visits_of_row(case, course.visits_in(case.round)) if ending is Ending.RESOLVED else (),
        case.outcome.strip(),
        course.pauses,
    )
    return (*earlier, last)


def _closing_clocks(case: Case) -> list[Clock | None]:
    """The limit that judges the closing of each round."""
    by_act = {(c.round, c.act): c for c in case.clocks}
    numbers = range(1, case.round + 1)
    return [by_act.get((n, Act.RESOLVE)) or by_act.get((n, Act.REPLY)) for n in numbers]


def _restarted_on(case: Case) -> date:
    """The day the last round began, as the row tells."""
    return case.round_started_on if case.round > 1 and case.round_started_on else beijing_day(case.accepted_at)


def _rounds_told(case: Case, course: CaseCourse, clocks: Sequence[Clock | None]) -> list[Round]:
    """The earlier rounds as the log tells them."""
    began_on, rounds = beijing_day(case.accepted_at), []
    for number, ended in enumerate(course.sent_back, start=1):
        rounds.append(
            Round(
                case,
                number,
                began_on,
                Ending.RESOLVED,
                ended.resolved_on,
                clocks[number - 1],
                course.visits_in(number),
                ended.outcome,
                course.pauses,
            )
        )
        began_on = ended.redone_on
    return rounds


def _rounds_in_row(case: Case, course: CaseCourse, clocks: Sequence[Clock | None]) -> list[Round]:
    """The earlier rounds without a log: a row keeps the last round's days only.

    One ended on the day its 解决 (else 答复) clock in 时限明细 ended, and where the row has no such clock, on the day
    the last round began: never later.
    """
    began_on, restarted_on, rounds = beijing_day(case.accepted_at), _restarted_on(case), []
    for number, clock in enumerate(clocks[:-1], start=1):
        ended_on = min(clock.ended_on, restarted_on) if clock and clock.ended_on else restarted_on
        rounds.append(Round(case, number, began_on, Ending.RESOLVED, ended_on, clock, pauses=course.pauses))
        began_on = ended_on
    return rounds


def visit_in_row(case: Case) -> Visit | None:
    """The visit that the row alone tells of."""
    return visit_in_cells(case.satisfaction, case.revisit, case.resolved_at)


def visit_in_cells(satisfaction: str, revisit: str, resolved_at: datetime | None) -> Visit | None:
    """The visit that 满意度, 回访情况 and 办结时间 tell of: the day 回访 ends on, else that of 办结."""
    said = satisfaction.strip()
    if not said:
        return None
    days = map(_day_it_begins_with, reversed(parts_of_now(revisit)))
    on = next(filter(None, days), None) or (beijing_day(resolved_at) if resolved_at else None)
    return Visit(on, said) if on else None


def _day_it_begins_with(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:_ISO_LENGTH])
    except ValueError:
        return None


def _visits_of_row(case: Case, told: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """The visits of the last round: their days as the log tells, the answer as it stands in the row."""
    in_row = visit_in_row(case)
    if in_row is None:
        return ()
    unreached = tuple(visit for visit in told if visit.said in UNREACHED)
    if in_row.said in UNREACHED:
        return unreached or (in_row,)
    answered = next((visit for visit in told if visit.said not in UNREACHED), in_row)
    return (*unreached, replace(answered, said=in_row.said))


def may_concern(case: Case, course: CaseCourse, covered: Covered) -> bool:
    """Whether a span may have anything of a case: ``False`` for one that was over before, with its 回访."""
    if course is not NO_COURSE or case.round > 1 or case.status not in _ENDINGS or case.resolved_at is None:
        return True
    days = [beijing_day(at) for at in (case.resolved_at, case.assigned_at, case.signed_at) if at is not None]
    if max(days) >= covered.first or days[0] < beijing_day(case.accepted_at):
        return True
    visit = visit_in_row(case)
    return visit is not None and covered.holds(visit.on)


def was_open_at_start(item: Round, covered: Covered) -> bool:
    """上期结转: begun before the period and not ended before it."""
    return item.opened_on < covered.first and (item.closed_on is None or item.closed_on >= covered.first)


def is_open_at_cut(item: Round, covered: Covered) -> bool:
    """结转下期: begun, and at the end of the last day neither resolved, routed out nor void."""
    is_ended = item.ending is not None and (item.closed_on is None or item.closed_on <= covered.cut)
    return item.opened_on <= covered.cut and not is_ended


def is_alive(item: Round, covered: Covered) -> bool:
    """Whether a round is of the period at all: told by its end, not by its beginning."""
    return item.opened_on <= covered.cut and (item.closed_on is None or item.closed_on >= covered.first)


def ended_within(items: Iterable[Round], covered: Covered, *endings: Ending) -> list[Round]:
    """The rounds that ended so within the days covered."""
    return [item for item in items if item.ending in endings and covered.holds(item.closed_on)]


def late_clock(item: Round, covered: Covered) -> Clock | None:
    """The earliest limit that had passed by the cut, or before a pause that lasts, and was not met."""
    if not item.is_latest or not is_open_at_cut(item, covered):
        return None
    # What was late before a pause is late while it lasts.
    until = covered.cut
    if item.case.status is Status.PAUSED:
        until = min(until, item.case.paused_since or date.min)
    late = [
        c
        for c in item.case.clocks
        if c.act is not Act.RETURN
        if c.due_on and c.due_on < until and (c.ended_on is None or c.ended_on > covered.cut)
    ]
    return min(late, key=lambda c: c.due_on or date.max, default=None)


def stand_at(case: Case, cut: date) -> Case:
    """The case as its row stood at the end of ``cut``: what was done on a later day is taken back.

    Free text without a day of its own (处理进度, 备注) stays.
    """

    def kept(moment: datetime | None) -> datetime | None:
        return moment if moment is not None and beijing_day(moment) <= cut else None

    clocks = tuple(replace(c, ended_on=None) if c.ended_on and c.ended_on > cut else c for c in case.clocks)
    stood = replace(
        case,
        assigned_at=kept(case.assigned_at),
        signed_at=kept(case.signed_at),
        first_feedback_at=kept(case.first_feedback_at),
        informed_at=kept(case.informed_at),
        resolved_at=kept(case.resolved_at),
        clocks=clocks,
    )
    if case.resolved_at is None or stood.resolved_at is not None:
        return stood
    return replace(
        stood, status=Status.IN_PROGRESS, outcome="", result="", revisit="", satisfaction="", verification=""
    )
