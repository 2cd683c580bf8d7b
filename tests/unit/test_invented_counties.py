"""Three invented counties use everything a rule can say; a new key, unit or act without an example here fails."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from tests.desk import Desk
from zhuomuniao.assets import data_folder, locality_folder, locality_slugs
from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.consistency import citations
from zhuomuniao.layouts import LAYOUT_SECTION
from zhuomuniao.limits import LimitUnit
from zhuomuniao.model import FACT_FIELDS, Act, StartEvent
from zhuomuniao.paperlayouts import FORM_SECTION, LETTER_SECTION
from zhuomuniao.rulefile import EDITION_KEYS, LOCALITY_SECTION, LocalityFolder, load_locality
from zhuomuniao.rulekeys import rule_sections
from zhuomuniao.rules import Holds, RuleSet
from zhuomuniao.ruletypes import UNSTATED, DueIn, Every, QuotaKind, Strength
from zhuomuniao.tomlkeys import Key
from zhuomuniao.usecases.localities import check_county
from zhuomuniao.workedcases import case_sections

COUNTIES = Path(__file__).resolve().parents[1] / "fixtures" / "counties"
INVENTED = ("qingshi", "songling", "yunxi")
POLICIES = data_folder() / "policies.toml"


def load(folder: Path) -> LocalityFolder:
    return load_locality(folder, POLICIES)


CITATION = {"clause", "quote", "basis", "note"}


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def editions() -> list[RuleSet]:
    return [edition for slug in INVENTED for edition in load(COUNTIES / slug).locality.editions]


def used_keys(keys: Iterable[Key], table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The keys that a table of TOML uses, those of tables further in as ``rungs.name``."""
    for key in keys:
        if key.name not in table:
            continue
        yield prefix + key.name
        inner = table[key.name]
        for entry in (inner if isinstance(inner, list) else [inner]) if key.inner else ():
            if key.inner and isinstance(entry, Mapping):
                yield from used_keys(key.inner.keys, entry, f"{prefix}{key.name}.")


def every_key(keys: Iterable[Key], prefix: str = "") -> Iterator[str]:
    for key in keys:
        yield prefix + key.name
        if key.inner:
            yield from every_key(key.inner.keys, f"{prefix}{key.name}.")


# —— Nothing is wrong with them ——


def test_the_folders_are_those_that_are_meant() -> None:
    assert sorted(path.name for path in COUNTIES.iterdir()) == sorted(INVENTED)


@pytest.mark.parametrize("slug", [*INVENTED, *locality_slugs()])
def test_the_check_finds_nothing(slug: str) -> None:
    checked = check_county(str(COUNTIES / slug) if slug in INVENTED else slug)
    assert checked.findings == ()
    assert min(checked.rules, checked.quotes, checked.cases) >= 15


@pytest.mark.parametrize("slug", INVENTED)
def test_the_names_are_invented(slug: str) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (COUNTIES / slug).rglob("*") if path.is_file())
    for real in (load(locality_folder(real)).locality.name for real in locality_slugs()):
        assert real not in text


# —— Everything a rule can say is said ——


@pytest.mark.parametrize("section", rule_sections({}), ids=lambda section: section.name)
def test_every_key_of_a_rule_is_used(section: Any) -> None:
    used: set[str] = set()
    for path in COUNTIES.glob("*/rules/*.toml"):
        for entry in read(path).get(section.name, []):
            used |= set(used_keys(section.keys, entry))
    assert set(every_key(section.keys)) - used - CITATION == set()


def test_citations_come_with_basis_and_note(editions: list[RuleSet]) -> None:
    found = [citation for edition in editions for citation in citations(edition)]
    assert {citation.basis for citation in found} == {"notice", UNSTATED}
    assert any(citation.note for citation in found)


@pytest.mark.parametrize("section", case_sections(), ids=lambda section: section.name)
def test_every_key_of_a_worked_case_is_used(section: Any) -> None:
    used: set[str] = set()
    for path in COUNTIES.glob("*/cases.toml"):
        for entry in read(path).get(section.name, []):
            used |= set(used_keys(section.keys, entry))
    assert set(every_key(section.keys)) - used == set()


def test_every_key_of_locality_edition_and_layout_is_used() -> None:
    head = {key for path in COUNTIES.glob("*/locality.toml") for key in used_keys(LOCALITY_SECTION.keys, read(path))}
    assert set(every_key(LOCALITY_SECTION.keys)) - head == set()
    edition = {key for path in COUNTIES.glob("*/rules/*.toml") for key in used_keys(EDITION_KEYS, read(path))}
    assert set(every_key(EDITION_KEYS)) - edition == set()
    layouts = [read(path) for path in COUNTIES.glob("*/layouts/*.toml")]
    kinds = ((LAYOUT_SECTION, "columns"), (FORM_SECTION, "rows"), (LETTER_SECTION, "paragraphs"))
    for section, mark in kinds:
        used = {key for data in layouts if mark in data for key in used_keys(section.keys, data)}
        assert set(every_key(section.keys)) - used == set()


