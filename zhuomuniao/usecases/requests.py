"""What a clerk asks to write: a step with its words, checked and cleaned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from zhuomuniao.errors import BadValueError
from zhuomuniao.texts import clean_text

if TYPE_CHECKING:
    from zhuomuniao.model import StepKind

MAX_TEXT = 5000
"""Characters one step's text may have."""


class StepRequest(Struct, frozen=True):
    """The step, when, by whom, and its words by the name of their option (``text``, ``unit``, ``reason`` …)."""

    kind: StepKind
    at: datetime
    by: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    def word(self, name: str, title: str = "内容", limit: int = MAX_TEXT) -> str:
        """A word as it is kept, ``""`` where it was not given. Raises :class:`BadValueError` where it is too long."""
        return limited_text(title, self.words.get(name, ""), limit)

    def required(self, name: str, title: str) -> str:
        """A word that must be there. Raises :class:`BadValueError`."""
        word = self.word(name, title)
        if not word:
            raise BadValueError(
                f"“{self.kind}”没有写{title}", f"请用 --{name.replace('_', '-')} 写明{title}", field=name
            )
        return word


def limited_text(title: str, text: str, limit: int) -> str:
    """Cleaned text of at most ``limit`` characters. Raises :class:`BadValueError` naming the field."""
    cleaned = clean_text(text)
    if len(cleaned) > limit:
        raise BadValueError(
            f"{title}有{len(cleaned)}个字，超过{limit}个字，一格放不下",
            f"请压缩到{limit}个字以内，原文可另存附件",
            found=len(cleaned),
            limit=limit,
        )
    return cleaned
