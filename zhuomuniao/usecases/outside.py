"""人工修改: what becomes of the changes people made to a book in WPS (docs/ARCHITECTURE.md, outside edits).

Facts are taken over with a step old → new, and the clocks concerned are counted again. Numbers, derived cells and
lines of the log are disputed until somebody settles them. What an old copy took away is brought back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.dateforms import moment_of_cell
from zhuomuniao.errors import (
    BadValueError,
    CannotPatchError,
    IntegrityError,
    UnreadableFileError,
)
from zhuomuniao.fieldwork import Officer
from zhuomuniao.ledger import Ledger, Place
from zhuomuniao.lifecycle import STEP_RULES
from zhuomuniao.model import Act, Clock, Record, Row, Status, Step, StepKind
from zhuomuniao.rosters import with_term
from zhuomuniao.store.alignment import doubled_numbers
from zhuomuniao.store.cells import CellValue, is_same_value, plain_text
from zhuomuniao.store.difference import Difference, Sort, changed_cells
from zhuomuniao.store.disputes import Dispute, DisputeCode, is_standing
from zhuomuniao.store.entry import Change
from zhuomuniao.transitions import take_step
from zhuomuniao.usecases.lookedafter import named_numbers
from zhuomuniao.usecases.recounting import Recount
from zhuomuniao.usecases.taking_in import own_cells, taken_in
from zhuomuniao.usecases.typedover import tell_shortened
from zhuomuniao.usecases.verbs import Verb

if TYPE_CHECKING:
    from zhuomuniao.casebook import RowReader
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.store.edits import Edit
    from zhuomuniao.store.transaction import Writing
    from zhuomuniao.usecases.office import Office

_TYPED_LIMITS = ("due_on",)
"""Limits that a person may set by typing them, where the form does not derive them (完成时限 of an issue)."""

_LEADING: dict[str, tuple[str, str, frozenset[Status]]] = {
    "resolved_at": ("办结时间", "resolve", frozenset(s for s in Status if s.is_open)),
    "unit": ("责任单位", "assign", frozenset({Status.AWAITING_ASSIGNMENT})),
    "signed_at": ("签收时间", "sign", frozenset({Status.AWAITING_SIGNATURE})),
    "satisfaction": ("满意度", "visit", frozenset({Status.AWAITING_REVISIT})),
    "filed_on": ("备案日期", "activity file", frozenset({Status.AWAITING_FILING})),
    "cleared_on": ("销号日期", "issue clear", frozenset({Status.OPEN})),
    "looked_back_on": ("回头看日期", "issue look-back", frozenset({Status.CLEARED})),
}
"""Cells that look like a step: what they are, the command that takes it, and where it would lead on."""

_ENDED_BY = {
    "first_feedback_at": StepKind.FIRST_FEEDBACK,
    "informed_at": StepKind.REPLY,
    "resolved_at": StepKind.RESOLVE,
    "filed_on": StepKind.FILE,
    "cleared_on": StepKind.CLEAR,
    "looked_back_on": StepKind.LOOK_BACK,
}
"""The step that writes each of these times, and with it ends clocks."""


def settle_edit(office: Office, writing: Writing, edit: Edit) -> bool:
    """Settle one edit under the lock; answers whether that is done. What cannot be written is disputed instead."""
    spec = office.locality.ledger(edit.ledger)
    name = edit.reading.name
    if not edit.is_compared:
        writing.notices.append(f"“{name}”被人工改过，改动前的留底已经没有，比不出改了什么，以现在的内容为准")
    ledgers = [ledger for ledger in office.sheets_of(spec) if edit.reading.has(ledger.layout)]
    sortings = [_Sorting(office, ledger, spec, _part_of(edit, ledger)) for ledger in ledgers]
    for sorting in sortings:
        sorting.sort_out()
    office.store.disputes.add(d for sorting in sortings for d in sorting.disputes)
    try:
        if parts := [part for sorting in sortings for part in sorting.parts()]:
            entry = ledgers[0].entry(writing, edit.book, office.signature(Verb.SETTLE), parts)
            writing.write_all([entry], overtakes=True)
    except (BadValueError, CannotPatchError, IntegrityError, UnreadableFileError) as error:
        writing.notices.append(
            f"“{name}”被人工改过，还没有补记：{error.message}；{error.remedy}；改了什么、怎么处理见 zmn check"
        )
        # A later write would make the book look settled: what was not written stays told, each cell and line of it.
        office.store.disputes.add(d for sorting in sortings for d in sorting.left_over())
        return True
    # Not before: a crash in between must find what was known before the edit.
    office.store.disputes.drop(d for sorting in sortings for d in sorting.closed)
    writing.notices += [line for sorting in sortings for line in sorting.told()]
    return True


def _part_of(edit: Edit, ledger: Ledger[Any]) -> Edit:
    """What of an edit is about one sheet; lines of 流转记录 go with the first."""
    sheet = ledger.layout.sheet
    others = {layout.sheet for layout in ledger.sheet.shape.tables} - {sheet}
    is_first = ledger.layout is ledger.sheet.shape.layout

    def is_mine(name: str) -> bool:
        return name not in others if is_first else name == sheet

    rows = edit.reading.rows(ledger.layout)
    return replace(
        edit,
        differences=tuple(d for d in edit.differences if is_mine(d.sheet)),
        overwritten=tuple(c for c in edit.overwritten if is_mine(c.sheet)),
        torn=tuple(row for row in edit.torn if row in rows),
    )


class _Sorting(Struct):
    """The differences of one edit, sorted into what is taken over, brought back, put together, disputed."""

    office: Office
    ledger: Ledger[Any]
    spec: LedgerSpec
    edit: Edit
    disputes: list[Dispute] = field(default_factory=list)
    closed: list[Dispute] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    adopted: dict[str, int] = field(default_factory=dict)
    told_in: list[str] = field(default_factory=list)
    overwritten: list[Change] = field(default_factory=list)
    _facts: dict[str, list[Difference]] = field(default_factory=dict)
    _changes: dict[str, Change] = field(default_factory=dict)
    _steps: list[Step] = field(default_factory=list)

    def sort_out(self) -> None:
        """Look at every difference once."""
        known = self.ledger.reader()
        form = self.ledger.form
        mine = [d for d in known.disputes if d.book == self.edit.book and self.ledger.concerns(d)]
        self.closed = [d for d in mine if not is_standing(d, self.edit.reading)]
        vouched = {(d.key, d.difference.field): d for d in self.closed if d.difference.field}
        self.overwritten = [self._as_known(change, known) for change in self.edit.overwritten]
        doubled = doubled_numbers(self.edit.reading.rows(self.ledger.layout))
        self._put_halves_together(doubled)
        for dispute in mine:
            # What could not be meant or written then may be by now: a column has its name again, a day has come.
            d = dispute.difference
            is_left = dispute.code is DisputeCode.FACT and dispute not in self.closed and d.key not in doubled
            if is_left and self._can_be_taken(d):
                self.closed.append(dispute)
                self._facts.setdefault(d.key, []).append(d)
        for difference in (*self.edit.differences, *self._changed_while_away()):
            # What stood there by zmn's knowledge, not by an earlier edit that was never taken over.
            earlier = vouched.get((difference.key, difference.field))
            is_told = earlier is not None and earlier.is_before(difference)
            d = replace(difference, was=earlier.difference.was) if earlier and is_told else difference
            if d.sort is Sort.CELL and is_same_value(d.was[d.field], d.now[d.field]):
                continue
            if d.sort is Sort.CELL and d.field in form.derived:
                self._dispute(DisputeCode.DERIVED, d)
            elif d.sort is Sort.CELL and d.field not in form.written:
                # The office's own column: the journal remembers it, nothing follows from it.
                continue
            elif d.sort is Sort.CELL and (d.key in doubled or not self._can_be_taken(d)):
                self._dispute(DisputeCode.FACT, d)
            elif d.sort is Sort.CELL:
                self._facts.setdefault(d.key, []).append(d)
            elif d.sort is Sort.LINE_GONE:
                self._dispute(DisputeCode.LINE_CHANGED if d.now else DisputeCode.LINE_GONE, d)
            elif d.sort is Sort.ROW_GONE:
                self._dispute(DisputeCode.ROW_GONE, replace(d, was=known.known(d.key, d.was)))
            elif d.sort is not Sort.ROW_NEW:
                self._dispute(DisputeCode[d.sort.name], d)
        standing = (d for d in known.disputes if d not in self.closed)
        reader = self.ledger.reader((*standing, *self.disputes))
        recount = Recount(self.office, self.office.calendar)
        for key, changed in self._facts.items():
            self._take_over(reader, recount, key, changed)
        for d in self.edit.differences:
            if d.sort is Sort.ROW_NEW:
                self._take_in(reader, d)

    def parts(self) -> list[Change | Step]:
        """What to write: rows first, then the lines of the log."""
        return [*self.overwritten, *self._changes.values(), *self._steps]

    def told(self) -> list[str]:
        """What the clerk should know; numbers and headers only, never what stands in the cells."""
        name, told = self.edit.reading.name, []
        if self.overwritten:
            keys = dict.fromkeys(c.key for c in self.overwritten)
            told.append(f"“{name}”被旧稿覆盖过（有人存回了以前打开的一份），已从流水补回：{named_numbers(keys)}")
        if self.edit.torn:
            told.append(
                f"“{name}”排序错位：只排了一部分列，已按编号把{len(self.edit.torn)}行重新对齐；排序时请全选各列"
            )
        if self.adopted:
            cells = sum(self.adopted.values())
            told.append(
                f"“{name}”被人工改过：采纳{cells}处，已记入流转记录（人工修改）：{named_numbers(self.adopted)}"
            )
        if self.told_in:
            told.append(f"“{name}”里有手工录入的行，已记入流转记录：{named_numbers(self.told_in)}")
        told += self.moved
        gone = dict.fromkeys(d.key for d in self.disputes if d.code is DisputeCode.ROW_GONE)
        if gone:
            what = f"有{len(gone)}行被人工删除（{named_numbers(gone)}）"
            told.append(f"“{name}”{what}，补回来之前不在清单和逾期里；怎么处理见 zmn check")
        if others := [d for d in self.disputes if d.code is not DisputeCode.ROW_GONE]:
            keys = dict.fromkeys(d.key for d in others)
            count = len(others)
            told.append(
                f"“{name}”有{count}处人工改动没有采纳（{named_numbers(keys)}），仍按原来的办；怎么处理见 zmn check"
            )
        return told

    def _as_known(self, change: Change, known: RowReader[Any]) -> Change:
        """What an old copy took away, without what somebody had typed into it that was never taken over."""
        is_emptied = all(value is None for value in change.values.values())
        if change.sheet != self.ledger.layout.sheet or is_emptied:
            return change
        cells = known.known(change.key, change.values)
        return replace(change, values={name: cells[name] for name in change.values})

    def _changed_while_away(self) -> Iterator[Difference]:
        """The cells of rows that were deleted and are there again, where they are not as they were."""
        gone = {d.key: d.difference.was for d in self.closed if d.difference.sort is Sort.ROW_GONE}
        for d in self.edit.differences:
            if d.sort is Sort.ROW_NEW and d.key in gone:
                yield from changed_cells(
                    replace(d, was=gone[d.key]), self.ledger.form.written - {"case_no", "row_no"}
                )

    def _dispute(self, code: DisputeCode, difference: Difference) -> None:
        self.disputes.append(Dispute(code, self.edit.revision, self.edit.book, self.spec.id, difference))

    def left_over(self) -> list[Dispute]:
        """All that was to be written, as disputes."""
        layout, edit = self.ledger.layout, self.edit
        left = [(DisputeCode.FACT, d) for changed in self._facts.values() for d in changed]
        for change in self.overwritten:
            sort = Sort.ROW_GONE if change.sheet == layout.sheet else Sort.LINE_GONE
            d = Difference(sort, change.sheet, change.key, change.values, change.before or {})
            if change.before is None:
                left.append((DisputeCode[sort.name], d))
                continue
            # Facts as derived ones: what an old copy shows nobody has typed, it must not be taken over later.
            left += [(DisputeCode.DERIVED, cell) for cell in changed_cells(d, change.values.keys())]
        return [Dispute(code, edit.revision, edit.book, self.spec.id, d) for code, d in left]

    def _put_halves_together(self, doubled: Collection[str]) -> None:
        """排序错位: zmn's own cells go to the row that bears the number."""
        layout = self.ledger.layout
        there = self.edit.reading.head(layout).columns
        own = [c.field for c in layout.columns if c.is_own and c.field in there]
        for row in self.edit.torn:
            if row.key in doubled:
                continue
            values = {name: row.values.get(name) for name in own}
            self._changes[row.key] = Change(layout.sheet, row.key, values, values)

    def _can_be_taken(self, d: Difference) -> bool:
        """Whether a fact as typed can be meant: a date that is one, a word that is in the list, a name at all."""
        value, text = d.now[d.field], plain_text(d.now[d.field])
        lost = {c.field for c in self.edit.reading.missing_columns(self.ledger.layout)}
        form = self.ledger.form
        moments = (*form.moments, *_TYPED_LIMITS)
        if form.has_clocks and d.field in (*moments, *form.facts) and "clocks" in lost:
            # Limits depend on it, and there is no place now to write them.
            return False
        if not text:
            return d.field not in form.required
        if d.field in form.numbers:
            _, problems = form.record_of({d.field: value}, self.spec.id)
            return all(p.column != d.field for p in problems)
        if d.field in _TYPED_LIMITS:
            return moment_of_cell(value) is not None and not self._is_put_off(d)
        if d.field in moments:
            _, problems = form.record_of({d.field: value}, self.spec.id)
            moment = None if any(p.column == d.field for p in problems) else moment_of_cell(value)
            return moment is not None and moment <= self.office.moment.now.replace(hour=23, minute=59)
        if d.field in form.facts:
            rules = self.office.locality.rules_on(self.office.moment.now.date())
            codes = rules.code_list(self.spec.id, d.field)
            return codes is None or text in codes.names
        return True

    def _is_put_off(self, d: Difference) -> bool:
        """Whether a limit that has passed was typed over with a later one."""
        was, now = (moment_of_cell(cells[d.field]) for cells in (d.was, d.now))
        return was is not None and now is not None and was < now and was.date() < self.office.moment.now.date()

    def _take_over(self, reader: RowReader[Any], recount: Recount, key: str, changed: list[Difference]) -> None:
        row = next((r for r in self.edit.reading.rows(self.ledger.layout) if r.key == key), None)
        if row is None:
            return
        cells = {**row.values, **self._brought_back(key)}
        record, _ = reader.record(key, cells)
        before, _ = reader.record(key, {**cells, **{d.field: d.was[d.field] for d in changed}})
        told = [tell_shortened(d, reader) for d in changed]
        clocks: tuple[Clock, ...] = ()
        if isinstance(record, Record) and isinstance(before, Record):
            clocks = self._clocks_of_change(recount, before, record, changed)
            told += self._tell_clocks(recount, before, record, clocks)
            self._tell_leading(record, changed)
        self.adopted[key] = len(changed)
        self._add(Place(self.edit.book, row.number, record, cells), self._step(record, "；".join(told), clocks))

    @staticmethod
    def _clocks_of_change(
        recount: Recount, before: Record, after: Record, changed: list[Difference]
    ) -> tuple[Clock, ...]:
        """The clocks that a changed row moves, starts, ends at another time, or for which a day was typed."""
        moved = () if after.opened_at == datetime.min else _clocks_moved(recount, before, after)
        typed = [moment_of_cell(d.now[d.field]) for d in changed if d.field in _TYPED_LIMITS]
        clock = after.closing_clock
        if typed and typed[0] is not None and clock is None and after.status.is_open:
            # Whoever types a day has made a plan, whatever 整改方式 says by now.
            clock = Clock(after.CLOSED_BY[0], typed[0].date(), round=after.round)
        if clock is not None and clock.is_running and typed and typed[0] is not None:
            moved = (*(c for c in moved if c.act is not clock.act), replace(clock, due_on=typed[0].date()))
        return (*moved, *_clocks_ended_anew(before, after))

    def _tell_clocks(self, recount: Recount, before: Record, after: Record, clocks: tuple[Clock, ...]) -> list[str]:
        key = after.case_no
        stored = {c.act: c for c in after.clocks}
        moves = [_moved(stored.get(c.act), c) for c in clocks]
        if moves:
            self.moved.append(f"时限随人工修改变动：{key} {'；'.join(moves)}")
        if kept := _clocks_without_rule(recount, before, after):
            self.moved.append(f"编号 {key} 的“{'、'.join(kept)}”按改后的内容已没有这条规定，日期照签发的留着")
        return moves

    def _tell_leading(self, record: Record, changed: list[Difference]) -> None:
        """Cells that look like a step, where the step was not taken."""
        key = record.case_no
        for d in changed:
            title, command, statuses = _LEADING.get(d.field, ("", "", frozenset()))
            if record.status in statuses and plain_text(d.now[d.field]):
                self.moved.append(f"编号 {key} 填了{title}，状态仍是“{record.status}”；请用 zmn {command} {key} 登记")

    def _brought_back(self, key: str) -> dict[str, CellValue]:
        """What an old copy took from a row and is written back with the same entry."""
        changes = [c for c in self.overwritten if c.key == key and c.sheet == self.ledger.layout.sheet]
        return {name: value for c in changes for name, value in c.values.items()}

    def _take_in(self, reader: RowReader[Any], d: Difference) -> None:
        """A row somebody typed: it gets its clocks, its status, its first line. One put back is only put back."""
        record, _ = reader.record(d.key, d.now)
        is_told = self.ledger.form.tells(d.now)
        if self.ledger.steps({d.key}).get(d.key) or record.opened_at == datetime.min or not is_told:
            return
        clocks: tuple[Clock, ...] = ()
        if isinstance(record, Record):
            if record.edition:
                return
            record, clocks = taken_in(self.office, self.spec, record, d.now)
        self.told_in.append(d.key)
        told = "时限由 zmn 补算" if clocks else "没有时限"
        place = Place(self.edit.book, d.row, record, d.now)
        self._add(place, self._step(record, f"手工录入的一行，{told}", clocks), is_new=True)

    def _add(self, place: Place[Any], step: Step, *, is_new: bool = False) -> None:
        record = place.record
        after = take_step(record, step, self.office.terms(self.spec)) if isinstance(record, Record) else record
        if isinstance(after, Officer):
            after = with_term(self.office.locality.rules_on(self.office.moment.as_of), after, ledger=self.spec.id)
        changed = own_cells if is_new else Ledger.changed_cells
        change = changed(self.ledger, place, after)
        standing = self._changes.get(after.case_no)
        if standing is not None:
            values, was = {**standing.values, **change.values}, {**(standing.before or {}), **(change.before or {})}
            change = replace(change, values=values, before=was)
        if change.values:
            self._changes[after.case_no] = change
        self._steps.append(step)

    def _step(self, record: Row, text: str, clocks: tuple[Clock, ...]) -> Step:
        now = self.office.moment.now.replace(second=0, microsecond=0)
        clerk = self.office.workspace.config.clerk
        return Step(record.case_no, StepKind.EDIT, now, clerk, record.unit, text, clocks)


