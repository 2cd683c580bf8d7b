"""Big ledgers for tests and benchmarks: ten thousand cases in seconds, as if a clerk had kept them for a year.

Each life is planned by the same functions the commands use, once for a day and a course; then it is told of many
people. The rows are set from XML templates: a cell is written once by the store's own pen, for its column and value,
and the row numbers are put in afterwards. tests/unit/test_bigbook.py holds the book against the one that the lossless
writer makes, byte for byte. The chain of the journal begins with the book.
``python -m tests.bigbook FOLDER CASES [DAY]`` sets one up.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path
from random import Random

from msgspec.structs import replace

from zhuomuniao.intake import require_xlsx
from zhuomuniao.layouts import LOG_LAYOUT, Layout
from zhuomuniao.model import Case, Registration, Step, StepKind
from zhuomuniao.rows import CASE_ROWS, row_of_step
from zhuomuniao.rules import LedgerSpec
from zhuomuniao.store.cells import CellValue, column_letters
from zhuomuniao.store.cellxml import Ink, cell_bytes, plain_of
from zhuomuniao.store.entry import operation_id
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.rows import Template, template_of
from zhuomuniao.store.shape import TableHead
from zhuomuniao.store.sheetxml import SheetXml
from zhuomuniao.store.styles import date_styles
from zhuomuniao.store.zipcopy import replace_members
from zhuomuniao.usecases.inhand import CaseInHand
from zhuomuniao.usecases.office import Moment, Office
from zhuomuniao.usecases.opening import open_case
from zhuomuniao.usecases.registering import check_registration
from zhuomuniao.usecases.requests import StepRequest
from zhuomuniao.usecases.setting_up import set_up
from zhuomuniao.usecases.stepping import PLANS
from zhuomuniao.workspace import WorkspaceConfig

AS_OF = date(2026, 11, 20)
"""The day a ledger is kept up to where none is named."""

CLERK = "赵敏慧"
_OPEN_LATE, _OPEN_DUE = 10, 3
"""How many workdays before the day what is overdue, and what is still in time, was taken in."""

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN = ("敏", "建国", "秀英", "志强", "丽", "晓东", "桂兰", "海涛", "玉梅", "立新")
_MATTERS = (
    "营业执照变更办不下来，窗口说材料不齐，跑了三趟",
    "不动产登记受理后一直没有消息，电话无人接听",
    "养老保险转移接续被退回，没有说明原因",
    "工程规划许可要求补的图纸与清单不一致",
    "道路运输证年审系统提示异常，窗口没有人会处理",
    "医保异地备案提交多次没有通过",
)
_RESULTS = ("已补齐材料当场办结", "已与责任窗口核对，证照已经发出", "系统恢复后已为本人办理，并电话告知")

Planned = tuple[StepKind, dict[str, str], int]
"""A step, the words given with it, and how many workdays after the one before."""

_CLOSED: tuple[tuple[Planned, ...], ...] = (
    (
        (StepKind.FIRST_FEEDBACK, {"text": "已联系责任窗口核实"}, 1),
        (StepKind.NOTE, {"note": "窗口答复正在调取档案"}, 1),
        (StepKind.RESOLVE, {"result": "", "outcome": "已解决"}, 1),
        (StepKind.VERIFY, {"outcome": "属实"}, 1),
        (StepKind.VISIT, {"satisfaction": "满意"}, 1),
    ),
    (
        (StepKind.FIRST_FEEDBACK, {"text": "责任窗口已答复"}, 1),
        (StepKind.RESOLVE, {"result": "", "outcome": "已解决"}, 7),
        (StepKind.VERIFY, {"outcome": "属实"}, 1),
        (StepKind.VISIT, {"reason": "电话无人接听", "unreached": "是"}, 1),
        (StepKind.VISIT, {"satisfaction": "基本满意"}, 1),
    ),
)
_STANDING: tuple[Planned, ...] = (
    (StepKind.FIRST_FEEDBACK, {"text": "已联系责任窗口核实"}, 1),
    *((StepKind.NOTE, {"note": f"第{n}次询问进度，责任窗口答复正在办理"}, 0) for n in "一二三四"),
)


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one sheet, field → value, from the first below the header on."""

    layout: Layout
    rows: Sequence[Mapping[str, CellValue]]


