"""The documents say what the program does: every command, option and exit code, and no place of one machine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_import_table import COUNTING, RULES, TABLE, VALUES
from zhuomuniao import errors
from zhuomuniao.cli import COMMANDS, _build, build_app
from zhuomuniao.layouts import load_layout
from zhuomuniao.lifecycle import STEP_RULES, StepRule
from zhuomuniao.model import Act, Status
from zhuomuniao.rulefile import load_locality
from zhuomuniao.rules import LedgerSpec, RuleSet
from zhuomuniao.store.disputes import DisputeCode
from zhuomuniao.usecases.doctoring import _ADVICE

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "操作手册.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROMISES = (ROOT / "docs" / "可靠性.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
PAGES = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/操作手册.md",
    "docs/制度对照.md",
    "docs/可靠性.md",
    "docs/ARCHITECTURE.md",
    "docs/新增区县.md",
    "docs/DECISIONS.md",
]

# Spelt in parts, so that this file does not find itself.
MACHINE_PATHS = re.compile("|".join([r"(?<![\w.])/" + r"work/", r"(?<![\w.])/" + r"root/", r"(?<![\w.])/" + r"tmp/"]))
REGISTRY_HOSTS = re.compile("|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "tuna" + r"\.tsinghua",
                                      "mirrors" + r"\.aliyun", "index" + "-url"]))  # fmt: skip


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next one of its level."""
    found = re.search(rf"^(#+) {re.escape(title)}$(.*?)(?=^\1 |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {title}"
    return found[2]


def rows(text: str) -> dict[str, str]:
    """The lines of a page's tables by their first cell."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    return {cells[0].strip(): "|".join(cells[1:]) for cells in lines}


RESTS_ON = {
    "": "",
    "asks_assignment": "通知规定交办",
    "asks_signature": "通知规定签收",
    "[[returns]]": "通知规定退回",
    "响应级别的代码表": "通知分了级别",
    "[[pauses]]": "通知规定暂停",
    "[[extensions]]": "通知规定延期",
    "一事一议的 [[clocks]]": "一事一议的时限",
    "restarts_on": "从受理决定起算的时限",
    "结果类别的代码表、[[demands]]": "结果类别；通知要求写明的",
    "asks_verification": "通知规定核查",
    "[[visits]]": "通知规定回访",
    "[[visits]] 的 redo_when": "通知规定的发回重办；也可由人定",
    "[[ladders]]": "通知的催办、督办、问责",
    "step = 通报 的 [[demands]]": "通知要求写明的",
    "[[meetings]]": "通知规定的会议",
    "act = 备案 的 [[clocks]]": "通知规定的备案时限",
    "整改方式的代码表": "通知分立行立改、整改计划",
    "act = 整改 的 [[clocks]]": "整改计划的完成时限",
    "act = 回头看 的 [[clocks]]": "通知要求的回头看",
}
"""What a step rests on, as the manual says it to a clerk."""


def step_table() -> str:
    """The 环节表 of the manual, from the table of steps; columns by their headers in 内乡县 and 碑林区."""
    shown = ("beilin/layouts/issues", "beilin/layouts/activity", "neixiang/layouts/window")
    layouts = [load_layout(ROOT / "data" / "localities" / f"{path}.toml") for path in shown]
    headers = {column.field: column.header for layout in layouts for column in layout.columns}

    def statuses(rule: StepRule) -> str:
        left_out = [s for s in Status if s not in rule.allowed_from]
        if len(left_out) < 2:
            return f"{'、'.join(left_out)}以外" if left_out else "任何状态"
        return "、".join(s for s in Status if s in rule.allowed_from)

    def line(rule: StepRule) -> str:
        cells = (
            rule.kind.value, f"`{rule.command}`", statuses(rule), "、".join(rule.leads_to) or "不变",
            "、".join(headers[name] for name in rule.columns), "、".join(rule.ends), RESTS_ON[rule.rests_on],
        )  # fmt: skip
        return f"| {' | '.join(cell or '—' for cell in cells)} |"

    head = ["| 环节 | 命令 | 从哪些状态 | 到 | 写哪些栏 | 停哪些时限 | 依据 |", "|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *map(line, STEP_RULES.values())])


def options_of(command: Any) -> set[str]:
    return {name for param in command.params for name in (*param.opts, *param.secondary_opts) if name[0] == "-"}


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_command_and_alias_is_in_the_manual(row: Any) -> None:
    table = rows(section(MANUAL, "全部命令"))
    assert f"`{row.name}`" in table
    assert f"`{row.alias}`" in table[f"`{row.name}`"]
    assert MANUAL.count(f"`{row.name}`") + MANUAL.count(f"zmn {row.name} ") >= 2, "also where it is explained"


def test_the_manual_lists_no_command_that_is_none() -> None:
    table = rows(section(MANUAL, "全部命令"))
    assert set(table) - {"命令", "---"} == {f"`{row.name}`" for row in COMMANDS}


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_option_is_in_the_manual(row: Any) -> None:
    """A command's own options stand in its row of the last table, exactly; the global ones in the table before."""
    listed = rows(section(MANUAL, "命令和选项一览"))
    everywhere = {name for param in build_app().params for name in param.opts} | {"-h", "--help"}
    own = options_of(_build(row)) - everywhere
    (line,) = [cells for first, cells in listed.items() if first.split(" ")[0] == f"`{row.name}`".split(" ")[0]
               and first.startswith(f"`{row.name}`")]  # fmt: skip
    assert set(re.findall(r"`(--?[a-z-]+)`", line)) == own


def test_the_table_of_steps_is_the_one_the_program_goes_by() -> None:
    lines = section(MANUAL, "环节表").splitlines()
    told = "\n".join(line for line in lines if line.startswith("|"))
    assert told == step_table(), f"under “环节表” should stand:\n{step_table()}\n"


def test_every_step_has_its_command_and_every_command_of_a_step_its_rule() -> None:
    rooms = {f"zhuomuniao.commands.{room}" for room in ("steps", "escalate", "meeting")}
    of_steps = {row.name for row in COMMANDS if row.target.partition(":")[0] in rooms}
    assert len(of_steps) > 20
    commands = {rule.command for rule in STEP_RULES.values()}
    assert of_steps <= commands <= {row.name for row in COMMANDS}
    assert commands - of_steps == {"activity file", "issue measure", "issue clear", "issue look-back"}
    assert all(kind is rule.kind for kind, rule in STEP_RULES.items())


def test_every_step_is_told_of_in_the_manual_by_task() -> None:
    """Beside the tables: each command of a step is shown as it is typed, in the text of its task."""
    tasks = MANUAL[: MANUAL.index("## 环节表")]
    missing = [rule.command for rule in STEP_RULES.values() if f"zmn {rule.command}" not in tasks]
    assert missing == []


def test_the_picture_of_a_case_shows_every_way_there_is() -> None:
    picture = section(MANUAL, "一件事项怎么走") + section(MANUAL, "一次活动、一条问题怎么走")
    assert [s for s in Status if s not in picture] == []
    by_command = {rule.command: rule for rule in STEP_RULES.values()}
    told: dict[str, set[str]] = {}
    way = r"^(\S+) ─+ ([a-z-]+(?: [a-z-]+)?) .*? ─+→ ([^（\n]+)"
    for starts, command, goal in re.findall(way, picture, re.MULTILINE):
        rule = by_command[command]
        assert set(starts.split("、")) <= rule.allowed_from, f"{command} is not taken from {starts}"
        told.setdefault(command, set()).update(rule.leads_to if goal == "原来的状态" else {goal})
    # Found untrue or told unfit, a matter is sent back with a second line, 发回重办.
    sent_back = {"verify": {*by_command["redo"].leads_to}, "visit": {*by_command["redo"].leads_to}}
    expected = {c: {*r.leads_to} | sent_back.get(c, set()) for c, r in by_command.items() if r.leads_to}
    expected["verify"].remove(Status.RESOLVED)  # only where nobody visits: none of the five counties
    assert told == expected


STEPS_OF_COUNTIES: dict[str, Callable[[LedgerSpec, RuleSet], bool]] = {
    "交办、反馈、答复、办结": lambda spec, _: spec.asks_assignment,
    "签收、退回": lambda spec, rules: spec.asks_signature and any(r.ledger == spec.id for r in rules.returns),
    "延期": lambda spec, rules: any(r.ledger == spec.id for r in rules.extensions),
    "提级": lambda spec, rules: rules.code_list(spec.id, "tier") is not None,
    "定期限（一事一议）": lambda spec, rules: any(
        r.ledger == spec.id and r.act is Act.RESOLVE and r.limit is None for r in rules.clocks
    ),
    "会议": lambda spec, rules: any(r.ledger == spec.id for r in rules.meetings),
    "核查": lambda spec, _: spec.asks_verification,
    "回访": lambda spec, rules: spec.asks_revisit and rules.visit_rule(spec.id) is not None,
    "催办、督办": lambda spec, rules: any(r.ledger == spec.id for r in rules.ladders),
    "问责移送": lambda spec, rules: any(
        r.ledger == spec.id and rung.name == "问责" for r in rules.ladders for rung in r.rungs
    ),
    "暂停、受理决定": lambda spec, rules: any(r.ledger == spec.id for r in rules.pauses),
}


def test_which_county_has_which_step() -> None:
    """A dash in the manual's table is a step the notice does not have, and nothing else is a dash."""
    table = rows(section(MANUAL, "各区县用得到哪些环节"))
    del table["环节"]
    assert list(table) == list(STEPS_OF_COUNTIES)
    columns = [
        ("neixiang", "window"), ("xiangtan", "window"),
        ("linxian", "window"), ("linxian", "hotline"), ("linxian", "officer"),
    ]  # fmt: skip
    for step, cells in table.items():
        told = [cell.strip() != "—" for cell in cells.split("|")]
        for (slug, ledger), has_it in zip(columns, told, strict=True):
            locality = load_locality(ROOT / "data" / "localities" / slug, ROOT / "data" / "policies.toml").locality
            rules = locality.rules_on(date(2026, 11, 20))
            assert STEPS_OF_COUNTIES[step](locality.ledger(ledger), rules) == has_it, f"{slug} {ledger}: {step}"


def test_every_global_option_is_in_the_manual() -> None:
    text = section(MANUAL, "命令和选项一览")
    for option in {name for param in build_app().params for name in param.opts} | {"-h", "--help"}:
        assert f"`{option}`" in text, option


def test_every_exit_code_is_in_the_manual() -> None:
    kinds, found = [errors.ZmnError], {0, 1, 130}
    while kinds:
        kind = kinds.pop()
        found.add(kind.exit_code)
        kinds += kind.__subclasses__()
    assert len(found) > 9
    listed = {int(code) for code in rows(section(MANUAL, "出错了怎么办")) if code.isdigit()}
    assert listed == found


def test_every_policy_is_in_the_manual() -> None:
    import tomllib

    policies = tomllib.loads((ROOT / "data" / "policies.toml").read_text(encoding="utf-8"))
    assert {name.strip("`") for name in rows(section(MANUAL, "每一条口径")) if name[0] == "`"} == set(policies)


def test_every_list_heading_that_is_read_is_in_the_manual() -> None:
    from zhuomuniao.importing.registrations import _FIELD_WORDS

    text = section(MANUAL, "成批登记")
    missing = [word for words in _FIELD_WORDS.values() for word in words if not word.isascii() if word not in text]
    assert missing == []


def test_every_finding_is_in_the_manual() -> None:
    """What check, doctor and officer check may find, and no more, stands with its remedy in the table of 体检."""
    codes = {*_ADVICE, *DisputeCode}
    of_rosters = (ROOT / "zhuomuniao" / "usecases" / "rosterviews.py").read_text(encoding="utf-8")
    found = set(re.findall(r'\.add\(\s*"(\w+)"', of_rosters))
    assert len(found) > 9
    codes |= found
    for path in (ROOT / "zhuomuniao").rglob("*.py"):
        codes |= set(re.findall(r'Finding\(\s*"(\w+)"', path.read_text(encoding="utf-8")))
    table = rows(section(MANUAL, "出毛病了：体检"))
    told = [code for first in table for code in re.findall(r"`(\w+)`", first)]
    assert sorted(told) == sorted(codes)
    assert len(told) > 25


def test_every_promise_names_a_test_that_exists() -> None:
    promised = re.findall(r"^\| (.*) \|$", section(PROMISES, "承诺"), re.MULTILINE)
    promised = [line for line in promised if not line.startswith("承诺 |")]
    assert len(promised) > 40
    assert [line for line in promised if "::test_" not in line] == []
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PROMISES)
    assert PROMISES.count("::test_") == len(named)
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or f"\ndef {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []
    assert "待填" not in PROMISES


