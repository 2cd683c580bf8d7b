"""A date with its working shown: for a case's clocks, or for any start and limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.counting import count_deadline, counting_of, show_working
from zhuomuniao.course import Course, Extension, Pause
from zhuomuniao.deadlines import RuledDeadline, clock_of, deadlines_of, working_of
from zhuomuniao.limits import parse_limit
from zhuomuniao.logbook import course_of, kept_late
from zhuomuniao.usecases.looking import show_record

if TYPE_CHECKING:
    from zhuomuniao.model import Clock, Deadline, Record, Step
    from zhuomuniao.rules import LedgerSpec, Locality, RuleSet
    from zhuomuniao.ruletypes import DurationRule, Policy
    from zhuomuniao.usecases.office import Office
    from zhuomuniao.workdays import WorkCalendar


class ExplainedClock(Struct, frozen=True):
    """One clock of a case: what the book says, what the rules count, and by which rule.

    ``deadline`` is ``None`` for a limit fixed case by case; ``differs`` tells that the signed date in the book
    is not what today's rules and calendar give. ``set_by`` is the line of the log that fixed a day no rule gives.
    ``is_kept_late``: it was late already when a step would have moved it, so its day stayed.
    """

    clock: Clock
    rule: DurationRule
    deadline: Deadline | None
    policies: tuple[Policy, ...]
    set_by: str = ""
    is_kept_late: bool = False

    @property
    def differs(self) -> bool:
        return not self.is_kept_late and self.deadline is not None and self.clock.due_on != self.deadline.due_on


class Explanation(Struct, frozen=True):
    """All clocks of a case, the rules that gave way to stronger ones, what happened, edition, calendar version.

    ``earlier`` are the clocks of earlier rounds, with their verdicts.
    """

    case: Record
    clocks: tuple[ExplainedClock, ...]
    replaced: tuple[DurationRule, ...]
    waiting: tuple[DurationRule, ...]
    unruled: tuple[Clock, ...]
    earlier: tuple[Clock, ...]
    course: Course
    edition: str
    notice: str
    calendar_version: str


def explain_limit(
    start: datetime,
    limit_text: str,
    calendar: WorkCalendar,
    *,
    locality: Locality | None = None,
    pauses: Sequence[tuple[date, date]] = (),
    extensions: Sequence[str] = (),
) -> Deadline:
    """Count any limit from any moment, with its trail; by a locality's words, hours and policies where there is one.

    Pauses are (pause day, resumption day).
    """
    rules = locality.rules_on(start.date()) if locality else None
    words = rules.words if rules else None
    limit = parse_limit(limit_text, words)
    course: dict[str, Any] = {
        "counting": counting_of(rules) if rules else None,
        "pauses": [Pause(since, until) for since, until in pauses],
        "extensions": [Extension(parse_limit(text, words), start.date()) for text in extensions],
    }
    deadline = count_deadline(limit, start, calendar, **course)
    return replace(deadline, trail=show_working(limit, start, calendar, **course))


def explain_case(office: Office, spec: LedgerSpec, case_no: str) -> Explanation:
    """The working of every clock of a case. Raises :class:`UnknownCaseError`."""
    shown, steps = show_record(office, spec, case_no)
    case: Record = shown.record
    rules = office.rules_of(case)
    course = course_of(case, steps, rules)
    choice = office.clocks_for(case)
    counted = {r.rule.act: r for r in deadlines_of(rules, spec.id, case.facts, course, office.calendar)}
    stored = {clock.act: clock for clock in case.round_clocks}
    kept = kept_late(case, steps)
    clocks = tuple(
        replace(
            _explain_clock(rules, stored.get(act, clock_of(ruled, case.round)), ruled, course, office.calendar),
            set_by=_set_by(steps, stored.get(act)) if ruled.deadline is None else "",
            is_kept_late=act in kept,
        )
        for act, ruled in counted.items()
    )
    used = {explained.rule.id for explained in clocks}
    not_used = [rule for rule in choice.running if rule.id not in used]
    return Explanation(
        case=case,
        clocks=clocks,
        replaced=(*choice.replaced, *(r for r in not_used if r.act in counted)),
        waiting=tuple(r for r in not_used if r.act not in counted),
        earlier=tuple(clock for clock in case.clocks if clock.round != case.round),
        unruled=tuple(clock for clock in case.round_clocks if clock.act not in counted),
        course=course,
        edition=rules.edition,
        notice=f"{office.locality.notice_number}《{office.locality.notice_title}》",
        calendar_version=office.calendar.version,
    )


def _explain_clock(
    rules: RuleSet, clock: Clock, ruled: RuledDeadline, course: Course, calendar: WorkCalendar
) -> ExplainedClock:
    deadline = ruled.deadline
    if deadline is not None:
        deadline = replace(deadline, trail=working_of(rules, ruled, course, calendar))
    used = dict.fromkeys(deadline.policies if deadline else ())
    return ExplainedClock(clock, ruled.rule, deadline, policies_named(rules, tuple(used)))


def _set_by(steps: Sequence[Step], clock: Clock | None) -> str:
    """The line that fixed the day of a clock, such as ``2026-10-12 会议决定：……``."""
    if clock is None or clock.due_on is None:
        return ""
    for step in reversed(steps):
        if any((c.act, c.round, c.due_on) == (clock.act, clock.round, clock.due_on) for c in step.clock_changes):
            return f"{step.at:%Y-%m-%d} {step.kind}：{step.text}"
    return ""


def policies_named(rules: RuleSet, ids: Sequence[str]) -> tuple[Policy, ...]:
    """The policies of these ids, as the edition settles them."""
    return tuple(rules.policies[name] for name in ids if name in rules.policies)
