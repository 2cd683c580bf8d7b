"""The clerk loads next year's notice (scenarios C-13…C-21)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.desk import Desk
from tests.notices import FOLDER

NOTICE_2027 = """国务院办公厅关于2027年部分节假日安排的通知

一、元旦：1月1日（周五）至3日（周日）放假，共3天。2026年12月27日（周日）上班。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月14日（周日）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
"""


@pytest.fixture
def december(desk: Desk, tmp_path: Path) -> Desk:
    """A desk on 2026-12-30 with the coming year's (invented) notice beside it."""
    desk.day = "2026-12-30"
    (tmp_path / "2027.txt").write_text(NOTICE_2027, encoding="utf-8")
    return desk


def notice(desk: Desk) -> str:
    return str(desk.folder.parent / "2027.txt")


def test_provisional_is_said_wherever_the_date_is_shown(desk: Desk) -> None:
    desk.day = "2026-12-25"
    told = desk.type("register", "--name", "李四", "--about", "营业执照变更")
    assert told.code == 0
    assert "2027-01-04（周一）（暂定）" in told.out
    assert "zmn calendar import" in told.out
    answer = desk.ask("register", "--name", "李四", "--about", "营业执照变更")
    assert answer["deadlines"][0]["provisional"] is True
    for look in (("show", answer["case_no"]), ("explain", answer["case_no"]), ("overdue", "--within", "20")):
        assert "暂定" in desk.type(*look).out


def test_c15_a_year_without_an_arrangement_is_refused(december: Desk, tmp_path: Path) -> None:
    empty = tmp_path / "2027.json"
    empty.write_text(json.dumps({"year": 2027, "papers": [], "days": []}), encoding="utf-8")
    refused = december.type("calendar", "import", str(empty))
    assert refused.code == 5
    assert "没有放假安排" in refused.err
    assert not (december.folder / "日历").exists()
    assert december.ask("calendar", "status")["last_published"] == 2026


def test_a_loaded_notice_moves_open_cases_and_confirms_the_rest(december: Desk) -> None:
    moving = december.register("2026-12-25 09:00")["case_no"]
    staying = december.register("2026-12-18 09:00", name="王五")["case_no"]
    closed = december.register("2026-12-24 09:00", name="赵六")["case_no"]
    december.ask("resolve", closed, "--result", "已办好", "--at", "2026-12-28 10:00")
    settled = december.ask("show", closed)["case"]["clocks"]

    dry = december.ask("calendar", "import", notice(december), "--dry-run")
    assert dry["moved"]
    assert not (december.folder / "日历").exists()
    assert december.ask("show", moving)["case"]["provisional"] is True

    answer = december.ask("calendar", "import", notice(december))
    assert (answer["year"], answer["kind"], answer["problems"]) == (2027, "annual", [])
    assert [(m["case_no"], m["clock"], m["from"], m["to"]) for m in answer["moved"]] == [
        (moving, "resolve", "2027-01-04", "2026-12-31")  # the 27th of December is worked
    ]
    assert [m["case_no"] for m in answer["confirmed"]] == [staying]

    shown = december.ask("show", moving)
    assert shown["case"]["due_on"] == "2026-12-31"
    assert shown["case"]["provisional"] is False
    (step,) = [s for s in shown["steps"] if s["step"] == "日历调整"]
    assert "2027年部分节假日安排的通知" in step["text"]
    assert "2027-01-04（暂定） → 2026-12-31" in step["text"]
    assert december.ask("show", closed)["case"]["clocks"] == settled
    assert "日历调整" not in [s["step"] for s in december.ask("show", closed)["steps"]]


def test_loading_twice_changes_nothing(december: Desk) -> None:
    december.register("2026-12-25 09:00")
    december.ask("calendar", "import", notice(december))
    before = december.book.read_bytes()
    again = december.ask("calendar", "import", notice(december))
    assert (again["is_new"], again["moved"], again["confirmed"], again["saved"]) == (False, [], [], None)
    assert december.book.read_bytes() == before
    assert december.ask("recount")["count"] == 0


