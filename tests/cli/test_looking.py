"""查看 and 清单: what leaves the window is masked."""

from __future__ import annotations

import json

import pytest

from tests.desk import Desk

PHONE, IDENTITY = "13800138000", "411325190001010000"


@pytest.fixture
def filled(desk: Desk) -> Desk:
    about = f"李四反映社保转移办不成，电话{PHONE}，身份证{IDENTITY}，请回电。"
    desk.register("2026-09-30 16:00", name="李四", phone=PHONE, unit="社保", about=about)
    desk.register("2026-10-08 09:00", name="内乡县云岫商贸有限公司", unit="商事登记")
    desk.ask("feedback", "2026100801", "--text", f"已致电{PHONE}", "--at", "2026-10-09 09:00")
    return desk


@pytest.mark.parametrize(
    "line",
    [["list"], ["show", "2026093001"], ["overdue"], ["report", "--month", "2026-09"], ["explain", "2026093001"]],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_n10_nothing_personal_leaves_unasked(filled: Desk, line: list[str], form: list[str]) -> None:
    answer = filled.type(*line, *form)
    assert answer.code == 0, answer.err
    for secret in ("李四", PHONE, IDENTITY):
        assert secret not in answer.out + answer.err


def test_full_shows_and_is_journalled(filled: Desk) -> None:
    assert filled.ask("show", "2026093001", "--full")["case"]["phone"] == PHONE
    assert filled.ask("list", "--full")["cases"][0]["applicant"] == "李四"
    lines = [json.loads(x) for x in (filled.folder / ".zmn/journal.jsonl").read_text("utf-8").splitlines()]
    looked = [x for x in lines if x["kind"] == "read"]
    assert [x["verb"] for x in looked] == ["show", "list"]
    assert looked[0]["cases"] == "2026093001"


def test_the_search_sees_what_the_mask_hides(filled: Desk) -> None:
    assert [c["case_no"] for c in filled.ask("list", "--search", "李四")["cases"]] == ["2026093001"]
    assert [c["case_no"] for c in filled.ask("list", "--search", PHONE)["cases"]] == ["2026093001"]
    assert filled.ask("list", "--search", "没有这个词")["count"] == 0


def test_lists_are_narrowed(filled: Desk) -> None:
    def listed(*options: str) -> list[str]:
        return [c["case_no"] for c in filled.ask("list", *options)["cases"]]

    assert listed("--month", "2026-09") == ["2026093001"]
    assert listed("--unit", "商事登记") == ["2026100801"]
    assert listed("--status", "办理中") == ["2026093001", "2026100801"]
    assert listed("--overdue") == ["2026093001", "2026100801"]
    assert listed("--status", "已办结") == []
    assert filled.type("list", "--status", "逾期").code == 2
    assert filled.type("list", "--month", "十月").code == 2


def test_steps_are_masked_too(filled: Desk) -> None:
    shown = filled.type("show", "2026100801")
    assert PHONE not in shown.out
    assert "138****8000" in shown.out


def test_a_number_typed_with_a_chinese_keyboard(filled: Desk) -> None:
    assert filled.ask("show", " ２０２６０９３００１ ")["case"]["case_no"] == "2026093001"
    assert filled.ask("note", "２０２６ ０９３００１", "--note", "来电")["case_no"] == "2026093001"


def test_markup_in_cells_is_text(desk: Desk) -> None:
    desk.register("2026-10-08 09:00", about="[red]红[/] :smile: [/]", name="[bold]王[/]")
    for line in (["list", "--full"], ["overdue"], ["show", "2026100801", "--full"]):
        answer = desk.type(*line)
        assert answer.code == 0
    assert "[red]红[/] :smile: [/]" in desk.type("list", "--full").out


def test_s02_columns_line_up_by_display_width(desk: Desk) -> None:
    from rich.cells import cell_len

    for name in ("李四", "䶮𣲗犇", "阿依努尔·买买提", "👩‍💻公司"):
        desk.register("2026-10-08 09:00", name=name, unit="社保")
    rows = [x for x in desk.type("list", "--full").out.splitlines() if x.strip().startswith("20261008")]
    starts = {cell_len(row[: row.index("公民个人事项服务区")]) for row in rows}
    assert len(rows) == 4
    assert len(starts) == 1


def test_options_stand_before_or_after_the_command(filled: Desk) -> None:
    before = filled.type("--json", "list")
    assert before.code == 0
    assert before.json == filled.ask("list")
    no = filled.register("2026-10-09 09:00", note="--json")["case_no"]
    assert filled.ask("show", no, "--full")["steps"][0]["text"] == "--json"


def test_lists_follow_day_and_number_whatever_was_typed_first(desk: Desk) -> None:
    for moment in ("2026-10-09 09:00", "2026-10-08 09:00", "2026-10-08 08:00"):
        desk.register(moment)
    listed = [c["case_no"] for c in desk.ask("list")["cases"]]
    assert listed == ["2026100801", "2026100802", "2026100901"]


def test_a_day_before_the_case_there_is_no_such_case(filled: Desk) -> None:
    early = filled.type("show", "2026100801", "--as-of", "2026-10-07")
    assert (early.code, "2026-10-08" in early.err) == (2, True)
