"""Saved states told by the journal: kept bytes, or the nearest kept ones with the entries since written again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import openpyxl
import pytest

from tests.unit.store.shelf import BOOKS, Shelf, draw, open_shelf, step_to
from zhuomuniao.errors import BadValueError, IntegrityError
from zhuomuniao.ledger import Draft, Signature, amend_cases
from zhuomuniao.model import Case, Step, StepKind
from zhuomuniao.store.history import (
    bytes_before,
    bytes_before_edit,
    operations,
    rebuild,
    saved_states,
    state_of_revision,
)
from zhuomuniao.store.journal import DONE
from zhuomuniao.store.revisions import Why

PLACE = 2
BOOK = BOOKS[PLACE]
FIRST_DAY = datetime(2025, 1, 2, 9)


@pytest.fixture
def lived(again: Callable[[], Shelf]) -> tuple[Shelf, dict[int, bytes]]:
    """A shelf after half a year with an entry every third day and two outside edits, thinned on the way; and what the
    third book held after each operation."""
    shelf = again()
    seen: dict[int, bytes] = {}
    for turn in range(60):
        shelf = open_shelf(shelf.root)
        now = FIRST_DAY + timedelta(days=3 * turn)
        shelf.store.now = now
        if turn in (20, 40):
            book = openpyxl.load_workbook(shelf.book(PLACE))
            book.worksheets[0].column_dimensions["C"].width = turn
            book.save(shelf.book(PLACE))
            shelf.recover()
            seen[saved_states(shelf.store, BOOK)[-1].n] = shelf.book(PLACE).read_bytes()
        signature = Signature("advance", "赵敏慧", now)
        if turn % 10 == 0:
            case = Case("", "neixiang", datetime(2026, 10, 8, 9), "李四", "执照办不下来", accepted_by="赵敏慧")
            step = Step("", StepKind.ACCEPT, case.accepted_at, "赵敏慧", text="第1轮")
            shelf.ledgers[0].append([Draft(case, (step,))], draw_number=draw, signature=signature)
        else:
            amend_cases(
                shelf.ledgers[:1],
                lambda case, turn=turn: step_to(case, turn + 1) if case.accepted_at.year == 2026 else None,
                signature=signature,
            )
        seen[saved_states(shelf.store, BOOK)[-1].n] = shelf.book(PLACE).read_bytes()
    return shelf, seen


def test_what_is_left_after_thinning_is_exact(lived: tuple[Shelf, dict[int, bytes]]) -> None:
    shelf, seen = lived
    store = shelf.store
    states = saved_states(store, BOOK)
    assert len(states) == 63
    copies = store.revisions.copies(BOOK)
    assert len(copies) < 50
    assert len([c for c in copies if c.why is Why.UNSEEN]) == 2
    found = {}
    for state in states:
        with suppress(IntegrityError):
            found[state.n] = rebuild(store, state, states)
    for n in found.keys() & seen.keys():
        assert found[n].is_exact
        assert found[n].data == seen[n]
    # What follows an outside edit rests on its copy; where that is thinned out, it is lost up to the next copy.
    lost = sorted({s.n for s in states} - found.keys())
    print(f"{len(found)} of {len(states)} states from {len(copies)} copies, lost: {lost}")
    assert len(found) > 0.9 * len(states)


def test_the_copy_before_each_outside_edit_is_there(lived: tuple[Shelf, dict[int, bytes]]) -> None:
    store = lived[0].store
    edits = [s for s in saved_states(store, BOOK) if s.edit]
    assert len(edits) == 2
    for state in edits:
        assert store.revisions.find(BOOK, state.edit["before"]) is not None


def test_rebuilding_from_the_very_first_entry(shelf: Shelf) -> None:
    before = shelf.book(PLACE).read_bytes()
    shelf.advance(2)
    after = shelf.book(PLACE).read_bytes()
    for copy in shelf.store.revisions.all_copies():
        copy.path.unlink()
    first, second = saved_states(shelf.store, BOOK)
    for state, data in ((first, before), (second, after)):
        assert rebuild(shelf.store, state).data == data
    assert bytes_before(shelf.store, second, (first, second)) == before


def test_the_book_an_office_had_dressed_first_is_the_beginning(shelf: Shelf) -> None:
    """The first entry was written into a book that stood there: its copy is the base, not an empty book of ours."""
    first = saved_states(shelf.store, BOOK)[0]
    assert first.before == ""
    assert rebuild(shelf.store, first).is_exact


def test_states_and_operations(shelf: Shelf) -> None:
    shelf.advance(2)
    states = saved_states(shelf.store)
    assert [s.book for s in states] == [*BOOKS, *BOOKS]
    assert [s.place for s in states[3:]] == [(1, 3), (2, 3), (3, 3)]
    assert all(later.before == earlier.after for earlier, later in zip(states[:3], states[3:], strict=True))
    listed = operations(shelf.store)
    assert [len(o.entries) for o in listed] == [1, 1, 1, 3]
    assert all(settled == DONE for o in listed for settled in o.settled)
    assert state_of_revision(shelf.store, states[-1].n) == states[-1]
    with pytest.raises(BadValueError, match="没有版本 99999"):
        state_of_revision(shelf.store, 99999)


def test_what_was_before_an_edit_is_known_without_the_last_copy(shelf: Shelf) -> None:
    shelf.advance(2)
    data = shelf.book(PLACE).read_bytes()
    assert bytes_before_edit(shelf.store, BOOK, data) == data
    shelf.store.revisions.forget_last(BOOK)
    assert bytes_before_edit(shelf.store, BOOK, None) == data
    shelf.store.journal.path.unlink()
    assert bytes_before_edit(shelf.store, BOOK, None) is None
