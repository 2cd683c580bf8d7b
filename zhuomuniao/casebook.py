"""The rows of a book as records: with what waits in the outbox laid over them, and what is disputed left as it was.

What a person changed and zmn did not take over (a status, a date, a number) is told as a finding; until it is settled
the record goes on as zmn knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.caselog import LogLines
from zhuomuniao.layouts import LOG_LAYOUT, Layout
from zhuomuniao.model import Finding, R, Row, Step
from zhuomuniao.privacy import mask_cell, mask_text
from zhuomuniao.store.alignment import KEY, TableRow
from zhuomuniao.store.cells import CellValue, is_same_value, plain_text
from zhuomuniao.store.difference import Sort, line_content, torn_rows
from zhuomuniao.store.disputes import Dispute, DisputeCode

if TYPE_CHECKING:
    from zhuomuniao.rows import RowForm
    from zhuomuniao.store.entry import Entry
    from zhuomuniao.store.reading import BookReading

Cells = Mapping[str, CellValue]
"""The values of a row by field, as they stand."""

IsOver = Callable[[str, Cells], bool]
"""Whether a row at rest may be left out, told by its number and cells."""

Standing = dict[str, tuple[R, Cells]]
"""Records by number, and the cells each was read from."""


class Moving(Struct, frozen=True):
    """What reading a book came to: what a person should look at, the first day of the closed records left out, and
    how many were, of those that were looked at.
    """

    findings: list[Finding]
    first: date | None
    passed_over: int


def _every(key: str, cells: Cells) -> bool:
    """Every row at rest is left out."""
    return True


class RowReader(Struct, Generic[R], frozen=True):
    """How the rows of one sheet become records. ``disputes`` are the open ones of its ledger."""

    layout: Layout
    ledger: str
    form: RowForm[R]
    disputes: tuple[Dispute, ...] = ()

    def record(self, key: str, cells: Cells) -> tuple[R, tuple[Finding, ...]]:
        """The record of a row, and what in the row cannot be read."""
        return self.form.record_of(self.known(key, cells), self.ledger)

    def known(self, key: str, cells: Cells) -> dict[str, CellValue]:
        """The cells of a row as zmn knows them: what is disputed as it was."""
        known = {**cells, KEY: key}
        for dispute in self.disputes:
            d = dispute.difference
            if d.key == key and d.sort is Sort.CELL and is_same_value(cells.get(d.field), d.now[d.field]):
                known[d.field] = d.was[d.field]
        return known

    def overlay(self, entry: Entry, standing: Standing[R]) -> None:
        """Lay a waiting entry over the rows: reads show what was promised."""
        for change in entry.changes:
            if change.sheet == self.layout.sheet and (change.is_new_row or change.key in standing):
                base = {} if change.is_new_row else standing[change.key][1]
                cells = {**base, **change.values}
                standing[change.key] = (replace(self.record(change.key, cells)[0], is_queued=True), cells)

    def read_rows(self, reading: BookReading, book: str, standing: Standing[R]) -> list[Finding]:
        """Add the records of a book; answers what a person should look at."""
        return self._read(reading, book, standing, passes=None).findings

    def read_moving(
        self, reading: BookReading, book: str, standing: Standing[R], is_over: IsOver | None = None
    ) -> Moving:
        """Add the records of a book that may still move, and perhaps others; every finding is there all the same.

        Of closed ones nothing is read where an earlier command has read and kept them. With ``is_over`` only those
        are left out that it says are over.
        """
        return self._read(reading, book, standing, passes=is_over or _every)

    def _read(self, reading: BookReading, book: str, standing: Standing[R], *, passes: IsOver | None) -> Moving:
        """``passes`` tells which rows at rest are left out."""
        if not reading.has(self.layout):
            # A book of an older layout has never had it; doctor tells that it is old.
            return Moving([] if _is_older(reading) else [_missing_sheet(self.layout, book)], None, 0)
        sheet = reading.head(self.layout).sheet
        findings = self._missing_columns(reading, book, sheet)
        # A disputed row may be open though it says that it is closed.
        passes = None if self.disputes else passes
        kept = reading.moving_rows(self.layout) if passes is _every else None
        rows, first = kept or (reading.rows(self.layout), None)
        resting: dict[str, tuple[int, date]] = {}
        passed_over: dict[str, TableRow] = {}
        for row in rows:
            if not row.key:
                if self.form.tells(row.values):
                    findings.append(_unnumbered(row, book, sheet, self.form.command))
                continue
            if (twin := passed_over.pop(row.key, None)) is not None:
                standing[row.key] = (self.record(twin.key, twin.values)[0], twin.values)
            is_twin = row.key in standing
            day = None if row.is_torn or is_twin or self.disputes else self.form.day_at_rest(row.values)
            if day is not None:
                resting[row.key] = (row.number, day)
                if passes is not None and passes(row.key, row.values):
                    passed_over[row.key] = row
                    continue
            record, problems = self.record(row.key, row.values)
            findings += [_located(p, book, sheet, row.number, self.header(p.column), record) for p in problems]
            if record.opened_at == datetime.min:
                # Without a day it belongs to no month and no limit: told, and counted nowhere.
                continue
            if is_twin:
                resting.pop(row.key, None)
                findings.append(
                    Finding(
                        "duplicate_number", book, sheet, row.number, "编号", mask_text(row.key), "每个编号只有一行",
                        "请核对这两行，改正其中一个编号",
                    )
                )  # fmt: skip
                continue
            standing[row.key] = (record, row.values)
        if torn := torn_rows(rows):
            findings.append(_torn_finding(torn, book, sheet))
        if kept is not None:
            reading.lay_to_rest(self.layout, rows, resting.values())
        else:
            reading.keep_rows(self.layout, resting.values())
        days = [row_day for key, (_, row_day) in resting.items() if key in passed_over]
        return Moving(findings, min([*days, *([first] if first else [])], default=None), len(passed_over))

    def log(self, reading: BookReading) -> LogLines:
        """The lines of 流转记录 by case, disputed ones as they were written."""
        disputed = [d for d in self.disputes if d.difference.sort in (Sort.LINE_GONE, Sort.LINE_NEW)]
        if not disputed:
            places = {field: column - 1 for field, column in reading.head(LOG_LAYOUT).columns.items()}
            return LogLines(places, [cells for _, cells in reading.lines()])
        added = {line_content(d.difference.now) for d in disputed if d.difference.now}
        rows = [row.values for row in reading.rows(LOG_LAYOUT)]
        there = {line_content(row) for row in rows}
        rows = [row for row in rows if line_content(row) not in added]
        rows += [
            d.difference.was for d in disputed if d.difference.was and line_content(d.difference.was) not in there
        ]
        rows.sort(key=lambda row: plain_text(row.get("op_id")))
        names = [column.field for column in LOG_LAYOUT.columns]
        places = {field: at for at, field in enumerate(names)}
        return LogLines(places, [[row.get(field) for field in names] for row in rows])

    def steps(self, reading: BookReading, case_nos: Collection[str] | None) -> list[Step]:
        """The lines of 流转记录 in the order written, of all cases when none is named."""
        return self.log(reading).steps(case_nos)

    def header(self, field: str) -> str:
        """The header of a field's column, as the clerk sees it."""
        column = self.layout.column(field)
        return column.header if column else field

    def _missing_columns(self, reading: BookReading, book: str, sheet: str) -> list[Finding]:
        findings = []
        is_older = _is_older(reading)
        for column in reading.missing_columns(self.layout):
            if column.is_own and is_older:
                # It has never been there; doctor tells that the book is of an older layout.
                continue
            if column.is_own and column.field not in self.form.written:
                # A book older than the column: nothing of ours is lost.
                continue
            header = column.header
            remedy = f"列名被改动或删去了；请把表头改回“{header}”"
            findings.append(Finding("missing_column", book, sheet, None, header, "没有这一列", "有这一列", remedy))
        return findings


