"""延期 and 退回 (scenarios X-01…X-03, R-01, R-02) at 湘潭's window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.desk import Desk
from tests.notices import FOLDER
from zhuomuniao.model import BEIJING


@pytest.fixture
def window(new_desk: Callable[..., Desk]) -> Desk:
    return new_desk("xiangtan", "2026-10-30")


def matter(desk: Desk, at: str = "2026-08-10 09:00", *, signed: bool = True) -> str:
    """A complex matter, with 县司法局 from the same hour on."""
    no: str = desk.register(at, tier="二级", unit="县司法局")["case_no"]
    if signed:
        desk.ask("sign", no, "--at", f"{at[:10]} 10:00")
    return no


def extend(desk: Desk, no: str, at: str, workdays: str = "5", *more: str) -> Any:
    line = ("extend", no, "--workdays", workdays, "--reason", "要现场核实", "--approver", "张主任", "--at", at, *more)
    return desk.type(*line)


def cells(desk: Desk) -> dict[str, Any]:
    """The one row of the ledger by its headers."""
    sheet = openpyxl.load_workbook(desk.book).worksheets[0]
    return {str(sheet.cell(2, n).value): sheet.cell(3, n).value for n in range(1, sheet.max_column + 1)}


def clock(desk: Desk, no: str, *, on: str = "") -> Any:
    desk.day, day = on or desk.day, desk.day
    shown = desk.ask("show", no)["case"]["clocks"]
    desk.day = day
    (found,) = [c for c in shown if c["act"] == "解决"]
    return found["due_on"]


def test_X01_the_first_extension_and_the_day_before_it(window: Desk) -> None:
    no = matter(window)
    assert clock(window, no) == "2026-08-17"
    told = extend(window, no, "2026-08-14 10:00")
    assert told.code == 0, told.err
    assert "2026-08-24" in told.out
    row = cells(window)
    assert str(row["办理时限"])[:10] == "2026-08-24"
    assert "原期限2026-08-17" in row["延期情况"]
    assert "张主任批准" in row["延期情况"]
    explained = window.ask("explain", no)
    (resolve,) = explained["clocks"]
    assert (resolve["base_due_on"], resolve["due_on"]) == ("2026-08-17", "2026-08-24")
    (line,) = [s for s in window.ask("show", no)["steps"] if s["step"] == "延期"]
    for word in ("5工作日", "2026-08-17", "张主任", "要现场核实"):
        assert word in line["text"]
    assert window.ask("overdue", "--as-of", "2026-08-19")["overdue"] == []


def test_X02_a_second_time_too_long_or_too_late(window: Desk) -> None:
    no = matter(window)
    before = window.book.read_bytes()
    long = extend(window, no, "2026-08-14 10:00", "6")
    assert long.code == 6
    assert "五.3" in long.err
    assert "原則上只能延期1次,一般不得超過5個工作日" in long.err
    assert "--override" in long.err
    late = extend(window, no, "2026-08-18 10:00")
    assert late.code == 6
    assert "zmn 的口径，通知未写明" in late.err
    nobody = window.type("extend", no, "--workdays", "5", "--reason", "忙", "--approver", " ", "--at", "2026-08-14")
    assert nobody.code in (2, 6)
    assert "批准人" in nobody.err
    assert window.book.read_bytes() == before
    assert extend(window, no, "2026-08-14 10:00").code == 0
    again = extend(window, no, "2026-08-20 10:00")
    assert (again.code, "已经延期1次" in again.err) == (6, True)


def test_X02_beyond_in_principle_with_a_basis(window: Desk) -> None:
    no = matter(window)
    bare = extend(window, no, "2026-08-14 10:00", "8", "--override")
    assert (bare.code, "--basis" in bare.err) == (2, True)
    granted = extend(window, no, "2026-08-14 10:00", "8", "--override", "--basis", "专题会议纪要〔2026〕3号")
    assert granted.code == 0, granted.err
    assert clock(window, no) == "2026-08-27"
    assert "原则上" in granted.out
    (line,) = [s["text"] for s in window.ask("show", no)["steps"] if s["step"] == "延期"]
    assert "专题会议纪要〔2026〕3号" in line


def test_X02_an_override_is_listed_in_the_report(window: Desk) -> None:
    no = matter(window)
    extend(window, no, "2026-08-14 10:00", "8", "--override", "--basis", "专题会议纪要〔2026〕3号")
    answer = window.ask("report", "--month", "2026-08", "--format", "xlsx")
    (file,) = answer["files"]
    book = openpyxl.load_workbook(window.folder / file)
    every = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value]
    assert any("专题会议纪要〔2026〕3号" in text for text in every)
    assert any(no in text for text in every)


def test_X02_a_reason_with_all_marks_changes_nothing_else(window: Desk) -> None:
    """What is typed as the reason can look like an approver or a basis; it stays the reason."""
    no = matter(window)
    reason = "要现场核实；批准人：李四；依据：没有"
    window.ask(
        "extend", no, "--workdays", "5", "--reason", reason, "--approver", "张主任", "--at", "2026-08-14 10:00"
    )
    (extension,) = window.ask("explain", no)["extensions"]
    assert extension["approver"] == "张主任"
    assert not extension.get("basis")
    assert not extension.get("override")
    (line,) = [s["text"] for s in window.ask("show", no)["steps"] if s["step"] == "延期"]
    assert "没有" in line


def test_X02_nobody_extends_in_neixiang(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    refused = extend(desk, no, "2026-08-14 10:00")
    assert (refused.code, "没有规定“解决”可以延期" in refused.err) == (6, True)


def test_X02_one_extension_is_of_the_whole_matter(window: Desk) -> None:
    no = matter(window)
    assert extend(window, no, "2026-08-14 10:00").code == 0
    window.ask("resolve", no, "--result", "补缴了", "--at", "2026-08-20 10:00")
    window.ask("verify", no, "--outcome", "不实", "--note", "没有补缴", "--at", "2026-08-21 10:00")
    refused = extend(window, no, "2026-08-25 10:00")
    assert (refused.code, "已经延期1次" in refused.err) == (6, True)


def test_X03_a_notice_after_an_extension(new_desk: Callable[..., Desk]) -> None:
    """Receipt → base → extension: all of it is counted again."""
    window = new_desk("xiangtan", "2019-04-24", year="2019")
    window.ask("calendar", "import", str(FOLDER / "2019.txt"))
    # The notice of ours is of 2022; before that the oldest edition holds.
    no = matter(window, "2019-04-24 09:00")
    assert clock(window, no) == "2019-05-02"
    window.day = "2019-04-29"
    assert extend(window, no, "2019-04-29 10:00", "1").code == 0
    assert clock(window, no) == "2019-05-03"
    answer = window.ask("calendar", "import", str(FOLDER / "2019-amendment.txt"))
    # The base is 30 April now (the 28th is worked), the next workday after it Sunday the 5th of May.
    assert [(m["case_no"], m["from"], m["to"]) for m in answer["moved"]] == [(no, "2019-05-03", "2019-05-05")]
    window.day = ""
    assert clock(window, no) == "2019-05-05"
    (resolve,) = window.ask("explain", no)["clocks"]
    assert (resolve["base_due_on"], resolve["due_on"]) == ("2019-04-30", "2019-05-05")
    assert window.ask("recount")["differences"] == []


def returned(desk: Desk, no: str, at: str) -> Any:
    return desk.type("return", no, "--reason", "不是本单位职责", "--basis", "三定规定第三条", "--at", at)


@pytest.mark.parametrize("signed", [True, False])
def test_R01_two_workdays_to_hand_back(window: Desk, signed: bool) -> None:
    """Signed or not: Friday the 18th, Sunday the 20th is worked, Monday the 21st is the last day."""
    window.day = "2026-09-21"
    no = matter(window, "2026-09-18 09:00", signed=signed)
    in_time = returned(window, no, "2026-09-21 17:00")
    assert in_time.code == 0, in_time.err
    assert window.ask("show", no)["case"]["status"] == "退回待审"


@pytest.mark.parametrize("signed", [True, False])
def test_R01_a_day_later_it_is_signed_for_good(window: Desk, signed: bool) -> None:
    window.day = "2026-09-22"
    no = matter(window, "2026-09-18 09:00", signed=signed)
    before = window.book.read_bytes()
    late = returned(window, no, "2026-09-22 09:00")
    assert late.code == 6
    assert "视为签收" in late.err
    assert "五.2" in late.err
    assert window.book.read_bytes() == before


def test_R01_silence_is_written_down_on_a_morning(new_desk: Callable[..., Desk]) -> None:
    """Only a morning that is not one of the past writes anything, and of no day that has not come."""
    window = new_desk("xiangtan")
    no = matter(window, "2026-09-18 09:00", signed=False)
    assert window.ask("overdue", "--as-of", "2026-09-30")["deemed_signed"] == []
    late = f"{datetime.now(BEIJING):%Y-%m-%d %H:%M}"
    fresh = matter(window, late, signed=False)
    morning = window.ask("overdue", "--as-of", f"{datetime.now(BEIJING).date() + timedelta(days=60)}")
    assert morning["deemed_signed"] == [no]
    assert window.ask("overdue")["deemed_signed"] == []
    shown = window.ask("show", no)
    assert shown["case"]["status"] == "办理中"
    assert [s["step"] for s in shown["steps"]] == ["受理", "签收"]
    assert shown["steps"][1]["text"].startswith("视为签收")
    late_return = returned(window, no, "2026-09-28 10:00")
    assert (late_return.code, "视为签收" in late_return.err) == (6, True)
    assert window.ask("show", fresh)["case"]["status"] == "待签收"
    signed = window.type("sign", no, "--at", "2026-09-28 10:00")
    assert (signed.code, "已经记为视为签收" in signed.err) == (6, True)


def test_R01_silence_begins_when_the_last_day_is_over(window: Desk) -> None:
    """On the last day itself the matter could still be handed back."""
    no = matter(window, "2026-09-18 09:00", signed=False)
    window.ask("feedback", no, "--text", "在办", "--at", "2026-09-23 10:00")
    assert window.ask("show", no, "--as-of", "2026-09-21")["case"]["status"] == "待签收"
    assert window.ask("show", no, "--as-of", "2026-09-22")["case"]["status"] == "办理中"


def test_R01_reason_and_basis_are_demanded(window: Desk) -> None:
    no = matter(window)
    bare = window.type("return", no, "--reason", " ", "--basis", " ", "--at", "2026-08-11 09:00")
    assert bare.code == 6
    for word in ("--reason", "--basis", "五.2"):
        assert word in bare.err
    assert window.type("return", no, "--at", "2026-08-11 09:00").code == 2


def test_R01_neixiang_knows_no_return(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    assert returned(desk, no, "2026-08-10 10:00").code == 6


def test_R01_a_denied_return_goes_on_where_it_was(window: Desk) -> None:
    no = matter(window)
    assert returned(window, no, "2026-08-11 09:00").code == 0
    denied = window.ask("review-return", no, "--deny", "--note", "就是本单位的", "--at", "2026-08-12 09:00")
    assert denied["status"] == "办理中"
    shown = window.ask("show", no)["case"]
    assert shown["unit"] == "县司法局"
    assert clock(window, no) == "2026-08-17"


@pytest.mark.parametrize(("policy", "due"), [("continue", "2026-08-17"), ("restart", "2026-08-19")])
def test_R02_a_returned_matter_counts_on_or_anew(window: Desk, policy: str, due: str) -> None:
    if policy != "continue":
        choose(window.folder / "zmn.toml", f'return_clock = "{policy}"')
    no = matter(window)
    assert returned(window, no, "2026-08-11 09:00").code == 0
    agreed = window.ask("review-return", no, "--accept", "--at", "2026-08-11 15:00")
    assert agreed["status"] == "待交办"
    assert window.ask("show", no)["case"]["unit"] == ""
    assigned = window.ask("assign", no, "--unit", "县信访局", "--at", "2026-08-12 09:00")
    assert assigned["status"] == "待签收"
    (told,) = [w for w in assigned["warnings"] if "退回后重新交办" in w]
    assert "接着数到 2026-08-17" in told
    assert "重新数到 2026-08-19" in told
    assert clock(window, no) == due
    assert window.ask("recount")["differences"] == []
    line = window.ask("show", no)["steps"][-1]["text"]
    assert "2026-08-17" in line
    assert "2026-08-19" in line


def test_R02_agreed_and_assigned_in_one(window: Desk) -> None:
    no = matter(window)
    assert returned(window, no, "2026-08-11 09:00").code == 0
    answer = window.ask("review-return", no, "--accept", "--unit", "信访局", "--at", "2026-08-11 15:00")
    assert (answer["steps"], answer["status"]) == (["退回审核", "交办"], "待签收")
    assert window.ask("show", no)["case"]["unit"] == "县信访局"


def choose(config: Path, line: str) -> None:
    text = config.read_text(encoding="utf-8")
    (title,) = [x for x in text.splitlines() if x.startswith("[policies]")]
    config.write_text(text.replace(title, f"{title}\n{line}"), encoding="utf-8")
