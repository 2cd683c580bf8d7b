"""报送义务: which hand-ins fall on this desk, for which periods, by when, and whether they have left the office."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.periods import Period, covered, duties_of, duty_due, periods_of_year
from zhuomuniao.ruletypes import DutyRule, Every, ReportKind
from zhuomuniao.usecases.dutyperiods import (
    DUTY_AHEAD_WORKDAYS,
    OPTIONS,
    last_period_over,
    once,
    period_due,
    period_labelled,
)
from zhuomuniao.usecases.submissions import Copies, Submission, copies_recorded, submitted_by

if TYPE_CHECKING:
    from zhuomuniao.model import DutyDue
    from zhuomuniao.rules import RuleSet
    from zhuomuniao.usecases.office import Office

AHEAD_DAYS = 30
"""How many days ``zmn duties`` looks ahead, and how long what was handed in stays listed."""

_FURTHEST_AHEAD = timedelta(days=370)
"""A hand-in falls due within a year after its period, and its next period begins within a year."""


class DutyState(StrEnum):
    """How a hand-in stands on a day."""

    DONE = "已报"
    OPEN = "待报"
    LAST_DAY = "今天最后一天"
    PAST_SUBMIT_BY = "已过最迟日"
    LATE = "已过"
    UNDATED = "通知没有写明哪天"


class DutyLine(Struct, frozen=True):
    """A hand-in for one period, as it stands at the end of a day.

    Between ``submit_by`` and the nominal day, where that is a rest day, it is past the one and not late by the other.
    ``due`` and the days covered are ``None`` where the notice names no day, or no period. ``late_workdays`` and
    ``late_days`` count from the nominal day to the day of looking, or to that of handing in.
    """

    duty: DutyRule
    period: Period
    state: DutyState
    due: DutyDue | None
    covers: tuple[date, date] | None
    submission: Submission | None
    late_workdays: int
    late_days: int
    is_mine: bool

    @property
    def is_done(self) -> bool:
        return self.submission is not None

    @property
    def done_on(self) -> date | None:
        return self.submission.done_on if self.submission else None

    @property
    def command(self) -> str:
        """What makes it; ``""`` where zmn has no report for it."""
        if self.duty.report is None:
            return ""
        option = OPTIONS.get(self.duty.every)
        return f"zmn report --duty {self.duty.id}" + (f" {option} {self.period.label}" if option else "")

    @property
    def settle(self) -> str:
        """What records that it was handed in; ``""`` where it is on record."""
        return "" if self.is_done else settling(self.duty, self.period)

    def is_over(self, day: date) -> bool:
        """Whether every day it covers has passed on a day; what is handed in once covers none."""
        return self.covers is not None and self.covers[1] < day

    def runs_beyond(self, day: date) -> date | None:
        """The last day covered, where a copy that leaves on a day lacks days which one sent by ``submit_by`` has.

        A plan is not about days that have been.
        """
        if self.covers is None or self.duty.report is ReportKind.PLANS:
            return None
        through = self.covers[1]
        in_time = min(through, self.due.submit_by) if self.due else through
        return through if day < in_time else None


def list_duties(office: Office, *, ahead: int | None = None, is_of_all_roles: bool = False) -> tuple[DutyLine, ...]:
    """The hand-ins of this desk around its day, the earliest first; those without a day come last.

    Everything that is late and not handed in, what is to be sent within ``ahead`` days, and what was due or handed in
    within as many days before. Where ``ahead`` is not given, also the next one of every duty.
    """
    rules, as_of = _rules(office), office.moment.as_of
    books = Books(office, copies_recorded(office))
    mine = duties_of(rules, office.role, office.name)
    reach = timedelta(days=AHEAD_DAYS if ahead is None else ahead)
    found: list[DutyLine] = []
    for duty in rules.duties if is_of_all_roles else mine:
        lines = lines_of(books, duty, until=as_of + _FURTHEST_AHEAD, is_mine=duty in mine)
        near = [line for line in lines if _is_near(line, as_of, reach)]
        following = [line for line in lines if not line.is_done and line.due and line.due.submit_by >= as_of]
        if ahead is None and following and following[0] not in near:
            near.append(following[0])
        found += near
    return tuple(sorted(found, key=_by_day))


def duties_ahead(office: Office, *, first_days: Mapping[str, date] | None = None) -> tuple[DutyLine, ...]:
    """Hand-ins of this desk's role from :data:`DUTY_AHEAD_WORKDAYS` before ``submit_by`` until they are recorded.

    A hand-in for September falls due in October; the one for the running month may ask to be sent before the
    month ends, when its cut-off lies in a holiday. ``first_days`` are those of the first records, by ledger, where
    the caller has read the books already.
    """
    until = office.calendar.nth_workday_after(office.moment.as_of, DUTY_AHEAD_WORKDAYS)
    lines = desk_lines(Books(office, copies_recorded(office), dict(first_days or {})), until=until)
    return tuple(line for line in lines if not line.is_done and line.due is not None)


class Books(Struct, frozen=True):
    """What the books tell of the hand-ins: the copies on record, and the day of the first record by ledger."""

    office: Office
    copies: Copies
    first_days: dict[str, date] = field(default_factory=dict)

    def first_day(self, ledger: str) -> date:
        """The day of a ledger's first record; of an empty one the day looked at. Read once."""
        if ledger not in self.first_days:
            records = self.office.records(self.office.locality.ledger(ledger)).state().records
            days = (record.opened_at.date() for record in records)
            self.first_days[ledger] = min(days, default=self.office.moment.as_of)
        return self.first_days[ledger]


