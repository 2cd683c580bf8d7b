"""What the commands load that nobody wants to wait for: the lists in tests/golden/startup.json, and nothing else.

A module that joins a list is a decision; ``ZMN_UPDATE_GOLDEN=1`` writes the lists anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.bigbook import AS_OF, build

GOLDEN = Path(__file__).parents[1] / "golden" / "startup.json"
LATER = "2100-12-31"
"""A day to come, at whatever time this is run: an earlier one than today is replayed."""

LINES = {
    "zmn --help": ["--help"],
    "zmn overdue": ["overdue", "--as-of", LATER],
    "zmn register": ["register", "--name", "司马相如", "--about", "营业执照变更办不下来", "--phone", "13800000021"],
}
_TOLD = """
import sys
from zhuomuniao.cli import run
code = run(sys.argv[1:])
own = sorted(name for name in sys.modules if name.partition(".")[0] == "zhuomuniao")
tops = {name.partition(".")[0] for name in sys.modules}
others = sorted(tops - set(sys.stdlib_module_names) - {"zhuomuniao", "__main__", "sitecustomize", "usercustomize"})
print(repr((code, own, [name for name in others if not name.startswith(("_", "__editable__"))])), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def workspace() -> Iterator[Path]:
    with TemporaryDirectory(prefix="zmn-start-", ignore_cleanup_errors=True) as folder:
        yield build(Path(folder) / "台", 20, still_open=6, overdue=2).office.workspace.root


def loaded(line: list[str], workspace: Path) -> dict[str, list[str]]:
    """What is in memory at the end of a command, ours and others' packages."""
    command = [sys.executable, "-c", _TOLD, *line]
    environment = {**os.environ, "ZMN_WORKSPACE": str(workspace)}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=True)
    code, own, others = eval(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return {"zhuomuniao": [name.removeprefix("zhuomuniao.") for name in own], "others": others}


@pytest.mark.parametrize("name", LINES)
def test_a_command_loads_what_it_needs_and_nothing_else(name: str, workspace: Path) -> None:
    # The second time the rows are kept, as on every day but the first.
    loaded(LINES["zmn overdue"], workspace)
    found = loaded(LINES[name], workspace)
    golden = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    if os.environ.get("ZMN_UPDATE_GOLDEN"):
        golden[name] = found
        GOLDEN.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    expected = golden[name]
    assert {key: sorted(set(found[key]) - set(expected[key])) for key in found} == {"zhuomuniao": [], "others": []}
    assert found == expected


def test_the_lists_are_short() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert golden["zmn --help"]["zhuomuniao"] == ["zhuomuniao", "cli", "errors"]
    assert len(golden["zmn overdue"]["zhuomuniao"]) < 75
    assert not {"openpyxl", "pandas", "numpy", "python_calamine"} & set(golden["zmn overdue"]["others"])
    assert AS_OF.isoformat() < LATER
