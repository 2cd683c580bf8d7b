"""How invented offices are set to work: a desk that several roles share, and matters led through their steps.

Each desk answers the same on every machine and every day. The role and the name of the office are changed at a desk
by :meth:`OfficeDesk.sit`, so that one set of books serves all who hand in from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.desk import Desk

COUNTIES = Path(__file__).parent / "fixtures" / "counties"
CLERK = "赵敏慧"

Step = tuple[str, ...]
"""A verb, its moment, its options."""


@dataclass
class OfficeDesk(Desk):
    """A desk that several roles of an office sit down at."""

    def sit(self, role: str, office: str = "") -> OfficeDesk:
        """Whose desk this is from now on."""
        config = self.folder / "zmn.toml"
        text = re.sub(r"^role = .*$", f'role = "{role}"', config.read_text(encoding="utf-8"), flags=re.M)
        if office:
            text = re.sub(r"^office = .*$", f'office = "{office}"', text, flags=re.M)
        config.write_text(text, encoding="utf-8")
        return self


def open_office_desk(folder: Path, locality: str, role: str = "", office: str = "") -> OfficeDesk:
    """Set up the desk of a role of a locality."""
    desk = OfficeDesk(folder)
    more = [*(("--role", role) if role else ()), *(("--office", office) if office else ())]
    line = ("init", str(folder), "--locality", locality, "--clerk", CLERK, "--year", "2026")
    answer = desk.type(*line, *more)
    assert answer.code == 0, answer.err
    return desk


def take(desk: Desk, at: str, about: str, *steps: Step, **facts: str) -> str:
    """Register a matter and lead it through its steps; answers its number."""
    asked = {"name": "李四", "phone": "13800138000", **facts}
    options = [part for key, value in asked.items() for part in (f"--{key.replace('_', '-')}", value)]
    no = str(desk.ask("register", "--about", about, "--at", at, *options)["case_no"])
    ledger = ("--ledger", facts["ledger"]) if "ledger" in facts else ()
    for verb, moment, *more in steps:
        desk.ask(verb, no, "--at", moment, *more, *ledger)
    return no


def done(at: str, result: str, *more: str) -> Step:
    return ("resolve", at, "--result", result, *more)


def visited(at: str, said: str = "满意", *more: str) -> Step:
    return ("visit", at, "--satisfaction", said, *more)
