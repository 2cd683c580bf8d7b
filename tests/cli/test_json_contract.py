"""What ``--json`` answers is what docs/json/ promises, key for key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
import referencing

from tests.activities import FieldDesk
from tests.desk import Answer, Desk
from tests.exports import THIN, thin_row, write_csv
from zhuomuniao import errors
from zhuomuniao.cli import COMMANDS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "json"
SCHEMAS: dict[str, Any] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")}

SCHEMA_OF = {
    "register": "register", "import": "import", "overdue": "overdue", "list": "list", "show": "show",
    **dict.fromkeys(
        (
            "assign", "sign", "return", "review-return", "feedback", "raise", "pause", "resume", "extend", "set-due",
            "admit", "reply", "resolve", "verify", "visit", "redo", "circular", "refer-lead", "link", "void", "note",
            "urge", "supervise", "accountability",
        ),
        "step",
    ),
    "escalate": "escalate", "meeting plan": "meeting", "meeting record": "meeting", "undo": "undo",
    "duties": "duties", "duties done": "duties-done",
    "rollup": "rollup",
    "explain": "explain", "deadline": "deadline", "form": "form", "report": "report", "rules": "rules",
    "calendar import": "calendar-import", "calendar status": "calendar-status", "calendar show": "calendar-show",
    "calendar diff": "calendar-diff", "calendar feed": "calendar-feed", "recount": "recount",
    "locality list": "locality-list", "locality show": "locality-show", "locality new": "locality-new",
    "locality check": "locality-check", "init": "init", "demo": "demo",
    "check": "check", "doctor": "doctor", "book list": "book-list", "book history": "book-history",
    "book diff": "book-diff", "book restore": "book-restore", "book verify": "book-verify",
    "issue add": "issue-add", "issue list": "issue-list", "issue hand-in": "issue-hand-in",
    **dict.fromkeys(("issue measure", "issue clear", "issue look-back"), "issue-step"),
    "issue collect": "issue-collect",
    "activity plan": "activity-plan", "activity record": "activity-record", "activity file": "activity-file",
    "activity coverage": "activity-coverage", "activity list": "activity-list",
    "item import": "item-import", "item list": "item-list",
    "book replay": "book-replay", "book adopt": "book-adopt", "book upgrade": "book-upgrade",
    "officer add": "roster-row", "officer list": "officer-list", "officer check": "officer-check",
    "officer rotate": "officer-rotate", "site add": "roster-row", "site close": "roster-row",
    "site list": "site-list",
}  # fmt: skip

NOTICE_2027 = """国务院办公厅关于2027年部分节假日安排的通知

一、元旦：1月1日（周五）至4日（周一）放假调休，共4天。2026年12月27日（周日）、1月9日（周六）上班。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月14日（周日）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
"""


def strict(schema: Any) -> Any:
    """The schema with every object closed: scripts may meet new keys one day, this test may not."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if "properties" in schema and isinstance(schema.get("required"), list):
        closed.setdefault("additionalProperties", False)
    return closed


REGISTRY = referencing.Registry().with_resources(
    (f"{name}.json", referencing.Resource.from_contents(strict(schema))) for name, schema in SCHEMAS.items()
)


def check(answer: Any, name: str) -> None:
    """Fail with every place where the answer is not what the schema says."""
    validator = jsonschema.Draft202012Validator(
        strict(SCHEMAS[name]), registry=REGISTRY, format_checker=jsonschema.FormatChecker()
    )
    found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]
    assert found == []