def _clocks_moved(recount: Recount, before: Record, after: Record) -> tuple[Clock, ...]:
    """The clocks that the changed facts move or start. A date that other facts never moved stays as it was signed."""
    was = {clock.act: clock for clock in recount.clocks(before)}
    now = {clock.act: clock for clock in recount.clocks(after)}
    stored = {clock.act: clock for clock in after.round_clocks}
    return tuple(
        clock
        for act, clock in now.items()
        if (stored[act].is_running if act in stored else act not in was)
        and (act not in was or was[act].due_text != clock.due_text)
    )


def _clocks_ended_anew(before: Record, after: Record) -> tuple[Clock, ...]:
    """The clocks that a step ended whose time was corrected: they end at the corrected time."""
    moved: dict[Act, Clock] = {}
    for name, kind in _ENDED_BY.items():
        was, now = getattr(before, name, None), getattr(after, name, None)
        if was is None or now is None or was == now:
            continue
        for clock in after.clocks:
            ended = replace(clock, ended_on=_day(now), ended_time=now.time() if clock.ended_time else None)
            if clock.act in STEP_RULES[kind].ends and clock.ended_on == _day(was) and ended != clock:
                moved[clock.act] = ended
    return tuple(moved.values())


def _day(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _moved(was: Clock | None, now: Clock) -> str:
    if was is None or was.is_running:
        return f"{now.act} {was.due_text if was else '无'} → {now.due_text}"
    return f"{now.act} 完成于 {was.ended_on} → {now.ended_on}{'（逾期）' if now.ended_late else ''}"


def _clocks_without_rule(recount: Recount, before: Record, after: Record) -> list[str]:
    """Running clocks that the old facts gave and the new ones do not."""
    was, now = ({clock.act for clock in recount.clocks(case)} for case in (before, after))
    return [clock.act for clock in after.clocks if clock.is_running and clock.act in was - now]
