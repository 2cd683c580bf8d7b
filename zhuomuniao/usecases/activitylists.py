"""Lists of activities as they stood at the end of a day: their filing clock, and whether it was or is late."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.model import Act, Finding
from zhuomuniao.privacy import mask_record
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.fieldcells import listed_word
from zhuomuniao.usecases.looking import listed_unit, records_as_of

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Activity
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office


class ActivityFilter(Struct, frozen=True):
    """What a list is narrowed to; empty means all."""

    unit: str = ""
    kind: str = ""
    mode: str = ""
    month: tuple[int, int] | None = None
    status: str = ""
    search: str = ""


class ActivityView(Struct, frozen=True):
    """An activity as it is shown on a day. ``is_late``: it was filed late, or is still to be and overdue."""

    activity: Activity
    due_on: date | None
    is_late: bool
    late_workdays: int


def list_activities(
    office: Office, spec: LedgerSpec, wanted: ActivityFilter, *, is_full: bool = False
) -> tuple[tuple[ActivityView, ...], tuple[Finding, ...]]:
    """The activities a filter lets through, by their day; phones in free text are masked unless ``is_full``.

    Leaders act in public: their names stay. Raises :class:`BadValueError` for a kind or mode nobody knows.
    """
    rules = office.locality.rules_on(office.moment.as_of)
    unit = listed_unit(office, wanted.unit)
    kind = listed_word(rules, spec.id, "activity_kind", wanted.kind, title="活动") if wanted.kind else ""
    mode = listed_word(rules, spec.id, "mode", wanted.mode, title="体验类型") if wanted.mode else ""
    needle = squeeze(wanted.search)
    seen = records_as_of(office, spec)
    found = [
        a
        for a in seen.records
        if (not unit or listed_unit(office, a.unit) == unit)
        and (not kind or a.activity_kind == kind)
        and (not mode or a.mode == mode)
        and (wanted.month is None or (a.held_at.year, a.held_at.month) == wanted.month)
        and wanted.status in ("", a.status)
        and (not needle or any(needle in squeeze(text) for text in _searched(a)))
    ]
    found.sort(key=lambda a: (a.held_at.date(), a.in_order))
    return tuple(view_activity(office, a if is_full else mask_record(a)) for a in found), seen.findings


def view_activity(office: Office, activity: Activity) -> ActivityView:
    """The activity with its filing limit on the office's day."""
    clock = next((c for c in activity.clocks if c.act is Act.FILING), None)
    if clock is None or clock.due_on is None:
        return ActivityView(activity, None, is_late=False, late_workdays=0)
    until = clock.ended_on or office.moment.as_of
    is_late = until > clock.due_on and (clock.ended_on is not None or activity.status.is_open)
    late = late_workdays(clock.due_on, until, office.calendar) if is_late else 0
    return ActivityView(activity, clock.due_on, is_late, late)


def _searched(a: Activity) -> tuple[str, ...]:
    texts = (a.place, a.links, a.items, a.enforcements, a.trigger, a.remark)
    return (a.case_no, a.unit, a.leader, a.delegate_for, *texts)