def interrupted(desk: Desk) -> Desk:
    """The desk as after a kill between the calendar and the books: the layer is there, the books are the old ones."""
    before = Desk(desk.folder.with_name("中断"), desk.day)
    shutil.copytree(desk.folder, before.folder)
    desk.ask("calendar", "import", notice(desk))
    shutil.copytree(desk.folder / "日历", before.folder / "日历", dirs_exist_ok=True)
    return before


def test_an_interrupted_load_is_completed_by_loading_again(december: Desk) -> None:
    no = december.register("2026-12-25 09:00")["case_no"]
    december = interrupted(december)
    assert december.ask("recount")["count"] == 1
    again = december.ask("calendar", "import", notice(december))
    assert [m["case_no"] for m in again["moved"]] == [no]
    assert december.ask("show", no)["case"]["due_on"] == "2026-12-31"


def test_a_date_somebody_set_by_hand_stays(december: Desk) -> None:
    no = december.register("2026-12-25 09:00")["case_no"]
    book = load_workbook(december.book)
    sheet = book.worksheets[0]
    header = next(c for row in sheet.iter_rows() for c in row if c.value == "时限明细")
    cell = next(c for c in sheet[header.column_letter] if str(c.value).startswith("解决="))
    cell.value = "解决=2027-01-20"
    book.save(december.book)
    december.ask("check", "--adopt", no, "--basis", "领导小组定的期限")
    answer = december.ask("calendar", "import", notice(december))
    assert answer["moved"] == []
    assert [(d["from"], d["to"]) for d in december.ask("recount")["differences"]] == [("2027-01-20", "2026-12-31")]
    issued = december.ask("recount", "--issue")
    assert issued["issued"] is True
    assert december.ask("show", no)["case"]["due_on"] == "2026-12-31"
    assert december.ask("recount")["count"] == 0


def test_an_open_book_keeps_its_moves_waiting(december: Desk) -> None:
    no = december.register("2026-12-25 09:00")["case_no"]
    owner = december.book.with_name(f".~lock.{december.book.name}#")
    owner.write_text(",王芳,window,30.12.2026 08:30,;", encoding="utf-8")
    answer = december.type("calendar", "import", notice(december), "--json")
    assert answer.code == 4
    assert answer.json["saved"] == "queued"
    assert december.ask("show", no)["case"]["due_on"] == "2026-12-31"
    owner.unlink()
    december.ask("note", no, "--note", "已电话告知")
    assert december.ask("show", no)["case"]["due_on"] == "2026-12-31"
    assert [s["step"] for s in december.ask("show", no)["steps"]] == ["受理", "日历调整", "备注"]


def test_another_text_for_the_same_year_needs_agreement(december: Desk, tmp_path: Path) -> None:
    no = december.register("2026-12-25 09:00")["case_no"]
    december.ask("calendar", "import", notice(december))
    other = tmp_path / "更正.txt"
    other.write_text(NOTICE_2027.replace("2026年12月27日（周日）上班。", ""), encoding="utf-8")
    refused = december.type("calendar", "import", str(other))
    assert refused.code == 2
    assert "--yes" in refused.err
    assert december.ask("show", no)["case"]["due_on"] == "2026-12-31"
    december.ask("calendar", "import", str(other), "--yes")
    assert december.ask("show", no)["case"]["due_on"] == "2027-01-04"


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        (("1月1日（周五）至3日", "1月1日（周四）至3日"), "周"),
        (("共7天。1月31日", "共8天。1月31日"), "共8天"),
        (("1月31日（周日）", "2月30日（周日）"), "2月30日"),
        (("六、中秋节：9月15日（周三）放假1天，不调休。\n", ""), "中秋节"),
    ],
)
def test_c20_a_text_that_contradicts_itself_is_refused(
    december: Desk, tmp_path: Path, wrong: tuple[str, str], because: str
) -> None:
    december.register("2026-12-25 09:00")
    book = december.book.read_bytes()
    path = tmp_path / "错.txt"
    path.write_text(NOTICE_2027.replace(*wrong), encoding="utf-8")
    refused = december.type("calendar", "import", str(path))
    assert refused.code == 5
    assert because in refused.err
    assert not (december.folder / "日历").exists()
    assert december.book.read_bytes() == book


