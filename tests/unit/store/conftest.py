"""Shelves for the tests of operations over several books."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.store.shelf import Shelf, new_shelf, open_shelf


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shelf") / "台"
    new_shelf(root).check((1, 1, 1))
    return root


@pytest.fixture
def again(made: Path, tmp_path: Path) -> Callable[[], Shelf]:
    """Makes shelves as good as new."""
    numbers = iter(range(10_000))

    def make() -> Shelf:
        return open_shelf(Path(shutil.copytree(made, tmp_path / str(next(numbers)))))

    return make


@pytest.fixture
def shelf(again: Callable[[], Shelf]) -> Shelf:
    return again()
