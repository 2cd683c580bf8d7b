"""期限计算：zmn 与 chinese_calendar.find_workday、逐日推算的用时和答案之比较。

``python benchmarks/deadlines.py`` writes the section 期限计算 of benchmarks/RESULTS.md and prints it. The ways take
turns inside one run, so that a busy machine troubles all of them alike; figures are medians over the rounds.
"""

from __future__ import annotations

import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING = "## 期限计算"
FIRST, LAST = date(2007, 1, 1), date(2026, 11, 15)
ROUNDS, SPAN, COUNT = 15, 2000, 5


def main() -> None:
    import chinese_calendar

    from zhuomuniao.counting import count_deadline
    from zhuomuniao.limits import parse_limit
    from zhuomuniao.workdays import WorkCalendar

    calendar = WorkCalendar()
    limit = parse_limit(f"{COUNT}工作日")

    def walk(start: date) -> date:
        left = COUNT
        while left:
            start += timedelta(days=1)
            left -= chinese_calendar.is_workday(start)
        return start

    ways: dict[str, Callable[[date], date | None]] = {
        "`WorkCalendar.nth_workday_after`": lambda start: calendar.nth_workday_after(start, COUNT),
        "`count_deadline`（含校验、口径、暂定）": lambda start: count_deadline(limit, start, calendar).due_on,
        "`count_deadline(parse_limit(…))`": lambda start: (
            count_deadline(parse_limit("5工作日"), start, calendar).due_on
        ),
        "`chinese_calendar.find_workday`": lambda start: chinese_calendar.find_workday(COUNT, start),
        "逐日 `chinese_calendar.is_workday`": walk,
    }
    starts = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    taken = time_in_turns(ways, starts)
    fastest = next(iter(taken.values()))
    lines = [
        HEADING,
        "",
        f"一个“{COUNT}工作日”期限的用时（{ROUNDS}轮，每轮各{SPAN}个起算日，轮流进行，取中位数；{facts()}）。",
        "",
        "| 方法 | 每个期限（微秒） | 倍数 | 与逐日推算不同的起算日 |",
        "|---|---:|---:|---:|",
    ]
    for name, way in ways.items():
        wrong = [start for start in starts if way(start) != walk(start)]
        lines.append(f"| {name} | {taken[name]:.2f} | {taken[name] / fastest:.1f} | {len(wrong)} / {len(starts)} |")
    late = [start for start in starts if chinese_calendar.find_workday(COUNT, start) != walk(start)]
    resting = sum(not chinese_calendar.is_workday(start) for start in late)
    one_late = sum(calendar.workdays_between(walk(s), chinese_calendar.find_workday(COUNT, s)) == 1 for s in late)
    lines += [
        "",
        f"`find_workday` 答案不同的 {len(late)} 个起算日里，{resting} 个是休息日，{one_late} 个恰好晚1个工作日："
        "它先把休息日挪到下一个工作日，再从那天起数。两者不是同一种算法，用时只供参照。",
    ]
    section = "\n".join(lines) + "\n"
    print(section)
    write(section)


def time_in_turns(ways: dict[str, Callable[[date], date | None]], starts: list[date]) -> dict[str, float]:
    """Median microseconds of one call by way."""
    for way in ways.values():
        for start in starts:
            way(start)
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS):
        sample = [starts[(turn * 131 + n * 3) % len(starts)] for n in range(SPAN)]
        for name, way in ways.items():
            begun = time.perf_counter()
            for start in sample:
                way(start)
            spent[name].append((time.perf_counter() - begun) / SPAN * 1e6)
    return {name: statistics.median(figures) for name, figures in spent.items()}


def facts() -> str:
    """Day, machine and versions."""
    today = datetime.now(timezone(timedelta(hours=8))).date()
    model = re.search(r"model name\s*:\s*(.+)", _cpuinfo())
    machine = f"{model[1] if model else platform.machine()}，{platform.system()}"
    versions = f"Python {platform.python_version()}，chinese-calendar {version('chinese-calendar')}"
    return f"{today.isoformat()}，{machine}，{versions}"


def write(section: str) -> None:
    """Replace this section of the results, leaving the others."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# 用时\n"
    rest = re.sub(rf"(?ms)^{HEADING}$.*?(?=^## |\Z)", "", text).rstrip("\n")
    RESULTS.write_text(f"{rest}\n\n{section}", encoding="utf-8")


def _cpuinfo() -> str:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""


if __name__ == "__main__":
    main()
