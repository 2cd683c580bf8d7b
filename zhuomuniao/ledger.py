"""Ledger: the cases of one ledger over all its books, and the two ways they change: append and amend.

Row = state now, log = history. Every change writes the row and one line of 流转记录 in a single transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from zhuomuniao.errors import UnknownCaseError, ZmnError
from zhuomuniao.layouts import LOG_LAYOUT, Layout
from zhuomuniao.model import Case, Finding, Receipt, Saved, Step
from zhuomuniao.rows import case_of_row, number_of, row_of_case, row_of_step, step_of_row
from zhuomuniao.store.cells import CellValue
from zhuomuniao.store.entry import Change, Entry
from zhuomuniao.store.reading import BookReading, BookShape, key_text
from zhuomuniao.store.transaction import Store, Writing, Written
from zhuomuniao.texts import squeeze


@dataclass(frozen=True, slots=True)
class Draft:
    """A case about to be registered and the line that tells of it; both get their number in the transaction."""

    case: Case
    step: Step


@dataclass(frozen=True, slots=True)
class LedgerState:
    """All cases of a ledger, in number order of their books, and what could not be read as a case."""

    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who writes, by which command, at which real moment."""

    verb: str
    clerk: str
    now: datetime


DrawNumber = Callable[[Case, Collection[str]], str]
"""Given a draft and every number ever drawn on its day, the draft's number."""

Decide = Callable[[Case], tuple[Case, Step]]
"""Given a case as it stands under the lock, the case afterwards and the line that tells of it."""


