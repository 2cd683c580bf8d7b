"""What leaves the office: the right period on record, the copy as it left, and no paper with names off the record."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.test_duties import DONE, HOTLINE, hall, listed, open_desk, reminded, work_since
from tests.desk import Desk

__all__ = ["hall"]


@pytest.fixture
def xiangtan(tmp_path: Path) -> Desk:
    """湘潭's 专班, whose notice names no day for its analysis, at work since September."""
    desk = open_desk(tmp_path, "xiangtan", "专班")
    work_since(desk, "2026-09-01T09:00")
    return desk


@pytest.fixture
def justice(tmp_path: Path) -> Desk:
    """靖边县司法局, whose year ends with the window that closes in January."""
    desk = open_desk(tmp_path, "jingbian", "司法局", "靖边县司法局")
    work_since(desk, "2026-03-02T09:00")
    return desk


def journal(desk: Desk) -> str:
    return (desk.folder / ".zmn/journal.jsonl").read_text("utf-8")


# —— Which period ——


def test_without_a_day_the_month_that_is_over_waits_and_is_what_a_bare_record_means(xiangtan: Desk) -> None:
    day = "2026-11-23"
    assert {("analysis", "2026-10"), ("analysis", "2026-11")} == set(listed(xiangtan, day))
    made = xiangtan.ask("report", "--as-of", day)
    done = xiangtan.ask("duties", "done", "analysis", "--as-of", day)
    assert (made["period"], done["period"]) == ("2026-10", "2026-10")
    assert listed(xiangtan, day)["analysis", "2026-10"]["state"] == "已报"
    assert listed(xiangtan, "2026-12-03")["analysis", "2026-11"]["state"] == "通知没有写明哪天"
    refused = xiangtan.type("duties", "done", "analysis", "--as-of", day)
    assert (refused.code, "2026-11-30 才完" in refused.err) == (2, True)
    assert journal(xiangtan).count('"kind":"submitted"') == 1
    xiangtan.ask("report", "--month", "2026-12", "--as-of", "2026-12-20")
    several = xiangtan.type("duties", "done", "analysis", "--as-of", "2026-12-20")
    assert (several.code, "2026-11、2026-12" in several.err) == (2, True), "a paper of the running month was made"


def test_the_running_year_goes_on_record_only_by_name(justice: Desk) -> None:
    refused = justice.type("duties", "done", "assessment-data", "--as-of", "2026-11-22")
    assert (refused.code, "2027-01-31" in refused.err) == (2, True)
    done = justice.ask("duties", "done", "assessment-data", "--as-of", "2027-02-03")
    assert done["period"] == "2026"


def test_every_command_tells_the_same_days_of_a_year_of_windows(justice: Desk) -> None:
    line = listed(justice, "2026-11-22")["assessment-data", "2026"]
    made = justice.ask("report", "--duty", "assessment-data", "--as-of", "2026-11-22")
    days = ("2026-02-01", "2027-01-31")
    assert (line["covers_from"], line["covers_through"]) == days
    assert (made["covers_from"], made["covers_through"]) == days
    too_early = justice.type(
        "duties", "done", "assessment-data", "--period", "2027", "--at", "2027-01-20", "--as-of", "2027-01-20"
    )
    assert (too_early.code, "2027-02-01 开始" in too_early.err) == (2, True)


def test_a_period_that_still_runs_is_recorded_with_a_warning(hall: Desk) -> None:
    said = hall.type("report", "--duty", "hotline-ledger", "--month", "2026-10", "--as-of", "2026-10-20").out
    assert "这一期到 2026-10-31 才完，现在的只到 2026-10-20" in said
    assert "打印、签字、盖章报出后，记一笔" not in said
    early = hall.ask(*DONE, "--as-of", "2026-10-20")
    assert any("到 2026-10-31 才完，报出的只到 2026-10-20" in line for line in early["warnings"])


def test_what_must_leave_before_its_period_ends_is_recorded_without_one(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "linxian", "窗口")
    said = desk.type("report", "--duty", "hard-cases", "--month", "2026-09", "--as-of", "2026-09-30").out
    assert "打印、签字、盖章报出后，记一笔" in said
    done = desk.ask("duties", "done", "hard-cases", "--period", "2026-09", "--as-of", "2026-09-30")
    assert done["warnings"] == []


