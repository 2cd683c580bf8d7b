"""Counting the dates of open cases again: after a loaded notice, or to see where books and rules differ.

A stored date is a signed date. Only a running clock of a case that is not closed may move, and every move is one
step in 流转记录 that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from zhuomuniao.deadlines import clock_of, deadlines_of
from zhuomuniao.ledger import amend_cases
from zhuomuniao.lifecycle import course_of, facts_of, is_closed, take_step
from zhuomuniao.model import Act, Case, Clock, Receipt, Step, StepKind
from zhuomuniao.rules import LedgerSpec
from zhuomuniao.usecases.looking import cases_as_of
from zhuomuniao.usecases.office import Office
from zhuomuniao.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class ClockMove:
    """A clock of a case: as the book has it, and as it is counted now. ``now`` is ``None`` where no rule gives it."""

    case_no: str
    ledger: str
    was: Clock | None
    now: Clock | None

    @property
    def act(self) -> Act:
        clock = self.was or self.now
        assert clock is not None
        return clock.act

    @property
    def is_confirmation(self) -> bool:
        """The same day, no longer 暂定 (or newly so)."""
        return self.was is not None and self.now is not None and self.was.due_text == self.now.due_text

    @property
    def words(self) -> str:
        """解决 2027-01-04（暂定）→ 2027-01-05."""
        return f"{self.act} {_words(self.was)} → {_words(self.now)}"


Compare = Callable[[Case, tuple[Clock, ...]], Iterable[ClockMove]]
"""Given a case and its clocks as counted now, what is to move."""


@dataclass
class Recount:
    """Counts the clocks of cases again under a calendar, pauses and extensions replayed from the log."""

    office: Office
    calendar: WorkCalendar
    _steps: dict[str, dict[str, list[Step]]] = field(default_factory=dict)

    def clocks(self, case: Case) -> tuple[Clock, ...]:
        """Every clock that the rules give for what has happened so far."""
        office = self.office
        if case.ledger not in self._steps:
            self._steps[case.ledger] = office.ledger(office.locality.ledger(case.ledger)).steps()
        rules = office.rules_of(case)
        course = course_of(case, self._steps[case.ledger].get(case.case_no, ()), rules)
        return tuple(clock_of(r) for r in deadlines_of(rules, case.ledger, facts_of(case), course, self.calendar))


def differences(office: Office, specs: Iterable[LedgerSpec]) -> tuple[ClockMove, ...]:
    """Where the running clocks of cases that are not closed differ from today's rules and calendar."""
    recount = Recount(office, office.calendar)
    return tuple(
        move
        for spec in specs
        for case in cases_as_of(office, spec).cases
        if not is_closed(case)
        for move in compare_all(case, recount.clocks(case))
    )


def compare_all(case: Case, counted: tuple[Clock, ...]) -> Iterable[ClockMove]:
    """Every running clock that is stored otherwise, and every one that the book does not have."""
    now = {clock.act: clock for clock in counted}
    for clock in case.clocks:
        if clock.is_running and not _is_same(clock, now.get(clock.act)):
            yield ClockMove(case.case_no, case.ledger, clock, now.get(clock.act))
    for act in now.keys() - {clock.act for clock in case.clocks}:
        yield ClockMove(case.case_no, case.ledger, None, now[act])


def move_clocks(
    office: Office,
    specs: Iterable[LedgerSpec],
    kind: StepKind,
    reason: str,
    moves_of: Callable[[Case], list[ClockMove]],
) -> tuple[tuple[ClockMove, ...], tuple[Receipt, ...]]:
    """Write the moves of every case that is not closed: one step each, all books in one operation.

    A clock that no rule gives any more stays as it was signed. ``moves_of`` is asked under the lock.
    """
    moved: list[ClockMove] = []
    at = datetime.combine(office.moment.as_of, office.moment.now.time()).replace(second=0, microsecond=0)
    terms = {spec.id: office.terms(spec) for spec in specs}

    def decide(case: Case) -> tuple[Case, Step] | None:
        moves = [] if is_closed(case) else [m for m in moves_of(case) if m.now is not None]
        if not moves:
            return None
        step = Step(
            case_no=case.case_no,
            kind=kind,
            at=max(at, case.accepted_at),
            by=office.workspace.config.clerk,
            unit=case.unit,
            text=f"{reason}：{'；'.join(m.words for m in moves)}",
            clock_changes=tuple(m.now for m in moves if m.now is not None),
        )
        moved.extend(moves)
        return take_step(case, step, terms[case.ledger]), step

    ledgers = [office.ledger(office.locality.ledger(ledger)) for ledger in terms]
    receipts = amend_cases(ledgers, decide, signature=office.signature(kind.name.lower()))
    return tuple(moved), receipts


def recount_cases(office: Office, specs: Iterable[LedgerSpec]) -> tuple[tuple[ClockMove, ...], tuple[Receipt, ...]]:
    """Write what :func:`differences` lists: one step 时限重算 for each case."""
    counting = Recount(office, office.calendar)
    return move_clocks(
        office,
        tuple(specs),
        StepKind.RECOUNT,
        f"按现行规则和日历（{office.calendar.version}）重算",
        lambda case: list(compare_all(case, counting.clocks(case))),
    )


def moved_by_calendar(case: Case, before: Recount, after: Recount) -> list[ClockMove]:
    """What a change of the calendar moves: clocks that stand where the calendar before put them, and would not now.

    A date that already stood elsewhere was set by somebody for a reason of his own: it stays.
    """
    was = {clock.act: clock for clock in before.clocks(case)}
    now = {clock.act: clock for clock in after.clocks(case)}
    return [
        ClockMove(case.case_no, case.ledger, clock, replace(now[clock.act], ended_on=None))
        for clock in case.clocks
        if clock.is_running
        and clock.act in now
        and clock.due_text == was[clock.act].due_text
        and not _is_same(clock, now[clock.act])
    ]


def _is_same(stored: Clock, counted: Clock | None) -> bool:
    return counted is not None and (stored.due_text, stored.is_provisional) == (
        counted.due_text,
        counted.is_provisional,
    )


def _words(clock: Clock | None) -> str:
    if clock is None:
        return "无"
    return f"{clock.due_text}{'（暂定）' if clock.is_provisional else ''}"