def test_c17_an_amendment_in_force(desk: Desk) -> None:
    """The years are long published: the annual text takes the package's place, then the amendment moves the dates."""
    desk.day = "2019-04-30"
    assert desk.ask("calendar", "import", str(FOLDER / "2019.txt"))["package_differs"]
    one, two = (desk.register(f"2019-04-{day} 09:00")["case_no"] for day in (25, 29))
    closed = desk.register("2019-04-26 09:00")["case_no"]
    desk.ask("resolve", closed, "--result", "已办好", "--at", "2019-04-30 10:00")
    assert [desk.ask("show", no)["case"]["due_on"] for no in (one, two)] == ["2019-05-03", "2019-05-07"]
    answer = desk.ask("calendar", "import", str(FOLDER / "2019-amendment.txt"))
    # The step is of today: what an earlier --as-of shows stays as it was.
    assert desk.ask("show", one)["case"]["due_on"] == "2019-05-03"
    desk.day = ""
    assert desk.ask("show", one)["case"]["due_on"] == "2019-05-05"
    assert answer["kind"] == "amendment"
    assert {m["case_no"]: m["to"] for m in answer["moved"]} == {one: "2019-05-05", two: "2019-05-08"}
    (status,) = [y for y in desk.ask("calendar", "status")["years"] if y["year"] == 2019]
    assert status["published"]
    assert status["amended_by"]
    assert status["differs_from_package"] == []


def test_c18_a_lengthened_holiday(desk: Desk) -> None:
    desk.day = "2020-01-27"
    desk.ask("calendar", "import", str(FOLDER / "2020.txt"))
    no = desk.register("2020-01-20 09:00")["case_no"]
    assert desk.ask("show", no)["case"]["due_on"] == "2020-02-01"
    answer = desk.ask("calendar", "import", str(FOLDER / "2020-amendment.txt"))
    assert [(m["from"], m["to"]) for m in answer["moved"]] == [("2020-02-01", "2020-02-04")]


def test_c21_a_local_rest_day(desk: Desk) -> None:
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    rest = next(line for line in text.splitlines() if line.startswith("[calendar.rest]"))
    config.write_text(text.replace(rest, f'{rest}\n2026-08-13 = "停电停业"'), encoding="utf-8")
    desk.day = "2026-08-20"
    counted = desk.ask("deadline", "2026-08-10", "3工作日")
    assert counted["due_on"] == "2026-08-14"
    (skipped,) = [t for t in counted["trail"] if t["date"] == "2026-08-13"]
    assert (skipped["why"], skipped["source"]) == ("停电停业", "本单位日历（zmn.toml）")
    no = desk.register("2026-08-10 09:00", kind="完全不能")["case_no"]
    assert desk.ask("show", no)["case"]["due_on"] == "2026-08-14"
    assert "停电停业（本单位日历（zmn.toml））" in desk.type("explain", no).out


def test_local_days_that_cannot_be_meant_are_told(desk: Desk) -> None:
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + '2026-02-30 = "值班"\n2026-08-13 = ""\n', encoding="utf-8")
    told = desk.type("overdue")
    assert told.code == 5
    assert "calendar.work.2026-02-30" in told.err
    assert "calendar.work.2026-08-13" in told.err


def test_a_notice_can_be_tried_without_a_workspace(tmp_path: Path) -> None:
    path = tmp_path / "2027.txt"
    path.write_text(NOTICE_2027, encoding="gb18030")
    nowhere = Desk(tmp_path / "无")
    assert nowhere.type("calendar", "import", str(path), "--dry-run", "-w", str(tmp_path)).code == 0
    refused = nowhere.type("calendar", "import", str(path), "-w", str(tmp_path))
    assert refused.code == 2
    assert "zmn init" in refused.err


