"""A report as JSON for other programs: its counts, rates and checks, and every table with plain cells."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zhuomuniao.model import BEIJING

if TYPE_CHECKING:
    from zhuomuniao.reports.tables import Content, Report

CONTRACT = 1


def render_json(report: Report, *, as_of: date, correction: int) -> bytes:
    """The bytes of the JSON, as docs/json/report-file.json promises it; days and moments as ISO 8601 text,
    shares as numbers between 0 and 1.
    """
    told: dict[str, Any] = {
        "contract": CONTRACT,
        "title": report.title,
        "period": report.period,
        "as_of": as_of.isoformat(),
        "correction": correction,
        "counts": dict(report.counts),
        "labels": dict(report.labels),
        "rates": {
            name: {
                "label": rate.label,
                "value": rate.value,
                "numerator": rate.numerator,
                "denominator": rate.denominator,
                "definition": rate.definition,
            }
            for name, rate in report.rates.items()
        },
        "checks": [
            {"identity": c.identity, "left": c.left, "right": c.right, "holds": c.holds} for c in report.checks
        ],
        "tables": [
            {
                "sheet": table.sheet,
                "name": table.name,
                "headers": ["".join(column.header.split("\n")) for column in table.columns],
                "rows": [[_cell(content) for content in row] for row in table.rows],
            }
            for table in report.tables
        ],
    }
    text = json.dumps(told, ensure_ascii=False, indent=1)
    return text.encode("utf-8", errors="replace") + b"\n"


def _cell(content: Content) -> str | float | None:
    if isinstance(content, Decimal):
        return float(content)
    if isinstance(content, datetime):
        moment = content.astimezone(BEIJING).replace(tzinfo=None) if content.tzinfo else content
        return moment.isoformat(" ", "seconds" if moment.second else "minutes")
    return content.isoformat() if isinstance(content, date) else content