def names_in(record: Row) -> tuple[str, ...]:
    """Whose names a text about a record may hold."""
    return (getattr(record, "applicant", ""),)


def _located(problem: Finding, book: str, sheet: str, row: int, header: str, record: Row) -> Finding:
    """A cell that cannot be read, with its place; what stands in it may be anything, somebody's name too."""
    found = mask_text(problem.found, names_in(record))
    return replace(problem, file=book, sheet=sheet, row=row, column=header, found=found)


def _is_older(reading: BookReading) -> bool:
    """Whether a book is of an earlier version of its layout."""
    version = reading.version
    return version is not None and version < reading.shape.layout.version


def _missing_sheet(layout: Layout, book: str) -> Finding:
    remedy = "这张表被删去或改了名；请改回原来的名字，或用 zmn book history 找到以前的版本，再 zmn book restore"
    return Finding("missing_sheet", book, layout.sheet, None, "", "没有这张工作表", "有这张工作表", remedy)


def _unnumbered(row: TableRow, book: str, sheet: str, command: str) -> Finding:
    remedy = f"这一行还没有算进台账；请用 {command} 登记这一件，再删去手工录入的这一行"
    return Finding("row_without_number", book, sheet, row.number, "编号", "空白", "事项编号", remedy)


def _torn_finding(torn: Sequence[TableRow], book: str, sheet: str) -> Finding:
    """排序错位, in how many rows."""
    return Finding(
        "torn_rows", book, sheet, torn[0].number, "编号(核对)", f"排序错位，{len(torn)}行",
        "每行的“编号(核对)”与编号相同", "只排序了一部分列；下一次写入时自动按编号对齐，排序时请全选各列",
    )  # fmt: skip


