"""Anything a clerk types, sorts, deletes or saves back, between any commands: no case vanishes unsaid.

Seeded sequences of commands and edits by hand on a small book. A failing one is shown by its seed and its acts.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.desk import Desk
from tests.effort import tries
from tests.keptrows import hold_kept_rows_against_books
from zhuomuniao.model import BEIJING, StepKind
from zhuomuniao.store.journal import Journal
from zhuomuniao.usecases.looking import records_at
from zhuomuniao.usecases.office import Moment, open_office

LOG = "流转记录"
FIRST_ROW, OWN = 3, 17
DISPUTES = {
    "key_changed", "derived_changed", "bad_fact", "row_deleted", "line_deleted", "line_changed", "line_added"
}  # fmt: skip
DERIVED: dict[str, tuple[object, ...]] = {
    "状态": ("作废", "已办结", "胡写", None),
    "下一时限": (datetime(2026, 12, 1), None, "以后"),
    "办理时限": (datetime(2026, 12, 1), None),
    "时限明细": ("解决=2026-12-01", "乱写"),
    "轮次": (2, "三"),
    "下一环节": ("复核", None),
}
FACTS: dict[str, tuple[object, ...]] = {
    "办理对象": ("李思", "王武", None),
    "联系电话": ("13900139001", 13900139002, None),
    "“办不成事”情况": ("改过的情况", "又改过", ""),
    "响应级别": ("一级", "二级", "三级", "特急"),
    "责任窗口（单位）": ("公民个人事项服务区（医保）", "外单位"),
    "受理时间": (datetime(2026, 10, 9, 9), "2026.10.12", "昨天", datetime(1926, 1, 1), None),
    "办理结果": ("手写的结果", None),
    "办结时间": (datetime(2026, 10, 20, 9), "快了", None),
    "备注": ("备注一", "备注二", None),
    "满意度": ("满意", "不满意", None),
    "编号(核对)": ("2026100199", None),
    "事项性质": ("应办未办", "乱写"),
}
SEQUENCES, LENGTH = tries(8), 9


@dataclass
class Clerk:
    """A desk, and what has been done at it."""

    desk: Desk
    chance: random.Random
    given: set[str] = field(default_factory=set)
    let_go: set[str] = field(default_factory=set)
    copies: list[bytes] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)

    @property
    def listed(self) -> dict[str, Any]:
        return {c["case_no"]: c for c in self.desk.ask("list")["cases"]}

    @property
    def findings(self) -> list[Any]:
        answer = self.desk.type("check", "--json")
        assert answer.code in (0, 1), answer.err
        return list(answer.json["findings"])

    def told(self) -> str:
        return " ".join(str(f) for f in self.findings)

    def pick(self) -> str | None:
        numbers = sorted(self.listed)
        return self.chance.choice(numbers) if numbers else None

    def type(self, *line: str) -> Any:
        """A command that may be refused with a reason, and no more than that."""
        answer = self.desk.type(*line, "--json")
        assert answer.code in (0, 2, 6, 7, 8), (line, answer.err)
        return answer

    def work(self, length: int) -> None:
        """So many acts, each followed by a look."""
        kinds, weights = zip(*ACTS, strict=True)
        for act in self.chance.choices(kinds, weights, k=length):
            self.acts.append(act.__name__)
            act(self)
            self.look()
            self.kept += hold_kept_rows_against_books(self.desk.folder)

    # What zmn is asked

    def register(self) -> None:
        day = self.chance.choice(("08", "09", "12"))
        answer = self.type(
            "register", "--name", "钱七", "--about", "登记的事", "--unit", "社保", "--at", f"2026-10-{day}"
        )
        if answer.code == 0:
            number = answer.json["case_no"]
            assert number not in self.given, "给过的编号又给了一次"
            self.given.add(number)

    def note(self) -> None:
        if no := self.pick():
            self.type("note", no, "--note", f"第{len(self.acts)}句")

    def resolve(self) -> None:
        if no := self.pick():
            self.type("resolve", no, "--result", "办好了", "--at", "2026-10-13 10:00")

    def settle_one(self) -> None:
        keys = disputed(self.findings)
        if keys:
            no = self.chance.choice(keys)
            if self.chance.random() < 0.5:
                self.type("check", "--restore", no)
            else:
                was_there = no in self.listed
                answer = self.type("check", "--adopt", no, "--basis", "张主任")
                if answer.code == 0 and not was_there:
                    self.let_go.add(no)

    # What people do

    def by_hand(self, act: Callable[[Worksheet, Worksheet, dict[str, int], list[int]], None]) -> None:
        book = openpyxl.load_workbook(self.desk.book)
        sheet, log = book.worksheets[0], book[LOG]
        at = {str(c.value): c.column for c in sheet[2] if c.value}
        rows = [r for r in range(FIRST_ROW, sheet.max_row + 1) if sheet.cell(r, at["事项编号"]).value]
        if rows:
            act(sheet, log, at, rows)
            book.save(self.desk.book)

    def type_derived(self) -> None:
        before = self.listed
        self._type_over(DERIVED)
        assert self.listed == before, "没有采纳的改动已经算数"

    def type_facts(self) -> None:
        self._type_over(FACTS)

    def type_anything(self) -> None:
        self._type_over({**FACTS, **DERIVED})

    def _type_over(self, pool: dict[str, tuple[object, ...]]) -> None:
        typed: dict[tuple[int, int], tuple[str, object]] = {}

        def act(sheet: Worksheet, _: Worksheet, at: dict[str, int], rows: list[int]) -> None:
            for _n in range(self.chance.randint(1, 4)):
                row, header = self.chance.choice(rows), self.chance.choice(sorted(pool))
                value = self.chance.choice(pool[header])
                sheet.cell(row, at[header]).value = value  # type: ignore[assignment]
                typed[row, at[header]] = (header, value)

        self.by_hand(act)
        self.desk.ask("overdue")
        sheet = openpyxl.load_workbook(self.desk.book).worksheets[0]
        for (row, column), (header, value) in typed.items():
            if header not in DERIVED:
                # Taken over or not, it stands as it was typed.
                assert (sheet.cell(row, column).value or None) == (value or None), (row, header)

    def renumber(self) -> None:
        def act(sheet: Worksheet, _: Worksheet, at: dict[str, int], rows: list[int]) -> None:
            value = self.chance.choice(("2026100150", None, sheet.cell(rows[0], at["事项编号"]).value))
            sheet.cell(self.chance.choice(rows), at["事项编号"]).value = value

        self.by_hand(act)

    def delete_rows(self) -> None:
        def act(sheet: Worksheet, _: Worksheet, __: dict[str, int], rows: list[int]) -> None:
            sheet.delete_rows(self.chance.choice(rows), self.chance.randint(1, 2))

        self.by_hand(act)

    def sort(self) -> None:
        end = self.chance.choice((None, OWN - 1))

        def act(sheet: Worksheet, _: Worksheet, __: dict[str, int], rows: list[int]) -> None:
            last = end or sheet.max_column
            lines = [[sheet.cell(r, c).value for c in range(1, last + 1)] for r in rows]
            self.chance.shuffle(lines)
            for number, values in zip(rows, lines, strict=True):
                for column, value in enumerate(values, start=1):
                    sheet.cell(number, column).value = value

        self.by_hand(act)

    def save_old_copy(self) -> None:
        self.desk.book.write_bytes(self.chance.choice(self.copies))

    def change_log(self) -> None:
        def act(_: Worksheet, log: Worksheet, __: dict[str, int], ___: list[int]) -> None:
            row = self.chance.randint(3, max(3, log.max_row))
            if self.chance.random() < 0.5:
                log.delete_rows(row)
            else:
                log.cell(row, 8).value = "改过的说明"

        self.by_hand(act)

    def paste_twice(self) -> None:
        def act(sheet: Worksheet, _: Worksheet, __: dict[str, int], rows: list[int]) -> None:
            row = self.chance.choice(rows)
            for column in range(1, sheet.max_column + 1):
                sheet.cell(rows[-1] + 1, column).value = sheet.cell(row, column).value

        self.by_hand(act)

    # What must hold

    def look(self) -> None:
        """Nothing vanishes, nothing moves by looking alone."""
        self.desk.ask("overdue")
        told, listed = self.told(), self.listed
        for no in self.given - self.let_go:
            assert no in listed or no in told, f"{no} 不见了，也没有说"
        before, chain = self.desk.book.read_bytes(), (self.desk.folder / ".zmn/journal.jsonl").read_bytes()
        assert self.desk.ask("overdue")["notices"] == []
        assert (self.desk.book.read_bytes(), (self.desk.folder / ".zmn/journal.jsonl").read_bytes()) == (
            before,
            chain,
        )
        self.copies.append(before)

    def clean_up(self) -> None:
        """Rows that stand twice or lost both their numbers are deleted by hand, all the rest is put back by
        ``check --restore``.
        """
        for _ in range(6):
            self._delete_doubles()
            keys = disputed(self.findings)
            if not keys:
                break
            for no in keys:
                self.type("check", "--restore", no)
        left = [f for f in self.findings if f["code"] not in ("date_differs", "uncounted")]
        assert left == []
        assert set(self.listed) >= self.given - self.let_go
        assert self.desk.ask("book", "verify")["problems"] == []
        self._replay()

    def _replay(self) -> None:
        """A later look back at today finds in the log what stands in the rows."""
        today = datetime.now(BEIJING).date()
        later = today + timedelta(days=90)
        office = open_office(self.desk.folder, Moment(datetime.combine(later, time(9)), later))
        spec = office.locality.ledger("window")
        rows = {case.case_no: case for case in office.ledger(spec).state().records}
        (then,) = records_at(office, spec, [today])
        assert then.records or not rows
        for case in then.records:
            row = rows[case.case_no]
            for name in ("resolved_at", "result", "satisfaction", "status", "informed_at", "tier", "unit"):
                assert getattr(case, name) == getattr(row, name), (case.case_no, name)
            self.acts += ["回看"] * any(s.kind is StepKind.EDIT for s in office.ledger(spec).steps()[case.case_no])

    def _delete_doubles(self) -> None:
        def act(sheet: Worksheet, _: Worksheet, at: dict[str, int], rows: list[int]) -> None:
            seen: set[object] = set()
            for row in list(rows):
                value = sheet.cell(row, at["事项编号"]).value
                if value in seen or not (value or sheet.cell(row, at["编号(核对)"]).value):
                    rows.remove(row)
                    sheet.delete_rows(row)
                    return
                seen.add(value)

        while any(f["code"] in ("duplicate_number", "row_without_number") for f in self.findings):
            self.by_hand(act)


def disputed(findings: list[Any]) -> list[str]:
    """The cases with something to be settled, as the remedies name them."""
    return sorted({f["remedy"].split("--restore ")[1].split("；")[0] for f in findings if f["code"] in DISPUTES})


ACTS: tuple[tuple[Callable[[Clerk], None], int], ...] = (
    (Clerk.register, 3), (Clerk.note, 3), (Clerk.resolve, 2), (Clerk.settle_one, 4), (Clerk.type_derived, 3),
    (Clerk.type_facts, 5), (Clerk.type_anything, 3), (Clerk.renumber, 1), (Clerk.delete_rows, 2), (Clerk.sort, 3),
    (Clerk.save_old_copy, 3), (Clerk.change_log, 2), (Clerk.paste_twice, 1),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZMN_WORKSPACE", "ZMN_AS_OF", "ZMN_DATA", "ZMN_DEBUG"):
        monkeypatch.delenv(name, raising=False)


def clerk_of(folder: Path, seed: int) -> Clerk:
    """A clerk with three cases registered."""
    desk = Desk(folder)
    assert desk.type("init", str(folder), "--locality", "neixiang", "--clerk", "赵敏慧", "--year", "2026").code == 0
    clerk = Clerk(desk, random.Random(seed))
    for _ in range(3):
        clerk.register()
    clerk.copies.append(desk.book.read_bytes())
    return clerk


def work_through(folder: Path, seeds: range, length: int) -> Counter[str]:
    done: Counter[str] = Counter()
    for seed in seeds:
        clerk = clerk_of(folder / str(seed), seed)
        try:
            clerk.work(length)
            clerk.clean_up()
        except AssertionError as error:
            raise AssertionError(f"种子 {seed}：{'、'.join(clerk.acts)}：{error}") from error
        done.update(clerk.acts)
        done.update({f"台账 {how}": times for how, times in clerk.kept.items()})
        done["盘上记下的人工修改"] += sum(x.kind == "outside" for x in Journal(clerk.desk.folder / ".zmn").verify())
    return done


@pytest.mark.search
def test_whatever_is_typed_no_case_vanishes_unsaid(tmp_path: Path) -> None:
    done = work_through(tmp_path, range(SEQUENCES), LENGTH)
    print(f"随机 {SEQUENCES} 串、{SEQUENCES * LENGTH} 步：", dict(done))
    assert done["盘上记下的人工修改"] > SEQUENCES * 2
    assert done["回看"] > SEQUENCES
    assert done["台账 kept"] > done["台账 not kept"]


@pytest.mark.soak
def test_whatever_is_typed_for_long(tmp_path: Path) -> None:
    done = work_through(tmp_path, range(1000, 1040), 20)
    print("随机 200 串、4000 步：", dict(done))
