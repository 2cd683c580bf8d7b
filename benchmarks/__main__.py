"""``python -m benchmarks``: build the ledgers, time zmn and its alternatives, write RESULTS.md and the pictures.

A run of a part (``--rows``, ``--only``) only prints. The exit code is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.answers import DifferentAnswersError
from benchmarks.contests import CONTESTS, DAY, Task
from benchmarks.measuring import ContenderFailedError
from benchmarks.results import report_text, section_of, targets_section
from benchmarks.running import Measurements, Runner, Wanted
from benchmarks.targets import Verdict, judge
from benchmarks.workspaces import Workshop

_FOLDER = Path(__file__).parent
_RUNS = 5


def main(line: Sequence[str] | None = None) -> int:
    """Measure what the line asks for. 0: its targets are met; 1: one is missed; 2: nothing could be measured."""
    asked = _parser().parse_args(line)
    tasks: frozenset[Task] = asked.only
    rows: frozenset[int] = asked.rows
    with ExitStack() as open_until_done:
        scratch = Path(open_until_done.enter_context(TemporaryDirectory(prefix="zmn-bench-")))
        kept = asked.folder or scratch / "账本"
        kept.mkdir(parents=True, exist_ok=True)
        runner = Runner(Workshop(kept.resolve(), scratch, DAY), _say)
        try:
            taken = runner.measure(Wanted(tasks, rows, asked.runs))
        except (ContenderFailedError, DifferentAnswersError) as error:
            _say(f"没有测成：{error}")
            return 2
    deadlines = _deadlines() if Task.DEADLINES in tasks else ""
    verdicts = judge(taken)
    if tasks == frozenset(Task) and not rows:
        _write(taken, verdicts, deadlines=deadlines)
    for text in (*(section_of(contest, taken) for contest in CONTESTS), deadlines, targets_section(verdicts)):
        print(text)
    missed = [verdict for verdict in verdicts if not verdict.is_met]
    print(f"目标 {len(verdicts)} 项，{len(missed)} 项没有达到" if missed else f"目标 {len(verdicts)} 项，全部达到")
    return 1 if missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="zmn 与别的办法并排量用时")
    told = "只打印，不写结果"
    parser.add_argument(
        "--rows", type=_rows, default=frozenset(), metavar="行数", help=f"只量这几种行数，如 1000,10000；{told}"
    )
    words = ",".join(task.value for task in Task)
    parser.add_argument(
        "--only", type=_tasks, default=frozenset(Task), metavar="事项", help=f"只量这几样：{words}；{told}"
    )
    parser.add_argument(
        "--runs", type=int, default=_RUNS, metavar="次数", help=f"每种办法至少跑几次，不写是{_RUNS}次"
    )
    parser.add_argument("--folder", type=Path, metavar="文件夹", help="账本留在这里，下次不用再生成；不写就用完删去")
    return parser


def _rows(words: str) -> frozenset[int]:
    return frozenset(int(word) for word in words.split(","))


def _tasks(words: str) -> frozenset[Task]:
    return frozenset(Task(word) for word in words.split(","))


def _deadlines() -> str:
    # Not before all processes are timed: whoever measures has to stay small.
    from benchmarks.deadlines import deadlines_section

    return deadlines_section()


def _write(taken: Measurements, verdicts: Sequence[Verdict], *, deadlines: str) -> None:
    from benchmarks.plots import NoFontError, draw_costs

    pictures = []
    try:
        for contest in CONTESTS:
            if drawn := draw_costs(contest, taken):
                name = f"{contest.task.value}.svg"
                (_FOLDER / name).write_text(drawn, encoding="utf-8")
                pictures.append((contest.task, name))
    except NoFontError as error:
        # Half an hour of measuring is not thrown away for a picture.
        _say(str(error))
    text = report_text(taken, verdicts, deadlines=deadlines, pictures=pictures)
    (_FOLDER / "RESULTS.md").write_text(text, encoding="utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
