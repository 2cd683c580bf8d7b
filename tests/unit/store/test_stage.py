"""Putting new bytes in a file's place: whole or not at all, as open as before, never wider."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apart import User, do_apart, reachable_folder
from zhuomuniao.errors import BookOpenError, CannotWriteError, reason_of
from zhuomuniao.store import stage
from zhuomuniao.store.stage import make_folder, remove_leftovers, write_durably

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows 没有这些权限位")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="要 root 才能试")
CLERK, COLLEAGUE, OFFICE, OTHERS = 54321, 54322, 54323, 54324


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o077, 0o000])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@posix
@pytest.mark.usefixtures("_umask")
def test_a_new_file_is_as_open_as_its_folder_whatever_the_umask(tmp_path: Path) -> None:
    for above, folder_mode, file_mode in ((0o750, 0o750, 0o640), (0o2775, 0o2775, 0o664), (0o1777, 0o1777, 0o666)):
        root = tmp_path / oct(above)
        root.mkdir()
        root.chmod(above)
        make_folder(root / "a" / "b")
        write_durably(root / "a" / "b" / "f", b"1")
        assert [mode_of(p) for p in (root / "a", root / "a" / "b")] == [folder_mode] * 2
        assert mode_of(root / "a" / "b" / "f") == file_mode
        assert (root / "a" / "b" / "f").read_bytes() == b"1"


@posix
@as_root
def test_a_setgid_folder_hands_its_group_on(tmp_path: Path) -> None:
    os.chown(tmp_path, -1, OFFICE)
    tmp_path.chmod(0o2770)
    make_folder(tmp_path / "a" / "b")
    write_durably(tmp_path / "a" / "b" / "f", b"1")
    assert (tmp_path / "a" / "b" / "f").stat().st_gid == OFFICE


@posix
def test_a_copy_is_as_open_as_what_it_is_like_and_its_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    book = tmp_path / "book"
    book.write_bytes(b"old")
    for of_book, of_folder, of_copy in (
        (0o640, 0o755, 0o640),
        (0o664, 0o750, 0o640),
        (0o600, 0o777, 0o600),
        (0o440, 0o777, 0o640),  # read-only, but the next copy takes its place
    ):
        book.chmod(of_book)
        folder = tmp_path / oct(of_book)
        folder.mkdir()
        folder.chmod(of_folder)
        write_durably(folder / "copy", b"1", like=book)
        assert mode_of(folder / "copy") == of_copy
    # What is there already keeps its own mode.
    (folder / "copy").chmod(0o400 | stat.S_IWUSR | stat.S_IRGRP)
    write_durably(folder / "copy", b"2", like=book)
    assert ((folder / "copy").read_bytes(), mode_of(folder / "copy")) == (b"2", 0o640)


@posix
@as_root
def test_root_leaves_the_file_to_its_owner(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.write_bytes(b"old")
    os.chown(book, CLERK, OFFICE)
    book.chmod(0o660)
    write_durably(book, b"new")
    write_durably(tmp_path / "copy", b"new", like=book)
    for path, mode in ((book, 0o660), (tmp_path / "copy", 0o600)):
        assert (path.stat().st_uid, path.stat().st_gid, mode_of(path)) == (CLERK, OFFICE, mode)


@posix
@as_root
@pytest.mark.parametrize(
    ("groups", "before", "group", "after"),
    [
        ((OFFICE,), 0o660, OFFICE, 0o660),
        ((), 0o664, OTHERS, 0o644),
        ((), 0o660, OTHERS, 0o600),
    ],
)
def test_a_colleague_keeps_the_group_or_gives_no_other_group_its_rights(
    groups: tuple[int, ...], before: int, group: int, after: int
) -> None:
    with reachable_folder() as folder:
        folder.chmod(0o777)
        book = folder / "book"
        book.write_bytes(b"old")
        os.chown(book, CLERK, OFFICE)
        book.chmod(before)
        do_apart(lambda: write_durably(book, b"new"), user=User(COLLEAGUE, OTHERS, groups))
        assert (book.read_bytes(), book.stat().st_gid, mode_of(book)) == (b"new", group, after)


@posix
def test_a_read_only_file_is_respected(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.write_bytes(b"old")
    book.chmod(0o444)
    with pytest.raises(CannotWriteError, match="只读"):
        write_durably(book, b"new")
    assert (book.read_bytes(), os.listdir(tmp_path)) == (b"old", ["book"])


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write_durably(link, b"new")
    assert (link.is_symlink(), real.read_bytes()) == (True, b"new")


@posix
def test_a_folder_behind_a_link_is_used_and_a_dangling_one_named(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    make_folder(tmp_path / "link" / "inner")
    assert (tmp_path / "real" / "inner").is_dir()
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    for folder in (tmp_path / "dangling", tmp_path / "dangling" / "inner"):
        with pytest.raises(CannotWriteError, match="“dangling”是一个链接"):
            make_folder(folder)
    assert not (tmp_path / "gone").exists()


def test_what_went_away_is_not_made_anew(tmp_path: Path) -> None:
    gone = tmp_path / "share"
    with pytest.raises(FileNotFoundError):
        make_folder(gone / "a" / "b", within=gone)
    assert not gone.exists()
    gone.mkdir()
    make_folder(gone / "a" / "b", within=gone)
    assert (gone / "a" / "b").is_dir()
    (gone / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file") as told:
        make_folder(gone / "file", within=gone)
    assert reason_of(told.value) == "已经有同名的文件或文件夹"


class Windows:
    """An ``os.replace`` that answers so often like Windows while somebody holds the file."""

    def __init__(self, winerror: int | None, times: float) -> None:
        self.winerror, self.times, self.calls = winerror, times, 0
        self._replace = os.replace

    def __call__(self, old: Path, new: Path) -> None:
        self.calls += 1
        if self.calls <= self.times:
            error = PermissionError(errno.EACCES, "denied")
            if self.winerror:
                error.winerror = self.winerror
            raise error
        self._replace(old, new)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, told and not waited for."""
    told: list[float] = []
    monkeypatch.setattr(stage.time, "sleep", told.append)
    return told


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_f06_a_file_that_is_held_for_a_moment_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float], winerror: int
) -> None:
    book = tmp_path / "book"
    book.write_bytes(b"old")
    monkeypatch.setattr(stage.os, "replace", Windows(winerror, times=2))
    write_durably(book, b"new")
    assert (book.read_bytes(), os.listdir(tmp_path)) == (b"new", ["book"])
    assert len(waits) == 2
    assert sum(waits) < 1


