"""Hostile text in every free word of activities, issues and officers: it stays text, or is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.desk import Answer, Desk

NewDesk = Callable[..., Desk]
Line = tuple[str, ...]

RECORD: Line = (
    "activity",
    "record",
    "--unit",
    "教育局",
    "--leader",
    "张明 局长",
    "--kind",
    "走流程",
    "--on",
    "2026-09-10",
)
ADD: Line = ("issue", "add", "--unit", "教育局", "--kind", "走流程", "--on", "2026-09-10")
PLAN: Line = ("activity", "plan", "--unit", "教育局", "--kind", "走流程", "--period", "2026Q3")
OFFICER: Line = ("officer", "add", "--source", "群众", "--on", "2023-11-15")
SITE: Line = ("site", "add", "--kind", "政务服务大厅")

FREE: tuple[tuple[Line, str], ...] = (
    *((RECORD, option) for option in ("place", "trigger", "note", "item", "enforcement", "link", "identity")),
    *(((*RECORD[:4], "--kind", "走流程", "--on", "2026-09-10"), option) for option in ("leader",)),
    (PLAN, "note"),
    (PLAN, "leader"),
    *(((*ADD, "--problem", "事"), option) for option in ("leader", "place", "item", "experience", "mode", "need")),
    *(
        ((*ADD, "--problem", "事"), option)
        for option in ("suggestion", "remedy", "in-charge", "meeting", "mechanism", "note")
    ),
    (ADD, "problem"),
)
OF_OFFICERS: tuple[tuple[Line, str], ...] = (
    (OFFICER, "name"),
    *(((*OFFICER, "--name", "高建平"), option) for option in ("post", "site", "note")),
    (SITE, "name"),
    *(((*SITE, "--name", "县办税大厅"), option) for option in ("address", "contact", "note")),
)
HOSTILE = ("=1+1", "+1", "@SUM(A1)", "[red]红[/red]", "A&B <x>", "好\n坏", "👍好")


def formulas(desk: Desk) -> list[str]:
    """The cells of every book that are formulas, by an independent reader."""
    return [
        f"{path.name} {cell.coordinate}"
        for path in books(desk)
        for sheet in openpyxl.load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]


def texts(desk: Desk) -> list[str]:
    return [
        str(value)
        for path in books(desk)
        for sheet in openpyxl.load_workbook(path).worksheets
        for row in sheet.iter_rows(values_only=True)
        for value in row
        if value is not None
    ]


def books(desk: Desk) -> list[Path]:
    return sorted(path for path in (desk.folder / "台账").rglob("*.xlsx") if path.name[0] not in "~.")


def bytes_of(desk: Desk) -> list[bytes]:
    return [path.read_bytes() for path in books(desk)]


def is_named(answer: Answer) -> bool:
    """Refused in words a clerk can act on, not by a fault of the program."""
    return answer.code in (2, 6) and "Traceback" not in answer.err and bool(answer.err.strip())


def type_each(desk: Desk, free: tuple[tuple[Line, str], ...], hostile: tuple[str, ...]) -> int:
    """Every hostile text through every option; answers how many were taken."""
    taken = 0
    for line, option in free:
        for text in hostile:
            before = bytes_of(desk)
            answer = desk.type(*line, f"--{option}={text}")
            if answer.code == 0:
                taken += 1
                assert bytes_of(desk) != before or line == PLAN, (option, text)
            else:
                assert is_named(answer), (option, text, answer.code, answer.err)
                assert bytes_of(desk) == before, (option, text)
    return taken


def in_order(desk: Desk, *looks: Line) -> None:
    """The books are whole and can be looked at."""
    assert formulas(desk) == []
    for look in (*looks, ("overdue",), ("check",), ("recount",)):
        answer = desk.type(*look)
        assert answer.code in (0, 1), (look, answer.err)
        assert "Traceback" not in answer.err
        assert desk.type(*look, "--json").code in (0, 1)
    assert desk.type("book", "verify").code == 0


def test_activities_and_issues(new_desk: NewDesk) -> None:
    desk = new_desk("beilin", "2026-09-18")
    assert type_each(desk, FREE, ("=1+1", "[red]A&B <x>👍")) > len(FREE)
    told = texts(desk)
    assert "=1+1" in told
    assert "[red]A&B <x>👍" in told
    shown = desk.type("issue", "list").out + desk.type("activity", "list").out
    assert "[red]" in shown
    in_order(desk, ("activity", "list"), ("activity", "list", "--plans"), ("issue", "list"), ("activity", "coverage"))


@pytest.mark.parametrize("text", HOSTILE)
def test_one_of_each_hostile_text(new_desk: NewDesk, text: str) -> None:
    desk = new_desk("beilin", "2026-09-18")
    held = desk.ask(*RECORD, f"--place={text}", f"--note={text}", f"--enforcement={text}")["case_no"]
    filed = desk.type("activity", "file", held, f"--to={text}", f"--note={text}")
    assert filed.code == 0 or is_named(filed)
    no = desk.ask("issue", "add", "--activity", held, f"--problem={text}", f"--remedy={text}")["case_no"]
    desk.ask(
        "issue", "measure", no, "--handling", "立行立改", f"--meeting={text}", f"--in-charge={text}", f"--note={text}"
    )
    desk.ask("issue", "clear", no, f"--effect={text}", f"--mechanism={text}")
    desk.ask("issue", "look-back", no, f"--result={text}")
    assert formulas(desk) == []
    assert any(told.strip() == text.strip() or text in told for told in texts(desk))
    (issue,) = desk.ask("issue", "list")["issues"]
    assert (issue["status"], issue["round"]) == ("已销号", 1)
    made = desk.ask("issue", "hand-in", "--quarter", "2026Q3", f"--contact={text}")["lists"][0]["files"]
    sheet = openpyxl.load_workbook(desk.folder / made[0]).worksheets[0]
    assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []
    in_order(desk, ("activity", "list"), ("issue", "list"))


def test_officers_and_sites(new_desk: NewDesk) -> None:
    desk = new_desk("linxian", "2026-08-10")
    type_each(desk, OF_OFFICERS, ("=1+1", "[red]A&B <x>👍", "好\n坏"))
    assert "=1+1" in texts(desk)
    in_order(desk, ("officer", "list", "--full"), ("officer", "check"), ("site", "list", "--full"))


@pytest.mark.parametrize("text", ["长" * 40_000, "竖\x0b排", "\x0b", "   "])
def test_what_no_cell_can_hold_is_refused_or_cleaned(new_desk: NewDesk, text: str) -> None:
    desk = new_desk("beilin", "2026-09-18")
    for line, option in FREE:
        before = bytes_of(desk)
        answer = desk.type(*line, f"--{option}={text}")
        if answer.code:
            assert is_named(answer), (option, answer.code, answer.err[:300])
            assert bytes_of(desk) == before, option
            assert len(answer.err) < 2_000, option
        else:
            assert len(text) < 32_767, option
    assert not any("\x0b" in told for told in texts(desk))
    in_order(desk, ("activity", "list"), ("issue", "list"))
