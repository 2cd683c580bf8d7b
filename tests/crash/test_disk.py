"""Disks that are full, shut or gone: the book is the old or the new one, byte for byte; the next command heals."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.apart import User, do_apart, reachable_folder
from tests.desk import Answer, Desk
from zhuomuniao.store import stage
from zhuomuniao.store.journal import DONE, INTENT, Journal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="这里用的限额、权限和挂载只在 POSIX 上有")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="只有 root 能换用户、挂载磁盘")
CLERK = User(54321, 54322)
REGISTER = ("register", "--name", "李四", "--about", "营业执照变更办不下来", "--at", "2026-10-08 09:00", "--json")
CHINESE = re.compile("[一-鿿]")


@dataclass
class Trial:
    """A workspace that goes through trouble: what was promised, and what must not come."""

    desk: Desk
    promised: list[str] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)
    """Which file could not be written, by its kind, and how often."""
    is_following: bool = False
    """Whether the last refusal said that the rest comes by itself."""

    @classmethod
    def begin(cls, folder: Path, *, is_empty: bool = False) -> Trial:
        """A workspace with one case, or with none."""
        trial = cls(Desk(folder))
        answer = trial.desk.type("init", str(folder), "--locality", "neixiang", "--year", "2026")
        assert answer.code == 0, answer.err
        if not is_empty:
            trial.check(trial.desk.type(*REGISTER))
        return trial

    def check(self, answer: Answer) -> Answer:
        """Whatever came of a command: no half book, and words that a clerk can act on."""
        assert answer.code in (0, 4, 5, 8), answer.err
        if answer.out:
            self.promised.append(answer.json["case_no"])
        else:
            message, remedy = answer.error["message"], answer.error["remedy"]
            assert CHINESE.search(message)
            assert CHINESE.search(remedy)
            assert not re.search(r"[a-z]{3,} [a-z]{3,}", message), message
            self.places[self._kind_of(message)] += 1
            # What is promised to follow comes with the next command, under the last number drawn.
            self.is_following = "不要重复操作" in remedy
        return answer

    def heal(self, user: User | None = None) -> None:
        """The trouble is over: the next command works, and everything is as it was promised, once."""
        if self.is_following:
            self.promised.append(self._drawn()[-1])
        answer = self.check(do_apart(partial(self.desk.type, *REGISTER), user=user))
        assert answer.code == 0, answer.err
        assert max(Counter(self._drawn()).values()) == 1
        rows = self.rows()
        assert sorted(rows) == sorted(self.promised), "lost, doubled, or come back"
        lines = list(Journal(self.desk.folder / ".zmn").verify())
        done = [line.payload["op"] for line in lines if line.kind == DONE]
        assert len(done) == len(set(done))
        assert not list(self.desk.folder.rglob("*.tmp"))
        assert self.desk.ask("overdue")["outbox"] == 0

    def is_whole(self, before: bytes) -> bool:
        """Whether the book is the one it was or one that the journal meant."""
        now = self.desk.book.read_bytes()
        meant = {line.payload["after"] for line in self._intents()}
        return now == before or sha256(now).hexdigest() in meant

    def rows(self) -> list[str]:
        sheet = openpyxl.load_workbook(self.desk.book).worksheets[0]
        (column,) = [cell.column for cell in sheet[2] if cell.value == "事项编号"]
        found = sheet.iter_rows(3, min_col=column, max_col=column, values_only=True)
        return [str(no) for (no,) in found if no]

    def _intents(self) -> list[Any]:
        return [line for line in Journal(self.desk.folder / ".zmn").verify() if line.kind == INTENT]

    def _drawn(self) -> list[str]:
        """The numbers of all operations; one that waited is recorded again when it goes into its book."""
        entries = {line.payload["op"]: line.payload["entry"] for line in self._intents()}
        return [entry["changes"][0]["key"] for entry in entries.values()]

    @staticmethod
    def _kind_of(message: str) -> str:
        for kind in ("journal", ".json", ".xlsx", ".zmn", "outbox"):
            if kind in message:
                return kind
        return message


@contextmanager
def opened_in_wps(book: Path) -> Iterator[None]:
    beside = book.with_name(f".~{book.name}")
    beside.write_bytes(b"")
    try:
        yield
    finally:
        beside.unlink()


@pytest.mark.parametrize(
    ("is_open", "sparsely"), [(False, 3), (True, 1), pytest.param(False, 1, marks=pytest.mark.soak)]
)
def test_f07_no_file_may_grow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], is_open: bool, sparsely: int
) -> None:
    """The limit on a file's size stops each durable write in turn: journal, book, and the outbox while it is open."""
    start = Trial.begin(tmp_path / "start", is_empty=is_open)
    journal, book = start.desk.folder / ".zmn" / "journal.jsonl", start.desk.book
    around = journal.stat().st_size if journal.exists() else 0
    # What waits is a little longer than the line of the journal that announces it: only small steps fall between.
    steps = range(around, around + 2500, 50) if is_open else range(around, around + 5000, 200)
    limits = sorted({*steps[::sparsely], *range(book.stat().st_size, book.stat().st_size + 800, 200)})
    places: Counter[str] = Counter()
    for limit in limits:
        folder = tmp_path / "台"
        shutil.copytree(start.desk.folder, folder)
        trial = Trial(Desk(folder), list(start.promised))
        before = trial.desk.book.read_bytes()
        with opened_in_wps(trial.desk.book) if is_open else nullcontext():
            answer = trial.check(do_apart(partial(trial.desk.type, *REGISTER), file_bytes=limit))
        assert trial.is_whole(before)
        assert answer.code != 8 or "文件超过了允许的大小" in answer.error["message"]
        trial.heal()
        places += trial.places
        shutil.rmtree(folder)
    assert places.keys() >= ({"journal", ".json"} if is_open else {"journal", ".xlsx"}), places
    say(
        capsys,
        f"文件限额{len(limits)}处（账册{'开着' if is_open else '关着'}），写不进的是：{dict(places)}；全部复原",
    )


