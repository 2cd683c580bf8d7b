"""Who of those that are to take part did, how often and how; which items were experienced; what one activity lacks.

Pure counts over rows that the caller has gathered. A void activity (作废) counts nowhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError
from zhuomuniao.model import Status
from zhuomuniao.periods import Period, parse_period
from zhuomuniao.quotas import lacking
from zhuomuniao.ruletypes import Conditions, Every, QuotaRule, holds
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Activity, CatalogueItem, Plan
    from zhuomuniao.rules import RuleSet

_SPANS = (Every.WEEK, Every.MONTH, Every.QUARTER, Every.HALF_YEAR, Every.YEAR)


class Standing(StrEnum):
    """How a unit stands in a period. 不足: the leader took part, but not often enough."""

    TAKEN_PART = "已参加"
    SHORT = "不足"
    DELEGATED_ONLY = "仅委托"
    OTHER_MODES_ONLY = "仅即时跟踪"
    ABSENT = "未参加"


class UnitCoverage(Struct, frozen=True):
    """One unit in one period.

    ``dates`` are the days of all its activities, of any mode, by whomever. ``periodic`` is how many of them are of
    the mode that the quota asks for (policy ``periodic_only``), ``counted`` how many of those meet it (policy
    ``delegated_only``), ``delegated`` how many a delegate held, of any mode. ``by_mode`` splits them by 体验类型.
    """

    unit: str
    standing: Standing
    needed: int
    counted: int
    periodic: int
    delegated: int
    by_mode: Mapping[str, int]
    dates: tuple[date, ...]

    @property
    def is_met(self) -> bool:
        """Whether the quota is met."""
        return self.counted >= self.needed

    @property
    def missing(self) -> int:
        """How many are still missing to the quota."""
        return max(0, self.needed - self.counted)

    @property
    def total(self) -> int:
        """How many activities the unit held in the period."""
        return len(self.dates)


class ItemCoverage(Struct, frozen=True):
    """The items of one unit in one period, by the names of its catalogue.

    ``uncatalogued`` were experienced and stand in no catalogue of the unit.
    """

    unit: str
    covered: tuple[str, ...]
    missing: tuple[str, ...]
    uncatalogued: tuple[str, ...]

    @property
    def owed(self) -> int:
        """How many items there are to experience; none where the unit has handed in no catalogue."""
        return len(self.covered) + len(self.missing)

    @property
    def has_catalogue(self) -> bool:
        """Whether there is anything to count against."""
        return self.owed > 0

    @property
    def is_met(self) -> bool:
        """Whether every item was experienced; never where there is no catalogue."""
        return self.has_catalogue and not self.missing

    @property
    def percent(self) -> float | None:
        """Which part of the catalogue was experienced; ``None`` without a catalogue, never 100."""
        return 100 * len(self.covered) / self.owed if self.has_catalogue else None


class Heat(Struct, frozen=True):
    """Units by periods: a cell says how the unit stands there and how often it took part."""

    units: tuple[str, ...]
    periods: tuple[Period, ...]
    cells: tuple[tuple[UnitCoverage, ...], ...]

    def row(self, unit: str) -> tuple[UnitCoverage, ...]:
        """The cells of one unit. Raises :class:`ValueError` for one that has no row."""
        return self.cells[self.units.index(unit)]


def participants(
    rules: RuleSet, kind: str, *, named: Mapping[str, Sequence[str]], plans: Sequence[Plan], period: Period
) -> tuple[str, ...]:
    """Who is to take part in one kind of activity in a period, each once.

    First the units of the notice's lists, in its order; then those the office has ``named`` (zmn.toml), then those
    that are planned for it.
    """
    listed = [unit for units in rules.unit_lists if kind in units.activities for unit in units.names]
    planned = [plan.unit for plan in plans if plan.activity_kind == kind and _is_planned_in(plan, period)]
    found = [*listed, *named.get(kind, ()), *planned]
    return tuple(dict.fromkeys(_unit(rules, unit) for unit in found if unit))


def subjects(
    rules: RuleSet,
    quota: QuotaRule,
    *,
    named: Mapping[str, Sequence[str]],
    plans: Sequence[Plan],
    period: Period,
) -> tuple[str, ...]:
    """Whom a quota concerns: the participants of each of its kinds of activity, each once."""
    found = [participants(rules, k, named=named, plans=plans, period=period) for k in kinds_of(rules, quota)]
    return tuple(dict.fromkeys(unit for units in found for unit in units))


def kinds_of(rules: RuleSet, quota: QuotaRule) -> tuple[str, ...]:
    """The kinds of activity that a quota counts: those of its condition, else every one of the ledger."""
    listed = rules.code_list(quota.ledger, "activity_kind")
    return quota.when.get("activity_kind") or (listed.names if listed else ())


def unit_coverage(
    rules: RuleSet, quota: QuotaRule, units: Sequence[str], activities: Iterable[Activity], period: Period
) -> tuple[UnitCoverage, ...]:
    """How each of ``units`` stands in a period under a 频次 quota, in their order.

    The quota's conditions on anything but the mode choose the activities; those of another mode are told apart.
    """
    held: dict[str, list[Activity]] = {unit: [] for unit in units}
    choosing = {name: words for name, words in quota.when.items() if name != "mode"}
    for activity in _valid(activities, quota.ledger, period):
        if holds(choosing, facts_of(rules, activity)):
            held.setdefault(_unit(rules, activity.unit), []).append(activity)
    return tuple(_stand(rules, quota, unit, held[unit]) for unit in units)


def unlisted(
    rules: RuleSet, units: Collection[str], activities: Iterable[Activity], period: Period
) -> tuple[str, ...]:
    """Who took part in a period without being one of ``units`` (具有行政执法权的其他单位), by the days."""
    held = sorted((a for a in activities if _counts(a, period)), key=lambda a: (a.held_at, a.in_order))
    found = dict.fromkeys(_unit(rules, activity.unit) for activity in held)
    return tuple(unit for unit in found if unit and unit not in units)


def item_coverage(
    rules: RuleSet,
    quota: QuotaRule,
    catalogue: Sequence[CatalogueItem],
    activities: Iterable[Activity],
    period: Period,
) -> tuple[ItemCoverage, ...]:
    """Which items of each unit were experienced in a period (覆盖), in the notice's order of units.

    Owed is what stands in the catalogue on the last day of the period: an item dropped on the way cannot be made up
    for. In whose hands an item was experienced, and in which mode, makes no difference. Units are those with a
    catalogue and those with an activity in the period.
    """
    acts: dict[str, list[tuple[str, date]]] = {}
    words: dict[str, str] = {}
    for activity in _valid(activities, quota.ledger, period):
        done = acts.setdefault(_unit(rules, activity.unit), [])
        if not meets(rules, quota.when, activity):
            continue
        for item in activity.item_names:
            words.setdefault(squeeze(item), item)
        done += [(item, activity.held_at.date()) for item in dict.fromkeys(map(squeeze, activity.item_names))]
    known: dict[str, dict[str, str]] = {}
    owed: dict[str, dict[str, str]] = {}
    for entry in catalogue:
        unit, key = _unit(rules, entry.unit), squeeze(entry.item)
        if not key or not unit:
            continue
        known.setdefault(unit, {})[key] = entry.item
        if _is_owed(entry, period):
            owed.setdefault(unit, {}).setdefault(key, entry.item)
    found = []
    for unit in _in_order(rules, (*known, *acts)):
        of_unit, done = owed.get(unit, {}), acts.get(unit, [])
        missing = lacking(quota, tuple(of_unit), done, period)
        strays = dict.fromkeys(item for item, _ in done if item not in known.get(unit, {}))
        found.append(
            ItemCoverage(
                unit,
                tuple(name for key, name in of_unit.items() if key not in missing),
                tuple(of_unit[key] for key in missing),
                tuple(words[key] for key in strays),
            )
        )
    return tuple(found)


def heat(
    rules: RuleSet,
    quota: QuotaRule,
    units: Sequence[str],
    activities: Sequence[Activity],
    periods: Sequence[Period],
) -> Heat:
    """How each unit stands in each of the periods, such as :func:`zhuomuniao.periods.periods_of_year` gives."""
    columns = [unit_coverage(rules, quota, units, activities, period) for period in periods]
    return Heat(tuple(units), tuple(periods), tuple(zip(*columns, strict=True)) if columns else ((),) * len(units))


def facts_of(rules: RuleSet, activity: Activity) -> dict[str, str]:
    """The codes of an activity; a cell left blank says what the locality's list takes for it (体验类型：定期)."""
    facts = activity.facts
    for name, word in facts.items():
        codes = rules.code_list(activity.ledger, name)
        if codes is not None:
            facts[name] = _listed(rules, activity.ledger, name, word) or codes.default
    return facts


