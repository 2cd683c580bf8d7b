"""提醒 → 催办 → 督办 → 问责: which rung of a ladder a case has reached, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.ruletypes import LadderRule, Rung, holds

if TYPE_CHECKING:
    from zhuomuniao.workdays import WorkCalendar


class RungDue(Struct, frozen=True):
    """The next rung and the first workday on which it may be taken."""

    rung: str
    on: date
    is_due: bool


def next_rung(
    ladder: LadderRule,
    *,
    due_on: date,
    issued: Mapping[str, date],
    facts: Mapping[str, str],
    as_of: date,
    calendar: WorkCalendar,
) -> RungDue | None:
    """The rung to take next, given those ``issued`` so far; ``None`` at the top or where the ladder is not theirs.

    Each rung fires once and none is skipped: a later rung counts from the day the one before was really issued, so
    nothing is back-dated (E-05). It is due on workdays only (E-03). Reminders lapse with the due day. Callers leave
    out paused, closed and void cases (E-07).
    """
    if not holds(ladder.when, facts):
        return None
    entered = next((e.rung for e in ladder.entries if holds(e.when, facts)), None)
    rungs = list(ladder.rungs)
    if entered is not None:
        names = [rung.name for rung in rungs]
        rungs = rungs[names.index(entered) :]
    taken = [place for place, rung in enumerate(rungs) if rung.name in issued]
    # What lies below a rung that was taken is over, also where another ladder took it.
    for rung in rungs[taken[-1] + 1 :] if taken else rungs:
        if not holds(rung.when, facts):
            continue
        if rung.is_before_due and as_of > due_on:
            continue
        if rung.name == entered:
            on: date | None = as_of
        elif due_on == date.max:
            # What has no day cannot be late.
            return None
        else:
            on = _day_of(rung, due_on, issued, calendar)
        if on is None:
            return None
        if rung.after and rung.name != entered:
            # What is not late yet is not urged, whatever was issued before (an extension, a case with a history).
            on = max(on, calendar.nth_workday_after(due_on, 1))
        return RungDue(rung.name, on, on <= as_of and calendar.is_workday(as_of))
    return None


def _day_of(rung: Rung, due_on: date, issued: Mapping[str, date], calendar: WorkCalendar) -> date | None:
    if rung.is_before_due:
        return calendar.nth_workday_before(due_on, rung.days) if rung.days else due_on
    base = issued.get(rung.after) if rung.after else due_on
    if base is None:
        return None
    return calendar.nth_workday_after(base, rung.days) if rung.days else base
