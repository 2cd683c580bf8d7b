"""接管: an office's existing book becomes a ledger. 升级: a book of an older layout gets what the newer one has."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError, UnreadableFileError, reason_of
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.ledger import Place
from zhuomuniao.model import Case, Step, StepKind
from zhuomuniao.numbering import next_number
from zhuomuniao.rows import CASE_ROWS
from zhuomuniao.store.adoption import adopt_book
from zhuomuniao.store.alignment import KEY, TableRow
from zhuomuniao.store.applying import apply_entry
from zhuomuniao.store.cells import plain_text
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.revisions import Why
from zhuomuniao.store.upgrade import upgrade_book
from zhuomuniao.transitions import take_step
from zhuomuniao.usecases.books import replace_book
from zhuomuniao.usecases.taking_in import own_cells, taken_in
from zhuomuniao.usecases.verbs import Verb

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.store.entry import Change
    from zhuomuniao.store.transaction import Writing
    from zhuomuniao.usecases.office import Office


class Adopted(Struct, frozen=True):
    """What became of an office's book: where it stands, its cases, numbers drawn for rows that had none."""

    book: str
    cases: int
    open_cases: int
    numbered: tuple[str, ...]
    skipped: tuple[tuple[int, str], ...]
    revision: int | None
    warnings: tuple[str, ...]


class Upgraded(Struct, frozen=True):
    """One book that got a newer layout."""

    book: str
    from_version: int
    to_version: int
    added: tuple[str, ...]
    revision: int


