"""One operation over several books: what is written, what waits, what a failing disk leaves."""

from __future__ import annotations

import errno
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace

from tests.unit.store.shelf import BOOKS, NOW, Shelf, open_book, open_shelf, step_to
from zhuomuniao.errors import CannotWriteError, FaultError, IntegrityError, RefusedByRuleError
from zhuomuniao.ledger import Signature
from zhuomuniao.model import Case, Receipt, Saved, Step
from zhuomuniao.store import applying, outbox, transaction
from zhuomuniao.store.journal import DONE, DROPPED, INTENT, QUEUED, Journal, Line


def kinds(shelf: Shelf, since: int) -> list[str]:
    return [f"{line.kind} {line.payload['book' if line.kind != DONE else 'wrote']}" for line in lines(shelf, since)]


def lines(shelf: Shelf, since: int) -> list[Line]:
    return [line for line in Journal(shelf.root).verify() if line.n > since]


def saved(receipts: tuple[Receipt, ...]) -> list[tuple[str, Saved]]:
    return [(r.book, r.saved) for r in receipts]


def test_all_books_are_one_operation(shelf: Shelf) -> None:
    since = shelf.store.journal.revision
    receipts = shelf.advance(2)
    assert saved(receipts) == [(book, Saved.WRITTEN) for book in BOOKS for _ in range(2)]
    assert [r.row for r in receipts] == [3, 4] * 3
    assert {(r.record.round, r.record.progress) for r in receipts} == {(2, "第2轮")}
    shelf.check((2, 2, 2))
    assert kinds(shelf, since) == [f"{kind} {book}" for kind in (INTENT, DONE) for book in BOOKS]
    intents = [line for line in lines(shelf, since) if line.kind == INTENT]
    assert [line.payload["of"] for line in intents] == [[1, 3], [2, 3], [3, 3]]
    assert [line.payload["op"] for line in intents] == [f"20261102-{line.n:07d}" for line in intents]
    assert [r.revision for r in receipts[::2]] == [line.n for line in intents]


def test_running_again_changes_nothing(shelf: Shelf) -> None:
    shelf.advance(2)
    before = {path: path.read_bytes() for path in shelf.root.rglob("*") if path.is_file()}
    assert open_shelf(shelf.root).advance(2) == ()
    assert {path: path.read_bytes() for path in shelf.root.rglob("*") if path.is_file()} == before


def test_only_the_cases_decided_on_change(shelf: Shelf) -> None:
    (no,) = [no for no in shelf.rows(2) if no.endswith("0002")]
    (receipt,) = shelf.advance(2, no)
    assert (receipt.book, receipt.record.case_no) == (BOOKS[2], no)
    assert {n: row.round for n, row in shelf.rows(2).items()} == {no[:-1] + "1": 1, no: 2}
    assert [{r.round for r in shelf.rows(place).values()} for place in (0, 1)] == [{1}, {1}]


def test_equal_numbers_of_two_ledgers_are_two_cases(shelf: Shelf) -> None:
    no = "202510080009"  # given by hand, or drawn before the ledgers shared a workspace
    signature = Signature("register", "赵敏慧", NOW)
    for ledger in shelf.ledgers:
        draft = shelf._draft(ledger.id, datetime(2025, 10, 8, 9))
        ledger.append([draft], draw_number=lambda *_: no, signature=signature)
    beside = open_book(shelf, 0)
    assert [r.saved for r in shelf.advance(2, no)] == [Saved.QUEUED, Saved.WRITTEN]
    receipt = shelf.ledgers[0].amend(no, decide=lambda c: step_to(c, 3), signature=signature)
    assert (receipt.book, receipt.saved) == (BOOKS[1], Saved.WRITTEN)
    beside.unlink()
    shelf.recover()
    assert [shelf.rows(place)[no].round for place in (0, 1)] == [2, 3]


@pytest.mark.parametrize("place", range(3))
def test_a_book_that_is_open_waits_and_the_others_are_written(shelf: Shelf, place: int) -> None:
    beside = open_book(shelf, place)
    before = shelf.book(place).read_bytes()
    since = shelf.store.journal.revision
    receipts = shelf.advance(2)
    ends = [QUEUED if n == place else DONE for n in range(3)]
    told = [Saved.QUEUED if n == place else Saved.WRITTEN for n in range(3)]
    assert saved(receipts) == [(book, told[n]) for n, book in enumerate(BOOKS) for _ in range(2)]
    assert [r.open_by for r in receipts if r.saved is Saved.QUEUED] == ["WPS", "WPS"]
    assert kinds(shelf, since) == [
        *(f"intent {book}" for book in BOOKS),
        *(f"{end} {book}" for end, book in zip(ends, BOOKS, strict=True)),
    ]
    assert shelf.book(place).read_bytes() == before
    assert {c.round for ledger in shelf.ledgers for c in ledger.state().records} == {2}
    assert open_shelf(shelf.root).advance(2) == ()
    beside.unlink()
    shelf.recover()
    shelf.check((2, 2, 2))
    assert shelf.store.outbox.entries() == ()


