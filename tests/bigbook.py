"""Big ledgers for tests and benchmarks: ten thousand cases in seconds, as if a clerk had kept them for a year.

Each life is planned by the same functions the commands use, once for a day and a course; then it is told of many
people. The rows go into the book in one piece by the lossless writer, and the chain of the journal begins with it.
``python -m tests.bigbook FOLDER CASES`` sets one up.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from random import Random

from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.model import Case, Registration, Step, StepKind
from zhuomuniao.rows import CASE_ROWS, row_of_step
from zhuomuniao.rules import LedgerSpec
from zhuomuniao.store.alignment import KEY
from zhuomuniao.store.entry import operation_id
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reading import BookReading
from zhuomuniao.usecases.inhand import CaseInHand
from zhuomuniao.usecases.office import Moment, Office
from zhuomuniao.usecases.opening import open_case
from zhuomuniao.usecases.registering import check_registration
from zhuomuniao.usecases.requests import StepRequest
from zhuomuniao.usecases.setting_up import set_up
from zhuomuniao.usecases.stepping import PLANS
from zhuomuniao.workspace import WorkspaceConfig

AS_OF = date(2026, 11, 20)
"""The day the ledger is kept up to."""

FIRST = date(2026, 1, 5)
CLERK = "赵敏慧"
_OPEN_LATE, _OPEN_DUE = date(2026, 11, 6), date(2026, 11, 17)
"""When what is overdue, and what is still in time, was taken in."""

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
class BigBook:
    """A workspace with one big ledger: the desk, its ledger, and what was put into the book."""

    office: Office
    spec: LedgerSpec
    cases: int
    steps: int


def build(root: Path, cases: int, *, still_open: int = 300, overdue: int = 60) -> BigBook:
    """A workspace of 内乡 with ``cases`` matters of six lines each; ``overdue`` of those still open are late."""
    moment = Moment(datetime.combine(AS_OF, time(17)), AS_OF)
    config = WorkspaceConfig(locality="neixiang", clerk=CLERK)
    office = set_up(root, config, moment, year=AS_OF.year).office
    spec = office.locality.ledger("window")
    lives = list(_lives(office, spec, cases, still_open=still_open, overdue=overdue))
    _put_in(office, spec, lives)
    return BigBook(office, spec, len(lives), sum(len(log) for _, log in lives))


def _lives(
    office: Office, spec: LedgerSpec, cases: int, *, still_open: int, overdue: int
) -> Iterator[tuple[Case, tuple[Step, ...]]]:
    """The cases in the order they were taken in, each with its own person, number and lines."""
    dice = Random(cases)
    days = [d for n in range((_OPEN_LATE - FIRST).days - 14) if office.calendar.is_workday(d := FIRST + timedelta(n))]
    ended = cases - still_open
    begun = [(days[n * len(days) // ended], _CLOSED[n % 5 == 4]) for n in range(ended)]
    begun += [(_OPEN_LATE, _STANDING)] * overdue + [(_OPEN_DUE, _STANDING)] * (still_open - overdue)
    units = office.locality.rules_on(AS_OF).units.names or ("县不动产登记中心", "县医保局", "县市场监管局")
    planned: dict[tuple[date, int], tuple[Case, list[Step]]] = {}
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


def _put_in(office: Office, spec: LedgerSpec, lives: Sequence[tuple[Case, tuple[Step, ...]]]) -> None:
    """Write the rows into the empty book, keep it as what zmn left there, and begin the chain with it."""
    store, layout = office.store, office.layout(spec)
    path = office.workspace.book_path(layout, AS_OF.year)
    reading = BookReading(path.read_bytes(), store.shapes[spec.id], name=path.name)
    serial = count(1)
    lines = sorted((step for _, log in lives for step in log), key=lambda step: step.at)
    tables = (
        (layout, [CASE_ROWS.row_of(case, layout) | {"row_no": n} for n, (case, _) in enumerate(lives, start=1)]),
        (LOG_LAYOUT, [row_of_step(replace(s, op_id=operation_id(s.at.date(), next(serial)), recorded_at=s.at))
                      for s in lines]),
    )  # fmt: skip
    patches = []
    for table, rows in tables:
        head = reading.head(table)
        appends = [{head.columns[field]: value for field, value in row.items()} for row in rows]
        patches.append(SheetPatch(head.sheet, head.header_row, head.columns[KEY], appends=appends))
    data = patch_book(reading.data, patches, name=path.name).data
    path.write_bytes(data)
    book = office.workspace.relative(path)
    store.revisions.set_last(book, data)
    hashes = {book: BookReading(data, store.shapes[spec.id], name=path.name).hash}
    store.journal.start(store.now, above=next(serial), books=hashes)


if __name__ == "__main__":
    made = build(Path(sys.argv[1]), int(sys.argv[2]))
    print(f"{made.cases} cases, {made.steps} lines")
