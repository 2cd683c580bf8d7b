"""The quotes of a locality held against its notice: an invented sentence must never pass for the notice's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.texts import squeeze
from zhuomuniao.tomlkeys import Place, read_words, shown

if TYPE_CHECKING:
    from zhuomuniao.errors import FileProblem
    from zhuomuniao.rulefile import EditionFile

SOURCE_FILE = "source.txt"
MAX_SOURCE_BYTES = 20_000_000


class Quote(Struct, frozen=True):
    """A sentence that a rule says it takes from the notice."""

    file: str
    rule: str
    words: str


def quotes_of(edition: EditionFile) -> tuple[Quote, ...]:
    """Every quote of a rule file, also of rules that hold another mistake."""
    quotes = []
    for section, entries in edition.written.items():
        for n, entry in enumerate(entries if isinstance(entries, list) else (), start=1):
            words = entry.get("quote") if isinstance(entry, Mapping) else None
            if isinstance(words, str) and words.strip():
                named = next((v for k in ("id", "field", "ledger") if isinstance(v := entry.get(k), str)), f"第{n}条")
                quotes.append(Quote(edition.file, f"{section}.{shown(named)}", words))
    return tuple(quotes)


def misquoted(editions: Sequence[EditionFile], folder: Path) -> tuple[int, tuple[FileProblem, ...]]:
    """How many quotes the rule files of a folder hold, and every one that does not stand in its notice."""
    quotes = [quote for edition in editions for quote in quotes_of(edition)]
    return len(quotes), _not_in_source(quotes, folder)


def _not_in_source(quotes: Sequence[Quote], folder: Path) -> tuple[FileProblem, ...]:
    problems: list[FileProblem] = []
    notice = read_words(folder / SOURCE_FILE, Place(SOURCE_FILE, problems, code="source"), most=MAX_SOURCE_BYTES)
    if notice is None:
        return tuple(problems)
    haystack = squeeze(notice)
    for quote in quotes:
        if squeeze(quote.words) not in haystack:
            at = Place(quote.file, problems, f"{quote.rule}.quote", "misquote")
            remedy = "请逐字抄原文，不要改写、不要加省略号；通知没有这句话的，删去这条规则"
            at.tell(f"“{shown(quote.words)}”不在 {SOURCE_FILE} 里", remedy, f"逐字抄自 {SOURCE_FILE}")
    return tuple(problems)