def desk_lines(books: Books, *, until: date) -> tuple[DutyLine, ...]:
    """The hand-ins that are asked of this desk and to be sent by ``until``, done or not, the earliest first.

    Those without a day are none of them.
    """
    office = books.office
    mine = [duty for duty in duties_of(_rules(office), office.role, office.name) if duty.has_day]
    return tuple(sorted((line for duty in mine for line in lines_of(books, duty, until=until)), key=_by_day))


def lines_of(books: Books, duty: DutyRule, *, until: date, is_mine: bool = True) -> tuple[DutyLine, ...]:
    """The hand-ins of one duty that are asked of this desk, of periods due by ``until``, in their order.

    What fell due before the desk had its books does not haunt it. Asked for is what falls due on or after the day on
    which the journal began (or the day looked at, where that is earlier). Earlier ones are, while no hand-in of this
    duty is on record, where the books hold records of their days or of days before: the office had begun then. Once
    one is on record, with which the office has caught up, only what fell due after it. An adopted book of years back
    is so settled by one record.

    A duty without a day has a line for the last period that is over, until it is on record, one for the period that
    is meant on the day, and those on record.
    """
    office = books.office
    rules, as_of, calendar = _rules(office), office.moment.as_of, office.calendar
    done = {label: copy for (of, label), copy in submitted_by(books.copies, as_of).items() if of == duty.id}
    recorded = {p.label: p for label in done if (p := period_labelled(rules, duty, label, as_of)) is not None}

    def line(period: Period) -> DutyLine:
        return _line(office, rules, duty, period, done.get(period.label), is_mine=is_mine)

    if not duty.has_day:
        over = _periods_over(books, duty, recorded.values())
        last = last_period_over(office, duty)
        waiting = (last if last in over else None, period_due(office, duty))
        periods = {**recorded, **{period.label: period for period in waiting if period is not None}}
        return tuple(line(p) for p in sorted(periods.values(), key=lambda p: p.first))
    known = [due.due_on for p in recorded.values() if (due := duty_due(duty, p, rules, calendar)) is not None]
    start = _fair_start(books, duty, recorded_due=known)
    found = []
    for period in _periods_between(duty, rules, start.earliest, until):
        due = duty_due(duty, period, rules, calendar)
        if due is None or due.submit_by > until:
            continue
        if start.asks(due.due_on, due.covers_through) or period.label in done:
            found.append(line(period))
    return tuple(found)


class EarlierUndated(Struct, frozen=True):
    """Periods of a duty without a day that were over before the one that is listed, and are not on record."""

    duty: DutyRule
    periods: tuple[Period, ...]


def earlier_undated(office: Office, *, is_of_all_roles: bool = False) -> tuple[EarlierUndated, ...]:
    """What :func:`list_duties` leaves out: periods before the last that is over, of duties without a day.

    They are asked of this desk as those with a day are, and nothing tells that they left the office.
    """
    rules, as_of = _rules(office), office.moment.as_of
    books = Books(office, copies_recorded(office))
    duties = rules.duties if is_of_all_roles else duties_of(rules, office.role, office.name)
    found = []
    for duty in duties:
        last = last_period_over(office, duty)
        if duty.has_day or last is None:
            continue
        labels = [label for of, label in submitted_by(books.copies, as_of) if of == duty.id]
        recorded = [p for label in labels if (p := period_labelled(rules, duty, label, as_of)) is not None]
        over = _periods_over(books, duty, recorded)
        found.append(EarlierUndated(duty, tuple(p for p in over if p != last)))
    return tuple(one for one in found if one.periods)


def _periods_over(books: Books, duty: DutyRule, recorded: Iterable[Period]) -> tuple[Period, ...]:
    """The periods of a duty without a day that are over, asked of this desk, and not on record; the last one last."""
    office = books.office
    rules, as_of, known = _rules(office), office.moment.as_of, tuple(recorded)
    if last_period_over(office, duty) is None:
        return ()
    ends = [covered(duty, one, rules, office.calendar)[1] for one in known]
    start = _fair_start(books, duty, recorded_due=ends)
    found = []
    for period in _periods_between(duty, rules, start.earliest, as_of):
        through = covered(duty, period, rules, office.calendar)[1]
        # No day is named, so it counts as due when it is over.
        if through < as_of and period not in known and start.asks(through, through):
            found.append(period)
    return tuple(sorted(found, key=lambda p: p.first))


