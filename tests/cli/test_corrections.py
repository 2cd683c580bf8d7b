"""What left the office and was altered, lost or made again since; what a 更正 says of it; versions of lists."""

from __future__ import annotations

import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.activities import FieldDesk
from tests.cli.test_editions import (
    DUTY,
    HOTLINE,
    cells,
    first_file,
    hall,
    hand_in,
    office_of,
    take_call,
    told,
    type_into,
)
from tests.desk import Desk
from tests.docxdump import words_of
from zhuomuniao.layouts import ColumnType
from zhuomuniao.render.report_csv import render_csv
from zhuomuniao.reports.changes import Change, ChangeKind, Figures, changes_between, make_plain
from zhuomuniao.reports.tables import Table, TableColumn
from zhuomuniao.usecases.submissions import CopyFault, spoilt_copies

__all__ = ["hall"]
MONTH = (*HOTLINE, "2026-07")


def late_call(desk: Desk, at: str = "2026-07-30 09:00") -> str:
    return take_call(desk, at, name="孙八")


# —— the folder is lost ——


def test_a_lost_copy_is_made_again_beside_and_nothing_untrue_is_said(hall: Desk) -> None:
    hall.ask(*MONTH)
    first = hand_in(hall, "2026-07", "2026-08-06")
    late_call(hall)
    hall.ask(*MONTH)
    sent = hand_in(hall, "2026-07", "2026-08-07", is_again=True)
    listed = [row[1:] for row in cells(sent, "更正说明") if isinstance(row[0], int)]
    shutil.rmtree(hall.folder / "报表")
    hall.day = "2026-09-01"
    said = hall.type(*MONTH).out
    assert "（更正1）（补印）.xlsx" in said
    assert "已经不在原处" in said
    assert "不是报出的那个文件" in said
    for untrue in ("数字有变", "另存", "没有改动", "记一笔"):
        assert untrue not in said, untrue
    assert not sent.exists(), "nothing is put where what left the office stood"
    reprint = sent.with_stem(f"{sent.stem}（补印）")
    again = hall.ask(*MONTH)
    assert (first_file(hall, again), again["is_new"], again["correction"]) == (reprint, False, 1)
    assert "2026年8月6日报出的" in again["against"], "as the copy that left said"
    counted = [row for row in listed if row[0] == "数字"]
    assert counted
    assert [row[1:] for row in cells(reprint, "更正说明") if row[1] == "数字"] == counted
    # The next one corrects what left, row by row, and blames nobody.
    late_call(hall, "2026-07-31 09:00")
    second = hall.ask(*MONTH)
    assert (second["correction"], told(second, "数字")[0][2:]) == (2, ("3", "4"))
    assert [row[0] for row in told(second, "增加")] != []
    everything = " ".join(second["remarks"]) + str(cells(first_file(hall, second), "更正说明"))
    assert "改动过" not in everything
    assert "已经不在原处" in everything
    assert "（补印）" in everything
    assert not first.exists()


def test_a_letter_names_the_paper_it_corrects_and_no_file(hall: Desk) -> None:
    hall.ask(*MONTH)
    hand_in(hall, "2026-07", "2026-08-06")
    late_call(hall, "2026-07-31 09:00")
    (letter,) = (hall.folder / name for name in hall.ask(*MONTH)["files"] if name.endswith(".docx"))
    said = words_of(letter.read_bytes())
    assert "本件更正2026年8月6日报出的《" in said
    assert ".xlsx" not in said


def test_a_lost_letter_is_made_again_beside(hall: Desk) -> None:
    hall.ask(*MONTH)
    sent = hand_in(hall, "2026-07", "2026-08-06")
    letter = sent.with_suffix(".docx")
    letter.unlink()
    again = hall.ask(*MONTH)
    assert not letter.exists()
    assert [Path(name).suffix for name in again["files"]] == [".xlsx", ".docx"]
    assert "（补印）" in again["files"][1]
    assert "（补印）" not in again["files"][0]
    assert letter.name in again["remarks"][0]


