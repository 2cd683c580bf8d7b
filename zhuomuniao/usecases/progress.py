"""How a use case tells whoever waits for it how far it is; it knows no screen."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""What is being done, how many of it are done, and of how many (0: nobody knows)."""

TOLD_EACH = 200
"""Rows between two tellings."""
