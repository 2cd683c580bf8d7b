"""The journal: sealed lines, healed tails, found changes."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from zhuomuniao.errors import IntegrityError
from zhuomuniao.store.entry import Change, Entry, entry_from_json
from zhuomuniao.store.journal import DONE, Journal

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
    journal.append("read", NOW, {"verb": "二"})
    assert [line.payload["verb"] for line in journal.verify()] == ["一", "二"]


def test_the_unfinished_operation_is_found_and_settled(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.unfinished() is None
    journal.write_intent(entry(), before="旧", after="新")
    assert journal.unfinished() == (entry(), "旧")
    journal.append(DONE, NOW, {"op": entry().op_id})
    assert journal.unfinished() is None


def test_the_tail_is_found_however_long_a_line_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append("read", NOW, {"verb": "短"})
    journal.append("read", NOW, {"verb": "长" * 200_000})
    journal.append("read", NOW, {"verb": "又短"})
    assert journal.revision == 3
    assert journal.texts_matching(re.compile('"(又短)"'.encode())) == {"又短"}
