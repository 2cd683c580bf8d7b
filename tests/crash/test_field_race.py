"""Two clerks record activities at one desk at once: every row is there, every number once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.crash.test_field_kill import numbers_in
from tests.desk import Desk
from tests.fieldbooks import activity_book
from zhuomuniao.store.journal import DONE, INTENT, Journal

ROOT = Path(__file__).resolve().parents[2]
CLERK = """
import json, sys
from pathlib import Path
from tests.desk import Desk
desk, unit = Desk(Path(sys.argv[1]), "2026-09-18"), sys.argv[2]
line = ("activity", "record", "--unit", unit, "--leader", "某某 局长", "--kind", "走流程", "--on", "2026-09-10")
for turn in range(10):
    done = desk.ask(*line, "--place", f"{unit}第{turn}处")
    print(json.dumps([done["case_no"], done["row"], done["saved"]]), flush=True)
"""


def test_two_clerks_record_ten_activities_each(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台", "2026-09-18")
    assert (
        desk.type("init", str(desk.folder), "--locality", "beilin", "--clerk", "赵敏慧", "--year", "2026").code == 0
    )
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", CLERK, str(desk.folder), unit],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )
        for unit in ("区教育局", "区民政局")
    ]  # fmt: skip
    told = []
    for process in racing:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        told += [json.loads(line) for line in out.splitlines()]
    assert len(told) == 20
    assert {saved for _, _, saved in told} == {"written"}
    numbers = [no for no, _, _ in told]
    assert sorted(numbers) == [f"HD20260910{n:02d}" for n in range(1, 21)]
    assert len({row for _, row, _ in told}) == 20
    assert sorted(numbers_in(activity_book(desk))) == sorted(numbers)
    shown = desk.ask("activity", "list")["activities"]
    assert {one["place"] for one in shown} == {
        f"{unit}第{n}处" for unit in ("区教育局", "区民政局") for n in range(10)
    }
    kinds = Counter(line.kind for line in Journal(desk.folder / ".zmn").verify())
    assert (kinds[INTENT], kinds[DONE]) == (20, 20)
    assert desk.ask("doctor")["count"] == 0
    assert not list(desk.folder.rglob("*.tmp"))
