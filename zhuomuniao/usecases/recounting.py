"""Counting the dates of open cases again: after a loaded notice, or to see where books and rules differ.

A stored date is a signed date. Only a running clock of a case that is not closed may move, and every move is one
step in 流转记录 that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from zhuomuniao.deadlines import clock_of, deadlines_of
from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.ledger import amend_cases
from zhuomuniao.logbook import course_of, kept_late, standing_steps
from zhuomuniao.model import Act, Clock, Receipt, Record, Step, StepKind
from zhuomuniao.transitions import take_step

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office
    from zhuomuniao.workdays import WorkCalendar


class ClockMove(Struct, frozen=True):
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


class Recount(Struct):
    """Counts the clocks of cases again under a calendar, pauses and extensions replayed from the log.

    A case that cannot be counted (a year that cannot be meant) is told in ``uncounted``; the others go on.
    """

    office: Office
    calendar: WorkCalendar
    uncounted: dict[str, str] = field(default_factory=dict)
    _steps: dict[str, dict[str, list[Step]]] = field(default_factory=dict)

    def clocks(self, case: Record) -> tuple[Clock, ...]:
        """Every clock that the rules give for what has happened so far."""
        rules = self.office.rules_of(case)
        try:
            course = course_of(case, self.steps(case), rules)
            ruled = deadlines_of(rules, case.ledger, case.facts, course, self.calendar)
        except (BadValueError, RefusedByRuleError) as error:
            self.uncounted[case.case_no] = error.message
            return ()
        return tuple(clock_of(r, case.round) for r in ruled)

    def steps(self, case: Record) -> list[Step]:
        """The lines of 流转记录 of a case; the log of a ledger is read once, when first asked for."""
        if case.ledger not in self._steps:
            self._steps[case.ledger] = self.office.records(self.office.locality.ledger(case.ledger)).steps()
        return standing_steps(self._steps[case.ledger].get(case.case_no, []))


class Recounted(Struct, frozen=True):
    """What a recount found: clocks that differ, those no rule gives any more, and cases it could not count.

    ``unruled`` clocks stay as they were signed; ``uncounted`` are numbers with the reason.
    """

    moves: tuple[ClockMove, ...]
    unruled: tuple[ClockMove, ...]
    uncounted: Mapping[str, str]
    receipts: tuple[Receipt[Record], ...] = ()


def differences(office: Office, specs: Iterable[LedgerSpec]) -> Recounted:
    """Where the running clocks of cases that are not closed differ from today's rules and calendar."""
    recount = Recount(office, office.calendar)
    found = [
        move
        for spec in specs
        for case in office.records(spec).state().records
        if not case.is_closed
        for move in compare_all(case, recount)
    ]
    return _recounted(found, recount)


def compare_all(case: Record, recount: Recount) -> list[ClockMove]:
    """Every running clock that is stored otherwise, and every one that the book does not have."""
    now = {clock.act: clock for clock in recount.clocks(case)}
    if case.case_no in recount.uncounted:
        return []
    kept = kept_late(case, recount.steps(case))
    moves = [
        ClockMove(case.case_no, case.ledger, clock, now.get(clock.act))
        for clock in case.round_clocks
        if clock.is_running and not _is_same(clock, now.get(clock.act)) and not _is_set(now.get(clock.act))
        if clock.act not in kept
    ]
    stored = {clock.act for clock in case.round_clocks}
    return moves + [ClockMove(case.case_no, case.ledger, None, now[act]) for act in now if act not in stored]


def _recounted(found: Iterable[ClockMove], recount: Recount, receipts: tuple[Receipt[Record], ...] = ()) -> Recounted:
    moves = tuple(found)
    return Recounted(
        moves=tuple(m for m in moves if m.now is not None),
        unruled=tuple(m for m in moves if m.now is None),
        uncounted=recount.uncounted,
        receipts=receipts,
    )