def links_of(rules: RuleSet, activity: Activity) -> tuple[str, ...]:
    """The links of an activity, by the words of the locality's list."""
    return tuple(dict.fromkeys(_listed(rules, activity.ledger, "link", name) for name in activity.link_names))


def meets(rules: RuleSet, when: Conditions, activity: Activity) -> bool:
    """Whether an activity meets conditions, of which ``link`` asks for any one of its links."""
    wanted = when.get("link")
    rest = {name: words for name, words in when.items() if name != "link"}
    has_link = wanted is None or not set(wanted).isdisjoint(links_of(rules, activity))
    return has_link and holds(rest, facts_of(rules, activity))


def _stand(rules: RuleSet, quota: QuotaRule, unit: str, held: Sequence[Activity]) -> UnitCoverage:
    periodic = [a for a in held if meets(rules, quota.when, a)]
    own = [a for a in periodic if not a.is_delegated]
    counted = len(periodic if rules.choice("delegated_only") == "counts" else own)
    needed = quota.minimum if quota.minimum is not None else 1
    if own:
        standing = Standing.TAKEN_PART if counted >= needed else Standing.SHORT
    elif periodic:
        standing = Standing.DELEGATED_ONLY
    else:
        standing = Standing.OTHER_MODES_ONLY if held else Standing.ABSENT
    modes = Counter(facts_of(rules, a)["mode"] for a in held)
    codes = rules.code_list(quota.ledger, "mode")
    words = dict.fromkeys((*(codes.names if codes else ()), *filter(None, modes)))
    return UnitCoverage(
        unit=unit,
        standing=standing,
        needed=needed,
        counted=counted,
        periodic=len(periodic),
        delegated=sum(a.is_delegated for a in held),
        by_mode={word: modes[word] for word in words},
        dates=tuple(sorted(a.held_at.date() for a in held)),
    )


