"""The journal: what zmn meant to write and what it wrote, one JSON object a line, each sealed to the one before.

Append-only, fsynced. A line's ``hash`` covers the line and the hash before it, so an accidental change shows.
Commands read only the tail; the whole file is searched as bytes where a number must never be drawn twice.

An operation over n books is n intent lines in one go, the i-th marked ``"of": [i, n]``, and then one line for each
that settles it: done, queued or dropped. Nothing else is written until all are settled.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import CannotWriteError, IntegrityError, reason_of
from zhuomuniao.store.entry import Entry, entry_from_json
from zhuomuniao.store.stage import mode_like, set_mode
from zhuomuniao.texts import places_of

INTENT, DONE, QUEUED, DROPPED, READ = "intent", "done", "queued", "dropped", "read"
OUTSIDE, START, SUBMITTED = "outside", "start", "submitted"
_SETTLING = frozenset({DONE, QUEUED, DROPPED})
_KEY = b'"key":"'
_INTENT_HEAD = re.compile(rb'\{"n":\d+,"prev":"[0-9a-f]+","kind":"intent","at":"[^"]*","op":"([^"]*)"')
_FIRST_HASH = "0" * 64
_BLOCK_BYTES = 1 << 16


class Line(Struct, frozen=True):
    """One line: serial ``n``, ``kind`` and its payload.

    Kinds: intent, done, queued, dropped (an operation on a book), outside (a person edited a book), read
    (``--full``), start (a new chain beside books that have entries already), submitted (a hand-in left the office).
    """

    n: int
    hash: str
    kind: str
    payload: dict[str, Any]


class Intent(Struct, frozen=True):
    """What is about to be written into one book, and the book's hash before and after (``""``: no book).

    ``is_void``: the operation was not recorded whole, or is given up. None of its books was touched, none may be.
    """

    entry: Entry
    before: str
    after: str
    is_void: bool = False


class Journal:
    """The chain in ``folder``/journal.jsonl. Callers hold the workspace's lock while they append."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"
        self._known: tuple[tuple[int, int, int], Line] | None = None

    @property
    def head(self) -> str:
        """The hash of the last line: the anchor that hand-ins print."""
        last = self._last()
        return last.hash if last else _FIRST_HASH

    @property
    def begun_at(self) -> datetime | None:
        """The real moment of the first line; ``None`` where nothing has been written yet."""
        if not self.path.exists():
            return None
        with open(self.path, "rb") as file:
            # The first line may be a whole import: its moment stands at its beginning.
            found = re.search(rb'"at":"([0-9T:-]+)"', file.read(_BLOCK_BYTES))
        return datetime.fromisoformat(found[1].decode()) if found else None

    @property
    def revision(self) -> int:
        """How many lines the chain has: the number of the latest saved state."""
        last = self._last()
        return last.n if last else 0

    def append(self, kind: str, at: datetime, payload: dict[str, Any]) -> Line:
        """Seal and fsync one line. ``at`` is the real clock. A torn last line is cut first.

        Raises :class:`CannotWriteError`; then the journal is as before.
        """
        (line,) = self._append([(kind, at, payload)])
        return line

    def write_intents(self, intents: Sequence[Intent]) -> tuple[Line, ...]:
        """Record the intents of one operation, all or none. Raises :class:`CannotWriteError`."""
        return self._append(
            [
                (
                    INTENT,
                    intent.entry.recorded_at,
                    {
                        "op": intent.entry.op_id,
                        "of": [place, len(intents)],
                        "book": intent.entry.book,
                        "before": intent.before,
                        "after": intent.after,
                        "entry": intent.entry.as_json(),
                    },
                )
                for place, intent in enumerate(intents, start=1)
            ]
        )

    def drop_intents(self, intents: Sequence[Intent]) -> None:
        """Record that an operation is given up, all of it. Raises :class:`CannotWriteError`."""
        self._append([(DROPPED, i.entry.recorded_at, {"op": i.entry.op_id, "book": i.entry.book}) for i in intents])

    def start(self, at: datetime, *, above: int, books: dict[str, str]) -> None:
        """Begin a chain beside books that an earlier one wrote: numbers go on above ``above``.

        ``books`` are the hashes they are found with. Raises :class:`CannotWriteError`.
        """
        self._append([(START, at, {"n": above + 1, "books": books})])

    def state_of(self, book: str) -> Line | None:
        """The last line that tells which bytes a book had: done, outside or start; ``None`` where there is none."""
        name = json.dumps(book, ensure_ascii=False).encode()
        return next((line for line in self._backwards(name) if book_hash(line, book) is not None), None)

    def lines_holding(self, text: str) -> Iterator[Line]:
        """Every line, last first, whose bytes hold a text: quick, for the caller to look closer."""
        return self._backwards(text.encode())

    def registration_of(self, case_no: str, *, log: str) -> str:
        """The id of the last operation that gave a number its row, in another sheet than ``log``; ``""`` for none.

        Only that change is parsed: the line may hold a whole import.
        """
        key = b'"key":' + json.dumps(case_no, ensure_ascii=False).encode()
        for raw in self._raw_backwards(key):
            head = _INTENT_HEAD.match(raw)
            for at in places_of(key, raw) if head else ():
                told = raw[raw.rfind(b'{"sheet":', 0, at) :].decode()
                change, _ = json.JSONDecoder().raw_decode(told)
                if head and change["before"] is None and change["sheet"] != log:
                    return head[1].decode()
        return ""

    def unfinished(self) -> tuple[Intent, ...]:
        """The intents of the last operation that no later line settles, in order: what a crash left.

        The file is read backwards, and no further than it takes: the first intent met tells by its place how many
        there are, so where as many lines settle them, nothing is left; else it goes back to the first of them.
        """
        settled: dict[str, str] = {}
        found: list[Intent] = []
        is_first, is_void = True, False
        for line in self._backwards():
            op = line.payload.get("op")
            if line.kind in _SETTLING:
                settled[str(op)] = line.kind
                continue
            if line.kind != INTENT:
                # Other lines are written only where all is settled.
                break
            # Journals of the first days had one intent to an operation and did not say so.
            place, count = line.payload.get("of", (1, 1))
            if is_first and len(settled) >= place:
                break
            if is_first:
                is_first, is_void = False, place < count or DROPPED in settled.values()
            if op not in settled:
                entry = entry_from_json(line.payload["entry"])
                found.append(Intent(entry, line.payload["before"], line.payload["after"], is_void))
            if place == 1:
                break
        return tuple(reversed(found))

    def keys_matching(self, literal: str, pattern: str) -> set[str]:
        """Every number of a series that was ever drawn, burnt ones included.

        ``literal`` is a part every such number has; it is looked for first, for the whole file is searched.
        """
        if not self.path.exists():
            return set()
        data, part = self.path.read_bytes(), literal.encode()
        wanted = re.compile(_KEY + b"(" + pattern.encode() + b')"')
        if not part:
            return {match[1].decode() for match in wanted.finditer(data)}
        found = (wanted.match(data, data.rfind(b'"', 0, at) + 1 - len(_KEY)) for at in places_of(part, data))
        return {match[1].decode() for match in found if match}

    def verify(self) -> Iterator[Line]:
        """Every line in order. Raises :class:`IntegrityError` naming the first one that does not fit."""
        previous: Line | None = None
        places = {_FIRST_HASH: 0}
        for number, raw in enumerate(self._raw_lines(), start=1):
            line = _parse(raw)
            if line is None or line.hash != _seal({k: v for k, v in line.payload.items() if k != "hash"}):
                raise _changed_line(number)
            before = str(line.payload.get("prev"))
            if before != (previous.hash if previous else _FIRST_HASH):
                raise _two_heads(places[before], number) if before in places else _changed_line(number)
            if line.n != (previous.n if previous else 0) + 1 and (previous or line.kind != START):
                raise _changed_line(number)
            previous = line
            places[line.hash] = number
            yield line

    @property
    def is_torn(self) -> bool:
        """Whether a crash tore the last line; it never counted and is cut at the next write."""
        if not self.path.exists() or not self.path.stat().st_size:
            return False
        with open(self.path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"

    def _raw_lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        # What stands behind the last line break was torn by a crash and never counted.
        return self.path.read_bytes().split(b"\n")[:-1]

    def _append(self, parts: Sequence[tuple[str, datetime, dict[str, Any]]]) -> tuple[Line, ...]:
        if not parts:
            return ()
        try:
            self._heal()
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        lines: list[Line] = []
        previous = self._last()
        for kind, at, payload in parts:
            body: dict[str, Any] = {
                "n": previous.n + 1 if previous else 1,
                "prev": previous.hash if previous else _FIRST_HASH,
                "kind": kind,
                "at": at.isoformat(timespec="seconds"),
                # A new chain beside old books begins with the number it is given.
                **payload,
            }
            body["hash"] = _seal(body)
            previous = Line(body["n"], body["hash"], kind, body)
            lines.append(previous)
        is_new = not self.path.exists()
        size = 0 if is_new else self.path.stat().st_size
        try:
            with open(self.path, "ab") as file:
                for line in lines:
                    told = json.dumps(line.payload, ensure_ascii=False, separators=(",", ":"))
                    file.writelines(_encoded(told))
                    file.write(b"\n")
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                set_mode(self.path, mode_like(self.path.parent))
        except OSError as error:
            # A line that may not last must not be acted on later, when the clerk has been told that it failed.
            with suppress(OSError):
                os.truncate(self.path, size)
            raise _cannot_write(self.path, error) from error
        with suppress(OSError):
            self._known = _state_of(self.path), replace(lines[-1], payload={})
        return tuple(lines)

    def _last(self) -> Line | None:
        """The last line, as far as number and hash: one just written may hold a whole import, and is not parsed."""
        if self._known is not None:
            with suppress(OSError):
                if _state_of(self.path) == self._known[0]:
                    return self._known[1]
        return next(self._backwards(), None)

    def _backwards(self, holding: bytes = b"") -> Iterator[Line]:
        """The lines from the last to the first that hold some bytes; only those are parsed."""
        return (line for raw in self._raw_backwards(holding) if (line := _parse(raw)))

    def _raw_backwards(self, holding: bytes) -> Iterator[bytes]:
        """The bytes of lines, last first, read as they are asked for; a torn last line is left out."""
        if not self.path.exists():
            return
        with open(self.path, "rb") as file:
            position = file.seek(0, os.SEEK_END)
            begun = b""
            is_torn = True
            while position:
                # A line of many blocks is put together in growing steps, not copied once for each of them.
                step = min(position, max(_BLOCK_BYTES, len(begun)))
                position -= step
                file.seek(position)
                begun, *whole = (file.read(step) + begun).split(b"\n")
                if is_torn and whole:
                    whole.pop()
                    is_torn = False
                for raw in reversed(whole):
                    if holding in raw:
                        yield raw
            if not is_torn and holding in begun:
                yield begun

    def _heal(self) -> None:
        """Cut a last line that a crash or a full disk tore: it never got its seal."""
        if not self.path.exists():
            return
        with open(self.path, "rb+") as file:
            file.seek(0, os.SEEK_END)
            end = file.tell()
            if end == 0:
                return
            file.seek(end - 1)
            if file.read(1) == b"\n":
                return
            file.seek(0)
            kept = file.read().rfind(b"\n") + 1
            file.truncate(kept)
            os.fsync(file.fileno())


def book_hash(line: Line, book: str) -> str | None:
    """The hash a line tells a book to have afterwards, or ``None`` where it tells of no such thing."""
    payload = line.payload
    if (line.kind == DONE and payload.get("wrote") == book) or (line.kind == OUTSIDE and payload["book"] == book):
        return str(payload["after"])
    if line.kind == START:
        found = payload["books"].get(book)
        return None if found is None else str(found)
    return None


def _state_of(path: Path) -> tuple[int, int, int]:
    """What tells whether somebody has written to a file since."""
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _cannot_write(path: Path, error: OSError) -> CannotWriteError:
    return CannotWriteError(
        f"写不进流水（{path.name}）：{reason_of(error)}", "请检查磁盘空间和文件夹权限；没有写入任何内容"
    )


def _seal(body: dict[str, Any]) -> str:
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    seal = hashlib.sha256()
    for piece in _encoded(canonical):
        seal.update(piece)
    return seal.hexdigest()


def _encoded(text: str) -> Iterator[bytes]:
    """A text in pieces: the line of an import would stand in memory twice."""
    return (text[at : at + _BLOCK_BYTES].encode() for at in range(0, len(text), _BLOCK_BYTES))


def _changed_line(number: int) -> IntegrityError:
    return IntegrityError(
        f"流水第{number}行与前文对不上，文件被改动过",
        "登记、办理不受影响。请先把 .zmn/journal.jsonl 另存一份，用上报存档里印的操作链末值核对；"
        "从备份找不回好的那份时，把它移出工作区，zmn 会另起一本",
        line=number,
    )


def _two_heads(after: int, number: int) -> IntegrityError:
    """A sealed line that follows an earlier one than the last: somebody else wrote on from there."""
    place = f"第{after}行" if after else "开头"
    return IntegrityError(
        f"流水有两个链头：第{after + 1}行和第{number}行都接在{place}之后，像是两台电脑经同步盘各写了一份",
        "zmn 不会把两份合在一起；请停用其中一台，保留现状，核对两边的台账，并联系维护人员",
        line=number,
    )


def _parse(raw: bytes) -> Line | None:
    try:
        data = json.loads(raw)
        return Line(int(data["n"]), str(data["hash"]), str(data["kind"]), data)
    except (ValueError, KeyError, TypeError):
        return None
