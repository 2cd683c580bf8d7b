"""The cases' report over quarters and years, beside what was handed in before, and on books changed by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from tests.desk import Desk
from zhuomuniao.model import BEIJING, Registration, StepKind
from zhuomuniao.periods import parse_period
from zhuomuniao.ruletypes import Every
from zhuomuniao.usecases.editions import HandIn
from zhuomuniao.usecases.office import Moment, Office, open_office
from zhuomuniao.usecases.registering import register_all
from zhuomuniao.usecases.reporting import case_report
from zhuomuniao.usecases.requests import StepRequest
from zhuomuniao.usecases.stepping import take
from zhuomuniao.usecases.submissions import Submission, record_submission


def office_at(desk: Desk, now: str) -> Office:
    """The office as somebody finds it who sits down there at a moment."""
    moment = datetime.fromisoformat(now)
    return open_office(desk.folder, Moment(moment, moment.date()))


def made(office: Office, month: str, duty: str = "") -> HandIn:
    rules = office.locality.rules_on(office.moment.as_of)
    wanted = next((d for d in rules.duties if d.id == duty), None)
    spec = office.locality.ledger(wanted.ledger if wanted else None)
    return case_report(office, spec, parse_period(Every.MONTH, month), duty=wanted)


def column(hand_in: HandIn, word: str) -> dict[str, object]:
    """What 办理情况 tells under a header."""
    (table,) = (t for t in hand_in.report.tables if t.name.endswith("办理情况") and t.sheet == "汇总")
    at = [c.header for c in table.columns].index(word)
    return {str(row[0]): row[at] for row in table.rows}


def retyped(desk: Desk, row: int, **cells: object) -> None:
    """Somebody types over cells of a row in WPS."""
    book = openpyxl.load_workbook(desk.book)
    headers = {c.value: c.column for c in book.worksheets[0][2]}
    for header, value in cells.items():
        book.worksheets[0].cell(row, headers[header]).value = value
    book.save(desk.book)


def test_a_quarter_is_its_months_and_reads_as_one(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-10-30")
    for month in (7, 8, 9):
        no = desk.register(f"2026-{month:02d}-06 09:00", unit="税务")["case_no"]
        desk.ask("resolve", no, "--result", "好", "--at", f"2026-{month:02d}-08 09:00")
    quarter = desk.ask("report", "--quarter", "2026Q3")
    months = [desk.ask("report", "--month", f"2026-0{m}") for m in (7, 8, 9)]
    assert quarter["period"] == "2026Q3"
    for name in ("accepted", "resolved", "on_time"):
        assert quarter["counts"][name] == sum(m["counts"][name] for m in months) == 3
    letter = next(f for f in quarter["files"] if f.endswith(".docx"))
    text = "\n".join(p.text for p in Document(str(desk.folder / letter)).paragraphs)
    assert "本季度共受理企业群众反映事项3件" in text
    assert desk.ask("report", "--year", "2026", "--format", "xlsx")["files"] == [
        "报表/2026/“办不成事”事项处理进度跟踪台账年报2026（截至10月30日）.xlsx"
    ]


def test_m03_the_month_before_stands_as_it_was_handed_in(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-09-30")
    first = desk.register("2026-07-06 09:00", unit="税务")["case_no"]
    second = desk.register("2026-07-07 09:00", unit="税务")["case_no"]
    desk.ask("resolve", first, "--result", "好", "--at", "2026-07-08 09:00")
    july = made(office_at(desk, "2026-08-03T09:00"), "2026-07")
    desk.ask("resolve", second, "--result", "好", "--at", "2026-08-20 09:00")
    third = desk.register("2026-08-12 09:00", unit="社保")["case_no"]
    desk.ask("resolve", third, "--result", "好", "--at", "2026-09-02 09:00")
    august = made(office_at(desk, "2026-09-05T09:00"), "2026-08")
    assert list(column(august, "上月").values()) == list(july.report.counts.values())
    assert column(august, "增减")["本月受理"] == -1
    assert set(column(august, "上年同期").values()) == {"—"}
    (table,) = (t for t in august.report.tables if t.name == "一、办理情况")
    assert "上年同期为2025年8月1日至8月31日，台账中还没有事项，无上期数据" in table.notes[0]
    assert column(july, "上月")["本月受理"] == "—"


def test_a_running_month_is_set_beside_as_many_days_of_the_month_before(desk: Desk) -> None:
    desk.register("2026-09-10 09:00")
    desk.register("2026-09-20 09:00")
    desk.register("2026-10-12 09:00")
    found = made(office_at(desk, "2026-10-15T09:00"), "2026-10")
    assert column(found, "上月同期")["本月受理"] == 1
    assert found.letter is not None
    assert "比上月同期持平" in found.letter.paragraphs[2].text


def registered(desk: Desk, at: str) -> str:
    """A case registered on its own day, by the clock of that day."""
    office = office_at(desk, at)
    moment = datetime.fromisoformat(at)
    registration = Registration("李四", "营业执照变更办不下来", moment, unit="县住建局")
    (done,) = register_all(office, office.locality.ledger(), [registration])
    return done.receipt.record.case_no


def test_what_was_typed_late_after_the_hand_in_is_told_by_its_number(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan")
    kept, late = registered(desk, "2026-07-06T09:00"), registered(desk, "2026-07-07T09:00")
    office = office_at(desk, "2026-08-05T09:00")
    july = made(office, "2026-07", duty="analysis")
    record_submission(
        office, Submission("analysis", "2026-07", date(2026, 8, 5), "赵敏慧", (), dict(july.report.counts))
    )
    before = made(office_at(desk, "2026-09-05T09:00"), "2026-08", duty="analysis")
    assert [c.holds for c in before.report.checks if "上期报送" in c.identity] == [True]
    assert not [f for f in before.findings if f.code == "carried_in_differs"]
    request = StepRequest(
        StepKind.RESOLVE, datetime(2026, 7, 30, 9), "赵敏慧", {"result": "办好了", "outcome": "已解决"}
    )
    take(office_at(desk, "2026-08-20T09:00"), office.locality.ledger(), late, request)
    after = made(office_at(desk, "2026-09-05T09:00"), "2026-08", duty="analysis")
    (finding,) = (f for f in after.findings if f.code == "carried_in_differs")
    assert finding.found == (
        "这一期开始时结转1件，而2026-07的报表（2026-08-05报送）结转2件；"
        f"报送登记以后才补记、算到2026-07-31以前的有1件：{late}"
    )
    assert kept not in finding.found
    assert finding.expected == "2026-07的报表（2026-08-05报送）结转2件"
    assert "更正件" in finding.remedy
    # It is told, and the report is made all the same: its own figures agree.
    assert after.files[0].exists()
    assert after.report.counts["carried_in"] == 1


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"办结时间": "2026-09-01"}, "早于受理"),
        ({"状态": "已办结"}, "没有办结时间"),
    ],
)
def test_m03_a_row_typed_by_hand_that_contradicts_itself_is_named(
    desk: Desk, cells: dict[str, object], why: str
) -> None:
    desk.register("2026-09-07 09:00")
    retyped(desk, 4, 事项编号="2026091450", 受理时间="2026-09-14", 办理对象="王五", **cells)
    answer = desk.type("report", "--month", "2026-09", "--json")
    assert answer.code == 7
    assert "2026091450" in answer.error["message"]
    assert why in answer.error["message"]
    assert "zmn show 2026091450" in answer.error["remedy"]
    assert "王五" not in answer.err
    assert not (desk.folder / "报表").exists()
    retyped(desk, 4, 办结时间="2026-09-16", 状态="已办结")
    mended = desk.ask("report", "--month", "2026-09")
    assert (mended["counts"]["accepted"], mended["counts"]["resolved"]) == (2, 1)


def test_a_county_with_windows_counts_its_matters_over_one(tmp_path: Path) -> None:
    qingshi = Path(__file__).resolve().parents[1] / "fixtures" / "counties" / "qingshi"
    desk = Desk(tmp_path / "台", "2026-10-30")
    assert desk.type("init", str(desk.folder), "--locality", str(qingshi), "--year", "2026").code == 0
    for day in ("2026-02-27", "2026-03-02", "2026-05-29", "2026-06-01"):
        desk.register(f"{day} 09:00", phone="13800138000", ledger="window")
    answer = desk.ask("report", "--ledger", "window", "--window", "2026-04")
    assert (answer["period"], answer["counts"]["carried_in"], answer["counts"]["accepted"]) == ("2026-03", 1, 2)
    assert "2026年3月至5月" in answer["title"]
    printed = desk.type("report", "--ledger", "window", "--window", "2026-08")
    assert (printed.code, "--month" in printed.err or "窗口" in printed.err) == (2, True)


def test_m03_a_number_that_stands_twice_is_named_and_nothing_is_written(desk: Desk) -> None:
    no = desk.register("2026-09-07 09:00")["case_no"]
    desk.ask("report", "--month", "2026-09")
    kept = {path: path.read_bytes() for path in (desk.folder / "报表").rglob("*.*")}
    book = openpyxl.load_workbook(desk.book)
    sheet = book.worksheets[0]
    for at in range(1, sheet.max_column + 1):
        sheet.cell(4, at).value = sheet.cell(3, at).value
    book.save(desk.book)
    answer = desk.type("report", "--month", "2026-09")
    assert (answer.code, no in answer.err, "第4行" in answer.err) == (7, True, True)
    assert {path: path.read_bytes() for path in (desk.folder / "报表").rglob("*.*")} == kept


def test_what_was_voided_after_it_was_handed_in_as_resolved_is_not_carried_in(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-09-30")
    no = desk.register("2026-08-03 09:00", unit="税务")["case_no"]
    desk.ask("resolve", no, "--result", "好", "--at", "2026-08-05 09:00")
    desk.ask("void", no, "--reason", "重复登记", "--at", "2026-09-02 09:00")
    august, september = (desk.ask("report", "--month", month)["counts"] for month in ("2026-08", "2026-09"))
    assert (august["resolved"], august["carried_out"]) == (1, 0)
    assert (september["carried_in"], september["voided"]) == (0, 0)


def test_e11_the_same_day_gives_the_same_cells_with_comparisons(desk: Desk, tmp_path: Path) -> None:
    for day in ("2026-08-06", "2026-09-08", "2026-09-10"):
        desk.register(f"{day} 09:00", unit="税务")
    first = made(office_at(desk, "2026-10-05T09:00"), "2026-09")
    shutil.rmtree(desk.folder / "报表")
    desk.register("2026-10-06 09:00")
    again = made(office_at(desk, "2026-10-20T09:00"), "2026-09")
    cells = [t for t in first.report.tables if t.sheet != "指标口径"]
    assert [t for t in again.report.tables if t.sheet != "指标口径"] == cells
    assert again.letter == first.letter


def test_a_revisit_after_the_months_end_is_in_the_month_it_was_made(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan", "2026-12-30")
    no = desk.register("2026-10-28 09:00", phone="13800138000", unit="县住建局")["case_no"]
    desk.ask("resolve", no, "--result", "办好了", "--at", "2026-10-31 23:50")
    desk.type("verify", no, "--outcome", "属实", "--at", "2026-11-02 09:00")
    desk.ask("visit", no, "--satisfaction", "满意", "--at", "2026-11-03 09:00")
    asked = {m: desk.ask("report", "--month", m)["counts"] for m in ("2026-10", "2026-11", "2026-12")}
    assert {m: counts["visited"] for m, counts in asked.items()} == {"2026-10": 0, "2026-11": 1, "2026-12": 0}
    assert asked["2026-11"]["satisfied"] == 1
    assert asked["2026-10"]["visited_of_resolved"] == 0
    quarter = desk.ask("report", "--quarter", "2026Q4")
    assert (quarter["counts"]["visited"], quarter["counts"]["visited_of_resolved"]) == (1, 1)
    assert quarter["rates"]["satisfaction_rate"]["value"] == 1


def test_what_was_typed_in_on_the_day_of_the_hand_in_is_told(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan")
    kept, late = registered(desk, "2026-07-06T09:00"), registered(desk, "2026-07-07T09:00")
    office = office_at(desk, "2026-08-05T12:00")
    july = made(office, "2026-07", duty="analysis")
    spec, words = office.locality.ledger(), {"result": "办好了", "outcome": "已解决"}
    # On record with an earlier day: what was typed in between that day and noon is in the copy already.
    noted = StepRequest(StepKind.NOTE, datetime(2026, 7, 20, 9), "", {"note": "已联系"})
    take(office_at(desk, "2026-08-05T11:00"), spec, kept, noted)
    record_submission(office, Submission("analysis", "2026-07", date(2026, 8, 3), "", (), dict(july.report.counts)))
    resolved = StepRequest(StepKind.RESOLVE, datetime(2026, 7, 29, 9), "", words)
    take(office_at(desk, "2026-08-05T12:10"), spec, late, resolved)
    after = made(office_at(desk, "2026-09-05T09:00"), "2026-08", duty="analysis")
    (finding,) = (f for f in after.findings if f.code == "carried_in_differs")
    assert f"有1件：{late}" in finding.found
    printed = desk.type("report", "--month", "2026-08", "--duty", "analysis", "--as-of", "2026-09-05")
    assert "! 这一期开始时结转1件，而2026-07的报表（2026-08-03报送）结转2件；" in printed.out + printed.err


def test_a_period_before_the_ledger_began_is_told(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-10-30")
    empty = desk.ask("report", "--month", "2026-06")
    assert [f for f in empty["findings"] if f["code"] == "before_first_record"] == []
    desk.register("2026-08-06 09:00", unit="税务")
    before = desk.ask("report", "--month", "2026-07")
    (finding,) = (f for f in before["findings"] if f["code"] == "before_first_record")
    assert ("zmn book adopt" in finding["remedy"], "zmn import" in finding["remedy"]) == (True, True)
    assert "从2026-08-06开始有记录，2026-07这一期没有记录" in finding["found"]
    for month in ("2026-08", "2026-09"):
        assert desk.ask("report", "--month", month)["findings"] == []


def test_a_unit_renamed_by_hand_has_signed_and_answered_as_before(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan", "2026-10-30")
    no = desk.register("2026-10-12 09:00", unit="县人社局")["case_no"]
    desk.ask("sign", no, "--at", "2026-10-13 09:00")
    desk.ask("feedback", no, "--text", "正在核实", "--at", "2026-10-14 09:00")
    october = ("report", "--month", "2026-10", "--format", "xlsx", "--as-of", "2026-11-03")
    desk.ask("note", no, "--note", "十一月的事", "--at", "2026-11-02 09:00", "--as-of", "2026-11-02")
    before = desk.ask(*october)
    assert before["counts"]["signed"] == 1
    retyped(desk, 3, 承办单位="县人力资源和社会保障局")
    desk.ask("check", "--as-of", "2026-11-03")
    after = desk.ask(*october)
    assert after["counts"] == before["counts"]
    assert {(c["column"], c["new"]) for c in after["changes"] if c["of_list"] and c["kind"] == "改动"} <= {
        ("承办单位", "县人力资源和社会保障局")
    }
    (case,) = desk.ask("list", "--as-of", "2026-10-30")["cases"]
    assert case["status"] == "办理中"


def test_what_silence_did_is_in_the_figures_though_nobody_looked(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan")
    no = desk.register("2026-10-12 09:00", unit="县人社局")["case_no"]
    report = ("report", "--month", "2026-10", "--format", "xlsx")
    first = desk.ask(*report, "--as-of", "2026-11-03")
    assert first["counts"]["signed"] == 1
    assert first["remarks"] == [f"逾期没有签收也没有申请退回，已记为视为签收：{no}"]
    desk.ask("overdue")
    again = desk.ask(*report, "--as-of", "2026-11-03")
    assert (again["is_new"], again["counts"], again["remarks"]) == (False, first["counts"], [])


def test_a_look_at_a_day_to_come_takes_no_right_away(new_desk: Callable[..., Desk]) -> None:
    today = datetime.now(BEIJING)
    desk = new_desk("xiangtan", year=str(today.year))
    no = desk.register(f"{today:%Y-%m-%d %H:%M}", unit="县人社局")["case_no"]
    later = today.date() + timedelta(days=60)
    desk.ask("report", "--month", f"{today:%Y-%m}", "--format", "xlsx", "--as-of", f"{later}")
    assert desk.ask("show", no)["case"]["status"] == "待签收"
