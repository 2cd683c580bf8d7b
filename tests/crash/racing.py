"""One process of a race: a clerk who registers and registers, or one who looks at the lists all the time.

Each types many commands in one process, so that start-up is paid once, and prints a line of JSON for each answer.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tests.desk import Desk

AT = "2026-10-08 09:00"
LOCKED = 8
PATIENCE = 120.0
"""Seconds that a clerk goes on trying."""
_flush = os.fsync


def register(desk: Desk, clerk: str, times: int) -> None:
    for turn in range(times):
        line = ["register", "--name", f"{clerk}{turn}", "--about", f"{clerk}的第{turn}件事", "--at", AT]
        tell(desk, line, ("case_no", "saved", "row"))


def look(desk: Desk, finish: Path) -> None:
    """Looks until the race is over, and once more."""
    is_over = False
    while not is_over:
        is_over = finish.exists()
        tell(desk, ["list"], ("cases", "findings"))
        tell(desk, ["overdue"], ("findings", "outbox"))
        # Nobody looks without a pause, and the disk is there for those who write.
        time.sleep(0.15)


def tell(desk: Desk, line: list[str], keys: tuple[str, ...]) -> None:
    began = time.monotonic()
    answer = desk.type(*line, "--json")
    while answer.code == LOCKED and time.monotonic() - began < PATIENCE:
        # On a very busy machine somebody waits for the lock too long and is told to try again: nothing was written.
        answer = desk.type(*line, "--json")
    facts: dict[str, Any] = {key: answer.json[key] for key in keys} if answer.code == 0 else {}
    if "cases" in facts:
        facts["cases"] = [(case["case_no"], case["queued"]) for case in facts["cases"]]
    told = {"command": line[0], "code": answer.code, "error": answer.err, "seconds": time.monotonic() - began}
    print(json.dumps(told | facts), flush=True)


def slow_flush(handle: int) -> None:
    time.sleep(0.1)
    _flush(handle)


if __name__ == "__main__":
    role, root, who, amount, pace = sys.argv[1:]
    if pace == "slow":
        os.fsync = slow_flush
    if role == "register":
        register(Desk(Path(root)), who, int(amount))
    else:
        look(Desk(Path(root)), Path(who))