class _FairStart(Struct, frozen=True):
    """From when on a duty is asked of a desk: what falls due from ``due_from`` on, and what tells of days from
    ``records_from`` on (``None``: no such days are asked about).
    """

    due_from: date
    records_from: date | None

    @property
    def earliest(self) -> date:
        """The first of both days."""
        return min(self.due_from, self.records_from or self.due_from)

    def asks(self, due_on: date, covers_through: date) -> bool:
        """Whether a hand-in is asked of the desk that falls due on a day and covers the days through another."""
        of_records = self.records_from is not None and self.records_from <= covers_through
        return due_on >= self.due_from or of_records


def _fair_start(books: Books, duty: DutyRule, *, recorded_due: Sequence[date]) -> _FairStart:
    """Where a duty begins for a desk. ``recorded_due`` are the days on which those on record fell due."""
    office = books.office
    as_of, began = office.moment.as_of, office.store.journal.begun_at
    due_from = min([as_of, *recorded_due, *([began.date()] if began else [])])
    if recorded_due:
        return _FairStart(due_from, None)
    first = books.first_day(duty.ledger)
    # Records of the desk's own days ask for nothing that fell due before it began.
    return _FairStart(due_from, first if first < due_from else None)


def line_of(office: Office, duty: DutyRule, period: Period) -> DutyLine:
    """How the hand-in of one period stands, whether or not it is asked of this desk."""
    rules = _rules(office)
    done = submitted_by(copies_recorded(office), office.moment.as_of)
    is_mine = duty in duties_of(rules, office.role, office.name)
    return _line(office, rules, duty, period, done.get((duty.id, period.label)), is_mine=is_mine)


def told_to(to: str) -> str:
    """To whom a hand-in goes, as a sentence says it; some notices name nobody."""
    return f"报{to}" if to else "通知没有写报给谁"


def settling(duty: DutyRule, period: Period) -> str:
    """The command that records that a hand-in left the office."""
    return f"zmn duties done {duty.id} --period {period.label}"


def _line(
    office: Office, rules: RuleSet, duty: DutyRule, period: Period, done: Submission | None, *, is_mine: bool
) -> DutyLine:
    as_of, calendar = office.moment.as_of, office.calendar
    due = duty_due(duty, period, rules, calendar)
    until = done.done_on if done else as_of
    is_late = due is not None and until > due.due_on
    return DutyLine(
        duty=duty,
        period=period,
        state=_state(due, done, as_of),
        due=due,
        covers=None if duty.every is Every.ONCE else covered(duty, period, rules, calendar),
        submission=done,
        late_workdays=late_workdays(due.due_on, until, calendar) if due and is_late else 0,
        late_days=(until - due.due_on).days if due and is_late else 0,
        is_mine=is_mine,
    )


def _state(due: DutyDue | None, done: Submission | None, as_of: date) -> DutyState:
    if done is not None:
        return DutyState.DONE
    if due is None:
        return DutyState.UNDATED
    if as_of > due.due_on:
        return DutyState.LATE
    if as_of in (due.submit_by, due.due_on):
        return DutyState.LAST_DAY
    return DutyState.PAST_SUBMIT_BY if as_of > due.submit_by else DutyState.OPEN


def _rules(office: Office) -> RuleSet:
    return office.locality.rules_on(office.moment.as_of)


def _is_near(line: DutyLine, as_of: date, reach: timedelta) -> bool:
    if line.due is None:
        return not line.is_done or (line.done_on or as_of) >= as_of - reach
    if not line.is_done:
        return line.due.submit_by <= as_of + reach
    return max(line.due.due_on, line.done_on or line.due.due_on) >= as_of - reach


def _by_day(line: DutyLine) -> tuple[date, str, str]:
    return (line.due.submit_by if line.due else date.max, line.duty.id, line.period.label)


def _periods_between(duty: DutyRule, rules: RuleSet, first: date, last: date) -> Iterator[Period]:
    """The periods of a duty that may fall due between two days: those of the years around them, each once."""
    if duty.every is Every.ONCE:
        yield once(duty, first)
    seen: set[str] = set()
    for year in range(first.year - 1, last.year + 1):
        for period in periods_of_year(duty.every, year, rules.window(duty.window)):
            if period.label not in seen:
                seen.add(period.label)
                yield period


def told_apart(lines: Sequence[DutyLine], *, most: int) -> tuple[tuple[DutyLine, ...], int]:
    """Of each duty the latest ``most`` that are late, all that is not late, and how many are left out."""
    late: dict[str, list[DutyLine]] = {}
    for line in lines:
        if line.state is DutyState.LATE:
            late.setdefault(line.duty.id, []).append(line)
    hidden = {id(line) for of_duty in late.values() for line in of_duty[:-most]}
    return tuple(line for line in lines if id(line) not in hidden), len(hidden)
