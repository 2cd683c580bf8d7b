"""Whatever is pasted, a notice is read or refused with reasons, and what is accepted keeps the self-checks."""

from __future__ import annotations

import json
import random
import re
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notices import IMPORTED_ON, NOTHING, annual, annual_texts, notice_text
from zhuomuniao.errors import NoticeError
from zhuomuniao.layers import MAKE_UP, ORDINARY, LayerKind, layer_toml
from zhuomuniao.notice import ParsedNotice, parse_holiday_cn, parse_notice
from zhuomuniao.statutory import HOLIDAYS, statutory_days
from zhuomuniao.workdays import WorkCalendar

TEXTS = [*annual_texts().values(), *(notice_text(f"{year}-amendment") for year in (2015, 2019, 2020))]
CALENDAR = WorkCalendar([annual(year) for year in range(2006, 2027)], package_years=NOTHING)
ALPHABET = (
    "年月日号至、，。：；（）()—-\n 0123456789一二三四五六七八九十周星期末放假调休公补上班共天"
    "元旦春节清明劳动端午中秋国庆延长起正常其中将两个"
)
NAMES = dict(zip(HOLIDAYS, [(1, 1), (2, 1), (4, 5), (5, 1), (6, 10), (9, 20), (10, 1)], strict=True))


def check(found: ParsedNotice) -> bool:
    """Whether it was accepted; either way it must be whole."""
    assert isinstance(found, ParsedNotice)
    if found.problems:
        assert all(p.what and p.remedy and p.line >= 0 for p in found.problems)
        with pytest.raises(NoticeError):
            found.layer(IMPORTED_ON)
        return False
    layer = found.layer(IMPORTED_ON)
    assert layer_toml(layer)
    days = {day.on: day for day in layer.days}
    assert days
    assert len(days) == len(layer.days)
    for on, day in days.items():
        assert day.is_off or day.name in (MAKE_UP, ORDINARY)
        assert day.name != MAKE_UP or on.weekday() >= 5, "people make up on weekends"
        assert not (day.is_worked and on in statutory_days(on.year)), "nobody works on a 法定 day"
        assert abs(on.year - layer.year) <= 1
    if layer.kind is LayerKind.ANNUAL:
        names = "".join(day.name for day in layer.days)
        needed = HOLIDAYS if layer.year >= 2008 else ("元旦", "春节", "劳动节", "国庆节")
        assert all(name in names for name in needed)
        for month in (1, 5, 10):
            assert days[date(layer.year, month, 1)].is_off
    return True


def mutated(text: str, rnd: random.Random) -> str:
    for _ in range(rnd.choice([1, 1, 1, 2, 6])):
        at = rnd.randrange(max(len(text), 1))
        match rnd.randrange(6):
            case 0:
                text = text[:at] + text[at + 1 :]
            case 1:
                text = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
            case 2:
                digits = [m.start() for m in re.finditer(r"\d", text)]
                at = rnd.choice(digits) if digits else 0
                text = text[:at] + rnd.choice("0123456789") + text[at + 1 :]
            case 3:
                text = text[:at] + rnd.choice(ALPHABET) + text[at:]
            case 4:
                lines = text.split("\n")
                rnd.shuffle(lines)
                text = "\n".join(lines)
            case _:
                text = text[:at]
    return text


@given(st.text())
def test_any_text(text: str) -> None:
    check(parse_notice(text, known=CALENDAR.day))


@given(st.text(ALPHABET, max_size=200))
def test_any_text_of_the_trade(text: str) -> None:
    check(parse_notice("2026年" + text, known=CALENDAR.day))
    check(parse_notice(f"国务院办公厅关于2026年部分节假日安排的通知\n一、元旦：{text}\n二、春节：{text}", year=2026))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_mutated_notices(text: str, rnd: random.Random) -> None:
    check(parse_notice(mutated(text, rnd), known=CALENDAR.day))


def test_a_changed_figure_is_nearly_always_noticed() -> None:
    """Every digit of the arrangement of 2026 changed to every other: accepted only where nothing contradicts it."""
    text = annual_texts()[2026]
    body = text.index("一、")
    accepted = []
    for match in re.finditer(r"\d", text[body:]):
        at = body + match.start()
        for digit in "0123456789":
            changed = text[:at] + digit + text[at + 1 :]
            if digit != text[at] and check(found := parse_notice(changed)):
                differing = set(found.days) ^ set(annual(2026).days)
                accepted.append(sorted(day.on.isoformat() for day in differing))
    # 10月10日 → 10月17日 is a Saturday near the break as well: no check on paper can tell.
    assert accepted == [["2026-10-10", "2026-10-17"]]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.dates().map(str),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["year", "days", "papers", "name", "date", "isOffDay"]), inner)
        ),
        max_leaves=20,
    )
)
def test_any_json(data: Any) -> None:
    with suppress(NoticeError):
        check(parse_holiday_cn(json.dumps(data)))


@given(st.integers(2008, 2090), st.randoms(use_true_random=False))
def test_holiday_cn_files_with_one_day_spoilt(year: int, rnd: random.Random) -> None:
    listed = {date(year, *day): name for name, day in NAMES.items() if name not in statutory_days(year).values()}
    listed |= statutory_days(year)
    if "中秋节" not in listed.values():  # 国庆节 has its day
        listed[date(year, 9, 30)] = "中秋节"
    days: list[dict[str, Any]] = [
        {"name": name, "date": on.isoformat(), "isOffDay": True} for on, name in listed.items()
    ]
    assert check(parse_holiday_cn(json.dumps({"year": year, "days": days})))
    entry = rnd.choice(days)
    key = rnd.choice(["name", "date", "isOffDay"])
    entry[key] = rnd.choice([None, 3, "", "2027-02-30", [], False, True, str(date(year, 3, 1) + timedelta(days=9))])
    check(parse_holiday_cn(json.dumps({"year": year, "days": days})))


@given(st.text(max_size=50))
def test_any_text_as_json(text: str) -> None:
    with pytest.raises(NoticeError):
        parse_holiday_cn(text)
