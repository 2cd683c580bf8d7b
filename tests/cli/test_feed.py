"""期限和报送 in the calendar of Outlook or a phone (scenario S-04)."""

from __future__ import annotations

import csv
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.activities import FieldDesk
from tests.cli.test_calendar import NOTICE_2027
from tests.desk import Desk
from tests.feeds import Told, fed, of, piped
from zhuomuniao.model import BEIJING, StepKind
from zhuomuniao.usecases.office import Moment, Office, open_office
from zhuomuniao.usecases.submissions import Submission, record_submission, take_back

COUNTIES = Path(__file__).resolve().parents[1] / "fixtures" / "counties"


@pytest.fixture
def window(new_desk: Callable[..., Desk]) -> Desk:
    return new_desk("xiangtan", "2026-08-14")


def matter(desk: Desk, at: str = "2026-08-10 09:00") -> str:
    """A complex matter, with 县司法局 from the same hour on; due on 2026-08-17."""
    no: str = desk.register(at, tier="二级", unit="县司法局", phone="13800138000")["case_no"]
    desk.ask("sign", no, "--at", f"{at[:10]} 10:00")
    return no


def extend(desk: Desk, no: str, at: str) -> None:
    desk.ask("extend", no, "--workdays", "5", "--reason", "要现场核实", "--approver", "张主任", "--at", at)


def test_S04_an_extension_moves_the_same_entry(window: Desk) -> None:
    no = matter(window)
    before = of(fed(window), "解决", no)
    assert (before.on, before.status) == (date(2026, 8, 17), "CONFIRMED")
    assert before.summary == f"湘潭县 到期：解决 {no}（县司法局）"
    assert "截至 2026-08-14：还有1个工作日" in before.description
    assert "依据：五.3" in before.description
    assert f"zmn show {no}" in before.description
    extend(window, no, "2026-08-14 10:00")
    after = of(fed(window), "解决", no)
    assert (after.uid, after.sequence, after.on) == (before.uid, before.sequence + 1, date(2026, 8, 24))


def test_S04_nothing_personal_leaves_with_it(window: Desk) -> None:
    no = window.register(
        "2026-08-10 09:00", name="欧阳小明", about="被窗口推了三次", phone="13800138000", tier="二级", unit="县司法局"
    )["case_no"]  # fmt: skip
    window.ask("note", no, "--note", "家住城关镇", "--by", "钱多多", "--at", "2026-08-10 11:00")
    fed(window)
    text = (window.folder / "日历" / "订阅.ics").read_bytes().replace(b"\r\n ", b"").decode()
    for word in ("欧阳", "小明", "推了三次", "13800138000", "138****8000", "城关镇", "钱多多", "赵敏慧"):
        assert word not in text, word


