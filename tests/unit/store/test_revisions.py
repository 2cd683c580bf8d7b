"""Kept copies: named so that the folder needs no index, thinned by the rule, but for those before outside edits."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from zhuomuniao.store.revisions import KEEP_ALL_DAYS, KEEP_WEEKLY_DAYS, Revisions, Why

BOOK = "台账/2026/某台账.xlsx"
TODAY = date(2026, 11, 30)


@pytest.fixture
def revisions(tmp_path: Path) -> Revisions:
    (tmp_path / ".zmn").mkdir()
    (tmp_path / BOOK).parent.mkdir(parents=True)
    (tmp_path / BOOK).write_bytes(b"")
    return Revisions(tmp_path, tmp_path / ".zmn")


def keep_each_day(revisions: Revisions, days: int, why: Why = Why.DAILY) -> None:
    folder = revisions.folder / BOOK
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(days, -1, -1):
        # As `keep` names them, without its flushing: hundreds take long.
        on = TODAY - timedelta(days=n)
        digits = sha256(f"{why}{on}".encode()).hexdigest()[:24]
        (folder / f"{on:%Y%m%d}-{days - n:07d}-{why}-{digits}.xlsx").write_bytes(f"{why}{on}".encode())


def kept_days(revisions: Revisions) -> list[date]:
    return [copy.on for copy in revisions.copies(BOOK)]


def test_the_rule_of_thinning(revisions: Revisions) -> None:
    keep_each_day(revisions, 800)
    revisions.thin(BOOK, TODAY)
    expected = set()
    for n in range(801):
        on = TODAY - timedelta(days=n)
        if n <= KEEP_ALL_DAYS:
            expected.add(on)
            continue
        following = on + timedelta(days=1)
        if n <= KEEP_WEEKLY_DAYS:
            is_last = on.isoweekday() == 7 or (TODAY - following).days <= KEEP_ALL_DAYS
        else:
            is_last = on.month != following.month or (TODAY - following).days <= KEEP_WEEKLY_DAYS
        if is_last:
            expected.add(on)
    assert set(kept_days(revisions)) == expected
    assert (KEEP_ALL_DAYS, KEEP_WEEKLY_DAYS) == (31, 366)
    assert len(expected) == 32 + 49 + 15


def test_thinning_again_takes_no_more(revisions: Revisions) -> None:
    keep_each_day(revisions, 500)
    revisions.thin(BOOK, TODAY)
    left = kept_days(revisions)
    revisions.thin(BOOK, TODAY)
    assert kept_days(revisions) == left


def test_day_by_day_or_at_once_the_youngest_month_is_whole(revisions: Revisions) -> None:
    for n in range(120, -1, -1):
        on = TODAY - timedelta(days=n)
        revisions.keep(BOOK, str(on).encode(), n=n, on=on, why=Why.DAILY)
        revisions.thin(BOOK, on)
    days = kept_days(revisions)
    assert [d for d in days if (TODAY - d).days <= 31] == [TODAY - timedelta(days=n) for n in range(31, -1, -1)]
    weeks = [tuple(d.isocalendar()[:2]) for d in days if (TODAY - d).days > 31]
    assert len(weeks) == len(set(weeks)) == 14


def test_the_copy_before_an_outside_edit_stays_for_ever(revisions: Revisions) -> None:
    keep_each_day(revisions, 60)
    keep_each_day(revisions, 60, Why.UNSEEN)
    revisions.thin(BOOK, TODAY + timedelta(days=5000))
    unseen = [c for c in revisions.copies(BOOK) if c.why is Why.UNSEEN]
    assert len(unseen) == 61
    assert len(kept_days(revisions)) - 61 == 2


def test_a_copy_says_what_it_is(revisions: Revisions) -> None:
    revisions.keep(BOOK, b"one", n=7, on=date(2026, 10, 8), why=Why.BULK)
    (copy,) = revisions.copies(BOOK)
    assert (copy.book, copy.on, copy.n, copy.why) == (BOOK, date(2026, 10, 8), 7, Why.BULK)
    assert copy.path.name.startswith("20261008-0000007-bulk-")
    assert revisions.all_copies() == (copy,)
    assert revisions.spoilt() == ()
    copy.path.write_bytes(b"other")
    assert revisions.spoilt() == (copy,)


def test_the_same_bytes_are_kept_once(revisions: Revisions) -> None:
    revisions.keep(BOOK, b"one", n=7, on=date(2026, 10, 8), why=Why.DAILY)
    revisions.keep(BOOK, b"one", n=8, on=date(2026, 10, 8), why=Why.WHOLE)
    assert [c.why for c in revisions.copies(BOOK)] == [Why.DAILY]
    revisions.keep(BOOK, b"one", n=9, on=date(2026, 10, 8), why=Why.UNSEEN)
    assert [c.why for c in revisions.copies(BOOK)] == [Why.UNSEEN]
    revisions.keep(BOOK, b"one", n=10, on=date(2026, 10, 9), why=Why.DAILY)
    assert [(c.why, c.n) for c in revisions.copies(BOOK)] == [(Why.UNSEEN, 9)]


def test_old_bytes_that_come_back_are_young_again(revisions: Revisions) -> None:
    """A book restored to what it was two months ago must not lose that copy to the thinning of two months ago."""
    old = TODAY - timedelta(days=60)
    for n in range(3):
        revisions.keep(BOOK, f"{n}".encode(), n=n, on=old + timedelta(days=n), why=Why.DAILY)
    revisions.keep(BOOK, b"0", n=9, on=TODAY, why=Why.WHOLE)
    revisions.thin(BOOK, TODAY)
    assert TODAY in kept_days(revisions)
    assert [c.path.read_bytes() for c in revisions.copies(BOOK)][-1] == b"0"


def test_what_is_none_of_ours_is_left_alone(revisions: Revisions) -> None:
    revisions.keep(BOOK, b"one", n=7, on=date(2020, 1, 1), why=Why.DAILY)
    folder = revisions.copies(BOOK)[0].path.parent
    for name in (
        "20200101-0000007-other-0123456789abcdef01234567.xlsx",
        "我的.xlsx",
        "20201399-0000007-daily-x.xlsx",
    ):
        (folder / name).write_bytes(b"x")
    revisions.keep(BOOK, b"two", n=8, on=date(2020, 1, 2), why=Why.DAILY)
    revisions.thin(BOOK, TODAY)
    assert len(revisions.copies(BOOK)) == 1
    assert len(list(folder.iterdir())) == 4


def test_the_last_bytes(revisions: Revisions) -> None:
    assert revisions.last(BOOK) is None
    revisions.set_last(BOOK, b"one")
    assert (revisions.last(BOOK), revisions.books()) == (b"one", (BOOK,))
    assert revisions.size() == 3
    revisions.forget_last(BOOK)
    revisions.forget_last(BOOK)
    assert revisions.last(BOOK) is None
