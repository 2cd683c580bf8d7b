"""The holiday notices of the fixtures, as texts and as layers."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

from zhuomuniao.layers import Layer
from zhuomuniao.notice import parse_notice
from zhuomuniao.workdays import WorkCalendar

FOLDER = Path(__file__).resolve().parent / "fixtures" / "calendar"
IMPORTED_ON = date(2026, 11, 5)
NOTHING = range(0)
"""The package is believed to know no year."""


def notice_text(stem: str) -> str:
    return (FOLDER / f"{stem}.txt").read_text(encoding="utf-8")


@cache
def annual_texts() -> dict[int, str]:
    """The yearly notices of 2006–2026 by their year."""
    stems = ("2012-page", "2018", "2019", "2020", "2024", "2025", "2026")
    texts = [notice_text(stem) for stem in stems]
    texts += re.split(r"(?m)^(?=国务院办公厅关于)", notice_text("older"))[1:]
    found = {}
    for text in texts:
        year = re.search(r"关于(\d{4})年", text)
        assert year
        found[int(year[1])] = text
    return dict(sorted(found.items()))


@cache
def annual(year: int) -> Layer:
    return parse_notice(annual_texts()[year]).layer(IMPORTED_ON)


@cache
def amendment(year: int) -> Layer:
    """The amendment of 2015, 2019 or 2020, read against its year's own notice."""
    calendar = WorkCalendar([annual(year)], package_years=NOTHING)
    return parse_notice(notice_text(f"{year}-amendment"), known=calendar.day).layer(IMPORTED_ON)
