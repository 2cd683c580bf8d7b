"""How long a random search goes on: `make test` takes what two cores have time for, `make soak` ten times as much."""

from __future__ import annotations

import os


def tries(usual: int) -> int:
    """How many examples, books or sequences to try."""
    return usual * (10 if os.environ.get("ZMN_SOAK") else 1)
