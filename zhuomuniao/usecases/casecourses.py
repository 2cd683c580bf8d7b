"""The cases of a ledger as a report counts them: each as it stood at a cut, with what only its log tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.logbook import ended_rounds, in_order, pauses_of, visits_by_round
from zhuomuniao.model import Case, Status, Step, StepKind
from zhuomuniao.reports.caserounds import CaseCourse, CaseRecords, visit_in_cells, visit_in_row
from zhuomuniao.reports.covered import beijing_day
from zhuomuniao.usecases.ledgerhistory import LedgerHistory, LogSeen

if TYPE_CHECKING:
    from zhuomuniao.casebook import Cells
    from zhuomuniao.lifecycle import Terms
    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.rules import LedgerSpec, RuleSet
    from zhuomuniao.usecases.office import Office

PassedOver = Callable[[str, "Cells"], None]
"""Shown a case that is left out, by its number and cells."""


def cases_at(history: LedgerHistory, spans: Sequence[Covered]) -> tuple[CaseRecords, ...]:
    """Every case at the cut of each of the spans, in the order given.

    Of a case in its first round that was neither voided nor paused, nor visited in the span, the row tells all: its
    lines are not looked at.
    """
    paused = history.log.told_of(StepKind.PAUSE)
    visited = history.log.told_of(StepKind.VISIT)
    office, terms = history.office, history.office.terms(history.spec)
    seen = []
    stood = history.records_at([span.cut for span in spans], since=[span.first for span in spans])
    for span, cases in zip(spans, stood, strict=True):
        courses: dict[str, CaseCourse] = {}
        telling = paused | history.log.told_of(StepKind.VISIT, (span.first, span.cut))
        for case in cases:
            is_told = case.case_no in telling or (case.case_no in visited and _is_visited_in_row(case, span))
            if is_told or case.round > 1 or case.status is Status.VOID:
                told = [step for step in history.log.steps_of(case.case_no) if step.at.date() <= span.cut]
                courses[case.case_no] = course_told(case, told, office.rules_of(case), terms)
        seen.append(CaseRecords(cases, courses))
    return tuple(seen)


def read_touched(office: Office, spec: LedgerSpec, spans: Sequence[Covered], passed: PassedOver) -> LedgerHistory:
    """The ledger of people's matters without closed ones of which no span has anything, as row and lines both say.

    ``passed`` is shown those, by their number and cells.
    """
    lines, ledger = LogSeen(office, spec), office.ledger(spec)
    for book in ledger.books():
        office.store.read(book, spec.id).opened.expect((ledger.layout, LOG_LAYOUT))

    def is_over(case_no: str, cells: Cells) -> bool:
        accepted, resolved = _day(cells.get("accepted_at")), _day(cells.get("resolved_at"))
        if accepted is None or resolved is None or cells.get("round") != 1:
            return False
        later = [day for name in ("assigned_at", "signed_at") if (day := _day(cells.get(name))) is not None]
        begun = [span.first for span in spans if accepted <= span.cut]
        first = min(begun, default=date.max)
        if max((resolved, *later)) >= first or resolved < accepted:
            return False
        visit = visit_in_cells(str(cells.get("satisfaction") or ""), str(cells.get("revisit") or ""), None)
        if visit is not None and any(span.holds(visit.on) for span in spans):
            return False
        told_on = lines.over_on(case_no)
        if told_on is None or told_on >= first:
            return False
        passed(case_no, cells)
        return True

    return LedgerHistory(office, spec, ledger.state_without(is_over), lines)


def _day(cell: object) -> date | None:
    """The day of a cell; one that holds no moment has none."""
    if isinstance(cell, datetime):
        return beijing_day(cell)
    return cell if isinstance(cell, date) else None


def _is_visited_in_row(case: Case, span: Covered) -> bool:
    """Whether the row, which somebody may have typed into, puts a 回访 into the span."""
    visit = visit_in_row(case)
    return visit is not None and span.holds(visit.on)


def course_told(case: Case, steps: Sequence[Step], rules: RuleSet, terms: Terms) -> CaseCourse:
    """What these lines tell of a case beyond its row."""
    resolved_on: date | None = None
    if case.status is Status.VOID:
        for step in in_order(steps):
            if step.kind is StepKind.REDO:
                resolved_on = None
            elif step.kind is StepKind.RESOLVE:
                effect = terms.effect_of(case, step.text.partition("：")[0])
                resolved_on = step.at.date() if effect is OutcomeEffect.RESOLVED else resolved_on
    return CaseCourse(ended_rounds(steps), pauses_of(steps, rules, case.ledger), resolved_on, visits_by_round(steps))
