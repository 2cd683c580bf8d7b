"""A date with its working shown: for a case's clocks, or for any start and limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from zhuomuniao.deadlines import count_deadline, deadline_of_rule, show_working
from zhuomuniao.model import Act, Case, Clock, Deadline, StartEvent
from zhuomuniao.rules import DurationRule, LedgerSpec, Policy, RuleSet, parse_limit
from zhuomuniao.usecases.looking import show_case
from zhuomuniao.usecases.office import Office
from zhuomuniao.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class ExplainedClock:
    """One clock of a case: what the book says, what the rules count, and by which rule.

    ``deadline`` is ``None`` for a limit fixed case by case; ``differs`` tells that the signed date in the book
    is not what today's rules and calendar give.
    """

    clock: Clock
    rule: DurationRule
    deadline: Deadline | None
    policies: tuple[Policy, ...]

    @property
    def differs(self) -> bool:
        return self.deadline is not None and self.clock.due_on != self.deadline.due_on


@dataclass(frozen=True, slots=True)
class Explanation:
    """All clocks of a case, the rules that gave way to more specific ones, edition and calendar version."""

    case: Case
    clocks: tuple[ExplainedClock, ...]
    replaced: tuple[DurationRule, ...]
    edition: str
    notice: str
    calendar_version: str


def explain_limit(start: date, limit_text: str, calendar: WorkCalendar) -> Deadline:
    """Count any limit from any day, with its trail; needs no workspace."""
    limit = parse_limit(limit_text)
    deadline = count_deadline(limit, start, calendar)
    return replace(deadline, trail=show_working(limit, start, deadline.due_on, calendar))


def explain_case(office: Office, spec: LedgerSpec, case_no: str) -> Explanation:
    """The working of every clock of a case. Raises :class:`UnknownCaseError`."""
    shown, _ = show_case(office, spec, case_no)
    case = shown.case
    rules = office.rules_of(case)
    facts = {"kind": case.kind, "tier": case.tier, "channel": case.channel, "cause": case.cause}
    choice = rules.clocks_for(spec.id, facts)
    by_act = {rule.act: rule for rule in choice.running}
    contested = {rule.act for rule in choice.replaced}
    clocks = tuple(
        _explain_clock(office, case, clock, by_act[clock.act], rules, contested)
        for clock in case.clocks
        if clock.act in by_act
    )
    return Explanation(
        case=case,
        clocks=clocks,
        replaced=choice.replaced,
        edition=rules.edition,
        notice=f"{office.locality.notice_number}《{office.locality.notice_title}》",
        calendar_version=office.calendar.version,
    )


def _explain_clock(
    office: Office, case: Case, clock: Clock, rule: DurationRule, rules: RuleSet, contested: set[Act]
) -> ExplainedClock:
    start = _start_day(case, rule)
    deadline = deadline_of_rule(rule, start, office.calendar, rules)
    if deadline is not None and rule.limit is not None:
        trail = show_working(rule.limit, start, deadline.due_on, office.calendar)
        deadline = replace(deadline, trail=trail)
    used = [*(deadline.policies if deadline else ()), *(["specific_over_general"] if rule.act in contested else [])]
    if clock.is_provisional:
        used.append("provisional")
    policies = tuple(rules.policies[name] for name in used if name in rules.policies)
    return ExplainedClock(clock, rule, deadline, policies)


def _start_day(case: Case, rule: DurationRule) -> date:
    if rule.start is StartEvent.ASSIGNED and case.assigned_at:
        return case.assigned_at.date()
    return case.accepted_at.date()
