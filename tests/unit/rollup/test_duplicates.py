"""What stands twice among ledgers: found by marks alone, and counted once by the rules that are printed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import permutations

import pytest
from msgspec.structs import replace

from zhuomuniao.reports.casechecks import count_checks
from zhuomuniao.reports.casefigures import count_rounds
from zhuomuniao.reports.covered import OF_MONTH, Covered
from zhuomuniao.rollup.counted import Added, Answer, Asked, CaseMark, CountedBook, Source
from zhuomuniao.rollup.duplicates import Duplicates, Why, find_duplicates
from zhuomuniao.rollup.gathering import Gathered
from zhuomuniao.rollup.groups import GROUPINGS
from zhuomuniao.rollup.marks import Marker, is_alike, likeness, new_key
from zhuomuniao.rollup.summing import Total, sum_up

MONTH = Covered("2026-10", date(2026, 10, 1), date(2026, 10, 31), date(2026, 10, 31))
MARKER = Marker(new_key())
ABOUT = "营业执照变更办不下来，窗口说材料不齐，跑了三趟"
LIKE = "营业执照变更办不下来，窗口总说材料不齐，已经跑了三趟"
OTHER = "不动产登记受理以后一直没有消息"


def mark(number: str, at: str, name: str = "李四", phone: str = "13800138000", **more: str) -> CaseMark:
    about, ledger, order = more.get("about", ABOUT), more.get("ledger", "甲"), more.get("order", "")
    return CaseMark(
        case_no=number,
        accepted_at=datetime.fromisoformat(at),
        identity=MARKER.mark("case", ledger, number, at, name, phone),
        work_order=MARKER.mark("order", order) if order else b"",
        person=MARKER.person(name),
        phone=MARKER.phone(phone),
        matter=MARKER.matter(about),
        added=(Added(0, ("accepted", "carried_out"), (("某县",),)),),
    )


def book(
    name: str, *marks: CaseMark, content: str = "", through: str = "2026-10-20", locality: str = "neixiang"
) -> CountedBook:
    counts: Mapping[str, int] = count_rounds((), MONTH) | dict.fromkeys(("accepted", "carried_out"), len(marks))
    return CountedBook(
        source=Source(f"/某处/{name}", name),
        files=(name,),
        contents=(content or name,),
        locality=locality,
        locality_name="某县",
        ledger="window",
        title="台账",
        office=name,
        cases=len(marks),
        told_through=datetime.fromisoformat(through),
        counts=(counts,),
        checks=count_checks(counts, OF_MONTH),
        groups={"locality": ((("某县",), {"accepted": len(marks), "carried_out": len(marks)}, {}),) if marks else ()},
        marks=marks,
        editions=(),
        policies=(),
        calendar="",
    )


def summed(books: Sequence[CountedBook]) -> Total:
    asked = Asked((MONTH,), ("locality",), b"", datetime(2026, 11, 1), date(2026, 11, 1))
    with Gathered() as gathered:
        for one in books:
            gathered.add(Answer(one.source, (one,)))
        gathered.finish()
        return sum_up(gathered, asked, ())


def told(books: Sequence[CountedBook]) -> tuple[list[tuple[str, str, Why]], list[tuple[str, str, Why]]]:
    """What does not count, what counts for it, and why; of books and of cases."""
    total = summed(books)
    found: Duplicates = total.duplicates
    names = [one.source.name for one in total.books]
    return (
        [(names[d.place], names[d.counted], d.why) for d in found.books],
        [(d.case.case_no, d.counted.case_no, d.why) for d in found.cases],
    )


def test_the_same_matter_of_the_same_person_counts_where_it_was_first() -> None:
    books = [
        book("乙", mark("乙1", "2026-10-12 09:00", about=LIKE)),
        book("甲", mark("甲1", "2026-10-20 09:00")),
    ]
    assert told(books) == ([], [("甲1", "乙1", Why.PERSON)])
    total = summed(books)
    assert total.counts["accepted"] == total.groups["locality"]["某县",].counts["accepted"] == 1
    assert all(check.holds for check in total.checks)


@pytest.mark.parametrize(
    ("other", "why_not"),
    [
        (mark("2", "2026-10-20 09:00", about=OTHER), "说的是另一件事"),
        (mark("2", "2026-11-12 09:01"), "隔了30日以上"),
        (mark("2", "2026-10-20 09:00", phone="13800138001"), "同名，电话不同"),
        (mark("2", "2026-10-20 09:00", name="王五", phone="13800138001"), "另一个人"),
    ],
)
def test_what_is_not_the_same_matter(other: CaseMark, why_not: str) -> None:
    assert told([book("甲", mark("1", "2026-10-12 09:00")), book("乙", other)]) == ([], []), why_not


def test_without_a_telephone_the_name_and_the_county_must_agree() -> None:
    first, without = mark("1", "2026-10-12 09:00"), mark("2", "2026-10-20 09:00", phone="")
    assert told([book("甲", first), book("乙", without)])[1] == [("2", "1", Why.PERSON)]
    assert told([book("甲", first), book("乙", without, locality="xiangtan")])[1] == []


def test_a_telephone_of_many_names_tells_nobody() -> None:
    hall = [mark(f"大厅{n}", "2026-10-10 09:00", name=f"群众{n}", about=f"{OTHER}{n}") for n in range(30)]
    books = [book("甲", *hall), book("乙", mark("1", "2026-10-12 09:00", name="张三", about=f"{OTHER}0"))]
    assert told(books)[1] == [], "大厅的电话，名字也要相同"
    again = book("丙", mark("2", "2026-10-12 09:00", name="群众3", about=f"{OTHER}3"))
    assert told([*books, again])[1] == [("2", "大厅3", Why.PERSON)]


def test_two_of_one_ledger_are_its_own_affair() -> None:
    twice = book("甲", mark("1", "2026-10-12 09:00"), mark("2", "2026-10-13 09:00"))
    assert told([twice]) == ([], [])
    assert told([twice, book("乙", mark("3", "2026-10-14 09:00"))])[1] == [("3", "1", Why.PERSON)]


def test_what_is_alike_only_through_what_does_not_count_stays() -> None:
    first, second, third = (mark(f"{n}", f"2026-{at} 09:00") for n, at in enumerate(("09-05", "10-01", "10-20"), 1))
    books = [book("甲", first), book("乙", second), book("丙", third)]
    assert told(books)[1] == [("2", "1", Why.PERSON)], "第三件和第一件隔了30日以上"


def test_a_work_order_in_two_ledgers_counts_once_whatever_else_is_written() -> None:
    one = mark("12345202610190007", "2026-10-19 09:00", order="12345202610190007")
    other = mark("2026102001", "2026-10-20 09:00", "王五", "", about=OTHER, order="12345202610190007")
    assert told([book("甲", one), book("乙", other)])[1] == [("2026102001", "12345202610190007", Why.WORK_ORDER)]


def test_of_a_ledger_handed_in_twice_the_later_state_counts() -> None:
    cases = [mark(f"{n}", f"2026-10-{n} 09:00", name=f"某{n}", phone="", about=f"{n}{OTHER}") for n in range(10, 16)]
    old, new = book("甲", *cases[:4], through="2026-10-13"), book("乙", *cases, through="2026-10-16")
    assert told([old, new]) == ([("甲", "乙", Why.CASES)], [])
    assert summed([old, new]).counts["accepted"] == 6
    third = book("丙", *cases, content="乙", through="2026-10-16")
    assert told([old, new, third])[0] == [("乙", "丙", Why.BYTES), ("甲", "丙", Why.CASES)], "一样的，取排在前的"


def test_a_few_cases_of_a_later_copy_do_not_take_the_place_of_a_thousand() -> None:
    cases = [mark(f"{n}", f"2026-10-{n} 09:00", name=f"某{n}", phone="", about=f"{n}{OTHER}") for n in range(10, 30)]
    whole = book("甲", *cases, through="2026-10-30")
    own = mark("99", "2026-10-31 09:00", "王五", "", about=ABOUT)
    forked = book("乙", *cases[:2], own, through="2026-10-31")
    assert told([whole, forked])[0] == []
    total = summed([whole, forked])
    assert total.counts["accepted"] == 21
    assert {(d.case.case_no, d.why) for d in total.duplicates.cases} == {("10", Why.CASES), ("11", Why.CASES)}
    assert {total.books[d.counted.place].source.name for d in total.duplicates.cases} == {"乙"}, "以登记到最晚的为准"


def test_what_stands_in_the_left_out_ledger_only_is_told() -> None:
    cases = [mark(f"{n}", f"2026-10-{n} 09:00", name=f"某{n}", phone="", about=f"{n}{OTHER}") for n in range(10, 14)]
    old, new = book("甲", *cases, through="2026-10-13"), book("乙", *cases[:3], through="2026-10-16")
    (double,) = summed([old, new]).duplicates.books
    assert (double.shared, double.only_here) == (3, 1)


def test_ledgers_without_cases_are_alike_and_take_nothing_away() -> None:
    def with_empty_year(name: str, *marks: CaseMark) -> CountedBook:
        return replace(book(name, *marks), contents=("空的2025", name))

    one = with_empty_year("甲", mark("1", "2026-10-12 09:00"))
    other = with_empty_year("乙", mark("2", "2026-10-13 09:00", "王五", "", about=OTHER))
    empty = [book("丙", content="空的"), book("丁", content="空的")]
    assert told([one, other, *empty]) == ([], [])
    alone = replace(other, source=Source("/某处/戊", "戊"), contents=("乙",))
    assert told([one, other, alone])[0] == [("戊", "乙", Why.BYTES)], "其中一年的那一本单独又报了一次"


def test_a_name_without_a_telephone_that_is_borne_by_many_is_nobody() -> None:
    many = [mark(f"{n}", "2026-10-10 09:00", "匿名", "", about=f"{n}{OTHER}{n}") for n in range(21)]
    assert (
        told([book("甲", *many), book("乙", mark("x", "2026-10-11 09:00", "匿名", "", about=f"0{OTHER}0"))])[1] == []
    )


def test_a_case_that_stands_in_very_many_ledgers_counts_once() -> None:
    order = [
        book(f"{n:03d}", mark(f"n{n}", f"2026-10-{1 + n // 10:02d} 09:{n % 10:02d}", f"某{n}", "", order="GD1"))
        for n in range(130)
    ]
    assert summed(order).counts["accepted"] == 1


def test_two_ledgers_with_the_same_numbers_are_two() -> None:
    one = [mark(f"202610{n}01", f"2026-10-{n} 09:00", name=f"某{n}", phone="", about=ABOUT) for n in range(10, 16)]
    other = [mark(f"202610{n}01", f"2026-10-{n} 09:00", name=f"钱{n}", phone="", about=OTHER) for n in range(10, 16)]
    assert told([book("甲", *one), book("乙", *other)]) == ([], []), "各乡镇的编号都从 01 起"


def test_the_order_in_which_they_were_read_does_not_matter() -> None:
    books = [
        book("甲", mark("1", "2026-10-12 09:00"), mark("2", "2026-10-13 09:00", "王五", "", about=OTHER)),
        book("乙", mark("3", "2026-10-12 09:00", about=LIKE)),
        book("丙", mark("4", "2026-10-30 09:00"), through="2026-10-30"),
        book("丁", mark("4", "2026-10-30 09:00"), through="2026-10-29"),
    ]
    answers = [told(order) for order in permutations(books)]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0], answers[0]
    assert len(answers[0][1]) == 2


def test_a_crowd_on_one_telephone_is_no_week_of_comparing() -> None:
    crowd = [book(f"{n}", *(mark(f"{n}-{m}", "2026-10-12 09:00", name="匿名") for m in range(40))) for n in range(60)]
    began = time.monotonic()
    _, cases = told(crowd)
    assert time.monotonic() - began < 20
    assert cases


# —— Marks ——


def test_a_mark_is_of_one_key_and_of_what_is_meant() -> None:
    other = Marker(new_key())
    assert MARKER.person(" 李 四") == MARKER.person("李四") != other.person("李四")
    assert MARKER.phone("+86 138-0013-8000") == MARKER.phone("13800138000") != b""
    assert MARKER.phone("12345") == MARKER.person("") == b""
    assert MARKER.mark("person", "a", "b") != MARKER.mark("person", "ab")
    assert MARKER.person("李四") != MARKER.phone("13800138000")


def test_descriptions_are_compared_by_pairs_of_characters() -> None:
    def alike(one: str, other: str) -> float:
        return likeness(MARKER.matter(one), MARKER.matter(other))

    assert alike(ABOUT, ABOUT) == 1
    assert alike("", ABOUT) == alike("", "") == 0
    assert alike("办", "办") == 1
    assert is_alike(alike(ABOUT, LIKE))
    assert not is_alike(alike(ABOUT, OTHER))
    assert alike("甲乙丙", "乙丙丁") == 0.5


def test_the_marks_of_a_description_tell_no_order() -> None:
    assert MARKER.matter("甲乙丙乙甲") == MARKER.matter("丙乙甲乙丙")


def test_groups_are_named_in_the_order_of_their_sheets() -> None:
    assert list(GROUPINGS) == ["locality", "unit", "kind", "tier", "channel", "month"]


def test_gathered_ledgers_are_kept_on_the_disk() -> None:
    with Gathered() as gathered:
        gathered.add(Answer(Source("/某处/甲", "甲"), (book("甲", mark("1", "2026-10-12 09:00")),)))
        gathered.finish()
        (kept,) = gathered.books
        assert (kept.marks, kept.groups) == ((), {}), "不留在内存里"
        assert gathered.groups([0])["locality"]["某县",].counts["accepted"] == 1
        assert find_duplicates(gathered) == Duplicates((), ())
