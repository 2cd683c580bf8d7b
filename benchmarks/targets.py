"""What is to be reached, as ratios of figures of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from benchmarks.contests import Task, Who
from benchmarks.running import Key, Measurements


class Sense(Enum):
    """Which side of the bound is good."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True, slots=True)
class Target:
    """The ratio of two median wall times, or, without ``over``, the most memory held in MB."""

    words: str
    of: Key
    over: Key | None
    sense: Sense
    bound: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and what was measured."""

    target: Target
    measured: float

    @property
    def is_met(self) -> bool:
        """Whether the bound is kept."""
        if self.target.sense is Sense.AT_LEAST:
            return self.measured >= self.target.bound
        return self.measured <= self.target.bound

    @property
    def unit(self) -> str:
        """What the figure is counted in."""
        return " MB" if self.target.over is None else " 倍"


_ROWS, _MORE_ROWS = 10_000, 50_000
_REGISTER: Key = (Task.REGISTER, _ROWS, Who.ZMN)
_WARM: Key = (Task.OVERDUE, _ROWS, Who.ZMN_WARM)
_COLD: Key = (Task.OVERDUE, _ROWS, Who.ZMN_COLD)
_REPORT: Key = (Task.REPORT, _ROWS, Who.ZMN)
_ROLLUP: Key = (Task.ROLLUP, 100_000, Who.ZMN)
_HELP: Key = (Task.HELP, 0, Who.ZMN)
_GROWTH = 5.5


def _faster(words: str, ours: Key, rival: Who, times: float) -> Target:
    task, rows, _ = ours
    return Target(f"{words}，{rival.value}用时是 zmn 的", (task, rows, rival), ours, Sense.AT_LEAST, times)


def _within(words: str, ours: Key, floor: Who, times: float) -> Target:
    task, rows, _ = ours
    return Target(
        f"{words}，zmn 用时是{floor.value.removeprefix('下限：')}的", ours, (task, rows, floor), Sense.AT_MOST, times
    )


def _grown(words: str, ours: Key) -> Target:
    task, _, who = ours
    return Target(f"{words}，5万件用时是1万件的", (task, _MORE_ROWS, who), ours, Sense.AT_MOST, _GROWTH)


TARGETS: Sequence[Target] = (
    _faster("登记一件（1万件）", _REGISTER, Who.OPENPYXL, 25),
    _faster("登记一件（1万件）", _REGISTER, Who.EXCELIZE, 12),
    Target("登记一件（1万件），zmn 最多占用内存", _REGISTER, None, Sense.AT_MOST, 200),
    _within("看逾期（1万件，有缓存）", _WARM, Who.IMPORTING_BOTH, 2.5),
    _within("看逾期（1万件，没有缓存）", _COLD, Who.CALAMINE, 2.5),
    _within("出月报（1万件）", _REPORT, Who.OPENPYXL, 1 / 3),
    _faster("汇总100本、各1000件", _ROLLUP, Who.PANDAS, 8),
    _within("`zmn --help`", _HELP, Who.IMPORTING_TYPER, 2),
    _grown("登记一件", _REGISTER),
    _grown("看逾期（有缓存）", _WARM),
    _grown("看逾期（没有缓存）", _COLD),
    _grown("出月报", _REPORT),
)


def judge(taken: Measurements) -> list[Verdict]:
    """The verdicts on the targets whose figures were measured."""
    verdicts = []
    for target in TARGETS:
        if target.of not in taken or (target.over is not None and target.over not in taken):
            continue
        of = taken[target.of]
        figure = of.peak / 2**20 if target.over is None else of.wall / taken[target.over].wall
        verdicts.append(Verdict(target, figure))
    return verdicts
