"""What a terminal shows while a clerk waits: a bar on stderr after a moment, gone when the work is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhuomuniao.commands._options import Session

_PATIENCE = 0.8
"""Seconds of quiet: what takes less long shows nothing, and does not load what draws."""


class Bar:
    """Told what is being done, by the use case or before it is called; drawn by a thread of its own."""

    def __init__(self, what: str, *, is_shown: bool) -> None:
        self._told: tuple[str, int, int] = (what, 0, 0)
        self._is_shown = is_shown
        self._is_over = Event()
        self._thread: Thread | None = None

    def __call__(self, what: str, done: int, of: int) -> None:
        """What is being done, how many of it are done, and of how many (0: nobody knows)."""
        self._told = what, done, of
        if self._is_shown and self._thread is None:
            self.start()

    def start(self) -> None:
        """Show the bar from now on, once it has taken long enough."""
        if self._is_shown:
            self._is_over.clear()
            self._thread = Thread(target=self._draw, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Take the bar away: a question can be asked, an answer printed."""
        if self._thread is not None:
            self._is_over.set()
            self._thread.join()
            self._thread = None

    def _draw(self) -> None:
        if self._is_over.wait(_PATIENCE):
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(30), TextColumn("{task.fields[count]}"))
        with Progress(
            *columns,
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as progress:
            task = progress.add_task(self._told[0], total=None, count="")
            while True:
                what, done, of = self._told
                count = f"{done}/{of}" if of else ""
                progress.update(task, description=what, completed=done, total=of or None, count=count)
                if self._is_over.wait(0.1):
                    return


@contextmanager
def while_waiting(session: Session, what: str) -> Iterator[Bar]:
    """Show a bar while the block runs, at a terminal and never with ``--json``; ``what`` is done to begin with."""
    bar = Bar(what, is_shown=not session.is_json and sys.stderr.isatty())
    bar.start()
    try:
        yield bar
    finally:
        bar.stop()
