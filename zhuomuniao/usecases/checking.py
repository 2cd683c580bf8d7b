"""核对: what people changed in the books and zmn did not take over; adopting it or putting it back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.dateforms import moment_of_cell
from zhuomuniao.errors import BadValueError, BookOpenError, CannotWriteError, RefusedByRuleError, UnreadableFileError
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.ledger import Ledger, Place
from zhuomuniao.model import Clock, Finding, Record, Saved, Status, Step, StepKind
from zhuomuniao.store.cells import CellValue, is_same_value
from zhuomuniao.store.difference import Difference, Sort
from zhuomuniao.store.disputes import Dispute, DisputeCode, is_standing
from zhuomuniao.store.entry import Change
from zhuomuniao.texts import clean_text, squeeze
from zhuomuniao.transitions import merge_clocks
from zhuomuniao.usecases.recounting import differences
from zhuomuniao.usecases.typedover import PUT_BACK, adopted_words, tell_whole
from zhuomuniao.usecases.verbs import Verb

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.store.transaction import Writing
    from zhuomuniao.usecases.office import Office


class Settled(Struct, frozen=True):
    """What became of the disputes about a case."""

    case_no: str
    count: int
    words: str
    saved: Saved
    revision: int
    warnings: tuple[str, ...]


def check_books(office: Office, specs: Iterable[LedgerSpec]) -> tuple[Finding, ...]:
    """Everything in the books that a person should look at, and dates that differ from today's rules and calendar."""
    wanted = tuple(specs)
    _close_settled(office)
    findings = [f for spec in wanted for sheet in office.sheets_of(spec) for f in sheet.state().findings]
    findings += [f for spec in wanted for f in _steps_not_taken(office, spec)]
    recounted = differences(office, wanted)
    for move in recounted.moves:
        remedy = "已签发的日期不会自动改动；zmn recount 列出全部，确认后 zmn recount --issue"
        was = move.was.due_text if move.was else "无"
        now = move.now.due_text if move.now else "无"
        found = f"编号 {move.case_no} 的“{move.act}”：台账是 {was}，按现在的规则和日历是 {now}"
        findings.append(Finding("date_differs", move.ledger, "", None, "", found, now, remedy))
    for case_no, reason in recounted.uncounted.items():
        findings.append(Finding("uncounted", "", case_no, None, "时限", reason, "能算出的时限", "请核对这一件的内容"))
    return tuple(findings)


_DAY_OF_STEP = {
    Status.AWAITING_FILING: ("filed_on", "zmn activity file"),
    Status.OPEN: ("cleared_on", "zmn issue clear"),
}
"""The day that somebody may type where a step is still to be taken, and the command that takes it."""


def _steps_not_taken(office: Office, spec: LedgerSpec) -> Iterator[Finding]:
    """Activities and issues whose row has the day of a step that was never taken: it is neither filed nor cleared."""
    ledger = office.records(spec)
    for record in ledger.state().records:
        field, command = _DAY_OF_STEP.get(record.status, ("", ""))
        if field and getattr(record, field) is not None:
            header = ledger.reader(()).header(field)
            found = f"编号 {record.case_no} 填了 {getattr(record, field)}，状态仍是“{record.status}”"
            remedy = f"请登记：{command} {record.case_no} --at {getattr(record, field)}；填错了的请清空这一格"
            yield Finding("step_not_taken", spec.id, "", None, header, found, "用命令登记过的", remedy)


def _close_settled(office: Office) -> None:
    """Drop disputes that the books do not show any more: somebody put the cell back, or a step wrote it anew."""
    if office.moment.is_replayed or not office.store.disputes.entries():
        return
    # Who may only read, or finds somebody writing, still sees what is open.
    with suppress(CannotWriteError, BookOpenError), office.store.writing(wait_seconds=0):
        gone = []
        for dispute in office.store.disputes.entries():
            try:
                if not is_standing(dispute, office.store.read(dispute.book, dispute.ledger)):
                    gone.append(dispute)
            except UnreadableFileError:
                continue
        office.store.disputes.drop(gone)


