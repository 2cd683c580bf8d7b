"""What differs between two editions of a report, told by its counts and by the cells of its tables.

Two editions have the same :func:`fingerprint` exactly where :func:`changes_between` finds nothing. 序号 and 指标口径
are no figures: rows are numbered anew each time, and the definitions name the chain of the day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.model import BEIJING
from zhuomuniao.reports.tables import NO_VALUE, Measure, Report, Table, told_number

UNCOUNTED_SHEETS = ("指标口径", "更正说明", "总结")
"""Sheets that hold no figures of their own: 总结 says in sentences what the tables have, in words that may change."""
ROW_NUMBER = "序号"
BLANK_BEGINS = "［请填写："
_KEY_ENDS = "编号"
_NUMERAL = re.compile("^[一二三四五六七八九十]+、")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class ChangeKind(StrEnum):
    """What sort of change it is; the word is what the list of changes says."""

    COUNT = "数字"
    CHANGED = "改动"
    ADDED = "增加"
    REMOVED = "减少"
    ORDER = "顺序"
    FOLLOWS = "随变"
    HEADERS = "表头"
    TABLE_ADDED = "新表"
    TABLE_REMOVED = "去掉的表"


class Change(Struct, frozen=True):
    """One difference: in which table, in which row (its number or first words) and column, from what to what.

    A count stands in no table, and its name in ``row``. ``is_of_list``: the table lists records, it does not sum
    them up.
    """

    kind: ChangeKind
    table: str
    row: str
    column: str
    old: str
    new: str
    is_of_list: bool = False

    @property
    def sides(self) -> tuple[str, ...]:
        """What to show: old and new of a cell or count, an empty one as （空）; one side of what came or went."""
        if self.kind in (ChangeKind.CHANGED, ChangeKind.COUNT):
            return self.old or "（空）", self.new or "（空）"
        return tuple(filter(None, (self.old, self.new)))


class PlainTable(Struct, frozen=True):
    """A table as text without its 序号, so that one read back from a file compares with one just made.

    ``is_list``: its rows are records, numbered one by one; else it sums them up.
    """

    sheet: str
    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_list: bool = False

    @property
    def title(self) -> str:
        """How the list of changes calls it."""
        return f"{self.sheet}·{self.name}" if self.name else self.sheet


class Figures(Struct, frozen=True):
    """What an edition tells. ``None``: not known, and so not compared."""

    counts: Mapping[str, int] | None = None
    tables: tuple[PlainTable, ...] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def figures_of(report: Report) -> Figures:
    """What a report tells that was just made."""
    tables = tuple(plain_table(table) for table in counted_tables(report))
    return Figures(dict(report.counts), tables, report.labels)


def counted_tables(report: Report) -> tuple[Table, ...]:
    """The tables that hold figures, in their order."""
    return tuple(table for table in report.tables if table.sheet not in UNCOUNTED_SHEETS)


def plain_table(table: Table) -> PlainTable:
    """A table as text."""
    return make_plain(table, table.rows)


def make_plain(table: Table, rows: Sequence[Sequence[object]]) -> PlainTable:
    """Rows under the headers of a table as text; what counts them is left out, as is the numeral before its name."""
    titles = [plain_header(column.header) for column in table.columns]
    measures = [column.measure for column in table.columns]
    kept = [place for place, title in enumerate(titles) if title != ROW_NUMBER]
    return PlainTable(
        table.sheet,
        plain_name(table.name),
        tuple(titles[place] for place in kept),
        tuple(tuple(_as_printed(row[place], measures[place]) for place in kept) for row in rows),
        is_list=len(kept) < len(titles) or any(title.endswith(_KEY_ENDS) for title in titles),
    )


def plain(content: object) -> str:
    """A cell as text, the same for a value and for what a program reads of it in a file."""
    if content is None:
        return ""
    if isinstance(content, datetime):
        moment = content.astimezone(BEIJING).replace(tzinfo=None) if content.tzinfo else content
        if moment == datetime(*moment.timetuple()[:3]):
            return moment.date().isoformat()
        return moment.isoformat(" ", "auto" if moment.second or moment.microsecond else "minutes")
    if isinstance(content, date):
        return content.isoformat()
    return _UNSEEN.sub("", str(content).replace("\r\n", "\n").replace("\r", "\n")).strip()


def _as_printed(content: object, measure: Measure | None) -> str:
    """A cell as text as people read it: 85.7%, whether it is a share or was typed so."""
    if measure is not None and isinstance(content, int | float | Decimal) and not isinstance(content, bool):
        return told_number(content, measure)
    return plain(content)


def plain_header(header: str) -> str:
    """A header without the breaks that fit it into its column."""
    return "".join(plain(header).split())


def plain_name(name: str) -> str:
    """A table's name without its numeral: 二、比率 → 比率."""
    return _NUMERAL.sub("", plain(name))


def fingerprint(figures: Figures) -> str:
    """One word for all that is told; equal where nothing differs."""
    tables = [(key, table.headers, table.rows) for key, table in sorted(_keyed(figures.tables or ()).items())]
    return sha256(repr((tables, sorted((figures.counts or {}).items()))).encode()).hexdigest()


def changes_between(old: Figures, new: Figures) -> tuple[Change, ...]:
    """Every difference: the counts, then table by table in the new order.

    What somebody wrote into a blank of the old copy is none.
    """
    found = list(_count_changes(old, new))
    if old.tables is None or new.tables is None:
        return tuple(found)
    before, after = _keyed(old.tables), _keyed(new.tables)
    for key, table in after.items():
        if key in before:
            found += (replace(change, is_of_list=table.is_list) for change in _table_changes(before[key], table))
        else:
            found.append(Change(ChangeKind.TABLE_ADDED, table.title, "", "", "", f"{len(table.rows)}行"))
    found += [
        Change(ChangeKind.TABLE_REMOVED, table.title, "", "", f"{len(table.rows)}行", "")
        for key, table in before.items()
        if key not in after
    ]
    return tuple(found)


