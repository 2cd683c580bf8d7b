"""Text as people type and paste it, made comparable or made fit for a cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_FOOTER = re.compile(r"合计|小计|总计|累计|共|注|备注|说明|填|制表|审核|负责人|单位|日期|联系")
_SHORT = 32
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def squeeze(text: object) -> str:
    """Text for comparing: NFKC without any white space.

    Headers are wrapped, numbers are typed full-width, and pages break inside the sentences of a notice.
    """
    plain = str(text)
    # To NFKC a number or any other ASCII is what it is already; most of what is compared is.
    if plain.isascii():
        return "".join(plain.split())
    # Headers, code words and units come again with every row; running texts are not kept.
    return _squeezed_word(plain) if len(plain) <= _SHORT else _squeezed(plain)


def _squeezed(plain: str) -> str:
    return "".join(unicodedata.normalize("NFKC", plain).split())


_squeezed_word = lru_cache(maxsize=4096)(_squeezed)


def key_number(text: str) -> str:
    """The number in a key cell, or ``""`` for one that holds a word such as 合计：2件 or 填表日期."""
    return text if re.search(r"\d", text) and not _FOOTER.match(text) else ""


def clean_text(text: str) -> str:
    """Pasted text without what no cell can hold or nobody can see: controls, zero-width marks, ``\\r``."""
    if text.isprintable():
        # No control is printable, and no mark without a width: all are of the Unicode categories C and Z.
        return text.strip()
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROL.sub("", _INVISIBLE.sub("", text)).strip()


def places_of(needle: bytes, data: bytes) -> Iterator[int]:
    """Answer every offset at which the needle stands; an empty one stands nowhere."""
    if not needle:
        return
    at = data.find(needle)
    while at >= 0:
        yield at
        at = data.find(needle, at + len(needle))
