"""The figures of a month, worked out from the rows of the ledger and of 流转记录 as an office's script would."""

from __future__ import annotations

import math
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache, cached_property
from typing import Any

import chinese_calendar
from reportwords import IDENTITIES


class Case:
    """One row of the ledger with its lines of the log."""

    def __init__(self, row: dict[str, Any], lines: list[Sequence[Any]]) -> None:
        self.row, self.lines = row, lines
        self.number, self.unit, self.about = row["事项编号"], row["责任窗口（单位）"], row["“办不成事”情况"]
        self.taken, self.due, self.result = row["受理时间"].date(), row["办理时限"].date(), row["办理结果"]
        self.closed = row["办结时间"].date() if row["办结时间"] else None
        self.assigned = row["交办时间"].date() if row["交办时间"] else None
        visits = [line for line in lines if line[4] == "回访" and "满意度：" in (line[7] or "")]
        self.visited = visits[-1][1].date() if visits else None
        self.satisfaction = visits[-1][7].partition("满意度：")[2] if visits else ""
        self.is_late = bool(self.closed and self.closed > self.due)

    @property
    def masked_name(self) -> str:
        """The surname, the rest as stars."""
        name = self.row["办理对象"]
        return f"{name[0]}{'*' * (len(name) - 1)}"

    def progress_on(self, day: date) -> str:
        """The last thing that happened up to a day."""
        line = [line for line in self.lines if line[1].date() <= day][-1]
        text = (line[7] or "").replace("满意度：", "")
        return f"{line[1].month}月{line[1].day}日{line[4]}：{text}"

    def is_provisional_on(self, day: date) -> bool:
        """Whether the limit, as it was last told of up to a day, rests on an arrangement not yet published."""
        told = [line[8] for line in self.lines if line[1].date() <= day and line[8]]
        return bool(told) and "暂定" in told[-1]

    def official_cells(self, headers: Sequence[str], day: date) -> list[Any]:
        """The columns that are handed in, as they stood at the end of a day."""
        row = dict(self.row)
        row["办理对象"] = self.masked_name
        row["联系电话"] = f"{row['联系电话'][:3]}****{row['联系电话'][-4:]}"
        row["处理进度"] = self.progress_on(day)
        if not self.closed or self.closed > day:
            row["办结时间"] = row["办理结果"] = None
        if not self.visited or self.visited > day:
            row["回访情况"] = row["满意度"] = None
        return [row[header] for header in headers]


def cases_of(ledger: Sequence[Sequence[Any]], log: Sequence[Sequence[Any]]) -> list[Case]:
    """The cases; the first row of each table is its header."""
    lines = defaultdict(list)
    for line in log[1:]:
        lines[line[3]].append(line)
    headers = ledger[0]
    return [Case(dict(zip(headers, row, strict=True)), lines[row[1]]) for row in ledger[1:]]


