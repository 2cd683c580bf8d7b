"""Pure counting: a limit + a start + a calendar + pauses + extensions → a day with its working.

The policies of domain.md §2 in one place: the start day is never counted (民法典201); the last day counts and ends
at its close (1259, 203); calendar days, weeks and months whose last day is a rest day move to the next workday
(203); a month ends on the same day of the target month, clamped to its last day (202); hours run from the moment
itself (201). Which limits a case has is the business of :mod:`zhuomuniao.deadlines`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError
from zhuomuniao.limits import Limit, LimitUnit
from zhuomuniao.model import Deadline, TrailDay
from zhuomuniao.rules import DEFAULT_OFFICE_HOURS, OfficeHours, RuleSet

if TYPE_CHECKING:
    from zhuomuniao.course import Extension, Pause
    from zhuomuniao.workdays import WorkCalendar

_POLICIES = {
    LimitUnit.WORKDAY: ("first_day", "within_workdays"),
    LimitUnit.DAY: ("first_day", "within_days"),
    LimitUnit.WEEK: ("first_day", "within_days"),
    LimitUnit.MONTH: ("first_day", "within_months", "within_days"),
    LimitUnit.HOUR: ("hours",),
    LimitUnit.MINUTE: ("hours",),
}

_FIRST_YEAR, _LAST_YEAR = 1950, 2900
"""Beyond these years a start day is a slip of the keyboard."""

_LONGEST = {
    LimitUnit.WORKDAY: 9999,
    LimitUnit.DAY: 9999,
    LimitUnit.WEEK: 1500,
    LimitUnit.MONTH: 360,
    LimitUnit.HOUR: 9999,
    LimitUnit.MINUTE: 9999,
}
_LONGEST_PAUSE = 3660
"""Days. Longer limits and pauses are slips of the keyboard too."""

_ONE_DAY = timedelta(days=1)


class Counting(Struct, frozen=True):
    """How a locality counts, where its notice leaves it open (policies within_days, pause_days, hours)."""

    moves_off_rest_days: bool = True
    counts_pause_day: bool = True
    counts_office_hours: bool = False
    office_hours: OfficeHours = DEFAULT_OFFICE_HOURS

    @property
    def closing(self) -> time:
        """下班."""
        return self.office_hours[-1][1]


def counting_of(rules: RuleSet) -> Counting:
    """How an edition counts."""
    return Counting(
        moves_off_rest_days=rules.choice("within_days") != "stay",
        counts_pause_day=rules.choice("pause_days") != "whole",
        counts_office_hours=rules.choice("hours") == "office",
        office_hours=rules.office_hours,
    )


def count_deadline(
    limit: Limit,
    start: date | datetime,
    calendar: WorkCalendar,
    *,
    counting: Counting | None = None,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
) -> Deadline:
    """The last day of a limit that starts on ``start`` (day 0, not counted), with pauses and extensions.

    A start with a time of day matters for hours and 下班前 only. A pause that still lasts is not counted yet.
    Raises :class:`BadValueError` for a limit or a year that cannot be meant, and
    :class:`CalendarNotPublishedError` under a strict calendar when the day rests on an unpublished arrangement.
    """
    return _Count(calendar, counting or Counting(), pauses).deadline(limit, start, extensions)


def show_working(
    limit: Limit,
    start: date | datetime,
    calendar: WorkCalendar,
    *,
    counting: Counting | None = None,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
) -> tuple[TrailDay, ...]:
    """Every day from day 0 to the due day: counted and numbered, or skipped with its reason."""
    return tuple(_Count(calendar, counting or Counting(), pauses).trail(limit, start, extensions))


def spent_workdays(
    start: date, end: date, calendar: WorkCalendar, *, pauses: Sequence[Pause] = (), counts_pause_day: bool = True
) -> int:
    """工作日 after ``start`` through ``end``, without those that a limit would not count either for a pause.

    A pause that still lasts stops nothing yet, as in :func:`count_deadline`. 0 where it ended on the day it began.
    """
    stopped = _merged(pauses, counts_pause_day) if pauses else ()
    return calendar.workdays_between(start, end) - _workdays_within(stopped, start, end, calendar)


class _Stretch(Struct, frozen=True):
    """One part of a count: the limit itself, or an extension that follows it. ``raw`` is before moving."""

    limit: Limit
    start: datetime
    raw: date
    due: date
    due_time: time | None
    is_extension: bool


class _Count(Struct):
    """One count: a calendar, a way of counting and the days that do not count."""

    calendar: WorkCalendar
    counting: Counting
    pauses: Sequence[Pause]
    stopped: tuple[tuple[date, date], ...] = ()

    def __post_init__(self) -> None:
        for pause in self.pauses:
            if pause.until and (pause.until - pause.since).days > _LONGEST_PAUSE:
                raise BadValueError(f"暂停 {pause.since} 至 {pause.until} 太长", "请核对两个日期")
        self.stopped = _merged(self.pauses, self.counting.counts_pause_day) if self.pauses else ()

    def deadline(self, limit: Limit, start: date | datetime, extensions: Sequence[Extension]) -> Deadline:
        first, *more = self.stretches(limit, start, extensions)
        last = more[-1] if more else first
        open_day = self._first_provisional(first, last)
        if open_day is not None:
            self.calendar.require_published(open_day)
        provisional = open_day is not None
        policies = _POLICIES[limit.unit] if limit.count or last.raw != last.due else ()
        return Deadline(
            act=None,
            limit=str(limit),
            starts_on=first.start.date(),
            due_on=last.due,
            raw_due_on=last.raw if last.raw != last.due else None,
            is_provisional=provisional,
            policies=(
                *policies,
                *(("closing_time",) if limit.by_closing else ()),
                *(("pause_days",) if self.pauses else ()),
                *(("extension",) if more else ()),
                *(("provisional",) if provisional else ()),
            ),
            due_time=last.due_time,
            base_due_on=first.due if more else None,
        )

    def stretches(self, limit: Limit, start: date | datetime, extensions: Sequence[Extension]) -> list[_Stretch]:
        """The limit, then each extension counted on from the day on which it would have ended."""
        moment = start if isinstance(start, datetime) else datetime.combine(start, self.counting.office_hours[0][0])
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise BadValueError(f"起算日 {moment:%Y-%m-%d} 不在{_FIRST_YEAR}年至{_LAST_YEAR}年之间", "请核对年份")
        found = [self._stretch(limit, moment, is_extension=False)]
        for extension in extensions:
            last = found[-1]
            onward = datetime.combine(last.due, last.due_time or self.counting.closing)
            found.append(self._stretch(extension.limit, onward, is_extension=True))
        return found

    def _stretch(self, limit: Limit, start: datetime, *, is_extension: bool) -> _Stretch:
        if limit.count > _LONGEST[limit.unit]:
            raise BadValueError(f"时限“{limit}”太长", f"按{limit.unit}计的最多{_LONGEST[limit.unit]}，请核对")
        if limit.count < (0 if limit.unit is LimitUnit.DAY else 1):
            raise BadValueError(f"时限“{limit}”不足1{limit.unit}", "时限至少为1；当天的写“当日”")
        if limit.unit.is_of_the_clock:
            moment = self._hours_later(limit, start)
            return _Stretch(limit, start, moment.date(), moment.date(), moment.time(), is_extension)
        raw = self._raw_end(limit, start.date())
        due = raw
        if limit.by_closing:
            if raw == start.date() and start.time() > self.counting.closing:
                raw += _ONE_DAY
            due = self._open_day(raw)
        elif limit.unit is not LimitUnit.WORKDAY and self.counting.moves_off_rest_days:
            due = self._open_day(raw)
        return _Stretch(limit, start, raw, due, self.counting.closing if limit.by_closing else None, is_extension)

    def _raw_end(self, limit: Limit, start: date) -> date:
        if limit.unit is LimitUnit.WORKDAY:
            return self._nth_workday(start, limit.count)
        if limit.unit is LimitUnit.MONTH:
            # Loaded here: dateutil costs 10 ms and most limits are workdays.
            from dateutil.relativedelta import relativedelta

            days = (start + relativedelta(months=limit.count) - start).days
        else:
            days = limit.count * (7 if limit.unit is LimitUnit.WEEK else 1)
        end = start + timedelta(days=days)
        while self.stopped:
            later = start + timedelta(days=days + self._stopped_days(start, end))
            if later == end:
                break
            end = later
        return end

    def _nth_workday(self, start: date, n: int) -> date:
        due = self.calendar.nth_workday_after(start, n)
        while self.stopped:
            later = self.calendar.nth_workday_after(start, n + self._stopped_workdays(start, due))
            if later == due:
                break
            due = later
        return due

    def _hours_later(self, limit: Limit, start: datetime) -> datetime:
        length = timedelta(hours=limit.count) if limit.unit is LimitUnit.HOUR else timedelta(minutes=limit.count)
        if not self.counting.counts_office_hours:
            end = start + length
            while self.stopped:
                later = start + length + self._stopped_days(start.date(), end.date()) * _ONE_DAY
                if later == end:
                    break
                end = later
            return end
        left = length
        for opens, closes in self._office_spans(start):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise AssertionError("office hours never end")

    def _office_spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of 上班时间 from a moment on, on workdays that are not paused."""
        day = start.date()
        while True:
            if self.calendar.is_workday(day) and not self._is_stopped(day):
                for begins, ends in self.counting.office_hours:
                    opens = max(datetime.combine(day, begins), start)
                    closes = datetime.combine(day, ends)
                    if opens < closes:
                        yield opens, closes
            day += _ONE_DAY

    def _open_day(self, day: date) -> date:
        """``day`` itself if people work on it and it counts, else the next such day."""
        found = self.calendar.first_workday_on_or_after(day)
        while self._is_stopped(found):
            found = self.calendar.nth_workday_after(found, 1)
        return found

    def _is_stopped(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.stopped)

    def _stopped_days(self, start: date, end: date) -> int:
        """Calendar days after ``start`` through ``end`` that do not count."""
        overlaps = ((min(last, end) - max(first, start + _ONE_DAY)).days + 1 for first, last in self.stopped)
        return sum(max(0, days) for days in overlaps)

    def _stopped_workdays(self, start: date, end: date) -> int:
        return _workdays_within(self.stopped, start, end, self.calendar)

    def _first_provisional(self, first: _Stretch, last: _Stretch) -> date | None:
        """The first day the count rests on that may still change.

        For calendar days only the end can; hours by the clock rest on no calendar at all.
        """
        if first is last and first.limit.unit.is_of_the_clock and not self.counting.counts_office_hours:
            return None
        by_days = first.limit.unit is not LimitUnit.WORKDAY and not first.limit.unit.is_of_the_clock
        only_end = first is last and by_days
        begins = first.raw if only_end else first.start.date() + _ONE_DAY
        return self.calendar.first_provisional(min(begins, last.due) - _ONE_DAY, last.due)

    def trail(self, limit: Limit, start: date | datetime, extensions: Sequence[Extension]) -> Iterator[TrailDay]:
        for stretch in self.stretches(limit, start, extensions):
            if not stretch.is_extension:
                yield self._first_day(stretch)
            yield from self._days_of(stretch)

    def _first_day(self, stretch: _Stretch) -> TrailDay:
        day = stretch.start.date()
        if stretch.limit.unit.is_of_the_clock:
            until = f"，到 {stretch.due_time:%H:%M} 止" if stretch.due == day else ""
            return self._line(day, None, f"{stretch.start:%H:%M}起算{until}")
        return self._line(day, None, "起算日" if stretch.due == day else "起算日，不计入")

    def _days_of(self, stretch: _Stretch) -> Iterator[TrailDay]:
        n, day = 0, stretch.start.date()
        by_workdays = stretch.limit.unit is LimitUnit.WORKDAY
        tail = f"，延期{stretch.limit}" if stretch.is_extension else ""
        while day < stretch.due:
            day += _ONE_DAY
            info = self.calendar.day(day)
            if self._is_stopped(day):
                yield self._line(day, None, f"暂停，不计入（{info.why}）")
            elif stretch.limit.unit.is_of_the_clock:
                yield self._line(day, None, f"到 {stretch.due_time:%H:%M} 止" if day == stretch.due else info.why)
            elif by_workdays or day <= stretch.raw:
                counts = info.is_workday or not by_workdays
                n += counts
                moved = day == stretch.raw and stretch.due != stretch.raw
                why = f"{info.why}，末日遇休息日顺延" if moved else info.why
                yield self._line(day, n if counts else None, f"{why}{tail}" if counts else why)
            else:
                yield self._line(day, None, f"{info.why}，顺延至此" if day == stretch.due else info.why)

    def _line(self, day: date, n: int | None, why: str) -> TrailDay:
        info = self.calendar.day(day)
        return TrailDay(day, n is not None, n, why, info.is_provisional, info.source)


def _merged(pauses: Sequence[Pause], counts_pause_day: bool) -> tuple[tuple[date, date], ...]:
    """The days that do not count, overlapping pauses joined; a pause that still lasts has none yet."""
    spans = sorted((p.since + _ONE_DAY * counts_pause_day, p.until) for p in pauses if p.until)
    joined: list[tuple[date, date]] = []
    for first, last in spans:
        if last < first:
            continue
        if joined and first <= joined[-1][1] + _ONE_DAY:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def _workdays_within(spans: Sequence[tuple[date, date]], start: date, end: date, calendar: WorkCalendar) -> int:
    """How many workdays after ``start`` through ``end`` lie in one of the spans, which do not overlap."""
    total = 0
    for first, last in spans:
        begins, ends = max(first, start + _ONE_DAY), min(last, end)
        if begins <= ends:
            total += calendar.workdays_between(begins - _ONE_DAY, ends)
    return total
