"""The command line itself: wrong words, other consoles, prompts, the demo, the rules."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.desk import Desk
from zhuomuniao.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PYTHON = [sys.executable, "-m", "zhuomuniao"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["registr"], "register"),
        (["逾欺"], "逾期"),
        (["register", "--nmae", "李"], "--name"),
        (["register", "--name"], "--name"),
        (["show"], "编号"),
        (["show", "1", "2"], "引号"),
        (["overdue", "--within", "三"], "--within"),
        (["locality"], "用法"),
        (["locality", "lst"], "locality"),
        (["report", "--format", "ppt"], "xlsx"),
        (["list", "--as-of", "10月8日"], "2026-10-08"),
        (["-w", "没有的文件夹", "list"], "没有的文件夹"),
    ],
)
def test_wrong_words_are_answered_in_chinese(tmp_path: Path, line: list[str], said: str) -> None:
    answer = Desk(tmp_path / "无").type(*line)
    assert answer.code == 2
    assert said in answer.err + answer.out
    for english in ("Error", "Usage", "Try", "Traceback", "Invalid", "Missing", "No such"):
        assert english not in answer.err + answer.out


def test_usage_errors_are_json_too(desk: Desk) -> None:
    answer = desk.type("show", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert set(answer.error) == {"code", "message", "remedy"}


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_command_has_chinese_help_under_both_names(tmp_path: Path, row: object) -> None:
    desk = Desk(tmp_path / "无")
    names = (row.name.split(), row.alias.split())  # type: ignore[attr-defined]
    pages = [desk.type(*words, "--help") for words in names]
    assert [p.code for p in pages] == [0, 0]
    assert row.help in pages[0].out  # type: ignore[attr-defined]
    for english in ("Usage", "Options", "Arguments", "Show this message"):
        assert english not in pages[0].out


@pytest.mark.parametrize("encoding", ["cp936", "ascii", "utf-8"])
def test_s01_any_console_can_show_the_answer(desk: Desk, encoding: str) -> None:
    no = desk.register("2026-10-08 09:00", name="䶮犇", about="😀 𣲗河镇 ✓")["case_no"]
    surroundings = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for line in (["show", no, "--full"], ["overdue"], ["list"], ["show", no, "--json"], ["show", "9"]):
        done = subprocess.run(
            [*PYTHON, "-w", str(desk.folder), *line], env=surroundings, cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == (2 if line[-1] == "9" else 0), done.stderr.decode(encoding, "replace")
        assert b"UnicodeEncodeError" not in done.stderr
        if line[-1] == "--json":
            import json

            assert json.loads(done.stdout.decode(encoding))["case"]["about"] == "😀 𣲗河镇 ✓"
    assert "😀" in desk.ask("show", no)["case"]["about"]


def test_missing_values_are_asked_for_on_a_terminal(desk: Desk) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PYTHON, "-w", str(desk.folder), "--as-of", "2026-10-30", "register"],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    for question, answer in (("办理对象", "李四\n"), ("情况", "社保转移\n"), ("写序号", "\n")):
        seen += _read_until(ours, question.encode())
        os.write(ours, answer.encode())
    seen += _read_until(ours, "已写入".encode())
    assert process.wait(timeout=20) == 0
    os.close(ours)
    assert desk.ask("list")["cases"][0]["case_no"] == "2026103001"


def _read_until(handle: int, words: bytes) -> bytes:
    seen, patience = b"", time.monotonic() + 20
    while words not in seen and time.monotonic() < patience:
        seen += os.read(handle, 4096)
    assert words in seen
    return seen


def test_a_reader_that_goes_away_is_no_fault(desk: Desk) -> None:
    desk.register("2026-10-08 09:00")
    process = subprocess.Popen(
        [*PYTHON, "-w", str(desk.folder), "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.wait(timeout=20)


def test_a_fault_of_ours_is_told_without_a_traceback(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhuomuniao.commands import look

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("李四 13800138000")

    monkeypatch.setattr(look, "list_cases", broken)
    answer = desk.type("list")
    assert answer.code == 70
    assert "RuntimeError" in answer.err
    assert "李四" not in answer.err
    monkeypatch.setenv("ZMN_DEBUG", "1")
    with pytest.raises(RuntimeError):
        desk.type("list")


def test_the_workspace_and_the_day_may_come_from_the_environment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk.register("2026-08-10 09:00")
    monkeypatch.setenv("ZMN_WORKSPACE", str(desk.folder))
    monkeypatch.setenv("ZMN_AS_OF", "2026-08-17")
    answer = Desk(tmp_path / "无").ask("overdue")
    assert answer["as_of"] == "2026-08-17"
    assert len(answer["due_today"]) == 1


def test_rules_and_localities_are_shown_with_their_words(desk: Desk) -> None:
    answer = desk.ask("rules")
    clocks = {r["id"]: r for r in answer["rules"] if r["kind"] == "clock"}
    assert clocks["resolve-due-matters"]["limit"] == "5工作日内"
    assert "5个工作日内解决" in clocks["resolve-due-matters"]["quote"]
    assert any(r["kind"] == "layout" and "拟定" in r["note"] for r in answer["rules"])
    assert any(r["kind"] == "policy" and "民法典" in r["basis"] for r in answer["rules"])
    assert answer["count"] == len(answer["rules"])
    said = desk.type("rules").out
    assert "通知没有写明" in said
    assert {"neixiang", "linxian"} <= {f["slug"] for f in desk.ask("locality", "list")["localities"]}
    assert desk.ask("区县", "查看", "neixiang")["locality"]["notice"]["number"] == "内政服〔2021〕12号"
    assert desk.type("locality", "show", "无此县").code == 2


def test_a_wrong_number_says_what_is_wanted(desk: Desk) -> None:
    said = desk.type("duties", "--ahead", "两周").err
    assert "“两周”不是整数，天数请写成 30 这样的数字" in said
    assert "zmn duties --help" in said, "its name once, and one space"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["report", "--month", "2026-²"], 2),
        (["report", "--month", "0000-01"], 2),
        (["deadline", "9999-12-31", "5工作日"], 2),
        (["deadline", "2026-10-08", "9999工作日"], 0),
        (["report", "--month", "2026-09", "--out", "/proc/没有"], 8),
        (["register", "--from", "没有.csv"], 5),
    ],
)
def test_odd_values_are_named(desk: Desk, line: list[str], code: int) -> None:
    answer = desk.type(*line)
    assert answer.code == code, answer.err
    assert "故障" not in answer.err