def dispute_findings(disputes: Iterable[Dispute], reader: RowReader[R], standing: Standing[R]) -> list[Finding]:
    """Open disputes for a person: where, what, how to settle them. ``standing`` tells whose names to mask."""
    return [_dispute_finding(d, reader, standing) for d in disputes]


_WORDS = {
    DisputeCode.KEY: "编号不能改，仍按原编号办",
    DisputeCode.DERIVED: "这一格由 zmn 填写，没有采纳",
    DisputeCode.FACT: "改成的内容认不出，或写不进去，没有采纳",
    DisputeCode.ROW_GONE: "人工删除：整行不见了",
    DisputeCode.LINE_GONE: "流转记录少了一行",
    DisputeCode.LINE_CHANGED: "流转记录的一行被改动",
    DisputeCode.LINE_NEW: "流转记录里多了一行手工录入的",
}


def _dispute_finding(dispute: Dispute, reader: RowReader[R], standing: Standing[R]) -> Finding:
    d, code = dispute.difference, dispute.code
    restore, adopt = f"zmn check --restore {d.key}", f"zmn check --adopt {d.key} --basis 依据"
    remedy = f"改回去：{restore}" if code is DisputeCode.KEY else f"改回去：{restore}；确实要改：{adopt}"
    words = _WORDS[code]
    if d.field:
        header = reader.header(d.field)
        # A finding is read on the screen and sent on when somebody asks for help: nobody's name stands in it.
        names = names_in(standing[d.key][0]) if d.key in standing else ()
        found = mask_cell(d.field, plain_text(d.now[d.field]), names) or "空白"
        known = mask_cell(d.field, plain_text(d.was[d.field]), names)
        expected = (f"“{known}”" if known else "空白") + f"（{words}）"
    elif code is DisputeCode.ROW_GONE:
        header, found, expected = "", words, f"编号 {d.key} 的一行"
        remedy = f"补回来：{restore}；确实要删：{adopt}"
    else:
        line: Mapping[str, CellValue] = d.was or d.now
        place = f"（第{d.row}行）" if d.row else ""
        header, found = "", f"{words}{place}：{plain_text(line.get('at'))} {plain_text(line.get('kind'))}"
        return Finding(
            code.value, dispute.book, d.sheet, None, header, found, "由 zmn 逐条追加的记录", f"编号 {d.key}：{remedy}"
        )
    return Finding(code.value, dispute.book, d.sheet, d.row, header, found, expected, f"编号 {d.key}：{remedy}")
