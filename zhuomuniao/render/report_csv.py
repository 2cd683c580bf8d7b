"""A sheet of a report as csv: UTF-8 with a byte order mark and CRLF, as WPS and Excel open it without asking."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from zhuomuniao.model import BEIJING
from zhuomuniao.reports.tables import Content, Measure, Table, TableColumn, told_number

_TAKEN_FOR_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def render_csv(tables: Sequence[Table]) -> bytes:
    """The bytes of a csv with the tables of one sheet, all rows.

    One table is its header and its rows, fit to be read in again; where several stand below each other, each is
    headed by its name and followed by an empty line. Text that a program would take for a formula is guarded by
    ``'``, which :func:`zhuomuniao.importing.foreign.unguarded` takes off again; a number below zero (``-5.9%``) is
    none, and people reckon with it.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    for place, table in enumerate(tables):
        if len(tables) > 1:
            if place:
                writer.writerow(())
            writer.writerow((_guarded(table.name),))
        writer.writerow([_guarded("".join(column.header.split("\n"))) for column in table.columns])
        writer.writerows(_cells(row, table.columns) for row in table.rows)
    return written.getvalue().encode("utf-8-sig")


def _cells(row: Iterable[Content], columns: Iterable[TableColumn]) -> list[str]:
    return [_cell(content, column.measure) for content, column in zip(row, columns, strict=True)]


def _cell(content: Content, measure: Measure | None) -> str:
    if content is None:
        return ""
    if isinstance(content, datetime):
        moment = content.astimezone(BEIJING).replace(tzinfo=None) if content.tzinfo else content
        return moment.isoformat(" ", "seconds" if moment.second else "minutes")
    if isinstance(content, date):
        return content.isoformat()
    if isinstance(content, str):
        return _guarded(content)
    # A number below zero is no formula.
    return told_number(content, measure) if isinstance(content, Decimal) else str(content)


def _guarded(text: str) -> str:
    """Text with ``'`` before what begins like a formula, also where that has one already, so that none is lost."""
    text = _UNSEEN.sub("", text)
    return f"'{text}" if _TAKEN_FOR_FORMULA.match(text) else text
