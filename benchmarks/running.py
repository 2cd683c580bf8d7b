"""Contests run: contenders and sizes in alternation, what is not the task kept out of the time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.answers import Answer, answer_of, require_same
from benchmarks.contests import CONTESTS, DAY, LIMIT, ZMN, Contender, Contest, Task, Who
from benchmarks.measuring import Measured, Spent, time_process
from benchmarks.workspaces import ROOT, Place, Workshop

MANY_ROWS = 50_000
"""From so many rows on nobody is quick, and a slow contender is run once and without a warm-up."""

MORE_TURNS = 3
"""A quick contender is run so many times as often: a busy moment of the machine weighs more with it."""

Key = tuple[Task, int, Who]
Measurements = Mapping[Key, Measured]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure: tasks, numbers of rows (all where empty), and how often."""

    tasks: frozenset[Task]
    rows: frozenset[int]
    runs: int

    def sizes_of(self, contest: Contest) -> list[int]:
        """The sizes of a contest that are wanted; one without rows is always."""
        return [size for size in contest.sizes if not size or not self.rows or size in self.rows]


class Runner:
    """Runs contests in one workshop and keeps what they took."""

    def __init__(self, workshop: Workshop, say: Callable[[str], None]) -> None:
        self._workshop = workshop
        self._say = say
        self._home = workshop.emptied("家")
        self._told = told_of_the_day()

    def measure(self, wanted: Wanted) -> dict[Key, Measured]:
        """All the runs. Raises what :func:`time_process` and :func:`require_same` raise."""
        _compile_bytecode()
        taken: dict[Key, Measured] = {}
        for contest in CONTESTS:
            if contest.task in wanted.tasks and (sizes := wanted.sizes_of(contest)):
                self._say(contest.title)
                for key, measured in self._contest(contest, sizes, wanted.runs).items():
                    taken[key] = measured
                    _, rows, who = key
                    named = f"{rows} {who.value}" if rows else who.value
                    self._say(f"  {named}：{measured.wall:.2f} 秒，{measured.peak / 2**20:.0f} MB")
        return taken

    def _contest(self, contest: Contest, sizes: Sequence[int], runs: int) -> dict[Key, Measured]:
        """All sizes take turns: a busy quarter of an hour costs each of them, and how cost grows stays true."""
        places = {rows: self._place(contest.task, rows) for rows in sizes}
        spent: dict[Key, list[Spent]] = defaultdict(list)
        answers: dict[int, dict[Who, Answer | None]] = {rows: {} for rows in sizes}
        for turn in range(runs * MORE_TURNS + 1):
            for rows, place in places.items():
                for contender in contest.contenders:
                    if turn not in _turns_of(contender, rows, runs):
                        continue
                    is_asked = contender.who not in answers[rows]
                    one, answer = self._run(contest.task, contender, place, is_asked=is_asked)
                    if is_asked:
                        answers[rows][contender.who] = answer
                    if turn:
                        spent[contest.task, rows, contender.who].append(one)
        for rows, given in answers.items():
            require_same(contest.task, rows, given)
        return {key: Measured(tuple(some)) for key, some in spent.items()}

    def _place(self, task: Task, rows: int) -> Place:
        if task is Task.IMPORT:
            return self._workshop.desk_with_export(rows)
        if task is Task.ROLLUP:
            return self._workshop.books(rows)
        return self._workshop.ledger(rows or 1_000)

    def _run(self, task: Task, contender: Contender, place: Place, *, is_asked: bool) -> tuple[Spent, Answer | None]:
        self._workshop.emptied("输出")
        own = self._workshop.copy_of(place) if contender.writes else place
        surroundings = surroundings_in(self._home, self._workshop.emptied("缓存")) | self._told
        for command in contender.before:
            time_process(command(own), folder=own.workspace, surroundings=surroundings)
        if contender.cold:
            self._workshop.emptied("缓存")
        spent, printed = time_process(contender.command(own), folder=own.workspace, surroundings=surroundings)
        return spent, answer_of(task, contender.who, own, printed) if is_asked else None


def _turns_of(contender: Contender, rows: int, runs: int) -> Sequence[int]:
    """The turns in which a contender runs. The one numbered 0 warms up and is not counted."""
    if contender.slow and rows >= MANY_ROWS:
        return [1]
    every = MORE_TURNS if contender.slow or rows >= MANY_ROWS else 1
    return range(0, runs * MORE_TURNS + 1, every)


def surroundings_in(home: Path, cache: Path) -> dict[str, str]:
    """The environment of every timed process: nothing of the user's, and bytecode may be read and written."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "XDG_CACHE_HOME": str(cache),
        "XDG_CONFIG_HOME": str(home),
        "MPLCONFIGDIR": str(home),
    }


def told_of_the_day() -> dict[str, str]:
    """What the office's scripts are told of the day and of the limit of a case that comes in; zmn counts by itself.

    A weekend, a holiday or a December (暂定) must not make them differ.
    """
    asked = [ZMN, "deadline", DAY.isoformat(), LIMIT, "--json"]
    counted = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    provisional = "暂定" if counted["provisional"] else ""
    return {"BENCH_DAY": DAY.isoformat(), "BENCH_DUE": counted["due_on"], "BENCH_PROVISIONAL": provisional}


def _compile_bytecode() -> None:
    """An installed program has its bytecode."""
    folders = [str(ROOT / "zhuomuniao"), str(ROOT / "benchmarks" / "rivals")]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *folders], check=True)
