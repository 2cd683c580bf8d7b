"""一、 二、 三、: the numbered headings of letters and summaries."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from zhuomuniao.reports.tables import SIGNATURES, BodyPart, Paragraph, ParagraphKind, Table

_DIGITS = "一二三四五六七八九"


def numeral(number: int) -> str:
    """A number from 1 to 99 as headings count: 一, 十, 十二, 二十."""
    tens, ones = divmod(number, 10)
    ten = "十" if tens == 1 else f"{_DIGITS[tens - 1]}十" if tens else ""
    return ten + (_DIGITS[ones - 1] if ones else "")


def sections(parts: Sequence[tuple[str, Sequence[BodyPart]]]) -> list[BodyPart]:
    """The parts of a letter under their numbered headings; a part without text has none."""
    told = [part for part in parts if part[1]]
    body: list[BodyPart] = []
    for number, (title, text) in enumerate(told, start=1):
        body += [Paragraph(f"{numeral(number)}、{title}", ParagraphKind.HEADING), *text]
    return body


def numbered_and_signed(summary: Sequence[Table]) -> list[Table]:
    """The tables of a summary numbered, with the lines to sign under the last."""
    numbered = [replace(table, name=f"{numeral(n)}、{table.name}") for n, table in enumerate(summary, start=1)]
    return [*numbered[:-1], replace(numbered[-1], signatures=SIGNATURES)]
