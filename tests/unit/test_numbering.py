"""事项编号."""

from __future__ import annotations

from datetime import date

import pytest

from zhuomuniao.codes import NumberingRule
from zhuomuniao.errors import BadValueError
from zhuomuniao.numbering import next_number, require_number, sequence_on
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