@as_root
def test_f07_the_disk_is_full(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "zmn", disk], capture_output=True).returncode:
        pytest.skip("这里不许挂载 tmpfs")
    try:
        trial = Trial.begin(disk / "台")
        ballast = disk / "ballast"
        for kept in range(0, 100, 4):
            before = trial.desk.book.read_bytes()
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            ballast.write_bytes(bytes(max(free - kept * 1024, 0)))
            with opened_in_wps(trial.desk.book) if kept % 8 and kept > 8 else nullcontext():
                answer = trial.check(trial.desk.type(*REGISTER))
            assert trial.is_whole(before)
            assert answer.code != 8 or "磁盘满了" in answer.error["message"]
            ballast.unlink()
            trial.heal()
        assert trial.places.keys() >= {"journal", ".xlsx"}, trial.places
        say(capsys, f"小磁盘写满25次，写不进的是：{dict(trial.places)}；全部复原")
    finally:
        subprocess.run(["umount", disk], check=True)


@as_root
@pytest.mark.parametrize(
    ("place", "mode", "is_open", "code"),
    [
        (".zmn", 0o500, True, 8),  # no room for the outbox
        (".zmn", 0o000, False, 8),
        (".zmn/journal.jsonl", 0o400, False, 8),
        (".zmn/journal.jsonl", 0o000, False, 8),
        (".zmn/outbox", 0o500, True, 8),
        ("台账", 0o000, False, 8),
        ("台账/2026", 0o000, False, 8),
        ("book", 0o400, False, 8),
        ("book", 0o000, False, 5),
        ("zmn.toml", 0o000, False, 8),
    ],
)
def test_f07_no_permission(place: str, mode: int, is_open: bool, code: int) -> None:
    with reachable_folder() as root:
        trial = Trial.begin(root / "台")
        for path in (root / "台", *(root / "台").rglob("*")):
            os.chown(path, CLERK.number, CLERK.group)
        path = trial.desk.book if place == "book" else root / "台" / place
        if place.endswith("outbox"):
            path.mkdir()
            os.chown(path, CLERK.number, CLERK.group)
        before, usual = trial.desk.book.read_bytes(), path.stat().st_mode
        with opened_in_wps(trial.desk.book) if is_open else nullcontext():
            path.chmod(mode)
            answer = trial.check(do_apart(partial(trial.desk.type, *REGISTER), user=CLERK))
            path.chmod(usual)
        assert (answer.code, trial.desk.book.read_bytes()) == (code, before)
        assert "没有权限" in answer.error["message"] or "只读" in answer.error["message"]
        # The clerk's own next command, not only root's.
        trial.heal(user=CLERK)


