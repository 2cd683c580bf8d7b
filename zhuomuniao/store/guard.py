"""The workspace's own folder is never more open than the books: what it holds (journal, outbox, copies) is in them.

POSIX only. On Windows a folder takes its rights from the one it stands in, and so do the books.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from zhuomuniao.store.stage import set_mode

_OWNER = stat.S_IRWXU
_READ, _WRITE, _ENTER = 0o044, 0o022, 0o011
"""Of group and others."""
_ALL = 0o777


class _Access(Struct, frozen=True):
    """What the books allow a folder: its mode (permission bits only), owner and group."""

    mode: int
    owner: int
    group: int


def guard_state_folder(folder: Path, books: Iterable[Path]) -> None:
    """Narrow ``folder`` to what the narrowest of ``books`` and the folder above allow; never widen it.

    A book 0640 allows 0750: whoever may not read it may not enter. Owner and group become the book's where we may
    set them. What stands right inside is narrowed likewise, and what stands deeper where the folder itself had to
    be: nobody passes one that is narrow. What belongs to somebody else stays as it is; :func:`too_wide` tells.
    Books and a folder that are not there count for nothing, and nothing is raised.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        status = folder.stat()
        access = _allowed(folder, status, books)
        is_changed = _settle(folder, status, access)
        for path, inside in _inside(folder, is_deep=is_changed):
            _settle(path, inside, access)


def too_wide(folder: Path, books: Iterable[Path]) -> tuple[Path, ...]:
    """The folder, and what stands in it however deep, that allows more than the narrowest book and the folder above.

    Raises :class:`OSError` where it cannot be looked at; a folder that is not there is not too wide.
    """
    if sys.platform == "win32" or not folder.is_dir():
        return ()
    status = folder.stat()
    access = _allowed(folder, status, books)
    all_found = ((folder, status), *_inside(folder, is_deep=True))
    return tuple(sorted(path for path, found in all_found if _excess(found, access)))


def _allowed(folder: Path, status: os.stat_result, books: Iterable[Path]) -> _Access:
    seen = []
    for book in books:
        with suppress(OSError):
            seen.append(book.stat())
    mode = stat.S_IMODE(folder.parent.stat().st_mode)
    if not seen:
        return _Access(mode & _ALL | _OWNER, status.st_uid, status.st_gid)
    narrowest = min(seen, key=lambda found: _folder_mode(found).bit_count())
    group = narrowest.st_gid if _may_give(status, narrowest.st_gid) else status.st_gid
    for found in seen:
        allowed = _folder_mode(found)
        if found.st_gid != group:
            # To that book, the folder's group is just other people.
            allowed &= 0o707 | (allowed & 0o007) << 3
        mode &= allowed
    return _Access(mode & _ALL | _OWNER, narrowest.st_uid, group)


def _folder_mode(book: os.stat_result) -> int:
    """Whoever may read the book may list and enter the folder."""
    read = book.st_mode & _READ
    return _OWNER | read | read >> 2 | (book.st_mode & _WRITE)


def _may_give(status: os.stat_result, group: int) -> bool:
    """Whether we may give to this group what has that status."""
    if os.geteuid() == 0:
        return True
    return os.geteuid() == status.st_uid and group in (os.getegid(), *os.getgroups())


def _settle(path: Path, status: os.stat_result, access: _Access) -> bool:
    """Narrow and hand over one file or folder; answers whether anything had to be done."""
    excess = _excess(status, access) if os.geteuid() in (0, status.st_uid) else 0
    if excess:
        # Before it is handed over: afterwards it may not be ours to narrow.
        set_mode(path, stat.S_IMODE(status.st_mode) & ~excess)
    owner = access.owner if os.geteuid() == 0 else status.st_uid
    is_given = (owner, access.group) != (status.st_uid, status.st_gid) and _may_give(status, access.group)
    if is_given:
        os.chown(path, owner, access.group)
    return bool(excess) or is_given


def _excess(status: os.stat_result, access: _Access) -> int:
    """The permissions that are too many: nobody but the owner need run what is no folder."""
    allowed = access.mode if stat.S_ISDIR(status.st_mode) else access.mode & ~_ENTER
    return status.st_mode & _ALL & ~(allowed | _OWNER)


def _inside(folder: Path, *, is_deep: bool) -> Iterator[tuple[Path, os.stat_result]]:
    """Files and folders with their status. A symlink is passed over: its mode is that of something elsewhere."""
    with suppress(PermissionError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if not stat.S_ISLNK(status.st_mode):
                    yield Path(entry.path), status
                    if is_deep and stat.S_ISDIR(status.st_mode):
                        yield from _inside(Path(entry.path), is_deep=True)