def told_in_order(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes as a person reads them: the counts, then the rows of lists, then the tables that sum them up.

    Where counts changed, the cells of those tables only say it again: they are one line then.
    """
    counts = [c for c in changes if c.kind is ChangeKind.COUNT]
    lists = [c for c in changes if c.kind is not ChangeKind.COUNT and c.is_of_list]
    sums = [c for c in changes if c.kind is not ChangeKind.COUNT and not c.is_of_list]
    following = [c for c in sums if c.kind in _FOLLOWING]
    if counts and following:
        tables = list(dict.fromkeys(c.table for c in following))
        words = f"{'、'.join(tables)}：随上列变动，共{len(following)}处"
        sums = [c for c in sums if c.kind not in _FOLLOWING]
        sums.append(Change(ChangeKind.FOLLOWS, "", f"{len(tables)}张汇总表", "", "", words))
    return (*counts, *lists, *sums)


_FOLLOWING = (ChangeKind.CHANGED, ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.ORDER, ChangeKind.HEADERS)
"""What only says a changed count again. So do headers: a whole period is compared with other days than a running one.
"""


def _count_changes(old: Figures, new: Figures) -> Iterator[Change]:
    if old.counts is None or new.counts is None:
        return
    for name in dict.fromkeys((*new.counts, *old.counts)):
        before, after = old.counts.get(name), new.counts.get(name)
        if before != after:
            label = new.labels.get(name) or old.labels.get(name) or name
            yield Change(ChangeKind.COUNT, "", label, "", _figure(before), _figure(after))


def _figure(count: int | None) -> str:
    return NO_VALUE if count is None else str(count)


def _keyed(tables: Sequence[PlainTable]) -> dict[tuple[str, str, int], PlainTable]:
    """Tables by sheet and name; of several of one name, by which of them it is."""
    seen: Counter[tuple[str, str]] = Counter()
    keyed = {}
    for table in tables:
        name = (table.sheet, table.name)
        keyed[(*name, seen[name])] = table
        seen[name] += 1
    return keyed


def _table_changes(old: PlainTable, new: PlainTable) -> list[Change]:
    if old.headers != new.headers:
        told = ("、".join(old.headers), "、".join(new.headers))
        return [Change(ChangeKind.HEADERS, new.title, "", "", *told)]
    if old.rows == new.rows:
        return []
    key = _key_columns(old, new)
    found = _rows_by_key(old, new, key) if key else _whole_rows(old, new)
    if not found and not _is_filled_in(old, new, key):
        found = [Change(ChangeKind.ORDER, new.title, "", "", "", "各行内容相同，先后不同")]
    return found


def _key_columns(old: PlainTable, new: PlainTable) -> tuple[int, ...]:
    """The columns by which rows are known: a number, else the first, else the first two (a group and what is in it),
    where they name each row once; none where nothing does.
    """
    numbered = [(place,) for place, header in enumerate(new.headers) if header.endswith(_KEY_ENDS)]
    for places in (*numbered, (0,), (0, 1)):
        if places[-1] < len(new.headers) and all(_is_key(table, places) for table in (old, new)):
            return places
    return ()


def _is_key(table: PlainTable, places: Sequence[int]) -> bool:
    words = [_key_of(row, places) for row in table.rows]
    return all(word[-1] for word in words) and len(set(words)) == len(words)


def _key_of(row: Sequence[str], places: Sequence[int]) -> tuple[str, ...]:
    return tuple(row[place] for place in places)


def _rows_by_key(old: PlainTable, new: PlainTable, key: Sequence[int]) -> list[Change]:
    before = {_key_of(row, key): row for row in old.rows}
    after = {_key_of(row, key): row for row in new.rows}
    found = []
    for words, row in after.items():
        name = "·".join(filter(None, words))
        if words not in before:
            found.append(Change(ChangeKind.ADDED, new.title, name, "", "", _told(new, row)))
            continue
        found += [
            Change(ChangeKind.CHANGED, new.title, name, _column(new, place), was, now)
            for place, (was, now) in enumerate(zip(before[words], row, strict=True))
            if was != now and not now.startswith(BLANK_BEGINS)
        ]
    found += [
        Change(ChangeKind.REMOVED, new.title, "·".join(filter(None, words)), "", _told(old, row), "")
        for words, row in before.items()
        if words not in after
    ]
    return found


def _whole_rows(old: PlainTable, new: PlainTable) -> list[Change]:
    before, after = Counter(old.rows), Counter(new.rows)
    added = [Change(ChangeKind.ADDED, new.title, "", "", "", _told(new, row)) for row in (after - before).elements()]
    removed = [
        Change(ChangeKind.REMOVED, new.title, "", "", _told(old, row), "") for row in (before - after).elements()
    ]
    return [*added, *removed]


def _is_filled_in(old: PlainTable, new: PlainTable, key: Sequence[int]) -> bool:
    """Whether the rows follow each other alike, so that only blanks were filled."""
    return bool(key) and [_key_of(row, key) for row in old.rows] == [_key_of(row, key) for row in new.rows]


def _column(table: PlainTable, place: int) -> str:
    """A column's header; where several are called so, with which of them it is."""
    header = table.headers[place]
    same = [at for at, other in enumerate(table.headers) if other == header]
    return header if len(same) == 1 else f"{header}（第{same.index(place) + 1}个）"


def _told(table: PlainTable, row: Sequence[str]) -> str:
    return "；".join(f"{header}：{cell}" for header, cell in zip(table.headers, row, strict=True) if cell)