class Month:
    """What the cases were in one month."""

    unit_columns = (
        "上月结转", "本月受理", "本月重办", "本月办结", "按时办结", "超时办结", "转出", "作废", "结转下月",
        "逾期未结",
    )  # fmt: skip
    short_columns = ("本月受理", "本月重办", "本月办结", "按时办结", "超时办结", "结转下月", "逾期未结")

    def __init__(self, cases: list[Case], first: date) -> None:
        self.cases, self.first = cases, first
        self.last = first.replace(day=monthrange(first.year, first.month)[1])
        self.title = f"{first.year}年{first.month}月"

    def _within(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last

    @cached_property
    def carried(self) -> list[Case]:
        return [c for c in self.cases if c.taken < self.first and (not c.closed or c.closed >= self.first)]

    @cached_property
    def received(self) -> list[Case]:
        return [c for c in self.cases if self._within(c.taken)]

    @cached_property
    def ended(self) -> list[Case]:
        return [c for c in self.cases if self._within(c.closed)]

    @cached_property
    def left(self) -> list[Case]:
        return [c for c in self.cases if c.taken <= self.last and (not c.closed or c.closed > self.last)]

    @cached_property
    def overdue(self) -> list[Case]:
        return sorted((c for c in self.left if c.due < self.last), key=lambda c: (c.due, len(c.number), c.number))

    @cached_property
    def late(self) -> list[Case]:
        return [c for c in self.ended if c.is_late]

    @cached_property
    def visited(self) -> list[Case]:
        return [c for c in self.cases if self._within(c.visited)]

    def listed(self) -> list[Case]:
        """The cases the month had to do with."""
        return sorted(self.carried + self.received, key=lambda c: (c.taken, len(c.number), c.number))

    def figures(self, unit: tuple[str, str] | None = None) -> dict[str, int]:
        """The figures by name; of the cases with one word in one column, where given."""

        def count(cases: Sequence[Case]) -> int:
            return len(cases) if unit is None else sum(c.row[unit[0]] == unit[1] for c in cases)

        def happy(*words: str) -> int:
            return count([c for c in self.visited if c.satisfaction in words])

        return {
            "上月结转": count(self.carried),
            "本月受理": count(self.received),
            "本月重办": 0,
            "本月办结": count(self.ended),
            "转出": 0,
            "作废": count([c for c in self.ended if c.row["状态"] == "已作废"]),
            "结转下月": count(self.left),
            "退回申请": count([c for c in self.left if c.row["状态"] == "退回待审"]),
            "逾期未结": count(self.overdue),
            "按时办结": count(self.ended) - count(self.late),
            "超时办结": count(self.late),
            "无固定时限办结": 0,
            "已回访": count(self.visited),
            "未能回访": count([c for c in self.visited if "无法回访" in (c.row["回访情况"] or "")]),
            "满意": happy("满意", "非常满意"),
            "基本满意": happy("基本满意"),
            "不满意": happy("不满意", "非常不满意"),
            "办结已访": count([c for c in self.ended if c.visited and c.visited <= self.last]),
            "时限暂定": count([c for c in self.left if c.is_provisional_on(self.last)]),
            "本月交办": count([c for c in self.cases if self._within(c.assigned)]),
        }

    def parts(self, name: str) -> tuple[int, int]:
        """Of what a rate is the share: counted, and of how many."""
        f = self.figures()
        return {
            "办结率": (f["本月办结"], f["上月结转"] + f["本月受理"] + f["本月重办"] - f["转出"] - f["作废"]),
            "按时办结率": (f["按时办结"], f["按时办结"] + f["超时办结"]),
            "回访率": (f["办结已访"], f["本月办结"]),
            "满意率": (f["满意"] + f["基本满意"], f["已回访"]),
        }[name]

    def rate(self, name: str) -> float:
        """A rate, 0 where there is nothing to have a share of."""
        part, whole = self.parts(name)
        return round(part / whole, 3) if whole else 0.0

    def by_day(self, days: Sequence[date]) -> tuple[list[int], list[int]]:
        """How many came and ended on each day."""
        came, went = Counter(c.taken for c in self.received), Counter(c.closed for c in self.ended)
        return [came[d] for d in days], [went[d] for d in days]

    def _words(self, column: str) -> list[str]:
        met = self.listed() + self.visited
        return list(dict.fromkeys(c.row[column] for c in sorted(met, key=lambda c: c.row["序号"])))

    def by(self, column: str, names: Sequence[str]) -> list[list[Any]]:
        """A row of figures for each word of a column, and their sum."""
        rows = [[word, *(self.figures((column, word))[name] for name in names)] for word in self._words(column)]
        return [*rows, ["合计", *(sum(row[n] for row in rows) for n in range(1, len(names) + 1))]]

    def unit_table(self) -> tuple[Sequence[str], list[list[Any]]]:
        """接收、办理结果和回访, by unit."""
        column = "责任窗口（单位）"
        rows = []
        for unit in self._words(column):
            f = self.figures((column, unit))
            waits = sorted(self.workdays(c.taken, c.assigned) for c in self.received if c.unit == unit)
            median = waits[(len(waits) - 1) // 2] if waits else None
            left = sum(c.unit == unit and c.result is not None and c.row["结果类别"] != "已解决" for c in self.left)
            rows.append([unit, f["本月受理"], f["本月交办"], median, f["本月办结"], left, f["已回访"], f["未能回访"],
                         f["满意"], f["基本满意"], f["不满意"]])  # fmt: skip
        whole = sorted(self.workdays(c.taken, c.assigned) for c in self.received)
        total = ["合计", *(sum(row[n] or 0 for row in rows) for n in range(1, 11))]
        total[3] = whole[(len(whole) - 1) // 2] if whole else None
        headers = (
            "责任窗口（单位）", "接收", "交办", "交办用时中位数", "已解决", "暂未解决仍在办", "已回访", "未能回访",
            "满意", "基本满意", "不满意",
        )  # fmt: skip
        return headers, [*rows, total]

    def timeliness(self, columns: Sequence[str]) -> list[list[Any]]:
        """How many workdays it took: the median, the ninth of ten, the longest, by group."""
        groups: list[tuple[str, str, list[Case]]] = [("全部", "全部", self.ended)]
        for column in columns:
            groups += [
                (f"按{column}", word, [c for c in self.ended if c.row[column] == word])
                for word in self._words(column)
            ]
        rows = []
        for group, word, cases in groups:
            spent = sorted(self.workdays(c.taken, c.closed) for c in cases if c.closed)
            ranks = [spent[math.ceil(len(spent) * share) - 1] if spent else None for share in (0.5, 0.9, 1)]
            rows.append([group, word, len(spent), *ranks])
        return rows

    def checks(self) -> dict[str, tuple[int, int, bool]]:
        """Both sides of what must agree, and whether they do."""
        f = self.figures()
        days = [self.first.replace(day=n) for n in range(1, self.last.day + 1)]
        columns = ("责任窗口（单位）", "受理渠道", "事项性质", "响应级别", "业务类别")
        sums = [self.by(column, self.unit_columns)[-1][1:] for column in columns]
        kinds = Counter(c.row["结果类别"] for c in self.ended)
        pairs = (
            (f["上月结转"] + f["本月受理"], f["本月办结"] + f["结转下月"]),
            (f["逾期未结"], f["结转下月"]),
            (f["按时办结"] + f["超时办结"], f["本月办结"]),
            (f["办结已访"], f["本月办结"]),
            (f["满意"] + f["基本满意"] + f["不满意"], f["已回访"]),
            (sum(sums[0][n] for n in (1, 3, 8)), f["本月受理"] + f["本月办结"] + f["结转下月"]),
            (sum(map(sum, sums)), sum(f[name] for name in self.unit_columns) * len(columns)),
            (sum(map(sum, self.by_day(days))), f["本月受理"] + f["本月办结"]),
            (sum(kinds.values()), f["本月办结"]),
            (len(self.listed()), f["上月结转"] + f["本月受理"]),
            (len(self.overdue), f["逾期未结"]),
            (len(self.late), f["超时办结"]),
            (sum(c.closed >= c.taken for c in self.ended if c.closed), f["本月办结"]),
        )
        named = dict(zip(IDENTITIES, pairs, strict=True))
        return {name: (a, b, a <= b if "⊆" in name else a == b) for name, (a, b) in named.items()}

    @staticmethod
    def workdays(start: date, end: date | None) -> int:
        """Workdays after ``start`` up to ``end``."""
        return _workdays(start, end) if end else 0


@cache
def _workdays(start: date, end: date) -> int:
    return len(chinese_calendar.get_workdays(start, end)) - chinese_calendar.is_workday(start)