def adopt(office: Office, case_no: str, basis: str) -> Settled:
    """Take over what people changed about a case, on the ``basis`` given.

    Raises :class:`BadValueError` where nothing is disputed, no basis is given or a cell says nothing that can be
    read, :class:`RefusedByRuleError` for a changed number: numbers are promises.
    """
    reason = clean_text(basis)
    if not reason:
        raise BadValueError("采纳人工改动要写依据", "请加 --basis，写明谁同意、凭什么")
    return _settle(office, case_no, lambda disputes, ledger: _Adoption(office, ledger, disputes, reason))


def restore_case(office: Office, case_no: str) -> Settled:
    """Put back what people changed about a case. Raises :class:`BadValueError` where nothing is disputed."""
    return _settle(office, case_no, lambda disputes, ledger: _Restoration(office, ledger, disputes))


_TOLD_BY_LOG = ("round", "round_started_on", "urging", "extension", "co_handlers")
"""Cells that only repeat what 流转记录 tells: typed over, the two would contradict each other."""


class _Settlement(ABC):
    """What to write for one case in one book, and how to tell it."""

    def __init__(self, office: Office, ledger: Ledger[Any], disputes: Sequence[Dispute]) -> None:
        self.office, self.ledger, self.disputes = office, ledger, disputes

    @abstractmethod
    def parts(self, writing: Writing) -> list[Change | Step]:
        """What to write."""

    def _place(self, writing: Writing) -> Place[Any] | None:
        """The row as the book has it, read as if nothing about it were disputed."""
        key = self.disputes[0].key
        reading = writing.reading(self.disputes[0].book, self.ledger.id)
        row = next((r for r in reading.rows(self.ledger.layout) if r.key == key), None) if reading else None
        if row is None:
            return None
        record, _ = self.ledger.reader(()).record(key, row.values)
        return Place(self.disputes[0].book, row.number, record, row.values)

    def _step(self, place: Place[Any] | None, text: str) -> Step:
        now = self.office.moment.now.replace(second=0, microsecond=0)
        unit = place.record.unit if place else ""
        clerk = self.office.workspace.config.clerk
        return Step(self.disputes[0].key, StepKind.EDIT, now, clerk, unit, text)

    def _told(self, d: Difference, *, is_back: bool = False) -> str:
        if not d.field:
            return {Sort.ROW_GONE: "删除整行"}.get(d.sort, "改动流转记录")
        return tell_whole(d, self.ledger.reader(()), is_back=is_back)


class _Adoption(_Settlement):
    def __init__(self, office: Office, ledger: Ledger[Any], disputes: Sequence[Dispute], basis: str) -> None:
        super().__init__(office, ledger, disputes)
        self.basis = basis

    def parts(self, writing: Writing) -> list[Change | Step]:
        if any(d.code is DisputeCode.KEY for d in self.disputes):
            raise RefusedByRuleError(
                f"编号 {self.disputes[0].key} 不能改：编号给出去就不变，也不再用",
                f"改回去：zmn check --restore {self.disputes[0].key}",
            )
        for d in (dispute.difference for dispute in self.disputes if dispute.difference.sort is Sort.CELL):
            _, problems = self.ledger.form.record_of(d.now, self.ledger.id)
            if any(p.column == d.field for p in problems):
                header = self.ledger.reader(()).header(d.field)
                raise BadValueError(
                    f"编号 {d.key} 的“{header}”改成的内容看不懂，不能采纳",
                    f"请在台账里改成看得懂的，或改回去：zmn check --restore {d.key}",
                )
            if d.field in _TOLD_BY_LOG:
                header = self.ledger.reader(()).header(d.field)
                raise RefusedByRuleError(
                    f"编号 {d.key} 的“{header}”照流转记录而来，不能采纳表格里改的",
                    f"改回去：zmn check --restore {d.key}；确有其事的，请用办理的命令登记",
                )
        told = "；".join(self._told(d.difference) for d in self.disputes)
        place = self._place(writing)
        parts: list[Change | Step] = []
        dated: tuple[Clock, ...] = ()
        if place is not None:
            cells = [d.difference for d in self.disputes if d.difference.field]
            typed = {d.field: d.now[d.field] for d in cells}
            after = place.record
            if isinstance(after, Record):
                dated = _clocks_typed(after, typed)
                after = replace(after, clocks=merge_clocks(after.clocks, dated))
            values = {
                name: value
                for name, value in self.ledger.form.row_of(after, self.ledger.layout).items()
                if name in self.ledger.form.derived - set(typed)
                and name in place.cells
                and not is_same_value(place.cells[name], value)
            }
            if values:
                was = {name: place.cells[name] for name in values}
                parts.append(Change(self.ledger.layout.sheet, place.record.case_no, values, was))
        step = self._step(place, adopted_words(told, self.basis))
        return [*parts, replace(step, clock_changes=dated)]


