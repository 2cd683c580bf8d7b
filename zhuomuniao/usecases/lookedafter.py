"""What is put right before somebody looks: what people changed, what waited for a book, what was cut off."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BookOpenError, CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhuomuniao.usecases.office import Office

_NAMED = 3


class Looked(Struct, frozen=True):
    """What was put right before a look: numbers of entries that were written, and what the clerk should know."""

    settled: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Both, for a person."""
        written = (f"以前没写完或等着补写的 {named_numbers(self.settled)} 已写入台账",) if self.settled else ()
        return (*written, *self.notices)


def look_after(office: Office) -> Looked:
    """Take in what people changed, and what waited or was cut off. Where writing fails, looking goes on."""
    if office.moment.is_replayed or not office.store.has_unsettled:
        return Looked()
    # Whoever is writing just now settles it himself; nobody who only looks waits for him.
    with suppress(CannotWriteError, BookOpenError), office.store.writing(wait_seconds=0) as writing:
        return Looked(tuple(dict.fromkeys(writing.settled)), tuple(writing.notices))
    return Looked()


def named_numbers(keys: Iterable[str]) -> str:
    """Some numbers, the first of them named."""
    numbers = list(keys)
    return "、".join(numbers[:_NAMED]) + (f" 等{len(numbers)}件" if len(numbers) > _NAMED else "")
