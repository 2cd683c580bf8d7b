"""One lock per workspace, held by the operating system, so that it ends with the process that holds it."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zhuomuniao.errors import CannotWriteError, reason_of
from zhuomuniao.store.stage import make_folder, mode_like

if TYPE_CHECKING:
    from filelock import BaseFileLock

WAIT_SECONDS = 20.0
_ASKS = ((0.0, 0.02), (2.0, 0.01), (4.0, 0.005), (8.0, 0.002))
"""How often the lock is asked for, by how long it has been waited for: (since, seconds between two tries).

The system gives a lock to whoever asks first, not to whoever waits longest. Of eight at one slow share, each holding
it for half a second, one in two hundred would wait past the limit; so who has waited long asks more often.
"""


@contextmanager
def workspace_lock(folder: Path, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the workspace's lock on ``folder``/lock, waiting at most ``wait_seconds`` (0: one try).

    The side file stays for ever: unlinking it would split those who wait. No soft fallback: a soft lock
    outlives a kill. Raises :class:`CannotWriteError` on time-out, on file systems without locks, and where the
    side file cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        make_folder(folder, within=folder.parent)
        lock = FileLock(folder / "lock", mode=mode_like(folder), fallback_to_soft=False)
        _acquire(lock, wait_seconds)
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


def _acquire(lock: BaseFileLock, wait_seconds: float) -> None:
    from filelock import Timeout

    began = time.monotonic()
    ends = [since for since, _ in _ASKS[1:]] + [wait_seconds]
    for end, (_, interval) in zip(ends, _ASKS, strict=True):
        left = began + min(end, wait_seconds) - time.monotonic()
        try:
            lock.acquire(timeout=max(left, 0.0), poll_interval=interval)
            return
        except Timeout:
            if end >= wait_seconds:
                raise
