"""Whether the contenders did the same: asked once of each, outside the timed part, in a process of its own.

``python -m benchmarks.answers rows BOOK`` and ``… report FILE`` print what a finished book holds, as JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.contests import Task, Who
from benchmarks.workspaces import ROOT, Place

OVERDUE = 60
_SHOWN = 200
_LATE_LINE = re.compile(r"^\s*红\s+(\d+)\s", re.MULTILINE)

Answer = dict[str, Any]
"""What a run came to, by name: only what can be compared."""


class DifferentAnswersError(Exception):
    """The contenders did not do the same thing: their times say nothing. The message names what differs."""


def answer_of(task: Task, who: Who, place: Place, printed: str) -> Answer | None:
    """What a run of a contender came to, in a form that can be compared; ``None`` where nothing is asked."""
    if task is Task.OVERDUE:
        return _overdue(who, printed)
    if task is Task.REPORT:
        (file,) = place.out.rglob("*.xlsx")
        return _asked("report", file)
    if task in (Task.REGISTER, Task.IMPORT):
        return _asked("rows", place.book)
    if task is Task.ROLLUP:
        return _rollup(who, json.loads(printed))
    return None


def require_same(task: Task, rows: int, answers: Mapping[Who, Answer | None]) -> None:
    """Raises :class:`DifferentAnswersError` where two contenders came to different ends, or not the expected one."""
    told = [(who, answer) for who, answer in answers.items() if answer is not None]
    for who, answer in told[1:]:
        if differences := _differences(told[0][1], answer):
            raise DifferentAnswersError(
                f"{task.value}（{rows}行）：{told[0][0].value} 和 {who.value} 的结果不同\n" + "\n".join(differences)
            )
    if task is Task.OVERDUE and told and len(told[0][1]["overdue"]) != OVERDUE:
        raise DifferentAnswersError(f"{task.value}（{rows}行）：逾期的应有{OVERDUE}件，不是{told[0][1]}")


def _differences(one: Answer, other: Answer) -> list[str]:
    """Where they differ first, by name; of long lists not all."""
    return [
        f"{name}：{_first_difference(one[name], other.get(name))}" for name in one if one[name] != other.get(name)
    ]


def _first_difference(one: Any, other: Any) -> str:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(f"{key}：{_first_difference(one[key], other[key])}" for key in one if one[key] != other[key])
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return next(
            f"{at}：{_first_difference(a, b)}" for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b
        )
    return f"{str(one)[:_SHOWN]} ≠ {str(other)[:_SHOWN]}"


def _overdue(who: Who, printed: str) -> Answer | None:
    if who in (Who.ZMN_WARM, Who.ZMN_COLD):
        return {"overdue": sorted(_LATE_LINE.findall(printed))}
    if who in (Who.PANDAS, Who.PANDAS_CALAMINE):
        return {"overdue": sorted(json.loads(printed))}
    return None


def _rollup(who: Who, told: Any) -> Answer:
    """How many rows were read, and how many of the month: what stands twice is taken away by zmn only."""
    if who is Who.ZMN:
        accepted = sum(one["counts"].get("accepted", 0) for one in told["ledgers"])
        return {"rows": told["rows"], "accepted": accepted}
    return {"rows": told["rows"], "accepted": told["accepted"]}


def _asked(what: str, file: Path) -> Answer:
    command = [sys.executable, "-m", "benchmarks.answers", what, str(file)]
    told: Answer = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return told


def _rows(file: Path) -> Answer:
    """How many rows the two sheets have, how many cells of the last ones hold something, and what stands in some."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(file)
    ledger, log = book.get_sheet_by_index(0).to_python(), book.get_sheet_by_name("流转记录").to_python()
    return {
        "rows": [len(ledger), len(log)],
        "number, day, name, phone": [str(value) for value in ledger[-1][1:5]],
        "filled": sum(value != "" for value in ledger[-1]),
        "line": [str(log[-1][at]) for at in (1, 3, 4, 6, 8)],
    }


def _report(file: Path) -> Answer:
    """The sheets with their sizes, and the figures and numbers of cases that stand in them."""
    import warnings

    import openpyxl

    warnings.simplefilter("ignore")
    book = openpyxl.load_workbook(file)

    def figures(sheet: str, columns: slice) -> list[Any]:
        rows = [[v for v in row if v is not None] for row in book[sheet].iter_rows(values_only=True)]
        return sorted([str(v) for v in row[columns]] for row in rows if len(row) > 3 and isinstance(row[2], int))

    numbers = {
        sheet: [row[1] for row in book[sheet].iter_rows(min_row=4, values_only=True) if isinstance(row[0], int)]
        for sheet in ("台账", "逾期明细", "超时办结明细")
    }
    return {
        "sheets": {sheet.title: sheet.dimensions for sheet in book.worksheets},
        "numbers": numbers,
        "units": figures("单位情况", slice(None)),
        "days": figures("办理时效", slice(1, None)),
        "summary": [row for row in figures("汇总", slice(3)) if row[0] != "日"],
    }


if __name__ == "__main__":
    print(json.dumps({"rows": _rows, "report": _report}[sys.argv[1]](Path(sys.argv[2])), ensure_ascii=False))