def test_changed_choices_never_move_a_stored_date(desk: Desk) -> None:
    """A policy is switched in zmn.toml: recount tells, nothing moves by itself."""
    desk.day = "2026-09-30"
    no = desk.register("2026-09-30 09:00")["case_no"]
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8").replace("[calendar.rest]", '[calendar.rest]\n2026-10-09 = "测试停电"')
    config.write_text(text, encoding="utf-8")
    assert desk.ask("show", no)["case"]["due_on"] == "2026-10-13"
    assert "不同" in desk.type("explain", no).out
    answer = desk.ask("recount")
    assert [(d["case_no"], d["to"]) for d in answer["differences"]] == [(no, "2026-10-14")]
    assert desk.ask("show", no)["case"]["due_on"] == "2026-10-13"
    desk.ask("recount", "--issue")
    desk.day = ""
    assert desk.ask("show", no)["case"]["due_on"] == "2026-10-14"
    assert desk.ask("show", no)["steps"][-1]["step"] == "时限重算"


def test_the_year_is_drawn_with_its_marks(desk: Desk) -> None:
    drawn = desk.type("calendar", "show", "2026").out
    assert "10班" in drawn
    assert " 1休" in drawn
    assert "12月在2027年的通知公布之前是“暂定”" in drawn
    days = desk.ask("calendar", "show", "2026")["days"]
    assert len(days) == 365
    assert sum(d["works"] for d in days) == 248
    assert desk.ask("calendar", "diff") == {"contract": 1, "differences": [], "count": 0}


def test_from_november_on_the_morning_reminds(desk: Desk) -> None:
    desk.day = "2026-10-31"
    assert desk.ask("overdue")["calendar_warning"] is None
    desk.day = "2026-11-01"
    assert "zmn calendar import" in desk.ask("overdue")["calendar_warning"]


def test_a_choice_that_is_none_is_told_with_the_choices(desk: Desk) -> None:
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    policies = next(line for line in text.splitlines() if line.startswith("[policies]"))
    config.write_text(text.replace(policies, f'{policies}\nreturn_clock = "again"'), encoding="utf-8")
    told = desk.type("rules")
    assert told.code == 5
    assert "return_clock" in told.err
    assert "restart" in told.err


def test_deadline_with_pauses_and_extensions(desk: Desk) -> None:
    answer = desk.ask("deadline", "2026-08-10", "5工作日", "--pause", "2026-08-14..2026-08-17", "--extend", "5工作日")
    assert (answer["base_due_on"], answer["due_on"]) == ("2026-08-18", "2026-08-25")
    assert [t["why"] for t in answer["trail"] if "暂停" in t["why"]] == ["暂停，不计入（周末）"] * 2 + [
        "暂停，不计入（工作日）"
    ]
    assert desk.type("deadline", "2026-08-10", "5工作日", "--pause", "2026-08-14").code == 2
    assert desk.ask("deadline", "2026-09-30 16:40", "当日下班前")["due_time"] == "17:30"


def test_a_county_without_matters_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台")
    assert desk.type("init", str(desk.folder), "--locality", "beilin").code == 0
    refused = desk.type("register", "--name", "李四", "--about", "事")
    assert refused.code == 2
    assert "活动" in refused.err
    assert desk.type("overdue").code == 0


def test_the_morning_tells_of_dates_that_could_be_settled(december: Desk) -> None:
    december.register("2026-12-18 09:00")
    december = interrupted(december)
    assert "zmn recount" in december.ask("overdue")["calendar_warning"]
    december.ask("recount", "--issue")
    assert december.ask("overdue")["calendar_warning"] is None


