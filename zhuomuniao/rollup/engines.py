"""Work spread over the processors of this computer.

An engine is given a function and places, and answers each place with what the function made of it, as soon as it is
done. Nothing is lost where a worker dies: what it was at is given to another one.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from enum import StrEnum
from threading import Thread
from typing import TYPE_CHECKING, Final

from zhuomuniao.rollup.counted import Answer, Unread

if TYPE_CHECKING:
    from zhuomuniao.rollup.counted import Source

Work = Callable[["Source"], Answer]
"""What a worker does with one place. It raises nothing, and can be sent to another process."""

KILLED_AT_MOST: Final = 3
"""Workers that may die over one place before it is told as unread: it may be what kills them."""

_MOST_ON_WINDOWS: Final = 61
"""Windows waits for no more at a time."""

_WAITING_EACH: Final = 2
"""Places handed to each worker at a time: one it is at, one it goes on with."""


class Engine(StrEnum):
    """Where the work is done."""

    LOCAL = "local"
    DASK = "dask"


def died_over(source: Source) -> Answer:
    """What is told of a place over which workers died again and again."""
    told = "读这一处的进程一再被系统终止"
    remedy = "多半是文件太大、内存不够；请单独汇总这一处，或先在 WPS 里打开另存一份小的"
    return Answer(source, unread=(Unread(source.name, told, remedy),))


def run_local(work: Work, sources: Sequence[Source], *, workers: int | None = None) -> Iterator[Answer]:
    """Every place with its answer, by processes of this computer: as many as it has processors, where not told."""
    count = min(workers or processors(), max(1, len(sources)), _MOST_ON_WINDOWS if sys.platform == "win32" else 512)
    waiting = deque(sources)
    deaths: dict[Source, int] = {}
    while waiting:
        # What a worker died over goes alone, so that its neighbours are not blamed for it.
        suspects = [source for source in waiting if deaths.get(source)]
        if suspects:
            waiting = deque(source for source in waiting if not deaths.get(source))
            for source in suspects:
                yield from _alone(work, source, deaths)
            continue
        yield from _by_pool(work, waiting, deaths, count)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _by_pool(work: Work, waiting: deque[Source], deaths: dict[Source, int], count: int) -> Iterator[Answer]:
    """Answers until all are done or a worker dies; then what was being done is put back, and counted against it."""
    running: dict[Future[Answer], Source] = {}
    with _pool(count) as pool:
        while waiting or running:
            while waiting and len(running) < count * _WAITING_EACH:
                source = waiting.popleft()
                try:
                    running[pool.submit(work, source)] = source
                except BrokenProcessPool:
                    waiting.appendleft(source)
                    _put_back(running, waiting, deaths)
                    return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                if isinstance(future.exception(), BrokenProcessPool):
                    _put_back(running, waiting, deaths)
                    return
                del running[future]
                yield future.result()


def _put_back(running: dict[Future[Answer], Source], waiting: deque[Source], deaths: dict[Source, int]) -> None:
    for source in running.values():
        deaths[source] = deaths.get(source, 0) + 1
        waiting.append(source)
    running.clear()


def _alone(work: Work, source: Source, deaths: dict[Source, int]) -> Iterator[Answer]:
    while deaths[source] < KILLED_AT_MOST:
        try:
            with _pool(1) as pool:
                yield pool.submit(work, source).result()
                return
        except BrokenProcessPool:
            deaths[source] += 1
    yield died_over(source)


@contextmanager
def _pool(count: int) -> Iterator[ProcessPoolExecutor]:
    import multiprocessing

    others = {*multiprocessing.active_children()}
    # Started afresh everywhere, as Windows does: a copy of a process with threads may hang.
    pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=_settle_in)
    try:
        yield pool
    except BaseException:
        # Broken off (Ctrl+C): the workers only read, and nobody waits for what they are at.
        for worker in {*multiprocessing.active_children()} - others:
            worker.terminate()
        raise
    finally:
        # Nor need anybody wait for them to tidy up: what is summed up now needs none of them.
        pool.shutdown(wait=False, cancel_futures=True)


def _settle_in() -> None:
    """What a worker does before its first place."""
    import gc
    import signal

    # The one who asked is told of Ctrl+C, and ends the workers; where it is killed itself, they end too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_one_who_asked, daemon=True).start()
    # As the command itself does: a ledger is a million objects, and looking through them took a sixth of the time.
    gc.set_threshold(200_000, 10, 10)


def _end_with_the_one_who_asked() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait as wait_for

    if (asking := parent_process()) is not None:
        wait_for([asking.sentinel])
        os._exit(1)
