"""Records and steps as the cells of a row, and back. What a cell cannot mean is told, never guessed.

Fields a layout lists and the record does not know (签字, 研判意见 …) are the office's own: they are neither read nor
written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Generic

from msgspec import Struct

from zhuomuniao.dateforms import moment_of_cell
from zhuomuniao.model import NO_FIXED_LIMIT, Act, Case, Clock, Finding, R, Record, Status, Step, StepKind

if TYPE_CHECKING:
    from zhuomuniao.layouts import Layout
    from zhuomuniao.store.cells import CellValue

_PROVISIONAL = "暂定"
_ENDED, _ENDED_LATE = "√", "×"
_CANCELLED = "取消"
_CLOCK = re.compile(
    r"(?:第(?P<round>[1-9]\d?)轮)?(?P<act>[^=]+)="
    r"(?:(?P<due>\d{4}-\d\d-\d\d)(?: (?P<at>\d\d:\d\d))?|一事一议)(?P<p>暂定)?"
    r"(?:[√×](?P<ended>\d{4}-\d\d-\d\d)(?: (?P<ended_at>\d\d:\d\d))?|(?P<cancelled>取消))?",
    re.ASCII,
)
_YEARS = range(1990, 2101)
"""The years a day in a book can lie in; any other is a slip of the hand."""
_MAX_ROUNDS = 99

# Words to members: asking the enum itself goes through all of them, for each of tens of thousands of cells.
_ACTS = {act.value: act for act in Act}
_KINDS = {kind.value: kind for kind in StepKind}
_STATUSES = {status.value: status for status in Status}
_CLOSED = frozenset(status.value for status in Status if status.is_closed)

_OF_CLOCKS = ("next_act", "next_due_on", "due_on", "provisional")
_NO_CELL = frozenset({"ledger", "is_queued"})


class RowForm(Struct, Generic[R], frozen=True, dict=True):
    """How the rows of one sort of sheet hold their records.

    ``opened`` is the field by which a row belongs to a day. ``required`` are fields that a person may not empty,
    of each group of ``telling`` one makes a row without
    a number a record that nobody registered. ``command`` registers one,
    ``listing`` lists them, ``noun`` is what one is called.
    ``derived`` is what zmn works out: a person who types there is asked, never believed (docs/ARCHITECTURE.md,
    outside edits). ``shown`` are the cells that follow from a record, ``untold_status`` is the status of a row that
    names none.
    """

    record: type[R]
    opened: str
    required: tuple[str, ...]
    telling: tuple[tuple[str, ...], ...]
    command: str
    noun: str = "事项"
    listing: str = "zmn list --search 姓名或关键词"
    derived: frozenset[str] = frozenset()
    shown: Callable[[R], Mapping[str, CellValue]] = lambda record: {}
    untold_status: Callable[[Mapping[str, Any]], Status] = lambda values: Status.IN_PROGRESS

    @cached_property
    def moments(self) -> tuple[str, ...]:
        """The fields that hold a moment, or a day."""
        return (*self._of("datetime"), *self.days)

    @cached_property
    def days(self) -> tuple[str, ...]:
        """The fields of :attr:`moments` that hold a day."""
        return self._of("date")

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(name for name in self._of("str") if name not in _NO_CELL)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        return tuple(name for name in self._of("int") if name != "round")

    @cached_property
    def written(self) -> frozenset[str]:
        """The fields of a row that zmn writes; other columns of a layout are the office's own."""
        own = (*_DERIVED, "round_started_on", "look_back_due_on") if self.has_clocks else ()
        return frozenset({*self.texts, *self.moments, *self.numbers, *own, "row_no"})

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """The coded fields on which rules depend."""
        return self.record.FACTS if issubclass(self.record, Record) else ()

    def tells(self, row: Mapping[str, CellValue]) -> bool:
        """Whether a row tells of a record, and is no 合计, signature or blank line."""
        return all(any(cell_text(row.get(name)).strip() for name in group) for group in self.telling)

    @cached_property
    def has_clocks(self) -> bool:
        return issubclass(self.record, Record)

    def row_of(self, record: R, layout: Layout) -> dict[str, CellValue]:
        """The cells of a record's row, for the columns this layout has."""
        values: dict[str, CellValue] = {
            name: getattr(record, name) for name in (*self.texts, *self.moments, *self.numbers)
        }
        if isinstance(record, Record):
            values |= _cells_of_life(record)
        values |= self.shown(record)
        return {c.field: values[c.field] for c in layout.columns if c.field in values}

    def record_of(self, row: Mapping[str, CellValue], ledger: str) -> tuple[R, tuple[Finding, ...]]:
        """The record a row states, and what in it is not what it should be.

        A row without a day that can be meant is taken to be of the day in its number; where there is none either, of
        the unlikely day its cell says, and without any it has the earliest moment there is. All of them are told. No
        content of a cell raises anything.
        """
        problems: list[Finding] = []
        moments = {
            name: at if type(at := row.get(name)) is datetime and at.year in _YEARS
            else None if at is None
            else _moment(row, name, problems)
            for name in self.moments
        }  # fmt: skip
        if moments[self.opened] is None:
            said = moment_of_cell(row.get(self.opened))
            moments[self.opened] = _day_in_number(cell_text(row.get("case_no"))) or said
            if not cell_text(row.get(self.opened)).strip():
                problems.append(_finding(self.opened, "", "日期", "请补填日期"))
        days = {name: at.date() if (at := moments[name]) else None for name in self.days}
        values: dict[str, Any] = {
            **moments,
            **days,
            **{
                name: v if type(v := row.get(name)) is str else "" if v is None else cell_text(v)
                for name in self.texts
            },
            **{name: _number(row, name, problems) for name in self.numbers},
            "ledger": ledger,
        }
        if self.opened not in days:
            values[self.opened] = moments[self.opened] or datetime.min
        if self.has_clocks:
            values["status"] = _status(row, self.untold_status(values), problems)
            values["round"] = _rounds(row, problems)
            values["clocks"] = _clocks(row, values["status"], values["round"], problems)
        return self.record(**values), tuple(problems)

    def day_at_rest(self, row: Mapping[str, CellValue]) -> date | None:
        """The day of a row that is closed and in which nothing is to be told of: who asks what moves needs no more.

        ``None`` for every other row, and where only :meth:`record_of` can say.
        """
        if not self.has_clocks or row.get("status") not in _CLOSED:
            return None
        opened = row.get(self.opened)
        rounds, clocks = row.get("round"), row.get("clocks")
        if type(rounds) is not int or not 1 <= rounds <= _MAX_ROUNDS or not isinstance(opened, date):
            return None
        for name in self.moments:
            at = row.get(name)
            if at is not None and not (isinstance(at, date) and at.year in _YEARS):
                return None
        for name in self.numbers:
            number = row.get(name)
            if number is not None and not (type(number) is int and 0 <= number < 10**9):
                return None
        if clocks is not None and (type(clocks) is not str or parse_clocks(clocks, rounds)[1]):
            return None
        return opened.date() if isinstance(opened, datetime) else opened

    def _of(self, type_: str) -> tuple[str, ...]:
        return tuple(n for n, told in self.record.field_types().items() if told.removesuffix(" | None") == type_)


