"""The heat map of coverage in a terminal: a word in every cell, so that it reads without colour; 80 columns."""

from __future__ import annotations

import sys

from zhuomuniao.commands._view import PIPED_WIDTH, display_width, one_line
from zhuomuniao.usecases.covering import QuotaCoverage, Standing, UnitCoverage

_WORDS = {
    Standing.TAKEN_PART: ("参", "black on green"),
    Standing.SHORT: ("少", "black on yellow"),
    Standing.DELEGATED_ONLY: ("委", "black on yellow"),
    Standing.OTHER_MODES_ONLY: ("即", "black on cyan"),
    Standing.ABSENT: ("未", "white on red"),
}
_LEGEND = {
    Standing.TAKEN_PART: "已参加",
    Standing.SHORT: "次数不足",
    Standing.DELEGATED_ONLY: "只有受委托人参加",
    Standing.OTHER_MODES_ONLY: "只有即时、跟踪",
    Standing.ABSENT: "未参加",
}
_NOT_BEGUN = ("－", "dim")
_STILL_TIME = ("待", "black on white")
_CELL = 9
_NAME = 30


def print_heat(coverage: QuotaCoverage) -> None:
    """Units by the periods of the year; a cell has a word and how often, in colour where the terminal has any."""
    from rich.console import Console
    from rich.text import Text

    shown = coverage.heat
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    name_width = min(_NAME, max((display_width(unit) for unit in shown.units), default=4))
    name_width = min(name_width, max(8, console.width - _CELL * len(shown.periods) - 1))
    head = Text(_padded("单位", name_width))
    for period in shown.periods:
        head.append(f" {_padded(period.label, _CELL - 1)}")
    console.print(head, soft_wrap=True)
    used = set()
    for unit, cells in zip(shown.units, shown.cells, strict=True):
        line = Text(_padded(one_line(unit, name_width), name_width))
        for place, cell in enumerate(cells):
            word, style = _look(coverage, place, cell)
            used.add(word)
            line.append(" ")
            line.append(_padded(f" {word}{_times(cell)}", _CELL - 3), style=style)
            line.append("  ")
        line.rstrip()
        console.print(line, soft_wrap=True)
    told = [f"{word}={_LEGEND[standing]}" for standing, (word, _) in _WORDS.items() if word in used]
    told += ["待=本期还没参加，期末以前都来得及"] if _STILL_TIME[0] in used else []
    told += ["－=还没开始"] if _NOT_BEGUN[0] in used else []
    console.print(Text("　".join(told)), soft_wrap=True)
    console.print(Text("数字是参加次数，含即时、跟踪和委托"), soft_wrap=True)


def _look(coverage: QuotaCoverage, place: int, cell: UnitCoverage) -> tuple[str, str]:
    if cell.standing is Standing.ABSENT and place >= coverage.begun:
        return _NOT_BEGUN
    if cell.standing is Standing.ABSENT and place >= coverage.over:
        return _STILL_TIME
    return _WORDS[cell.standing]


def _times(cell: UnitCoverage) -> str:
    return str(cell.total) if cell.total else ""


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - display_width(text))