# —— the copy was touched ——


def test_a_copy_altered_after_it_left_is_told_at_every_look(hall: Desk) -> None:
    hall.ask(*MONTH)
    assert "改动过" not in hall.type(*MONTH).out
    sent = hand_in(hall, "2026-07", "2026-08-06")
    assert spoilt_copies(office_of(hall)) == ()
    type_into(sent, "台账", "环评批复迟迟不来", "手工改过的话")
    altered = sent.read_bytes()
    said = hall.type(*MONTH).out
    assert f"《{sent.name}》2026年8月6日报出以后又有人改动过" in said
    assert "没有改动" not in said
    assert sent.read_bytes() == altered
    (spoilt,) = spoilt_copies(office_of(hall))
    assert (spoilt.submission.duty, spoilt.file.path.endswith(sent.name), spoilt.fault) == (
        DUTY, True, CopyFault.ALTERED,
    )  # fmt: skip
    sent.unlink()
    (gone,) = spoilt_copies(office_of(hall))
    assert gone.fault is CopyFault.GONE


def test_a_copy_only_saved_again_is_not_called_altered(hall: Desk) -> None:
    hall.ask(*MONTH)
    sent = hand_in(hall, "2026-07", "2026-08-06")
    type_into(sent, "台账", "环评批复迟迟不来", "环评批复迟迟不来")
    said = hall.type(*MONTH).out
    assert "另存过" in said
    assert "又有人改动过" not in said
    late_call(hall)
    second = hall.ask(*MONTH)
    assert "另存过" in second["remarks"][0]
    assert "环评批复迟迟不来" not in str(told(second, "改动"))


# —— a running period ——


def test_the_whole_month_with_the_figures_that_left_corrects_nothing(hall: Desk) -> None:
    duty = ("report", "--duty", "hard-cases", "--month", "2026-08")
    hall.day = "2026-08-20"
    hall.ask(*duty)
    running = hand_in(hall, "2026-08", "2026-08-20", "hard-cases")
    assert "截至8月20日" in running.name
    hall.day = "2026-09-01"
    said = hall.type(*duty).out
    assert "更正" not in said.split("记一笔")[0].replace("没有要更正的", "")
    assert "期间已完" in said
    assert running.name in said
    whole = hall.ask(*duty)
    assert (whole["correction"], whole["changes"], "截至" in whole["files"][0]) == (0, [], False)
    refused = hall.type(*duty, "--correction")
    assert (refused.code, "没有要更正的" in refused.err) == (2, True)
    hall.register("2026-08-30 09:00")
    third = hall.ask(*duty)
    assert (third["correction"], running.name in third["against"]) == (1, True)


def test_a_whole_monthly_report_with_no_new_record_corrects_nothing(hall: Desk) -> None:
    hall.day = "2026-07-29"
    for case in hall.ask("list", "--ledger", "hotline")["cases"]:
        hall.ask("resolve", case["case_no"], "--result", "批复已发", "--at", "2026-07-20 09:00")
    hall.ask(*MONTH)
    hand_in(hall, "2026-07", "2026-07-29")
    hall.day = "2026-08-05"
    whole = hall.ask(*MONTH)
    assert (whole["correction"], whole["changes"]) == (0, [])
    assert "期间已完" in whole["remarks"][0]
    late_call(hall)
    second = hall.type(*MONTH).out
    assert "本月受理：2 → 3" in second
    assert "表头" not in second


# —— what changed ——


def test_rows_of_a_group_are_known_by_group_and_name() -> None:
    columns = (TableColumn("分组", 5), TableColumn("类别", 5), TableColumn("件数", 5, ColumnType.NUMBER))
    table = Table("汇总", "办理时效", columns, ())
    before = make_plain(table, [("按期", "交办", 3), ("按期", "办结", 2), ("超期", "办结", 1)])
    after = make_plain(table, [("按期", "交办", 3), ("按期", "办结", 1), ("超期", "办结", 2)])
    found = changes_between(Figures(None, (before,)), Figures(None, (after,)))
    assert found == (
        Change(ChangeKind.CHANGED, "汇总·办理时效", "按期·办结", "件数", "2", "1"),
        Change(ChangeKind.CHANGED, "汇总·办理时效", "超期·办结", "件数", "1", "2"),
    )


