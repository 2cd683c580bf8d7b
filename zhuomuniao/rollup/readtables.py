"""What was read: 各账册 with what is to be known of each, 重复情况, 未能读取."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zhuomuniao.reports.casefigures import labels_of
from zhuomuniao.reports.casetables import number
from zhuomuniao.reports.tables import NO_VALUE, Content, Place, Table, TableColumn
from zhuomuniao.rollup.duplicates import RULES
from zhuomuniao.rollup.groupfigures import SHOWN_AT_MOST

if TYPE_CHECKING:
    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.rollup.counted import CountedBook
    from zhuomuniao.rollup.summing import Total

BOOKS, DOUBLES, UNREAD = "各账册", "重复情况", "未能读取"


def is_sound(book: CountedBook) -> bool:
    """Whether all identities of a ledger hold."""
    return all(check.holds for check in book.checks)


def books_table(total: Total, covered: Covered, head: tuple[str, ...]) -> Table:
    """Every ledger with its own figures, as it would hand them in itself, and what is to be known of it."""
    counted_for = {double.place: double for double in total.duplicates.books}
    rows: list[tuple[Content, ...]] = []
    for place, book in enumerate(total.books[:SHOWN_AT_MOST]):
        counts = book.counts[0] or {}
        double = counted_for.get(place)
        state = "计入" if double is None else f"不计，与《{_named(total.books[double.counted])}》是同一份"
        broken = [check for check in book.checks if not check.holds]
        rows.append((
            _named(book), book.locality_name, book.office, book.title, book.cases,
            *(counts.get(name, 0) for name in _OF_BOOKS),
            "相符" if not broken else "不符", state, "；".join(remarks_on(total, place)) or NO_VALUE,
        ))  # fmt: skip
    labels = labels_of(covered)
    columns = (
        TableColumn("账册", 24, place=Place.LEFT),
        TableColumn("区县", 9),
        TableColumn("填报单位", 16),
        TableColumn("台账", 20),
        number("全部件数", 7),
        *(number(labels[name][0], 7) for name in _OF_BOOKS),
        TableColumn("勾稽", 6),
        TableColumn("是否计入", 14),
        TableColumn("说明", 30, place=Place.LEFT),
    )
    notes = ["各数是这一本自己的数，与填报单位自己的报表同一口径；重复的在合计里减去，不在这里减。"]
    notes.append(f"勾稽核对：{'；'.join(check.identity for check in total.books[0].checks)}。" if total.books else "")
    if len(total.books) > SHOWN_AT_MOST:
        notes.append(f"共{len(total.books)}本，只列前{SHOWN_AT_MOST}本；全部在 --json 的 ledgers 里。")
    return Table(
        sheet=BOOKS, name="", title=(f"{covered.named}各账册情况",), head=head, columns=columns,
        rows=tuple(rows), notes=tuple(filter(None, notes)), is_landscape=True, least_height=24,
    )  # fmt: skip


_OF_BOOKS = ("carried_in", "accepted", "redone", "resolved", "transferred", "voided", "carried_out", "overdue_open")


def _named(book: CountedBook) -> str:
    return book.source.name


def remarks_on(total: Total, place: int) -> Iterator[str]:
    """What is to be known of a ledger."""
    book = total.books[place]
    yield from (f"{check.identity}：左边{check.left}，右边{check.right}" for check in book.checks if not check.holds)
    yield from (f"{no}：{why}" for no, why in book.faults)
    if book.unread_cells:
        yield f"有{book.unread_cells}处读不懂或要核对，请填报单位运行 zmn check"
    if book.queued:
        yield f"有{book.queued}件等待写入账册，已计入"
    if book.deemed:
        yield f"有{book.deemed}件逾期没有签收也没有申请退回，账册里还没有记视为签收"
    if place not in total.left_out and (taken := total.doubled.get(place)):
        accepted, resolved = (taken.get(name, 0) for name in ("accepted", "resolved"))
        yield f"本期受理的有{accepted}件、办结的有{resolved}件与别的账册重复，合计里减去"


# —— What stands twice ——


def double_tables(total: Total, covered: Covered) -> tuple[Table, Table]:
    """The ledgers and the cases that do not count, each with the one that counts for it."""
    books, found = total.books, total.duplicates
    more_books = f"（共{len(found.books)}本，列前{SHOWN_AT_MOST}本）" if len(found.books) > SHOWN_AT_MOST else ""
    whole: tuple[tuple[Content, ...], ...] = tuple(
        (_named(books[d.place]), _named(books[d.counted]), d.why.value, _shared(d.shared), _shared(d.only_here))
        for d in found.books[:SHOWN_AT_MOST]
    )
    single: tuple[tuple[Content, ...], ...] = tuple(
        (
            double.case.case_no, _named(books[double.case.place]), f"{double.case.accepted_at:%Y-%m-%d %H:%M}",
            double.counted.case_no, _named(books[double.counted.place]),
            f"{double.counted.accepted_at:%Y-%m-%d %H:%M}", double.why.value, f"{double.likeness:.0%}",
        )
        for double in found.cases[:SHOWN_AT_MOST]
    )  # fmt: skip
    more = f"，列前{SHOWN_AT_MOST}件" if len(found.cases) > SHOWN_AT_MOST else ""
    of_books = Table(
        sheet=DOUBLES,
        name=f"一、整本重复的账册{more_books}",
        title=(f"{covered.named}重复情况",),
        columns=(
            TableColumn("不计的账册", 12, place=Place.LEFT),
            TableColumn("计入的账册", 12, place=Place.LEFT),
            TableColumn("认定依据", 8),
            TableColumn("相同\n事项", 3),
            TableColumn("只在不计的\n一份里", 4),
        ),
        rows=whole,
        is_landscape=True,
    )
    of_cases = Table(
        sheet=DOUBLES,
        name=f"二、逐件重复的事项（共{len(found.cases)}件{more}）",
        columns=(
            TableColumn("不计的\n编号", 5),
            TableColumn("在哪本账册", 8, place=Place.LEFT),
            TableColumn("受理时间", 5),
            TableColumn("计入的\n编号", 5),
            TableColumn("在哪本账册", 8, place=Place.LEFT),
            TableColumn("受理时间", 5),
            TableColumn("认定依据", 5),
            TableColumn("描述\n相同", 2.5),
        ),
        rows=single,
        notes=tuple(f"{at}．{rule}。" for at, rule in enumerate(RULES, start=1)),
    )
    return of_books, of_cases


def _shared(count: int) -> Content:
    return f"{count}件" if count else NO_VALUE


def unread_table(total: Total, covered: Covered) -> Table:
    """What could not be read and why; what holds no cases below."""
    failed, other = total.failed, [one for one in total.unread if one.is_other]
    rows: list[tuple[Content, ...]] = [(one.name, "没有读到", one.why, one.remedy) for one in failed]
    rows += [(one.name, "不用计入", one.why, one.remedy) for one in other]
    columns = (
        TableColumn("账册或文件", 30, place=Place.LEFT),
        TableColumn("结果", 9),
        TableColumn("原因", 40, place=Place.LEFT),
        TableColumn("怎么办", 36, place=Place.LEFT),
    )
    notes = ["“没有读到”的事项没有计入任何一张表，报出前请补齐。"] if failed else []
    if len(rows) > SHOWN_AT_MOST:
        notes.append(f"共{len(rows)}处，只列前{SHOWN_AT_MOST}处；全部在 --json 的 failed 和 passed_over 里。")
    title = (f"{covered.named}未能读取的账册",)
    return Table(UNREAD, "", columns, tuple(rows[:SHOWN_AT_MOST]), title, notes=tuple(notes), is_landscape=True)
