"""Work is counted, not seconds: the numbers are the same on a busy machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest


def counter_of_calls(monkeypatch: pytest.MonkeyPatch, done: Counter[str]) -> Callable[[Any, str, str], None]:
    """Answers what makes every call of an owner's function add to ``done``, under the name of what it does."""

    def count(owner: Any, name: str, what: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def counting(*given: Any, **named: Any) -> Any:
            done[what] += 1
            return real(*given, **named)

        monkeypatch.setattr(owner, name, counting)

    return count
