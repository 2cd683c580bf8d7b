"""The forms of dates, and nothing guessed."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuomuniao.dateforms import moment_of_cell, parse_date, parse_moment
from zhuomuniao.errors import BadValueError

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "text", ["2026-10-08", "2026.10.8", "2026年10月8日", "20261008", "2026/10/8", "10月8日", " 2026-10-08 "]
)
def test_one_day_in_many_forms(text: str) -> None:
    assert parse_date(text, today=TODAY) == date(2026, 10, 8)


def test_words_and_the_latest_occurrence() -> None:
    assert parse_date("今天", today=TODAY) == TODAY
    assert parse_date("昨天", today=TODAY) == date(2026, 11, 21)
    assert parse_date("11月22日", today=TODAY) == TODAY
    assert parse_date("11月23日", today=TODAY) == date(2025, 11, 23)
    assert parse_date("2月29日", today=TODAY) == date(2024, 2, 29)


@pytest.mark.parametrize("text", ["8.10", "10-08", "2026-13-01", "2026-02-30", "", "明天", "2026", "10/8/2026"])
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(BadValueError) as told:
        parse_date(text, today=TODAY)
    assert "2026-10-08" in told.value.remedy


@pytest.mark.parametrize("text", ["今天", "昨日", "10月8日"])
def test_without_a_day_of_typing_a_text_must_name_its_own(text: str) -> None:
    with pytest.raises(BadValueError):
        parse_date(text, today=None)
    assert parse_date("2026-10-08", today=None) == date(2026, 10, 8)


def test_as_of_must_name_its_year() -> None:
    with pytest.raises(BadValueError):
        parse_date("10月8日", today=TODAY, allows_month_day=False)


@pytest.mark.parametrize(
    "text", ["2026-10-08 09:30", "2026年10月8日 9:30", "2026年10月8日9时30分", "10月8日 9：30", "2026-10-08T09:30"]
)
def test_moments(text: str) -> None:
    assert parse_moment(text, today=TODAY, default_time=time(17)) == datetime(2026, 10, 8, 9, 30)


def test_a_bare_day_takes_the_default_time() -> None:
    assert parse_moment("昨天", today=TODAY, default_time=time(9)) == datetime(2026, 11, 21, 9)
    with pytest.raises(BadValueError):
        parse_moment("2026-10-08 25:00", today=TODAY, default_time=time(9))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (46244, datetime(2026, 8, 10)),
        ("46244", datetime(2026, 8, 10)),
        (46244.5, datetime(2026, 8, 10, 12)),
        ("2026.8.10", datetime(2026, 8, 10)),
        (date(2026, 8, 10), datetime(2026, 8, 10)),
        ("8月10日", None),
        ("上个月", None),
        ("今天", None),
        ("昨天", None),
        ("今天 09:30", None),
        ("昨日9时30分", None),
        ("10月8日 09:30", None),
        ("2026年10月8日 9时30分", datetime(2026, 10, 8, 9, 30)),
        (13800138000, None),
        (3, None),
        (True, None),
        (None, None),
        ("", None),
    ],
)
def test_f12_what_cells_hold(value: object, moment: datetime | None) -> None:
    assert moment_of_cell(value) == moment


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda m: m.replace(microsecond=0)))
def test_every_printed_moment_is_read_back(moment: datetime) -> None:
    assert parse_moment(str(moment), today=TODAY, default_time=time()) == moment


@given(st.text(max_size=20))
def test_no_text_raises_anything_but_our_own_error(text: str) -> None:
    with suppress(BadValueError):
        parse_moment(text, today=TODAY, default_time=time())
    moment_of_cell(text)
