"""What happened to a case or a book, and how two states of a book differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError, UnknownCaseError, UnreadableFileError, ZmnError
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.privacy import mask_cell
from zhuomuniao.store.cells import CellValue, plain_text
from zhuomuniao.store.difference import Difference, Sort, compare_books
from zhuomuniao.store.disputes import difference_from_json
from zhuomuniao.store.history import SavedState, operations, rebuild, saved_states, state_of_revision
from zhuomuniao.store.journal import DONE, DROPPED, QUEUED
from zhuomuniao.store.reading import BookReading
from zhuomuniao.usecases.verbs import verb_words

if TYPE_CHECKING:
    from zhuomuniao.store.entry import Entry
    from zhuomuniao.store.shape import BookShape
    from zhuomuniao.usecases.office import Office

NOW = "现在"
"""What names the book as it is, beside revisions and files."""


class CellChange(Struct, frozen=True):
    """A cell before and after, as text; masked unless asked otherwise."""

    field: str
    header: str
    was: str
    now: str


class Event(Struct, frozen=True):
    """One thing that happened to a case or a book. ``state`` is 已写入, 等待补写 or 没有写入."""

    n: int
    at: str
    book: str
    clerk: str
    what: str
    op_id: str
    state: str
    case_nos: tuple[str, ...]
    cells: tuple[CellChange, ...] = ()


def history_of_books(office: Office) -> tuple[tuple[Event, bool], ...]:
    """Every saved state, oldest first, and whether its bytes are kept or can be rebuilt."""
    states = saved_states(office.store)
    answer = []
    reachable: dict[str, bool] = {}
    for state in states:
        kept = office.store.revisions.find(state.book, state.after) is not None
        is_first = state.book not in reachable
        follows = state.is_rebuildable and (is_first or reachable[state.book])
        reachable[state.book] = kept or follows
        answer.append((_event_of_state(state), reachable[state.book]))
    return tuple(answer)


def _event_of_state(state: SavedState) -> Event:
    at = state.at.replace("T", " ")
    if state.entry is not None:
        entry = state.entry
        what = verb_words(entry.verb)
        return Event(state.n, at, state.book, entry.clerk, what, entry.op_id, "已写入", entry.case_nos)
    if state.edit:
        differences = [difference_from_json(d) for d in state.edit.get("differences", ())]
        keys = tuple(dict.fromkeys(d.key for d in differences))
        saved = str(state.edit.get("saved_at", "")).replace("T", " ")[:16]
        what = f"人工修改（{saved} 存盘）" if keys else f"在表格软件里存过（{saved}），各格没有变"
        return Event(state.n, at, state.book, "", what, "", "已记入", keys)
    return Event(state.n, at, state.book, "", "流水从这里重新开始", "", "已记入", ())


def history_of_case(office: Office, case_no: str, *, is_full: bool = False) -> tuple[Event, ...]:
    """Everything the journal knows of a case: who, when, what, before and after. Masked unless ``is_full``.

    Raises :class:`UnknownCaseError` where the journal has never heard of it, :class:`IntegrityError` where its chain
    is broken.
    """
    shapes = office.store.shapes
    events: list[Event] = []
    for operation in operations(office.store):
        for n, entry, settled in zip(operation.numbers, operation.entries, operation.settled, strict=True):
            if case_no in entry.case_nos:
                cells = tuple(_cells_of_entry(entry, case_no, shapes[entry.ledger]))
                at = f"{entry.recorded_at:%Y-%m-%d %H:%M:%S}"
                state = {DONE: "已写入", QUEUED: "等待补写", DROPPED: "没有写入"}.get(settled, "没有写完")
                what = verb_words(entry.verb)
                events.append(Event(n, at, entry.book, entry.clerk, what, entry.op_id, state, (case_no,), cells))
    for saved in saved_states(office.store):
        mine = [d for d in map(difference_from_json, saved.edit.get("differences", ())) if d.key == case_no]
        if mine:
            shape = shapes[saved.edit["ledger"]]
            edited = tuple(cell for d in mine for cell in cells_of_difference(d, shape))
            events.append(replace(_event_of_state(saved), case_nos=(case_no,), cells=edited))
    if not events:
        raise UnknownCaseError(f"流水里没有编号 {case_no}", "请核对编号；不写编号可列出各个版本")
    events.sort(key=lambda event: event.n)
    if is_full:
        return tuple(events)
    names = {text for e in events for c in e.cells if c.field == "applicant" for text in (c.was, c.now) if text}
    names |= _names_now(office, case_no)
    return tuple(replace(e, cells=tuple(masked(c, names) for c in e.cells)) for e in events)


def _names_now(office: Office, case_no: str) -> set[str]:
    """Who the case is about by the books as they are: the journal may be younger than the case."""
    found = set()
    for spec in office.case_specs:
        with suppress(ZmnError):
            found |= {
                c.applicant for c in office.ledger(spec).state().records if c.case_no == case_no and c.applicant
            }
    return found


def operation_of_registration(office: Office, case_no: str) -> str:
    """The id of the operation that registered a case just now, by which ``undo --batch`` knows it; ``""`` if none."""
    return office.store.journal.registration_of(case_no, log=LOG_LAYOUT.sheet)


def _cells_of_entry(entry: Entry, case_no: str, shape: BookShape) -> Iterator[CellChange]:
    for change in entry.changes:
        if change.key != case_no:
            continue
        if change.sheet == LOG_LAYOUT.sheet:
            if change.is_new_row:
                told = plain_text(change.values.get("text"))
                yield CellChange("text", "说明", "", f"{plain_text(change.values.get('kind'))} {told}".strip())
            continue
        for field, value in change.values.items():
            was = plain_text(change.before.get(field)) if change.before else ""
            if was != plain_text(value):
                yield CellChange(field, shape.header(change.sheet, field), was, plain_text(value))


def cells_of_difference(d: Difference, shape: BookShape) -> Iterator[CellChange]:
    """What one difference changed, cell by cell; a whole row or line is one."""
    if d.field:
        yield CellChange(
            d.field, shape.header(d.sheet, d.field), plain_text(d.was[d.field]), plain_text(d.now[d.field])
        )
        return
    if d.sort in (Sort.LINE_GONE, Sort.LINE_NEW):
        yield CellChange("line", "流转记录", _line_words(d.was), _line_words(d.now))
        return
    yield CellChange("row", "整行", "有" if d.was else "", "有" if d.now else "")


def _line_words(line: Mapping[str, CellValue]) -> str:
    return " ".join(filter(None, (plain_text(line.get(name)) for name in ("at", "kind", "by", "text"))))


def masked(cell: CellChange, names: set[str]) -> CellChange:
    """A cell as it may leave the window."""

    was, now = (mask_cell(cell.field, text, names) for text in (cell.was, cell.now))
    return replace(cell, was=was, now=now)


class Compared(Struct, frozen=True):
    """Two states of a ledger's book and how they differ. ``names`` are the people's of the cases that differ."""

    ledger: str
    one: str
    other: str
    differences: tuple[Difference, ...]
    names: frozenset[str] = frozenset()


def compare(office: Office, one: str, other: str) -> Compared:
    """How two states differ: revisions by number, files by path, or 现在 (the book as it is).

    Raises :class:`BadValueError` for what is none of these or where the two are of different ledgers.
    """
    first = _bytes_named(office, one, None)
    second = _bytes_named(office, other, first)
    if first is None:
        first = _bytes_named(office, one, second)
    if first is None or second is None:
        raise BadValueError("只写“现在”不知道是哪一本", "请写明一个版本号或一个文件")
    if first.ledger != second.ledger:
        raise BadValueError("两边不是同一种台账", "请核对版本号和文件")
    shape = office.store.shapes[first.ledger]
    readings = [BookReading(s.data, shape, name=name) for s, name in ((first, one), (second, other))]
    found = compare_books(*readings)
    keys = {d.key for d in found}
    names = {
        plain_text(row.values.get("applicant")) for r in readings for row in r.rows(shape.layout) if row.key in keys
    }
    return Compared(first.ledger, one, other, found, frozenset(names - {""}))


class _Named(Struct, frozen=True):
    """A state somebody named: its ledger, its bytes, and its book where it is one of ours."""

    ledger: str
    data: bytes
    book: str = ""


def _bytes_named(office: Office, name: str, beside: _Named | None) -> _Named | None:
    """A state by its name; ``None`` for 现在 where it is not yet known of which book.

    现在 beside a revision is the book of that revision; beside a file, the newest book of its ledger.
    """
    if name.isdecimal():
        state = state_of_revision(office.store, int(name))
        return _Named(ledger_of_book(office, state.book), rebuild(office.store, state).data, state.book)
    if name == NOW:
        if beside is None:
            return None
        books = [b for b, ledger in office.store.find_books().items() if ledger == beside.ledger]
        if not (beside.book or books):
            raise BadValueError("这种台账现在一本也没有", "请核对工作区里的“台账”文件夹")
        book = beside.book or books[-1]
        return _Named(beside.ledger, office.store.read(book, beside.ledger).data, book)
    path = Path(name) if Path(name).is_file() else office.workspace.root / name
    if not path.is_file():
        raise BadValueError(f"没有版本或文件“{name}”", "请写版本号（zmn book history 列出）、文件，或“现在”")
    data = path.read_bytes()
    book = office.workspace.relative(path.resolve()) if path.resolve().is_relative_to(office.workspace.root) else ""
    is_ours = book in office.store.find_books()
    return _Named(ledger_of_file(office, data, path.name), data, book if is_ours else "")


def ledger_of_file(office: Office, data: bytes, name: str) -> str:
    """The ledger whose header a file bears. Raises :class:`UnreadableFileError` where none fits."""
    for ledger, shape in office.store.shapes.items():
        try:
            reading = BookReading(data, shape, name=name)
            reading.check()
            reading.head(shape.layout)
        except UnreadableFileError as error:
            if error.kind != "not_a_ledger":
                raise
        else:
            return ledger
    raise UnreadableFileError(f"“{name}”不是本工作区的台账", "表头对不上任何一本；请核对文件", kind="not_a_ledger")


def ledger_of_book(office: Office, book: str) -> str:
    """The ledger of a book, also of one that is not there any more."""
    ledger = office.store.find_books().get(book)
    if ledger is not None:
        return ledger
    state = next(s for s in saved_states(office.store, book) if s.entry or s.edit)
    return state.entry.ledger if state.entry else str(state.edit["ledger"])