def test_a_book_that_is_opened_at_the_last_moment_waits(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = transaction.write_durably

    def late(path: Path, *rest: object, **options: object) -> None:
        if path == shelf.book(1):
            open_book(shelf, 1)
        whole(path, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(transaction, "write_durably", late)
    assert [r.saved.value for r in shelf.advance(2)[::2]] == ["written", "queued", "written"]
    shelf.check((2, 1, 2))


def test_a_step_of_a_queued_case_queues_behind_it(shelf: Shelf) -> None:
    beside = open_book(shelf, 2)
    shelf.fill(2, 1)  # a case that stands in no book yet
    shelf.advance(2)
    assert len(shelf.store.outbox.entries()) == 3  # the registration, its step, the steps of the others
    shelf.advance(3)
    beside.unlink()
    shelf.recover()
    shelf.check((3, 3, 3))
    assert len(shelf.rows(2)) == 3


def test_a_case_that_waits_for_a_person_keeps_no_other_waiting(shelf: Shelf) -> None:
    first, second = sorted(shelf.rows(2))
    beside = open_book(shelf, 2)
    shelf.advance(2, first)
    beside.unlink()
    workbook = openpyxl.load_workbook(shelf.book(2))
    sheet = workbook.worksheets[0]
    (column,) = [c.column for c in sheet[2] if c.value == "处理进度"]
    sheet.cell(3, column).value = "亲笔写的进度"
    workbook.save(shelf.book(2))
    receipts = {(r.book, r.record.case_no): r.saved for r in shelf.advance(3)}
    assert [saved for (book, no), saved in receipts.items() if no == first and book == BOOKS[2]] == [Saved.QUEUED]
    assert list(receipts.values()).count(Saved.QUEUED) == 1
    assert {no: row.round for no, row in shelf.rows(2).items()} == {first: 1, second: 3}
    sheet.cell(3, column).value = None
    edited = openpyxl.load_workbook(shelf.book(2))
    edited.worksheets[0].cell(3, column).value = None
    edited.save(shelf.book(2))
    shelf.recover()
    assert {no: row.round for no, row in shelf.rows(2).items()} == {first: 3, second: 3}
    assert shelf.rows(2)[first].lines == ("第1轮", "第2轮", "第3轮")


def test_what_is_wrong_in_one_book_stops_all_before_anything_is_recorded(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.fill(2, 40)
    revision = shelf.store.journal.revision

    def doubted(*_: object, **__: object) -> None:
        raise IntegrityError("核对不符", "")

    with monkeypatch.context() as patch:
        patch.setattr(applying, "verify_book", doubted)  # the last book alone has so many changes
        with pytest.raises(IntegrityError):
            shelf.advance(2)

    def refused(case: Case) -> tuple[Case, Step]:
        if case.accepted_at.year == 2025 and case.ledger == "linxian":
            raise RefusedByRuleError("不行")
        return step_to(case, 2)

    with pytest.raises(RefusedByRuleError):
        shelf.amend(refused)
    assert shelf.store.journal.revision == revision
    shelf.check((1, 1, 1))


def test_two_entries_for_one_book_are_a_fault(shelf: Shelf) -> None:
    ledger = shelf.ledgers[0]
    with shelf.store.writing() as writing:
        places = [p for p in ledger.places(writing) if p.book == BOOKS[2]]
        entries = [
            ledger.entry(writing, p.book, Signature("x", "", NOW), step_to(p.record, 2)[1], n)
            for n, p in enumerate(places)
        ]
        with pytest.raises(FaultError):
            writing.write_all(entries)
    shelf.check((1, 1, 1))


def failing_at(patch: pytest.MonkeyPatch, shelf: Shelf, place: int) -> None:
    """The disk is full when this book is written."""
    whole = transaction.write_durably

    def full(path: Path, *rest: object, **options: object) -> None:
        if path == shelf.book(place):
            raise CannotWriteError("写不进：磁盘满了", "原文件没有改动")
        whole(path, *rest, **options)  # type: ignore[arg-type]

    patch.setattr(transaction, "write_durably", full)


def test_a_disk_that_fails_at_the_first_book_leaves_nothing_to_come(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = shelf.store.journal.revision
    with monkeypatch.context() as patch:
        failing_at(patch, shelf, 0)
        with pytest.raises(CannotWriteError) as told:
            shelf.advance(2)
    assert (told.value.message, told.value.remedy) == ("写不进：磁盘满了", "原文件没有改动")
    assert kinds(shelf, since) == [f"{kind} {book}" for kind in (INTENT, DROPPED) for book in BOOKS]
    shelf.recover()
    shelf.check((1, 1, 1))
    shelf.advance(2)
    shelf.check((2, 2, 2))


@pytest.mark.parametrize("place", [1, 2])
def test_a_disk_that_fails_later_says_what_is_done_and_what_follows(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    with monkeypatch.context() as patch:
        failing_at(patch, shelf, place)
        with pytest.raises(CannotWriteError) as told:
            shelf.advance(2)
    assert [book in told.value.message for book in BOOKS] == [n < place for n in range(3)]
    assert f"还有 {3 - place} 本没有写" in told.value.message
    assert "不要重复操作" in told.value.remedy
    assert "没有" not in told.value.remedy
    shelf.check((2, *(2 if n < place else 1 for n in (1, 2))))
    assert open_shelf(shelf.root).advance(2) == ()
    shelf.check((2, 2, 2))


def test_a_disk_that_goes_on_failing_at_one_book_lets_the_others_go_on(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing_at(patch, shelf, 1)
        with pytest.raises(CannotWriteError):
            shelf.advance(2)
        shelf.recover()
        shelf.check((2, 1, 2))
        shelf.advance(3, *shelf.rows(2))
    shelf.recover()
    assert [{r.round for r in shelf.rows(place).values()} for place in (1, 2)] == [{2}, {3}]


@pytest.mark.parametrize("kind", [DONE, QUEUED])
def test_a_journal_that_fails_after_the_first_book_is_no_reason_to_repeat(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == QUEUED:
        open_book(shelf, 0)
    whole = Journal._append

    def full(self: Journal, parts: list[tuple[str, object, object]]) -> object:
        if parts[0][0] in (kind, DROPPED):
            raise CannotWriteError("写不进流水：磁盘满了", "没有写入任何内容")
        return whole(self, parts)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_append", full)
        with pytest.raises(CannotWriteError) as told:
            shelf.advance(2)
    assert BOOKS[0] in told.value.message
    assert "没有写入任何内容" not in told.value.remedy
    shelf.recover()
    shelf.check((1 if kind == QUEUED else 2, 2, 2))


def test_a_journal_that_cannot_take_the_intents_back_says_that_they_stay(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise CannotWriteError("写不进流水", "没有写入任何内容")

    with monkeypatch.context() as patch:
        failing_at(patch, shelf, 0)
        patch.setattr(Journal, "drop_intents", full)
        with pytest.raises(CannotWriteError) as told:
            shelf.advance(2)
    assert "还有 3 本没有写" in told.value.message
    assert "自动写完" in told.value.remedy
    shelf.recover()
    shelf.check((2, 2, 2))


def test_a_full_disk_under_the_outbox_is_told(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    open_book(shelf, 1)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "make_folder", full)
        with pytest.raises(CannotWriteError, match="磁盘满了") as told:
            shelf.advance(2)
    assert f"此前 “{BOOKS[0]}”" in told.value.message
    shelf.recover()
    shelf.check((2, 1, 2))


def test_registrations_of_two_years_are_one_operation(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = shelf.ledgers[0]
    cases = [shelf._draft("neixiang", NOW.replace(year=year)) for year in (2025, 2026, 2027)]
    with monkeypatch.context() as patch:
        failing_at(patch, shelf, 2)
        with pytest.raises(CannotWriteError) as told:
            ledger.append(
                cases, draw_number=lambda c, _: f"{c.accepted_at:%Y%m%d}0001", signature=Signature("r", "", NOW)
            )
    assert "202511020001" in told.value.message
    assert "还有 2 本没有写" in told.value.message
    shelf.recover()
    assert [len([c for c in ledger.state().records if c.accepted_at.year == y]) for y in (2025, 2026, 2027)] == [
        3,
        3,
        1,
    ]


def test_one_case_of_many_goes_the_same_way(shelf: Shelf) -> None:
    ledger = shelf.ledgers[0]
    no = sorted(shelf.rows(1))[1]
    receipt = ledger.amend(no, decide=lambda c: step_to(c, 2), signature=Signature("advance", "赵敏慧", NOW))
    assert (receipt.book, receipt.row, receipt.saved) == (BOOKS[1], 4, Saved.WRITTEN)
    assert shelf.rows(1)[no].lines == ("第1轮", "第2轮")
    unchanged = ledger.amend(
        no,
        decide=lambda c: (c, (replace(step_to(c, 2)[1][0], text="只记一笔"),)),
        signature=Signature("note", "", NOW),
    )
    assert unchanged.record.round == 2
    assert shelf.rows(1)[no].lines[-1] == "只记一笔"