class Ledger:
    """One ledger of a workspace. ``book_path`` gives the book of a year of 受理; ``years`` those there are."""

    def __init__(
        self,
        store: Store,
        shape: BookShape,
        *,
        book_path: Callable[[int], Path],
        years: Callable[[], tuple[int, ...]],
        number_pattern: Callable[[date], str],
    ) -> None:
        self.store = store
        self.shape = shape
        self._book_path = book_path
        self._years = years
        self._number_pattern = number_pattern

    @property
    def layout(self) -> Layout:
        return self.shape.layout

    def state(self) -> LedgerState:
        """Every case as the rows state it now, entries that wait in the outbox laid over them."""
        cases: dict[str, Case] = {}
        findings: list[Finding] = []
        # First what waits, then the books: an entry that is written in between is then seen twice, never not at all.
        waiting = self._waiting()
        for book in self._books():
            self._read_rows(self.store.read(book, self.shape.ledger), book, cases, findings)
        for entry in waiting:
            _overlay(entry, self.layout, cases)
        for book in self.store.missing_books():
            if self._is_ours(book):
                remedy = "请把文件放回原处；可能被移走、改名或删除，可从回收站或备份找回"
                findings.append(Finding("missing_book", book, "", None, "", "文件不见了", "文件在原处", remedy))
        for entry, reason in self.store.contradictions(self.shape.ledger) if waiting else ():
            remedy = "请用 WPS 打开核对，把该格改回原来的内容，下一次写入时自动补写"
            findings.append(
                Finding("waiting_conflict", entry.book, self.layout.sheet, None, "", reason, "与登记时相同", remedy)
            )
        return LedgerState(tuple(cases.values()), tuple(findings))

    def find(self, case_no: str) -> Case:
        """One case. Raises :class:`UnknownCaseError`."""
        wanted = squeeze(case_no)
        for case in self.state().cases:
            if case.case_no == wanted:
                return case
        raise _unknown(wanted)

    def steps(self, case_nos: Collection[str] | None = None) -> dict[str, list[Step]]:
        """The lines of 流转记录 by case, in the order written; of all cases when none is named."""
        found: dict[str, list[Step]] = {}
        waiting = self._waiting()
        written: set[str] = set()
        for book in self._books():
            reading = self.store.read(book, self.shape.ledger)
            for row in reading.rows(LOG_LAYOUT):
                step = step_of_row(row.values)
                if step is not None and (case_nos is None or step.case_no in case_nos):
                    written.add(step.op_id)
                    found.setdefault(step.case_no, []).append(step)
        for entry in waiting:
            for change in entry.changes if entry.op_id not in written else ():
                step = step_of_row(change.values) if change.sheet == LOG_LAYOUT.sheet else None
                if step is not None and (case_nos is None or step.case_no in case_nos):
                    found.setdefault(step.case_no, []).append(step)
        return found

    def append(
        self, drafts: Sequence[Draft], *, draw_number: DrawNumber, signature: Signature
    ) -> tuple[Receipt, ...]:
        """Register cases, one transaction per book; every number is drawn under the lock.

        All books are tried before the first is written, so what is wrong with the contents stops everything.
        Raises :class:`CannotWriteError` and its kin; where a disk fails at a later book, the message names what
        was written before.
        """
        receipts: list[Receipt] = []
        with self.store.writing() as writing:
            plans = []
            for place, year in enumerate(sorted({d.case.accepted_at.year for d in drafts})):
                book = self._relative(self._book_path(year))
                of_year = [d for d in drafts if d.case.accepted_at.year == year]
                numbered = self._number(writing, book, of_year, draw_number)
                entry = self._registration(writing, book, numbered, signature, place)
                plans.append((entry, numbered))
            for entry, _ in plans if len(plans) > 1 else ():
                writing.plan(entry)
            for entry, numbered in plans:
                try:
                    written = writing.write(entry)
                except ZmnError as error:
                    if receipts:
                        numbers = f"{receipts[0].case.case_no} 至 {receipts[-1].case.case_no}"
                        error.message += f"（此前 {numbers} 已登记，不要重复登记）"
                    raise
                receipts += [
                    self._receipt(writing, d.case, entry.book, written, written.rows.get(d.case.case_no))
                    for d in numbered
                ]
        return tuple(receipts)

    def amend(self, case_no: str, *, decide: Decide, signature: Signature) -> Receipt:
        """Change one case by a step; ``decide`` sees it under the lock. Raises :class:`UnknownCaseError`."""
        with self.store.writing() as writing:
            case, book, row = self._find_row(writing, squeeze(case_no))
            after, step = decide(case)
            entry = self._entry(writing, book, signature, [self._amendment(case, after), step])
            written = writing.write(entry)
            return self._receipt(writing, after, book, written, row)

    def _number(self, writing: Writing, book: str, drafts: Sequence[Draft], draw_number: DrawNumber) -> list[Draft]:
        """The drafts with their numbers, in order of acceptance; numbers given by hand are reserved first."""
        taken = self._numbers_by_day(writing, book, {d.case.accepted_at.date() for d in drafts})
        ordered = sorted(drafts, key=lambda d: d.case.accepted_at)
        numbers: dict[int, str] = {}
        for place, draft in sorted(enumerate(ordered), key=lambda item: not item[1].case.case_no):
            of_day = taken[draft.case.accepted_at.date()]
            numbers[place] = draw_number(draft.case, of_day)
            of_day.add(numbers[place])
        return [
            Draft(replace(d.case, case_no=numbers[i]), replace(d.step, case_no=numbers[i]))
            for i, d in enumerate(ordered)
        ]

    def _registration(
        self, writing: Writing, book: str, drafts: Sequence[Draft], signature: Signature, place: int
    ) -> Entry:
        row_no = self._next_row_no(writing, book)
        parts: list[Change | Step] = []
        for offset, draft in enumerate(drafts):
            values = row_of_case(draft.case, self.layout)
            if self.layout.column("row_no"):
                values["row_no"] = row_no + offset
            parts += [Change(self.layout.sheet, draft.case.case_no, values), draft.step]
        return self._entry(writing, book, signature, parts, place)

    def _numbers_by_day(self, writing: Writing, book: str, days: Collection[date]) -> dict[date, set[str]]:
        """The numbers ever drawn on each day. Every number has its day in it as eight digits."""
        return {
            day: writing.numbers_ever_drawn(book, self.shape.ledger, f"{day:%Y%m%d}", self._number_pattern(day))
            for day in days
        }

    def _entry(
        self, writing: Writing, book: str, signature: Signature, parts: Iterable[Change | Step], place: int = 0
    ) -> Entry:
        op_id = writing.next_operation_id(signature.now.date(), place)
        changes = [
            part
            if isinstance(part, Change)
            else Change(
                LOG_LAYOUT.sheet,
                part.case_no,
                row_of_step(replace(part, op_id=op_id, recorded_at=signature.now)),
            )
            for part in parts
        ]
        return Entry(
            op_id=op_id,
            verb=signature.verb,
            clerk=signature.clerk,
            recorded_at=signature.now,
            ledger=self.shape.ledger,
            book=book,
            changes=tuple(changes),
        )

    def _amendment(self, before: Case, after: Case) -> Change:
        """Only the cells whose value the step changes; a cell the office owns is never among them."""
        old, new = row_of_case(before, self.layout), row_of_case(after, self.layout)
        changed = [field for field in new if new[field] != old[field]]
        return Change(
            self.layout.sheet,
            after.case_no,
            {field: new[field] for field in changed},
            {field: old[field] for field in changed},
        )

    def _find_row(self, writing: Writing, case_no: str) -> tuple[Case, str, int | None]:
        cases: dict[str, Case] = {}
        for book in reversed(self._books()):
            reading = writing.reading(book, self.shape.ledger)
            for row in reading.rows(self.layout) if reading else ():
                if key_text(row.values.get("case_no")) == case_no:
                    case, _ = case_of_row(row.values, self.shape.ledger)
                    cases[case_no] = case
                    for entry in self._waiting():
                        _overlay(entry, self.layout, cases, only=case_no)
                    return cases[case_no], book, row.number
        for entry in self._waiting():
            _overlay(entry, self.layout, cases, only=case_no)
            if case_no in cases:
                return cases[case_no], entry.book, None
        raise _unknown(case_no)

    def _read_rows(self, reading: BookReading, book: str, cases: dict[str, Case], findings: list[Finding]) -> None:
        sheet = reading.head(self.layout).sheet
        for header in reading.missing_headers(self.layout):
            remedy = f"列名被改动或删去了；请把表头改回“{header}”"
            findings.append(Finding("missing_column", book, sheet, None, header, "没有这一列", "有这一列", remedy))
        for row in reading.rows(self.layout):
            case_no = key_text(row.values.get("case_no"))
            if not number_of(case_no):
                continue
            case, problems = case_of_row(row.values, self.shape.ledger)
            findings += [
                replace(p, file=book, sheet=sheet, row=row.number, column=self._header(p.column)) for p in problems
            ]
            if case.accepted_at == datetime.min:
                # Without a day it belongs to no month and no limit: told, and counted nowhere.
                continue
            if case_no in cases:
                findings.append(
                    Finding(
                        "duplicate_number", book, sheet, row.number, "编号", case_no, "每个编号只有一行",
                        "请核对这两行，改正其中一个编号",
                    )
                )  # fmt: skip
                continue
            cases[case_no] = case

    def _header(self, field: str) -> str:
        column = self.layout.column(field)
        return column.header if column else field

    def _next_row_no(self, writing: Writing, book: str) -> int:
        """序号 of the next row; for display only."""
        reading = writing.reading(book, self.shape.ledger)
        waiting = sum(c.is_new_row and c.sheet == self.layout.sheet for e in self._waiting() for c in e.changes)
        if reading is None:
            return 1 + waiting
        return reading.next_row_no(self.layout) + waiting

    def _waiting(self) -> list[Entry]:
        return [e for e in self.store.outbox.entries() if e.ledger == self.shape.ledger]

    def _books(self) -> list[str]:
        return [self._relative(self._book_path(year)) for year in self._years()]

    def _is_ours(self, book: str) -> bool:
        year = Path(book).parent.name
        return year.isdecimal() and self._relative(self._book_path(int(year))) == book

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.store.root).as_posix()

    def _receipt(self, writing: Writing, case: Case, book: str, written: Written, row: int | None) -> Receipt:
        is_queued = written.saved is Saved.QUEUED
        return Receipt(
            case=replace(case, is_queued=is_queued),
            saved=written.saved,
            revision=written.revision,
            book=book,
            row=None if is_queued else row,
            open_by=str(written.owner) if written.owner else "",
            settled=tuple(writing.settled),
        )


def _overlay(entry: Entry, layout: Layout, cases: dict[str, Case], only: str | None = None) -> None:
    """Lay a waiting entry over the rows: reads show what was promised."""
    for change in entry.changes:
        if change.sheet != layout.sheet or (only is not None and change.key != only):
            continue
        base: dict[str, CellValue] = {}
        if not change.is_new_row:
            if change.key not in cases:
                continue
            base = row_of_case(cases[change.key], layout)
        case, _ = case_of_row({**base, **change.values}, entry.ledger)
        cases[change.key] = replace(case, is_queued=True)


def _unknown(case_no: str) -> UnknownCaseError:
    return UnknownCaseError(
        f"台账里没有编号 {case_no} 的事项",
        "请核对编号；可用 zmn list --search 姓名或关键词 查找",
        case_no=case_no,
    )
