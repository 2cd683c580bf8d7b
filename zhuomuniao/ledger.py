"""Ledger: the records of one sheet over all its books, and the two ways they change: append and amend.

Row = state now, log = history. Every change writes the row and one line of 流转记录 in a single transaction, and a
change of many cases, of several books or ledgers, is one operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.casebook import Cells, IsOver, RowReader, Standing, dispute_findings
from zhuomuniao.caselog import History
from zhuomuniao.errors import UnknownCaseError
from zhuomuniao.layouts import LOG_LAYOUT, Layout
from zhuomuniao.model import Finding, NumberSeries, R, Receipt, Saved, Step
from zhuomuniao.rows import RowForm, clocks_over, row_of_step, step_of_row
from zhuomuniao.store.disputes import Dispute, DisputeCode, is_standing
from zhuomuniao.store.entry import Change, Entry
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.model import Row
    from zhuomuniao.store.books import Store
    from zhuomuniao.store.reading import BookReading
    from zhuomuniao.store.shape import BookShape
    from zhuomuniao.store.transaction import Writing, Written

    Beside = Callable[[Writing, Sequence[R]], Sequence["Amendment[Any]"]]
    """Given the records that are being written, what becomes of others in the same operation."""


class Draft(Struct, Generic[R], frozen=True):
    """A record about to be registered and the lines that tell of it; all get their number in the transaction."""

    record: R
    steps: tuple[Step, ...]


class LedgerState(Struct, Generic[R], frozen=True):
    """Records of a sheet, in number order of their books, what could not be read as one, and the first day of any
    record, also of those that were left out. ``passed_over`` is how many of them were looked at.
    """

    records: tuple[R, ...]
    findings: tuple[Finding, ...]
    first_day: date | None
    passed_over: int = 0


class Signature(Struct, frozen=True):
    """Who writes, by which command, at which real moment."""

    verb: str
    clerk: str
    now: datetime


DrawNumber = Callable[[R, Collection[str]], str]
"""Given a draft and every number ever drawn in its series, the draft's number."""

Compare = Callable[[Sequence[R], Iterable[Cells]], Mapping[str, tuple[str, ...]]]
"""Given new cases and the rows of their book, the numbers of similar ones by the number of each."""

_LOOKED_FOR = 20
"""Names, phones and numbers that are looked for one by one; with more, the rows are read at once."""

_GIVEN = NumberSeries("", "", "")
"""All numbers of a ledger that come with their matters (12345工单编号)."""

Decide = Callable[[R], tuple[R, tuple[Step, ...]]]
"""Given a record as it stands under the lock, the record afterwards and the lines that tell of it."""

DecideAll = Callable[[Any], tuple[Any, tuple[Step, ...]] | None]
"""The same, or ``None`` for a record that stays as it is."""


class Place(Struct, Generic[R], frozen=True):
    """A record and its cells under the lock: waiting entries laid over its row, ``None`` where only they have it."""

    book: str
    row: int | None
    record: R
    cells: Cells


class Amendment(Struct, Generic[R], frozen=True):
    """What becomes of a record of ``ledger``, and the lines that tell of it."""

    ledger: Ledger[R]
    place: Place[R]
    after: R
    steps: tuple[Step, ...]


def _year_opened(record: Any) -> int:
    year: int = record.opened_at.year
    return year


class Sheet(Struct, Generic[R], frozen=True, kw_only=True):
    """Which sheet of which books a ledger is, how its rows hold records, and how they are numbered.

    ``book_path`` gives the book of a year; ``years`` those there are; ``year_of`` the one a new record goes to;
    ``draw`` its number.
    """

    shape: BookShape
    layout: Layout
    form: RowForm[R]
    book_path: Callable[[int], Path]
    years: Callable[[], tuple[int, ...]]
    series_of: Callable[[R], NumberSeries]
    draw: DrawNumber[R]
    year_of: Callable[[R], int] = field(default=_year_opened)


