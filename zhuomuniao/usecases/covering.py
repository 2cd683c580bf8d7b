"""覆盖: which units have taken part in a quarter, window or year, and which items were experienced this year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.coverage import (
    Heat,
    heat,
    item_coverage,
    kinds_of,
    subjects,
    unit_coverage,
    unlisted,
)
from zhuomuniao.coverage import ItemCoverage as ItemCoverage
from zhuomuniao.coverage import Standing as Standing
from zhuomuniao.coverage import UnitCoverage as UnitCoverage
from zhuomuniao.errors import BadValueError
from zhuomuniao.periods import Period, days_of_window_year, period_of, periods_of_year
from zhuomuniao.rules import Holds, LedgerSpec, RuleSet
from zhuomuniao.ruletypes import UNSTATED, Citation, Every, QuotaKind, QuotaRule, Strength
from zhuomuniao.usecases.catalogue import items_of
from zhuomuniao.usecases.fieldcells import listed_word
from zhuomuniao.usecases.fieldperiods import (
    every_of,
    period_at,
    period_named,
    taking_part_quotas,
)
from zhuomuniao.usecases.looking import records_as_of
from zhuomuniao.usecases.planning import plans_of, unpublished
from zhuomuniao.usecases.units import own_unit

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Activity, CatalogueItem, Plan
    from zhuomuniao.model import Finding
    from zhuomuniao.usecases.office import Office


class FieldBooks(Struct, frozen=True):
    """What coverage is counted from, read once: activities as of the office's day, plans, catalogues."""

    activities: tuple[Activity, ...]
    plans: tuple[Plan, ...]
    catalogue: tuple[CatalogueItem, ...]
    findings: tuple[Finding, ...]


class QuotaCoverage(Struct, frozen=True):
    """How units stand under one 频次 quota in one period.

    ``heat`` shows them over the periods of the year the period belongs to, ``begun`` how many of those have begun,
    ``over`` how many have ended by the day it was looked at.
    ``items`` are the catalogues over that year by ``item_quota``; ``uncatalogued`` the units whose catalogue nobody
    has taken in. ``others`` took part without being asked to. ``remarks`` are activities held before their plan was
    made public.
    """

    quota: QuotaRule
    period: Period
    units: tuple[UnitCoverage, ...]
    others: tuple[str, ...]
    heat: Heat
    begun: int
    over: int
    year: Period
    item_quota: QuotaRule | None
    items: tuple[ItemCoverage, ...]
    uncatalogued: tuple[str, ...]
    remarks: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def is_met(self) -> bool:
        """Whether every unit has met the quota."""
        return all(unit.is_met for unit in self.units)

    def standing(self, standing: Standing) -> tuple[UnitCoverage, ...]:
        """The units that stand so, in the notice's order."""
        return tuple(unit for unit in self.units if unit.standing is standing)


def books_of(office: Office, spec: LedgerSpec) -> FieldBooks:
    """Activities, plans and catalogues of a ledger of activities on the office's day."""
    seen = records_as_of(office, spec)
    plans, findings = plans_of(office)
    return FieldBooks(seen.records, plans, items_of(office), (*seen.findings, *findings))


def quotas_asked(rules: RuleSet, spec: LedgerSpec, kind: str = "") -> tuple[QuotaRule, ...]:
    """The 频次 quotas of a ledger, narrowed to one ``kind`` of activity where one is asked for; at least one.

    Raises :class:`BadValueError` where the notice has none.
    """
    wanted = listed_word(rules, spec.id, "activity_kind", kind, title="活动") if kind else ""
    quotas = taking_part_quotas(rules, spec)
    fitting = [q for q in quotas if not wanted or wanted in kinds_of(rules, q)]
    if not fitting:
        raise BadValueError("本区县的通知没有规定多久参加一次", "没有定额可数；活动用 zmn activity list 列出")
    if not wanted:
        return tuple(fitting)
    return tuple(replace(quota, when={**quota.when, "activity_kind": (wanted,)}) for quota in fitting)


