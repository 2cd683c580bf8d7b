"""体验官: how many, composed how, whose term ends when; counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.fieldwork import Officer
from zhuomuniao.rosters import TermState, composition_faults, rotations, with_term
from zhuomuniao.rulefile import load_locality
from zhuomuniao.rules import RuleSet

DAY = date(2026, 8, 10)
STARTED = date(2023, 11, 15)


@cache
def rules_of(slug: str = "linxian") -> RuleSet:
    return load_locality(locality_folder(slug), data_folder() / "policies.toml").locality.editions[-1]


def officer(number: int, source: str, since: date | None = STARTED, left: date | None = None) -> Officer:
    return Officer(f"TY{number:02d}", "officer", since, f"体验官{number}", source, left_on=left)


def roster(*sources: str) -> list[Officer]:
    return [officer(n, source) for n, source in enumerate(sources, start=1)]


def told(officers: Sequence[Officer], day: date = DAY) -> list[str]:
    return [fault.what for fault in composition_faults(rules_of(), officers, day)]


WHOLE = ("党代表", "人大代表", "政协委员", "招商引资企业代表", "民营企业和中小企业代表", *["普通群众"] * 5)


def test_ten_with_three_and_two_are_right() -> None:
    assert told(roster(*WHOLE)) == []


def test_too_few_and_too_many() -> None:
    assert told(roster(*WHOLE[:8])) == ["体验官现有8名，还差2名"]
    assert told(roster(*WHOLE, "党代表")) == [
        "体验官现有11名，多1名",
        "招商引资企业代表、民营企业和中小企业代表现有2名，占18.1%，减到10名就够了",
    ]


def test_two_of_ten_delegates_lack_one() -> None:
    (fault,) = composition_faults(rules_of(), roster("普通群众", *WHOLE[1:]), DAY)
    assert fault.what == "党代表、人大代表、政协委员现有2名，占20%，至少还要1名"
    assert (fault.rule, fault.more, fault.citation.clause) == ("officer-share-delegates", 1, "二（一）1")


def test_a_short_roster_is_held_against_the_ten_it_is_to_have() -> None:
    # 7 people, 2 delegates: 28.5 %. With three more people it takes 3 delegates of 10.
    assert told(roster("党代表", "政协委员", "招商引资企业代表", "民营企业代表", *["普通群众"] * 3)) == [
        "体验官现有7名，还差3名",
        "党代表、人大代表、政协委员现有2名，占28.5%，至少还要1名",
    ]


def test_nobody_at_all() -> None:
    assert told([]) == [
        "体验官现有0名，还差10名",
        "党代表、人大代表、政协委员现有0名，至少还要3名",
        "招商引资企业代表、民营企业和中小企业代表现有0名，至少还要2名",
    ]


def test_another_word_for_a_source_counts() -> None:
    assert told(roster(*WHOLE[:4], "民营企业代表", *WHOLE[5:])) == []


def test_only_those_in_office_on_the_day_count() -> None:
    left = [*roster(*WHOLE[1:]), officer(10, "党代表", left=DAY)]
    assert told(left, DAY - timedelta(days=1)) == []
    assert told(left, DAY) == ["体验官现有9名，还差1名", "党代表、人大代表、政协委员现有2名，占22.2%，至少还要1名"]
    to_come = [*roster(*WHOLE[1:]), officer(10, "党代表", since=DAY + timedelta(days=1))]
    assert told(to_come)[0] == "体验官现有9名，还差1名"


@pytest.mark.parametrize("slug", ["neixiang", "xiangtan"])
def test_a_county_without_officers_asks_nothing(slug: str) -> None:
    assert composition_faults(rules_of(slug), [], DAY) == ()
    assert rotations(rules_of(slug), roster("党代表"), DAY) == ()


@pytest.mark.parametrize("slug", ["beilin", "jingbian"])
def test_what_counts_items_or_visits_is_no_quota_of_people(slug: str) -> None:
    assert composition_faults(rules_of(slug), [], DAY) == ()


# —— Terms ——


@pytest.mark.parametrize(
    ("day", "state", "left"),
    [
        (date(2026, 10, 14), TermState.RUNNING, 31),
        (date(2026, 10, 15), TermState.ENDING, 30),
        (date(2026, 11, 14), TermState.ENDING, 0),
        (date(2026, 11, 15), TermState.ENDED, -1),
    ],
)
def test_a_term_of_three_years(day: date, state: TermState, left: int) -> None:
    (found,) = rotations(rules_of(), roster("党代表"), day)
    assert found.term == "2023-11-15 至 2026-11-14"
    assert (found.state, found.days_left, found.remind_on) == (state, left, date(2026, 10, 15))


def test_the_reminder_can_come_earlier() -> None:
    (found,) = rotations(rules_of(), roster("党代表"), date(2026, 9, 15), ahead_days=60)
    assert (found.state, found.remind_on) == (TermState.ENDING, date(2026, 9, 15))


def test_a_term_that_begins_on_the_29th_of_february_ends_with_that_month() -> None:
    (found,) = rotations(rules_of(), [officer(1, "党代表", date(2024, 2, 29))], date(2027, 2, 28))
    assert (found.term, found.state) == ("2024-02-29 至 2027-02-28", TermState.ENDING)


def test_the_first_to_go_comes_first_and_nobody_without_a_day_is_lost() -> None:
    officers = [
        officer(1, "党代表", None), officer(2, "党代表", date(2025, 1, 4)), officer(3, "党代表", date(2023, 8, 10)),
        officer(4, "党代表", date(2023, 1, 4), left=date(2026, 1, 4)),
    ]  # fmt: skip
    found = rotations(rules_of(), officers, DAY)
    assert [(r.officer.case_no, r.state) for r in found] == [
        ("TY03", TermState.ENDED), ("TY02", TermState.RUNNING), ("TY01", TermState.UNDATED),
    ]  # fmt: skip
    assert found[-1].term == ""


@given(since=st.dates(date(2020, 1, 1), date(2030, 12, 31)), ahead=st.integers(0, 90))
def test_a_term_is_never_shorter_than_three_years_less_a_day(since: date, ahead: int) -> None:
    (found,) = rotations(rules_of(), [officer(1, "党代表", since)], since, ahead_days=ahead)
    assert found.ends_on
    assert found.remind_on == found.ends_on - timedelta(days=ahead)
    assert 1094 <= (found.ends_on - since).days <= 1095
    assert found.state is TermState.RUNNING


def test_the_term_follows_from_the_day_of_appointment_where_the_notice_rotates() -> None:
    assert with_term(rules_of(), officer(1, "党代表")).term == "2023-11-15 至 2026-11-14"
    assert with_term(rules_of(), officer(1, "党代表", date(2024, 2, 29))).term == "2024-02-29 至 2027-02-28"
    undated = officer(1, "党代表", None)
    assert with_term(rules_of(), undated) == undated
    # A county that never rotates: what somebody wrote stays.
    kept = officer(1, "党代表")
    assert with_term(rules_of("neixiang"), kept) == kept
