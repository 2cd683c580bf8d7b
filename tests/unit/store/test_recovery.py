"""An operation over several books is cut off at every point there is: all of it or nothing, and once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import openpyxl
import pytest

from tests.killing import Killed, acts_of, killed_at
from tests.unit.store.shelf import Shelf, open_book, open_shelf

_COPIES = 9
"""Acts before the intents of :meth:`Shelf.advance`: of each book a copy is kept (stage, swap, folder)."""


def is_recorded(shelf: Shelf) -> bool:
    """Whether the operation had got so far that its intents stand in the journal."""
    return b'"verb":"advance"' in shelf.store.journal.path.read_bytes()


def test_a_crash_at_any_point_leaves_all_or_nothing(again: Callable[[], Shelf]) -> None:
    count = acts_of(lambda: again().advance(2))
    # The intents; for each book a kept copy (3), stage, swap, folder, the last copy, done line.
    assert count == 1 + 3 * 8
    for point in range(count):
        shelf = again()
        with killed_at(point), pytest.raises(Killed):
            shelf.advance(2)
        after = open_shelf(shelf.root)
        after.recover()
        # Before the intents are flushed they may last or not; here they have reached the file.
        assert is_recorded(after) == (point >= _COPIES)
        after.check((2, 2, 2) if is_recorded(after) else (1, 1, 1))
        after.advance(2)
        after.check((2, 2, 2))
        revision = after.store.journal.revision
        assert after.advance(2) == ()
        assert after.store.journal.revision == revision


def test_a_crash_at_any_point_with_a_book_open(again: Callable[[], Shelf]) -> None:
    first = again()
    open_book(first, 1)
    for point in range(acts_of(lambda: first.advance(2))):
        shelf = again()
        beside = open_book(shelf, 1)
        with killed_at(point), pytest.raises(Killed):
            shelf.advance(2)
        after = open_shelf(shelf.root)
        after.recover()
        if not is_recorded(after):
            after.check((1, 1, 1))
            after.advance(2)
        after.check((2, 1, 2))
        assert len(after.store.outbox.entries()) == 1
        assert after.advance(2) == ()
        beside.unlink()
        after.recover()
        after.check((2, 2, 2))
        assert after.store.outbox.entries() == ()


@pytest.mark.parametrize("kept", range(4))
def test_a_crash_between_the_intents_leaves_nothing_unless_all_are_there(shelf: Shelf, kept: int) -> None:
    with killed_at(_COPIES), pytest.raises(Killed):
        shelf.advance(2)
    journal = shelf.store.journal.path
    whole = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(whole[: len(whole) - 3 + kept]) + (b'{"n":' if kept < 3 else b""))
    shelf.recover()
    shelf.check((2, 2, 2) if kept == 3 else (1, 1, 1))
    shelf.advance(2)
    shelf.check((2, 2, 2))


@pytest.mark.parametrize("edited", range(3))
def test_a_book_edited_after_a_crash_keeps_what_was_typed(shelf: Shelf, edited: int) -> None:
    with killed_at(_COPIES), pytest.raises(Killed):
        shelf.advance(2)
    workbook = openpyxl.load_workbook(shelf.book(edited))
    sheet = workbook.worksheets[0]
    (column,) = [c.column for c in sheet[2] if c.value == "联系电话" or c.value == "联系方式"]
    sheet.cell(3, column).value = "0377-65330000"
    workbook.save(shelf.book(edited))
    shelf.recover()
    shelf.check((2, 2, 2))
    assert openpyxl.load_workbook(shelf.book(edited)).worksheets[0].cell(3, column).value == "0377-65330000"


@pytest.mark.soak
def test_a_crash_in_the_recovery_of_a_crash(again: Callable[[], Shelf]) -> None:
    for place in (None, 1):
        whole = again()
        if place is not None:
            open_book(whole, place)
        for point in range(acts_of(lambda whole=whole: whole.advance(2))):
            second = 0
            while True:
                shelf = again()
                beside = open_book(shelf, place) if place is not None else None
                with killed_at(point), pytest.raises(Killed):
                    shelf.advance(2)
                if beside and second % 2:
                    beside.unlink()
                died = True
                with killed_at(second), suppress(Killed):
                    open_shelf(shelf.root).recover()
                    died = False
                if beside:
                    beside.unlink(missing_ok=True)
                open_shelf(shelf.root).recover()
                shelf.check((2, 2, 2) if is_recorded(shelf) else (1, 1, 1))
                assert shelf.store.outbox.entries() == ()
                if not died:
                    break
                second += 1
