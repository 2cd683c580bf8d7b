"""事项清单 as it is listed: each item with the day on which it was last experienced in a year."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.coverage import meets
from zhuomuniao.model import Finding, Status
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.covering import item_quota_of
from zhuomuniao.usecases.looking import records_as_of
from zhuomuniao.usecases.units import own_unit

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import CatalogueItem
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office


class ItemView(Struct, frozen=True):
    """An item with the last day on which it was experienced in the year asked, and how often."""

    item: CatalogueItem
    covered_on: date | None
    times: int


def list_items(
    office: Office, spec: LedgerSpec, *, unit: str = "", is_missing: bool = False, year: int | None = None
) -> tuple[tuple[ItemView, ...], tuple[Finding, ...]]:
    """The catalogue in the notice's order of units; only what was not experienced yet where ``is_missing``.

    Struck-off items are listed at the end of their unit, never among the missing ones.
    """
    rules = office.locality.rules_on(office.moment.as_of)
    asked = year or office.moment.as_of.year
    quota = item_quota_of(rules, spec)
    seen, state = records_as_of(office, spec), office.catalogue.state()
    days: defaultdict[tuple[str, str], set[tuple[date, str]]] = defaultdict(set)
    for activity in seen.records:
        held = activity.held_at.date()
        if activity.status is Status.VOID or held.year != asked or not meets(rules, quota.when, activity):
            continue
        for name in activity.item_names:
            key = (rules.units.find(activity.unit) or activity.unit, squeeze(name))
            days[key].add((held, activity.case_no))
    wanted = unit or own_unit(office)
    wanted = rules.units.find(wanted) or wanted
    places = {name: place for place, name in enumerate(rules.units.names)}
    views = []
    for item in state.records:
        of_unit = rules.units.find(item.unit) or item.unit
        done = days[of_unit, squeeze(item.item)]
        view = ItemView(item, max(done)[0] if done else None, len(done))
        is_owed = item.dropped_on is None or item.dropped_on > office.moment.as_of
        if (not wanted or of_unit == wanted) and (not is_missing or (is_owed and not done)):
            views.append((places.get(of_unit, len(places)), of_unit, not is_owed, item.case_no, view))
    return tuple(view for *_, view in sorted(views, key=lambda entry: entry[:4])), (*seen.findings, *state.findings)
