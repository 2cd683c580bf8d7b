"""Work that workers do in tests: processes import it by its name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from zhuomuniao.rollup.counted import Answer, Source, Unread


def plain(source: Source) -> Answer:
    """An answer that tells which place it is of."""
    return Answer(source, unread=(Unread(source.name, "看过", ""),))


def die_once(source: Source) -> Answer:
    """Die over a place of which nobody has died yet; its path is where that is remembered."""
    mark = Path(source.path)
    if source.name.startswith("死") and not mark.exists():
        mark.write_text("", encoding="utf-8")
        _die()
    return plain(source)


def die_always(source: Source) -> Answer:
    """Die over every place that is named so."""
    if source.name.startswith("死"):
        _die()
    return plain(source)


def slow(source: Source) -> Answer:
    """Take a while."""
    time.sleep(0.2)
    return plain(source)


def _die() -> None:
    # As the system's memory killer does.
    os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
