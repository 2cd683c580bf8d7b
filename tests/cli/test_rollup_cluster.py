"""The same roll-up by processes and by Dask, with a real scheduler and workers over TCP, one killed in the middle."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any

import dask
import psutil
import pytest

from tests.desk import Desk
from tests.manybooks import make_books
from tests.sheetdump import dump_workbook
from zhuomuniao.rollup import cluster
from zhuomuniao.rollup.cluster import LOOPBACK, run_dask

BOOKS = 36
AS_OF = "2026-11-20"
_PATIENCE = 60
NOWHERE = Desk(Path("没有"))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="用信号结束进程")


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("报来的")
    make_books(folder, BOOKS, 400)
    return folder


@pytest.fixture(scope="module")
def undisturbed(books: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The cells of a roll-up of these books by processes."""
    out = tmp_path_factory.mktemp("汇总") / "汇总.xlsx"
    answer = NOWHERE.type(*line(books, out))
    assert answer.code == 0, answer.err
    return dump_workbook(out.read_bytes())


def line(books: Path, out: Path, *more: str) -> list[str]:
    return ["rollup", str(books), "--month", "2026-10", "--out", str(out), "--as-of", AS_OF, *more]


@contextmanager
def real_cluster(workers: int, *secured: str) -> Iterator[tuple[str, list[int]]]:
    """A scheduler and workers in processes of their own, over TCP on this computer: its address, and the workers'.

    ``secured`` are the options that name certificates.
    """
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], stderr=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[2]
        )
        started.append(process)
        return process

    try:
        scheduler = start(
            "distributed.cli.dask_scheduler", "--host", LOOPBACK, "--port", "0", "--no-dashboard", *secured
        )
        address = said(scheduler, "Scheduler at:").split()[-1]
        pids = []
        for _ in range(workers):
            worker = start(
                "distributed.cli.dask_worker", address, "--host", LOOPBACK, "--nthreads", "1", "--no-nanny",
                "--no-dashboard", "--memory-limit", "0", *secured,
            )  # fmt: skip
            said(worker, "Registered to:")
            pids.append(worker.pid)
        yield address, pids
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def said(process: subprocess.Popen[str], words: str) -> str:
    """The line with which a program says that it is ready."""
    assert process.stderr is not None
    for told in process.stderr:
        if words in told:
            return told.strip()
    raise AssertionError(f"{process.args}: {words!r} was never said")


def is_reading(process: psutil.Process) -> bool:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return False
    return float(times.user) > 0.5


