"""催办 → 督办 → 问责, one at a time (scenarios E-03…E-06)."""

from __future__ import annotations

from datetime import date

from zhuomuniao.ladder import RungDue, next_rung
from zhuomuniao.ruletypes import Citation, LadderEntry, LadderRule, Rung
from zhuomuniao.workdays import WorkCalendar

CALENDAR = WorkCalendar()
LADDER = LadderRule(
    id="escalation",
    ledger="window",
    when={},
    rungs=(
        Rung("提醒", 1, is_before_due=True),
        Rung("催办", 1),
        Rung("督办", 5, after="催办"),
        Rung("问责", 5, after="督办", when={"kind": ("应办未办",)}),
    ),
    entries=(LadderEntry("督办", {"channel": ("12345热线（已督办）",)}),),
    citation=Citation("", "", "unstated"),
)
DUE = date(2026, 9, 30)


def look(as_of: str, issued: dict[str, str] | None = None, **facts: str) -> RungDue | None:
    taken = {name: date.fromisoformat(day) for name, day in (issued or {}).items()}
    known = {"kind": "应办未办", "channel": "窗口", **facts}
    return next_rung(
        LADDER, due_on=DUE, issued=taken, facts=known, as_of=date.fromisoformat(as_of), calendar=CALENDAR
    )


def test_a_reminder_comes_before_the_day_and_lapses_with_it() -> None:
    assert look("2026-09-28") == RungDue("提醒", date(2026, 9, 29), False)
    assert look("2026-09-29") == RungDue("提醒", date(2026, 9, 29), True)
    later = look("2026-10-08")
    assert later is not None
    assert later.rung == "催办"


def test_e03_nothing_advances_on_a_holiday() -> None:
    assert look("2026-10-05") == RungDue("催办", date(2026, 10, 8), False)
    assert look("2026-10-08") == RungDue("催办", date(2026, 10, 8), True)


def test_e04_a_rung_fires_once() -> None:
    again = look("2026-10-08", {"催办": "2026-10-08"})
    assert again == RungDue("督办", date(2026, 10, 14), False)


def test_e05_levels_are_not_skipped_and_count_from_the_real_day() -> None:
    late = look("2026-10-19")
    assert late is not None
    assert (late.rung, late.is_due) == ("催办", True)
    assert look("2026-10-20", {"催办": "2026-10-19"}) == RungDue("督办", date(2026, 10, 26), False)


def test_e06_the_next_rung_comes_five_workdays_later() -> None:
    assert look("2026-10-14", {"催办": "2026-10-08"}) == RungDue("督办", date(2026, 10, 14), True)


def test_a_case_with_a_history_enters_higher_up() -> None:
    entered = look("2026-10-08", channel="12345热线（已督办）")
    assert entered == RungDue("督办", date(2026, 10, 8), True)


def test_only_what_should_have_been_done_goes_to_the_top() -> None:
    issued = {"催办": "2026-10-08", "督办": "2026-10-14"}
    assert look("2026-10-21", issued) == RungDue("问责", date(2026, 10, 21), True)
    assert look("2026-10-21", issued, kind="完全不能") is None
    assert look("2026-10-30", {**issued, "问责": "2026-10-21"}) is None