@pytest.mark.parametrize("what", ["book", "folder", "workspace"])
@pytest.mark.parametrize("is_removed", [False, True])
def test_f07_the_share_goes_away_at_the_last_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, is_removed: bool
) -> None:
    trial = Trial.begin(tmp_path / "台")
    book = trial.desk.book
    gone = {"book": book, "folder": book.parent, "workspace": tmp_path / "台"}[what]
    away = tmp_path / "别处"
    shutil.copytree(tmp_path / "台", tmp_path / "备份")
    whole = stage._replace

    def vanish(staged: Path, target: Path) -> None:
        if target == book:
            if is_removed and gone.is_dir():
                shutil.rmtree(gone)
            else:
                gone.rename(away)
        whole(staged, target)

    with monkeypatch.context() as patch:
        patch.setattr(stage, "_replace", vanish)
        answer = trial.check(trial.desk.type(*REGISTER))
    if what == "book":
        # A book that is moved at this very moment is moved as it was: the new one stands in its place.
        assert answer.code == 0
        return
    assert answer.code == 8
    assert "没有这个文件或文件夹" in answer.error["message"]
    # Nothing is made anew where a share was.
    assert not gone.exists()
    if is_removed:
        kept = tmp_path / "备份" / gone.relative_to(tmp_path / "台")
        shutil.copytree(kept, gone)
        # The copy knows nothing of what was going on when it all went.
        trial.is_following &= what != "workspace"
    else:
        away.rename(gone)
    trial.heal()


class Holding:
    """An ``os.replace`` that answers like Windows while another program holds the book, so many times (simulated)."""

    def __init__(self, book: Path, winerror: int, times: float) -> None:
        self.book, self.winerror, self.times = book, winerror, times
        self._replace = os.replace

    def __call__(self, old: Path, new: Path) -> None:
        if Path(new) == self.book and self.times > 0:
            self.times -= 1
            error = PermissionError(13, "denied")
            error.winerror = self.winerror
            raise error
        self._replace(old, new)


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_f06_a_book_that_is_held_for_a_moment_keeps_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, winerror: int
) -> None:
    trial = Trial.begin(tmp_path / "台")
    began = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setattr(stage.os, "replace", Holding(trial.desk.book, winerror, times=2))
        assert trial.check(trial.desk.type(*REGISTER)).json["saved"] == "written"
    assert time.monotonic() - began < 3
    trial.heal()


@pytest.mark.parametrize(("winerror", "code"), [(5, 8), (32, 4), (33, 4)])
def test_f06_a_book_that_stays_held_waits_and_a_refused_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, winerror: int, code: int
) -> None:
    trial = Trial.begin(tmp_path / "台")
    before = trial.desk.book.read_bytes()
    monkeypatch.setattr(stage.time, "sleep", lambda _: None)
    with monkeypatch.context() as patch:
        patch.setattr(stage.os, "replace", Holding(trial.desk.book, winerror, times=float("inf")))
        answer = trial.check(trial.desk.type(*REGISTER))
    assert (answer.code, trial.desk.book.read_bytes()) == (code, before)
    trial.heal()


def say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n{text}")
