"""The journal: sealed lines, healed tails, found changes."""

from __future__ import annotations

import errno
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from zhuomuniao.errors import CannotWriteError, IntegrityError
from zhuomuniao.store import journal as journals
from zhuomuniao.store.entry import Change, Entry, entry_from_json
from zhuomuniao.store.journal import DONE, DROPPED, INTENT, QUEUED, Intent, Journal

NOW = datetime(2026, 10, 8, 9, 0)


def entry(op_id: str = "20261008-0000001") -> Entry:
    values = {"case_no": "2026100801", "accepted_at": NOW, "round": 1, "due_on": NOW.date(), "phone": None}
    changes = (Change("跟踪台账", "2026100801", values), Change("跟踪台账", "2026100802", {"a": "b"}, {"a": None}))
    return Entry(op_id, "register", "赵敏慧", NOW, "window", "台账/2026/台账.xlsx", changes)


def test_an_entry_survives_json() -> None:
    assert entry_from_json(entry().as_json()) == entry()
    assert entry().case_nos == ("2026100801", "2026100802")


def test_lines_are_chained_and_verified(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.revision == 0
    for number in range(5):
        journal.append("read", NOW, {"verb": f"第{number}次"})
    assert journal.revision == 5
    assert [line.n for line in journal.verify()] == [1, 2, 3, 4, 5]
    assert journal.head == list(journal.verify())[-1].hash


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_changed_line_is_named(tmp_path: Path, place: int) -> None:
    journal = Journal(tmp_path)
    for number in range(5):
        journal.append("read", NOW, {"verb": f"第{number}次"})
    lines = journal.path.read_text("utf-8").splitlines()
    lines[place] = lines[place].replace("次", "回")
    journal.path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(IntegrityError, match=f"第{place + 1}行"):
        list(journal.verify())


def test_a_removed_line_is_found(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(3):
        journal.append("read", NOW, {"verb": str(number)})
    lines = journal.path.read_text("utf-8").splitlines()
    journal.path.write_text("\n".join([lines[0], lines[2]]) + "\n", "utf-8")
    with pytest.raises(IntegrityError, match="第2行"):
        list(journal.verify())


def test_a_torn_last_line_is_healed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append("read", NOW, {"verb": "一"})
    with open(journal.path, "ab") as file:
        file.write(b'{"n":2,"prev":"abc')
    assert [line.payload["verb"] for line in journal.verify()] == ["一"]
    journal.append("read", NOW, {"verb": "二"})
    assert [line.payload["verb"] for line in journal.verify()] == ["一", "二"]


def intents(count: int, padding: str = "") -> list[Intent]:
    """The intents of one operation over so many books."""
    found = []
    for number in range(1, count + 1):
        book = f"台账/{number}.xlsx"
        changes = (Change("流转记录", "2026100801", {"text": padding}),)
        found.append(Intent(replace(entry(f"20261008-{number:07d}"), book=book, changes=changes), "旧", "新"))
    return found


def settle(journal: Journal, intent: Intent, kind: str = DONE) -> None:
    journal.append(kind, NOW, {"op": intent.entry.op_id, "book": intent.entry.book})


def test_the_unfinished_operation_is_found_and_settled(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.unfinished() == ()
    written = intents(3)
    assert [line.n for line in journal.write_intents(written)] == [1, 2, 3]
    for kind in (DONE, QUEUED, DROPPED):
        assert journal.unfinished() == tuple(written)
        settle(journal, written.pop(0), kind)
    assert journal.unfinished() == ()
    assert len(list(journal.verify())) == 6


def test_books_may_be_settled_in_any_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    first, second, third = intents(3)
    journal.write_intents([first, second, third])
    settle(journal, third)
    settle(journal, second)
    assert journal.unfinished() == (first,)


def test_an_earlier_operation_is_never_taken_up(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    (old,) = intents(1)
    for _ in range(2):
        # An entry of the outbox has an intent again, under its old id, when it goes into its book.
        journal.write_intents([old])
        assert journal.unfinished() == (old,)
        settle(journal, old)
    journal.append("read", NOW, {"verb": "看过"})
    assert journal.unfinished() == ()
    new = [replace(i, entry=replace(i.entry, op_id=f"20261009-{n:07d}")) for n, i in enumerate(intents(2))]
    journal.write_intents(new)
    assert journal.unfinished() == tuple(new)


def test_an_operation_that_is_not_recorded_whole_is_void(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append("read", NOW, {"verb": "看过"})
    written = intents(4)
    journal.write_intents(written)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(b"".join(lines[:3]) + lines[3][:50])
    assert journal.unfinished() == tuple(replace(i, is_void=True) for i in written[:2])
    journal.drop_intents(written[:2])
    assert journal.unfinished() == ()
    assert [line.kind for line in journal.verify()] == ["read", INTENT, INTENT, DROPPED, DROPPED]


def test_an_operation_is_given_up_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    written = intents(3)
    journal.write_intents(written)
    journal.drop_intents(written[:1])  # a crash before the others
    assert journal.unfinished() == tuple(replace(i, is_void=True) for i in written[1:])


def test_an_intent_of_the_first_days_is_an_operation_by_itself(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    (old,) = intents(1)
    told = {
        "op": old.entry.op_id,
        "book": old.entry.book,
        "before": "旧",
        "after": "新",
        "entry": old.entry.as_json(),
    }
    journal.append(INTENT, NOW, told)
    assert journal.unfinished() == (old,)
    settle(journal, old)
    assert journal.unfinished() == ()


def test_a_big_operation_is_found_whole_and_a_finished_one_costs_a_glance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[int] = []
    whole = journals._parse

    def counted(raw: bytes) -> journals.Line | None:
        parsed.append(len(raw))
        return whole(raw)

    journal = Journal(tmp_path)
    for number in range(2000):
        settle(journal, replace(intents(1)[0], entry=entry(f"20261007-{number:07d}")))
    written = intents(60, padding="改期" * 20_000)
    journal.write_intents(written)
    monkeypatch.setattr(journals, "_parse", counted)
    assert journal.unfinished() == tuple(written)
    assert len(parsed) == 60
    for intent in written[:59]:
        settle(journal, intent)
    parsed.clear()
    assert journal.unfinished() == (written[59],)
    assert len(parsed) == 59 + 60
    settle(journal, written[59])
    parsed.clear()
    assert journal.unfinished() == ()
    assert len(parsed) == 61
    journal.write_intents(intents(1))
    settle(journal, intents(1)[0])
    parsed.clear()
    assert journal.unfinished() == ()
    assert len(parsed) == 2


@pytest.mark.parametrize("kept", range(3))
def test_a_disk_that_fails_under_the_intents_leaves_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    journal = Journal(tmp_path)
    for number in range(kept):
        journal.append("read", NOW, {"verb": str(number)})
    before = journal.path.read_bytes() if kept else b""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(journals.os, "fsync", full)
        with pytest.raises(CannotWriteError, match="磁盘满了"):
            journal.write_intents(intents(3))
    assert journal.path.read_bytes() == before
    assert journal.revision == kept


def test_the_tail_is_found_however_long_a_line_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append("read", NOW, {"verb": "短"})
    journal.append("read", NOW, {"verb": "长" * 200_000})
    journal.append("read", NOW, {"verb": "又短"})
    assert journal.revision == 3
    with open(journal.path, "ab") as file:
        file.write(b'{"torn":"' + b"x" * 200_000)
    assert journal.revision == 3


def test_every_number_ever_drawn_is_found(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    drawn = ("2026100801", "2026100802", "20261008100", "2026100901")
    for number in drawn:
        journal.append("intent", NOW, {"op": "20261008-0000001", "entry": {"changes": [{"key": number}]}})
    journal.append("read", NOW, {"cases": "2026100877", "text": '"key":"2026100878"'})
    assert journal.keys_matching("20261008", r"20261008\d{2,}") == set(drawn[:3])
    assert journal.keys_matching("", r"\d+") == set(drawn)