_DERIVED = ("key_check", "next_act", "next_due_on", "due_on", "provisional", "clocks", "status", "round")
CASE_ROWS = RowForm(
    Case,
    opened="accepted_at",
    required=("applicant", "about", "accepted_at", "resolved_at"),
    telling=(("applicant",), ("about",), ("accepted_at",)),
    command="zmn register",
    derived=frozenset({
        *_DERIVED, "round_started_on", "edition", "pause", "extension", "urging", "co_handlers",
    }),
    shown=lambda case: {
        "due_on": (case.closing_clock.due_on or NO_FIXED_LIMIT) if case.closing_clock else None,
    },
    # A book without our columns, or a row typed by hand: its 办结时间 tells.
    untold_status=lambda values: Status.RESOLVED if values["resolved_at"] else Status.IN_PROGRESS,
)  # fmt: skip
"""How ledgers of people's matters hold their cases."""

LIFE_FIELDS = frozenset({*_DERIVED, "round_started_on", "edition"})
"""What zmn works out of any record with clocks."""


def _cells_of_life(record: Record) -> dict[str, CellValue]:
    leading, closing = record.leading_clock, record.closing_clock
    return {
        "key_check": record.case_no,
        "next_act": leading.act.value if leading else "",
        "next_due_on": leading.due_on if leading else None,
        "due_on": closing.due_on if closing else None,
        "provisional": _PROVISIONAL if record.is_provisional else "",
        "clocks": format_clocks(record.clocks),
        "status": record.status.value,
        "round": record.round,
        "round_started_on": record.round_started_on,
    }


