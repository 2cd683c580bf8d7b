"""A process that ends at a chosen durable act, without a process having to end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(point: int) -> Iterator[list[str]]:
    """The process ends just before its n-th durable act: a flush to the disk or a swap."""
    acts: list[str] = []
    patch = pytest.MonkeyPatch()
    for name in ("fsync", "replace"):
        whole = getattr(os, name)

        def act(*given: object, name: str = name, whole: Callable[..., object] = whole) -> object:
            if len(acts) == point:
                raise Killed
            acts.append(name)
            return whole(*given)

        patch.setattr(os, name, act)
    try:
        yield acts
    finally:
        patch.undo()


def acts_of(work: Callable[[], object]) -> int:
    with killed_at(-1) as acts:
        work()
    return len(acts)
