"""``zmn demo``: a workspace with invented matters, taken from registration to the month's report.

Every line it prints is a command that a clerk could type, and is run as such.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from zhuomuniao.assets import data_folder
from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._view import print_json, say
from zhuomuniao.errors import WorkspaceError

AS_OF, MONTH = "2026-11-05", "2026-10"
_VERBS = {"feedback": "text", "reply": "text", "note": "note"}
_NO_OPTION = ("of", "do", "at", "by")


def demo(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="演示工作区放在哪里")] = Path("zmn-demo"),
) -> int:
    session = session_of(ctx)
    if folder.exists() and any(folder.iterdir()):
        raise WorkspaceError(f"“{folder}”里已经有东西，没有改动它", "请换一个文件夹名，或先把它移走")
    sample = data_folder() / "demo" / "neixiang-window.json"
    run = _runner(ctx, folder, is_quiet=session.is_json)
    run(["init", str(folder), "--locality", "neixiang", "--clerk", "赵敏慧", "--year", "2026"], is_inside=False)
    registered = run(["register", "--from", str(sample)])
    if not session.is_json:
        say(registered.rstrip())
    numbers = [c["case_no"] for c in json.loads(run(["list", "--json"], is_shown=False))["cases"]]
    _take_steps(json.loads(sample.read_text(encoding="utf-8")), numbers, run, is_quiet=session.is_json)
    for line in (
        ["overdue"], ["escalate", "--issue"], ["explain", numbers[-1]], ["form", numbers[-1]],
        ["report", "--month", MONTH],
    ):  # fmt: skip
        printed = run(line)
        if not session.is_json:
            say(printed.rstrip())
    found = (p.relative_to(folder) for p in folder.rglob("*.xlsx"))
    files = sorted(path.as_posix() for path in found if path.parts[0] != ".zmn")
    if session.is_json:
        print_json({"workspace": folder.as_posix(), "files": files, "count": len(numbers)})
    else:
        say("", f"演示工作区：{folder}（人物、电话、企业都是虚构的）", *(f"  {name}" for name in files))
    return 0


def _runner(ctx: typer.Context, folder: Path, *, is_quiet: bool) -> Callable[..., str]:
    """Runs one command line through the same application, and answers what it printed."""
    root: Any = ctx.find_root().command

    def run(line: list[str], *, is_inside: bool = True, is_shown: bool = True) -> str:
        place = ["-w", str(folder), "--as-of", AS_OF] if is_inside else ["--as-of", AS_OF]
        if is_shown and not is_quiet:
            say("", f"$ zmn {shlex.join([*line, *place])}")
        printed = StringIO()
        with redirect_stdout(printed):
            root.main(args=[*line, *place], prog_name="zmn", standalone_mode=False)
        return printed.getvalue()

    return run


def _take_steps(sample: dict[str, Any], numbers: list[str], run: Callable[..., str], *, is_quiet: bool) -> None:
    """The sample's steps in their order; the first of each kind is printed, the rest are counted."""
    order = sorted(range(len(sample["registrations"])), key=lambda i: str(sample["registrations"][i]["at"]))
    number_of = {index: numbers[place] for place, index in enumerate(order)}
    shown: set[str] = set()
    for step in sample["steps"]:
        verb = step["do"]
        line = [verb, number_of[step["of"]]]
        for name, value in step.items():
            if name not in _NO_OPTION:
                option = _VERBS[verb] if name == "text" else name.replace("_", "-")
                line += [f"--{option}"] if value is True else [f"--{option}", value]
        run([*line, "--at", step["at"], "--by", step["by"]], is_shown=verb not in shown)
        shown.add(verb)
    if not is_quiet:
        say("", f"（其余环节同样登记，共 {len(sample['steps'])} 步）")