def members(used: Iterable[object], kind: type[StrEnum]) -> set[object]:
    """The members of an enumeration that are not used."""
    return set(kind) - set(used)


def test_every_unit_start_act_and_effect_is_used(editions: list[RuleSet]) -> None:
    clocks = [clock for edition in editions for clock in edition.clocks]
    limits = [clock.limit for clock in clocks if clock.limit]
    assert members((limit.unit for limit in limits), LimitUnit) == set()
    assert {limit.word for limit in limits} >= {"次日下班前", "次日起2工作日"}
    assert any(limit.by_closing and limit.count == 0 for limit in limits)
    assert any(clock.limit is None for clock in clocks)
    assert members((clock.start for clock in clocks), StartEvent) == set()
    assert members((clock.act for clock in clocks), Act) == set()
    assert {name for clock in clocks for name in clock.when} >= set(FACT_FIELDS)
    codes = [code for edition in editions for codes in edition.codes for code in codes.codes]
    assert members((code.effect for code in codes), OutcomeEffect) == set()
    specs = [spec for slug in INVENTED for spec in load(COUNTIES / slug).locality.ledgers]
    assert {spec.holds for spec in specs} == set(Holds)


def test_every_period_quota_and_strength_is_used(editions: list[RuleSet]) -> None:
    duties = [duty for edition in editions for duty in edition.duties]
    quotas = [quota for edition in editions for quota in edition.quotas]
    assert members((duty.every for duty in duties), Every) == set()
    assert members((duty.due_in for duty in duties), DueIn) == set()
    assert any(duty.workday for duty in duties)
    assert any(not duty.has_day for duty in duties)
    assert any(span.last < span.first for e in editions for window in e.windows for span in window.spans)
    assert members((quota.kind for quota in quotas), QuotaKind) == set()
    assert members((quota.strength for quota in quotas), Strength) == set()
    assert members((x.strength for e in editions for x in e.extensions), Strength) == set()


def test_every_choice_of_every_policy_is_made_somewhere(editions: list[RuleSet]) -> None:
    bundled = [edition for slug in locality_slugs() for edition in load(locality_folder(slug)).locality.editions]
    open_ones = [policy for policy in editions[0].policies.values() if policy.choices]
    assert len(open_ones) > 4
    for policy in open_ones:
        made = {edition.choice(policy.id) for edition in (*editions, *bundled)}
        assert made == set(policy.choices), policy.id
        first = next(iter(policy.choices))
        assert {edition.choice(policy.id) for edition in editions} - {first}, f"{policy.id}: only the first way"


def test_the_opposites_are_both_there(editions: list[RuleSet]) -> None:
    def seen(section: str, field: str) -> set[object]:
        return {getattr(rule, field) for edition in editions for rule in getattr(edition, section)}

    assert seen("returns", "is_deemed_signed") == {True, False}
    assert seen("pauses", "restarts") == {True, False}
    assert seen("extensions", "nth") == {1, 2}
    assert seen("unit_lists", "is_closed") == {True, False}
    assert seen("numbering", "is_given") == {True, False}
    assert {rule.outcome != "" for edition in editions for rule in edition.routes} == {True, False}
    sizes = {len(codes.codes) for edition in editions for codes in edition.codes if codes.field in FACT_FIELDS}
    assert sizes >= {2, 6}


# —— A desk in each of them ——


def desk_of(slug: str, folder: Path, day: str) -> Desk:
    desk = Desk(folder / "台", day)
    answer = desk.type(
        "init", str(desk.folder), "--locality", str(COUNTIES / slug), "--clerk", "赵敏慧", "--year", "2026"
    )
    assert answer.code == 0, answer.err
    return desk


def due(answer: Any) -> dict[str, tuple[str, str | None]]:
    return {d["act"]: (d["due_on"], d["due_time"]) for d in answer["deadlines"]}


@pytest.fixture
def yunxi(tmp_path: Path) -> Desk:
    return desk_of("yunxi", tmp_path, "2026-10-30")


def test_minutes_run_over_the_noon_break(yunxi: Desk) -> None:
    answer = yunxi.register("2026-09-30 11:50", phone="13800138000", channel="热线")
    assert answer["case_no"] == "20260930001"
    assert due(answer) == {
        "首次联系": ("2026-09-30", "14:50"), "解决": ("2026-10-15", None), "答复": ("2026-10-19", None),
    }  # fmt: skip
    told = yunxi.type("explain", "20260930001")
    assert told.code == 0
    assert "首次联系：2026-09-30（周三） 14:50" in told.out
    assert "解决：2026-10-15（周四）" in told.out