@pytest.mark.parametrize(
    ("winerror", "error"), [(5, CannotWriteError), (32, BookOpenError), (33, BookOpenError), (None, CannotWriteError)]
)
def test_f06_a_file_that_stays_refused_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float], winerror: int | None, error: type[Exception]
) -> None:
    book = tmp_path / "book"
    book.write_bytes(b"old")
    held = Windows(winerror, times=float("inf"))
    monkeypatch.setattr(stage.os, "replace", held)
    with pytest.raises(error) as told:
        write_durably(book, b"new")
    assert ("没有权限" in str(told.value)) == (error is CannotWriteError)
    assert (book.read_bytes(), os.listdir(tmp_path)) == (b"old", ["book"])
    # Only Windows refuses for a moment.
    assert (held.calls > 1) == (winerror is not None)
    assert sum(waits) <= 3


@pytest.mark.parametrize("step", ["last_look", "fsync", "chmod"])
def test_whatever_fails_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    book = tmp_path / "book"
    book.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "I/O error")

    if step != "last_look":
        monkeypatch.setattr(stage.os if step == "fsync" else Path, step, fail)
    with pytest.raises(CannotWriteError, match="磁盘或网络读写出错"):
        write_durably(book, b"new", last_look=fail if step == "last_look" else None)
    assert (book.read_bytes(), os.listdir(tmp_path)) == (b"old", ["book"])


@posix
def test_a_share_that_cannot_flush_a_folder_has_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.fsync

    def only_files(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        whole(handle)

    monkeypatch.setattr(stage.os, "fsync", only_files)
    write_durably(tmp_path / "book", b"new")
    assert (tmp_path / "book").read_bytes() == b"new"


@pytest.mark.parametrize(("is_flushed", "flushes"), [(True, 1 if sys.platform == "win32" else 2), (False, 0)])
def test_a_copy_that_can_be_made_again_is_not_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_flushed: bool, flushes: int
) -> None:
    told: list[int] = []
    monkeypatch.setattr(stage.os, "fsync", told.append)
    write_durably(tmp_path / "copy", b"new", is_flushed=is_flushed)
    assert (len(told), (tmp_path / "copy").read_bytes()) == (flushes, b"new")


def test_leftovers_go_and_nothing_else(tmp_path: Path) -> None:
    names = (".zmn-1.tmp", "a.tmp", "book.xlsx", ".zmn-")
    for folder in (tmp_path, tmp_path / "last", tmp_path / "last" / "2026"):
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).write_bytes(b"")
    remove_leftovers(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted([*names[1:], "last"])
    assert sorted(os.listdir(tmp_path / "last")) == sorted([*names, "2026"])
    remove_leftovers(tmp_path, is_deep=True)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == set(names[1:])
    remove_leftovers(tmp_path / "没有", is_deep=True)


def test_a_memory_stick_that_knows_no_modes_takes_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    # What FAT answers to a common user; not every system can mount one.
    monkeypatch.setattr(os, "chmod", refuse)
    make_folder(tmp_path / "a" / "b")
    write_durably(tmp_path / "a" / "b" / "f", b"1")
    write_durably(tmp_path / "a" / "b" / "f", b"2")
    assert (tmp_path / "a" / "b" / "f").read_bytes() == b"2"
