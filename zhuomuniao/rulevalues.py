"""The values that keys of a rule file hold: limits, patterns of numbers, months, names. Each tells what to write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zhuomuniao.codes import Code, OutcomeEffect
from zhuomuniao.errors import BadValueError
from zhuomuniao.limits import Limit, LimitUnit, parse_limit
from zhuomuniao.model import NO_FIXED_LIMIT
from zhuomuniao.ruletypes import COUNTABLE, DEMANDABLE, Span
from zhuomuniao.texts import squeeze
from zhuomuniao.tomlkeys import (
    Key,
    Place,
    Section,
    Take,
    WrongValueError,
    duplicates,
    one_of,
    shown,
    tables,
    text,
    texts,
)

Words = Mapping[str, LimitUnit]
"""What a word for a day means throughout one notice: 日 → 工作日."""


def limit_in(words: Words) -> Take:
    """A limit, read with the words of the notice."""

    def take(value: Any, place: Place) -> Limit:
        if not isinstance(value, str):
            raise WrongValueError(f"“{shown(value)}”不是时限", '请加引号，如 "5工作日"', "时限")
        try:
            return parse_limit(value, words)
        except BadValueError as bad:
            raise WrongValueError(f"看不懂时限“{shown(value)}”", bad.remedy, "时限") from None

    return take


def limit_or_none(words: Words) -> Take:
    """A limit, or the word for none (一事一议)."""
    limit = limit_in(words)

    def take(value: Any, place: Place) -> Limit | None:
        if value == NO_FIXED_LIMIT:
            return None
        try:
            return limit(value, place)  # type: ignore[no-any-return]
        except WrongValueError as wrong:
            remedy = f"{wrong.remedy}；没有固定期限的写“{NO_FIXED_LIMIT}”"
            raise WrongValueError(wrong.what, remedy, wrong.expected) from None

    return take


_PATTERN_PARTS = ("{date}", "{year}", "{month}", "{day}", "{seq}")


def pattern(value: Any, place: Place) -> str:
    """How a number looks: its date and its sequence, without full-width signs."""
    written = text(value, place)
    if squeeze(written) != written:
        raise WrongValueError(f"“{shown(written)}”里有全角字符或空格", f"请写成“{shown(squeeze(written))}”")
    if unknown := sorted(set(re.findall(r"\{.*?\}", written)) - set(_PATTERN_PARTS)):
        raise WrongValueError(f"不认识“{shown('、'.join(unknown))}”", f"可写：{'、'.join(_PATTERN_PARTS)}")
    if written.count("{seq}") != 1 or not any(part in written for part in ("{date}", "{year}")):
        raise WrongValueError(f"“{shown(written)}”缺少 {{seq}}，或缺少 {{date}}、{{year}}", "编号由日期和序号组成")
    return written


def demandable(value: Any, place: Place) -> tuple[str, ...]:
    """Some of :data:`DEMANDABLE`."""
    wanted = texts(value, place)
    if unknown := [name for name in wanted if name not in DEMANDABLE]:
        able = "、".join(DEMANDABLE)
        raise WrongValueError(f"不认识“{shown('、'.join(unknown))}”", f"可写：{able}", able)
    return wanted


def countable(value: Any, place: Place) -> str:
    """One of :data:`COUNTABLE`."""
    wanted = text(value, place)
    if wanted not in COUNTABLE:
        able = "、".join(COUNTABLE)
        raise WrongValueError(f"不认识“{shown(wanted)}”", f"可写：{able}", able)
    return wanted


def code_words(value: Any, place: Place) -> Mapping[str, str]:
    """Fields with a word each."""
    if not isinstance(value, dict) or not all(isinstance(word, str) and word for word in value.values()):
        raise WrongValueError("不是栏目和词", '例如 { track = "商事服务" }', "栏目 = 词")
    return value


_MONTHS = re.compile(r"(1[0-2]|[1-9])(?:-(1[0-2]|[1-9]))?", re.ASCII)


def spans(value: Any, place: Place) -> tuple[Span, ...]:
    """Months, ``8-9`` or ``12-1``."""
    found = []
    for words in texts(value, place):
        months = _MONTHS.fullmatch(words)
        if months is None:
            raise WrongValueError(f"看不懂月份“{shown(words)}”", '请写成 "8-9" 或 "12-1"', "月份")
        found.append(Span(int(months[1]), int(months[2] or months[1])))
    return tuple(found)


_ALIASES = Key("aliases", texts, "别称，登记时也认", ())

CODE = Section(
    "values",
    "一个词",
    (
        Key("name", text, "写进台账的词"),
        _ALIASES,
        Key(
            "effect",
            one_of(OutcomeEffect),
            "结果类别的效果：resolved 办结、routed_out 转出、stays_open 仍在办",
            OutcomeEffect.RESOLVED,
        ),
    ),
    Code,
)
UNIT = Section("names", "一个单位", (Key("name", text, "写进台账的全称"), _ALIASES), Code)


def names_of(section: Section) -> Take:
    """A list of names, each alone or as a table."""

    def take(value: Any, place: Place) -> tuple[Code, ...]:
        if not isinstance(value, list):
            raise WrongValueError("不是列表", '例如 ["甲", { name = "乙", aliases = ["别称"] }]')
        codes: tuple[Code, ...] = tables(section)([{"name": v} if isinstance(v, str) else v for v in value], place)
        for word in duplicates([word for code in codes for word in (code.name, *code.aliases)]):
            place.tell(f"“{shown(word)}”出现了两次", "请改名或删去一个")
        return codes

    return take
