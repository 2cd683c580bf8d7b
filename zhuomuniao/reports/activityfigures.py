"""What leaders' activities come to in the days a report covers: how many took part, what they tried, who enforced.

An activity belongs to the Beijing day it was held; void ones count nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.model import Status
from zhuomuniao.reports.covered import Covered, beijing_day

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Activity

NO_UNIT = "未填单位"


class ItemTried(Struct, frozen=True):
    """体验事项: one item of one unit, how often it was tried, when and where (one entry for each activity)."""

    unit: str
    item: str
    visits: tuple[tuple[date, str], ...]

    @property
    def times(self) -> int:
        return len(self.visits)


class Enforcement(Struct, frozen=True):
    """参与执法: one enforcement that a leader took part in."""

    unit: str
    held_on: date
    leader: str
    place: str
    text: str


ACTIVITY_LABELS: Mapping[str, tuple[str, str]] = {
    "activities": ("活动次数", "举行日在统计期间内的活动，一条活动记录计一次；作废的不计"),
    "units": ("参与单位数", "统计期间内有活动的单位，一个单位计一个"),
    "participants": ("参与人次", "每位领导每次活动计1人次；活动记录另填了参与人次的，按所填的数"),
    "delegated": ("受委托参加", "活动次数中，由受委托的分管负责同志代为参加的；也计入参与人次"),
    "periodic": ("定期体验", "活动次数中，体验类型填“定期”的"),
    "immediate": ("即时体验", "活动次数中，体验类型填“即时”的"),
    "tracking": ("跟踪体验", "活动次数中，体验类型填“跟踪”的"),
    "served": ("接待企业群众数量", "各次活动所填接待企业群众数之和；没有填的按0计，另外列明有几次没有填"),
    "served_unknown": ("未填接待数量", "活动次数中，没有填写接待企业群众数的"),
    "items": ("体验事项数量", "体验过的事项，同一单位同名的计一项；同一事项体验几次另列次数"),
    "enforcements": ("参与执法次数", "各次活动“参与执法次数及内容”逐条计数，一条计一次"),
}
"""What each count is called and what it means, as printed on 指标口径."""

_MODES = {"periodic": "定期", "immediate": "即时", "tracking": "跟踪"}


def unit_of(unit: str) -> str:
    """The unit as a report names it."""
    return unit.strip() or NO_UNIT


def in_order(units: Iterable[str], order: Sequence[str]) -> tuple[str, ...]:
    """Units in the order of the locality's lists, others after them by code point; each once."""
    places = {unit: place for place, unit in reversed(tuple(enumerate(order)))}
    return tuple(sorted(set(units), key=lambda unit: (unit == NO_UNIT, places.get(unit, len(places)), unit)))


def activities_in(activities: Iterable[Activity], covered: Covered, kind: str = "") -> tuple[Activity, ...]:
    """The activities of the days covered, of one kind or (``""``) of all, by day and number, without void ones."""
    found = [
        activity
        for activity in activities
        if activity.status is not Status.VOID
        and (not kind or activity.activity_kind == kind)
        and covered.holds(beijing_day(activity.held_at))
    ]
    return tuple(sorted(found, key=lambda a: (beijing_day(a.held_at), a.in_order)))


def items_tried(activities: Iterable[Activity], order: Sequence[str]) -> tuple[ItemTried, ...]:
    """Every item with where it was tried, by unit and then by name. Twice in one activity is once."""
    visits: dict[tuple[str, str], list[tuple[date, str]]] = {}
    for activity in activities:
        for item in dict.fromkeys(activity.item_names):
            visit = (beijing_day(activity.held_at), activity.place.strip())
            visits.setdefault((unit_of(activity.unit), item), []).append(visit)
    units = in_order({unit for unit, _ in visits}, order)
    keys = sorted(visits, key=lambda key: (units.index(key[0]), key[1]))
    return tuple(ItemTried(unit, item, tuple(sorted(visits[unit, item]))) for unit, item in keys)


def enforcements_of(activities: Iterable[Activity], order: Sequence[str]) -> tuple[Enforcement, ...]:
    """Every enforcement, by unit and then by day."""
    found = [
        Enforcement(unit_of(a.unit), beijing_day(a.held_at), a.leader, a.place.strip(), text)
        for a in activities
        for text in a.enforcement_texts
    ]
    units = in_order({one.unit for one in found}, order)
    return tuple(sorted(found, key=lambda one: (units.index(one.unit), one.held_on)))


def count_activities(activities: Sequence[Activity]) -> dict[str, int]:
    """Every count of :data:`ACTIVITY_LABELS`, for all activities or for those of one unit."""
    modes = [activity.mode.strip() for activity in activities]
    return {
        "activities": len(activities),
        "units": len({unit_of(a.unit) for a in activities}),
        "participants": sum(a.participants for a in activities),
        "delegated": sum(a.is_delegated for a in activities),
        **{name: modes.count(word) for name, word in _MODES.items()},
        "served": sum(a.served_count or 0 for a in activities),
        "served_unknown": sum(a.served_count is None for a in activities),
        "items": len({(unit_of(a.unit), item) for a in activities for item in a.item_names}),
        "enforcements": sum(len(a.enforcement_texts) for a in activities),
    }