@dataclass(frozen=True, slots=True)
class BigBook:
    """A workspace with one big ledger: the desk, its ledger, and what was put into the book."""

    office: Office
    spec: LedgerSpec
    cases: int
    steps: int


def build(root: Path, cases: int, *, still_open: int = 300, overdue: int = 60, as_of: date = AS_OF) -> BigBook:
    """A workspace of 内乡 with ``cases`` matters of six lines each, taken in from 5 January on; ``overdue`` of those
    still open are late.
    """
    moment = Moment(datetime.combine(as_of, time(17)), as_of)
    config = WorkspaceConfig(locality="neixiang", clerk=CLERK)
    office = set_up(root, config, moment, year=as_of.year).office
    spec = office.locality.ledger("window")
    tables = plan_tables(office, spec, cases, still_open=still_open, overdue=overdue)
    _put_in(office, spec, tables)
    return BigBook(office, spec, *(len(table.rows) for table in tables))


Lives = dict[tuple[date, int], tuple[Case, list[Step]]]
"""Lives led once, by the day they began and their course."""


def plan_tables(
    office: Office,
    spec: LedgerSpec,
    cases: int,
    *,
    still_open: int,
    overdue: int,
    seed: int | None = None,
    planned: Lives | None = None,
) -> tuple[TableRows, TableRows]:
    """The rows of the ledger and of 流转记录; the lines in the order in which they happened, numbered so.

    Of another ``seed`` other people came. ``planned`` are lives led for an earlier book, and kept for the next.
    """
    layout, serial = office.layout(spec), count(1)
    dice, planned = Random(cases if seed is None else seed), {} if planned is None else planned
    lives = list(_lives(office, spec, cases, dice, planned, still_open=still_open, overdue=overdue))
    lines = sorted((step for _, log in lives for step in log), key=lambda step: step.at)
    return (
        TableRows(
            layout, [CASE_ROWS.row_of(case, layout) | {"row_no": n} for n, (case, _) in enumerate(lives, start=1)]
        ),
        TableRows(
            LOG_LAYOUT,
            [row_of_step(replace(s, op_id=operation_id(s.at.date(), next(serial)), recorded_at=s.at)) for s in lines],
        ),
    )


