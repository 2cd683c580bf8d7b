"""Desks for the clerk's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desk import Desk


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZMN_WORKSPACE", "ZMN_AS_OF", "ZMN_DATA", "ZMN_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def new_desk(tmp_path: Path) -> Callable[..., Desk]:
    """Sets up desks of any locality."""

    def make(locality: str, day: str = "", *, year: str = "2026", folder: str = "台") -> Desk:
        desk = Desk(tmp_path / folder, day)
        answer = desk.type("init", str(desk.folder), "--locality", locality, "--clerk", "赵敏慧", "--year", year)
        assert answer.code == 0, answer.err
        return desk

    return make


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Desk:
    """内乡's window at the end of October 2026."""
    return new_desk("neixiang", "2026-10-30")
