"""What letters on cases and on activities say alike: titles in lines, 均 of several."""

from __future__ import annotations

from typing import Final

TITLE_CHARACTERS: Final = 20
"""Characters of a title that stand in one line."""


def title_in_lines(first: str, rest: str, through: str) -> str:
    """A title too long for its line, broken between its parts, not inside a word."""
    if len(f"{first}{rest}{through}") <= TITLE_CHARACTERS:
        return f"{first}{rest}{through}"
    is_long = bool(through) and len(f"{rest}{through}") > TITLE_CHARACTERS
    return f"{first}\n{rest}" + (f"\n{through}" if is_long else through)


def all_of(count: int) -> str:
    """均 of several; of one thing nobody says so."""
    return "均" if count > 1 else ""