def asked(desk: Desk, *line: str, code: int = 0) -> Any:
    answer = desk.type(*line, "--json")
    assert answer.code == code, answer.err or answer.out
    assert answer.err == ""
    assert answer.out.count("\n") == 1, "one object, nothing else"
    return answer.json


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A desk with a case of every sort: late, answered, resolved, without a limit, provisional, without a unit."""
    desk.register("2026-10-12 09:00", unit="社保", phone="13800138000")
    desk.register("2026-10-13 09:00", unit="税务", tier="二级")
    desk.register("2026-10-14 09:00", unit="公安", kind="完全不能")
    desk.register("2026-10-15 09:00", tier="难点")
    desk.register("2026-10-29 09:00", unit="社保")
    return desk


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == f"{name}.json"


def test_every_command_has_a_schema() -> None:
    assert set(SCHEMA_OF) == {row.name for row in COMMANDS}
    named = {
        *SCHEMA_OF.values(),
        "register-bulk",
        "officer-add-bulk",
        "issue-add-bulk",
        "activity-record-bulk",
        "activity-file-many",
        "issue-collect-status",
        "check-settled",
        "book-history-case",
        "report-activities",
        "report-list",
        "report-file",
        "error",
        "common",
    }
    assert named == set(SCHEMAS)


def test_a_schema_notices_what_is_missing_or_new(busy: Desk) -> None:
    answer = asked(busy, "list")
    check(answer, "list")
    del answer["cases"][0]["status"]
    with pytest.raises(AssertionError, match="status"):
        check(answer, "list")
    answer = asked(busy, "list")
    answer["cases"][0]["secret"] = 1
    with pytest.raises(AssertionError, match="secret"):
        check(answer, "list")


@pytest.mark.parametrize(
    "options",
    [("--unit", "社保"), ("--kind", "完全不能"), ("--tier", "一级"), ("--tier", "难点"), ("--unit", "不认识的单位")],
)
def test_register(desk: Desk, options: tuple[str, str]) -> None:
    check(asked(desk, "register", "--name", "李四", "--about", "事", "--at", "2026-10-12", *options), "register")


def test_register_with_moved_and_provisional_days(desk: Desk) -> None:
    line = ("register", "--name", "李四", "--about", "事", "--at", "2026-12-25", "--as-of", "2026-12-25")
    answer = asked(desk, *line)
    check(answer, "register")
    assert answer["deadlines"][0]["provisional"] is True


def test_register_many(desk: Desk, tmp_path: Path) -> None:
    names = tmp_path / "名单.csv"
    names.write_text("姓名,情况,电话\n甲,事一,\n乙,事二,12\n", encoding="utf-8")
    tried = asked(desk, "register", "--from", str(names), "--dry-run", code=1)
    check(tried, "register-bulk")
    assert (tried["dry_run"], tried["count"], tried["accepted"]) == (True, 0, 1)
    done = asked(desk, "register", "--from", str(names), code=1)
    check(done, "register-bulk")
    assert (done["dry_run"], done["count"], [r["row"] for r in done["rejected"]]) == (False, 1, [3])


def test_a_queued_answer_is_still_an_answer(busy: Desk) -> None:
    owner = busy.book.with_name(f".~{busy.book.name}")
    owner.touch()
    registered = asked(busy, "register", "--name", "丙", "--about", "事", code=4)
    check(registered, "register")
    assert (registered["saved"], registered["row"]) == ("queued", None)
    noted = asked(busy, "note", registered["case_no"], "--note", "再说一句", code=4)
    check(noted, "step")
    check(asked(busy, "list"), "list")
    morning = asked(busy, "overdue")
    check(morning, "overdue")
    assert morning["outbox"] == 2
    owner.unlink()


def test_steps(busy: Desk) -> None:
    for line in (
        ("feedback", "2026101301", "--text", "已核实"),
        ("reply", "2026101401", "--text", "已说明原因"),
        ("resolve", "2026101401", "--result", "按规定不能办", "--outcome", "不能办理", "--reported-to", "中心"),
        ("resolve", "2026101501", "--result", "等研判", "--outcome", "暂时无法解决"),
        ("resolve", "2026101301", "--result", "转信访", "--outcome", "转信访"),
        ("note", "2026101501", "--note", "补一句"),
    ):
        check(asked(busy, *line), "step")
    check(asked(busy, "list", "--full"), "list")
    check(asked(busy, "show", "2026101401"), "show")
    check(asked(busy, "show", "2026101401", "--as-of", "2026-10-20"), "show")


@pytest.mark.parametrize("day", ["2026-10-14", "2026-10-19", "2026-10-30"])
def test_overdue(busy: Desk, day: str) -> None:
    answer = asked(busy, "overdue", "--as-of", day, "--within", "5")
    check(answer, "overdue")
    assert any(answer[light] for light in ("overdue", "due_today", "due_soon"))


def test_overdue_with_duties_and_a_warning(new_desk: Callable[..., Desk]) -> None:
    answer = asked(new_desk("linxian", "2026-11-02"), "overdue")
    check(answer, "overdue")
    assert answer["duties"]
    assert answer["calendar_warning"]


def test_empty_answers(desk: Desk) -> None:
    for line, name in ((("list",), "list"), (("overdue",), "overdue"), (("report", "--month", "2026-10"), "report")):
        check(asked(desk, *line), name)


def test_explain(busy: Desk) -> None:
    for no in ("2026101201", "2026101301", "2026101401", "2026101501"):
        check(asked(busy, "explain", no), "explain")
    registered = busy.register("2026-10-16 09:00", unit="社保", tier="一级")
    answer = asked(busy, "explain", registered["case_no"])
    check(answer, "explain")
    assert answer["replaced"]


@pytest.mark.parametrize("limit", ["5工作日", "3日", "1个月", "24小时", "当日下班前"])
def test_deadline(tmp_path: Path, limit: str) -> None:
    check(asked(Desk(tmp_path / "没有"), "deadline", "2026-09-28", limit), "deadline")


def test_deadline_paused_and_extended(tmp_path: Path) -> None:
    line = ("deadline", "2026-08-10", "5工作日", "--pause", "2026-08-12..2026-08-14", "--extend", "5工作日")
    answer = asked(Desk(tmp_path / "没有"), *line)
    check(answer, "deadline")
    assert answer["base_due_on"]


def test_a_limit_that_has_not_begun(desk: Desk) -> None:
    no = desk.register("2026-10-12 09:00", tier="二级")["case_no"]
    answer = asked(desk, "explain", no)
    check(answer, "explain")
    assert [waiting["start_event"] for waiting in answer["waiting"]] == ["交办"]


def test_limits_of_a_county_that_answers_on_the_spot(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan", "2026-10-30")
    line = ("register", "--name", "李四", "--about", "事", "--unit", "司法局", "--at", "2026-10-29 09:30")
    answer = asked(desk, *line)
    check(answer, "register")
    assert answer["deadlines"][0]["policies"]
    for look in ("list", "overdue"):
        check(asked(desk, look), look)
    for name, schema in (("show", "show"), ("explain", "explain")):
        check(asked(desk, name, answer["case_no"]), schema)


@pytest.fixture
def december(desk: Desk, tmp_path: Path) -> Desk:
    """A desk with one case that the coming notice moves, one that it settles, and the notice beside the workspace."""
    desk.day = "2026-12-30"
    desk.register("2026-12-25 09:00")
    desk.register("2026-12-24 09:00", tier="一级")
    (tmp_path / "2027.txt").write_text(NOTICE_2027, encoding="utf-8")
    return desk


def test_loading_a_notice(december: Desk, tmp_path: Path) -> None:
    line = ("calendar", "import", str(tmp_path / "2027.txt"))
    tried = asked(december, *line, "--dry-run")
    check(tried, "calendar-import")
    assert (tried["dry_run"], tried["saved"]) == (True, None)
    done = asked(december, *line)
    check(done, "calendar-import")
    assert (len(done["moved"]), len(done["confirmed"]), done["saved"]) == (1, 1, "written")
    assert done["confirmed"][0]["from_provisional"] is True
    again = asked(december, *line)
    check(again, "calendar-import")
    assert (again["is_new"], again["moved"], again["saved"]) == (False, [], None)
    shown = asked(december, "show", done["moved"][0]["case_no"])
    check(shown, "show")
    assert shown["steps"][-1]["step"] == "日历调整"
    explained = asked(december, "explain", done["moved"][0]["case_no"])
    check(explained, "explain")
    assert any(day["source"] for day in explained["clocks"][0]["trail"])


def test_a_notice_tried_without_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "2027.txt").write_text(NOTICE_2027, encoding="utf-8")
    line = ("calendar", "import", str(tmp_path / "2027.txt"), "--dry-run", "-w", str(tmp_path))
    check(asked(Desk(tmp_path / "没有"), *line), "calendar-import")


def test_the_calendar(december: Desk, tmp_path: Path) -> None:
    for line in (("status",), ("show", "2026"), ("show", "2027"), ("show", "2003"), ("diff",)):
        check(asked(december, "calendar", *line), f"calendar-{line[0]}")
    asked(december, "calendar", "import", str(tmp_path / "2027.txt"))
    _rest_on(december, "2027-01-05")
    status = asked(december, "calendar", "status")
    check(status, "calendar-status")
    assert (status["last_published"], [layer["kind"] for layer in status["layers"]]) == (2027, ["annual", "regional"])
    for line in (("show", "2027"), ("diff",)):
        check(asked(december, "calendar", *line), f"calendar-{line[0]}")
    assert asked(december, "calendar", "diff")["count"]


def test_the_feed(busy: Desk, tmp_path: Path) -> None:
    written = asked(busy, "calendar", "feed")
    check(written, "calendar-feed")
    assert (written["file"], written["changed"], written["cancelled"]) == ("日历/订阅.ics", True, 0)
    assert written["events"]
    busy.ask("resolve", "2026101201", "--result", "已办好")
    again = asked(busy, "calendar", "feed", "--ledger", "window", "-o", str(tmp_path / "我的.ics"))
    check(again, "calendar-feed")
    assert again["cancelled"]


def test_recount(december: Desk) -> None:
    agreed = asked(december, "recount")
    check(agreed, "recount")
    assert agreed["count"] == 0
    _rest_on(december, "2026-12-31")
    listed = asked(december, "recount")
    check(listed, "recount")
    assert (listed["count"], listed["issued"], listed["saved"]) == (2, False, None)
    owner = december.book.with_name(f".~{december.book.name}")
    owner.touch()
    waiting = asked(december, "recount", "--issue", code=4)
    check(waiting, "recount")
    assert (waiting["count"], waiting["saved"]) == (2, "queued")
    owner.unlink()
    check(asked(december, "recount", "--issue", "--ledger", "window"), "recount")


def _rest_on(desk: Desk, day: str) -> None:
    config = desk.folder / "zmn.toml"
    text = config.read_text(encoding="utf-8")
    table = next(line for line in text.splitlines() if line.startswith("[calendar.rest]"))
    config.write_text(text.replace(table, f'{table}\n{day} = "停电停业"'), encoding="utf-8")


@pytest.mark.parametrize("locality", ["neixiang", "linxian", "xiangtan", "beilin", "jingbian"])
def test_rules_and_localities(new_desk: Callable[..., Desk], locality: str) -> None:
    desk = new_desk(locality, "2026-10-30")
    check(asked(desk, "rules"), "rules")
    check(asked(desk, "rules", "--ledger", asked(desk, "rules")["rules"][0]["ledger"]), "rules")
    check(asked(desk, "locality", "list"), "locality-list")
    check(asked(desk, "locality", "show", locality), "locality-show")
    check(asked(desk, "locality", "check", locality), "locality-check")
    for day in ("2026-09-18", "2026-12-21"):
        check(asked(desk, "overdue", "--as-of", day), "overdue")


def test_a_new_county(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "没有")
    begun = asked(desk, "locality", "new", str(tmp_path / "yunxi"), "--from", "neixiang", "--name", "云溪县")
    check(begun, "locality-new")
    checked = asked(desk, "locality", "check", str(tmp_path / "yunxi"), code=1)
    check(checked, "locality-check")
    assert checked["count"] == begun["left"] > 0


def test_report_and_form(busy: Desk) -> None:
    check(asked(busy, "form", "2026101201"), "form")
    check(asked(busy, "form", "--list"), "form")
    first = asked(busy, "report", "--month", "2026-10")
    check(first, "report")
    assert (busy.folder / first["files"][0]).exists()
    busy.register("2026-10-16 10:00")
    again = asked(busy, "report", "--month", "2026-10", "--correction")
    check(again, "report")
    assert again["correction"] == 1


def test_a_roll_up(busy: Desk, tmp_path: Path) -> None:
    broken = busy.folder / "收到的" / "坏的.xlsx"
    broken.parent.mkdir()
    broken.write_bytes(b"no book")
    copy = busy.folder / "收到的" / "拷来的.xlsx"
    copy.write_bytes(busy.book.read_bytes())
    answer = asked(busy, "rollup", str(busy.folder), "--month", "2026-10", "--out", str(tmp_path / "a.xlsx"), code=1)
    check(answer, "rollup")
    assert [len(answer[name]) for name in ("failed", "ledgers")] == [1, 2]
    assert len(answer["duplicates"]["books"]) == 1
    nothing = asked(busy, "rollup", str(broken), "--out", str(tmp_path / "b.xlsx"), code=1)
    check(nothing, "rollup")


@pytest.mark.parametrize("line", [(), ("--month", "2026-08"), ("--quarter", "2026Q3"), ("--duty", "assessment-data")])
def test_report_on_activities(new_desk: Callable[..., Desk], line: tuple[str, ...]) -> None:
    desk = new_desk("beilin", "2026-09-22")
    field = FieldDesk(desk)
    field.hold("2026-08-11", "区教育局", items=("教师资格认定",))
    field.find("2026-08-11", "区教育局", "告知单缺少样表")
    check(asked(desk, "report", *line), "report-activities")


def test_hand_ins(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-11-03")
    desk.register("2026-10-12 09:00", ledger="window")
    check(asked(desk, "duties", "--all"), "duties")
    check(asked(desk, "overdue"), "overdue")
    for duty in ("hard-cases", "officer-list", "site-list"):
        check(asked(desk, "report", "--duty", duty), "report-list")
    check(asked(desk, "report", "--duty", "hotline-ledger"), "report")
    check(asked(desk, "duties", "done", "hard-cases", "--period", "2026-10"), "duties-done")
    check(asked(desk, "duties", "done", "hard-cases", "--take-back"), "duties-done")
    beilin = new_desk("beilin", "2026-09-18", folder="碑林")
    FieldDesk(beilin).find("2026-08-11", "区教育局", "告知单缺少样表")
    for duty in ("three-lists", "plan-and-unit-list"):
        check(asked(beilin, "report", "--duty", duty), "report-list")


def typed_in_wps(desk: Desk, **typed: object) -> None:
    """Type into cells of the ledger's sheet, such as ``I3=…``; the next command that writes takes it in."""
    opened = openpyxl.load_workbook(desk.book)
    for cell, value in typed.items():
        opened.worksheets[0][cell] = value
    opened.save(desk.book)
    asked(desk, "book", "replay")


