"""Whole processes timed: wall and processor time, and the most memory the process ever held.

Nothing but the standard library is imported here and by those who time: on Linux a child is charged the memory of
the process it was forked from, so the one that measures has to stay small.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in one unit of ``ru_maxrss``."""


class ContenderFailedError(Exception):
    """A timed process ended with an error; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Spent:
    """One run: seconds by the clock, seconds of processor time (all threads), bytes held at the most."""

    wall: float
    processor: float
    peak: int


@dataclass(frozen=True, slots=True)
class Measured:
    """All runs of one contender at one size."""

    runs: tuple[Spent, ...]

    @property
    def wall(self) -> float:
        """Median seconds by the clock."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def processor(self) -> float:
        """Median seconds of processor time."""
        return statistics.median(run.processor for run in self.runs)

    @property
    def peak(self) -> int:
        """Bytes held at the most, in the worst run."""
        return max(run.peak for run in self.runs)


def time_process(command: Sequence[str], *, folder: Path, surroundings: Mapping[str, str]) -> tuple[Spent, str]:
    """Run a command in a folder, with these environment variables only, and answer what it took and printed.

    Raises :class:`ContenderFailedError` when it ends with another code than 0.
    """
    with TemporaryFile() as out, TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=dict(surroundings), stdin=subprocess.DEVNULL, stdout=out, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise ContenderFailedError(
                f"{' '.join(command)}\n退出码 {process.returncode}\n{_said(errors)}{_said(out)}"
            )
        return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _RSS_UNIT), _said(out)


def _said(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")