def test_an_hour_too_late_is_late_on_the_same_day(yunxi: Desk) -> None:
    for minute in ("14:50", "14:51"):
        number = yunxi.register("2026-09-30 11:50", phone="13800138000", channel="热线")["case_no"]
        yunxi.ask("feedback", number, "--text", "已联系", "--at", f"2026-09-30 {minute}")
        clocks = {c["act"]: c for c in yunxi.ask("show", number)["case"]["clocks"]}
        assert clocks["首次联系"]["late"] is (minute == "14:51")


def test_the_next_day_by_closing_moves_off_the_holidays(yunxi: Desk) -> None:
    answer = yunxi.register("2026-09-30 10:00", phone="13800138000", kind="办不了")
    assert due(answer)["答复"] == ("2026-10-08", "18:00")
    number = answer["case_no"]
    assert "答复：2026-10-08（周四） 18:00" in yunxi.type("explain", number).out
    yunxi.ask("reply", number, "--text", "不符合条件", "--at", "2026-10-08 18:05")
    clocks = {c["act"]: c for c in yunxi.ask("show", number)["case"]["clocks"]}
    assert clocks["答复"]["late"] is True


def test_signing_by_closing_starts_with_the_assignment(yunxi: Desk) -> None:
    answer = yunxi.register("2026-08-14 18:30", phone="13800138000", unit="住建局")
    assert answer["status"] == "待签收"
    assert due(answer)["签收"] == ("2026-08-17", "18:00")


def test_what_the_county_requires_is_asked_for(yunxi: Desk) -> None:
    refused = yunxi.type("register", "--name", "李四", "--about", "事", "--at", "2026-09-30 10:00")
    assert (refused.code, "--phone" in refused.err) == (2, True)


def test_numbers_run_through_the_year_in_one_go(tmp_path: Path) -> None:
    desk = desk_of("songling", tmp_path, "2026-10-30")
    names = tmp_path / "名单.csv"
    rows = ["丙,事三,2026-10-09 09:00,咨询", "甲,事一,2026-09-30 16:00,求助", "乙,事二,2026-10-08 09:00,检举"]
    names.write_text("\n".join(["姓名,情况,受理时间,诉求类别", *rows, ""]), encoding="utf-8")
    done = desk.ask("register", "--from", str(names))
    assert [c["case_no"] for c in done["registered"]] == [f"松诉〔2026〕{n:04d}号" for n in (1, 2, 3)]
    assert [due(c) for c in done["registered"]] == [
        {"解决": ("2026-10-10", None)}, {"解决": ("2026-11-08", None)}, {"答复": ("2026-10-10", None)},
    ]  # fmt: skip
    assert desk.register("2026-10-30 09:00", category="感谢")["case_no"] == "松诉〔2026〕0004号"


def test_twenty_four_hours_by_the_clock(tmp_path: Path) -> None:
    desk = desk_of("songling", tmp_path, "2026-10-30")
    answer = desk.register("2026-09-30 16:00", category="求助", tier="急件", unit="松涛")
    assert due(answer) == {"解决": ("2026-10-01", "16:00")}
    refused = desk.type(
        "register",
        "--name",
        "李四",
        "--about",
        "事",
        "--at",
        "2026-10-08",
        "--category",
        "求助",
        "--unit",
        "区林业局",
    )
    assert (refused.code, "区教育局" in refused.err) == (2, True)


def test_an_old_case_keeps_the_old_edition(tmp_path: Path) -> None:
    desk = desk_of("qingshi", tmp_path, "2026-07-10")
    before, after = desk.register("2026-06-30 09:00"), desk.register("2026-07-01 09:00")
    assert (before["case_no"], due(before)) == ("QS202606-01", {"解决": ("2026-07-21", None)})
    assert (after["case_no"], due(after)) == ("QS202607-01", {"解决": ("2026-07-10", None)})
    editions = {no: desk.ask("show", no)["case"]["edition"] for no in ("QS202606-01", "QS202607-01")}
    assert editions == {"QS202606-01": "2024", "QS202607-01": "2026"}
    assert "（2026年修订）" in desk.type("explain", "QS202607-01").out
    assert desk.ask("explain", "QS202606-01")["clocks"][0]["clause"] == "第一条"


def test_a_number_that_comes_with_the_matter(tmp_path: Path) -> None:
    desk = desk_of("qingshi", tmp_path, "2026-10-30")
    bare = (
        "register",
        "--name",
        "青石市云岫商贸有限公司",
        "--about",
        "事",
        "--at",
        "2026-10-08",
        "--ledger",
        "hotline",
    )
    refused = desk.type(*bare)
    assert (refused.code, "--no" in refused.err) == (2, True)
    assert desk.ask(*bare, "--no", "20261008123456789012")["case_no"] == "20261008123456789012"
    again = desk.type(*bare, "--no", "20261008123456789012")
    assert (again.code, "已经用过" in again.err) == (2, True)
