"""What a clerk sees while she waits: a bar at a terminal, nothing anywhere else, nothing once it is done."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.exports import WIDE, wide_row, write_csv
from zhuomuniao.cli import run
from zhuomuniao.commands import _progress
from zhuomuniao.commands._options import Session
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.usecases.office import Moment

NOW = datetime(2026, 10, 30, 9)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True

    @property
    def left(self) -> str:
        """What stands on the screen in the end: a line that is gone back to and erased is gone."""
        shown = re.sub(r"\x1b\[\?25[lh]", "", self.getvalue())
        shown = re.sub(r"[^\n]*\n\r\x1b\[1A\x1b\[2K", "", shown)
        return re.sub(r"[^\n]*\x1b\[2K", "", shown)


def session(*, is_json: bool = False) -> Session:
    return Session(Path(), Moment(NOW, NOW.date()), is_json, False, False)


def waited(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, *, is_json: bool = False, lasts: float = 0.4) -> str:
    monkeypatch.setattr(_progress, "_PATIENCE", 0.05)
    monkeypatch.setattr(sys, "stderr", screen)
    with while_waiting(session(is_json=is_json), "读取文件") as tell:
        tell("核对各行", 200, 1000)
        time.sleep(lasts)
        tell("写入台账", 0, 0)
        time.sleep(lasts)
    return screen.getvalue()


def test_a_bar_tells_what_is_done_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    seen = waited(monkeypatch, screen)
    assert "核对各行" in seen
    assert "200/1000" in seen
    assert "写入台账" in seen
    assert screen.left == ""


def test_no_bar_where_nobody_looks_or_nothing_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, io.StringIO()) == ""
    assert waited(monkeypatch, Terminal(), is_json=True) == ""
    assert waited(monkeypatch, Terminal(), lasts=0) == ""


def test_a_question_is_asked_without_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(_progress, "_PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", screen)
    with while_waiting(session(), "核定") as bar:
        time.sleep(0.3)
        bar.stop()
        asked = screen.getvalue()
        time.sleep(0.3)
        assert screen.getvalue() == asked
        bar.start()
        time.sleep(0.3)
        assert len(screen.getvalue()) > len(asked)
    assert screen.left == ""


def test_an_error_takes_the_bar_away_too(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(_progress, "_PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", screen)

    def fail() -> None:
        with while_waiting(session(), "核定"):
            time.sleep(0.3)
            raise ValueError("坏")

    with pytest.raises(ValueError, match="坏"):
        fail()
    assert screen.left == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("overdue", "查看台账"),
        ("list", "查看台账"),
        ("show 2026102801", "查看台账"),
        ("recount", "核对日期"),
        ("recount --issue", "逐件重算"),
        ("report --month 2026-10 --format json", "制作报表"),
        ("escalate", "查看台账"),
        ("check", "核对台账"),
        ("doctor", "全面检查"),
        ("book verify", "核对流水"),
        ("book history", "查流水"),
        ("book upgrade", "升级表样"),
        ("book diff 1", "比较版本"),
        ("locality check neixiang", "核对规则"),
        ("undo", "撤销"),
        ("import {file} --mapping 12345-wide", "读取文件|查对台账|核对工单|写入台账"),
        ("register --from {file} --dry-run", "读取文件|核对各行"),
    ],
)
def test_what_may_last_shows_that_it_goes_on(
    desk: Desk, line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.register("2026-10-28 09:30")
    file = write_csv(tmp_path / "单.csv", [WIDE, wide_row(1)])
    if line.startswith("register"):
        write_csv(file, [["办理对象", "情况"], ["安禾", "营业执照变更"]])
    words = [word.format(file=file) for word in line.split()]
    monkeypatch.setattr(_progress, "_PATIENCE", 0.0)
    out, screen = io.StringIO(), Terminal()
    with redirect_stdout(out), redirect_stderr(screen):
        code = run([*words, "-w", str(desk.folder), "--as-of", desk.day])
    assert code in (0, 1, 3), screen.getvalue()
    # Which of several the thread saw first is chance.
    assert re.search(said, screen.getvalue())
    assert "\x1b" not in out.getvalue()


def test_a_quick_command_does_not_load_what_draws(desk: Desk) -> None:
    code = "import sys; from zhuomuniao.cli import run; sys.stderr.isatty = lambda: True; "
    code += "run(sys.argv[1:]); print('rich.progress' in sys.modules)"
    line = [sys.executable, "-c", code, "book", "verify", "-w", str(desk.folder), "--as-of", desk.day]
    done = subprocess.run(line, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "False"
