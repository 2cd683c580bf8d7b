"""zmn (啄木鸟): ledgers of “办不成事” windows, counted deadlines and hand-ins."""

from __future__ import annotations

__version__ = "0.1.0"