def adopt_file(
    office: Office, spec: LedgerSpec, path: Path, *, year: int | None = None, is_dry_run: bool = False
) -> Adopted:
    """Take over an office's book as the ledger's book of a year; the file itself stays as it is.

    Rows without a number are given one, by their day of 受理. Raises :class:`UnreadableFileError` for a file that is
    none of this ledger's, :class:`BadValueError` where the year's book has rows already or no year can be told.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"读不了“{path.name}”：{reason_of(error)}", "请核对文件") from error
    ledger, layout = office.ledger(spec), office.layout(spec)
    shape = office.store.shapes[spec.id]
    adopted = BookReading(adopt_book(data, shape, name=path.name), shape, name=path.name)
    with office.store.writing() as writing:
        rows, skipped = _readable_rows(adopted, spec)
        target = year or _year_of(rows)
        book = office.workspace.relative(office.workspace.book_path(layout, target))
        standing = writing.reading(book, spec.id)
        is_itself = (office.workspace.root / book).resolve() == path.resolve()
        if is_itself and standing is not None and _has_log(standing):
            raise BadValueError(f"“{path.name}”已经是 zmn 的台账，不用再接管", "可以直接登记；zmn book list 列出各本")
        if standing is not None and not is_itself and any(row.key for row in standing.rows(layout)):
            raise BadValueError(
                f"{target}年的台账里已经有登记的事项，不能再接管一本", "要并进去的，请用 zmn register --from 成批登记"
            )
        numbered, numbers = _number(office, spec, writing, None if is_itself else book, adopted, rows)
        rows, _ = _readable_rows(numbered, spec)
        parts: list[Change | Step] = []
        open_cases = 0
        told = {row.key for row in numbered.rows(LOG_LAYOUT)}
        for row, case in rows:
            if row.key in told:
                # Another zmn's book: its cases go on as their log tells, clocks ended there stay ended.
                open_cases += case.status.is_open
                continue
            opened, clocks = taken_in(office, spec, case, row.values)
            open_cases += opened.status.is_open
            now = office.moment.now.replace(second=0, microsecond=0)
            text = f"接管原台账第{row.number}行"
            step = Step(row.key, StepKind.EDIT, now, office.workspace.config.clerk, case.unit, text, clocks)
            after = take_step(opened, step, office.terms(spec))
            change = own_cells(ledger, Place(book, row.number, opened, row.values), after)
            parts += [change, step] if change.values else [step]
        entry = ledger.entry(writing, book, office.signature(Verb.ADOPT), parts)
        final = apply_entry(numbered, entry).data if parts else numbered.data
        done = Adopted(book, len(rows), open_cases, tuple(numbers), skipped, None, tuple(writing.notices))
        if is_dry_run:
            return done
        if is_itself and standing is not None:
            # What stands there is the office's own file: zmn has not written it. What it took the place of is kept.
            last = office.store.revisions.last(book)
            if last is not None and last != standing.data:
                on, n = office.moment.now.date(), office.store.journal.revision
                office.store.revisions.keep(book, last, n=n, on=on, why=Why.UNSEEN)
            office.store.revisions.set_last(book, standing.data)
        revision = replace_book(office, writing, Verb.ADOPT, book, spec.id, final, entry.changes)
        return replace(done, revision=revision)


def upgrade_books(office: Office) -> tuple[Upgraded, ...]:
    """Give every book of an older layout what the layout has by now. Raises what :func:`upgrade_book` raises."""
    done = []
    with office.store.writing() as writing:
        for book, ledger in office.store.find_books().items():
            reading = writing.reading(book, ledger)
            found = upgrade_book(reading.data, reading.shape, name=reading.name) if reading else None
            if found is not None:
                revision = replace_book(office, writing, Verb.UPGRADE, book, ledger, found.data)
                done.append(Upgraded(book, found.from_version, found.to_version, found.added, revision))
    return tuple(done)


def _has_log(reading: BookReading) -> bool:
    try:
        return bool(reading.head(LOG_LAYOUT).columns)
    except UnreadableFileError:
        return False


def _readable_rows(
    reading: BookReading, spec: LedgerSpec
) -> tuple[list[tuple[TableRow, Case]], tuple[tuple[int, str], ...]]:
    """The rows that tell of a case, and those left out: their number and why."""
    rows, skipped = [], []
    for row in reading.rows(reading.shape.layout):
        told = plain_text(row.values.get("applicant")) and plain_text(row.values.get("about"))
        if not row.key and not told:
            continue
        case, _ = CASE_ROWS.record_of({**row.values, KEY: row.key}, spec.id)
        if case.accepted_at == datetime.min:
            skipped.append((row.number, "受理时间认不出"))
        else:
            rows.append((row, case))
    return rows, tuple(skipped)


def _year_of(rows: list[tuple[TableRow, Case]]) -> int:
    years = Counter(case.accepted_at.year for _, case in rows)
    if not years:
        raise BadValueError("这本台账里没有认得出的事项，不知道是哪一年的", "请加 --year 年份")
    return years.most_common(1)[0][0]


def _number(
    office: Office,
    spec: LedgerSpec,
    writing: Writing,
    book: str | None,
    reading: BookReading,
    rows: list[tuple[TableRow, Case]],
) -> tuple[BookReading, list[str]]:
    """The book with a number for every row that has none; the numbers drawn.

    ``book`` is the ledger's own of that year; ``None`` where the office's file stands in its place.
    """
    bare = [(row, case) for row, case in rows if not row.key]
    if not bare:
        return reading, []
    taken = {row.key for row, _ in rows if row.key}
    ledger, numbers = office.ledger(spec), []
    amends: dict[int, dict[int, str]] = {}
    head = reading.head(reading.shape.layout)
    for row, case in sorted(bare, key=lambda item: (item[1].accepted_at, item[0].number)):
        day = case.accepted_at.date()
        rule = office.locality.rules_on(day).numbering_for(spec.id)
        series = ledger.sheet.series_of(case)
        if book is None:
            ever = office.store.journal.keys_matching(series.literal, series.pattern)
        else:
            ever = writing.numbers_ever_drawn(book, spec.id, series)
        number = next_number(rule, day, taken | ever)
        taken.add(number)
        numbers.append(number)
        amends[row.number] = {head.columns[field]: number for field in (KEY, "key_check") if field in head.columns}
    patch = SheetPatch(head.sheet, head.header_row, head.columns[KEY], amends=amends)
    data = patch_book(reading.data, [patch], name=reading.name).data
    return BookReading(data, reading.shape, name=reading.name), numbers
