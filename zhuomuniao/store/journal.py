"""The journal: what zmn meant to write and what it wrote, one JSON object a line, each sealed to the one before.

Append-only, fsynced. A line's ``hash`` covers the line and the hash before it, so an accidental change shows.
Commands read only the tail; the whole file is searched as bytes where a number must never be drawn twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from zhuomuniao.errors import CannotWriteError, IntegrityError, reason_of
from zhuomuniao.store.entry import Entry, entry_from_json
from zhuomuniao.store.stage import mode_like

INTENT, DONE, QUEUED, DROPPED, READ = "intent", "done", "queued", "dropped", "read"
_FIRST_HASH = "0" * 64
_TAIL_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Line:
    """One line: serial ``n``, ``kind`` (intent, done, queued, dropped, read) and its payload."""

    n: int
    hash: str
    kind: str
    payload: dict[str, Any]


class Journal:
    """The chain in ``folder``/journal.jsonl. Callers hold the workspace's lock while they append."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"

    @property
    def head(self) -> str:
        """The hash of the last line: the anchor that hand-ins print."""
        last = self._last()
        return last.hash if last else _FIRST_HASH

    @property
    def revision(self) -> int:
        """How many lines the chain has: the number of the latest saved state."""
        last = self._last()
        return last.n if last else 0

    def append(self, kind: str, at: datetime, payload: dict[str, Any]) -> Line:
        """Seal and fsync one line. ``at`` is the real clock. A torn last line is cut first."""
        self._heal()
        previous = self._last()
        body: dict[str, Any] = {
            "n": previous.n + 1 if previous else 1,
            "prev": previous.hash if previous else _FIRST_HASH,
            "kind": kind,
            "at": at.isoformat(timespec="seconds"),
            **payload,
        }
        body["hash"] = _seal(body)
        is_new = not self.path.exists()
        size = 0 if is_new else self.path.stat().st_size
        try:
            with open(self.path, "ab") as file:
                file.write(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                self.path.chmod(mode_like(self.path.parent))
        except OSError as error:
            # A line that may not last must not be acted on later, when the clerk has been told that it failed.
            with suppress(OSError):
                os.truncate(self.path, size)
            raise CannotWriteError(
                f"写不进流水（{self.path.name}）：{reason_of(error)}", "请检查磁盘空间和文件夹权限；没有写入任何内容"
            ) from error
        return Line(body["n"], body["hash"], kind, body)

    def write_intent(self, entry: Entry, *, before: str, after: str) -> Line:
        """Record what is about to be written, and the hashes of the book before and after."""
        payload = {"op": entry.op_id, "book": entry.book, "before": before, "after": after}
        return self.append(INTENT, entry.recorded_at, {**payload, "entry": entry.as_json()})

    def unfinished(self) -> tuple[Entry, str] | None:
        """The last intent without a later line of its operation, and the book's hash before it.

        Under the lock only the last operation can be unfinished, so the tail answers.
        """
        intent: Line | None = None
        for line in self._tail():
            if line.kind == INTENT:
                intent = line
            elif intent and line.payload.get("op") == intent.payload["op"]:
                intent = None
        if intent is None:
            return None
        return entry_from_json(intent.payload["entry"]), str(intent.payload["before"])

    def texts_matching(self, pattern: re.Pattern[bytes]) -> set[str]:
        """Every whole JSON string in the journal that matches: numbers ever drawn, burnt ones included."""
        if not self.path.exists():
            return set()
        return {found[1].decode() for found in pattern.finditer(self.path.read_bytes())}

    def verify(self) -> Iterator[Line]:
        """Every line in order. Raises :class:`IntegrityError` naming the first one that does not fit."""
        previous_hash, previous_n = _FIRST_HASH, 0
        for number, raw in enumerate(self._raw_lines(), start=1):
            line = _parse(raw)
            fits = (
                line is not None
                and line.payload["prev"] == previous_hash
                and line.n == previous_n + 1
                and line.hash == _seal({k: v for k, v in line.payload.items() if k != "hash"})
            )
            if line is None or not fits:
                raise IntegrityError(
                    f"流水第{number}行与前文对不上，文件被改动过",
                    "请保留现状，用上报存档中印出的链尾核对，并联系维护人员",
                    line=number,
                )
            previous_hash, previous_n = line.hash, line.n
            yield line

    def _raw_lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        return [line for line in self.path.read_bytes().split(b"\n") if line]

    def _last(self) -> Line | None:
        lines = self._tail()
        return lines[-1] if lines else None

    def _tail(self) -> list[Line]:
        """The last lines, at least two where there are two: an intent and what followed."""
        if not self.path.exists():
            return []
        size = self.path.stat().st_size
        window = _TAIL_BYTES
        with open(self.path, "rb") as file:
            while True:
                file.seek(max(0, size - window))
                parts = file.read().split(b"\n")
                whole = parts if window >= size else parts[1:]
                lines = [line for raw in whole[:-1] if (line := _parse(raw))]
                if window >= size or len(lines) >= 2:
                    return lines
                window *= 4

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


def _seal(body: dict[str, Any]) -> str:
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _parse(raw: bytes) -> Line | None:
    try:
        data = json.loads(raw)
        return Line(int(data["n"]), str(data["hash"]), str(data["kind"]), data)
    except (ValueError, KeyError, TypeError):
        return None
