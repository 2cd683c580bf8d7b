"""Headings are numbered as papers are, however many there are, and none is dropped."""

from __future__ import annotations

import pytest

from zhuomuniao.reports.headings import numbered_and_signed, numeral, sections
from zhuomuniao.reports.tables import SIGNATURES, Paragraph, Table


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (30, "三十"), (99, "九十九")],
)
def test_numbers_are_said_as_papers_say_them(number: int, said: str) -> None:
    assert numeral(number) == said


def test_no_table_of_a_long_summary_is_dropped_and_the_last_is_signed() -> None:
    tables = numbered_and_signed([Table("汇总", f"第{n}表", (), ()) for n in range(1, 26)])
    assert [table.name.partition("、")[0] for table in tables] == [numeral(n) for n in range(1, 26)]
    assert [table.signatures for table in tables] == [()] * 24 + [SIGNATURES]


def test_a_part_without_text_has_no_heading_and_takes_no_number() -> None:
    body = sections([("总体情况", [Paragraph("略")]), ("分类情况", []), ("下一步", [Paragraph("略")])])
    assert [part.text for part in body if isinstance(part, Paragraph)] == ["一、总体情况", "略", "二、下一步", "略"]