def _clocks_typed(case: Record, typed: Mapping[str, CellValue]) -> tuple[Clock, ...]:
    """The clock whose date was typed into 办理时限 or 下一时限; who typed 时限明细 itself has said all."""
    for name, clock in (("due_on", case.closing_clock), ("next_due_on", case.leading_clock)):
        moment = moment_of_cell(typed.get(name))
        if "clocks" not in typed and moment is not None and clock is not None:
            return (replace(clock, due_on=moment.date(), is_provisional=False),)
    return ()


class _Restoration(_Settlement):
    def parts(self, writing: Writing) -> list[Change | Step]:
        place = self._place(writing)
        told = "；".join(self._told(d.difference, is_back=True) for d in self.disputes)
        values: dict[str, CellValue] = {}
        before: dict[str, CellValue] = {}
        others: list[Change] = []
        for dispute in self.disputes:
            d = dispute.difference
            if d.field:
                values |= d.was
                before |= d.now
            else:
                others.append(_put_back(d))
        if values:
            others.insert(0, Change(self.ledger.layout.sheet, self.disputes[0].key, values, before))
        return [*others, self._step(place, f"{PUT_BACK}{told}")]


def _put_back(d: Difference) -> Change:
    """The change that brings back a row or a line, or empties a line that somebody added."""
    if d.sort is Sort.LINE_NEW:
        return Change(d.sheet, d.key, dict.fromkeys((c.field for c in LOG_LAYOUT.columns), None), d.now)
    if d.sort is Sort.LINE_GONE and d.now:
        return Change(d.sheet, d.key, d.was, d.now)
    return Change(d.sheet, d.key, {name: value for name, value in d.was.items() if value is not None})


def _is_open(writing: Writing, dispute: Dispute) -> bool:
    reading = writing.reading(dispute.book, dispute.ledger)
    return reading is None or is_standing(dispute, reading)


def _settle(office: Office, case_no: str, make: Callable[[Sequence[Dispute], Ledger[Any]], _Settlement]) -> Settled:
    wanted = squeeze(case_no)
    with office.store.writing() as writing:
        mine = [d for d in office.store.disputes.entries() if d.key == wanted]
        # What a step has written over since, or somebody has put back, is no more to be settled.
        open_ones = [d for d in mine if _is_open(writing, d)]
        office.store.disputes.drop(d for d in mine if d not in open_ones)
        if not open_ones:
            raise BadValueError(f"编号 {wanted} 没有要处理的人工改动", "zmn check 列出还没有处理的")
        entries = []
        told: list[str] = []
        for place, book in enumerate(dict.fromkeys(d.book for d in open_ones)):
            here = [d for d in open_ones if d.book == book]
            ledger = office.sheet_named(office.locality.ledger(here[0].ledger), here[0].difference.sheet)
            parts = make(here, ledger).parts(writing)
            told += [part.text for part in parts if isinstance(part, Step)]
            entries.append(ledger.entry(writing, book, office.signature(Verb.CHECK), parts, place))
        written = writing.write_all(entries)
        office.store.disputes.drop(open_ones)
        saved = Saved.QUEUED if any(w.saved is Saved.QUEUED for w in written) else Saved.WRITTEN
        return Settled(wanted, len(open_ones), "；".join(told), saved, written[0].revision, tuple(writing.notices))