def test_the_books_of_two_years_move_together(desk: Desk, tmp_path: Path) -> None:
    desk.day = "2027-02-05"
    old = desk.register("2026-12-31 09:00", kind="完全不能")["case_no"]
    new = desk.register("2027-01-28 09:00")["case_no"]
    path = tmp_path / "2027.txt"
    path.write_text(NOTICE_2027, encoding="utf-8")
    answer = desk.ask("calendar", "import", str(path))
    assert {m["case_no"]: (m["from"], m["to"]) for m in answer["moved"]} == {
        # 31 January is worked; 9 to 11 February are not.
        new: ("2027-02-04", "2027-02-03")
    }
    assert [m["case_no"] for m in answer["confirmed"]] == [old]
    assert [desk.ask("show", no)["case"]["provisional"] for no in (old, new)] == [False, False]


def test_a_county_without_days_has_nothing_to_move(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = new_desk("linxian", "2026-12-30")
    path = tmp_path / "2027.txt"
    path.write_text(NOTICE_2027, encoding="utf-8")
    desk.register("2026-12-25 09:00")
    answer = desk.ask("calendar", "import", str(path))
    assert (answer["moved"], answer["confirmed"], answer["unmoved"]) == ([], [], 0)


def test_in_a_workspace_a_limit_is_counted_the_offices_way(desk: Desk) -> None:
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    policies = next(line for line in text.splitlines() if line.startswith("[policies]"))
    config.write_text(text.replace(policies, f'{policies}\nwithin_days = "stay"'), encoding="utf-8")
    assert desk.ask("deadline", "2026-09-28", "3日")["due_on"] == "2026-10-01"
    assert Desk(desk.folder / "无").ask("deadline", "2026-09-28", "3日", "-w", str(desk.folder.parent))["due_on"] == (
        "2026-10-08"
    )


def test_a_number_that_comes_with_the_matter_must_be_typed(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-11-05")
    line = ("register", "--ledger", "hotline", "--name", "某公司", "--about", "准入难")
    missing = desk.type(*line)
    assert missing.code == 2
    assert "--no" in missing.err
    answer = desk.ask(*line, "--no", "202611050000012345")
    assert answer["case_no"] == "202611050000012345"
    again = desk.type(*line, "--no", "202611050000012345")
    assert again.code == 2
    assert "已经用过" in again.err


def test_lateness_over_a_holiday_is_not_nought(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan", "2026-10-09")
    no = desk.ask("register", "--name", "李四", "--about", "事", "--tier", "三级", "--at", "2026-09-30 09:00")[
        "case_no"
    ]
    told = desk.type("reply", no, "--text", "已答复", "--at", "2026-10-05 10:00").out
    assert "超时5天（假日）" in told


def test_a_deleted_and_corrected_notice_moves_its_dates_again(december: Desk, tmp_path: Path) -> None:
    no = december.register("2026-12-25 09:00")["case_no"]
    december.ask("calendar", "import", notice(december))
    (layer,) = (december.folder / "日历").glob("*.toml")
    layer.unlink()
    other = tmp_path / "更正.txt"
    other.write_text(NOTICE_2027.replace("2026年12月27日（周日）上班。", ""), encoding="utf-8")
    answer = december.ask("calendar", "import", str(other))
    assert [(m["from"], m["to"]) for m in answer["moved"]] == [("2026-12-31", "2027-01-04")]
    assert december.ask("show", no)["case"]["due_on"] == "2027-01-04"


def set_cell(desk: Desk, header: str, row: int, value: object) -> None:
    """Somebody types into the book."""
    book = load_workbook(desk.book)
    sheet = book.worksheets[0]
    column = next(c.column for line in sheet.iter_rows() for c in line if c.value == header)
    sheet.cell(row, column).value = value  # type: ignore[assignment]
    book.save(desk.book)


def test_dates_that_differ_for_another_reason_are_told(december: Desk) -> None:
    no = december.register("2026-12-25 09:00")["case_no"]
    set_cell(december, "时限明细", 3, "解决=2027-01-20")
    december.ask("check", "--adopt", no, "--basis", "领导小组定的期限")
    answer = december.ask("calendar", "import", notice(december))
    assert (answer["moved"], answer["unmoved"]) == ([], 1)
    assert "zmn recount" in december.type("calendar", "import", notice(december)).out


def test_a_case_that_cannot_be_counted_stops_nobody(december: Desk) -> None:
    """A line of the log that looks like an extension of no length: told, and the others move."""
    odd = december.register("2026-12-24 09:00")["case_no"]
    no = december.register("2026-12-25 09:00")["case_no"]
    december.ask("note", odd, "--note", "很久")
    book = load_workbook(december.book)
    log = book["流转记录"]
    cell = next(c for row in log.iter_rows() for c in row if c.value == "备注")
    cell.value = "延期"
    book.save(december.book)
    december.ask("check", "--adopt", odd, "--basis", "补记延期")
    answer = december.ask("calendar", "import", notice(december))
    assert [m["case_no"] for m in answer["moved"]] == [no]
    assert [p["case_no"] for p in answer["problems"]] == [odd]
    assert odd in december.type("recount").out


def test_a_clock_whose_rule_is_gone_stays_and_is_told_apart(desk: Desk) -> None:
    no = desk.register("2026-10-20 09:00")["case_no"]
    set_cell(desk, "事项性质", 3, "完全不能")
    answer = desk.ask("recount")
    assert [(d["act"], d["to"]) for d in answer["unruled"]] == [("解决", None)]
    assert [d["act"] for d in answer["differences"]] == ["答复"]
    desk.ask("recount", "--issue")
    again = desk.ask("recount")
    assert (again["count"], len(again["unruled"])) == (0, 1)
    assert "照签发的日期留着" in desk.type("explain", no).out


def test_hours_rest_on_no_calendar(desk: Desk) -> None:
    answer = desk.ask("deadline", "2026-12-30 16:00", "2小时", "--strict-calendar")
    assert (answer["due_on"], answer["due_time"], answer["provisional"]) == ("2026-12-30", "18:00", False)
    after_hours = desk.type("deadline", "2026-09-30 17:31", "当日下班前").out
    assert "2026-09-30（周三） 是休息日" not in after_hours


@pytest.mark.parametrize(
    "line",
    [
        ("2900-12-31", "9999年"),
        ("2026-11-20", "5工作日", "--pause", "2026-11-24..9999-12-31"),
        ("2026-11-20", "9999周"),
    ],
)
def test_absurd_lengths_are_refused_at_once(desk: Desk, line: tuple[str, ...]) -> None:
    assert desk.type("deadline", *line).code == 2


@pytest.mark.parametrize("number", ["工单一", "合计2026", "  "])
def test_a_number_the_ledger_could_not_find_again_is_refused(new_desk: Callable[..., Desk], number: str) -> None:
    desk = new_desk("linxian", "2026-11-05")
    line = ("register", "--ledger", "hotline", "--name", "某公司", "--about", "准入难", "--no", number)
    assert desk.type(*line).code == 2
    assert desk.ask("list", "--ledger", "hotline")["count"] == 0


def test_a_full_width_number_is_found_again(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-11-05")
    line = (
        "register",
        "--ledger",
        "hotline",
        "--name",
        "某公司",
        "--about",
        "准入难",
        "--no",
        "２０２６１１０５\t００１",
    )
    assert desk.ask(*line)["case_no"] == "20261105001"
    assert desk.ask("list", "--ledger", "hotline")["count"] == 1


def test_a_notice_that_does_not_prevail_says_so(desk: Desk, tmp_path: Path) -> None:
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    work = next(line for line in text.splitlines() if line.startswith("[calendar.work]"))
    config.write_text(text.replace(work, f'{work}\n2027-02-09 = "抢险值班"'), encoding="utf-8")
    path = tmp_path / "2027.txt"
    path.write_text(NOTICE_2027, encoding="utf-8")
    (note,) = desk.ask("calendar", "import", str(path))["notes"]
    assert "2027-02-09 没有照这份通知，照的是《本单位日历（zmn.toml）》" in note
    same = tmp_path / "2026.txt"
    shutil.copyfile(FOLDER / "2026.txt", same)
    assert desk.ask("calendar", "import", str(same))["notes"] == ["各天的安排与原有的日历一样"]
