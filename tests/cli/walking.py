"""Walking a case through its whole life, and looking after every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import openpyxl

from tests.desk import Desk

LOG = ("操作号", "发生时间", "登记时间", "编号", "环节", "经办", "单位", "说明", "时限变化")


@dataclass
class Walk:
    """One case at a desk. Each step is typed on its own day and checked in the row and in the log."""

    desk: Desk
    no: str
    ledger: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    lines: int = 1

    def go(
        self,
        line: str,
        at: str,
        *words: str,
        status: str,
        clocks: str = "",
        steps: tuple[str, ...] = (),
        row: Mapping[str, str] | None = None,
        says: str = "",
    ) -> Any:
        """Type a step; then 状态, 时限明细 and other cells stand as given, and one line for each step in the log.

        ``clocks`` empty: 时限明细 stands as it stood before. ``says`` is in the 说明 of the last line.
        """
        before = self.row()
        self.desk.day = at[:10]
        of = ("--ledger", self.ledger) if self.ledger else ()
        answer = self.desk.ask(*line.split(), self.no, "--at", at, *words, *of)
        assert answer["status"] == status, (line, answer)
        after = self.row()
        assert after["状态"] == status
        assert after["时限明细"] == (clocks or before["时限明细"]), line
        for header, text in (row or {}).items():
            assert text in str(after[header] or ""), (line, header, after[header])
        written = tuple(answer["steps"])
        assert written == (steps or written[-1:]), (line, written)
        log = self.log()
        self.lines += len(written)
        assert len(log) == self.lines, line
        for told, kind in zip(log[-len(written) :], written, strict=True):
            assert (told["编号"], told["环节"], str(told["发生时间"])[:16]) == (self.no, kind, at)
            assert told["经办"] == "赵敏慧"
        assert says in str(log[-1]["说明"] or "")
        self.told[at[:10]] = self.looks()
        return answer

    def escalate(self, day: str, rung: str, kind: str) -> None:
        """The ladder asks for this rung on this day, and for no other one after it."""
        self.desk.day = day
        (proposal,) = self.desk.ask("escalate", "--issue")["proposals"]
        assert (proposal["case_no"], proposal["rung"]) == (self.no, rung)
        assert self.desk.ask("escalate", "--issue")["proposals"] == []
        self.lines += 1
        assert self.log()[-1]["环节"] == kind
        assert f"{rung} {day}" in str(self.looks()["case"]["urging"])
        self.told[day] = self.looks()

    def meets(self, what: str, at: str, *words: str, kind: str) -> None:
        """The case is on the agenda of a meeting, or was decided there."""
        self.desk.day = at[:10]
        self.desk.ask("meeting", what, self.no, "--at", at, *words)
        self.lines += 1
        assert [told["环节"] for told in self.log()][self.lines - 1 :] == [kind]
        self.told[at[:10]] = self.looks()

    def refused(self, line: str, at: str, *words: str, says: str) -> None:
        """The step is refused with these words, and not one byte changes."""
        self.desk.day = at[:10]
        before = self._path.read_bytes()
        of = ("--ledger", self.ledger) if self.ledger else ()
        answer = self.desk.type(*line.split(), self.no, "--at", at, *words, *of)
        assert answer.code == 6, (line, answer.out, answer.err)
        assert says in answer.err, answer.err
        assert self._path.read_bytes() == before

    def looks(self) -> Any:
        of = ("--ledger", self.ledger) if self.ledger else ()
        return self.desk.ask("show", self.no, *of)

    @cached_property
    def _path(self) -> Path:
        for path in (self.desk.folder / "台账").rglob("*.xlsx"):
            sheet = openpyxl.load_workbook(path).worksheets[0]
            if any(self.no in map(str, row) for row in sheet.iter_rows(values_only=True)):
                return path
        raise AssertionError(f"台账里没有 {self.no}")

    def book(self) -> Any:
        """The workbook of the ledger."""
        return openpyxl.load_workbook(self._path)

    def row(self) -> dict[str, Any]:
        """The cells of the case by their headers."""
        sheet = self.book().worksheets[0]
        rows = list(sheet.iter_rows(values_only=True))
        headers = next(r for r in rows if "状态" in r)
        (row,) = [r for r in rows if self.no in map(str, r)]
        return dict(zip(map(str, headers), row, strict=True))

    def log(self) -> list[dict[str, Any]]:
        """The lines of 流转记录."""
        rows = list(self.book()["流转记录"].iter_rows(values_only=True))
        start = next(n for n, r in enumerate(rows) if r[: len(LOG)] == LOG)
        return [dict(zip(LOG, r, strict=False)) for r in rows[start + 1 :] if r[0]]

    def ends(self, *, rounds: int) -> None:
        """All is in order at the end; every past day is as it was told; the last step can be taken back."""
        day, answer = self.desk.day, self.looks()
        assert (answer["case"]["status"], answer["case"]["round"]) == ("已办结", rounds)
        assert answer["case"]["next_clock"] is None
        assert self.desk.ask("check")["findings"] == []
        assert self.desk.ask("recount")["differences"] == []
        assert self.desk.type("book", "verify").code == 0
        for then, told in self.told.items():
            self.desk.day = then
            assert self.looks() == told, then
        self.desk.day = day
        assert self.desk.ask("overdue", "--as-of", "2026-11-20")["overdue"] == []
        assert self.desk.ask("escalate", "--as-of", "2026-11-20")["proposals"] == []

    def takes_back(self, line: str, at: str, *words: str) -> None:
        """A step, taken back: the first sheet is as it was, the log has both lines."""
        before = self._cells()
        self.desk.day = at[:10]
        of = ("--ledger", self.ledger) if self.ledger else ()
        self.desk.ask(*line.split(), self.no, "--at", at, *words, *of)
        assert self._cells() != before
        self.desk.ask("undo")
        assert self._cells() == before
        self.lines += 2
        kinds = [told["环节"] for told in self.log()]
        assert len(kinds) == self.lines
        assert kinds[-1] == "撤销"
        self.told[at[:10]] = self.looks()

    def _cells(self) -> list[Any]:
        return [cell for row in self.book().worksheets[0].iter_rows(values_only=True) for cell in row]
