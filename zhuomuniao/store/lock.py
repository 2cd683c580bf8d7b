"""One lock per workspace, held by the operating system, so that it ends with the process that holds it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhuomuniao.errors import CannotWriteError, reason_of
from zhuomuniao.store.stage import make_folder, mode_like

WAIT_SECONDS = 20.0


@contextmanager
def workspace_lock(folder: Path, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the workspace's lock on ``folder``/lock, waiting at most ``wait_seconds``.

    The side file stays for ever: unlinking it would split those who wait. No soft fallback: a soft lock
    outlives a kill. Raises :class:`CannotWriteError` on time-out, on file systems without locks, and where the
    side file cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        make_folder(folder)
        lock = FileLock(folder / "lock", timeout=wait_seconds, mode=mode_like(folder), fallback_to_soft=False)
        lock.acquire()
    except Timeout as error:
        raise CannotWriteError(
            f"另一个 zmn 正在写这个工作区，等了{wait_seconds:.0f}秒仍未结束",
            "请稍候再试；没有写入任何内容",
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSYS:
            raise CannotWriteError(
                "工作区所在的磁盘不支持文件锁，不能保证两人同时登记不出错",
                "请把工作区放在本机磁盘或支持文件锁的共享盘上",
            ) from error
        raise CannotWriteError(
            f"写不进工作区的 {folder.name} 文件夹：{reason_of(error)}",
            "请检查磁盘空间和文件夹权限；没有写入任何内容",
        ) from error
    # Outside the try: what the holder of the lock raises is its own affair.
    try:
        yield
    finally:
        lock.release()
