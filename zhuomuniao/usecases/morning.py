"""逾期: what the morning list shows. One entry per case, by its earliest running clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.deadlines import late_workdays, light_of
from zhuomuniao.fieldwork import Issue
from zhuomuniao.model import Case, Clock, Finding, Light, Record, Status
from zhuomuniao.privacy import mask_record
from zhuomuniao.roundtext import parts_of_now
from zhuomuniao.rules import Holds, LedgerSpec, SideSheet
from zhuomuniao.usecases.duties import DutyLine, duties_ahead
from zhuomuniao.usecases.lookedafter import look_after
from zhuomuniao.usecases.looking import listed_unit, moving_records

if TYPE_CHECKING:
    from zhuomuniao.rosters import Rotation as Rotation
    from zhuomuniao.usecases.covering import QuotaCoverage as QuotaCoverage
    from zhuomuniao.usecases.lookedafter import Looked
    from zhuomuniao.usecases.office import Office
    from zhuomuniao.workdays import WorkCalendar

L = TypeVar("L", bound=Record)

TAKING_PART_AHEAD_WORKDAYS = 15
"""How many workdays before a quarter or window ends those who have not taken part in it are named."""


class ClockStanding(Struct, frozen=True):
    """One running clock on the day: its light and by how many 工作日 and 日 it is late."""

    clock: Clock
    light: Light
    late_workdays: int
    late_days: int


class Standing(Struct, frozen=True):
    """One record in the morning list: its earliest clock, and the other late ones."""

    case: Record
    lead: ClockStanding
    also: tuple[ClockStanding, ...]

    @property
    def ladder(self) -> str:
        """The last rung that was taken in this round, such as 催办; ``""`` where none was."""
        rungs = parts_of_now(self.case.urging) if isinstance(self.case, Case) else ()
        return rungs[-1].split(" ")[0] if rungs else ""


class Morning(Struct, frozen=True):
    """Everything `zmn overdue` shows."""

    as_of: date
    overdue: tuple[Standing, ...]
    due_today: tuple[Standing, ...]
    due_soon: tuple[Standing, ...]
    paused: tuple[Record, ...]
    paused_workdays: Mapping[str, int]
    awaiting_visit: tuple[Record, ...]
    owned_visits: tuple[Case, ...]
    awaiting_sign: tuple[Record, ...]
    awaiting_assignment: tuple[Record, ...]
    unmeasured: tuple[Issue, ...]
    open_count: int
    duties: tuple[DutyLine, ...]
    rotations: tuple[Rotation, ...]
    owed: tuple[QuotaCoverage, ...]
    outbox: int
    looked: Looked
    deemed: tuple[str, ...]
    calendar_warning: str | None
    findings: tuple[Finding, ...]


def look_at_morning(
    office: Office, specs: Sequence[LedgerSpec], *, within: int = 1, unit: str = "", is_full: bool = False
) -> Morning:
    """What is overdue, due today, due within ``within`` 工作日, paused or waiting, at the end of the day asked.

    The worst come first: most workdays late, then the earliest date, then the number.
    """
    as_of, calendar = office.moment.as_of, office.calendar
    looked = look_after(office)
    cases: list[Record] = []
    findings: list[Finding] = []
    first_days: dict[str, date] = {}
    for spec in specs:
        seen = moving_records(office, spec)
        findings += seen.findings
        cases += seen.records
        first_days[spec.id] = min(seen.first_day or as_of, as_of)
    if deemed := _deemed_signed(office, specs, cases):
        cases = [c for spec in specs for c in moving_records(office, spec).records]
    owned = {spec.id for spec in specs if spec.has_first_owner}
    if unit:
        wanted = listed_unit(office, unit)
        cases = [c for c in cases if c.unit == wanted]
    standings = [_standing(office, c) for c in cases if not c.is_closed and not _rests(c)]
    dated = sorted((s for s in standings if s is not None), key=_worst_first)
    soon = calendar.nth_workday_after(as_of, within) if within > 0 else as_of

    # Masking costs more than sorting, so only what is listed is masked.
    def shown(case: L) -> L:
        return case if is_full else mask_record(case)

    def listed(wanted: Callable[[date], bool]) -> tuple[Standing, ...]:
        return tuple(replace(s, case=shown(s.case)) for s in dated if wanted(_due(s)))

    def waiting(status: Status) -> tuple[Record, ...]:
        return tuple(shown(c) for c in cases if c.status is status)

    return Morning(
        as_of=as_of,
        overdue=listed(lambda due: due < as_of),
        due_today=listed(lambda due: due == as_of),
        due_soon=listed(lambda due: as_of < due <= soon),
        paused=waiting(Status.PAUSED),
        paused_workdays={
            c.case_no: late_workdays(since, as_of, calendar)
            for c in cases
            if c.status is Status.PAUSED and (since := c.paused_since) is not None
        },
        awaiting_visit=waiting(Status.AWAITING_REVISIT),
        owned_visits=tuple(c for c in waiting(Status.AWAITING_REVISIT) if c.ledger in owned and isinstance(c, Case)),
        awaiting_sign=waiting(Status.AWAITING_SIGNATURE),
        awaiting_assignment=waiting(Status.AWAITING_ASSIGNMENT),
        unmeasured=tuple(shown(c) for c in cases if isinstance(c, Issue) and c.is_unmeasured),
        open_count=sum(c.status.is_open for c in cases),
        duties=duties_ahead(office, first_days=first_days),
        rotations=_rotations(office),
        owed=_owed(office),
        outbox=len(office.store.outbox.entries()),
        looked=looked,
        deemed=deemed,
        calendar_warning=_calendar_warning(as_of, calendar, cases),
        findings=tuple(findings),
    )


def _deemed_signed(office: Office, specs: Sequence[LedgerSpec], records: Sequence[Record]) -> tuple[str, ...]:
    """What silence signed for (视为签收): written now, for a morning that is not of the past."""
    waiting = [r for r in records if isinstance(r, Case) and r.status is Status.AWAITING_SIGNATURE]
    if not waiting or office.moment.is_replayed:
        return ()
    from zhuomuniao.usecases.deeming import deem_signed

    return deem_signed(office, [spec for spec in specs if spec.holds is Holds.CASES], waiting)


def _rotations(office: Office) -> tuple[Rotation, ...]:
    if not any(SideSheet.OFFICERS in spec.sheets for spec in office.locality.ledgers):
        return ()
    from zhuomuniao.usecases.officers import rotations_ahead

    return rotations_ahead(office)


def _owed(office: Office) -> tuple[QuotaCoverage, ...]:
    if not any(spec.holds is Holds.ACTIVITIES for spec in office.locality.ledgers):
        return ()
    from zhuomuniao.usecases.covering import still_owed

    return still_owed(office, within=TAKING_PART_AHEAD_WORKDAYS)


def _rests(case: Record) -> bool:
    """Whether a case is paused, and was not late before that already."""
    since, lead = case.paused_since, case.leading_clock
    was_late = since is not None and lead is not None and lead.due_on is not None and lead.due_on < since
    return case.status is Status.PAUSED and not was_late


def _standing(office: Office, case: Record) -> Standing | None:
    dated = sorted((c for c in case.owed_clocks if c.due_on), key=lambda c: c.due_moment)
    if not dated:
        return None
    lead, *others = (_clock_standing(office, clock) for clock in dated)
    return Standing(case, lead, tuple(one for one in others if one.late_days > 0))


def _clock_standing(office: Office, clock: Clock) -> ClockStanding:
    as_of = office.moment.as_of
    due = clock.due_on or date.max
    return ClockStanding(
        clock=clock,
        light=light_of(clock, as_of, office.calendar),
        late_workdays=late_workdays(due, as_of, office.calendar),
        late_days=max(0, (as_of - due).days),
    )


def _due(standing: Standing) -> date:
    return standing.lead.clock.due_on or date.max


def _worst_first(standing: Standing) -> tuple[int, date, tuple[int, str]]:
    return (-standing.lead.late_workdays, _due(standing), standing.case.in_order)


def _calendar_warning(as_of: date, calendar: WorkCalendar, cases: Sequence[Record]) -> str | None:
    """What a clerk should do about the calendar.

    Dates marked 暂定 whose notice is there by now come first; from 1 November on, the notice of next year.
    """
    settled = sum(
        any(
            c.is_running and c.is_provisional and c.due_on and not calendar.is_provisional(c.due_on)
            for c in case.clocks
        )
        for case in cases
        if not case.is_closed
    )
    if settled:
        return f"有{settled}件还标着“暂定”，放假安排其实已经载入；请运行 zmn recount 查看，zmn recount --issue 改过来"
    last = calendar.last_published_year
    if as_of.year > last or (as_of.year == last and as_of.month >= 11):
        return (
            f"{last + 1}年放假安排还没有载入，{last}年12月起的日期都是“暂定”；"
            "国务院通知公布后，请把通知全文存成文件，运行 zmn calendar import 通知文件"
        )
    return None
