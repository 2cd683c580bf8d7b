"""Reports on lives led at random: what one month hands over the next takes in, and a naive count finds the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random

import pytest
from msgspec.structs import replace

from tests.property.living import FIRST_DAY, PLACES, Life, office_at
from tests.property.test_life_machine import Lives
from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.model import Case, StepKind
from zhuomuniao.periods import Period, periods_of_year
from zhuomuniao.reports.casefigures import CaseFrame
from zhuomuniao.reports.caserounds import CaseCourse, CaseRecords
from zhuomuniao.reports.cases import build_case_report
from zhuomuniao.reports.covered import Covered
from zhuomuniao.reports.tables import Report
from zhuomuniao.ruletypes import Every
from zhuomuniao.usecases.casecourses import course_told

_VISITS = ("visited", "unreached", "satisfied", "basically_satisfied", "dissatisfied")
_FLOWS = ("accepted", "redone", "resolved", "transferred", "voided", "on_time", "late", "no_fixed_limit", *_VISITS)
_COUNTED = ("carried_in", "accepted", "redone", "resolved", "transferred", "voided", "carried_out")
_ENDED = {OutcomeEffect.RESOLVED: "resolved", OutcomeEffect.ROUTED_OUT: "transferred"}
_LIVES = 12


def led(place: str, seed: int) -> list[Life]:
    """Some lives of one ledger, each with a number of its own."""
    lives = []
    for number in range(_LIVES):
        dice = Random(seed * 1000 + number)
        machine = Lives()
        machine.begin(place, dice.choice)
        for _ in range(dice.randint(1, 6)):
            machine.busy_weeks(seed=dice.randrange(2**32))
        lives.append(machine.life)
    return lives


def report_on(place: str, lives: Sequence[Life], period: Period) -> Report:
    """The report of a period from the lives as they stood at its end."""
    office, spec = office_at(place)
    rules = office.locality.rules_on(FIRST_DAY)
    cases: list[Case] = []
    courses: dict[str, CaseCourse] = {}
    for number, life in enumerate(lives, start=1):
        stood = life.replayed(period.last)
        if stood is None:
            continue
        case = replace(stood, case_no=f"20260810{number:02d}")
        told = [step for step in life.log if step.at.date() <= period.last]
        cases.append(case)
        courses[case.case_no] = course_told(case, told, rules, office.terms(spec))
    frame = CaseFrame(
        covered=Covered(period.label, period.first, period.last, period.last),
        spec=spec,
        layout=office.layout(spec),
        rules=rules,
        calendar=office.calendar,
        office=office.name,
        unit_order=rules.units.names,
    )
    return build_case_report(CaseRecords(cases, courses), frame)[0]


def recounted(place: str, lives: Sequence[Life], period: Period) -> dict[str, int]:
    """The same counts from the logs alone, line by line, as somebody counts on paper."""
    office, spec = office_at(place)
    terms = office.terms(spec)
    counts = dict.fromkeys(_COUNTED, 0)
    for life in lives:
        is_open = False
        for step in sorted(life.log, key=lambda s: s.at):
            on, name = step.at.date(), ""
            if on > period.last:
                break
            match step.kind:
                case StepKind.ACCEPT:
                    name = "accepted"
                case StepKind.REDO:
                    name = "redone"
                case StepKind.VOID if is_open:
                    name = "voided"
                case StepKind.RESOLVE:
                    effect = terms.effect_of(life.case, step.text.partition("：")[0])
                    name = {OutcomeEffect.RESOLVED: "resolved", OutcomeEffect.ROUTED_OUT: "transferred"}.get(
                        effect, ""
                    )
            if name:
                is_open = name in ("accepted", "redone")
            if name and on >= period.first:
                counts[name] += 1
            elif name:
                counts["carried_in"] += 1 if is_open else -1
        counts["carried_out"] += is_open
    return counts


def visits_recounted(lives: Sequence[Life], period: Period) -> dict[str, int]:
    """What 回访 came to in a period, from the lines 回访 alone: of each round the first answer, on its own day."""
    counts = dict.fromkeys(_VISITS, 0)
    kinds = {"满意": "satisfied", "非常满意": "satisfied", "基本满意": "basically_satisfied"}
    for life in lives:
        seen: set[str] = set()
        for step in sorted(life.log, key=lambda s: s.at):
            if step.kind is StepKind.REDO:
                seen.clear()
            if step.kind is not StepKind.VISIT or "满意度：" not in step.text:
                continue
            said = step.text.split("满意度：")[1].split("；")[0]
            name = "unreached" if said in ("无法回访", "无人接听") else "visited"
            if name not in seen and period.first <= step.at.date() <= period.last:
                counts[name] += 1
                if name == "visited":
                    counts[kinds.get(said, "dissatisfied")] += 1
            seen.add(name)
    return counts


def in_year(every: Every) -> tuple[Period, ...]:
    return periods_of_year(every, FIRST_DAY.year)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_M03_months_hand_over_and_add_up_to_quarters_and_the_year(place: str) -> None:
    lives = led(place, seed=len(place))
    months = {period.label: report_on(place, lives, period) for period in in_year(Every.MONTH)}
    for period in in_year(Every.MONTH):
        counts = months[period.label].counts
        assert {name: counts[name] for name in _COUNTED} == recounted(place, lives, period), period.label
        assert {name: counts[name] for name in _VISITS} == visits_recounted(lives, period), period.label
    reports = list(months.values())
    for earlier, later in pairwise(reports):
        assert earlier.counts["carried_out"] == later.counts["carried_in"]
    for every in (Every.QUARTER, Every.HALF_YEAR, Every.YEAR):
        for period in in_year(every):
            own = [months[m.label] for m in in_year(Every.MONTH) if period.first <= m.first <= period.last]
            counts = report_on(place, lives, period).counts
            for name in _FLOWS:
                assert counts[name] == sum(month.counts[name] for month in own), (period.label, name)
            assert counts["carried_in"] == own[0].counts["carried_in"]
            assert counts["carried_out"] == own[-1].counts["carried_out"]
    assert sum(report.counts["resolved"] for report in reports) > 0
