"""What the contenders work on: big ledgers kept by zmn, exports to import, copies for those who write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROWS_OF_A_BOOK = 1_000
"""Of the books that are rolled up."""

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run finds its things: the workspace, its book, the export to bring in, a folder for its output."""

    workspace: Path
    book: Path
    export: Path | None
    out: Path


class Workshop:
    """A folder in which workspaces of any size are made once and handed out as they are, or as copies.

    ``day`` is the one that ledgers are kept up to. ``kept`` is where what is made stays for another time, ``scratch``
    is emptied between runs.
    """

    def __init__(self, kept: Path, scratch: Path, day: date) -> None:
        self._day = day
        self._kept = kept
        self._scratch = scratch

    def ledger(self, cases: int) -> Place:
        """A workspace whose ledger holds so many cases."""
        workspace = self._kept / f"{cases}件-{self._day}"
        if not workspace.exists():
            _make(workspace, "-m", "tests.bigbook", str(cases), self._day.isoformat())
        return self._place(workspace, None)

    def desk_with_export(self, orders: int) -> Place:
        """A new workspace of 临县, and an export of so many work orders for it."""
        workspace, export = self._kept / "导入", self._kept / f"工单{orders}行.xlsx"
        if not workspace.exists():
            init = [sys.executable, "-m", "zhuomuniao", "init", str(workspace), "--locality", "linxian"]
            init += ["--clerk", "赵敏慧", "--year", str(self._day.year)]
            subprocess.run(init, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        if not export.exists():
            _make(export, "-m", "benchmarks.rivals.export", str(orders))
        return self._place(workspace, export)

    def books(self, rows: int) -> Place:
        """A folder with books that came alone, so many rows together."""
        books = rows // ROWS_OF_A_BOOK
        folder = self._kept / f"{books}本-{self._day}"
        if not folder.exists():
            _make(folder, "-m", "tests.manybooks", str(books), str(ROWS_OF_A_BOOK), self._day.isoformat())
        return Place(folder, min(folder.rglob("*.xlsx")), None, self._scratch / "输出")

    def copy_of(self, place: Place) -> Place:
        """The same workspace in a new copy: who writes finds the rows that everybody found."""
        copy = self._scratch / "台"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(place.workspace, copy)
        # What is still on its way to the disk would be paid for by the next one who syncs.
        os.sync()
        return Place(copy, copy / place.book.relative_to(place.workspace), place.export, place.out)

    def emptied(self, name: str) -> Path:
        """An empty folder in the scratch."""
        folder = self._scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _place(self, workspace: Path, export: Path | None) -> Place:
        books = sorted((workspace / "台账").rglob("*.xlsx"))
        book = next((path for path in books if "专席" in path.name), books[0])
        return Place(workspace, book, export, self._scratch / "输出")


def _make(path: Path, *line: str) -> None:
    """What ``python`` makes with a module, beside its place and then moved there: one that was broken off is not
    taken for a whole one. ``line`` is ``-m``, the module, and what follows the path.
    """
    unfinished = path.with_name(f"未完成-{path.name}")
    if unfinished.is_dir():
        shutil.rmtree(unfinished)
    subprocess.run(
        [sys.executable, *line[:2], str(unfinished), *line[2:]], check=True, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    unfinished.rename(path)
