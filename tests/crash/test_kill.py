"""Real processes are killed at any moment: books are whole, every number that was printed stands once, and an
operation over several books is done in all of them or in none."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from tests.desk import Desk
from tests.unit.store.shelf import BOOKS, new_shelf, open_book, open_shelf
from zhuomuniao.store.journal import DONE, Journal

ROOT = Path(__file__).resolve().parents[2]


def numbers_in(desk: Desk) -> tuple[list[str], list[str]]:
    """Numbers in the ledger sheet and in the 受理 lines of the log, by an independent reader."""
    book = openpyxl.load_workbook(desk.book)
    ledger = [str(v) for (v,) in book.worksheets[0].iter_rows(3, min_col=2, max_col=2, values_only=True) if v]
    log = book["流转记录"].iter_rows(3, min_col=4, max_col=5, values_only=True)
    return ledger, [str(no) for no, kind in log if kind == "受理"]


def kill_again_and_again(folder: Path, times: int, seed: int) -> None:
    desk = Desk(folder / "台", "2026-10-30")
    assert desk.type("init", str(desk.folder), "--locality", "neixiang", "--year", "2026").code == 0
    chance = random.Random(seed)
    promised: list[str] = []
    line = [sys.executable, "-m", "zhuomuniao", "-w", str(desk.folder), "--as-of", "2026-10-30", "--json"]
    line += ["register", "--name", "李四", "--about", "事项" * 200, "--at", "2026-10-08 09:00"]
    started = time.monotonic()
    promised.append(json.loads(subprocess.run(line, cwd=ROOT, capture_output=True, check=True).stdout)["case_no"])
    usual = time.monotonic() - started
    for _ in range(times):
        process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # Most kills fall where the writing is done: in the last third of the process's life.
        time.sleep(usual * chance.uniform(0.5, 1.05))
        process.kill()
        out = process.communicate()[0]
        if out.endswith(b"}\n"):
            promised.append(json.loads(out)["case_no"])
        openpyxl.load_workbook(desk.book)
    last = desk.register("2026-10-08 10:00")["case_no"]
    ledger, log = numbers_in(desk)
    assert max(Counter(ledger).values()) == 1
    assert sorted(ledger) == sorted(log)
    assert set(promised) | {last} <= set(ledger)
    done = [x.payload["op"] for x in Journal(desk.folder / ".zmn").verify() if x.kind == DONE]
    assert len(done) == len(set(done)) == len(ledger)
    assert not list(desk.folder.rglob("*.tmp"))


def kill_over_several_books(root: Path, times: int, seed: int) -> int:
    """Every second time one of the books is open elsewhere; answers how many died in the middle of an operation."""
    new_shelf(root, (3, 50, 20))
    chance = random.Random(seed)
    reached = 1
    cut_off = 0
    for turn in range(times):
        shelf = open_shelf(root)
        beside = open_book(shelf, chance.randrange(3)) if turn % 2 else None
        line = [sys.executable, "-m", "tests.crash.advancing", str(root), str(reached + 1)]
        process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None
        # It has started when it tells of its first round; from then on it does nothing but change books.
        first = process.stdout.readline()
        time.sleep(chance.uniform(0, 0.8))
        process.kill()
        told = (first + process.communicate()[0]).split()
        cut_off += bool(shelf.store.journal.unfinished())
        if beside:
            beside.unlink()
        shelf.recover()
        reached = shelf.rows(0)[min(shelf.rows(0))].round
        assert reached in (int(told[-1]), int(told[-1]) + 1)
        shelf.check((reached,) * len(BOOKS))
        assert shelf.store.outbox.entries() == ()
        assert shelf.advance(reached) == ()
    return cut_off


def kill_forked(folder: Path, *, times: int, within: int, seed: int) -> tuple[int, int, int]:
    """Children of this process register until they are killed, at any moment; each is a fork, so that it does nothing
    but write. Answers how many were killed, how many of those in the middle of an operation, and the rows at the end.
    Where a busy machine lets fewer than `within` die in the middle, more are killed, up to five times as many.
    """
    desk = Desk(folder / "台", "2026-10-30")
    assert desk.type("init", str(desk.folder), "--locality", "neixiang", "--year", "2026").code == 0
    desk.register("2026-10-08 09:00")
    journal = Journal(desk.folder / ".zmn")
    chance = random.Random(seed)
    promised: list[str] = []
    cut_off = 0
    for turn in range(times * 5):
        if turn >= times and cut_off >= within:
            break
        beside = desk.book.with_name(f".~{desk.book.name}")
        if turn % 7 == 6:
            beside.write_bytes(b"")
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            with suppress(BaseException):
                while True:
                    answer = desk.type(
                        "register", "--name", "李四", "--about", "事项", "--at", "2026-10-08", "--json"
                    )
                    os.write(writing, json.loads(answer.out)["case_no"].encode() + b"\n")
            os._exit(1)
        os.close(writing)
        if turn % 2:
            # However busy the machine is: from its first number on, the child does nothing but write.
            select.select([reading], [], [], 20)
        time.sleep(chance.uniform(0.01, 0.14))
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        with os.fdopen(reading) as told:
            promised += told.read().split()
        cut_off += bool(journal.unfinished())
        beside.unlink(missing_ok=True)
        with zipfile.ZipFile(desk.book) as book:
            assert book.testzip() is None
    last = desk.register("2026-10-08 10:00")["case_no"]
    ledger, log = numbers_in(desk)
    assert len(promised) == len(set(promised))
    assert max(Counter(ledger).values()) == 1
    assert sorted(ledger) == sorted(log)
    assert set(promised) | {last} <= set(ledger)
    done = [x.payload["op"] for x in journal.verify() if x.kind == DONE]
    assert len(done) == len(set(done)) == len(ledger)
    assert not list(desk.folder.rglob("*.tmp"))
    assert desk.ask("doctor")["count"] == 0
    return turn, cut_off, len(ledger)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: the soak run kills whole processes instead")
@pytest.mark.parametrize(
    ("times", "within"), [(60, 2), pytest.param(200, 6, marks=pytest.mark.soak)], ids=["sixty", "two hundred"]
)
def test_killed_while_registering(tmp_path: Path, times: int, within: int) -> None:
    killed, cut_off, rows = kill_forked(tmp_path, times=times, within=within, seed=7)
    print(f"killed {killed}, {cut_off} of them within an operation; {rows} rows, none lost, none twice")
    assert cut_off >= within


def test_a_few_kills(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, times=8, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_many_kills(tmp_path: Path, seed: int) -> None:
    kill_again_and_again(tmp_path, times=60, seed=seed)


def test_a_few_kills_over_several_books(tmp_path: Path) -> None:
    kill_over_several_books(tmp_path / "台", times=6, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_many_kills_over_several_books(tmp_path: Path, seed: int) -> None:
    assert kill_over_several_books(tmp_path / "台", times=25, seed=seed) > 2