def _lives(
    office: Office, spec: LedgerSpec, cases: int, dice: Random, planned: Lives, *, still_open: int, overdue: int
) -> Iterator[tuple[Case, tuple[Step, ...]]]:
    """The cases in the order they were taken in, each with its own person, number and lines."""
    as_of, calendar = office.moment.as_of, office.calendar
    open_late, open_due = (calendar.nth_workday_before(as_of, count) for count in (_OPEN_LATE, _OPEN_DUE))
    first = date(as_of.year, 1, 5)
    days = [d for n in range((open_late - first).days - 14) if calendar.is_workday(d := first + timedelta(n))]
    ended = cases - still_open
    begun = [(days[n * len(days) // ended], _CLOSED[n % 5 == 4]) for n in range(ended)]
    begun += [(open_late, _STANDING)] * overdue + [(open_due, _STANDING)] * (still_open - overdue)
    units = office.locality.rules_on(as_of).units.names or ("县不动产登记中心", "县医保局", "县市场监管局")
    drawn: dict[date, Iterator[int]] = {}
    for place, (day, course) in enumerate(begun):
        if (day, id(course)) not in planned:
            planned[day, id(course)] = _plan(office, spec, day, course, _RESULTS[place % len(_RESULTS)])
        case, log = planned[day, id(course)]
        number = f"{day:%Y%m%d}{next(drawn.setdefault(day, count(1))):02d}"
        name = dice.choice(_SURNAMES) + dice.choice(_GIVEN)
        unit = units[place % len(units)]
        facts = {"applicant": name, "about": dice.choice(_MATTERS), "phone": f"139{dice.randrange(10**8):08d}"}
        own = replace(case, case_no=number, unit=unit, **facts)
        yield own, tuple(replace(step, case_no=number, unit=unit) for step in log)


def _plan(
    office: Office, spec: LedgerSpec, day: date, course: Sequence[Planned], result: str
) -> tuple[Case, list[Step]]:
    """A life led as the commands lead it, without a book."""
    at = datetime.combine(day, time(9, 20))
    wanted = Registration("某人", "某事", at, by=CLERK, unit="某单位", case_no="1")
    hand = open_case(office, spec, check_registration(office, spec, wanted)).hand
    for kind, words, after in course:
        days = at.date() if not after else office.calendar.nth_workday_after(at.date(), after)
        at = datetime.combine(days, at.time()) + timedelta(minutes=7)
        given = {name: word or result for name, word in words.items()}
        step = CaseInHand(office, spec, hand.rules, hand.record, hand.log)
        step.require(kind, at)
        PLANS[kind](step, StepRequest(kind, at, CLERK, given))
        hand = step
    return hand.record, hand.log


def fill_book(reading: BookReading, tables: Sequence[TableRows]) -> bytes:
    """An empty book, as zmn made it, with the rows in it."""
    book = reading.opened.book
    (styles,) = book.related(book.workbook_part, "styles")
    ink = Ink("", book.date1904, date_styles(book.get(styles), part=styles))
    parts: dict[str, bytes] = {}
    for table in tables:
        head = reading.head(table.layout)
        entry = book.sheet(head.sheet)
        parts[entry.part] = _fill_sheet(book.sheet_xml(entry), head, table.rows, ink)
    return replace_members(require_xlsx(reading.data, name=reading.name), parts)


def _fill_sheet(sheet: SheetXml, head: TableHead, rows: Sequence[Mapping[str, CellValue]], ink: Ink) -> bytes:
    """The part with the rows in place of the prepared one, whose styles are theirs."""
    template = template_of(sheet, (), header_row=head.header_row)
    cell = _stencil(template, ink)
    fields = {column: field for field, column in head.columns.items()}
    columns = [(column, fields.get(column, "")) for column in template.columns]
    prepared = sheet.row_at(len(sheet.numbers) - 1)
    # The prepared row is the last of the sheet. What it holds of no value stays as it is; the rows behind it are new.
    standing = {cell.column: sheet.part[cell.start : cell.end].decode() for cell in prepared.cells}
    tag = sheet.part[prepared.start : prepared.open_end].decode()
    set_rows = [
        tag + "".join(standing[c] if row.get(f) is None else cell(c, row[f]) for c, f in columns) for row in rows[:1]
    ]
    set_rows += [f'<row r="{_PLACE}">' + "".join([cell(c, row.get(f)) for c, f in columns]) for row in rows[1:]]
    numbered = (f"{row}</row>".replace(_PLACE, str(n)) for n, row in enumerate(set_rows, start=prepared.number))
    area, last = f"A1:{column_letters(max(template.columns))}", prepared.number + len(rows) - 1
    before = sheet.part[: prepared.start].decode()
    before = before.replace(f'<dimension ref="{area}{prepared.number}"/>', f'<dimension ref="{area}{last}"/>')
    return "".join([before, *numbered, sheet.part[prepared.end :].decode()]).encode()


_PLACE = "\0"
"""Stands for the row number in a cell that is not set yet: no XML has it."""


def _stencil(template: Template, ink: Ink) -> Callable[[int, CellValue], str]:
    """Answers the cell of a column that holds a value, :data:`_PLACE` for its row; each is written once."""

    @lru_cache(maxsize=None, typed=True)
    def cell(column: int, value: CellValue) -> str:
        style = template.columns[column]
        plain = plain_of(value, column=column, style=style, ink=ink)
        return cell_bytes(plain, column=column, row=0, style=style, ink=ink).decode().replace('0"', f'{_PLACE}"', 1)

    return cell


def _put_in(office: Office, spec: LedgerSpec, tables: Sequence[TableRows]) -> None:
    """Fill the empty book, keep it as what zmn left there, and begin the chain with it."""
    store = office.store
    path = office.workspace.book_path(office.layout(spec), office.moment.as_of.year)
    data = fill_book(BookReading(path.read_bytes(), store.shapes[spec.id], name=path.name), tables)
    path.write_bytes(data)
    book = office.workspace.relative(path)
    store.revisions.set_last(book, data)
    hashes = {book: BookReading(data, store.shapes[spec.id], name=path.name).hash}
    store.journal.start(store.now, above=len(tables[-1].rows) + 1, books=hashes)


if __name__ == "__main__":
    kept_up_to = date.fromisoformat(sys.argv[3]) if len(sys.argv) > 3 else AS_OF
    made = build(Path(sys.argv[1]), int(sys.argv[2]), as_of=kept_up_to)
    print(f"{made.cases} cases, {made.steps} lines")
