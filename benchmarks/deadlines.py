"""期限计算：zmn 与 chinese_calendar.find_workday、逐日推算的用时和答案之比较。

The ways take turns inside one run, so that a busy machine troubles all of them alike; figures are medians over the
rounds. Single calls are too short for processes of their own.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta

FIRST, LAST = date(2007, 1, 1), date(2026, 11, 15)
ROUNDS, SPAN, COUNT = 15, 5000, 5


def deadlines_section() -> str:
    """The section 期限计算 of the results; what stands there is measured now."""
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
        "## 期限计算",
        "",
        f"{SPAN}个“{COUNT}工作日”期限的用时（{ROUNDS}轮，每轮各{SPAN}个起算日，轮流进行，取中位数）。",
        "",
        f"| 方法 | {SPAN}个期限（毫秒） | 每个期限（微秒） | 倍数 | 与逐日推算不同的起算日 |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, way in ways.items():
        wrong = [start for start in starts if way(start) != walk(start)]
        lines.append(
            f"| {name} | {taken[name] * SPAN / 1000:.1f} | {taken[name]:.2f} | {taken[name] / fastest:.1f} "
            f"| {len(wrong)} / {len(starts)} |"
        )
    late = [start for start in starts if chinese_calendar.find_workday(COUNT, start) != walk(start)]
    resting = sum(not chinese_calendar.is_workday(start) for start in late)
    one_late = sum(calendar.workdays_between(walk(s), chinese_calendar.find_workday(COUNT, s)) == 1 for s in late)
    lines += [
        "",
        f"`find_workday` 答案不同的 {len(late)} 个起算日里，{resting} 个是休息日，{one_late} 个恰好晚1个工作日："
        "它先把休息日挪到下一个工作日，再从那天起数。两者不是同一种算法，用时只供参照。",
    ]
    return "\n".join(lines) + "\n"


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
