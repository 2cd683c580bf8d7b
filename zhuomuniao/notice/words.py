"""The wording of a pasted notice, made comparable without losing on which line each character stood."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from zhuomuniao.errors import NoticeProblem
from zhuomuniao.texts import clean_text

COMPARE: Final = "请对照通知原文改正后再导入"
"""The usual remedy for what a notice cannot mean."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―─━−~〜", "-"))
_QUOTES = frozenset("\"'“”‘’「」『』")


class Wording(Struct, frozen=True):
    """Text made comparable (NFKC, no blanks, no quotation marks, one kind of dash), each character with its line."""

    text: str
    lines: tuple[int, ...]
    originals: tuple[str, ...]

    @classmethod
    def of(cls, raw: str) -> Wording:
        """The comparable form of a pasted text; line breaks stay."""
        chars: list[str] = []
        lines: list[int] = []
        originals = clean_text(raw).split("\n")
        for number, line in enumerate(originals, start=1):
            for char in line:
                kept = [c for c in unicodedata.normalize("NFKC", char).translate(_DASHES) if not c.isspace()]
                kept = [c for c in kept if c not in _QUOTES]
                chars += kept
                lines += [number] * len(kept)
            chars.append("\n")
            lines.append(number)
        return cls("".join(chars), tuple(lines), tuple(originals))

    def cut(self, start: int, end: int) -> Wording:
        """A part of it."""
        return Wording(self.text[start:end], self.lines[start:end], self.originals)

    def without_breaks(self) -> Wording:
        """The same without line breaks: a page breaks inside sentences."""
        kept = [i for i, char in enumerate(self.text) if char != "\n"]
        return Wording("".join(self.text[i] for i in kept), tuple(self.lines[i] for i in kept), self.originals)

    def sentences(self, ends: str = "。!?") -> Iterator[Wording]:
        """Its sentences, without their full stops."""
        start = 0
        for i, char in enumerate(self.text):
            if char in ends:
                yield self.cut(start, i)
                start = i + 1
        yield self.cut(start, len(self.text))

    def problem(self, at: int, what: str, remedy: str = COMPARE) -> NoticeProblem:
        """A problem at one of its characters, quoting the line as it was given."""
        number = self.lines[min(at, len(self.lines) - 1)] if self.lines else 0
        line = self.originals[number - 1].strip() if number else ""
        return NoticeProblem(number, line if len(line) <= 60 else line[:59] + "…", what, remedy)