def run_and_kill(words: list[str], victims: Any) -> dict[str, Any]:
    """Run the command as a process of its own and kill one of the victims while it is at work."""
    command = subprocess.Popen(
        [sys.executable, "-m", "zhuomuniao", *words, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    killed = None
    deadline = time.monotonic() + _PATIENCE
    while killed is None and command.poll() is None:
        assert time.monotonic() < deadline
        killed = next((process for process in victims(command) if is_reading(process)), None)
        time.sleep(0.01)
    assert killed is not None, "做完得太快，没来得及杀"
    os.kill(killed.pid, signal.SIGKILL)
    out, err = command.communicate(timeout=_PATIENCE)
    assert command.returncode == 0, err
    answer: dict[str, Any] = json.loads(out)
    return answer


def workers_of(command: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes that a roll-up started to read with."""
    found = []
    for child in psutil.Process(command.pid).children(recursive=True):
        with suppress(psutil.Error):
            # Some have ended by the time they are asked.
            found += [child] if "spawn_main" in " ".join(child.cmdline()) else []
    return found


def test_a_killed_process_of_this_computer_loses_nothing(books: Path, undisturbed: str, tmp_path: Path) -> None:
    out = tmp_path / "汇总.xlsx"
    answer = run_and_kill(line(books, out, "--workers", "2"), workers_of)
    assert (answer["books"], answer["failed"]) == (BOOKS, [])
    assert dump_workbook(out.read_bytes()) == undisturbed


def test_dask_gives_the_same_cells_and_a_killed_worker_loses_nothing(
    books: Path, undisturbed: str, tmp_path: Path
) -> None:
    out = tmp_path / "汇总.xlsx"
    with real_cluster(3) as (address, pids):
        words = line(books, out, "--engine", "dask", "--scheduler", address)
        whole = NOWHERE.type(*words)
        assert whole.code == 0, whole.err
        assert dump_workbook(out.read_bytes()) == undisturbed, "两种引擎，逐格相同"
        out.unlink()
        before = {pid: psutil.Process(pid).cpu_times().user for pid in pids}

        def at_work(command: subprocess.Popen[str]) -> list[psutil.Process]:
            there = [psutil.Process(pid) for pid in pids]
            return [process for process in there if process.cpu_times().user > before[process.pid] + 0.3]

        answer = run_and_kill(words, at_work)
    assert (answer["books"], answer["failed"]) == (BOOKS, [])
    assert dump_workbook(out.read_bytes()) == undisturbed


@pytest.mark.skipif(shutil.which("openssl") is None, reason="没有 openssl，做不出试验用的证书")
def test_a_cluster_with_certificates(
    books: Path, undisturbed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key, out = tmp_path / "证书.pem", tmp_path / "证书.key", tmp_path / "汇总.xlsx"
    asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=zmn-test"]
    subprocess.run([*asked, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    secured = ("--tls-ca-file", str(cert), "--tls-cert", str(cert), "--tls-key", str(key), "--protocol", "tls")
    with real_cluster(2, *secured) as (address, _):
        assert address.startswith("tls://")
        words = line(books, out, "--engine", "dask", "--scheduler", address)
        without = NOWHERE.type(*words)
        assert without.code == 2
        assert "要有证书" in without.err
        with_certificates = {
            "distributed.comm.tls.ca-file": str(cert),
            "distributed.comm.tls.client.cert": str(cert),
            "distributed.comm.tls.client.key": str(key),
        }
        with dask.config.set(with_certificates):
            answer = NOWHERE.type(*words)
    assert answer.code == 0, answer.err
    assert dump_workbook(out.read_bytes()) == undisturbed


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_one_who_asked(books: Path, tmp_path: Path, how: signal.Signals) -> None:
    words = line(books, tmp_path / "汇总.xlsx", "--workers", "2")
    # Where the tests themselves were begun in the background, Ctrl+C is turned off, and that is inherited.
    hearing = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    started = f"{hearing}; from zhuomuniao.__main__ import main; main()"
    command = subprocess.Popen([sys.executable, "-c", started, *words], stderr=subprocess.PIPE)
    deadline = time.monotonic() + _PATIENCE
    while not (workers := [one for one in workers_of(command) if is_reading(one)]):
        assert command.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    command.send_signal(how)
    command.communicate(timeout=_PATIENCE)
    gone, alive = psutil.wait_procs(workers, timeout=_PATIENCE)
    assert gone
    assert not alive
    assert not (tmp_path / "汇总.xlsx").exists()


def test_what_is_configured_for_many_computers_does_not_hinder_one() -> None:
    with dask.config.set({"distributed.comm.require-encryption": True}):
        assert list(run_dask(lambda source: None, [], workers=1)) == []  # type: ignore[arg-type, return-value]


def test_a_cluster_that_has_lost_all_its_workers_is_given_up(
    books: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_LOOK_SECONDS", 0.2)
    monkeypatch.setattr(cluster, "_WITHOUT_WORKERS_SECONDS", 0.6)
    out = tmp_path / "汇总.xlsx"
    with real_cluster(1) as (address, pids):
        Timer(0.8, os.kill, (pids[0], signal.SIGKILL)).start()
        answer = NOWHERE.type(*line(books, out, "--engine", "dask", "--scheduler", address))
    assert answer.code == 8, answer.out
    assert "集群没有做完" in answer.err
    assert not out.exists()


def test_a_cluster_of_its_own_can_be_reached_from_this_computer_only(monkeypatch: pytest.MonkeyPatch) -> None:
    listening: set[str] = set()
    by_client = cluster._by_client

    def look(*given: Any) -> Iterator[Any]:
        processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
        for process in processes:
            for connection in process.net_connections(kind="inet"):
                if connection.status == psutil.CONN_LISTEN:
                    listening.add(connection.laddr.ip)
        return by_client(*given)

    monkeypatch.setattr(cluster, "_by_client", look)
    assert list(run_dask(lambda source: None, [], workers=2)) == []  # type: ignore[arg-type, return-value]
    assert listening == {LOOPBACK}