def test_between_the_workday_and_the_nominal_day_it_is_not_the_last_day_again(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "linxian", "窗口")
    work_since(desk, "2026-11-02T09:00")
    days = ("2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-04")
    states = [reminded(desk, day)["hard-cases", "2026-12"]["state"] for day in days]
    assert states == ["待报", "今天最后一天", "已过最迟日", "已过最迟日", "已过"]
    said = desk.type("overdue", "--as-of", "2027-01-02").out
    assert "已过最迟日" in said
    assert "报出了就记下：zmn duties done hard-cases --period 2026-12" in said


def test_a_bare_report_makes_what_the_notice_asks_of_this_desk(hall: Desk) -> None:
    for line in (("report",), ("report", "--month", "2026-10")):
        made = hall.ask(*line, "--as-of", "2026-11-05")
        assert (made["duty"], made["period"]) == HOTLINE
    window = hall.ask("report", "--ledger", "window", "--as-of", "2026-11-05")
    assert (window["duty"], window["elsewhere"][0]["duty"]) == (None, "hotline-ledger")


def test_a_notice_that_names_nobody_is_said_so_everywhere(xiangtan: Desk) -> None:
    assert listed(xiangtan, "2026-11-12")["analysis", "2026-10"]["to"] == ""
    done = ("duties", "done", "analysis", "--period", "2026-10")
    for line in (("report", "--month", "2026-10"), done, ("rules",)):
        said = xiangtan.type(*line, "--as-of", "2026-11-12").out
        assert "通知没有写报给谁" in said, line
        assert "报（方案" not in said


# —— The command that is printed next ——


def test_what_is_printed_to_record_is_never_refused(hall: Desk) -> None:
    hall.register("2026-10-12 09:00", ledger="hotline", no="2026101200001")
    report = ("report", "--duty", "hotline-ledger", "--month", "2026-10", "--as-of", "2026-11-05")
    hall.ask(*report)
    hall.ask(*DONE, "--as-of", "2026-11-05")
    assert "已在 2026-11-05 记为报出" in hall.type(*report).out
    assert listed(hall, "2026-11-05")[HOTLINE]["settle"] == ""
    hall.register("2026-10-13 09:00", ledger="hotline", no="2026101300001", name="王五")
    said = hall.type(*report).out
    (command,) = (line.split("记一笔：")[1] for line in said.splitlines() if "记一笔：" in line)
    assert command.endswith("--again")
    again = hall.ask(*command.split()[1:], "--as-of", "2026-11-05")
    assert "更正1" in again["files"][0]["path"]


def test_when_everything_is_on_record_nothing_more_is_asked(hall: Desk) -> None:
    look = ("duties", "--ahead", "0", "--as-of", "2026-11-12")
    assert "例如 zmn duties done hotline-ledger --period 2026-08" in hall.type(*look).out
    waiting = [line["settle"] for line in listed(hall, "2026-11-12", "--ahead", "0").values()]
    for command in waiting:
        hall.ask(*command.split()[1:], "--as-of", "2026-11-12")
    assert {line["settle"] for line in listed(hall, "2026-11-12", "--ahead", "0").values()} == {""}
    assert "例如" not in hall.type(*look).out


