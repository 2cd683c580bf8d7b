"""What ``--json`` answers is what docs/json/ promises, key for key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing

from tests.desk import Answer, Desk
from zhuomuniao import errors
from zhuomuniao.cli import COMMANDS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "json"
SCHEMAS: dict[str, Any] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")}

SCHEMA_OF = {
    "register": "register", "overdue": "overdue", "list": "list", "show": "show",
    "feedback": "step", "reply": "step", "resolve": "step", "note": "step",
    "explain": "explain", "deadline": "deadline", "form": "form", "report": "report", "rules": "rules",
    "locality list": "locality-list", "locality show": "locality-show", "init": "init", "demo": "demo",
}  # fmt: skip


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
    named = {*SCHEMA_OF.values(), "register-bulk", "error", "common"}
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


@pytest.mark.parametrize("limit", ["5工作日", "3日", "1个月"])
def test_deadline(tmp_path: Path, limit: str) -> None:
    check(asked(Desk(tmp_path / "没有"), "deadline", "2026-09-28", limit), "deadline")


@pytest.mark.parametrize("locality", ["neixiang", "linxian"])
def test_rules_and_localities(new_desk: Callable[..., Desk], locality: str) -> None:
    desk = new_desk(locality, "2026-10-30")
    check(asked(desk, "rules"), "rules")
    check(asked(desk, "rules", "--ledger", "window"), "rules")
    check(asked(desk, "locality", "list"), "locality-list")
    check(asked(desk, "locality", "show", locality), "locality-show")


def test_report_and_form(busy: Desk) -> None:
    check(asked(busy, "form", "2026101201"), "form")
    first = asked(busy, "report", "--month", "2026-10")
    check(first, "report")
    assert (busy.folder / first["files"][0]).exists()
    busy.register("2026-10-16 10:00")
    again = asked(busy, "report", "--month", "2026-10")
    check(again, "report")
    assert again["correction"] == 1


def test_init(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "新台")
    check(asked(desk, "init", str(desk.folder), "--locality", "neixiang"), "init")


def test_demo(tmp_path: Path) -> None:
    check(asked(Desk(tmp_path / "没有"), "demo", str(tmp_path / "演示")), "demo")


def test_errors(busy: Desk, tmp_path: Path) -> None:
    codes = {kind.code for kind in _tree(errors.ZmnError)} - {"error"}
    assert set(SCHEMAS["error"]["properties"]["error"]["properties"]["code"]["enum"]) == codes
    (tmp_path / "假.xlsx").write_text("甲,乙\n1,2\n", encoding="utf-8")
    busy.ask("resolve", "2026101201", "--result", "好")
    wrong: dict[tuple[str, ...], tuple[int, str]] = {
        ("register",): (2, "missing_values"),
        ("register", "--name", "甲", "--about", "事", "--at", "不知道"): (2, "bad_value"),
        ("register", "--from", str(tmp_path / "假.xlsx")): (5, "unreadable_file"),
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
