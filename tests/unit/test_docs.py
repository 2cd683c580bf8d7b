"""The documents say what the program does: every command, option and exit code, and no place of one machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_import_table import COUNTING, RULES, TABLE, VALUES
from zhuomuniao import errors
from zhuomuniao.cli import COMMANDS, _build, build_app
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
    """What check and doctor may find, and nothing else, stands with its remedy in the table of 体检."""
    codes = {*_ADVICE, *DisputeCode}
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
    assert set(re.findall(r"(?:^|`|\$ )zmn ([a-z]+)", MANUAL, re.MULTILINE)) - known == set()


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