def test_every_module_of_the_store_has_its_place_in_the_architecture() -> None:
    told = [name for first in rows(section(ARCHITECTURE, "Rooms")) for name in re.findall(r"`(\w+)`", first)]
    there = {path.stem for path in (ROOT / "zhuomuniao" / "store").glob("*.py")} - {"__init__"}
    assert sorted(told) == sorted(there)


def test_the_readme_tells_how_to_test() -> None:
    assert "```sh\nmake test\n```" in README
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    path = ROOT / page
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.M)
    }
    links = re.findall(r"\]\(([^)]+)\)", text)
    for link in links:
        assert not link.startswith("http"), link
        target, _, anchor = link.partition("#")
        assert not target or (path.parent / target).exists(), link
        assert not anchor or target or anchor in headings, link


def test_commands_that_are_shown_are_commands() -> None:
    known = {word for row in COMMANDS for word in (row.name.split()[0], row.alias.split()[0])}
    shown = set(re.findall(r"(?:^|`)zmn ([a-z\u4e00-\u9fff]+)", README, re.MULTILINE))
    assert shown >= {"register", "overdue", "report", "登记", "逾期", "月报"}
    assert shown - known == set()
    assert set(re.findall(r"(?:^|`|\$ )zmn ([a-z][a-z-]*)", MANUAL, re.MULTILINE)) - known == set()


def test_the_import_table_is_the_one_that_is_tested() -> None:
    text = section(ARCHITECTURE, "Who may import whom")
    told: dict[str, set[str]] = {}
    for room, allowed in rows(text).items():
        if room[0] == "`":
            words = {word.strip(" `") for word in allowed.strip(" |").split(",")} - {"–"}
            groups = {"values": VALUES, "rule values": RULES, "all counting": COUNTING}
            rooms = [groups.get(word, {word}) for word in words]
            told[room.strip("`")] = set().union(*rooms) - {room.strip("`")}
    assert told == {room: allowed - {room} for room, allowed in TABLE.items()}


def test_no_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("no git here: nothing says which files are committed")
    looked, found = 0, []
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        looked += 1
        for number, line in enumerate(text.splitlines(), start=1):
            if MACHINE_PATHS.search(line) or REGISTRY_HOSTS.search(line):
                found.append(f"{name}:{number}")
    assert looked > 100
    assert found == []
