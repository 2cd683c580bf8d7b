"""Putting new bytes in a file's place: whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from zhuomuniao.errors import BookOpenError, CannotWriteError, quoted, reason_of

_STAGED = ".zmn-"
_RETRY_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.2)
"""Waits between tries of a replace that somebody blocks for a moment (virus scanner, preview): about 3 秒."""
_DENIED, _IN_USE = 5, (32, 33)
"""What Windows answers to a replace while anybody holds the file. 5 may also mean that it is never allowed."""
_WRITABLE = 0o222


def write_durably(
    path: Path,
    data: bytes,
    *,
    last_look: Callable[[], None] | None = None,
    like: Path | None = None,
    is_flushed: bool = True,
) -> None:
    """Replace ``path`` by ``data``: staged beside it, fsynced, then swapped in one step.

    ``last_look`` runs just before the swap and may raise to stop it. A symlink stays a symlink; owner, group and mode
    of an existing file are kept, as far as we may set them and never wider. A new file is as open as its folder; with
    ``like`` it has owner, group and mode of that file, where its folder is as open. ``is_flushed=False`` is for
    copies that can be made again: whole or not at all, but a power cut may lose them.

    Raises :class:`CannotWriteError`, or :class:`BookOpenError` where Windows says that a program uses the file; the
    old file is then untouched.
    """
    target = path.resolve() if path.is_symlink() else path
    folder: int | None = None
    staged: Path | None = None
    try:
        # Held open, so that nothing is left in it even where somebody moves it away meanwhile.
        folder = None if sys.platform == "win32" else os.open(target.parent, os.O_RDONLY)
        is_new = not target.exists()
        if not is_new and not target.stat().st_mode & _WRITABLE:
            # A replace asks the folder, not the file; but whoever marks a file read-only means it.
            raise CannotWriteError(
                f"写不进{quoted(path.name)}：这个文件设成了只读", "请在文件属性里去掉“只读”再试；原文件没有改动"
            )
        handle, name = _new_file_in(target.parent)
        staged = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if is_flushed:
                os.fsync(file.fileno())
        if not is_new:
            _give_access(staged, target, _mode_of(target))
        elif like is not None:
            # A copy of a book that is read-only must not be: the next copy takes its place.
            _give_access(staged, like, _mode_of(like) & mode_like(target.parent) | 0o600)
        else:
            set_mode(staged, mode_like(target.parent))
        if last_look:
            last_look()
        _replace(staged, target)
        staged = None
        if folder is not None and is_flushed:
            # The swap stands already: that a share cannot make it outlast a power cut is no failure to write.
            with suppress(OSError):
                os.fsync(folder)
    except OSError as error:
        if getattr(error, "winerror", None) in _IN_USE:
            raise BookOpenError(f"{quoted(path.name)}正被别的程序占用", "请关闭后再试", program="别的程序") from error
        raise CannotWriteError(
            f"写不进{quoted(path.name)}：{reason_of(error)}",
            "请检查磁盘空间、文件夹权限和共享盘连接；原文件没有改动",
            errno=error.errno,
        ) from error
    finally:
        if staged is not None:
            with suppress(OSError):
                os.unlink(staged if folder is None else staged.name, dir_fd=folder)
        if folder is not None:
            os.close(folder)


def _new_file_in(folder: Path) -> tuple[int, str]:
    # Who only looks does without this module.
    from tempfile import mkstemp

    return mkstemp(prefix=_STAGED, suffix=".tmp", dir=folder)


def write_together(new: Mapping[Path, bytes], *, moved: Mapping[Path, Path] | None = None) -> None:
    """Put several new files in their places, all or none; before that, move files out of their way (from → to).

    Everything is staged and fsynced beside its place first, so that a full disk is met before anything has changed.
    No new file and no target may be there yet. What was done before a failure is taken back. Raises
    :class:`CannotWriteError`, naming what could not be taken back.
    """
    staged: dict[Path, Path] = {}
    done: list[tuple[Path, Path]] = []
    at = next(iter(new), Path())
    try:
        for path, data in new.items():
            at = path
            handle, name = _new_file_in(path.parent)
            staged[path] = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            set_mode(staged[path], mode_like(path.parent))
        for source, target in (moved or {}).items():
            at = source
            _move(source, target)
            done.append((source, target))
        for path in new:
            at = path
            _move(staged[path], path)
            done.append((staged[path], path))
        for folder in {path.parent for path in (*new, *(moved or {}))}:
            _flush_folder(folder)
    except OSError as error:
        left = _take_back(done)
        raise CannotWriteError(
            f"写不进{quoted(at.name)}：{reason_of(error)}",
            "请检查磁盘空间、文件夹权限、文件是否正被打开和共享盘连接；"
            + (f"下列文件没能改回原来的名字，请手工核对：{'、'.join(left)}" if left else "没有改动任何文件"),
            errno=error.errno,
        ) from error
    finally:
        for path in staged.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _move(source: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    _replace(source, target)


def _take_back(done: list[tuple[Path, Path]]) -> list[str]:
    """Undo moves, last first; answers the names of those that stay where they were put."""
    left = []
    for source, target in reversed(done):
        try:
            os.replace(target, source)
        except OSError:
            left.append(target.name)
    return left


def _flush_folder(folder: Path) -> None:
    # That a share cannot make a swap outlast a power cut is no failure to write.
    if sys.platform != "win32":
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def remove_leftovers(folder: Path, *, is_deep: bool = False) -> None:
    """Remove staged files that a killed process left in a folder, or however deep in it.

    Call it under the workspace's lock.
    """
    for inside, folders, names in os.walk(folder):
        if not is_deep:
            folders.clear()
        for name in names:
            if name.startswith(_STAGED) and name.endswith(".tmp"):
                with suppress(OSError):
                    os.unlink(os.path.join(inside, name))


def mode_like(folder: Path) -> int:
    """The mode of a new file: what its folder allows, without execution; its owner may always read and write."""
    return folder.stat().st_mode & 0o666 | 0o600


def set_mode(path: Path, mode: int) -> None:
    """Set a mode where the file system can hold it: a memory stick (FAT) knows none and refuses."""
    with suppress(PermissionError):
        path.chmod(mode)


def make_folder(folder: Path, *, within: Path | None = None) -> None:
    """Make a folder, and those it stands in, as open as the one above, never wider; setgid and sticky bits go on.

    A symlink to a folder is followed. ``within`` must be there already: what stood on a share that has gone away is
    not made anew on the disk below. Raises :class:`OSError`, and :class:`CannotWriteError` for a dangling symlink.
    """
    if folder.is_dir():
        return
    if folder.is_symlink():
        raise CannotWriteError(
            f"“{folder.name}”是一个链接，它指向的文件夹不在",
            "请接好它指向的磁盘或共享盘；不再需要的链接请删除。没有写入任何内容",
        )
    if folder == within:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    make_folder(folder.parent, within=within)
    mode = _mode_of(folder.parent) & ~stat.S_ISUID
    try:
        # Narrow from its first moment: the umask may only take away.
        folder.mkdir(mode)
    except FileExistsError:
        if not folder.is_dir():
            raise
        # Another process made it just now, and its mode is that one's affair.
        return
    set_mode(folder, mode)


def _replace(staged: Path, target: Path) -> None:
    for wait in (*_RETRY_SECONDS, None):
        try:
            os.replace(staged, target)
        except PermissionError as error:
            # Elsewhere than on Windows a refusal is final.
            if wait is None or getattr(error, "winerror", None) not in (_DENIED, *_IN_USE):
                raise
            time.sleep(wait)
        else:
            return


def _give_access(new: Path, model: Path, mode: int) -> None:
    """Give a file a mode, owner and group of another as far as we may; its group's rights go to no other group."""
    if sys.platform != "win32":
        status = model.stat()
        # The owner first: until then nobody else may look into it.
        if not _is_given(new, status.st_uid, status.st_gid) and not _is_given(new, -1, status.st_gid):
            mode = (mode & ~stat.S_IRWXG) | (mode & (mode << 3) & stat.S_IRWXG)
    set_mode(new, mode)


def _mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _is_given(path: Path, owner: int, group: int) -> bool:
    try:
        os.chown(path, owner, group)
    except PermissionError:
        return False
    return True