# —— files and folders ——


def test_an_empty_folder_is_no_folder(hall: Desk) -> None:
    before = sorted(p.name for p in hall.folder.iterdir())
    for text in ("", "  "):
        answer = hall.type(*MONTH, "--out", text)
        assert (answer.code, "--out" in answer.err) == (2, True), answer.err
    assert sorted(p.name for p in hall.folder.iterdir()) == before


def test_numbers_in_a_csv_are_numbers_and_text_like_formulas_is_guarded() -> None:
    row = (-3, Decimal("-0.059"), "-3", "+86 10", "-1+1", "=1")
    columns = tuple(TableColumn(f"列{n}", 5, ColumnType.NUMBER) for n in range(len(row)))
    line = render_csv((Table("汇总", "", columns, (row,)),)).decode("utf-8-sig").splitlines()[1]
    assert line == "-3,-0.059,'-3,'+86 10,'-1+1,'=1"


# —— lists ——


@pytest.fixture
def school(tmp_path: Path) -> Desk:
    """碑林区教育局 in September 2026: its own lists go to the leads by the 20th."""
    desk = Desk(tmp_path / "台", "2026-09-18")
    line = ("--locality", "beilin", "--clerk", "赵敏慧", "--year", "2026", "--role", "单位")
    answer = desk.type("init", str(desk.folder), *line, "--office", "碑林区教育局")
    assert answer.code == 0, answer.err
    FieldDesk(desk).find("2026-08-11", "区教育局", "告知单缺少样表")
    return desk


LISTS = ("report", "--duty", "three-lists", "--quarter", "2026Q3")


def test_only_the_newest_version_of_a_list_is_handed_in(school: Desk) -> None:
    (first,) = school.ask(*LISTS)["files"]
    done = school.type("duties", "done", "three-lists", "--period", "2026Q3")
    assert "更正件" not in done.out
    assert "在旁边另存" in done.out
    unchanged = school.ask(*LISTS)
    assert (unchanged["files"], [w for w in unchanged["warnings"] if "报出" in w]) == ([first], [])
    sent = (school.folder / first).read_bytes()
    FieldDesk(school).find("2026-08-12", "区教育局", "窗口没有样表")
    changed = school.ask(*LISTS)
    (second,) = changed["files"]
    assert second == first.replace(".xlsx", "（2）.xlsx")
    assert any(Path(second).name in told_ and "2026-09-18 报出的不同" in told_ for told_ in changed["warnings"])
    assert (school.folder / first).read_bytes() == sent
    again = school.ask("duties", "done", "three-lists", "--period", "2026Q3", "--again")
    assert [file["path"] for file in again["files"]] == [second]
    assert again["counts"] == {"lists": 1}
    refused = school.type(*LISTS, "--correction")
    assert (refused.code, "--again" in refused.err) == (2, True)


def test_a_list_that_left_and_was_lost_is_not_replaced_by_another(school: Desk) -> None:
    (first,) = school.ask(*LISTS)["files"]
    school.ask("duties", "done", "three-lists", "--period", "2026Q3")
    sent = (school.folder / first).read_bytes()
    (school.folder / first).unlink()
    assert school.ask(*LISTS)["files"] == [first], "byte for byte the same"
    assert (school.folder / first).read_bytes() == sent
    (school.folder / first).unlink()
    FieldDesk(school).find("2026-08-12", "区教育局", "窗口没有样表")
    changed = school.ask(*LISTS)
    assert re.search("（2）.xlsx$", changed["files"][0])
    assert any("不在原处" in told_ for told_ in changed["warnings"])
