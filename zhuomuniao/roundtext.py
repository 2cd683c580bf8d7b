"""Cells that gather what happens in a case, round after round: 催办、回访、核查、延期.

``催办 2026-10-16（第1轮）；催办 2026-11-02``: parts joined by ；, those of an earlier round marked.
"""

from __future__ import annotations

import re

OVERRIDDEN = "突破“原则上”，依据："
"""What an extension beyond 原则上 says of itself; reports list the cases that have it."""

_OF_ROUND = re.compile(r"（第\d+轮）$")


def add_part(cell: str, part: str) -> str:
    """The cell with one more thing that happened in the current round."""
    plain = part.replace("；", "，").replace("\n", " ")
    return f"{cell}；{plain}" if cell else plain


def close_round(cell: str, number: int) -> str:
    """The cell at the end of round ``number``: what has no mark yet is of it."""
    parts = (part if _OF_ROUND.search(part) else f"{part}（第{number}轮）" for part in filter(None, cell.split("；")))
    return "；".join(parts)


def parts_of_now(cell: str) -> tuple[str, ...]:
    """What the cell tells of the current round."""
    return tuple(part for part in filter(None, cell.split("；")) if not _OF_ROUND.search(part))