def test_undo(busy: Desk, tmp_path: Path) -> None:
    busy.ask("note", "2026101201", "--note", "记错了")
    undone = asked(busy, "undo")
    check(undone, "undo")
    assert (undone["undone"], undone["cases"]) == ("备注", ["2026101201"])
    names = tmp_path / "名单.csv"
    names.write_text("姓名,情况\n甲,事一\n乙,事二\n", encoding="utf-8")
    batch = asked(busy, "register", "--from", str(names))["batch"]
    undone = asked(busy, "undo", "--batch", batch)
    check(undone, "undo")
    assert (undone["op"], undone["count"]) == (batch, 2)


def test_importing_work_orders(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = new_desk("linxian", "2026-10-30")
    line = ("import", str(write_csv(tmp_path / "工单.csv", [THIN, thin_row(1), thin_row(2)])), "--ledger", "hotline")
    tried = asked(desk, *line, "--dry-run")
    check(tried, "import")
    assert (tried["new"], tried["registered"], tried["batch"], tried["mapping"]["proposed"]) == (2, 0, None, True)
    done = asked(desk, *line, "--mapping", "12345-thin")
    check(done, "import")
    assert (done["registered"], done["saved"], done["mapping"]["proposed"]) == (2, "written", False)
    write_csv(
        tmp_path / "工单.csv", [THIN, thin_row(1), thin_row(2, title="另一个标题"), ["3", "4.1E+17"], ["合计", "3"]]
    )
    again = asked(desk, *line, "--mapping", "12345-thin", code=1)
    check(again, "import")
    assert (again["new"], again["known"], again["changed"], len(again["rejected"])) == (0, 1, 1, 1)
    assert [i["row"] for i in again["ignored"]] == [5]


def test_what_people_changed(busy: Desk) -> None:
    check(asked(busy, "check"), "check")
    typed_in_wps(busy, R3="已办结", E3="13800138001", B4="2026101309")
    found = asked(busy, "check", code=1)
    check(found, "check")
    assert {f["code"] for f in found["findings"]} == {"derived_changed", "key_changed"}
    for line in (("--adopt", "2026101201", "--basis", "股长同意"), ("--restore", "2026101301")):
        settled = asked(busy, "check", *line)
        check(settled, "check-settled")
        assert (settled["count"], settled["saved"]) == (1, "written")
    for line in (("show", "2026101201"), ("list",)):
        check(asked(busy, *line), line[0])
    events = asked(busy, "book", "history", "2026101201")
    check(events, "book-history-case")
    assert any(
        change["field"] == "phone" and "*" in change["now"] for e in events["events"] for change in e["changes"]
    )


def test_doctor(busy: Desk) -> None:
    fine = asked(busy, "doctor")
    check(fine, "doctor")
    assert fine["count"] == 0
    assert min(fine["bytes"].values()) > 0
    busy.book.with_name(f"{busy.book.stem}(1).xlsx").write_bytes(busy.book.read_bytes())
    ill = asked(busy, "doctor", code=1)
    check(ill, "doctor")
    assert [f["code"] for f in ill["findings"]] == ["conflict_copy"]
    (busy.folder / "zmn.toml").write_text("locality = 1\n", encoding="utf-8")
    blind = asked(busy, "doctor", code=1)
    check(blind, "doctor")
    assert blind["bytes"] is None


def test_books_and_their_history(busy: Desk) -> None:
    for line in ("list", "history", "verify", "upgrade"):
        check(asked(busy, "book", line), f"book-{line}")
    first, *_, last = (r["revision"] for r in asked(busy, "book", "history")["revisions"])
    differing = asked(busy, "book", "diff", str(first), str(last))
    check(differing, "book-diff")
    assert {d["sort"] for d in differing["differences"]} == {"row_new", "line_new"}
    restored = asked(busy, "book", "restore", str(first), "--yes")
    check(restored, "book-restore")
    assert (restored["restored"], restored["exact"]) == (first, True)
    after = asked(busy, "book", "history")
    check(after, "book-history")
    assert after["revisions"][-1]["revision"] == restored["revision"]
    typed_in_wps(busy, R3="已办结")
    asked(busy, "check", code=1)
    for line in ((), ("2026101201",)):
        check(asked(busy, "book", "history", *line), "book-history-case" if line else "book-history")
    differing = asked(busy, "book", "diff", str(restored["revision"]))
    check(differing, "book-diff")
    assert [(d["sort"], d["row"], d["now"]) for d in differing["differences"]] == [("cell", 3, "已办结")]


def test_what_waits(busy: Desk) -> None:
    nothing = asked(busy, "book", "replay")
    check(nothing, "book-replay")
    assert nothing["count"] == 0
    owner = busy.book.with_name(f".~{busy.book.name}")
    owner.touch()
    asked(busy, "note", "2026101201", "--note", "等着", code=4)
    waiting = asked(busy, "book", "replay", code=4)
    check(waiting, "book-replay")
    assert [w["disputed"] for w in waiting["waiting"]] == [False]
    opened = asked(busy, "book", "list")
    check(opened, "book-list")
    assert opened["books"][0]["open_by"] == "WPS"
    forced = asked(busy, "book", "replay", "--force", "--yes")
    check(forced, "book-replay")
    assert (forced["settled"], forced["count"]) == (["2026101201"], 0)


def test_taking_over_a_book(desk: Desk, new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk.register("2026-10-12 09:00", unit="社保")
    theirs = openpyxl.load_workbook(desk.book)
    sheet = theirs.worksheets[0]
    sheet.delete_cols(17, sheet.max_column)
    sheet["B3"] = None
    sheet["C4"], sheet["D4"], sheet["F4"] = "上个月", "李四", "另一件事"
    for other in theirs.sheetnames[1:]:
        del theirs[other]
    theirs.save(tmp_path / "旧台账.xlsx")
    other = new_desk("neixiang", "2026-10-30", folder="另一台")
    tried = asked(other, "book", "adopt", str(tmp_path / "旧台账.xlsx"), "--dry-run", code=1)
    check(tried, "book-adopt")
    assert (tried["saved"], tried["revision"]) == (None, None)
    done = asked(other, "book", "adopt", str(tmp_path / "旧台账.xlsx"), code=1)
    check(done, "book-adopt")
    assert (done["numbered"], [s["row"] for s in done["skipped"]]) == (["2026101201"], [4])


def test_init(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "新台")
    check(asked(desk, "init", str(desk.folder), "--locality", "neixiang"), "init")


def test_demo(tmp_path: Path) -> None:
    check(asked(Desk(tmp_path / "没有"), "demo", str(tmp_path / "演示")), "demo")


def test_errors(busy: Desk, tmp_path: Path) -> None:
    codes = {kind.code for kind in _tree(errors.ZmnError)} - {"error"}
    assert set(SCHEMAS["error"]["properties"]["error"]["properties"]["code"]["enum"]) == codes
    (tmp_path / "假.xlsx").write_text("甲,乙\n1,2\n", encoding="utf-8")
    (tmp_path / "错.txt").write_text(NOTICE_2027.replace("1月1日（周五）", "1月1日（周四）"), encoding="utf-8")
    busy.ask("resolve", "2026101201", "--result", "好")
    wrong: dict[tuple[str, ...], tuple[int, str]] = {
        ("register",): (2, "missing_values"),
        ("register", "--name", "甲", "--about", "事", "--at", "不知道"): (2, "bad_value"),
        ("register", "--from", str(tmp_path / "假.xlsx")): (5, "unreadable_file"),
        ("calendar", "import", str(tmp_path / "错.txt")): (5, "notice"),
        ("show", "404"): (2, "unknown_case"),
        ("resolve", "2026101201", "--result", "再办"): (6, "refused_by_rule"),
        ("deadline", "2026-12-25", "5工作日", "--strict-calendar"): (3, "calendar_not_published"),
        ("nonsense",): (2, "bad_value"),
        ("show",): (2, "bad_value"),
    }
    for line, (code, name) in wrong.items():
        answer: Answer = busy.type(*line, "--json")
        assert (answer.code, answer.out) == (code, ""), line
        told = json.loads(answer.err)
        check(told, "error")
        assert told["error"]["code"] == name, line
    outside = Desk(tmp_path / "别处").type("list", "-w", str(tmp_path), "--json")
    assert (outside.code, outside.error["code"]) == (2, "workspace")


def _tree(kind: type[errors.ZmnError]) -> set[type[errors.ZmnError]]:
    return {kind}.union(*(_tree(inner) for inner in kind.__subclasses__()))