def move_clocks(
    office: Office,
    specs: Iterable[LedgerSpec],
    kind: StepKind,
    reason: str,
    moves_of: Callable[[Record], list[ClockMove]],
) -> tuple[tuple[ClockMove, ...], tuple[Receipt[Record], ...]]:
    """Write the moves of every case that is not closed: one step each, all books in one operation.

    A clock that no rule gives any more stays as it was signed. ``moves_of`` is asked under the lock. The step is of
    today, also under an earlier ``--as-of``: what was true on an earlier day stays so.
    """
    moved: list[ClockMove] = []
    moment = office.moment
    at = datetime.combine(max(moment.as_of, moment.now.date()), moment.now.time()).replace(second=0, microsecond=0)
    terms = {spec.id: office.terms(spec) for spec in specs}

    def decide(case: Record) -> tuple[Record, tuple[Step, ...]] | None:
        moves = [] if case.is_closed else [m for m in moves_of(case) if m.now is not None]
        if not moves:
            return None
        step = Step(
            case_no=case.case_no,
            kind=kind,
            at=at,
            by=office.workspace.config.clerk,
            unit=case.unit,
            text=f"{reason}：{'；'.join(m.words for m in moves)}",
            clock_changes=tuple(m.now for m in moves if m.now is not None),
        )
        moved.extend(moves)
        return take_step(case, step, terms[case.ledger]), (step,)

    ledgers = [office.records(office.locality.ledger(ledger)) for ledger in terms]
    receipts = amend_cases(ledgers, decide, signature=office.signature(kind.name.lower()))
    return tuple(moved), receipts


def recount_cases(office: Office, specs: Iterable[LedgerSpec]) -> Recounted:
    """Write what :func:`differences` lists: one step 时限重算 for each case."""
    recount = Recount(office, office.calendar)
    left: list[ClockMove] = []

    def moves_of(case: Record) -> list[ClockMove]:
        moves = compare_all(case, recount)
        left.extend(m for m in moves if m.now is None)
        return moves

    reason = f"按现行规则和日历（{office.calendar.version}）重算"
    moved, receipts = move_clocks(office, tuple(specs), StepKind.RECOUNT, reason, moves_of)
    return _recounted((*moved, *left), recount, receipts)


def moved_by_calendar(case: Record, before: Recount, after: Recount) -> list[ClockMove]:
    """What a change of the calendar moves: dates that a calendar put where they are, and would not now.

    A date follows the calendar when the calendar without the change gives it, when it is still 暂定, or when an
    earlier notice moved it there. Any other was set by somebody for a reason of his own: it stays.
    """
    was = {clock.act: clock for clock in before.clocks(case)}
    now = {clock.act: clock for clock in after.clocks(case)}
    kept = kept_late(case, after.steps(case))
    return [
        ClockMove(case.case_no, case.ledger, clock, now[clock.act])
        for clock in case.round_clocks
        if clock.is_running
        and clock.act not in kept
        and clock.act in now
        and not _is_same(clock, now[clock.act])
        and (clock.is_provisional or _is_at(clock, was.get(clock.act)) or _came_by_notice(case, clock, after))
    ]


def _came_by_notice(case: Record, clock: Clock, recount: Recount) -> bool:
    """Whether the last line of the log that set this clock is a 日历调整, and the clock still stands there."""
    for step in reversed(recount.steps(case)):
        for change in step.clock_changes:
            if change.act is clock.act:
                return step.kind is StepKind.CALENDAR and _is_at(clock, change)
    return False


def _is_set(counted: Clock | None) -> bool:
    """Whether the day is set case by case (一事一议): then no rule says what it should be."""
    return counted is not None and counted.due_on is None


def _is_at(clock: Clock, other: Clock | None) -> bool:
    return other is not None and clock.due_text == other.due_text


def _is_same(stored: Clock, counted: Clock | None) -> bool:
    return counted is not None and _is_at(stored, counted) and stored.is_provisional == counted.is_provisional


def _words(clock: Clock | None) -> str:
    if clock is None:
        return "无"
    return f"{clock.due_text}{'（暂定）' if clock.is_provisional else ''}"
