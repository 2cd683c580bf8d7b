"""A clerk at a desk: commands are typed, answers are read."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhuomuniao.cli import run


@dataclass(frozen=True)
class Answer:
    """What came back: exit code, screen, error lines."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]


@dataclass
class Desk:
    """A workspace and the day it is looked at."""

    folder: Path
    day: str = ""

    def type(self, *line: str) -> Answer:
        """Type one command line at this desk."""
        place = ["-w", str(self.folder)] if self.folder.exists() else []
        day = ["--as-of", self.day] if self.day and "--as-of" not in line else []
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run([*line, *place, *day])
        return Answer(code, out.getvalue(), err.getvalue())

    def ask(self, *line: str) -> Any:
        """Type a command that must succeed, and answer its JSON."""
        answer = self.type(*line, "--json")
        assert answer.code == 0, answer.err or answer.out
        return answer.json

    def register(self, at: str, name: str = "李四", about: str = "营业执照变更办不下来", **options: str) -> Any:
        given = [part for key, value in options.items() for part in (f"--{key}", value)]
        return self.ask("register", "--name", name, "--about", about, "--at", at, *given)

    @property
    def book(self) -> Path:
        (path,) = (p for p in (self.folder / "台账").rglob("*.xlsx") if p.name[0] not in "~.")
        return path
