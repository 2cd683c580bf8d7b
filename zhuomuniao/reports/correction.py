"""更正说明: the sheet and the paragraphs that tell how a corrected edition differs from the copy it corrects."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.layouts import ColumnType
from zhuomuniao.reports.changes import Change, ChangeKind, told_in_order
from zhuomuniao.reports.headings import numeral
from zhuomuniao.reports.tables import (
    NO_VALUE,
    Content,
    Paragraph,
    ParagraphKind,
    Place,
    Report,
    ReportLetter,
    Table,
    TableColumn,
)

CORRECTION = "更正说明"
MOST_LISTED = 200
"""How many changes the sheet lists; the rest are counted."""
_MOST_IN_LETTER = 8
_LONGEST = 300
_TALLIED = {
    ChangeKind.ADDED: "增加{}行",
    ChangeKind.REMOVED: "减少{}行",
    ChangeKind.CHANGED: "改动{}格",
    ChangeKind.ORDER: "各行先后有变",
    ChangeKind.HEADERS: "表头有变",
    ChangeKind.TABLE_ADDED: "是新增的表",
    ChangeKind.TABLE_REMOVED: "不再有这张表",
}


class Correction(Struct, frozen=True):
    """Which 更正 it is, of which copy (as a sentence names it), what changed, and what else is to be known of it."""

    number: int
    against: str
    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()


def mark(number: int) -> str:
    """What follows title and file name of a 更正; nothing for the first edition."""
    return f"（更正{number}）" if number else ""


def corrected_report(report: Report, correction: Correction) -> Report:
    """The report with its number in every title, and the list of changes as its first sheet."""
    title = mark(correction.number)
    tables = tuple(replace(t, title=(*t.title[:-1], t.title[-1] + title)) if t.title else t for t in report.tables)
    listed = changes_table(report, correction)
    return replace(report, title=report.title + title, tables=(listed, *tables))


def corrected_letter(letter: ReportLetter, correction: Correction) -> ReportLetter:
    """The letter with its number in the title, and a last section that tells what changed."""
    headings = sum(p.kind is ParagraphKind.HEADING for p in letter.paragraphs)
    section = [Paragraph(f"{numeral(headings + 1)}、{CORRECTION}", ParagraphKind.HEADING)]
    section += [Paragraph(text) for text in _sentences(correction)]
    return replace(letter, title=letter.title + mark(correction.number), body=(*letter.body, *section))


def changes_table(report: Report, correction: Correction) -> Table:
    """The list of changes as a sheet, at most :data:`MOST_LISTED` lines of it."""
    told = told_in_order(correction.changes)
    listed = told[:MOST_LISTED]
    rows: tuple[tuple[Content, ...], ...] = tuple(
        (n, c.kind.value, c.table or NO_VALUE, c.row, c.column, _cut(c.old), _cut(c.new))
        for n, c in enumerate(listed, start=1)
    )
    left = len(told) - len(listed)
    more = (f"其余{left}项没有列出，请与原件逐行对照。",) if left else ()
    return Table(
        sheet=CORRECTION,
        name="",
        title=(f"{report.title}更正说明",),
        head=(f"第{correction.number}次更正", f"共{len(told)}项变动"),
        columns=(
            TableColumn("序号", 5.5, ColumnType.NUMBER),
            TableColumn("类别", 8),
            TableColumn("表", 16),
            TableColumn("行", 16),
            TableColumn("列", 12),
            TableColumn("原来", 40, place=Place.LEFT),
            TableColumn("现在", 40, place=Place.LEFT),
        ),
        rows=rows,
        notes=(f"对照的是{correction.against}。", *correction.remarks, *more),
        is_landscape=True,
        least_height=22,
    )


def _sentences(correction: Correction) -> list[str]:
    """What is corrected, the first of the counts that changed, and how many rows of which list."""
    told = told_in_order(correction.changes)
    counts = [f"“{c.row}”由{c.old}改为{c.new}" for c in told if c.kind is ChangeKind.COUNT]
    tallies: dict[str, Counter[ChangeKind]] = {}
    for change in told:
        if change.kind in _TALLIED:
            tallies.setdefault(change.table, Counter())[change.kind] += 1
    tables = [
        f"“{table}”{'、'.join(_TALLIED[kind].format(number) for kind, number in tally.items())}"
        for table, tally in tallies.items()
    ]
    parts = [*_first(counts, "另有{}项数字变动"), *_first(tables, "另有{}张表有变动")]
    changed = f"有关变动：{'；'.join(parts)}。逐项见附表“{CORRECTION}”。" if parts else ""
    # A letter names the paper; that it is a workbook is told by the sheet of changes.
    against = re.sub(r"\.xlsx(?=[》”])", "", correction.against)
    return [f"本件更正{against}。{changed}", *correction.remarks]


def _first(told: Sequence[str], left: str) -> list[str]:
    """As many as a letter has room for, and how many are left."""
    more = len(told) - _MOST_IN_LETTER
    return [*told[:_MOST_IN_LETTER], *([left.format(more)] if more > 0 else [])]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}……"