def periods_asked(
    office: Office,
    rules: RuleSet,
    quotas: Sequence[QuotaRule],
    *,
    quarter: str = "",
    window: str = "",
    year: str = "",
) -> tuple[tuple[QuotaRule, Period], ...]:
    """Each quota with the period of it that is asked for; those that are not counted by a quarter or window named
    are left out.

    Raises what :func:`period_asked` raises, of the first quota where none is counted so.
    """
    wanted = list(quotas)
    if quarter or window:
        is_window = bool(window)
        wanted = [q for q in quotas if (every_of(q) is Every.WINDOW) is is_window] or wanted[:1]
    return tuple(
        (quota, period_asked(office, rules, quota, quarter=quarter, window=window, year=year)) for quota in wanted
    )


def period_asked(
    office: Office, rules: RuleSet, quota: QuotaRule, *, quarter: str = "", window: str = "", year: str = ""
) -> Period:
    """The period asked for; the quota's own around the office's day where none is.

    Raises :class:`BadValueError` for several, or one that the quota is not counted by.
    """
    given = [(name, text) for name, text in (("quarter", quarter), ("window", window), ("year", year)) if text]
    if len(given) > 1:
        raise BadValueError(f"{'、'.join(f'--{name}' for name, _ in given)} 只能写一个", "请留下一个")
    if not given:
        return period_at(rules, quota, office.moment.as_of)
    name, text = given[0]
    if name == "year":
        found = period_named(rules, None, text)
        if found.every is not Every.YEAR:
            raise BadValueError(f"看不懂年份“{text}”", "请写成 2026")
        opened = rules.window(quota.window)
        if opened is None:
            return found
        first, last = days_of_window_year(opened, found.first.year)
        return replace(found, first=first, last=last)
    every = every_of(quota)
    by_option = {"quarter": Every.QUARTER, "window": Every.WINDOW}
    if by_option[name] is not every and not (name == "quarter" and every is not Every.WINDOW):
        option = "--window 2026-08" if every is Every.WINDOW else "--quarter 2026Q3"
        raise BadValueError(f"本区县按{every}算，没有“--{name}”", f"请写成 {option}（{quota.citation.clause}）")
    return period_named(rules, quota, text)


def coverage_of(
    office: Office, quota: QuotaRule, period: Period, *, unit: str = "", books: FieldBooks | None = None
) -> QuotaCoverage:
    """How the units a quota concerns stand in a period of it, or over a year.

    Over a year a unit owes what the periods that have begun ask for, each counted by itself. ``unit`` narrows it to
    one. ``books`` are what was read already.
    """
    spec = office.locality.ledger(quota.ledger)
    rules = office.locality.rules_on(min(period.last, max(period.first, office.moment.as_of)))
    read = books or books_of(office, spec)
    kinds = set(kinds_of(rules, quota)) if "activity_kind" in quota.when else None
    held = [a for a in read.activities if kinds is None or _kind_of(rules, spec, a) in kinds]
    named = office.workspace.config.participants
    year = _year_of(period)
    columns = periods_of_year(every_of(quota), year.first.year, rules.window(quota.window))
    asked = columns if period.every is Every.YEAR and every_of(quota) is not Every.YEAR else (period,)
    concerned = [subjects(rules, quota, named=named, plans=read.plans, period=each) for each in asked]
    units = tuple(dict.fromkeys(one for each in concerned for one in each))
    wanted = (rules.units.find(unit) or unit) if unit else ""
    if wanted:
        units = (wanted,)
    begun = sum(each.first <= office.moment.as_of for each in columns)
    shown = heat(rules, quota, units, held, columns)
    if asked is columns:
        standings = tuple(_over_year(rules, quota, shown, one, held, period, begun) for one in units)
    else:
        standings = unit_coverage(rules, quota, units, held, period)
    item_quota = next((q for q in rules.quotas if q.kind is QuotaKind.COVERAGE and q.ledger == spec.id), None)
    items = item_coverage(rules, item_quota, read.catalogue, read.activities, year) if item_quota else ()
    items = tuple(i for i in items if not wanted or i.unit == wanted)
    with_catalogue = {i.unit for i in items if i.has_catalogue}
    in_period = [
        a
        for a in held
        if period.first <= a.held_at.date() <= period.last and (not wanted or _unit(rules, a) == wanted)
    ]
    return QuotaCoverage(
        quota=quota,
        period=period,
        units=standings,
        others=() if wanted else unlisted(rules, units, held, period),
        heat=shown,
        begun=begun,
        over=sum(each.last < office.moment.as_of for each in columns),
        year=year,
        item_quota=item_quota,
        items=tuple(i for i in items if i.has_catalogue or i.uncatalogued),
        uncatalogued=tuple(one for one in units if one not in with_catalogue) if item_quota else (),
        remarks=unpublished(rules, spec, read.plans, in_period),
        findings=read.findings,
    )