class Ledger(Generic[R]):
    """The records of one sheet of a workspace, over the books of all years."""

    def __init__(self, store: Store, sheet: Sheet[R]) -> None:
        self.store = store
        self.sheet = sheet

    @property
    def id(self) -> str:
        """The ledger in whose books the sheet is."""
        return self.sheet.shape.ledger

    @property
    def layout(self) -> Layout:
        return self.sheet.layout

    @property
    def form(self) -> RowForm[R]:
        return self.sheet.form

    @property
    def number_title(self) -> str:
        """What the numbers of this sheet are called: as its header says (工单编号), else 活动编号, 计划编号 …"""
        column = self.layout.column("case_no")
        return column.header if column and column.header != "编号" else f"{self.form.noun}编号"

    def state(self) -> LedgerState[R]:
        """Every record as the rows state it now, entries that wait in the outbox laid over them."""
        return self._state(moving_only=False)

    def moving_state(self) -> LedgerState[R]:
        """What :meth:`state` says of all records that may still move; closed ones may be left out, no finding is."""
        return self._state(moving_only=True)

    def state_without(self, is_over: IsOver) -> LedgerState[R]:
        """What :meth:`state` says but of closed rows that are over: those may be left out, no finding is."""
        return self._state(moving_only=True, is_over=is_over)

    def _state(self, *, moving_only: bool, is_over: IsOver | None = None) -> LedgerState[R]:
        standing: Standing[R] = {}
        findings: list[Finding] = []
        # First what waits, then the books: an entry that is written in between is then seen twice, never not at all.
        waiting, reader = self._waiting(), self.reader()
        readings = {book: self.store.read(book, self.id) for book in self.books()}
        # A number may stand in the books of two years; and a step may wait for a closed case.
        is_whole = not moving_only or waiting or _share_numbers(readings.values(), self.layout)
        first: date | None = None
        passed_over = 0
        for book, reading in readings.items():
            if not is_whole:
                moving = reader.read_moving(reading, book, standing, is_over)
                findings += moving.findings
                passed_over += moving.passed_over
                first = min(filter(None, (first, moving.first)), default=None)
            else:
                findings += reader.read_rows(reading, book, standing)
        for entry in waiting:
            reader.overlay(entry, standing)
        # What a step has written over since is settled, whoever asks first.
        mine = [d for d in reader.disputes if self.concerns(d)]
        still = [d for d in mine if d.book not in readings or is_standing(d, readings[d.book])]
        findings += dispute_findings(still, reader, standing)
        for book in self.store.missing_books():
            if self._is_ours(book):
                remedy = "请把文件放回原处；可能被移走、改名或删除，可从回收站或备份找回"
                findings.append(Finding("missing_book", book, "", None, "", "文件不见了", "文件在原处", remedy))
        for entry, reason in self.store.contradictions(self.id) if waiting else ():
            remedy = (
                "请用 WPS 打开核对，把该格改回原来的内容，下一次写入时自动补写；"
                f"或用 zmn book replay --keep {entry.op_id} 照写，--drop {entry.op_id} 不要了"
            )
            findings.append(
                Finding("waiting_conflict", entry.book, self.layout.sheet, None, "", reason, "与登记时相同", remedy)
            )
        records = tuple(record for record, _ in standing.values())
        return LedgerState(records, tuple(findings), _first_day(records, first), passed_over)

    def concerns(self, dispute: Dispute) -> bool:
        """Whether a dispute is told with this sheet: its own rows, and with the first one the log."""
        of_sheet = {layout.sheet for layout in self.sheet.shape.side_sheets}
        is_first = self.layout.sheet not in of_sheet
        sheet = dispute.difference.sheet
        return sheet not in of_sheet if is_first else sheet == self.layout.sheet

    def has(self, case_no: str) -> bool:
        """Whether a number stands in one of the books, or waits to."""
        wanted = squeeze(case_no)
        if any(wanted in entry.case_nos for entry in self._waiting()):
            return True
        readings = (self.store.read(book, self.id) for book in self.books())
        readings = (r for r in readings if r.has(self.layout))
        return any(wanted in r.opened.keys_matching(self.layout, wanted, re.escape(wanted)) for r in readings)

    def find(self, case_no: str) -> R:
        """One record. Raises :class:`UnknownCaseError`."""
        wanted = squeeze(case_no)
        for record in self.state().records:
            if record.case_no == wanted:
                return record
        raise self._unknown(wanted)

    def steps(self, case_nos: Collection[str] | None = None) -> dict[str, list[Step]]:
        """The lines of 流转记录 by case, in the order written; of all cases when none is named."""
        found: dict[str, list[Step]] = {}
        waiting, reader = self._waiting(), self.reader()
        written: set[str] = set()
        for book in self.books():
            for step in reader.steps(self.store.read(book, self.id), case_nos):
                written.add(step.op_id)
                found.setdefault(step.case_no, []).append(step)
        for entry in waiting:
            for change in entry.changes if entry.op_id not in written else ():
                promised = step_of_row(change.values) if change.sheet == LOG_LAYOUT.sheet else None
                if promised is not None and (case_nos is None or promised.case_no in case_nos):
                    found.setdefault(promised.case_no, []).append(promised)
        return found

    def history(self) -> History:
        """流转记录 to be asked for one case after the other: lines that nobody asks for are not made steps."""
        reader = self.reader()
        if self._waiting():
            return History((), is_as_left=False, told=self.steps())
        readings = {book: self.store.read(book, self.id) for book in self.books()}
        is_as_left = not reader.disputes and all(self.store.is_as_left(r, book) for book, r in readings.items())
        return History([reader.log(r) for r in readings.values()], is_as_left=is_as_left, told={})

    def append(
        self,
        drafts: Sequence[Draft[R]],
        *,
        signature: Signature,
        draw_number: DrawNumber[R] | None = None,
        compare: Compare[R] | None = None,
        beside: Beside[R] | None = None,
    ) -> tuple[Receipt[R], ...]:
        """Register records, in one operation however many books they fall into; numbers are drawn under the lock.

        ``draw_number`` draws them where some are given by hand.
        ``compare`` is shown the new cases and the rows they are put under, and tells which of them may be the same
        matter; ``beside`` is shown the new records and tells what becomes of records of other books with them.
        Raises what :meth:`Writing.write_all` raises.
        """
        with self.store.writing() as writing:
            of_books: list[tuple[str, list[Draft[R]]]] = []
            similar: dict[str, tuple[str, ...]] = {}
            for year in sorted({self.sheet.year_of(d.record) for d in drafts}):
                book = self._relative(self.sheet.book_path(year))
                of_year = [d for d in drafts if self.sheet.year_of(d.record) == year]
                numbered = self._number(writing, book, of_year, draw_number or self.sheet.draw)
                of_books.append((book, numbered))
                if compare is not None:
                    rows = self._rows_of_persons(writing, book, [d.record for d in numbered])
                    similar |= compare([d.record for d in numbered], rows)
            new = [d.record for _, numbered in of_books for d in numbered]
            changed = beside(writing, new) if beside else ()
            # An operation has one entry for a book: what changes in a book of new records goes with them.
            joined = {book: [a for a in changed if a.place.book == book and not a.place.record.is_queued]
                      for book, _ in of_books}  # fmt: skip
            plans = [
                (self._registration(writing, book, numbered, signature, place, joined[book]), numbered)
                for place, (book, numbered) in enumerate(of_books)
            ]
            rest = [a for a in changed if a.place.record.is_queued or a.place.book not in joined]
            others = _entries(writing, rest, signature, first=len(plans))
            written = writing.write_all([*(entry for entry, _ in plans), *others])
            return tuple(
                replace(
                    self._receipt(writing, draft.record, entry.book, outcome, outcome.rows.get(draft.record.case_no)),
                    similar=similar.get(draft.record.case_no, ()),
                )
                for (entry, numbered), outcome in zip(plans, written, strict=False)
                for draft in numbered
            )

    def _rows_of_persons(self, writing: Writing, book: str, cases: Sequence[Any]) -> Iterable[Cells]:
        """The rows of a book, where any of these persons may stand in it: most come for the first time."""
        reading = writing.reading(book, self.id)
        if reading is None:
            return ()
        persons = {text for case in cases for text in (case.applicant, case.phone) if text}
        if len(persons) <= _LOOKED_FOR and not any(reading.opened.may_hold(self.layout, text) for text in persons):
            return ()
        return (row.values for row in reading.rows(self.layout) if row.key)

    def amend(
        self, case_no: str, *, decide: Decide[R], signature: Signature, beside: Beside[R] | None = None
    ) -> Receipt[R]:
        """Change one record by a step; ``decide`` sees it under the lock. ``beside`` tells what becomes of records of
        other books with it. Raises :class:`UnknownCaseError`.
        """
        with self.store.writing() as writing:
            place = next(self.places(writing, only=squeeze(case_no)), None)
            if place is None:
                raise self._unknown(squeeze(case_no))
            mine = Amendment(self, place, *decide(place.record))
            others = beside(writing, [mine.after]) if beside else ()
            receipts = _write_amendments(writing, [mine, *others], signature)
            # They come in the order of the books, and another book may come first.
            told = (mine.after.case_no, mine.after.ledger)
            return next(r for r in receipts if (r.record.case_no, r.record.ledger) == told)

    def place_of(self, writing: Writing, case_no: str) -> Place[R] | None:
        """One record under the lock, ``None`` where there is none of this number."""
        return next(self.places(writing, only=squeeze(case_no)), None)

    def _unknown(self, case_no: str) -> UnknownCaseError:
        if any(d.code is DisputeCode.ROW_GONE and d.key == case_no for d in self.reader().disputes):
            remedy = f"补回来：zmn check --restore {case_no}；确实要删：zmn check --adopt {case_no} --basis 依据"
            return UnknownCaseError(f"编号 {case_no} 的一行被人工删除了", remedy, case_no=case_no)
        remedy = f"请核对编号；可用 {self.form.listing} 查找"
        return UnknownCaseError(f"台账里没有编号 {case_no} 的{self.form.noun}", remedy, case_no=case_no)

    def _number(
        self, writing: Writing, book: str, drafts: Sequence[Draft[R]], draw_number: DrawNumber[R]
    ) -> list[Draft[R]]:
        """The drafts with their numbers, in order of acceptance; numbers given by hand are reserved first."""
        taken: dict[NumberSeries, set[str]] = {}
        ordered = sorted(drafts, key=lambda d: d.record.opened_at)
        numbers: dict[int, str] = {}
        for place, draft in sorted(enumerate(ordered), key=lambda item: not item[1].record.case_no):
            series = self.sheet.series_of(draft.record)
            # Numbers that come with their matters are no series: one set for all, and none of them is burnt.
            key = series if series.name else _GIVEN
            if key not in taken and key is _GIVEN:
                taken[key] = self._standing_numbers(writing, [d.record.case_no for d in ordered])
            elif key not in taken:
                taken[key] = writing.numbers_ever_drawn(book, self.id, series)
            numbers[place] = draw_number(draft.record, taken[key])
            taken[key].add(numbers[place])
        return [
            Draft(replace(d.record, case_no=numbers[i]), tuple(replace(step, case_no=numbers[i]) for step in d.steps))
            for i, d in enumerate(ordered)
        ]

    def _standing_numbers(self, writing: Writing, wanted: Sequence[str]) -> set[str]:
        """Those of all books, of what waits and of what is disputed that may be ``wanted``.

        A number that came with its matter and was taken back may come in again.
        """
        standing = {no for entry in self._waiting() for no in entry.case_nos}
        standing |= {dispute.difference.key for dispute in self.reader().disputes}
        for book in self.books():
            reading = writing.reading(book, self.id)
            if reading is None:
                continue
            if len(wanted) <= _LOOKED_FOR:
                found = (reading.opened.keys_matching(self.layout, no, re.escape(no)) for no in wanted if no)
                standing.update(*found)
            else:
                standing |= {row.key for row in reading.rows(self.layout)}
        return standing - {""}

    def _registration(
        self,
        writing: Writing,
        book: str,
        drafts: Sequence[Draft[R]],
        signature: Signature,
        place: int,
        changed: Sequence[Amendment[Any]] = (),
    ) -> Entry:
        row_no = self._next_row_no(writing, book)
        parts: list[Change | Step] = []
        for offset, draft in enumerate(drafts):
            values = self.form.row_of(draft.record, self.layout)
            if self.layout.column("row_no"):
                values["row_no"] = row_no + offset
            parts += [Change(self.layout.sheet, draft.record.case_no, values), *draft.steps]
        for a in changed:
            parts += [a.ledger.changed_cells(a.place, a.after), *a.steps]
        return self.entry(writing, book, signature, parts, place)

    def entry(
        self, writing: Writing, book: str, signature: Signature, parts: Iterable[Change | Step], place: int = 0
    ) -> Entry:
        """What an operation means to write into a book: changes as they are, steps as lines of 流转记录."""
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
            ledger=self.id,
            book=book,
            changes=tuple(changes),
        )

    def changed_cells(self, place: Place[R], after: R) -> Change:
        """Only the cells whose value the step changes; a cell the office owns is never among them."""
        old, row = self.form.row_of(place.record, self.layout), self.form.row_of(after, self.layout)
        new = {field: value for field, value in row.items() if value != old[field]}
        if "clocks" in new:
            known = self.reader().known(after.case_no, place.cells)
            new["clocks"] = clocks_over(str(new["clocks"]), known.get("clocks"))
        return Change(self.layout.sheet, after.case_no, new, {field: place.cells.get(field) for field in new})

    def places(self, writing: Writing, *, only: str | None = None) -> Iterator[Place[R]]:
        """Every record :meth:`state` has, or ``only`` one, of the same row; last those that wait to be registered."""
        waiting, reader = self._waiting(), self.reader()
        told: set[str] = set()
        for book in self.books():
            reading = writing.reading(book, self.id)
            rows: dict[str, int] = {}
            standing: Standing[R] = {}
            for row in reading.rows(self.layout) if reading and reading.has(self.layout) else ():
                if not row.key or row.key in told or only not in (None, row.key):
                    continue
                record, _ = reader.record(row.key, row.values)
                if record.opened_at > datetime.min:
                    told.add(row.key)
                    rows[row.key], standing[row.key] = row.number, (record, row.values)
            for entry in waiting:
                reader.overlay(entry, standing)
            yield from (Place(book, number, *standing[no]) for no, number in rows.items())
        unwritten: Standing[R] = {}
        books: dict[str, str] = {}
        for entry in waiting:
            reader.overlay(entry, unwritten)
            books |= {no: entry.book for no in entry.case_nos if no not in books}
        mine = (no for no in unwritten if no not in told and only in (None, no))
        yield from (Place(books[no], None, *unwritten[no]) for no in mine)

    def reader(self, disputes: Sequence[Dispute] | None = None) -> RowReader[R]:
        """How this sheet's rows become records now, or under the disputes given."""
        given = self.store.disputes.entries() if disputes is None else disputes
        disputes = tuple(d for d in given if d.ledger == self.id)
        return RowReader(self.layout, self.id, self.form, disputes)

    def _next_row_no(self, writing: Writing, book: str) -> int:
        """序号 of the next row; for display only."""
        reading = writing.reading(book, self.id)
        waiting = sum(c.is_new_row and c.sheet == self.layout.sheet for e in self._waiting() for c in e.changes)
        if reading is None:
            return 1 + waiting
        return reading.opened.next_row_no(self.layout) + waiting

    def _waiting(self) -> list[Entry]:
        return [e for e in self.store.outbox.entries() if e.ledger == self.id]

    def books(self) -> list[str]:
        """The books there are, by year, relative to the workspace."""
        return [self._relative(self.sheet.book_path(year)) for year in self.sheet.years()]

    def _is_ours(self, book: str) -> bool:
        year = Path(book).parent.name
        return year.isdecimal() and self._relative(self.sheet.book_path(int(year))) == book

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.store.root).as_posix()

    def _receipt(self, writing: Writing, record: R, book: str, written: Written, row: int | None) -> Receipt[R]:
        is_queued = written.saved is Saved.QUEUED
        return Receipt(
            record=replace(record, is_queued=is_queued),
            saved=written.saved,
            revision=written.revision,
            book=book,
            row=None if is_queued else row,
            open_by=str(written.owner) if written.owner else "",
            settled=tuple(writing.settled),
            notices=tuple(writing.notices),
        )


