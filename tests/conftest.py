"""What holds for every test: the row cache is one of its own, never that of whoever runs the tests."""

from __future__ import annotations

import os
import shutil
from tempfile import mkdtemp

import pytest


def pytest_configure(config: pytest.Config) -> None:
    folder = mkdtemp(prefix="zmn-cache-")
    os.environ["ZMN_CACHE"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