def test_a_tip_off_is_told_like_any_other(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-08-14")
    desk.register("2026-08-12 09:00", category="举报", unit="社保", about="收钱才给办")
    fed(desk)
    text = (desk.folder / "日历" / "订阅.ics").read_bytes().replace(b"\r\n ", b"").decode()
    assert "举报" not in text
    assert "收钱" not in text


def test_what_is_overdue_stays_on_its_day(window: Desk) -> None:
    no = matter(window)
    window.day = "2026-08-27"
    told = of(fed(window), "解决", no)
    assert (told.on, told.status) == (date(2026, 8, 17), "CONFIRMED")
    assert "截至 2026-08-27：已过8个工作日" in told.description


def test_a_resolved_matter_is_taken_off_and_a_redo_is_an_entry_of_its_own(window: Desk) -> None:
    no = matter(window)
    told = of(fed(window), "解决", no)
    window.ask("resolve", no, "--result", "办好了", "--at", "2026-08-14 11:00")
    over = of(fed(window), "解决", no)
    assert (over.uid, over.on, over.status) == (told.uid, told.on, "CANCELLED")
    assert over.sequence > told.sequence
    assert "已了结" in over.summary
    window.ask("verify", no, "--outcome", "属实", "--at", "2026-08-14 14:00")
    blamed = ("--satisfaction", "不满意", "--fault", "unit", "--note", "没有解决")
    window.ask("visit", no, *blamed, "--at", "2026-08-14 15:00")
    again = fed(window)
    second = of(again, "解决", no, "到期")
    assert second.uid != told.uid
    assert second.on == date(2026, 8, 21)
    assert "第2轮" in second.description
    assert again[told.uid].is_cancelled


def test_a_pause_is_told_and_the_day_follows_it(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk(str(COUNTIES / "songling"), "2026-08-20")
    no = desk.register("2026-08-10 09:00", category="投诉", unit="区教育局")["case_no"]
    before = of(fed(desk), no)
    desk.ask("pause", no, "--reason", "补正材料", "--at", "2026-08-14 10:00")
    paused = of(fed(desk), no)
    assert (paused.uid, paused.on, paused.status) == (before.uid, before.on, "CONFIRMED")
    assert "暂停中" in paused.summary
    assert paused.sequence > before.sequence
    desk.ask("resume", no, "--at", "2026-08-18 10:00")
    after = of(fed(desk), no)
    assert (after.uid, after.on) == (before.uid, date.fromisoformat(due(desk, no)))
    assert after.on > before.on
    assert after.sequence > paused.sequence
    assert "暂停" not in after.summary


def due(desk: Desk, no: str) -> str:
    (clock,) = desk.ask("show", no)["case"]["clocks"]
    return str(clock["due_on"])


def test_what_is_undone_comes_back_with_a_higher_sequence(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan", "2099-08-14", year="2099")
    no = matter(desk, "2099-08-10 09:00")
    first = of(fed(desk), "解决", no)
    extend(desk, no, "2099-08-14 10:00")
    moved = of(fed(desk), "解决", no)
    desk.ask("undo")
    back = of(fed(desk), "解决", no)
    assert (back.uid, back.on) == (first.uid, first.on)
    assert first.sequence < moved.sequence < back.sequence
    desk.ask("resolve", no, "--result", "办好了", "--at", "2099-08-14 11:00")
    assert of(fed(desk), "解决", no).is_cancelled
    desk.ask("undo")
    open_again = of(fed(desk), "解决", no)
    assert not open_again.is_cancelled
    assert open_again.sequence > back.sequence + 1


def test_a_registration_that_was_undone_is_taken_off(desk: Desk) -> None:
    desk.day = "2099-10-30"
    kept = desk.register("2099-10-28 09:00", unit="社保")["case_no"]
    no = desk.register("2099-10-29 09:00", unit="社保")["case_no"]
    told = of(fed(desk), no)
    desk.ask("undo")
    after = fed(desk)
    assert after[told.uid].is_cancelled
    assert after[told.uid].sequence > told.sequence
    assert not of(after, kept).is_cancelled


def test_a_lost_file_is_made_again_as_it_was(window: Desk) -> None:
    no = matter(window)
    extend(window, no, "2026-08-14 10:00")
    before = fed(window)
    (window.folder / "日历" / "订阅.ics").unlink()
    assert fed(window) == before
    assert piped(window) == before


def test_a_file_that_says_the_same_is_not_written(window: Desk) -> None:
    matter(window)
    file = window.folder / "日历" / "订阅.ics"
    assert window.ask("calendar", "feed")["changed"] is True
    before, at = file.read_bytes(), file.stat().st_mtime_ns
    assert window.ask("calendar", "feed")["changed"] is False
    assert "没有变" in window.type("calendar", "feed").out
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (before, at)
    window.day = "2026-08-15"
    assert window.ask("calendar", "feed")["changed"] is True, "the workdays left are others"


def test_nothing_is_written_into_the_books(window: Desk) -> None:
    matter(window)
    before = {p: p.read_bytes() for p in window.folder.rglob("*") if p.is_file()}
    fed(window)
    assert {p: p.read_bytes() for p in window.folder.rglob("*") if p.is_file() and p.suffix != ".ics"} == before


def test_what_waits_for_an_open_book_is_told_and_stays_the_same_entry(window: Desk) -> None:
    owner = window.book.with_name(f".~{window.book.name}")
    owner.touch()
    answer = window.type(
        "register", "--name", "李四", "--about", "办不了", "--tier", "二级", "--unit", "县司法局",
        "--at", "2026-08-10 09:00", "--json",
    )  # fmt: skip
    assert answer.code == 4, answer.err
    no = answer.json["case_no"]
    waiting = of(fed(window), "解决", no)
    owner.unlink()
    window.ask("book", "replay")
    assert of(fed(window), "解决", no) == waiting


def test_two_offices_with_the_same_numbers_do_not_get_in_each_others_way(new_desk: Callable[..., Desk]) -> None:
    east, west = (new_desk("neixiang", "2026-10-30", folder=name) for name in ("东", "西"))
    assert east.register("2026-10-29 09:00", unit="社保")["case_no"] == "2026102901"
    time.sleep(1.1)  # the moment of writing tells them apart
    assert west.register("2026-10-29 09:00", unit="社保")["case_no"] == "2026102901"
    assert not fed(east).keys() & fed(west).keys()


def test_two_ledgers_with_the_same_number_have_two_entries(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-10-30")
    line = ("register", "--name", "李四", "--about", "办不了", "--phone", "13800138000", "--at", "2026-10-28 09:00")
    assert desk.ask(*line, "--ledger", "window", "--due", "2026-11-05")["case_no"] == "2026102801"
    desk.ask(*line, "--ledger", "hotline", "--no", "2026102801", "--due", "2026-11-06")
    found = [told for told in fed(desk).values() if "2026102801" in told.summary]
    assert {told.on for told in found} == {date(2026, 11, 5), date(2026, 11, 6)}
    assert len({told.uid for told in found}) == 2
    only = fed(desk, "--ledger", "hotline", file="日历/订阅-hotline.ics")
    assert [told.on for told in only.values() if "到期" in told.summary] == [date(2026, 11, 6)]


def test_entries_stay_what_they_are_when_the_folder_moves_or_the_office_is_renamed(window: Desk) -> None:
    no = matter(window)
    before = of(fed(window), "解决", no)
    window = replace(window, folder=Path(shutil.move(window.folder, window.folder.with_name("新位置"))))
    config = window.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("office ="))
    config.write_text(text.replace(line, 'office = "湘潭县政务服务中心（新）"'), encoding="utf-8")
    assert of(fed(window), "解决", no) == before


def test_a_book_that_was_put_back_lowers_no_sequence(window: Desk) -> None:
    window.day = "2026-08-14"
    no = matter(window)
    told = of(fed(window), "解决", no)
    revision = window.ask("book", "list")["books"][0]["revision"]
    extend(window, no, "2026-08-14 10:00")
    moved = of(fed(window), "解决", no)
    late = window.register("2026-08-13 09:00", tier="二级", unit="县司法局")["case_no"]
    gone = of(fed(window), "解决", late)
    window.ask("book", "restore", str(revision), "--yes")
    after = fed(window)
    assert after[told.uid].on == told.on
    assert after[told.uid].sequence > moved.sequence
    assert after[gone.uid].is_cancelled
    assert after[gone.uid].sequence > gone.sequence


def test_a_book_that_is_away_takes_nothing_off_the_calendars(window: Desk) -> None:
    window.day = "2026-08-14"
    no = matter(window)
    told = of(fed(window), "解决", no)
    book, away = window.book, window.folder / "别处.xlsx"
    book.rename(away)
    answer = window.ask("calendar", "feed")
    assert (answer["cancelled"], [f["code"] for f in answer["findings"]]) == (0, ["missing_book"])
    away.rename(book)
    assert of(fed(window), "解决", no) == told


def test_what_is_over_for_more_than_sixty_days_is_not_told(window: Desk) -> None:
    no = matter(window)
    window.ask("resolve", no, "--result", "办好了", "--at", "2026-08-14 11:00")
    window.day = "2026-10-13"
    assert of(piped(window), "解决", no).is_cancelled
    window.day = "2026-10-14"
    assert not any(no in told.summary and "解决" in told.summary for told in piped(window).values())


def test_a_voided_matter_owes_nothing(window: Desk) -> None:
    no = matter(window)
    told = {uid: one for uid, one in fed(window).items() if no in one.summary}
    window.ask("void", no, "--reason", "登记错了", "--at", "2026-08-14 10:00")
    after = fed(window)
    assert told
    assert all(after[uid].is_cancelled and after[uid].sequence > one.sequence for uid, one in told.items())


def test_a_day_that_rests_on_no_notice_is_provisional(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = new_desk("neixiang", "2026-12-30")
    no = desk.register("2026-12-25 09:00", unit="社保")["case_no"]
    before = of(fed(desk), no)
    assert before.summary.endswith("（暂定）")
    assert "放假安排公布以后" in before.description
    (tmp_path / "2027.txt").write_text(NOTICE_2027, encoding="utf-8")
    desk.ask("calendar", "import", str(tmp_path / "2027.txt"))
    after = of(fed(desk), no)
    assert "暂定" not in after.summary + after.description
    assert (after.uid, after.sequence, after.on) == (before.uid, before.sequence + 1, date(2026, 12, 31))


def test_hours_stand_in_the_title(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk(str(COUNTIES / "yunxi"), "2026-08-14")
    desk.register("2026-08-14 09:00", kind="应办", tier="一般", channel="窗口", unit="县人社局", phone="13800138000")
    told = [one for one in fed(desk).values() if "签收" in one.summary]
    assert [one.on for one in told] == [date(2026, 8, 14)]
    assert " 18:00前（" in told[0].summary


HOSTILE = (
    "县城管局,执法;大队\\一组",
    "县城管局\nBEGIN:VEVENT\nUID:u",
    "县城管局（王某 13800138000）",
    "１３８００１３８０００",
    "身份证330102199003070000的单位",
    "局" * 90,
    "县\u202e局\u202c 😀𠀀",
    '县"局:一',
    "=cmd|'/C calc'!A0",
    "\\n\\,",
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_units_name_typed_by_hand_does_no_harm(desk: Desk, unit: str) -> None:
    no = desk.register("2026-10-29 09:00", unit=unit)["case_no"]
    told = of(fed(desk), no)
    assert "\n" not in told.summary
    assert len(told.summary) < 90
    assert "1990" not in told.summary
    assert "８００" not in told.summary
    answer = desk.ask("calendar", "feed", "--unit", desk.ask("show", no, "--full")["case"]["unit"])
    name = Path(answer["file"]).name
    assert (desk.folder / "日历" / name).is_file()
    assert "13800138000" not in name
    assert "1990" not in name
    assert answer["events"] == 1


def test_a_unit_is_sent_its_own_limits_and_told_when_one_goes_elsewhere(window: Desk) -> None:
    no = matter(window)
    other = window.register("2026-08-11 09:00", tier="二级", unit="县教育局")["case_no"]
    line = ("--unit", "县司法局")
    mine = fed(window, *line)
    assert {one.status for one in mine.values()} == {"CONFIRMED"}
    assert not any(other in one.summary for one in mine.values())
    assert not any("报送" in one.summary for one in mine.values())
    told = of(mine, "解决", no)
    window.ask("assign", no, "--unit", "县教育局", "--at", "2026-08-13 10:00")
    for after in (piped(window, *line), fed(window, *line)):
        assert after[told.uid].is_cancelled
        assert after[told.uid].sequence > told.sequence
        assert "县教育局" not in after[told.uid].summary
    assert of(fed(window, "--unit", "县教育局"), "解决", no).uid == told.uid


def test_activities_and_issues_are_told_too(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("beilin", "2026-09-10")
    field = FieldDesk(desk, "2026-09-10T09:00")
    held = field.hold("2026-09-09", "区教育局", items=("教师资格认定",), leader="张明 局长")
    found = field.find("2026-09-09", "区教育局", "告知单缺少样表", due="2026-09-30")
    told = fed(desk)
    filing, rectify = of(told, "备案", held), of(told, "整改", found)
    assert rectify.on == date(2026, 9, 30)
    assert filing.summary == f"碑林区 到期：备案 {held}（区教育局）"
    text = "".join(one.summary + one.description for one in told.values())
    assert not any(word in text for word in ("张明", "张某某", "样表", "教师资格"))
    desk.ask("activity", "file", held, "--at", "2026-09-10")
    field.step(found, StepKind.CLEAR, "2026-09-10", "已经补上")
    after = fed(desk)
    assert after[filing.uid].is_cancelled
    assert after[rectify.uid].is_cancelled


# ---- duties ----


def office_of(desk: Desk) -> Office:
    day = date.fromisoformat(desk.day)
    return open_office(desk.folder, Moment(datetime.combine(day, datetime.now(BEIJING).time()), day))


def test_M06_hand_ins_stand_on_the_day_they_must_be_sent(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-09-21")
    told = {one.on: one for one in fed(desk).values() if "疑难杂症" in one.summary}
    early = told[date(2026, 9, 30)]
    assert early.summary.startswith("临县 报送：2026-09 ")
    assert early.summary.endswith("（报县专班办）")
    assert "通知规定的是 2026-10-03（周六）" in early.description
    assert "依据：二（三）" in early.description
    assert max(told) <= date(2026, 9, 21) + timedelta(days=60)
    further = {one.on for one in fed(desk, "--ahead", "120").values()}
    assert date(2026, 12, 31) in further, "the 3rd of January 2027 is a Sunday"


def test_a_hand_in_that_was_made_is_taken_off_and_put_back_when_it_was_not(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-09-21")
    before = of(fed(desk), "2026-09 ", "疑难杂症")
    made = Submission("hard-cases", "2026-09", date(2026, 9, 21), "赵敏慧")
    record_submission(office_of(desk), made)
    done = of(fed(desk), "2026-09 ", "疑难杂症")
    assert of(piped(desk), "2026-09 ", "疑难杂症") == done
    assert (done.uid, done.status, done.sequence) == (before.uid, "CANCELLED", before.sequence + 1)
    assert "已报送" in done.summary
    take_back(office_of(desk), made)
    again = of(fed(desk), "2026-09 ", "疑难杂症")
    assert of(piped(desk), "2026-09 ", "疑难杂症") == again
    assert (again.on, again.status, again.sequence) == (before.on, "CONFIRMED", done.sequence + 1)


def test_a_loaded_notice_moves_a_hand_in(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = new_desk("linxian", "2026-12-30")
    before = of(fed(desk), "2027-01", "疑难杂症")
    assert before.summary.endswith("（暂定）")
    (tmp_path / "2027.txt").write_text(NOTICE_2027, encoding="utf-8")
    desk.ask("calendar", "import", str(tmp_path / "2027.txt"))
    after = of(fed(desk), "2027-01", "疑难杂症")
    assert "暂定" not in after.summary
    assert (after.uid, after.sequence) == (before.uid, before.sequence + 1)


def test_only_hand_ins_of_this_desk_are_told(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("beilin", "2026-09-10")
    assert desk.ask("locality", "show", "beilin")
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    (role,) = (line for line in text.splitlines() if line.startswith("role ="))
    seen = {}
    for name in ("单位", "牵头部门"):
        config.write_text(text.replace(role, f'role = "{name}"'), encoding="utf-8")
        seen[name] = {told.summary for told in piped(desk).values()}
    assert any("三" not in s and "附件2" in s for s in seen["单位"])
    assert not any("附件2" in s for s in seen["牵头部门"])
    assert any("走流程" in s for s in seen["牵头部门"])


# ---- the file ----


def test_a_file_of_somebody_else_is_not_replaced(window: Desk, tmp_path: Path) -> None:
    theirs = tmp_path / "放假.ics"
    theirs.write_bytes(b"BEGIN:VCALENDAR\r\nPRODID:-//else//EN\r\nEND:VCALENDAR\r\n")
    refused = window.type("calendar", "feed", "-o", str(theirs))
    assert (refused.code, "不是 zmn 生成的日历" in refused.err) == (2, True)
    assert b"else" in theirs.read_bytes()
    book = window.book.read_bytes()
    refused = window.type("calendar", "feed", "-o", str(window.book))
    assert (refused.code, ".ics" in refused.err) == (2, True)
    assert window.book.read_bytes() == book


def test_it_may_be_put_elsewhere_or_piped(window: Desk, tmp_path: Path) -> None:
    no = matter(window)
    assert of(fed(window, "-o", str(tmp_path / "我的.ics")), "解决", no) == of(piped(window), "解决", no)
    fed(window, "--out", str(tmp_path))
    assert (tmp_path / "订阅.ics").is_file()
    fed(window, "-o", str(tmp_path / "新" / "我的.ICS"))
    both = window.type("calendar", "feed", "-o", "-", "--json")
    assert (both.code, both.out) == (2, "")


def test_the_feed_is_no_layer_of_the_calendar(window: Desk) -> None:
    before = window.ask("calendar", "status")
    fed(window)
    assert window.ask("calendar", "status") == before
    assert window.ask("doctor")["findings"] == []


def test_it_answers_to_its_chinese_name_and_says_how_to_import(window: Desk) -> None:
    matter(window)
    told = window.type("日历", "订阅")
    assert told.code == 0
    assert "日历/订阅.ics" in told.out
    assert "Outlook" in told.out
    assert "手机" in told.out


def test_what_has_no_day_is_counted(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-10-30")
    no = desk.register("2026-10-28 09:00", ledger="window")["case_no"]
    answer = desk.ask("calendar", "feed")
    assert answer["skipped"] == 1
    assert "1 项没有定下日期" in desk.type("calendar", "feed").out
    desk.ask(
        "set-due", no, "--due", "2026-11-13", "--ledger", "window", "--at", "2026-10-29 09:00", "--basis", "会审"
    )
    assert of(fed(desk), no).on == date(2026, 11, 13)


def test_a_day_that_fell_away_is_taken_off(desk: Desk) -> None:
    no = desk.register("2026-10-28 09:00", unit="社保", tier="二级")["case_no"]
    told = {uid: one for uid, one in fed(desk).items() if no in one.summary}
    desk.ask("raise", no, "--tier", "难点", "--reason", "涉及几个部门", "--at", "2026-10-29 09:00")
    after = fed(desk)
    shown = {c["act"]: c["due_on"] for c in desk.ask("show", no)["case"]["clocks"] if not c["ended_on"]}
    assert None in shown.values()
    live = {one.on.isoformat() for one in after.values() if no in one.summary and not one.is_cancelled}
    assert live == {due_on for due_on in shown.values() if due_on}
    assert any(after[uid].is_cancelled for uid in told)


def test_reminders_ring_on_the_workday_before_and_only_when_asked_for(window: Desk) -> None:
    no = matter(window)
    assert of(fed(window), "解决", no).alarm is None
    # Due on Monday the 17th; the workday before is Friday the 14th.
    assert of(piped(window, "--remind", "--as-of", "2026-08-11"), "解决", no).alarm == -timedelta(days=2, hours=15)
    assert of(piped(window, "--remind", "--as-of", "2026-08-20"), "解决", no).alarm is None


def test_an_earlier_day_is_told_as_it_was(window: Desk) -> None:
    no = matter(window)
    extend(window, no, "2026-08-14 10:00")
    window.day = "2026-08-13"
    assert of(piped(window), "解决", no).on == date(2026, 8, 17)
    window.day = "2026-08-09"
    assert not any(no in one.summary for one in piped(window).values())


# ---- all together ----


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_uids_stay_and_sequences_rise(new_desk: Callable[..., Desk], seed: int) -> None:
    """A desk at work: after every step the feed, made without any file, goes on from the one before."""
    chance, desk = random.Random(seed), new_desk("xiangtan", "2099-08-10", year="2099")
    numbers: list[str] = []
    day = date(2099, 8, 10)
    last: dict[str, Told] = {}
    changed = 0
    new = ("register", "--name", "李四", "--tier", "二级", "--unit", "县司法局")
    for _ in range(30):
        day += timedelta(days=chance.choice((0, 0, 1, 2)))
        desk.day = day.isoformat()
        at = ("--at", f"{day} {chance.randrange(9, 17):02d}:00")
        no = chance.choice(numbers[-2:]) if numbers else ""
        line: tuple[str, ...] = chance.choice(
            [
                (*new, "--about", f"办不了{chance.random()}"),
                ("sign", no),
                ("extend", no, "--workdays", "3", "--reason", "核实", "--approver", "张主任"),
                ("raise", no, "--tier", "一级", "--reason", "难"),
                ("resolve", no, "--result", "办好了"),
                ("verify", no, "--outcome", "属实"),
                ("visit", no, "--satisfaction", "不满意", "--fault", "unit", "--note", "没解决"),
                ("void", no, "--reason", "错了"),
                ("undo",),
                ("note", no, "--note", "问过了"),
            ]
        )  # fmt: skip
        answer = desk.type(*line, *(() if line[0] == "undo" else at), "--json")
        if line[0] == "register" and answer.code == 0:
            numbers.append(answer.json["case_no"])
        now = piped(desk)
        for uid, was in last.items():
            if uid not in now:
                assert was.is_cancelled, (line, was)
                continue
            after = now[uid]
            assert after.sequence >= was.sequence, (line, was, after)
            if (after.on, after.status) != (was.on, was.status):
                changed += 1
                assert after.sequence > was.sequence, (line, was, after)
        last = now
    assert changed >= 2, "the walk must have changed something"


@pytest.mark.soak
def test_a_ledger_of_five_thousand_takes_seconds(desk: Desk, tmp_path: Path) -> None:
    names = tmp_path / "名单.csv"
    with names.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(("姓名", "情况", "受理时间", "责任单位"))
        for n in range(5000):
            sheet.writerow(
                (f"张某{n}", f"营业执照办不下来{n}", f"2026-{n % 10 + 1:02d}-{n % 28 + 1:02d} 09:00", "社保")
            )
    assert len(desk.ask("register", "--from", str(names))["registered"]) == 5000
    began = time.perf_counter()
    answer = desk.ask("calendar", "feed")
    assert time.perf_counter() - began < 30, "about 4 s here, all of them open"
    assert answer["events"] == 5000
