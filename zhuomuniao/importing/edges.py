"""The lines above and below a hand-filled table: ``填报单位：区教育局    时间：2026年9月`` → field and text.

Label and value stand in one cell or in neighbouring ones, with a colon, blanks, underscores or nothing between.
A label is known as the layout prints it, and as the column of the same field is headed or aliased.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.layouts import EdgeField, Layout

CELL_END: Final = "\x1f"
"""Stands between the cells of a line: white space to a pattern, and in no cell of a book."""

_COLON = r"[:：﹕∶︰]"
_BLANK = r"[\s_＿]"
_START = r"(?:^|(?<=[\s_＿，,；;、|/]))"
_CELL_START = rf"(?:^|(?<={CELL_END}))"
_TO_DO = r"[(（]\s*(?:加\s*盖\s*)?(?:盖\s*章|公\s*章|印\s*章|签\s*章|签\s*字|签\s*名)\s*[)）]"
_LEADING_COLON = re.compile(rf"\s*{_COLON}")
_TAIL = re.compile(r"\((?:[^()]*)\)$")
_SIGNED = re.compile(_TO_DO + "$")
_BLANK_DAY = re.compile(r"[\s_＿年月日]*")
_LAST_WORD = re.compile(r"(?<=[\s_＿，,；;、])[^\s_＿，,；;、]+$")
_AROUND = " \t\r\n\x1f\u3000_＿，,；;、"

_LONG_LABEL: Final = 4
"""A label of so many characters is known even where it sticks to the words before it."""

_OTHER_LINE = re.compile(
    r"(?:(?:填报|填表|制表|审核|审批|经办|联系|报送)人(?:员)?|联系(?:电话|方式)|电话|"
    r"(?:主要|分管|单位)?(?:负责人|领导)|(?:填报|填表|报送|制表)?(?:单位|日期|时间)|盖章|注|备注|说明|填表说明|填报说明)"
    r"(?:\([^()]{1,12}\))?(?::|$)"
)
_TOTAL = re.compile(r"(?:合|小|总|共|累)计(?:[:：]?\s*[\d一二三四五六七八九十百]+\s*[件条个项次]?)?")


class _Mark(Struct, frozen=True):
    """A label found in a line: where it begins, where its value does, and whether it sticks to words before it."""

    start: int
    end: int
    field: str
    is_glued: bool


class EdgeReader:
    """Finds the fields of a layout's head and foot in lines of text."""

    def __init__(self, layout: Layout) -> None:
        self.heads = frozenset(edge.field for edge in layout.heads)
        self.feet = frozenset(edge.field for edge in layout.feet)
        self._patterns = tuple(
            (edge.field, pattern, is_glued)
            for edge in (*layout.heads, *layout.feet)
            for pattern, is_glued in _patterns_of(edge, layout)
        )

    def fields_of(self, line: str) -> dict[str, str]:
        """The fields whose labels stand in a line, each with the text after it; ``""`` where nothing is filled in.

        A day whose 年 月 日 stand alone is none; what a label says to be done (盖章) is no part of the value.
        """
        found: dict[str, str] = {}
        marks = self._marks(line)
        for place, mark in enumerate(marks):
            following = marks[place + 1] if place + 1 < len(marks) else None
            value = _value(line[mark.end : following.start if following else len(line)], following)
            found[mark.field] = found.get(mark.field) or value
        return found

    def begins_line(self, line: str) -> bool:
        """Whether a line begins with a label: it stands above or below a table, not in it."""
        marks = self._marks(line.lstrip(_AROUND))
        return bool(marks) and marks[0].start == 0

    def _marks(self, line: str) -> list[_Mark]:
        every = [
            _Mark(match.start(), match.end(), field, is_glued)
            for field, pattern, is_glued in self._patterns
            for match in pattern.finditer(line)
        ]
        kept: list[_Mark] = []
        for mark in sorted(every, key=lambda m: (m.start, -m.end)):
            if not kept or mark.start >= kept[-1].end:
                kept.append(mark)
        return kept


def is_outside_line(text: str) -> bool:
    """Whether the first cell of a row is what stands below tables anywhere: ``填表人：``, ``注：``."""
    return _OTHER_LINE.match(squeeze(text)) is not None


def is_total(text: str) -> bool:
    """Whether a cell says 合计, with or without how many."""
    return _TOTAL.fullmatch(squeeze(text)) is not None


def _patterns_of(edge: EdgeField, layout: Layout) -> Iterator[tuple[re.Pattern[str], bool]]:
    """How a label may look in a line; the flag is set where words may stick to its front."""
    column = layout.column(edge.field)
    words = {edge.label: None} | ({} if column is None else dict.fromkeys((column.header, *column.aliases)))
    for word in words:
        bare = squeeze(word).rstrip(":")
        core = _TAIL.sub("", bare)
        if not core:
            continue
        printed = _loosely(bare[len(core) :]).replace(r"\(", "[(（]").replace(r"\)", "[)）]")
        label = _loosely(core) + rf"(?:\s*(?:{_TO_DO}|{printed}))?"
        yield re.compile(rf"{_START}{label}\s*{_COLON}"), False
        yield re.compile(rf"{_CELL_START}{label}(?={_BLANK}|$)"), False
        if not _is_with_colon(edge.label):
            yield re.compile(rf"{_START}{label}"), False
        if len(core) >= _LONG_LABEL:
            yield re.compile(rf"(?<=[^\s_＿，,；;、|/]){label}\s*{_COLON}"), True


def _loosely(text: str) -> str:
    """A pattern of a text that may be spaced out."""
    return r"\s*".join(map(re.escape, text))


def _is_with_colon(label: str) -> bool:
    return squeeze(label).endswith(":")


def _value(text: str, following: _Mark | None) -> str:
    """What stands after a label, without the words that belong to the next one: 主要 before 负责人姓名."""
    value = _clean(text)
    if following is not None and following.is_glued:
        before = _LAST_WORD.sub("", value)
        value = _clean(before) if before.strip(_AROUND) else value
    value = _SIGNED.sub("", value).rstrip(_AROUND)
    return "" if _BLANK_DAY.fullmatch(value) else value


def _clean(text: str) -> str:
    colon = _LEADING_COLON.match(text)
    bare = (text[colon.end() :] if colon else text).strip(_AROUND)
    return " ".join(part for part in bare.split(CELL_END) if part.strip())


def line_of(texts: Sequence[str]) -> str:
    """The cells of a row as one line."""
    return CELL_END.join(texts)
