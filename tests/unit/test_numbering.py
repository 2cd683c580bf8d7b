"""事项编号."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

import pytest

from zhuomuniao.codes import NumberingRule
from zhuomuniao.errors import BadValueError
from zhuomuniao.numbering import NumberDrawer, next_number, require_number, sequence_on
from zhuomuniao.ruletypes import Citation

RULE = NumberingRule("window", "{date}{seq}", 2, Citation("附件3 注", ""))
DAY = date(2021, 8, 10)


def test_the_next_number_is_above_the_highest_ever() -> None:
    assert next_number(RULE, DAY, []) == "2021081001"
    assert next_number(RULE, DAY, ["2021081001", "2021081002"]) == "2021081003"
    assert next_number(RULE, DAY, ["2021081007", "2021081199", "别的"]) == "2021081008"
    assert next_number(RULE, DAY, ["2021081099"]) == "20210810100"


def test_numbers_by_hand() -> None:
    assert require_number(RULE, DAY, "2021081012", []) == "2021081012"
    for wrong in ("2021081112", "202108101", "A2021081012"):
        with pytest.raises(BadValueError):
            require_number(RULE, DAY, wrong, [])
    with pytest.raises(BadValueError, match="用过"):
        require_number(RULE, DAY, "2021081012", ["2021081012"])


def test_the_misprint_of_the_notice_is_no_number_of_its_day() -> None:
    assert sequence_on(RULE, DAY, "2021081203") is None
    assert sequence_on(RULE, DAY, "2021081003") == 3


def test_patterns_with_words() -> None:
    rule = NumberingRule("window", "临字{date}第{seq}号", 3, Citation("", ""))
    assert next_number(rule, DAY, ["临字20210810第009号"]) == "临字20210810第010号"


class Looked(Collection[str]):
    """Numbers taken, and how often all of them were gone through."""

    def __init__(self, *taken: str) -> None:
        self.taken = set(taken)
        self.times = 0

    def __iter__(self) -> Iterator[str]:
        self.times += 1
        return iter(self.taken)

    def __len__(self) -> int:
        return len(self.taken)

    def __contains__(self, number: object) -> bool:
        return number in self.taken

    def add(self, number: str) -> None:
        self.taken.add(number)


def test_many_numbers_are_those_drawn_one_by_one() -> None:
    drawer, taken, other = NumberDrawer(), Looked("2021081007", "2021081103", "别的"), DAY + timedelta(days=1)
    drawn = []
    for day in (DAY, DAY, other, DAY, other):
        expected = next_number(RULE, day, taken.taken)
        drawn.append(drawer.draw(RULE, day, taken))
        assert drawn[-1] == expected
        taken.add(drawn[-1])
    # Somebody else puts numbers in between: by hand, or nothing at all becomes of a draw.
    taken.add("2021081050")
    assert drawer.draw(RULE, DAY, taken) == drawer.draw(RULE, DAY, taken) == "2021081051"
    # Another operation has another set.
    assert drawer.draw(RULE, DAY, {"2021081002"}) == "2021081003"


def test_a_hundred_draws_look_through_what_is_taken_once() -> None:
    drawer, taken = NumberDrawer(), Looked("2021081007")
    for _ in range(100):
        taken.add(drawer.draw(RULE, DAY, taken))
    assert (taken.times, "20210810107" in taken, len(taken)) == (1, True, 101)
    with pytest.raises(BadValueError, match="用过"):
        require_number(RULE, DAY, "20210810107", taken)
    assert taken.times == 1
