"""What was measured, told in Chinese: tables of times, ratios and memory, the targets, the machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.contests import CONTESTS, Contest, Task
from benchmarks.machine import machine_words, today, versions_words
from benchmarks.running import MANY_ROWS, Measurements
from benchmarks.targets import Verdict

_PREFACE = f"""每个数都是整个进程的：从启动到退出，含启动解释器、载入、读、算、写盘。
参加的几种办法、几种行数在同一次运行里轮流跑（甲乙丙甲乙丙……），先各跑一遍不计，再取用时的中位数；
内存是各次里最多的一次（最大常驻内存；比测量程序自己还少的量不出来，记作测量程序的约 20 MB）。
要写盘的，每次都在同一本账的新副本上写，复制不计时。
各跑几次见“次数”一栏：快的多跑几次，慢的在 {MANY_ROWS:,} 行上只跑一次，不预热。
“没有缓存”是每次先清空用户缓存文件夹，写缓存的时间算在内；“有缓存”是先看过一次。
各种办法的结果（逾期的编号、月报的数和清单、两张表的行数和末行）每次运行都核对，不同就不出数。

账本：内乡县一本台账，每件45列（有样式）、流转记录6行，在办300件、逾期60件，由 `tests/bigbook.py` 按 XML 模板生成，
与 zmn 的写入程序写出来的逐字节相同（`tests/unit/test_bigbook.py`）。"""


def section_of(contest: Contest, taken: Measurements) -> str:
    """The table of one contest; empty where nothing of it was measured."""
    sizes = [size for size in contest.sizes if (contest.task, size, contest.contenders[0].who) in taken]
    if not sizes:
        return ""
    lines = [f"## {contest.title}", "", contest.told, ""]
    lines += [
        "| 行数 | 办法 | 用时（秒） | 是 zmn 的 | 处理器（秒） | 最多内存（MB） | 次数 |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    for size in sizes:
        lines += _rows(contest, size, taken)
    return "\n".join(lines) + "\n"


def _rows(contest: Contest, size: int, taken: Measurements) -> Iterator[str]:
    ours = taken[contest.task, size, contest.contenders[0].who].wall
    for contender in contest.contenders:
        one = taken[contest.task, size, contender.who]
        times = f"{one.wall:.2f} | {_number(one.wall / ours)} 倍 | {one.processor:.2f}"
        peak = f"{one.peak / 2**20:.0f} | {len(one.runs)}"
        yield f"| {f'{size:,}' if size else '—'} | {contender.who.value} | {times} | {peak} |"


def targets_section(verdicts: Sequence[Verdict]) -> str:
    """Each target, what was measured, and whether it was reached."""
    lines = ["## 目标", "", "| 目标 | 要求 | 这一次 | 结果 |", "|---|---:|---:|---|"]
    for verdict in verdicts:
        target = verdict.target
        lines.append(
            f"| {target.words} | {target.sense.value} {_number(target.bound)}{verdict.unit} "
            f"| {_number(verdict.measured)}{verdict.unit} | {'达到' if verdict.is_met else '**没有达到**'} |"
        )
    return "\n".join(lines) + "\n"


def _number(figure: float) -> str:
    """Three digits or so."""
    return (
        f"{figure:.0f}" if figure >= 100 else f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}".removesuffix(".00")
    )


def report_text(
    taken: Measurements,
    verdicts: Sequence[Verdict],
    *,
    deadlines: str,
    pictures: Sequence[tuple[Task, str]],
) -> str:
    """The whole of RESULTS.md; ``pictures`` are file names by task."""
    drawn = dict(pictures)
    parts = [
        "# 用时\n",
        f"{today().isoformat()}，`make bench`。{machine_words()}；{versions_words()}。\n",
        f"{_PREFACE}\n",
        targets_section(verdicts),
    ]
    for contest in CONTESTS:
        if section := section_of(contest, taken):
            parts.append(section)
            if contest.task in drawn:
                parts.append(f"![{contest.title}：用时与行数]({drawn[contest.task]})\n")
    return "\n".join([*parts, deadlines])
