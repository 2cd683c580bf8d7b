"""月报 and 登记表: what is printed and handed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl

from tests.desk import Desk


def report_file(desk: Desk, answer: dict[str, object]) -> Path:
    (name,) = (name for name in answer["files"] if str(name).endswith(".xlsx"))  # type: ignore[attr-defined]
    return desk.folder / str(name)


def dump(path: Path, *sheets: str) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(path)
    return {name: [[c.value for c in row] for row in book[name].iter_rows()] for name in sheets or book.sheetnames}


def test_m01_closed_at_2350_on_the_last_day_belongs_to_the_month(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-09-05")
    no = desk.register("2026-08-28 09:00")["case_no"]
    desk.ask("resolve", no, "--result", "办好了", "--at", "2026-08-31 23:50")
    august = desk.ask("report", "--month", "2026-08")
    assert (august["counts"]["resolved"], august["counts"]["carried_out"]) == (1, 0)
    assert desk.ask("report", "--month", "2026-09")["counts"]["resolved"] == 0


def test_m03_the_identities_hold_and_rates_name_their_denominator(desk: Desk) -> None:
    early = desk.register("2026-08-31 09:00", unit="社保")["case_no"]
    on_time = desk.register("2026-09-01 09:00", unit="税务")["case_no"]
    late = desk.register("2026-09-01 10:00", unit="税务")["case_no"]
    moved = desk.register("2026-09-02 09:00")["case_no"]
    desk.register("2026-09-03 09:00")
    desk.ask("resolve", early, "--result", "好", "--at", "2026-09-04 09:00")
    desk.ask("resolve", on_time, "--result", "好", "--at", "2026-09-08 09:00")
    desk.ask("resolve", late, "--result", "好", "--at", "2026-09-09 09:00")
    desk.ask("resolve", moved, "--result", "信访", "--outcome", "转信访", "--at", "2026-09-03 09:00")
    answer = desk.ask("report", "--month", "2026-09")
    counts = answer["counts"]
    assert {k: counts[k] for k in ("carried_in", "accepted", "resolved", "transferred", "carried_out")} == {
        "carried_in": 1, "accepted": 4, "resolved": 3, "transferred": 1, "carried_out": 1,
    }  # fmt: skip
    assert (counts["on_time"], counts["late"], counts["overdue_open"]) == (2, 1, 1)
    assert all(check["holds"] for check in answer["checks"])
    rate = answer["rates"]["on_time_rate"]
    assert (rate["numerator"], rate["denominator"], rate["value"]) == (2, 3, 0.6667)
    assert rate["definition"]
    book = openpyxl.load_workbook(report_file(desk, answer))
    assert {"汇总", "台账", "指标口径"} <= set(book.sheetnames)
    assert book["汇总"]._charts
    numbers = [c.value for c in book["台账"]["B"] if str(c.value).isdigit()]
    assert len(numbers) == answer["rows"] == 5


def test_m02_an_empty_month_is_a_report_too(desk: Desk) -> None:
    answer = desk.ask("report", "--month", "2026-07")
    assert answer["rows"] == 0
    assert answer["rates"]["on_time_rate"]["value"] is None
    assert all(check["holds"] for check in answer["checks"])


def test_the_month_before_is_meant_when_none_is_named(desk: Desk) -> None:
    assert desk.ask("report")["period"] == "2026-09"
    later = desk.type("report", "--month", "2026-12")
    assert (later.code, "还没有开始" in later.err) == (2, True)


def test_e11_the_same_month_again_has_the_same_cells_and_one_file(desk: Desk) -> None:
    no = desk.register("2026-09-01 09:00")["case_no"]
    first = desk.ask("report", "--month", "2026-09")
    cells = dump(report_file(desk, first), "汇总", "台账", "逾期明细")
    desk.ask("resolve", no, "--result", "好", "--at", "2026-10-09 09:00")
    desk.register("2026-10-08 09:00")
    again = desk.ask("report", "--month", "2026-09")
    assert again["files"] == first["files"]
    assert dump(report_file(desk, again), "汇总", "台账", "逾期明细") == cells


def test_m04_a_changed_month_is_a_correction_beside_the_first(desk: Desk) -> None:
    desk.register("2026-09-01 09:00")
    first = desk.ask("report", "--month", "2026-09")
    sent = report_file(desk, first).read_bytes()
    desk.register("2026-09-30 09:00")  # typed late
    second = desk.ask("report", "--month", "2026-09", "--correction")
    assert second["correction"] == 1
    assert report_file(desk, first).read_bytes() == sent
    path = report_file(desk, second)
    assert "更正1" in path.name
    assert "更正1" in str(dump(path, "汇总")["汇总"])
    assert desk.ask("report", "--month", "2026-09")["files"] == second["files"]


def test_an_earlier_month_can_be_seen_with_all_names_when_asked(desk: Desk) -> None:
    desk.register("2026-09-01 09:00", name="李四", phone="13800138000")
    masked = str(dump(report_file(desk, desk.ask("report", "--month", "2026-09")), "台账"))
    assert "李四" not in masked
    assert "13800138000" not in masked
    full = desk.ask("report", "--month", "2026-09", "--full", "--out", str(desk.folder / "内部"))
    assert "李四" in str(dump(report_file(desk, full), "台账"))
    assert '"verb":"report"' in (desk.folder / ".zmn/journal.jsonl").read_text("utf-8")


def test_the_register_form_is_annex_3(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:30", name="李四", phone="13800138000", unit="社保")["case_no"]
    answer = desk.ask("form", no)
    text = str(dump(report_file(desk, answer)))
    for words in (
        f"事项编号：{no}",
        "办理对象姓名",
        "李四",
        "13800138000",
        "2026年10月8日 09:30",
        "经办人员签字：",
        "2021081003",
    ):
        assert words in text
    assert "李四" not in Path(str(answer["files"][0])).name
    assert desk.type("form", "2026100899").code == 2


def test_linxian_has_no_register_form(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-10-30")
    no = desk.register("2026-10-08 09:30")["case_no"]
    answer = desk.type("form", no)
    assert (answer.code, "临县" in answer.err) == (2, True)
    assert desk.ask("report", "--month", "2026-10")["counts"]["carried_out"] == 1


def test_a_copy_with_names_and_a_running_month_correct_nothing(desk: Desk) -> None:
    desk.register("2026-09-01 09:00", name="李四")
    desk.ask("report", "--month", "2026-09", "--as-of", "2026-09-20")
    desk.register("2026-09-21 09:00")
    desk.ask("report", "--month", "2026-09", "--full")
    whole = desk.ask("report", "--month", "2026-09")
    assert whole["correction"] == 0
    names = sorted(p.name for p in (desk.folder / "报表" / "2026-09").iterdir())
    assert len(names) == 6
    assert not any("更正" in name for name in names)