def _share_numbers(readings: Collection[BookReading], layout: Layout) -> bool:
    """Whether a number stands in two of the books."""
    if len(readings) < 2:
        return False
    keys = [reading.keys(layout) for reading in readings if reading.has(layout)]
    return len(set().union(*keys)) < sum(len(set(some)) for some in keys)


def _first_day(records: Iterable[Row], known: date | None) -> date | None:
    days = (record.opened_at for record in records)
    first = min(days, default=None)
    return min(filter(None, (known, first.date() if first else None)), default=None)


def amend_cases(
    ledgers: Sequence[Ledger[Any]], decide: DecideAll, *, signature: Signature
) -> tuple[Receipt[Any], ...]:
    """Change any number of records of several ledgers of one workspace, in one operation (a calendar is imported).

    ``decide`` is shown, under the lock, every record that :meth:`Ledger.state` has. Each change is its row and its
    lines of 流转记录; where ``decide`` answers ``None`` for all, nothing is written at all. The receipts come in the
    path order of the books; those of a book that is open elsewhere, and of records that wait already, say so.

    Raises what :meth:`Writing.write_all` raises: all books or none, or an error that says which are done.
    """
    if not ledgers:
        return ()
    with ledgers[0].store.writing() as writing:
        amendments = [
            Amendment(ledger, place, *decided)
            for ledger in ledgers
            for place in ledger.places(writing)
            if (decided := decide(place.record)) is not None
        ]
        return _write_amendments(writing, amendments, signature)