def still_owed(office: Office, *, within: int) -> tuple[QuotaCoverage, ...]:
    """The 频次 quotas whose period ends within so many 工作日 and that some unit has not met: on a unit's own desk
    its own, else of all. Raises :class:`BadValueError` for a locality without activities.
    """
    spec = office.spec_holding(Holds.ACTIVITIES)
    day = office.moment.as_of
    rules = office.locality.rules_on(day)
    found = []
    for quota in taking_part_quotas(rules, spec):
        period = period_of(every_of(quota), day, rules.window(quota.window))
        if period is None or office.calendar.workdays_between(day, period.last) > within:
            continue
        standing = coverage_of(office, quota, period, unit=own_unit(office))
        found += [] if standing.is_met else [standing]
    return tuple(found)


def item_quota_of(rules: RuleSet, spec: LedgerSpec) -> QuotaRule:
    """The 覆盖 quota of a ledger; where the notice has none, one by which the year is counted all the same."""
    asked = next((q for q in rules.quotas if q.kind is QuotaKind.COVERAGE and q.ledger == spec.id), None)
    return asked or QuotaRule(
        id="items-of-the-year", title="年内体验过的事项", ledger=spec.id, kind=QuotaKind.COVERAGE, of="本单位事项",
        items=(), minimum=1, maximum=None, percent=None, every=Every.YEAR, window="", within=None,
        strength=Strength.MUST, when={}, citation=Citation("", "", UNSTATED, "通知没有要求覆盖事项，只作统计"),
    )  # fmt: skip


def remarks_on_plans(office: Office, spec: LedgerSpec, plans: Sequence[Plan]) -> tuple[str, ...]:
    """A remark for each activity that was held before the one of these plans that it belongs to was made public."""
    rules = office.locality.rules_on(office.moment.as_of)
    return unpublished(rules, spec, plans, records_as_of(office, spec).records) if plans else ()


def _over_year(
    rules: RuleSet, quota: QuotaRule, shown: Heat, unit: str, held: Sequence[Activity], year: Period, begun: int
) -> UnitCoverage:
    """One unit over a year: what the periods that have begun ask for, and what it did of that."""
    cells = shown.row(unit)
    first, last = shown.periods[0].first, shown.periods[-1].last
    (whole,) = unit_coverage(rules, quota, (unit,), held, replace(year, first=first, last=last))
    needed = sum(cell.needed for cell in cells[:begun])
    counted = sum(min(cell.counted, cell.needed) for cell in cells)
    standing: Standing = whole.standing
    if counted:
        standing = Standing.TAKEN_PART if counted >= needed else Standing.SHORT
    return replace(whole, needed=needed, counted=counted, standing=standing)


def _year_of(period: Period) -> Period:
    year = period_of(Every.YEAR, period.first)
    if year is None:
        raise BadValueError(f"看不懂期间“{period.label}”", "请写成 2026")
    return year


def _unit(rules: RuleSet, activity: Activity) -> str:
    return rules.units.find(activity.unit) or activity.unit


def _kind_of(rules: RuleSet, spec: LedgerSpec, activity: Activity) -> str:
    try:
        return listed_word(rules, spec.id, "activity_kind", activity.activity_kind, title="活动")
    except BadValueError:
        return activity.activity_kind
