"""Who took part and which items were experienced: examples counted by hand, and what must hold for any rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.coverage import (
    ItemCoverage,
    Standing,
    UnitCoverage,
    heat,
    item_coverage,
    participants,
    subjects,
    unit_coverage,
    unlisted,
)
from zhuomuniao.fieldwork import Activity, CatalogueItem, Plan
from zhuomuniao.model import Status
from zhuomuniao.periods import Period, parse_period, period_of, periods_of_year
from zhuomuniao.rulefile import load_locality
from zhuomuniao.rules import RuleSet
from zhuomuniao.ruletypes import Every, QuotaRule

Q3 = parse_period(Every.QUARTER, "2026Q3")
YEAR = parse_period(Every.YEAR, "2026")


@cache
def rules_of(slug: str, **chosen: str) -> RuleSet:
    folder = load_locality(locality_folder(slug), data_folder() / "policies.toml", chosen)
    return folder.locality.editions[-1]


def quota(rules: RuleSet, name: str) -> QuotaRule:
    return next(q for q in rules.quotas if q.id == name)


def held(
    unit: str, on: str, *, mode: str = "", delegate: bool = False, kind: str = "跟执法", items: Sequence[str] = ()
) -> Activity:
    return Activity(
        "HD",
        "activity",
        datetime.combine(date.fromisoformat(on), time(9)),
        unit=unit,
        activity_kind=kind,
        mode=mode,
        delegate_for="胡文彬" if delegate else "",
        items="\n".join(items),
    )


def quarter(units: Sequence[str], *activities: Activity, rules: RuleSet | None = None) -> tuple[UnitCoverage, ...]:
    beilin = rules or rules_of("beilin")
    return unit_coverage(beilin, quota(beilin, "batch-a-quarter"), units, activities, Q3)


def one(*activities: Activity) -> UnitCoverage:
    (found,) = quarter(["区司法局"], *activities)
    return found


# —— Who took part ——


def test_the_first_and_the_last_day_of_a_quarter_count_and_their_neighbours_do_not() -> None:
    for on, standing in (
        ("2026-06-30", Standing.ABSENT),
        ("2026-07-01", Standing.TAKEN_PART),
        ("2026-09-30", Standing.TAKEN_PART),
        ("2026-10-01", Standing.ABSENT),
    ):
        assert one(held("区司法局", on)).standing is standing, on


def test_any_of_the_unit_s_activities_is_a_batch() -> None:
    for kind in ("走流程坐窗口", "跟执法", "处投诉"):
        assert one(held("区司法局", "2026-08-10", kind=kind)).is_met


def test_other_modes_are_told_apart_and_do_not_meet_the_quota() -> None:
    found = one(held("区司法局", "2026-08-10", mode="即时"), held("区司法局", "2026-08-11", mode="跟踪体验"))
    assert (found.standing, found.is_met, found.missing) == (Standing.OTHER_MODES_ONLY, False, 1)
    assert found.by_mode == {"定期": 0, "即时": 1, "跟踪": 1}
    assert found.dates == (date(2026, 8, 10), date(2026, 8, 11))


def test_a_mode_left_blank_is_the_one_the_list_takes() -> None:
    found = one(held("区司法局", "2026-08-10"))
    assert (found.standing, found.by_mode["定期"]) == (Standing.TAKEN_PART, 1)


def test_delegates_alone_do_not_meet_it_and_are_flagged() -> None:
    found = one(held("区司法局", "2026-07-06", delegate=True), held("区司法局", "2026-09-07", delegate=True))
    assert (found.standing, found.is_met, found.delegated, found.counted) == (Standing.DELEGATED_ONLY, False, 2, 0)


def test_delegates_alone_meet_it_where_the_office_chose_so_and_are_flagged_all_the_same() -> None:
    rules = rules_of("beilin", delegated_only="counts")
    (found,) = quarter(["区司法局"], held("区司法局", "2026-07-06", delegate=True), rules=rules)
    assert (found.standing, found.is_met) == (Standing.DELEGATED_ONLY, True)


def test_the_leader_beside_a_delegate_has_taken_part() -> None:
    found = one(held("区司法局", "2026-07-06", delegate=True), held("区司法局", "2026-09-07"))
    assert (found.standing, found.counted, found.delegated, found.total) == (Standing.TAKEN_PART, 1, 1, 2)


def test_fewer_than_asked_is_too_few() -> None:
    rules = rules_of("beilin")
    twice = replace(quota(rules, "batch-a-quarter"), minimum=2)
    (found,) = unit_coverage(rules, twice, ["区司法局"], [held("区司法局", "2026-07-06")], Q3)
    assert (found.standing, found.is_met, found.missing) == (Standing.SHORT, False, 1)


def test_what_is_void_or_of_another_ledger_counts_nowhere() -> None:
    void = replace(held("区司法局", "2026-08-10"), status=Status.VOID)
    other = replace(held("区司法局", "2026-08-10"), ledger="elsewhere")
    assert one(void, other).total == 0


def test_a_unit_is_known_by_its_short_name() -> None:
    assert one(held("司法局", "2026-08-10")).is_met
    assert one(held(" 区司法局 ", "2026-08-10")).is_met


def test_a_window_crosses_the_year() -> None:
    rules = rules_of("jingbian")
    winter = parse_period(Every.WINDOW, "2027-01", rules.window("half-year"))
    acts = [
        held("县公安局", "2026-12-01"), held("县水利局", "2027-01-31"),
        held("县林业局", "2026-11-30"), held("县医保局", "2027-02-01"),
    ]  # fmt: skip
    units = [a.unit for a in acts]
    found = unit_coverage(rules, quota(rules, "once-a-window"), units, acts, winter)
    assert [u.is_met for u in found] == [True, True, False, False]
    assert found[0].by_mode == {}, "靖边 knows no modes"


def test_who_took_part_without_standing_in_the_list() -> None:
    rules = rules_of("jingbian")
    window = parse_period(Every.WINDOW, "2026-08", rules.window("half-year"))
    acts = [held("县烟草专卖局", "2026-09-01"), held("县公安局", "2026-08-10"), held("县气象局", "2026-08-11")]
    assert unlisted(rules, ["县公安局"], acts, window) == ("县气象局", "县烟草专卖局")


# —— Who is to take part ——


def plan(unit: str, period: str, kind: str = "处投诉", on: date | None = None) -> Plan:
    return Plan("JH", "activity", None, unit=unit, activity_kind=kind, period=period, planned_on=on)


def test_participants_are_the_listed_the_named_and_the_planned_in_this_order() -> None:
    rules = rules_of("beilin")
    named = {"处投诉": ("住建局", "区人社局")}
    plans = [
        plan("区城管执法局", "2026Q3"), plan("区住建局", "2026Q3"), plan("区教育局", "2026-08"),
        plan("区卫健局", "2026Q4"), plan("区民政局", "2026Q3", "跟执法"), plan("区统计局", "", on=date(2026, 9, 30)),
    ]  # fmt: skip
    assert participants(rules, "处投诉", named=named, plans=plans, period=Q3) == (
        "区住建局", "区人社局", "区城管执法局", "区教育局", "区统计局",
    )  # fmt: skip


def test_participants_by_the_annex() -> None:
    rules = rules_of("beilin")
    walk = participants(rules, "走流程坐窗口", named={}, plans=[], period=Q3)
    follow = participants(rules, "跟执法", named={}, plans=[], period=Q3)
    assert (len(walk), len(follow)) == (34 + 7, 30)
    assert (walk[0], walk[34], follow[0]) == ("区档案馆", "秦华天然气有限公司", "区发改委")
    assert participants(rules, "处投诉", named={}, plans=[], period=Q3) == ()
    jingbian = rules_of("jingbian")
    assert len(participants(jingbian, "跟执法", named={}, plans=[], period=Q3)) == 24


def test_a_window_s_plan_is_for_the_window() -> None:
    rules = rules_of("jingbian")
    winter = parse_period(Every.WINDOW, "2026-12", rules.window("half-year"))
    plans = [plan("县烟草专卖局", "2026-12", "跟执法"), plan("县气象局", "2026-08", "跟执法")]
    assert participants(rules, "跟执法", named={}, plans=plans, period=winter)[24:] == ("县烟草专卖局",)


def test_a_quota_of_any_kind_concerns_everybody_once() -> None:
    rules = rules_of("beilin")
    found = subjects(rules, quota(rules, "batch-a-quarter"), named={"处投诉": ["区信访局"]}, plans=[], period=Q3)
    assert len(found) == len(set(found)) == 34 + 7 + 1
    assert "区投资合作局" not in found, "the notice does not say in which activity the policy departments take part"


# —— Which items were experienced ——


def listed(unit: str, item: str, since: str = "2026-01-04", until: str = "") -> CatalogueItem:
    dropped = date.fromisoformat(until) if until else None
    return CatalogueItem("SX", "activity", date.fromisoformat(since), item, dropped_on=dropped, unit=unit)


def items(catalogue: Sequence[CatalogueItem], *activities: Activity) -> tuple[ItemCoverage, ...]:
    rules = rules_of("beilin")
    return item_coverage(rules, quota(rules, "all-items-a-year"), catalogue, activities, YEAR)


def test_two_of_three_items() -> None:
    catalogue = [listed("区民政局", name) for name in ("社会团体登记", "慈善组织认定", "低保审核")]
    (found,) = items(
        catalogue,
        held("区民政局", "2026-02-10", items=["社会团体登记"]),
        held("区民政局", "2026-12-31", items=["社会 团体登记", "低保审核", "收养登记"], mode="即时", delegate=True),
        held("区民政局", "2025-12-31", items=["慈善组织认定"]),
        held("区司法局", "2026-03-10", items=["慈善组织认定"]),
    )[:1]
    assert found.unit == "区民政局"
    assert (found.covered, found.missing) == (("社会团体登记", "低保审核"), ("慈善组织认定",))
    assert found.uncatalogued == ("收养登记",)
    assert (found.owed, found.is_met) == (3, False)
    assert found.percent == pytest.approx(200 / 3)


def test_a_unit_without_a_catalogue_is_never_complete() -> None:
    (found,) = items([], held("区民政局", "2026-02-10", items=["社会团体登记"]))
    assert (found.has_catalogue, found.percent, found.is_met) == (False, None, False)
    assert found.uncatalogued == ("社会团体登记",)


def test_what_was_dropped_in_the_year_is_not_owed_and_was_not_made_up() -> None:
    catalogue = [
        listed("区民政局", "社会团体登记"),
        listed("区民政局", "慈善组织认定", until="2026-06-30"),
        listed("区民政局", "低保审核", since="2027-01-04"),
        listed("区民政局", "殡葬设施审批", until="2027-01-01"),
    ]
    (found,) = items(catalogue, held("区民政局", "2026-03-10", items=["慈善组织认定"]))
    assert (found.covered, found.missing, found.uncatalogued) == ((), ("社会团体登记", "殡葬设施审批"), ())


def test_units_come_in_the_order_of_the_notice() -> None:
    catalogue = [listed(unit, "某事项") for unit in ("区信访局", "区税务局", "档案馆")]
    assert [u.unit for u in items(catalogue)] == ["区档案馆", "区税务局", "区信访局"]


# —— The matrix ——


def test_the_heat_of_a_year_has_four_quarters() -> None:
    rules = rules_of("beilin")
    acts = [
        held("区司法局", "2026-03-31"), held("区司法局", "2026-04-01"), held("区司法局", "2026-04-02"),
        held("区税务局", "2026-12-31", delegate=True), held("区税务局", "2026-07-01", mode="即时"),
    ]  # fmt: skip
    quarters = periods_of_year(Every.QUARTER, 2026)
    found = heat(rules, quota(rules, "batch-a-quarter"), ["区税务局", "区司法局"], acts, quarters)
    assert [p.label for p in found.periods] == ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]
    assert [c.counted for c in found.row("区司法局")] == [1, 2, 0, 0]
    assert [c.standing for c in found.row("区税务局")] == [
        Standing.ABSENT, Standing.ABSENT, Standing.OTHER_MODES_ONLY, Standing.DELEGATED_ONLY,
    ]  # fmt: skip


def test_the_windows_of_a_year_are_those_that_open_in_it() -> None:
    rules = rules_of("jingbian")
    found = periods_of_year(Every.WINDOW, 2026, rules.window("half-year"))
    assert [(p.label, str(p.last)) for p in found] == [("2026-08", "2026-09-30"), ("2026-12", "2027-01-31")]
    assert heat(rules_of("jingbian"), quota(rules_of("jingbian"), "once-a-window"), ["县公安局"], [], ()).cells == (
        (),
    )


@pytest.mark.parametrize(("every", "count"), [(Every.MONTH, 12), (Every.HALF_YEAR, 2), (Every.YEAR, 1)])
def test_the_periods_of_a_year_follow_each_other(every: Every, count: int) -> None:
    found = periods_of_year(every, 2028)
    assert len(found) == count
    assert (found[0].first, found[-1].last) == (date(2028, 1, 1), date(2028, 12, 31))
    assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(found))


# —— Whatever the rows ——

UNITS = ("区司法局", "区税务局", "区信访局")
ITEMS = ("甲事项", "乙事项", "丙 事项", "丁事项")


@st.composite
def activities(draw: st.DrawFn) -> list[Activity]:
    row = st.builds(
        held,
        st.sampled_from((*UNITS, "司法局", "区统计局")),
        st.dates(date(2025, 11, 1), date(2027, 3, 1)).map(str),
        mode=st.sampled_from(("", "定期", "即时", "跟踪体验", "随便")),
        delegate=st.booleans(),
        kind=st.sampled_from(("走流程坐窗口", "跟执法", "")),
        items=st.lists(st.sampled_from(ITEMS), max_size=3),
    )
    void = st.booleans().map(lambda is_void: Status.VOID if is_void else Status.IN_PROGRESS)
    return [replace(draw(row), status=draw(void)) for _ in range(draw(st.integers(0, 12)))]


@settings(max_examples=150, deadline=None)
@given(acts=activities(), data=st.data(), choice=st.sampled_from(("counts", "not_counts")))
def test_counts_add_up_and_the_order_of_rows_makes_no_difference(
    acts: list[Activity], data: st.DataObject, choice: str
) -> None:
    rules = rules_of("beilin", delegated_only=choice)
    found = quarter(UNITS, *acts, rules=rules)
    assert found == quarter(UNITS, *data.draw(st.permutations(acts)), rules=rules)
    assert [u.unit for u in found] == list(UNITS)
    for unit in found:
        assert sum(unit.by_mode.values()) == unit.total >= unit.periodic >= unit.counted
        assert unit.periodic == unit.by_mode["定期"]
        assert unit.total >= unit.delegated
        assert unit.missing == 0 or not unit.is_met
        assert unit.standing is not Standing.TAKEN_PART or unit.is_met
        assert unit.standing not in (Standing.ABSENT, Standing.OTHER_MODES_ONLY) or not unit.is_met
        assert (unit.standing is Standing.ABSENT) == (unit.total == 0)
        assert (choice == "counts") or unit.is_met == (unit.standing is Standing.TAKEN_PART)


@settings(max_examples=100, deadline=None)
@given(acts=activities())
def test_every_activity_lies_in_one_quarter_of_one_unit(acts: list[Activity]) -> None:
    rules = rules_of("beilin")
    units = (*UNITS, "区统计局")
    table = heat(rules, quota(rules, "batch-a-quarter"), units, acts, periods_of_year(Every.QUARTER, 2026))
    valid = [a for a in acts if a.status is not Status.VOID and a.held_at.year == 2026]
    assert sum(cell.total for row in table.cells for cell in row) == len(valid)


@settings(max_examples=100, deadline=None)
@given(acts=activities())
def test_a_unit_has_each_activity_in_at_most_one_window(acts: list[Activity]) -> None:
    rules = rules_of("jingbian")
    window = rules.window("half-year")
    following = [replace(a, activity_kind="跟执法", mode="") for a in acts]
    windows = [p for year in (2025, 2026, 2027) for p in periods_of_year(Every.WINDOW, year, window)]
    table = heat(rules, quota(rules, "once-a-window"), sorted({a.unit for a in acts}), following, windows)
    valid = [a for a in acts if a.status is not Status.VOID and a.held_at.month in (8, 9, 12, 1)]
    before = period_of(Every.WINDOW, date(2025, 1, 1), window)
    assert before is not None
    assert all(a.held_at.date() > before.last for a in valid)
    assert sum(cell.total for row in table.cells for cell in row) == len(valid)


@settings(max_examples=150, deadline=None)
@given(
    acts=activities(),
    names=st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from(ITEMS)), max_size=8),
    data=st.data(),
)
def test_an_item_is_covered_or_missing_and_never_both(
    acts: list[Activity], names: list[tuple[str, str]], data: st.DataObject
) -> None:
    catalogue = [listed(unit, item) for unit, item in names]
    found = items(catalogue, *acts)
    assert {(u.unit, u.covered, u.missing, frozenset(u.uncatalogued)) for u in found} == {
        (u.unit, u.covered, u.missing, frozenset(u.uncatalogued))
        for u in items(catalogue, *data.draw(st.permutations(acts)))
    }
    for unit in found:
        owed = {item for name, item in names if name == unit.unit}
        assert set(unit.covered) | set(unit.missing) == owed
        assert len(unit.covered) + len(unit.missing) == len(owed) == unit.owed
        assert not owed & set(unit.uncatalogued)
        assert (unit.percent is None) == (not owed)
        assert unit.is_met == (unit.percent == 100)


def test_the_example_period_is_what_it_says() -> None:
    assert Period(Every.QUARTER, date(2026, 7, 1), date(2026, 9, 30), "2026Q3") == Q3