def append_together(
    batches: Sequence[tuple[Ledger[Any], Sequence[Draft[Any]]]], *, signature: Signature
) -> tuple[Receipt[Any], ...]:
    """Register rows of several sheets of one workspace in one operation; their receipts, batch after batch.

    Raises what :meth:`Writing.write_all` raises.
    """
    if not any(drafts for _, drafts in batches):
        return ()
    with batches[0][0].store.writing() as writing:
        entries: dict[str, Entry] = {}
        numbered: list[tuple[Ledger[Any], str, Draft[Any]]] = []
        for ledger, drafts in batches:
            for year in sorted({ledger.sheet.year_of(d.record) for d in drafts}):
                book = ledger._relative(ledger.sheet.book_path(year))
                of_year = [d for d in drafts if ledger.sheet.year_of(d.record) == year]
                own = ledger._number(writing, book, of_year, ledger.sheet.draw)
                place = list(entries).index(book) if book in entries else len(entries)
                entry = ledger._registration(writing, book, own, signature, place)
                before = entries[book].changes if book in entries else ()
                entries[book] = replace(entry, changes=(*before, *entry.changes))
                numbered += [(ledger, book, draft) for draft in own]
        written = dict(zip(entries, writing.write_all(list(entries.values())), strict=True))
        return tuple(
            ledger._receipt(writing, draft.record, book, written[book], written[book].rows.get(draft.record.case_no))
            for ledger, book, draft in numbered
        )


