"""Putting new bytes in a file's place: whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from zhuomuniao.errors import CannotWriteError, reason_of

_STAGED = ".zmn-"
_RETRY_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.2)
"""Waits between tries of a replace that somebody blocks for a moment (virus scanner, preview): about 3 秒."""


def write_durably(path: Path, data: bytes, *, last_look: Callable[[], None] | None = None) -> None:
    """Replace ``path`` by ``data``: staged beside it, fsynced, then swapped in one step.

    ``last_look`` runs just before the swap and may raise to stop it. A symlink stays a symlink; mode and group
    of an existing file are kept. Raises :class:`CannotWriteError`; the old file is then untouched.
    """
    target = path.resolve() if path.is_symlink() else path
    staged: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=_STAGED, suffix=".tmp", dir=target.parent)
        staged = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            _keep_owner_and_mode(target, staged)
        else:
            staged.chmod(mode_like(target.parent))
        if last_look:
            last_look()
        _replace(staged, target)
        _sync_folder(target.parent)
    except OSError as error:
        raise CannotWriteError(
            f"写不进“{path.name}”：{reason_of(error)}",
            "请检查磁盘空间、文件夹权限和共享盘连接；原文件没有改动",
            errno=error.errno,
        ) from error
    finally:
        if staged is not None:
            with suppress(OSError):
                staged.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove staged files that a killed process left beside its book. Call it under the workspace's lock."""
    for path in folder.glob(f"{_STAGED}*.tmp"):
        with suppress(OSError):
            path.unlink()


def mode_like(folder: Path) -> int:
    """The mode of a new file: what its folder allows, without execution."""
    return folder.stat().st_mode & 0o666


def make_folder(folder: Path) -> None:
    """Make a folder as open as the one it stands in, never wider."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(folder.parent.stat().st_mode & 0o777)


def _replace(staged: Path, target: Path) -> None:
    for wait in (*_RETRY_SECONDS, None):
        try:
            os.replace(staged, target)
        except PermissionError as error:
            # Windows answers 5, 32 or 33 while anybody holds the file; elsewhere it is final.
            if wait is None or not _is_momentary(error):
                raise
            time.sleep(wait)
        else:
            return


def _is_momentary(error: PermissionError) -> bool:
    return getattr(error, "winerror", None) in (5, 32, 33)


def _keep_owner_and_mode(old: Path, new: Path) -> None:
    shutil.copymode(old, new)
    if sys.platform != "win32":
        status = old.stat()
        with suppress(PermissionError):
            os.chown(new, status.st_uid, status.st_gid)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
