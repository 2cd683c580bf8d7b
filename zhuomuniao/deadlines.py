"""Rules → deadlines: which limits run for a case by what has happened to it, each counted with its working.

Registration, steps, ``explain``, ``recount``, a loaded notice and a county's worked answers all ask
:func:`deadlines_of`; there is no second way to a date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.counting import count_deadline, counting_of, show_working, spent_workdays
from zhuomuniao.model import Act, Clock, Deadline, Light, StartEvent, TrailDay
from zhuomuniao.ruletypes import UNSTATED, DurationRule

if TYPE_CHECKING:
    from zhuomuniao.course import Course, Extension, Pause
    from zhuomuniao.rules import RuleSet
    from zhuomuniao.workdays import WorkCalendar


class RuledDeadline(Struct, frozen=True):
    """What a rule gives for a case: a deadline, or ``None`` where the limit is fixed case by case (一事一议).

    ``started_at`` is the moment it is counted from, later restarts included.
    """

    rule: DurationRule
    started_at: datetime
    deadline: Deadline | None


def deadlines_of(
    rules: RuleSet, ledger: str, facts: Mapping[str, str], course: Course, calendar: WorkCalendar
) -> tuple[RuledDeadline, ...]:
    """The limits that run for a case by what has happened so far, one for each act, in the order of the rules.

    Where several rules of equal rank end in the same act, the earliest day holds. Limits from 到期 follow the day on
    which the matter itself falls due.
    """
    choice = rules.clocks_for(ledger, facts)
    contested = {rule.act for rule in choice.replaced}
    found: dict[Act, list[RuledDeadline]] = {}
    late_starters = [r for r in choice.running if r.start is StartEvent.EXPIRED]
    for rule in (*(r for r in choice.running if r not in late_starters), *late_starters):
        start = _start_of(rule, course, found)
        if start is not None:
            found.setdefault(rule.act, []).append(_by_rule(rule, start, course, rules, calendar))
    answers = []
    for act, candidates in found.items():
        chosen = min(candidates, key=lambda c: _due_moment(c.deadline))
        if chosen.deadline and (act in contested or len(candidates) > 1):
            policies = (*chosen.deadline.policies, "specific_over_general")
            chosen = replace(chosen, deadline=replace(chosen.deadline, policies=policies))
        answers.append(chosen)
    return tuple(answers)


def working_of(rules: RuleSet, ruled: RuledDeadline, course: Course, calendar: WorkCalendar) -> tuple[TrailDay, ...]:
    """The trail of one of :func:`deadlines_of`."""
    if ruled.deadline is None or ruled.rule.limit is None:
        return ()
    return show_working(
        ruled.rule.limit,
        ruled.started_at,
        calendar,
        counting=counting_of(rules),
        pauses=course.pauses,
        extensions=_extensions_of(ruled.rule, course),
    )


def clock_of(ruled: RuledDeadline, round_: int = 1) -> Clock:
    """The running clock of a round (轮次) that a book stores for a counted limit."""
    counted = ruled.deadline
    if counted is None:
        return Clock(ruled.rule.act, None, round=round_)
    return Clock(ruled.rule.act, counted.due_on, counted.is_provisional, due_time=counted.due_time, round=round_)


def late_workdays(due_on: date, as_of: date, calendar: WorkCalendar) -> int:
    """工作日 by which ``as_of`` is past the due day; 0 when it is not late or no workday has passed."""
    return max(0, calendar.workdays_between(due_on, as_of))


def workdays_taken(
    begun_on: date, ended_on: date, calendar: WorkCalendar, *, pauses: Sequence[Pause], rules: RuleSet
) -> int:
    """工作日 a matter took, counted as its limits are: not the first day, nor what a limit skips for a pause."""
    counts_pause_day = counting_of(rules).counts_pause_day
    return spent_workdays(begun_on, ended_on, calendar, pauses=pauses, counts_pause_day=counts_pause_day)


def light_of(clock: Clock, as_of: date, calendar: WorkCalendar) -> Light:
    """红 past the due day, 黄 when due today or on the next workday, 绿 otherwise."""
    if clock.due_on is None:
        return Light.GREEN
    if clock.due_on < as_of:
        return Light.RED
    return Light.YELLOW if clock.due_on <= calendar.nth_workday_after(as_of, 1) else Light.GREEN


def _by_rule(
    rule: DurationRule, start: datetime, course: Course, rules: RuleSet, calendar: WorkCalendar
) -> RuledDeadline:
    if rule.limit is None:
        return RuledDeadline(rule, start, None)
    extensions = _extensions_of(rule, course)
    counted = count_deadline(
        rule.limit, start, calendar, counting=counting_of(rules), pauses=course.pauses, extensions=extensions
    )
    is_anew = course.anew_at is not None and start == course.anew_at
    is_raised = course.raised_at is not None and start == course.raised_at and _is_owed_from_tier(rule)
    start_event = "提级" if is_raised else course.anew_by if is_anew else rule.start.value
    policies = counted.policies if rule.is_start_stated else (*counted.policies, "start_event")
    policies = (*policies, "raised") if is_raised else policies
    is_our_day = rule.act is Act.LOOK_BACK and rule.citation.basis == UNSTATED
    policies = (*policies, "look_back") if is_our_day else policies
    return RuledDeadline(
        rule,
        start,
        replace(
            counted,
            act=rule.act,
            rule_id=rule.id,
            clause=rule.citation.clause,
            quote=rule.citation.quote,
            basis=rule.citation.basis,
            edition=rules.edition,
            start_event=start_event,
            policies=policies,
        ),
    )


def _start_of(rule: DurationRule, course: Course, found: Mapping[Act, Sequence[RuledDeadline]]) -> datetime | None:
    """The moment from which a rule counts, later restarts included; ``None`` when it has not come yet."""
    start = course.events.get(rule.start)
    if rule.start is StartEvent.EXPIRED and start is None:
        closing = _counted(found, Act.RESOLVE) or _counted(found, Act.REPLY)
        due = min(closing, key=_due_moment, default=None)
        start = datetime.combine(due.due_on, due.due_time or time()) if due else None
    if start is None:
        return None
    again = [moment for event in rule.restarts_on if (moment := course.events.get(event))]
    again += [datetime.combine(p.until, time()) for p in course.pauses if p.restarts and p.until]
    if course.raised_at and _is_owed_from_tier(rule):
        again.append(course.raised_at)
    return max([start, *again])


def _is_owed_from_tier(rule: DurationRule) -> bool:
    """Whether an act is owed because of the tier only: it cannot be late before the case had that tier."""
    return "tier" in rule.when and rule.act not in (Act.RESOLVE, Act.REPLY)


def _counted(found: Mapping[Act, Sequence[RuledDeadline]], act: Act) -> list[Deadline]:
    return [ruled.deadline for ruled in found.get(act, ()) if ruled.deadline]


def _extensions_of(rule: DurationRule, course: Course) -> tuple[Extension, ...]:
    """Extensions lengthen the limit that closes the matter, not 初步反馈 or 首次联系."""
    return tuple(e for e in course.extensions if rule.act in e.acts)


def _due_moment(deadline: Deadline | None) -> datetime:
    if deadline is None:
        return datetime.max
    return datetime.combine(deadline.due_on, deadline.due_time or time.max)
