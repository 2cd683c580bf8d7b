"""What people changed in a book and zmn did not take over: it stays told until somebody settles it.

The journal remembers every outside edit for ever; this file holds only what is still open, so that a command need not
read the whole journal to know it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import IntegrityError
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.store.cells import is_same_value
from zhuomuniao.store.difference import Difference, Sort, line_content
from zhuomuniao.store.entry import tagged, untagged
from zhuomuniao.store.stage import make_folder, write_durably

if TYPE_CHECKING:
    from zhuomuniao.store.reading import BookReading


class DisputeCode(StrEnum):
    """What was found; the code that scripts see."""

    KEY = "key_changed"
    DERIVED = "derived_changed"
    FACT = "bad_fact"
    ROW_GONE = "row_deleted"
    LINE_GONE = "line_deleted"
    LINE_CHANGED = "line_changed"
    LINE_NEW = "line_added"


_LINES = (Sort.LINE_GONE, Sort.LINE_NEW)
"""Differences of a line of 流转记录."""


class Dispute(Struct, frozen=True):
    """One outside edit that was not taken over. ``revision`` is the number of the edit in the journal."""

    code: DisputeCode
    revision: int
    book: str
    ledger: str
    difference: Difference

    @property
    def key(self) -> str:
        """The case it is about."""
        return self.difference.key

    def is_before(self, d: Difference) -> bool:
        """Whether a cell showed what this is about until the change ``d``."""
        mine = self.difference
        return bool(d.field) and mine.field == d.field and is_same_value(mine.now[d.field], d.was[d.field])

    def as_json(self) -> dict[str, Any]:
        """The dispute as plain JSON values."""
        d = self.difference
        return {
            "code": self.code.value,
            "revision": self.revision,
            "book": self.book,
            "ledger": self.ledger,
            **difference_json(d),
        }


def difference_json(difference: Difference) -> dict[str, Any]:
    """A difference as plain JSON values."""
    return {
        "sort": difference.sort.value,
        "sheet": difference.sheet,
        "key": difference.key,
        "was": tagged(difference.was),
        "now": tagged(difference.now),
        "row": difference.row,
    }


def difference_from_json(data: dict[str, Any]) -> Difference:
    """The difference that :func:`difference_json` wrote."""
    was, now = untagged(data["was"]), untagged(data["now"])
    return Difference(Sort(data["sort"]), data["sheet"], data["key"], was, now, data["row"])


class Disputes:
    """The open ones, in ``folder``/disputes.json. Callers hold the workspace's lock while they save."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "disputes.json"

    def entries(self) -> tuple[Dispute, ...]:
        """Every open dispute, oldest first. Raises :class:`IntegrityError` for a file that cannot be read."""
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            return tuple(
                Dispute(DisputeCode(d["code"]), int(d["revision"]), d["book"], d["ledger"], difference_from_json(d))
                for d in data
            )
        except FileNotFoundError:
            return ()
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise IntegrityError(
                f"{self.path.parent.name} 里的 {self.path.name} 读不出来",
                "它记着还没有处理的人工改动；可以删去它，改动仍可用 zmn book history 查到",
            ) from error

    def save(self, disputes: Sequence[Dispute]) -> None:
        """Keep exactly these. Raises :class:`CannotWriteError`."""
        if tuple(disputes) == self.entries():
            return
        make_folder(self.path.parent)
        data = json.dumps([d.as_json() for d in disputes], ensure_ascii=False, indent=1)
        write_durably(self.path, data.encode())

    def add(self, disputes: Iterable[Dispute]) -> None:
        """Open more. A newer one about the same cell or row takes the older one's place, and keeps what it was where
        the older one still stood: where zmn has written the cell since, that is what it was. A line of the log that
        was changed twice, or changed and then deleted, is one.
        """
        kept = {_subject(d): d for d in self.entries()}
        for found in disputes:
            dispute = _after(kept.pop(_before(kept, found), None), found)
            if dispute is None:
                continue
            older = kept.pop(_subject(dispute), None)
            if older is not None and (older.revision == dispute.revision or older.is_before(dispute.difference)):
                vouched = replace(dispute.difference, was=older.difference.was)
                dispute = replace(dispute, difference=vouched)
            kept[_subject(dispute)] = dispute
        self.save(tuple(kept.values()))

    def drop(self, settled: Iterable[Dispute]) -> None:
        """Close some; one about the same cell that was opened since stays."""
        gone = list(settled)
        self.save(tuple(d for d in self.entries() if d not in gone))


def is_standing(dispute: Dispute, reading: BookReading) -> bool:
    """Whether the book still shows what the dispute is about. Raises what reading raises."""
    d = dispute.difference
    if d.sort in _LINES:
        there = {line_content(row.values) for row in reading.rows(LOG_LAYOUT)}
        if d.sort is Sort.LINE_GONE:
            return line_content(d.was) not in there
        return line_content(d.now) in there
    row = reading.rows_by_key().get(d.key)
    if d.sort is Sort.ROW_GONE or row is None:
        return row is None and d.sort is Sort.ROW_GONE
    return all(field in row.values and is_same_value(row.values[field], value) for field, value in d.now.items())


def _before(kept: Mapping[tuple[str, ...], Dispute], dispute: Dispute) -> tuple[str, ...]:
    """The subject of the one that left the line of the log as ``dispute`` found it; ``()`` where there is none."""
    found = line_content(dispute.difference.was)
    for subject, older in kept.items():
        is_line = older.book == dispute.book and older.difference.sort in _LINES and bool(older.difference.now)
        if dispute.difference.sort is Sort.LINE_GONE and is_line and line_content(older.difference.now) == found:
            return subject
    return ()


def _after(older: Dispute | None, dispute: Dispute) -> Dispute | None:
    """Both as one: from what zmn wrote to what stands there now; ``None`` where that is the same again."""
    if older is None:
        return dispute
    was, now = older.difference.was, dispute.difference.now
    if line_content(was) == line_content(now):
        return None
    sort = Sort.LINE_GONE if was else Sort.LINE_NEW
    code = DisputeCode.LINE_NEW if not was else DisputeCode.LINE_CHANGED if now else DisputeCode.LINE_GONE
    return replace(dispute, code=code, difference=replace(dispute.difference, sort=sort, was=was))


def _subject(dispute: Dispute) -> tuple[str, ...]:
    d = dispute.difference
    if d.sort in _LINES:
        return (dispute.book, d.sort, *line_content(d.was or d.now))
    return (dispute.book, d.sort, d.key, d.field)
