"""The rows of a book as records: with what waits in the outbox laid over them, and what is disputed left as it was.

What a person changed and zmn did not take over (a status, a date, a number) is told as a finding; until it is settled
the record goes on as zmn knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Generic

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.layouts import LOG_LAYOUT, Layout
from zhuomuniao.model import Finding, R, Row, Step, StepKind
from zhuomuniao.privacy import mask_cell, mask_text
from zhuomuniao.rows import RowForm, cell_text, step_of_row
from zhuomuniao.store.alignment import KEY, TableRow
from zhuomuniao.store.cells import CellValue, is_same_value, plain_text
from zhuomuniao.store.difference import Sort, line_content, torn_rows
from zhuomuniao.store.disputes import Dispute, DisputeCode

if TYPE_CHECKING:
    from zhuomuniao.store.entry import Entry
    from zhuomuniao.store.reading import BookReading

Cells = Mapping[str, CellValue]
"""The values of a row by field, as they stand."""

IsOver = Callable[[str, Cells], bool]
"""Whether a row at rest may be left out, told by its number and cells."""

Standing = dict[str, tuple[R, Cells]]
"""Records by number, and the cells each was read from."""


class LogLines:
    """流转记录 of one book, each line made a step only when somebody asks for it.

    ``places`` tells the place of each field among the cells of a line.
    """

    def __init__(self, places: Mapping[str, int], lines: Sequence[Sequence[CellValue]]) -> None:
        self._places = tuple(places.items())
        self._at, self._kind, self._key = places.get("at"), places.get("kind"), places["case_no"]
        self._text, self._recorded = places.get("text"), places.get("recorded_at")
        self._lines = lines

    @cached_property
    def _by_case(self) -> dict[str, list[Sequence[CellValue]]]:
        found: dict[str, list[Sequence[CellValue]]] = {}
        for line in self._lines:
            key = line[self._key]
            found.setdefault(key if type(key) is str else cell_text(key), []).append(line)
        return found

    @cached_property
    def _by_kind(self) -> dict[CellValue, list[Sequence[CellValue]]]:
        found: dict[CellValue, list[Sequence[CellValue]]] = {}
        if (at := self._kind) is not None:
            for line in self._lines:
                found.setdefault(line[at], []).append(line)
        return found

    def steps(self, case_nos: Collection[str] | None = None) -> list[Step]:
        """The steps in the order written; of all cases when none is named."""
        lines: Iterable[Sequence[CellValue]] = self._lines
        if case_nos is not None:
            wanted = frozenset(case_nos)
            lines = (line for line in lines if cell_text(line[self._key]) in wanted)
        steps = (step_of_row({field: line[place] for field, place in self._places}) for line in lines)
        return [step for step in steps if step is not None]

    def steps_of(self, case_no: str) -> list[Step]:
        """The steps of one case in the order written: quick to ask for one case after the other."""
        lines = self._by_case.get(case_no, ())
        steps = (step_of_row({field: line[place] for field, place in self._places}) for line in lines)
        return [step for step in steps if step is not None]

    def settled_at(self, case_no: str) -> datetime | None:
        """The moment since which the row of a case tells all that its lines tell, as far as zmn wrote the row.

        It is that of the last line. ``None`` where only a replay can say: a line was typed late, takes another one
        back, tells of a change made by hand, or is not legible; and for a case without lines.
        """
        if self._at is None or self._kind is None:
            return None
        last: datetime | None = None
        for line in self._by_case.get(case_no, ()):
            at, kind = line[self._at], line[self._kind]
            if type(at) is date:
                # A moment at midnight (视为签收) reads as its day.
                at = datetime.combine(at, time())
            if type(at) is not datetime or kind not in _TELLING or (last is not None and at < last):
                return None
            last = at
        return last

    def words_of(self, case_no: str, kind: StepKind) -> list[str]:
        """说明 of the lines of a case that are of this 环节."""
        if self._kind is None or self._text is None:
            return []
        lines = self._by_case.get(case_no, ())
        return [cell_text(line[self._text]) for line in lines if line[self._kind] == kind.value]

    def written_through(self) -> datetime | None:
        """The latest moment at which a line was written, as far as that is legible."""
        moments = (line[self._recorded] for line in self._lines) if self._recorded is not None else iter(())
        return max((at for at in moments if isinstance(at, datetime)), default=None)

    def over_at(self, case_no: str) -> tuple[datetime, StepKind, str] | None:
        """The moment of the last line of a case, and the line that ended it (办结 or 作废) with its 说明.

        ``None`` where the case was sent back, or not ended, and where :meth:`settled_at` says nothing.
        """
        at_place, kind_place, text_place = self._at, self._kind, self._text
        if at_place is None or kind_place is None or text_place is None:
            return None
        last, ended = datetime.min, None
        for line in self._by_case.get(case_no, ()):
            at, kind = line[at_place], line[kind_place]
            if type(at) is date:
                at = datetime.combine(at, time())
            if type(at) is not datetime or kind not in _TELLING or at < last or kind == _REDO:
                return None
            last = at
            if kind in _KINDS_ENDING:
                ended = _KINDS_ENDING[kind], line[text_place]
        return (last, ended[0], cell_text(ended[1])) if ended else None

    def tells_of(self, case_no: str) -> bool:
        """Whether a line bears this number."""
        return case_no in self._by_case

    def told_of(self, kind: StepKind, days: tuple[date, date] | None = None) -> set[str]:
        """The numbers of the cases with a line of this 环节, of the days from the first to the last where named."""
        lines = self._by_kind.get(kind.value, [])
        if days is not None and self._at is not None:
            at = self._at
            lines = [line for line in lines if _may_be_within(line[at], days)]
        return {cell_text(line[self._key]) for line in lines}


class History:
    """流转记录 of a ledger, over its books. ``told`` are its steps by case where they had to be read anyway.

    ``is_as_left`` says that the books hold what zmn left in them, and that nothing of them waits or is disputed.
    """

    def __init__(self, books: Sequence[LogLines], *, is_as_left: bool, told: Mapping[str, list[Step]]) -> None:
        self._books = books
        self._is_as_left = is_as_left
        self._told = dict(told)

    def steps_of(self, case_no: str) -> list[Step]:
        """The steps of a case in the order written."""
        if case_no not in self._told:
            self._told[case_no] = [step for lines in self._books for step in lines.steps_of(case_no)]
        return self._told[case_no]

    def told_of(self, kind: StepKind, days: tuple[date, date] | None = None) -> frozenset[str]:
        """The numbers of the cases with a line of this 环节, taken back or not; of these days where named."""

        def is_told(step: Step) -> bool:
            return step.kind is kind and (days is None or days[0] <= step.at.date() <= days[1])

        read = {no for no, steps in self._told.items() if any(map(is_told, steps))}
        return frozenset(read.union(*(lines.told_of(kind, days) for lines in self._books)))

    def settled_at(self, case_no: str) -> datetime | None:
        """What :meth:`LogLines.settled_at` says, and never more than the rows can bear out."""
        if not self._is_as_left:
            return None
        lines = self._lines_of(case_no)
        return lines.settled_at(case_no) if lines else None

    def words_of(self, case_no: str, kind: StepKind) -> list[str]:
        """说明 of the lines of a case that are of this 环节, as they stand in the books."""
        if case_no in self._told:
            return [step.text for step in self._told[case_no] if step.kind is kind]
        return [words for lines in self._books for words in lines.words_of(case_no, kind)]

    def written_through(self) -> datetime | None:
        """The latest moment at which a line of the books was written, ``None`` where they have none."""
        told = (step.recorded_at for steps in self._told.values() for step in steps)
        return max(filter(None, (*told, *(lines.written_through() for lines in self._books))), default=None)

    def over_at(self, case_no: str) -> tuple[datetime, StepKind, str] | None:
        """When the last line of a case was, if its lines alone say that it ended in its first round, and with what.

        ``None`` where only a replay can say. The row has no say in it: somebody may have typed there.
        """
        lines = self._lines_of(case_no)
        return lines.over_at(case_no) if lines else None

    def _lines_of(self, case_no: str) -> LogLines | None:
        """The only book whose lines tell of a case; ``None`` where none or several do."""
        if len(self._books) == 1:
            return self._books[0]
        telling = [lines for lines in self._books if lines.tells_of(case_no)]
        return telling[0] if len(telling) == 1 else None


def _may_be_within(at: CellValue, days: tuple[date, date]) -> bool:
    """Whether a line may be of these days: one whose moment is not legible may."""
    day = at.date() if isinstance(at, datetime) else at
    return not isinstance(day, date) or days[0] <= day <= days[1]


_TELLING = frozenset(kind.value for kind in StepKind if kind not in (StepKind.EDIT, StepKind.UNDO))
"""环节 whose lines, in the order they happened, make the row what it is."""

_KINDS_ENDING: Mapping[CellValue, StepKind] = {kind.value: kind for kind in (StepKind.RESOLVE, StepKind.VOID)}
_REDO = StepKind.REDO.value


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
