"""The workspace's own folder is never more open than the books."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from tests.apart import User, do_apart, reachable_folder
from zhuomuniao.store.guard import guard_state_folder, too_wide

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows 的权限由上级文件夹决定")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="只有 root 能改所有者")
OFFICE, OTHERS, CLERK = 54321, 54322, 54323


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def workspace(root: Path, *modes: int, above: int = 0o777) -> tuple[Path, list[Path]]:
    """A workspace whose books have these modes, and whose state folder is open to everybody."""
    folder = root / ".zmn"
    for inner in (folder, folder / "outbox", folder / "last", folder / "last" / "2026"):
        inner.mkdir()
        inner.chmod(0o777)
    for path in (folder / "journal.jsonl", folder / "lock", folder / "last" / "2026" / "a.xlsx"):
        path.write_bytes(b"x")
        path.chmod(0o666)
    books = []
    for number, mode in enumerate(modes):
        books.append(root / f"{number}.xlsx")
        books[-1].write_bytes(b"x")
        books[-1].chmod(mode)
    root.chmod(above)
    return folder, books


@pytest.mark.parametrize(
    ("modes", "above", "allowed"),
    [
        ((0o640,), 0o777, 0o750),
        ((0o600,), 0o777, 0o700),
        ((0o644,), 0o777, 0o755),
        ((0o660,), 0o777, 0o770),
        ((0o440,), 0o777, 0o750),
        ((0o664, 0o640, 0o666), 0o777, 0o750),
        ((0o660, 0o644), 0o777, 0o750),
        ((0o666,), 0o750, 0o750),
        ((), 0o750, 0o750),
        ((), 0o500, 0o700),
    ],
)
def test_the_folder_is_what_the_narrowest_book_and_the_folder_above_allow(
    tmp_path: Path, modes: tuple[int, ...], above: int, allowed: int
) -> None:
    folder, books = workspace(tmp_path, *modes, above=above)
    wide = too_wide(folder, books)
    guard_state_folder(folder, [*books, tmp_path / "没有.xlsx"])
    left = too_wide(folder, books)
    tmp_path.chmod(0o700)
    inner = (folder, folder / "outbox", folder / "last", folder / "last" / "2026")
    assert [mode_of(path) for path in inner] == [allowed] * 4
    files = (folder / "journal.jsonl", folder / "lock", folder / "last" / "2026" / "a.xlsx")
    assert [mode_of(path) for path in files] == [allowed & 0o666] * 3
    assert set(wide) == {*inner, *files}
    assert left == ()


def test_what_is_narrower_stays_so(tmp_path: Path) -> None:
    folder, books = workspace(tmp_path, 0o644)
    for path, mode in ((folder, 0o700), (folder / "outbox", 0o750), (folder / "journal.jsonl", 0o400)):
        path.chmod(mode)
    guard_state_folder(folder, books)
    assert [mode_of(folder / name) for name in ("", "outbox", "journal.jsonl")] == [0o700, 0o750, 0o400]


def test_a_file_that_was_opened_later_is_narrowed_again(tmp_path: Path) -> None:
    folder, books = workspace(tmp_path, 0o640)
    guard_state_folder(folder, books)
    (folder / "journal.jsonl").chmod(0o644)
    (folder / "last" / "2026" / "a.xlsx").chmod(0o666)
    assert too_wide(folder, books) == (folder / "journal.jsonl", folder / "last" / "2026" / "a.xlsx")
    guard_state_folder(folder, books)
    # Deep inside a folder that nobody enters it waits for the doctor: looking at each copy costs time.
    assert too_wide(folder, books) == (folder / "last" / "2026" / "a.xlsx",)


def test_setgid_stays_and_links_are_not_followed(tmp_path: Path) -> None:
    folder, books = workspace(tmp_path, 0o640)
    folder.chmod(0o2777)
    elsewhere = tmp_path / "别处.txt"
    elsewhere.write_bytes(b"x")
    elsewhere.chmod(0o666)
    (folder / "link").symlink_to(elsewhere)
    (folder / "dangling").symlink_to(tmp_path / "没有")
    guard_state_folder(folder, books)
    assert (mode_of(folder), mode_of(elsewhere)) == (0o2750, 0o666)
    assert too_wide(folder, books) == ()


def test_a_folder_behind_a_link_is_guarded(tmp_path: Path) -> None:
    folder, books = workspace(tmp_path, 0o600)
    folder.rename(tmp_path / "real")
    folder.symlink_to(tmp_path / "real")
    guard_state_folder(folder, books)
    assert mode_of(tmp_path / "real") == 0o700


def test_no_folder_and_no_book_are_no_trouble(tmp_path: Path) -> None:
    guard_state_folder(tmp_path / ".zmn", [tmp_path / "a.xlsx"])
    assert too_wide(tmp_path / ".zmn", []) == ()
    (tmp_path / ".zmn").symlink_to(tmp_path / "没有")
    guard_state_folder(tmp_path / ".zmn", [])
    assert list(tmp_path.iterdir()) == [tmp_path / ".zmn"]


@as_root
def test_owner_and_group_are_the_book_s(tmp_path: Path) -> None:
    folder, books = workspace(tmp_path, 0o644, 0o640)
    for book in books:
        os.chown(book, CLERK, OFFICE)
    guard_state_folder(folder, books)
    everything = [folder, *folder.rglob("*")]
    assert {(p.stat().st_uid, p.stat().st_gid) for p in everything} == {(CLERK, OFFICE)}
    assert mode_of(folder) == 0o750
    # What root creates later would shut the clerk out.
    (folder / "outbox.json").write_bytes(b"")
    guard_state_folder(folder, books)
    assert (folder / "outbox.json").stat().st_uid == CLERK


@as_root
def test_a_group_of_another_book_is_just_other_people(tmp_path: Path) -> None:
    folder, books = workspace(tmp_path, 0o640, 0o660)
    os.chown(books[0], CLERK, OFFICE)
    os.chown(books[1], CLERK, OTHERS)
    guard_state_folder(folder, books)
    assert mode_of(folder) == 0o700


@as_root
@pytest.mark.parametrize(("groups", "group", "allowed"), [((OFFICE,), OFFICE, 0o750), ((), OTHERS, 0o700)])
def test_a_clerk_gives_only_groups_of_his_own(groups: tuple[int, ...], group: int, allowed: int) -> None:
    with reachable_folder() as root:
        folder, books = workspace(root, 0o640)
        os.chown(books[0], CLERK, OFFICE)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, CLERK, OTHERS)
        do_apart(lambda: guard_state_folder(folder, books), user=User(CLERK, OTHERS, groups))
        assert (folder.stat().st_gid, mode_of(folder)) == (group, allowed)


@as_root
def test_a_folder_of_somebody_else_is_left_and_told() -> None:
    with reachable_folder() as root:
        folder, books = workspace(root, 0o640)
        do_apart(lambda: guard_state_folder(folder, books), user=User(CLERK, OTHERS))
        assert mode_of(folder) == 0o777
        assert folder in too_wide(folder, books)


def test_looking_costs_next_to_nothing(tmp_path: Path) -> None:
    folder, books = workspace(tmp_path, 0o640, 0o640, 0o640)
    for number in range(500):
        (folder / "last" / f"{number}.xlsx").write_bytes(b"")
    guard_state_folder(folder, books)
    costs = []
    for _ in range(200):
        began = time.perf_counter()
        guard_state_folder(folder, books)
        costs.append(time.perf_counter() - began)
    # The best of many: on a busy machine the others measure the neighbours.
    assert min(costs) < 0.000_2