def _write_amendments(
    writing: Writing, amendments: Sequence[Amendment[Any]], signature: Signature
) -> tuple[Receipt[Any], ...]:
    groups = _by_book(amendments)
    written = writing.write_all(_entries(writing, amendments, signature))
    return tuple(
        a.ledger._receipt(writing, a.after, a.place.book, outcome, a.place.row)
        for group, outcome in zip(groups, written, strict=True)
        for a in group
    )


def _entries(
    writing: Writing, amendments: Sequence[Amendment[Any]], signature: Signature, *, first: int = 0
) -> list[Entry]:
    """One entry for each book, numbered from the ``first``-th of the operation on."""
    entries = []
    for place, group in enumerate(_by_book(amendments), start=first):
        parts: list[Change | Step] = []
        for a in group:
            parts += [a.ledger.changed_cells(a.place, a.after), *a.steps]
        entries.append(group[0].ledger.entry(writing, group[0].place.book, signature, parts, place))
    return entries


def _by_book(amendments: Sequence[Amendment[Any]]) -> list[list[Amendment[Any]]]:
    groups: dict[tuple[str, bool], list[Amendment[Any]]] = {}
    for amendment in amendments:
        # A record whose book must first be put right by somebody does not keep the others of that book waiting.
        key = (amendment.place.book, amendment.place.record.is_queued)
        groups.setdefault(key, []).append(amendment)
    return [groups[key] for key in sorted(groups)]