def row_of_step(step: Step) -> dict[str, CellValue]:
    """The cells of a line of 流转记录."""
    return {
        "op_id": step.op_id,
        "at": step.at,
        "recorded_at": step.recorded_at,
        "case_no": step.case_no,
        "kind": step.kind.value,
        "by": step.by,
        "unit": step.unit,
        "text": step.text,
        "clock_changes": format_clocks(step.clock_changes),
    }


def step_of_row(row: Mapping[str, CellValue]) -> Step | None:
    """The step a line of 流转记录 tells of, or ``None`` for a line that is none of ours.

    Parts of 时限变化 that are no clocks are left out: the row has the say, the log remembers.
    """
    at = moment_of_cell(row.get("at"))
    kind = cell_text(row.get("kind"))
    if at is None or at.year not in _YEARS or kind not in _KINDS:
        return None
    return Step(
        case_no=cell_text(row.get("case_no")),
        kind=_KINDS[kind],
        at=at,
        by=cell_text(row.get("by")),
        unit=cell_text(row.get("unit")),
        text=cell_text(row.get("text")),
        clock_changes=parse_clocks(cell_text(row.get("clock_changes")))[0],
        op_id=cell_text(row.get("op_id")),
        recorded_at=moment_of_cell(row.get("recorded_at")),
    )


def format_clocks(clocks: tuple[Clock, ...]) -> str:
    """时限明细: ``解决=2026-10-14;初步反馈=2026-10-13√2026-10-12``; × where it ended late, 暂定 after the day.

    Limits in hours and 下班前 have their time: ``首次联系=2026-10-14 17:30``. From the second round on they say so:
    ``第2轮解决=2026-10-20``. A line of the log may tell that a limit fell away: ``初步反馈=2026-10-13取消``.
    """

    def one(clock: Clock) -> str:
        mark = _ENDED_LATE if clock.ended_late else _ENDED
        hour = f" {clock.ended_time:%H:%M}" if clock.ended_time else ""
        ended = f"{mark}{clock.ended_on}{hour}" if clock.ended_on else _CANCELLED if clock.is_cancelled else ""
        number = f"第{clock.round}轮" if clock.round > 1 else ""
        return f"{number}{clock.act}={clock.due_text}{_PROVISIONAL if clock.is_provisional else ''}{ended}"

    return ";".join(one(clock) for clock in clocks)


def parse_clocks(text: str, rounds: int = _MAX_ROUNDS) -> tuple[tuple[Clock, ...], tuple[str, ...]]:
    """The clocks of a 时限明细 cell, and its parts that are none.

    An act may stand once in each of the ``rounds`` (轮次); anything else is a part that is none.
    """
    clocks: list[Clock] = []
    unread: list[str] = []
    for part in filter(None, map(str.strip, text.split(";"))):
        clock = _clock(part)
        is_second = clock and any((c.act, c.round) == (clock.act, clock.round) for c in clocks)
        if clock is None or is_second or clock.round > rounds:
            unread.append(part)
        else:
            clocks.append(clock)
    return tuple(clocks), tuple(unread)


def clocks_over(clocks: str, standing: CellValue) -> str:
    """The text to write over a 时限明细 cell: parts of it that are no clocks stay, so that they go on being told.

    A part that names an act which now has its clock is thereby mended and goes.
    """
    _, unread = parse_clocks(cell_text(standing))
    known = {part.partition("=")[0] for part in clocks.split(";")}
    return ";".join(filter(None, (clocks, *(p for p in unread if p.partition("=")[0].strip() not in known))))


