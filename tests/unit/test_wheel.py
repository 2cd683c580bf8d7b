"""The wheel carries its data: built, installed without the network, and the demo runs from it."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from pathlib import Path

from tests.desk import Desk

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_runs_from_an_installed_wheel(tmp_path: Path) -> None:
    build = "from hatchling.build import build_wheel; print(build_wheel(__import__('sys').argv[1]))"
    built = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    wheel = tmp_path / built.stdout.split()[-1]
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    inner = venv / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # The venv sees the outer packages, but not the outer zmn: an editable install hides behind a .pth there.
    (inner / "outer.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(inner), wheel],
        check=True,
    )
    surroundings = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "ZMN_DATA")}
    python = venv / "bin" / "python"
    where = subprocess.run(
        [python, "-c", "import zhuomuniao, zhuomuniao.assets as a; print(zhuomuniao.__file__, a.data_folder())"],
        cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert all(path.startswith(str(inner)) for path in where)
    demo = subprocess.run(
        [python, "-m", "zhuomuniao", "demo", "演示"], cwd=tmp_path, env=surroundings | {"PYTHONUTF8": "1"},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert demo.returncode == 0, demo.stderr
    for words in ("$ zmn register", "$ zmn overdue", "$ zmn report", "逾期 5 件", "✓"):
        assert words in demo.stdout
    desk = Desk(tmp_path / "演示")
    kinds = {p.parts[len(desk.folder.parts)] for p in desk.folder.rglob("*.xlsx")}
    assert kinds - {".zmn"} == {"台账", "报表", "表单"}
    counts = desk.ask("report", "--month", "2026-10", "--as-of", "2026-11-05")["counts"]
    assert (counts["carried_in"], counts["accepted"], counts["resolved"], counts["carried_out"]) == (10, 30, 32, 8)
    again = desk.type("demo", str(desk.folder))
    assert (again.code, "没有改动" in again.err) == (2, True)
