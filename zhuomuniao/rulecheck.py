"""Holding the rules of a locality against its worked answers.

``zmn locality check`` asks these questions of any folder; the contract tests of every folder that comes with zmn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from zhuomuniao.allowances import (
    latest_return,
    pause_under,
    require_extension,
    require_pause,
    restarted_or_continued,
)
from zhuomuniao.counting import count_deadline, counting_of
from zhuomuniao.course import Course, Pause
from zhuomuniao.coverage import item_coverage, unit_coverage
from zhuomuniao.deadlines import deadlines_of
from zhuomuniao.errors import BadValueError, FileProblem, RefusedByRuleError
from zhuomuniao.fieldwork import Activity, CatalogueItem
from zhuomuniao.heldanswers import COUNTING, Held
from zhuomuniao.ladder import next_rung
from zhuomuniao.model import NO_FIXED_LIMIT, StartEvent
from zhuomuniao.numbering import next_number
from zhuomuniao.periods import Period, duty_due, parse_period
from zhuomuniao.quotas import has_streak, missing_links, rotation_due, shares, shortfall
from zhuomuniao.rosters import remind_on
from zhuomuniao.ruletypes import DutyRule, Every, QuotaKind, QuotaRule, holds
from zhuomuniao.tomlkeys import Place, read_toml, shown
from zhuomuniao.workedcases import (
    CASES_FILE,
    CountedCase,
    DoneAct,
    DutyCase,
    LadderCase,
    Moment,
    NumberCase,
    QuotaCase,
    RefusedCase,
    ReturnCase,
    VisitCase,
    case_sections,
)

if TYPE_CHECKING:
    from zhuomuniao.rulefile import EditionFile
    from zhuomuniao.rules import RuleSet
    from zhuomuniao.workdays import WorkCalendar


def disagreements(
    editions: Sequence[EditionFile], folder: Path, calendar: WorkCalendar
) -> tuple[int, tuple[FileProblem, ...]]:
    """How many worked answers a county has, and every one that its rules do not give.

    What rests on a rule that holds a mistake itself is not held against the answer.
    """
    problems: list[FileProblem] = []
    place = Place(CASES_FILE, problems)
    data = read_toml(folder / CASES_FILE, place)
    sections = case_sections()
    for name in sorted(set(data) - {section.name for section in sections}):
        place.at(name).tell("不认识这一项", f"可写：{'、'.join(section.name for section in sections)}")
    looked_at = 0
    for section in sections:
        for case in section.read_all(data.get(section.name, []), place.at(section.name)):
            looked_at += 1
            at = place.at(f"{section.name}“{shown(case.title)}”")
            if editions:
                _hold(case, Held([(e.rules, e.dropped) for e in editions], calendar, replace(at, code="worked_case")))
    if not looked_at and not problems:
        place.tell("一个手算的例子也没有", "请至少写一个 [[deadlines]] 或 [[duties]]，日期要自己在日历上数过")
    return looked_at, tuple(problems)


def _hold(case: Any, held: Held) -> None:
    try:
        _HOLD[type(case)](case, held)
    except (RefusedByRuleError, BadValueError) as error:
        remedy = error.remedy or "请核对例子和规则"
        held.tell(f"算不出来：{error.message}", remedy)
    except (ValueError, OverflowError):
        # Days before the year 1 or after 9999.
        held.tell("算不出来：日期超出了日历的范围", "请核对年份和时限")


def _check_facts(rules: RuleSet, ledger: str, facts: Mapping[str, str], held: Held) -> None:
    """A slip in a code would silently choose other rules."""
    for name, value in facts.items():
        codes = rules.code_list(ledger, name)
        if codes is None and not held.lacks(rules, "codes"):
            held.at("facts").tell(
                f"台账“{shown(ledger)}”没有代码表 {shown(name)}", "请核对台账和栏目，或先写 [[codes]]"
            )
        elif codes is not None and value not in codes.names:
            able = "、".join(codes.names)
            held.at(f"facts.{name}").tell(f"“{shown(value)}”不在代码表里", f"可写：{able}", able)


def _check_ledger(rules: RuleSet, ledger: str, held: Held) -> None:
    known = dict.fromkeys(rule.ledger for rule in rules.numbering)
    if ledger not in known and not held.lacks(rules, "numbering"):
        able = "、".join(known)
        held.at("ledger").tell(f"没有台账“{shown(ledger)}”", f"可写：{able}", able)


def _hold_counted(case: CountedCase, held: Held) -> None:
    rules = _rules_at(held, case.events)
    _check_ledger(rules, case.ledger, held)
    _check_facts(rules, case.ledger, case.facts, held)
    if case.pauses and held.lacks(rules, "pauses"):
        return
    unsure = held.unsure_acts(rules)
    course = Course(case.events, _pauses(rules, case), case.extensions)
    found = {r.rule.act: r.deadline for r in deadlines_of(rules, case.ledger, case.facts, course, held.calendar)}
    for act in dict.fromkeys((*case.due, *found)):
        if act in unsure:
            continue
        deadline = found.get(act)
        counted: Moment | str | None = None
        if act in found:
            counted = NO_FIXED_LIMIT
        if deadline is not None:
            counted = deadline.due_on
            if deadline.due_time is not None:
                counted = datetime.combine(deadline.due_on, deadline.due_time)
        held.at(f"due.{act}").compare(case.due.get(act), counted)
        if act in case.raw:
            held.at(f"raw.{act}").compare(case.raw[act], deadline.raw_due_on if deadline else None)


def _hold_refused(case: RefusedCase, held: Held) -> None:
    rules = _rules_at(held, case.events)
    _check_ledger(rules, case.ledger, held)
    _check_facts(rules, case.ledger, case.facts, held)
    *granted, asked = case.extensions or (None,)
    if asked is None:
        held.at("extensions").tell("没有写要拒绝的那次延期", "请写在 extensions 的最后")
        return
    if held.lacks(rules, "extensions") or held.unsure_acts(rules) & set(asked.acts):
        return
    course = Course(case.events, (), tuple(granted))
    for running in deadlines_of(rules, case.ledger, case.facts, course, held.calendar):
        if running.rule.act not in asked.acts:
            continue
        try:
            require_extension(rules, case.ledger, case.facts, running, course, asked, held.calendar, unit=case.unit)
        except RefusedByRuleError as refusal:
            if case.because not in refusal.message + refusal.remedy:
                held.tell(f"拒绝的话里没有“{shown(case.because)}”：{refusal.message}", "请核对")
        else:
            held.tell("这次延期规则是准许的", "请核对 [[extensions]] 或例子")
        return
    held.tell("没有正在走的期限可以延", "请核对 events 和 facts")


def _hold_return(case: ReturnCase, held: Held) -> None:
    rules = _rules_at(held, case.events)
    _check_ledger(rules, case.ledger, held)
    _check_facts(rules, case.ledger, case.facts, held)
    rule = next((r for r in rules.returns if r.ledger == case.ledger), None)
    if (rule is None and held.lacks(rules, "returns")) or held.lacks(rules, *COUNTING):
        return
    course = Course(case.events)
    last = latest_return(rule, course, rules, held.calendar) if rule else None
    held.at("until").compare(case.until, last.due_on if last else None)
    if case.reassigned is None or case.due is None or case.act in held.unsure_acts(rules):
        return
    running = deadlines_of(rules, case.ledger, case.facts, course, held.calendar)
    limit = next((r.rule.limit for r in running if r.rule.act is case.act), None)
    if limit is None:
        held.at("act").tell(f"没有正在走的期限“{case.act}”", "请核对 events、facts 和 act")
        return
    kept, anew, is_anew = restarted_or_continued(rules, limit, course, case.reassigned, held.calendar)
    held.at("due").compare(case.due, (anew if is_anew else kept).due_on)


def _hold_visit(case: VisitCase, held: Held) -> None:
    rules = _rules_at(held, case.events)
    _check_ledger(rules, case.ledger, held)
    rule = rules.visit_rule(case.ledger)
    if rule is None:
        if not held.lacks(rules, "visits"):
            held.tell("这本台账没有回访的规则", "请先写 [[visits]]")
        return
    if case.until is not None and not held.lacks(rules, *COUNTING):
        start = case.events.get(rule.start)
        last = (
            count_deadline(rule.limit, start, held.calendar, counting=counting_of(rules))
            if rule.limit and start
            else None
        )
        counted: Moment | None = last.due_on if last else None
        if last and last.due_time is not None:
            counted = datetime.combine(last.due_on, last.due_time)
        held.at("until").compare(case.until, counted)
    if case.redo is not None:
        facts = {"satisfaction": case.satisfaction, "fault": case.fault}
        _check_facts(rules, case.ledger, {k: v for k, v in facts.items() if v}, held)
        held.at("redo").compare(case.redo, bool(rule.redo_when) and holds(rule.redo_when, facts))


def _hold_ladder(case: LadderCase, held: Held) -> None:
    rules = held.on(case.as_of)
    ladder = _named(rules, "ladders", case.ladder, held.at("ladder"))
    if ladder is None:
        return
    _check_facts(rules, ladder.ledger, case.facts, held)
    due = next_rung(
        ladder, due_on=case.due_on, issued=case.issued, facts=case.facts, as_of=case.as_of, calendar=held.calendar
    )
    held.at("rung").compare(case.rung, due.rung if due and due.is_due else "无")
    if case.on is not None:
        held.at("on").compare(case.on, due.on if due else None)


def _hold_duty(case: DutyCase, held: Held) -> None:
    rules = held.on(case.due_on)
    duty = _named(rules, "duties", case.duty, held.at("duty"))
    if duty is None or (duty.window and held.lacks(rules, "windows")) or held.lacks(rules, "policies"):
        return
    due = duty_due(duty, _period_of(duty, case.period, rules), rules, held.calendar)
    held.at("due_on").compare(case.due_on, due.due_on if due else None)
    held.at("submit_by").compare(case.submit_by, due.submit_by if due else None)
    if case.covers:
        held.at("covers").compare(case.covers, (due.covers_from, due.covers_through) if due else None)


def _period_of(duty: DutyRule, written: str, rules: RuleSet) -> Period:
    if duty.every is not Every.ONCE:
        return parse_period(duty.every, written, rules.window(duty.window))
    if written != Every.ONCE or duty.on is None:
        raise BadValueError(f"看不懂期间“{shown(written)}”", f"只报一次的写 {Every.ONCE}，规则里写 on")
    return Period(duty.every, duty.on, duty.on, written)


def _hold_quota(case: QuotaCase, held: Held) -> None:
    rules = held.last()
    quota = _named(rules, "quotas", case.quota, held.at("quota"))
    if quota is None or (quota.window and held.lacks(rules, "windows")):
        return
    match quota.kind:
        case QuotaKind.LINKS:
            held.at("missing").compare(case.missing, missing_links(quota, case.done))
        case QuotaKind.COUNT:
            held.at("shortfall").compare(case.shortfall, shortfall(quota, case.count or 0))
        case QuotaKind.SHARE:
            short = tuple(share.item for share in shares(quota, case.done) if not share.is_enough)
            held.at("missing").compare(case.missing, short)
        case QuotaKind.FREQUENCY:
            _hold_frequency(case, quota, rules, held)
        case QuotaKind.COVERAGE:
            _hold_coverage(case, quota, rules, held)
        case QuotaKind.ROTATION:
            held.at("until").compare(case.until, rotation_due(quota, case.since) if case.since else None)
            if case.since and case.remind_on:
                held.at("remind_on").compare(case.remind_on, remind_on(quota, case.since))
        case QuotaKind.STREAK:
            held.at("enough").compare(case.is_enough, has_streak(quota, case.hits))


def _hold_frequency(case: QuotaCase, quota: QuotaRule, rules: RuleSet, held: Held) -> None:
    if held.lacks(rules, "codes", "units", "policies"):
        return
    for act in case.acts:
        if act.mode:
            _check_facts(rules, quota.ledger, {"mode": act.mode}, held)
    units = tuple(dict.fromkeys(rules.units.find(unit) or unit for unit in case.everyone))
    acts = [_activity(act, quota, unit=act.who) for act in case.acts]
    found = unit_coverage(rules, quota, units, acts, _counted_period(quota, case, rules))
    held.at("missing").compare(case.missing, tuple(unit.unit for unit in found if not unit.is_met))
    stands = {unit.unit: unit.standing for unit in found}
    for name, expected in case.standing.items():
        held.at(f"standing.{name}").compare(expected, stands.get(name))


def _hold_coverage(case: QuotaCase, quota: QuotaRule, rules: RuleSet, held: Held) -> None:
    if held.lacks(rules, "codes"):
        return
    catalogue = [CatalogueItem("", quota.ledger, None, item, unit="本单位") for item in case.everyone]
    acts = [_activity(act, quota, unit="本单位", item=act.who) for act in case.acts]
    found = item_coverage(rules, quota, catalogue, acts, _counted_period(quota, case, rules))
    held.at("missing").compare(case.missing, tuple(item for unit in found for item in unit.missing))


def _activity(act: DoneAct, quota: QuotaRule, *, unit: str, item: str = "") -> Activity:
    """A worked act as the row of an activity, of the kind that the quota is for."""
    return Activity(
        "",
        quota.ledger,
        datetime.combine(act.on, time(9)),
        unit=unit,
        items=item,
        mode=act.mode,
        activity_kind=next(iter(quota.when.get("activity_kind", ())), ""),
        delegate_for="主要负责同志" if act.is_delegated else "",
    )


def _counted_period(quota: QuotaRule, case: QuotaCase, rules: RuleSet) -> Period:
    if quota.every is None:
        raise BadValueError(f"定额 {quota.id} 没有写 every，不知道在多长的一期里数", '例如 every = "每季度"')
    return parse_period(quota.every, case.period, rules.window(quota.window))


def _hold_number(case: NumberCase, held: Held) -> None:
    rules = held.on(case.on)
    if not any(rule.ledger == case.ledger for rule in rules.numbering) and held.lacks(rules, "numbering"):
        return
    _check_ledger(rules, case.ledger, held)
    held.at("next").compare(case.next, next_number(rules.numbering_for(case.ledger), case.on, case.taken))


_HOLD: Mapping[type, Callable[[Any, Held], None]] = {
    CountedCase: _hold_counted,
    RefusedCase: _hold_refused,
    ReturnCase: _hold_return,
    VisitCase: _hold_visit,
    LadderCase: _hold_ladder,
    DutyCase: _hold_duty,
    QuotaCase: _hold_quota,
    NumberCase: _hold_number,
}


def _named(rules: RuleSet, section: str, wanted: str, held: Held) -> Any:
    of_section = getattr(rules, section)
    found = next((rule for rule in of_section if rule.id == wanted), None)
    if found is None and not held.lacks(rules, section):
        able = "、".join(rule.id for rule in of_section) or "无"
        held.tell(f"没有这条规则“{shown(wanted)}”", f"可写：{able}", able)
    return found


def _rules_at(held: Held, events: Mapping[StartEvent, datetime]) -> RuleSet:
    """The edition in force when a case was accepted; by its first event where 受理 is not told."""
    accepted = events.get(StartEvent.ACCEPTED) or min(events.values())
    return held.on(accepted.date())


def _pauses(rules: RuleSet, case: CountedCase) -> tuple[Pause, ...]:
    return tuple(
        pause_under(require_pause(rules, case.ledger, reason), since, until, reason)
        for since, until, reason in case.pauses
    )