@lru_cache(maxsize=8192)
def _clock(part: str) -> Clock | None:
    match = _CLOCK.fullmatch(part)
    if match is None or match["act"] not in _ACTS:
        return None
    try:
        due, ended = (date.fromisoformat(match[name]) if match[name] else None for name in ("due", "ended"))
        due_at, ended_at = (time.fromisoformat(match[name]) if match[name] else None for name in ("at", "ended_at"))
    except ValueError:
        return None
    if any(day and day.year not in _YEARS for day in (due, ended)):
        return None
    return Clock(
        _ACTS[match["act"]],
        due,
        bool(match["p"]),
        ended,
        due_at,
        ended_at,
        round=int(match["round"] or 1),
        is_cancelled=bool(match["cancelled"]),
    )


def _clocks(row: Mapping[str, CellValue], status: Status, rounds: int, problems: list[Finding]) -> tuple[Clock, ...]:
    text = cell_text(row.get("clocks")).strip()
    clocks, unread = parse_clocks(text, rounds)
    if unread or (not text and _lost_its_clocks(row, status)):
        remedy = "请改回（流转记录的“时限变化”里有）；zmn recount 会列出应有的时限"
        expected = "“解决=2026-10-14”这样的时限，每个环节一次"
        problems.append(_finding("clocks", ";".join(unread), expected, remedy))
    return clocks


def _lost_its_clocks(row: Mapping[str, CellValue], status: Status) -> bool:
    """Whether somebody emptied 时限明细: beside it still stands what zmn only writes for a clock.

    An empty cell alone tells nothing: a case may have no limit yet, and a county none at all.
    """
    if "clocks" not in row or not status.is_open or status is Status.AWAITING_ASSIGNMENT:
        return False
    # Without 规则版本 the row was typed by hand, and so was its 办理时限.
    # 完成时限 of what is put right at once says so, and no limit stands behind it.
    told = {cell_text(row.get(name)).strip() for name in _OF_CLOCKS} - {"", cell_text(row.get("handling")).strip()}
    return bool(cell_text(row.get("edition")).strip()) and bool(told)


def _moment(row: Mapping[str, CellValue], name: str, problems: list[Finding]) -> datetime | None:
    value = row.get(name)
    moment = moment_of_cell(value)
    if moment and moment.year in _YEARS:
        return moment
    found = cell_text(value).strip()
    if moment:
        expected = f"{_YEARS[0]}年到{_YEARS[-1]}年之间的日期"
        problems.append(_finding(name, found, expected, "请核对年份，改成 2026-10-08 这样的写法"))
    elif found:
        remedy = "请改成写明年份的日期，如 2026-10-08 或 2026-10-08 09:30"
        problems.append(_finding(name, found, "日期", remedy))
    return None


def _rounds(row: Mapping[str, CellValue], problems: list[Finding]) -> int:
    value = row.get("round")
    if type(value) is int and 1 <= value <= _MAX_ROUNDS:
        return value
    text = cell_text(value).strip()
    if re.fullmatch(r"[0-9]{1,2}", text) and int(text):
        return int(text)
    if text:
        problems.append(_finding("round", text, f"1到{_MAX_ROUNDS}的整数", "请改回 zmn 写的轮次"))
    return 1


def _day_in_number(case_no: str) -> datetime | None:
    match = re.search(r"20\d{6}", case_no)
    if match is None:
        return None
    try:
        return datetime.strptime(match[0], "%Y%m%d")
    except ValueError:
        return None


def _status(row: Mapping[str, CellValue], untold: Status, problems: list[Finding]) -> Status:
    text = cell_text(row.get("status"))
    if text in _STATUSES:
        return _STATUSES[text]
    if text:
        expected = "、".join(Status)
        problems.append(_finding("status", text, expected, "请改回 zmn 写的状态"))
    return untold


def _number(row: Mapping[str, CellValue], name: str, problems: list[Finding]) -> int | None:
    if row.get(name) is None:
        return None
    text = cell_text(row.get(name)).strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    if text:
        problems.append(_finding(name, text, "整数", "请只填数字，单位和说明写在备注里"))
    return None


def _finding(column: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding("bad_cell", "", "", None, column, found, expected, remedy)


def cell_text(value: CellValue) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
