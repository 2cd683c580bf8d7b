"""催办, 督办, 问责 (scenarios E-03…E-08) and looks back after many steps (E-11)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.desk import Desk

SONGLING = Path(__file__).resolve().parents[1] / "fixtures" / "counties" / "songling"


@pytest.fixture
def window(new_desk: Callable[..., Desk]) -> Desk:
    return new_desk("xiangtan", "2026-10-30")


def overdue_case(desk: Desk, at: str = "2026-09-23 09:00", **more: str) -> str:
    """Five workdays from 23 September: due 2026-10-08… or as the day says."""
    no: str = desk.register(at, **{"tier": "二级", "unit": "县司法局", **more})["case_no"]
    return no


def issue(desk: Desk, day: str) -> list[tuple[str, str]]:
    answer = desk.ask("escalate", "--issue", "--as-of", day)
    assert answer["issued"]
    return [(p["case_no"], p["rung"]) for p in answer["proposals"]]


def propose(desk: Desk, day: str) -> list[tuple[str, str]]:
    answer = desk.ask("escalate", "--as-of", day)
    assert not answer["issued"]
    return [(p["case_no"], p["rung"]) for p in answer["proposals"]]


def lines(desk: Desk, no: str) -> list[str]:
    return [s["step"] for s in desk.ask("show", no)["steps"]]


def test_E03_nothing_advances_on_a_holiday(window: Desk) -> None:
    no = overdue_case(window, "2026-09-22 09:00")  # due 30 September
    assert [c["case_no"] for c in window.ask("overdue", "--as-of", "2026-10-05")["overdue"]] == [no]
    holiday = window.ask("escalate", "--issue", "--as-of", "2026-10-05")
    assert (holiday["proposals"], holiday["rest_day"]) == ([], True)
    assert "休息日" in window.type("escalate", "--as-of", "2026-10-05").out
    refused = window.type("urge", no, "--at", "2026-10-05 10:00")
    assert (refused.code, "休息日" in refused.err) == (6, True)
    assert "催办" not in lines(window, no)
    assert issue(window, "2026-10-08") == [(no, "催办")]


def test_E04_the_same_morning_twice(window: Desk) -> None:
    no = overdue_case(window, "2026-08-10 09:00")
    assert propose(window, "2026-08-18") == [(no, "催办")]
    assert propose(window, "2026-08-18") == [(no, "催办")]
    assert issue(window, "2026-08-18") == [(no, "催办")]
    before = window.book.read_bytes()
    assert issue(window, "2026-08-18") == []
    assert propose(window, "2026-08-18") == []
    assert window.book.read_bytes() == before
    assert lines(window, no).count("催办") == 1
    again = window.type("urge", no, "--at", "2026-08-19 10:00")
    assert (again.code, "督办" in again.err) == (6, True)


def test_E05_no_rung_is_skipped_or_dated_back(window: Desk) -> None:
    no = overdue_case(window, "2026-08-10 09:00")  # due 17 August
    skipped = window.type("supervise", no, "--at", "2026-08-26 10:00")
    assert (skipped.code, "催办" in skipped.err) == (6, True)
    assert issue(window, "2026-08-26") == [(no, "催办")]
    urged = [s for s in window.ask("show", no)["steps"] if s["step"] == "催办"]
    assert [s["at"][:10] for s in urged] == ["2026-08-26"]
    # Counted from the day it was really urged: 27, 28, 31 August, 1, 2 September.
    assert propose(window, "2026-09-01") == []
    assert propose(window, "2026-09-02") == [(no, "督办")]


def test_E05_what_was_supervised_at_the_hotline_enters_there(window: Desk) -> None:
    no = overdue_case(window, "2026-08-10 09:00", channel="热线已督办")
    answer = window.ask("escalate", "--issue", "--as-of", "2026-08-11")
    (entered,) = answer["proposals"]
    assert (entered["case_no"], entered["rung"]) == (no, "督办")
    assert "12345热线（已督办）" in entered["basis"]
    assert "五.5" in entered["basis"]
    (line,) = [s for s in window.ask("show", no)["steps"] if s["step"] == "督办"]
    assert "12345热线（已督办）" in line["text"]
    assert "催办" not in lines(window, no)


def test_E05_accountability_only_for_what_should_have_been_done(window: Desk) -> None:
    due = overdue_case(window, "2026-08-10 09:00")
    never = overdue_case(window, "2026-08-10 09:30", kind="完全不能")
    assert sorted(issue(window, "2026-08-18")) == sorted([(due, "催办"), (never, "催办")])
    assert sorted(issue(window, "2026-08-25")) == sorted([(due, "督办"), (never, "督办")])
    assert issue(window, "2026-09-01") == [(due, "问责")]
    refused = window.type("accountability", never, "--at", "2026-09-02 10:00")
    assert (refused.code, "应办未办" in refused.err) == (6, True)
    assert propose(window, "2026-09-30") == []
    assert lines(window, due) == ["受理", "催办", "督办", "问责移送"]


def test_E06_supervision_five_workdays_after_urging_tells_of_it(window: Desk) -> None:
    no = overdue_case(window, "2026-08-10 09:00")
    issue(window, "2026-08-18")
    (proposal,) = window.ask("escalate", "--as-of", "2026-08-25")["proposals"]
    assert (proposal["rung"], proposal["since"], proposal["paper"]) == ("督办", "2026-08-25", "督办函")
    assert proposal["prior"] == [{"rung": "催办", "on": "2026-08-18"}]
    assert (proposal["due_on"], proposal["late_workdays"]) == ("2026-08-17", 6)
    assert window.ask("supervise", no, "--at", "2026-08-25 10:00")["step"] == "督办"
    assert window.ask("show", no)["case"]["urging"] == "催办 2026-08-18；督办 2026-08-25"


def test_E07_what_rests_or_is_over_is_never_escalated(window: Desk, new_desk: Callable[..., Desk]) -> None:
    closed, void, waiting = (overdue_case(window, f"2026-08-10 09:0{n}") for n in range(3))
    window.ask("resolve", closed, "--result", "信访", "--outcome", "转信访", "--at", "2026-08-20 10:00")
    window.ask("void", void, "--reason", "登记重了", "--at", "2026-08-20 10:00")
    window.ask("resolve", waiting, "--result", "办好了", "--at", "2026-08-20 10:00")
    assert issue(window, "2026-08-31") == []
    for no in (closed, void, waiting):
        assert window.type("urge", no, "--at", "2026-08-31 10:00").code == 6
    desk = new_desk(str(SONGLING), "2026-10-30", folder="松岭")
    no = desk.register("2026-08-10 09:00", category="投诉", unit="区教育局")["case_no"]
    desk.ask("pause", no, "--reason", "补正材料", "--at", "2026-08-12 10:00")
    assert issue(desk, "2026-09-30") == []
    refused = desk.type("urge", no, "--at", "2026-09-30 10:00")
    assert (refused.code, "暂停" in refused.err) == (6, True)


def test_E07_nobody_can_be_urged_where_nobody_is_responsible(window: Desk) -> None:
    no = window.register("2026-08-10 09:00", tier="二级")["case_no"]
    answer = window.ask("escalate", "--issue", "--as-of", "2026-08-20")
    assert (answer["proposals"], answer["without_unit"]) == ([], [no])
    assert f"zmn assign {no}" in window.type("escalate", "--as-of", "2026-08-20").out
    refused = window.type("urge", no, "--at", "2026-08-20 10:00")
    assert refused.code == 6


def test_E08_a_limit_that_fell_away_leaves_the_list(window: Desk) -> None:
    no = overdue_case(window, "2026-08-10 09:00")
    raised = window.ask("raise", no, "--tier", "一级", "--reason", "多部门扯皮", "--at", "2026-08-14 10:00")
    assert [(c["act"], c["due_on"]) for c in raised["deadlines"]] == [("解决", None)]
    assert window.ask("overdue", "--as-of", "2026-08-31")["overdue"] == []
    assert propose(window, "2026-08-31") == []
    (line,) = [s["text"] for s in window.ask("show", no)["steps"] if s["step"] == "提级"]
    assert "二级 → 一级" in line
    assert "多部门扯皮" in line


def test_E08_a_rule_that_was_deleted(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    """The signed date stays, and the difference is told; nothing is dropped in silence."""
    county = shutil.copytree(SONGLING, tmp_path / "county")
    desk = new_desk(str(county), "2026-10-30")
    no = desk.register("2026-08-10 09:00", category="投诉", unit="区教育局")["case_no"]
    rules = county / "rules" / "2026.toml"
    text = rules.read_text(encoding="utf-8")
    kept = re.sub(r'\[\[clocks\]\]\nid = "complaint".*?(?=\n\[\[)', "", text, count=1, flags=re.S)
    assert kept != text
    rules.write_text(kept, encoding="utf-8")
    (gone,) = desk.ask("recount")["unruled"]
    assert (gone["case_no"], gone["from"], gone["to"]) == (no, "2026-08-24", None)


def test_what_is_late_stays_late_when_raised(window: Desk) -> None:
    """Another tier gives no time back, not even through a recount."""
    no = overdue_case(window, "2026-08-10 09:00")
    raised = window.ask("raise", no, "--tier", "复杂", "--reason", "牵涉两个部门", "--at", "2026-08-20 10:00")
    assert [c["due_on"] for c in raised["deadlines"]] == ["2026-08-17"]
    assert any("已经逾期" in w for w in raised["warnings"])
    assert window.ask("recount")["differences"] == []
    window.ask("recount", "--issue")
    assert [c["due_on"] for c in window.ask("show", no)["case"]["clocks"]] == ["2026-08-17"]
    assert window.ask("check")["findings"] == []


def test_only_upwards(window: Desk) -> None:
    no = overdue_case(window, "2026-08-10 09:00")
    down = window.type("raise", no, "--tier", "三级", "--at", "2026-08-11 10:00")
    assert (down.code, "只能往上" in down.err) == (6, True)
    same = window.type("raise", no, "--tier", "二级", "--at", "2026-08-11 10:00")
    assert same.code == 6


def test_E11_every_past_morning_is_as_it_was(window: Desk) -> None:
    no = overdue_case(window, "2026-08-10 09:00")
    told: dict[str, Any] = {}
    acts = {
        "2026-08-18": ("urge", no),
        "2026-08-25": ("supervise", no),
        "2026-08-26": ("resolve", no, "--result", "办好了"),
        "2026-08-27": ("verify", no, "--outcome", "不实", "--note", "没有办"),
        "2026-08-31": ("resolve", no, "--result", "这次办了"),
    }
    for day, line in acts.items():
        window.day = day
        window.ask(*line, "--at", f"{day} 10:00")
        told[day] = (window.ask("show", no), window.ask("overdue")["overdue"], window.ask("list")["cases"])
    window.day = "2026-10-30"
    for day, before in told.items():
        window.day = day
        assert (window.ask("show", no), window.ask("overdue")["overdue"], window.ask("list")["cases"]) == before, day
