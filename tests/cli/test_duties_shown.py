"""The list of hand-ins as it is shown: on a narrow screen, before the holidays are known, with periods forgotten."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tests.cli.test_duties import hall, listed, open_desk, reminded, work_since
from tests.desk import Desk
from zhuomuniao.cli import run

__all__ = ["hall"]


class Screen(io.StringIO):
    """A terminal; how wide it is says COLUMNS."""

    def isatty(self) -> bool:
        return True


def shown(desk: Desk, columns: int, monkeypatch: pytest.MonkeyPatch, *line: str) -> list[str]:
    """The rows of a table on a terminal, its header first."""
    monkeypatch.setenv("COLUMNS", str(columns))
    screen = Screen()
    with redirect_stdout(screen):
        assert run(["-w", str(desk.folder), *line]) == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    return [row for row in plain.splitlines() if "   " in row.strip()]


# —— how wide ——


@pytest.mark.parametrize("columns", [80, 100, 120, 160])
@pytest.mark.parametrize("day", ["2026-12-10", "2027-01-13"])
def test_what_is_typed_is_never_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, day: str) -> None:
    desk = open_desk(tmp_path, "beilin", "牵头部门", "碑林区行政审批局")
    lines = listed(desk, day)
    header, *rows = shown(desk, columns, monkeypatch, "duties", "--as-of", day)
    assert header.split()[:3] == ["编号", "期间", "报送"]
    assert [tuple(row.split()[:2]) for row in rows] == list(lines)
    for row, line in zip(rows, lines.values(), strict=True):
        assert line["submit_by"] is None or line["submit_by"] in row
        assert line["title"][:2] in row


def test_the_columns_give_way_in_their_order(hall: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    heads = {
        columns: shown(hall, columns, monkeypatch, "duties", "--as-of", "2026-11-12")[0].split()
        for columns in range(70, 170, 5)
    }
    whole = ["编号", "期间", "报送", "报给", "最迟", "规定", "情况", "内容", "依据"]
    assert heads[165] == whole
    assert heads[80][:3] == whole[:3]
    gone = [name for columns in sorted(heads, reverse=True) for name in whole if name not in heads[columns]]
    assert list(dict.fromkeys(gone)) == ["规定", "依据", "报给", "内容"]


# —— before the holidays are known ——


def test_a_day_that_rests_on_no_notice_is_provisional_everywhere(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "linxian", "窗口")
    work_since(desk, "2026-11-02T09:00")
    key, day = ("hard-cases", "2027-01"), "2027-01-29"
    assert listed(desk, day)[key]["provisional"] is True
    assert reminded(desk, day)[key]["provisional"] is True
    make = ("report", "--duty", "hard-cases", "--month", "2027-01", "--as-of", day)
    made = desk.ask(*make)
    assert (made["provisional"], made["submit_by"]) == (True, listed(desk, day)[key]["submit_by"])
    assert f"最迟 {made['submit_by']}（暂定） 报出" in desk.type(*make).out
    said = desk.type("duties", "--as-of", day).out
    assert "（暂定）" in said
    assert "带“暂定”的，放假安排公布以后可能会变" in said
    assert "（暂定） 报" in desk.type("overdue", "--as-of", day).out
    settled = listed(desk, "2026-11-03")["hard-cases", "2026-10"]
    assert settled["provisional"] is False
    assert "暂定" not in desk.type("duties", "--ahead", "0", "--as-of", "2026-11-03").out


def test_activity_reports_and_lists_say_so_too(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "beilin", "牵头部门", "碑林区行政审批局")
    for duty in ("monthly-info-walk-process", "three-lists-onward"):
        assert desk.ask("report", "--duty", duty, "--as-of", "2027-01-13")["provisional"] is True
    assert desk.ask("report", "--duty", "monthly-info-walk-process", "--as-of", "2026-10-13")["provisional"] is False


# —— forgotten ——


def test_of_what_has_no_day_the_earlier_periods_are_counted(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "xiangtan", "专班")
    work_since(desk, "2026-08-03T09:00")
    look = ("duties", "--as-of", "2026-11-23")
    assert desk.ask(*look)["earlier_undated"] == [{"duty": "analysis", "periods": ["2026-08", "2026-09"]}]
    said = desk.type(*look).out
    assert "（analysis）更早的还有 2 期没有记为已报：2026-08、2026-09" in said
    for month in ("2026-09", "2026-10"):
        desk.ask("duties", "done", "analysis", "--period", month, "--as-of", "2026-11-23")
    assert "更早的还有 1 期没有记为已报：2026-08\n" in desk.type(*look).out
    desk.ask("duties", "done", "analysis", "--period", "2026-08", "--as-of", "2026-11-23")
    assert desk.ask(*look)["earlier_undated"] == []
    assert "更早" not in desk.type(*look).out


def test_what_fell_before_the_desk_began_is_not_counted(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "xiangtan", "专班")
    work_since(desk, "2026-10-08T09:00")
    assert desk.ask("duties", "--as-of", "2026-11-23")["earlier_undated"] == []


@pytest.mark.parametrize(
    ("day", "said"), [("2026-11-20", "今天截止"), ("2026-12-19", "已过最迟"), ("2027-01-13", "迟22天")]
)
def test_how_it_stands_is_whole_on_a_narrow_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: str, said: str
) -> None:
    desk = open_desk(tmp_path, "beilin", "牵头部门", "碑林区行政审批局")
    work_since(desk, "2026-11-02")
    rows = shown(desk, 80, monkeypatch, "duties", "--as-of", day)
    assert any(said in row for row in rows), rows
    assert not any("…" in row.split("   ")[-1] for row in rows), rows
