"""How a period may be written, for what is made and for what is recorded; a month that goes without saying."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_duties import hall, open_desk
from tests.desk import Desk

__all__ = ["hall"]

DAY = ("--as-of", "2026-11-06")


@pytest.mark.parametrize(
    "month", ["2026-10", "2026年10月", "2026/10", "2026.10", "202610", "２０２６－１０", "2026年 10月份"]
)
def test_what_a_report_reads_its_record_reads(hall: Desk, month: str) -> None:
    made = hall.ask("report", "--duty", "hotline-ledger", "--month", month, *DAY)
    done = hall.ask("duties", "done", "hotline-ledger", "--period", month, *DAY)
    assert (made["period"], done["period"]) == ("2026-10", "2026-10")
    back = hall.ask("duties", "done", "hotline-ledger", "--period", month, "--take-back", *DAY)
    assert back["taken_back"]


@pytest.mark.parametrize(
    ("option", "period", "words"),
    [
        ("--quarter", "2026Q3", ("2026-Q3", "2026q3", "2026年第三季度", "2026年三季度", "2026年3季度")),
        ("--half", "2026H1", ("2026-H1", "2026年上半年", "2026上半年")),
        ("--year", "2025", ("2025年", "2025年度")),
        ("--month", "2026-08", ("2026年8月", "2026年08月")),
    ],
)
def test_a_period_is_read_as_zmn_prints_it(hall: Desk, option: str, period: str, words: tuple[str, ...]) -> None:
    made = [hall.ask("report", "--ledger", "window", option, word, *DAY)["period"] for word in words]
    assert made == [period] * len(words)


def test_a_window_is_read_as_its_title_tells_it(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "jingbian", "司法局", "靖边县司法局")
    done = ("duties", "done", "report-to-government", "--period")
    for words in ("2026年8月至9月", "2026年9月"):
        assert desk.ask(*done, words, *DAY)["period"] == "2026-08"
        desk.ask(*done, words, "--take-back", *DAY)


def test_what_is_no_period_is_refused_with_the_form(hall: Desk) -> None:
    for words in ("十月", "2026年", "2026-13", "2026Q3", "2026年10日", "10月"):
        refused = hall.type("duties", "done", "hotline-ledger", "--period", words, *DAY)
        assert (refused.code, "请写成 2026-10" in refused.err) == (2, True), words


# —— a month that goes without saying ——


@pytest.mark.parametrize(
    "line",
    [("--month",), ("--month", "--format", "xlsx"), ("--format", "xlsx", "--month"), ("--month", "上月")],
)
@pytest.mark.parametrize("duty", [(), ("--duty", "hotline-ledger"), ("--ledger", "window")])
def test_a_bare_month_is_the_last_one(hall: Desk, line: tuple[str, ...], duty: tuple[str, ...]) -> None:
    for name in ("report", "月报"):
        assert hall.ask(name, *duty, *line, *DAY)["period"] == "2026-10"
    assert hall.ask("report", *duty, *line, "--as-of", "2027-01-31")["period"] == "2026-12"


def test_the_help_says_that_the_month_may_be_left_out(hall: Desk) -> None:
    assert "--month [上月]" in hall.type("report", "--help").out
    assert hall.type("list", "--month").code == 2, "elsewhere a month is asked for"
    for nothing in ("", " "):
        assert hall.type("report", "--month", nothing, *DAY).code == 2, "an empty variable is no last month"


def test_a_period_of_another_length_is_answered_in_whole_sentences(hall: Desk) -> None:
    refused = hall.type("report", "--duty", "hotline-ledger", "--quarter", "2026Q3", *DAY)
    assert "每月报一次，--quarter 说的是另一种期间" in refused.err
    assert "请把 --quarter 换成 --month 2026-10 这样的写法" in refused.err
    once = hall.type("report", "--duty", "officer-list", "--month", "2026-10", *DAY)
    assert "只报一次，不分期，--month 用不上" in once.err
    assert "请去掉 --month，只写 --duty officer-list" in once.err
