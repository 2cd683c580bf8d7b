"""On what was measured: the machine, the versions of everything that took part, the day."""

from __future__ import annotations

import os
import platform
import re
from datetime import date, datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path

_TOOK_PART = ("zhuomuniao", "openpyxl", "excelize", "pandas", "python-calamine", "chinese-calendar", "typer", "rich")


def today() -> date:
    """The day in Beijing."""
    return datetime.now(timezone(timedelta(hours=8))).date()


def machine_words() -> str:
    """Processor, cores, memory and system in one line."""
    model = re.search(r"model name\s*:\s*(.+)", _text("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+) kB", _text("/proc/meminfo"))
    told = [model[1] if model else platform.machine(), f"{os.cpu_count()} 核"]
    if memory:
        told.append(f"内存 {int(memory[1]) / 2**20:.0f} GB")
    return "，".join([*told, platform.system()])


def versions_words() -> str:
    """Python and the packages that took part."""
    return "，".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in _TOOK_PART)])


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
