"""Where each scenario of what is handed in is proven; here those that no other place walks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.desk import Desk
from tests.docxdump import words_of

TESTS = Path(__file__).parents[1]
PROVEN = (
    (
        "M-01",
        "8月31日23点50分办结的算8月",
        "cli/test_reporting.py",
        "test_m01_closed_at_2350_on_the_last_day_belongs_to_the_month",
    ),
    (
        "M-01",
        "办结时间带别的时区也按北京时间",
        "unit/reports/test_case_report.py",
        "test_M01_a_moment_with_another_zone_counts_by_its_beijing_day",
    ),
    ("M-02", "没有事项的月份也是一份月报", "cli/test_reporting.py", "test_m02_an_empty_month_is_a_report_too"),
    (
        "M-02",
        "多少件都一件不少",
        "cli/test_hand_in_scenarios.py",
        "test_m02_every_case_is_in_the_sheet_and_the_count_is_the_ledgers",
    ),
    (
        "M-02",
        "2000件一行不少",
        "unit/reports/test_case_report.py",
        "test_M02_every_row_is_there_and_the_printed_count_agrees",
    ),
    (
        "M-03",
        "结转+受理+重办=办结+转出+作废+结转下月",
        "cli/test_reporting.py",
        "test_m03_the_identities_hold_and_rates_name_their_denominator",
    ),
    ("M-03", "怎么办理都平", "unit/reports/test_case_report.py", "test_M03_the_identities_hold_for_any_cases"),
    (
        "M-03",
        "不平的点出编号",
        "cli/test_case_reports.py",
        "test_m03_a_row_typed_by_hand_that_contradicts_itself_is_named",
    ),
    ("M-04", "报出的一份不动，新的标更正", "cli/test_editions.py", "test_m04_the_july_report_that_was_handed_in"),
    (
        "M-05",
        "8日是星期天，星期五前报",
        "cli/test_duties.py",
        "test_m05_the_eighth_on_a_sunday_is_asked_for_on_friday",
    ),
    (
        "M-06",
        "3日放假，节前报并写明截至哪天",
        "cli/test_duties.py",
        "test_m06_hard_cases_are_handed_in_before_the_holiday_and_say_through_which_day",
    ),
    (
        "M-07",
        "20日、22日遇休息日提前，调休上班日照旧",
        "cli/test_duties.py",
        "test_m07_the_twentieth_on_a_rest_day_is_asked_for_before_it",
    ),
    (
        "M-08",
        "60行的表每页有表头，字体写明中文名",
        "unit/render/test_report_letters.py",
        "test_m08_sixty_rows_repeat_their_header_are_not_torn_and_name_a_chinese_font",
    ),
    ("M-09", "写了什么印什么", "unit/render/test_report_letters.py", "test_m09_any_text_stands_in_a_letter_as_typed"),
    (
        "M-09",
        "从登记到公文一字不改",
        "cli/test_hand_in_scenarios.py",
        "test_m09_what_was_registered_stands_in_the_letter_as_typed",
    ),
    (
        "M-10",
        "模板写错的，说出哪个文件哪一段哪个标记",
        "cli/test_papers.py",
        "test_m10_a_county_s_slip_is_told_with_file_and_place",
    ),
    (
        "M-10",
        "落单的括号也说",
        "unit/forms/test_papers.py",
        "test_m10_a_brace_that_is_no_placeholder_is_told_with_file_paragraph_and_tag",
    ),
    ("S-04", "延期后日历上还是那一条", "cli/test_feed.py", "test_S04_an_extension_moves_the_same_entry"),
    ("S-04", "日历里没有个人信息", "cli/test_feed.py", "test_S04_nothing_personal_leaves_with_it"),
    ("N-10", "屏幕上不露姓名电话", "cli/test_looking.py", "test_n10_nothing_personal_leaves_unasked"),
    (
        "N-10",
        "各县报出的文件都不露姓名电话",
        "cli/test_hand_in_goldens.py",
        "test_n10_no_hand_in_names_anybody_unasked",
    ),
    ("N-10", "电话写在哪一格里都不露", "cli/test_masking.py", "test_n10_a_phone_in_any_cell_stays_at_the_window"),
)
WANTED = {*(f"M-{n:02d}" for n in range(1, 11)), "S-04", "N-10"}


def test_every_scenario_of_hand_ins_is_proven_where_it_is_said_to_be() -> None:
    assert {scenario for scenario, *_ in PROVEN} == WANTED
    for scenario, told, file, name in PROVEN:
        text = (TESTS / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {name}\(", text, re.M), (scenario, told, file, name)


@pytest.mark.parametrize("count", [11, 400])
def test_m02_every_case_is_in_the_sheet_and_the_count_is_the_ledgers(desk: Desk, tmp_path: Path, count: int) -> None:
    desk.day = "2026-11-03"
    rows = [
        {
            "at": f"2026-10-{9 + n % 8:02d} 09:{n % 60:02d}",
            "name": f"孙某{n}",
            "about": f"第{n}件办不下来",
            "phone": "13800138000",
            "unit": "社保",
        }
        for n in range(count)
    ]
    listed = tmp_path / "登记.json"
    listed.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    assert desk.type("register", "--from", str(listed)).code == 0
    made = desk.ask("report", "--month", "2026-10")
    assert (made["rows"], made["counts"]["accepted"], desk.ask("list")["count"]) == (count, count, count)
    book = openpyxl.load_workbook(desk.folder / made["files"][0], read_only=True)
    (ledger,) = (sheet for sheet in book.worksheets if sheet.title == "台账")
    texts = [str(cell) for row in ledger.iter_rows(values_only=True) for cell in row if cell is not None]
    numbers = {text for text in texts if re.fullmatch(r"202610\d{4,}", text)}
    assert len(numbers) == count
    assert any(f"共{count}件" in text for text in texts)


def test_m09_what_was_registered_stands_in_the_letter_as_typed(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan", "2026-11-03")
    unit = "A&B公司 <有限> 责任{{7*7}}"
    no = desk.register("2026-10-12 09:00", tier="二级", channel="窗口")["case_no"]
    desk.ask("assign", no, "--unit", unit, "--at", "2026-10-12 10:00")
    _, letter = desk.ask("report", "--month", "2026-10")["files"]
    assert words_of((desk.folder / letter).read_bytes()).count(unit) > 1, "in the sentence and in the table of units"