def test_a_report_put_elsewhere_is_recorded_by_the_command_that_is_printed(hall: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "移动 硬盘"
    said = hall.type(
        "report", "--duty", "hotline-ledger", "--month", "2026-10", "--out", str(folder), "--as-of", "2026-11-05"
    ).out
    (command,) = (line.split("记一笔：")[1] for line in said.splitlines() if "记一笔：" in line)
    first, *rest = command.split(' --file "')
    files = [part.rstrip('"') for part in rest]
    assert sorted(Path(name).suffix for name in files) == [".docx", ".xlsx"]
    options = [part for name in files for part in ("--file", name)]
    done = hall.ask(*first.split()[1:], *options, "--as-of", "2026-11-05")
    assert [file["path"] for file in done["files"]] == [Path(name).name for name in files]
    assert str(tmp_path) not in journal(hall), "where it lies on this machine is nobody's business"
    assert hall.ask("doctor", "--as-of", "2026-11-05")["findings"] == [], "a file elsewhere is not looked for"


# —— On record, and as it left ——


def test_papers_with_names_are_on_record_though_the_pdf_fails(hall: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    answer = hall.type(
        "report", "--duty", "hotline-ledger", "--month", "2026-10", "--full", "--format", "xlsx,pdf",
        "--as-of", "2026-11-05",
    )  # fmt: skip
    assert answer.code != 0
    assert list((hall.folder / "报表/2026-10").glob("*含姓名电话*.xlsx"))
    assert '"verb":"report"' in journal(hall)


def test_a_copy_changed_or_lost_after_it_left_is_told(hall: Desk) -> None:
    made = hall.ask("report", "--duty", "hotline-ledger", "--month", "2026-10", "--as-of", "2026-11-05")["files"]
    hall.ask(*DONE, "--as-of", "2026-11-05")
    told = listed(hall, "2026-11-06")[HOTLINE]["files"]
    assert told == [{"path": name, "sha256": sha256((hall.folder / name).read_bytes()).hexdigest()} for name in made]
    assert hall.ask("doctor", "--as-of", "2026-11-06")["findings"] == []
    workbook, letter = (hall.folder / name for name in made)
    workbook.write_bytes(workbook.read_bytes() + b"\0")
    letter.unlink()
    found = hall.type("doctor", "--as-of", "2026-11-06", "--json").json["findings"]
    assert [(f["code"], f["file"]) for f in found] == [
        ("handed_in_altered", made[0]),
        ("handed_in_gone", made[1]),
    ]
    for line in (("duties",), ("book", "verify")):
        answer = hall.type(*line, "--as-of", "2026-11-06")
        said = answer.out + answer.err
        assert f"{made[0]} 报出以后被改动过" in said, line
        assert f"{made[1]} 不在原处" in said, line
    told = hall.type("book", "verify", "--as-of", "2026-11-06").out
    assert told.index("操作链末值：") < told.index("请把操作链末值与存档月报") < told.index("不在原处")


def test_a_journal_begun_anew_says_which_hand_ins_it_does_not_know_of(hall: Desk) -> None:
    hall.register("2026-10-12 09:00", ledger="hotline", no="2026101200001")
    for month in ("2026-09", "2026-10"):
        hall.ask("report", "--duty", "hotline-ledger", "--month", month, "--as-of", "2026-11-05")
    hall.ask(*DONE, "--as-of", "2026-11-05")
    assert hall.ask("doctor", "--as-of", "2026-11-06")["findings"] == []
    shutil.rmtree(hall.folder / ".zmn")
    hall.type("overdue", "--as-of", "2026-11-06")
    found = {f["code"]: f for f in hall.type("doctor", "--as-of", "2026-11-06", "--json").json["findings"]}
    assert "2026-09 hotline-ledger、2026-10 hotline-ledger" in found["lost_hand_ins"]["found"]
    assert "zmn duties done" in found["lost_hand_ins"]["remedy"]
    hall.ask(*DONE, "--at", "2026-11-05", "--as-of", "2026-11-06")
    told = str(hall.type("doctor", "--as-of", "2026-11-06", "--json").json["findings"])
    assert ("2026-09 hotline-ledger" in told, "2026-10 hotline-ledger" in told) == (True, False)
    hall.ask("duties", "done", "hotline-ledger", "--period", "2026-09", "--at", "2026-10-08", "--as-of", "2026-11-06")
    after = hall.type("doctor", "--as-of", "2026-11-06", "--json").json["findings"]
    assert "lost_hand_ins" not in {f["code"] for f in after}


def test_undo_right_after_a_hand_in_takes_back_nothing_else(hall: Desk) -> None:
    no = hall.register("2026-10-12 09:00", ledger="hotline", no="2026101200001")["case_no"]
    hall.ask(*DONE, "--as-of", "2026-11-05")
    books = {path: path.read_bytes() for path in (hall.folder / "台账").rglob("*.xlsx")}
    refused = hall.type("undo", "--as-of", "2026-11-05", "--json")
    assert refused.code == 6
    assert {path: path.read_bytes() for path in books} == books
    remedy = refused.error["remedy"]
    assert "zmn duties done hotline-ledger --period 2026-10 --take-back" in remedy
    assert no in remedy
    batch = remedy.split("zmn undo --batch ")[1].split()[0]
    hall.ask(*DONE, "--take-back", "--as-of", "2026-11-05")
    undone = hall.ask("undo", "--as-of", "2026-11-05")
    assert (undone["op"], undone["cases"]) == (batch, [no])


def test_only_the_hand_in_there_is_no_older_operation_to_name(hall: Desk) -> None:
    hall.ask(*DONE, "--as-of", "2026-11-05")
    refused = hall.type("undo", "--as-of", "2026-11-05")
    assert "--take-back" in refused.err
    assert "--batch" not in refused.err
