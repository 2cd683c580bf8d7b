"""People and matters made into marks: the same ones are known again, and nobody is known by them (HMAC, RFC 2104).

The key is drawn for one run. A mark has eight bytes: among a hundred million people hardly any two share one. The
pairs of characters of a description are marked one by one, so that descriptions can be compared without being read.
"""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache

from zhuomuniao.similarity import COMPARED_CHARACTERS, phone_digits
from zhuomuniao.texts import squeeze

MARK_BYTES = 8
_PAIR_BYTES = 4
_ALIKE = 0.5
_SEPARATOR = "\x1f"
"""Stands in no text: :func:`zhuomuniao.texts.clean_text` takes it out of what is typed."""


def new_key() -> bytes:
    """A key for one run."""
    return secrets.token_bytes(32)


class Marker:
    """Makes the marks of one run."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        # The pairs of characters of a county's matters come again and again.
        self._pair = lru_cache(maxsize=200_000)(self._pair_mark)

    def mark(self, kind: str, *parts: str) -> bytes:
        """The mark of some texts together; of different ``kind`` the same texts have different marks."""
        told = _SEPARATOR.join((kind, *parts)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, told, "sha256")[:MARK_BYTES]

    def person(self, name: str) -> bytes:
        """The mark of a name, ``b""`` for none."""
        plain = squeeze(name)
        return self.mark("person", plain) if plain else b""

    def phone(self, phone: str) -> bytes:
        """The mark of a telephone's digits, ``b""`` where there are too few to be one."""
        digits = phone_digits(phone)
        return self.mark("phone", digits) if digits else b""

    def matter(self, about: str) -> bytes:
        """The marks of the pairs of neighbouring characters, each once, in an order that tells nothing."""
        text = squeeze(about)[:COMPARED_CHARACTERS]
        pairs = {text[at : at + 2] for at in range(max(1, len(text) - 1))} if text else set()
        return b"".join(sorted(map(self._pair, pairs)))

    def _pair_mark(self, pair: str) -> bytes:
        return hmac.digest(self._key, f"pair{_SEPARATOR}{pair}".encode("utf-8", "surrogatepass"), "sha256")[
            :_PAIR_BYTES
        ]


def likeness(one: bytes, other: bytes) -> float:
    """How much two descriptions have in common, between 0 and 1: twice the pairs that stand in both, by the pairs of
    both.
    """
    ones, others = _pairs_of(one), _pairs_of(other)
    whole = len(ones) + len(others)
    return 2 * len(ones & others) / whole if whole else 0.0


def is_alike(share: float) -> bool:
    """Whether two descriptions have so much in common that they tell of the same matter."""
    return share >= _ALIKE


def _pairs_of(marks: bytes) -> set[bytes]:
    return {marks[at : at + _PAIR_BYTES] for at in range(0, len(marks), _PAIR_BYTES)}