def _valid(activities: Iterable[Activity], ledger: str, period: Period) -> list[Activity]:
    return [a for a in activities if a.ledger == ledger and _counts(a, period)]


def _counts(activity: Activity, period: Period) -> bool:
    return activity.status is not Status.VOID and period.first <= activity.held_at.date() <= period.last


def _is_owed(entry: CatalogueItem, period: Period) -> bool:
    is_listed = entry.listed_on is None or entry.listed_on <= period.last
    return is_listed and (entry.dropped_on is None or entry.dropped_on > period.last)


def _is_planned_in(plan: Plan, period: Period) -> bool:
    """By the period the plan is for; by its day where that cannot be read."""
    label = squeeze(plan.period).upper()
    if label == period.label:
        return True
    for every in _SPANS:
        try:
            planned = parse_period(every, label)
        except BadValueError:
            continue
        return planned.first <= period.last and period.first <= planned.last
    return plan.planned_on is not None and period.first <= plan.planned_on <= period.last


def _listed(rules: RuleSet, ledger: str, field: str, word: str) -> str:
    """The word of the locality's list for what stands in a cell; the word itself where the list has none."""
    codes = rules.code_list(ledger, field)
    try:
        return codes.resolve(word) if codes else word
    except BadValueError:
        return word


def _unit(rules: RuleSet, written: str) -> str:
    name = written.strip()
    return rules.units.find(name) or name


def _in_order(rules: RuleSet, units: Iterable[str]) -> tuple[str, ...]:
    """The units in the order of the notice's lists, those it does not name after them as they come."""
    found = dict.fromkeys(unit for unit in units if unit)
    listed = [unit for unit in rules.units.names if unit in found]
    return tuple(dict.fromkeys((*listed, *found)))
