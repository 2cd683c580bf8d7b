"""``--mapping auto``: a mapping proposed from the headers of a file, for a person to confirm; and mappings as files.

Headers are held against the mappings there are and the ledger's own columns: equal ones first, then similar ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.importing.mapping import (
    DATE_FIELDS,
    FIELD_TITLES,
    JOINED_FIELDS,
    ORDER_NO,
    ColumnRule,
    OrderMapping,
    PatternRule,
    Unlisted,
    WordRule,
    header_key,
)
from zhuomuniao.importing.tables import Header, headers_of

if TYPE_CHECKING:
    from zhuomuniao.importing.foreign import ForeignSheet
    from zhuomuniao.layouts import Layout

_SIMILAR = 0.7
_SHORTEST = 2
_HEADER_WITHIN = 30
_LONGEST = 16
"""Characters a header has at most; longer texts are titles and data, and comparing them takes long."""
_LEAST_SIMILAR = 3
"""Similar names that make a header where no name is known."""
_WRITE_ONE = "列名很特别的，请照《导入对照表》（docs）写一份对照表，用 --mapping 文件.toml"


class How(StrEnum):
    """Why a column was given to a field."""

    SAME = "同名"
    SIMILAR = "相近"


class ProposedColumn(Struct, frozen=True):
    """A column of the file and the field it was given to."""

    header: str
    field: str
    how: How


class Proposal(Struct, frozen=True):
    """A mapping for one file. ``base`` is the mapping whose patterns and words it took over, ``""`` for none."""

    mapping: OrderMapping
    columns: tuple[ProposedColumn, ...]
    left_out: tuple[str, ...]
    base: str


Vocabulary = Mapping[str, str]
"""Field by header, as :func:`header_key` writes it."""


def propose_mapping(
    sheets: Sequence[ForeignSheet], known: Sequence[OrderMapping], layout: Layout, *, name: str
) -> Proposal:
    """The mapping that fits the headers best. Raises :class:`UnreadableFileError` where none can be made of them."""
    words = _vocabulary(known, layout)
    candidates = [
        (columns, header)
        for sheet in sheets
        for header in headers_of(sheet, _HEADER_WITHIN)
        if (columns := _give(header, words))
    ]
    if not candidates:
        raise UnreadableFileError(
            f"“{name}”里找不到表头：前{_HEADER_WITHIN}行里没有一个认得的列名",
            f"请核对是不是工单的导出文件；{_WRITE_ONE}",
            kind="columns",
        )
    columns, header = max(candidates, key=lambda c: (_exact(c[0]), len(c[0]), -c[1].rows))
    base = max(known, key=lambda m: _kinship(m, columns), default=None)
    if base is not None and not _kinship(base, columns)[0]:
        base = None
    mapping = _mapping(columns, base)
    used = {column.header for column in columns}
    left_out = tuple(text for text in header.written if text and text not in used)
    if missing := mapping.missing(frozenset(column.field for column in columns)):
        titles = "、".join(FIELD_TITLES[field] for field in missing)
        headers = f"；没有对上的列：{'、'.join(left_out)}" if left_out else ""
        raise UnreadableFileError(
            f"“{name}”的表头里认不出：{titles}{headers}", f"请核对是不是工单的导出文件；{_WRITE_ONE}", kind="columns"
        )
    return Proposal(mapping, columns, left_out, base.id if base else "")


def _vocabulary(known: Sequence[OrderMapping], layout: Layout) -> Vocabulary:
    words: dict[str, str] = {}
    for rule in (rule for mapping in known for rule in mapping.columns):
        for header in rule.headers:
            words.setdefault(header_key(header), rule.field)
    for column in layout.columns:
        field = ORDER_NO if column.field == "case_no" else column.field
        if field in FIELD_TITLES and not column.is_derived:
            for header in (column.header, *column.aliases):
                words.setdefault(header_key(header), field)
    return words


_LIMIT_MARKS = ("限", "截止", "到期", "应办")
"""What tells the day by which something is to be done from the day on which it was."""


def _give(header: Header, words: Vocabulary) -> tuple[ProposedColumn, ...]:
    """The columns of a header with the fields they are given to: equal names first, then the most similar ones."""
    given: dict[int, ProposedColumn] = {}
    taken: set[str] = set()

    def give(at: int, field: str, how: How) -> None:
        if at not in given and (field in JOINED_FIELDS or field not in taken):
            given[at] = ProposedColumn(header.written[at], field, how)
            taken.add(field)

    for rank in range(2):
        for at, names in enumerate(header.names):
            if rank < len(names) and names[rank] in words:
                give(at, words[names[rank]], How.SAME)
    near = [
        (likeness, at, words[word])
        for at, names in enumerate(header.names)
        if at not in given and _SHORTEST <= len(names[0]) <= _LONGEST
        for word in words
        if (likeness := _likeness(names[0], word)) >= _SIMILAR
    ]
    for _, at, field in sorted(near, key=lambda n: (-n[0], n[1])):
        names_a_limit = any(mark in header.names[at][0] for mark in _LIMIT_MARKS)
        if field in DATE_FIELDS and names_a_limit is not (field == "due_on"):
            # 限办时间 looks like 转办时间 and means another day altogether.
            continue
        if field not in JOINED_FIELDS or field not in taken:
            give(at, field, How.SIMILAR)
    if len(given) < _LEAST_SIMILAR and not any(column.how is How.SAME for column in given.values()):
        return ()
    return tuple(given[at] for at in sorted(given))


def _likeness(one: str, other: str) -> float:
    # Cheap bounds first: most pairs have next to nothing in common.
    if len(other) < _SHORTEST or 2 * len(set(one) & set(other)) < _SIMILAR * len(set(one)):
        return 0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _exact(columns: Sequence[ProposedColumn]) -> int:
    return sum(1 for column in columns if column.how is How.SAME)


def _kinship(mapping: OrderMapping, columns: Sequence[ProposedColumn]) -> tuple[int, float]:
    """How much a mapping has to say of these columns: how many it knows by name; of two alike, the narrower."""
    found = frozenset(column.field for column in columns)
    if mapping.missing(found):
        return 0, 0
    words = [(rule.field, header_key(header)) for rule in mapping.columns for header in rule.headers]
    known = sum(
        any(field == c.field and _likeness(header_key(c.header), word) >= _SIMILAR for field, word in words)
        for c in columns
    )
    theirs = {rule.field for rule in mapping.columns}
    return known, len(theirs & found) / len(theirs | found)


def _mapping(columns: Sequence[ProposedColumn], base: OrderMapping | None) -> OrderMapping:
    fields = {column.field for column in columns}
    rules = tuple(ColumnRule(c.field, (c.header,)) for c in columns)
    if base is None:
        return OrderMapping("auto", "按表头拟出的对照表", rules, header_within=_HEADER_WITHIN)
    return OrderMapping(
        id="auto",
        title=f"按表头拟出的对照表（参照 {base.id}）",
        columns=rules,
        patterns=tuple(rule for rule in base.patterns if rule.within in fields),
        words=base.words,
        defaults=base.defaults,
        header_within=_HEADER_WITHIN,
        skip_rows=base.skip_rows,
        empty_words=base.empty_words,
        date_formats=base.date_formats,
    )


def mapping_text(mapping: OrderMapping) -> str:
    """A mapping as the TOML file that reads back as itself."""
    lines = [f"id = {_quoted(mapping.id)}", f"title = {_quoted(mapping.title)}"]
    if mapping.note:
        lines.append(f"note = {_quoted(mapping.note)}")
    if mapping.sheets:
        lines.append(f"sheets = {_listed(mapping.sheets)}")
    lines += [f"header_within = {mapping.header_within}", f"skip_rows = {_listed(mapping.skip_rows)}"]
    lines.append(f"empty_words = {_listed(mapping.empty_words)}")
    if mapping.date_formats:
        lines.append(f"date_formats = {_listed(mapping.date_formats)}")
    if mapping.defaults:
        lines += ["", "[defaults]", *(f"{name} = {_quoted(usual)}" for name, usual in mapping.defaults.items())]
    for column in mapping.columns:
        lines += ["", "[[columns]]", f"field = {_quoted(column.field)}", f"headers = {_listed(column.headers)}"]
    for pattern in mapping.patterns:
        lines += ["", *_pattern_lines(pattern)]
    for rule in mapping.words:
        lines += ["", *_word_lines(rule)]
    return "\n".join(lines) + "\n"


def _pattern_lines(rule: PatternRule) -> list[str]:
    note = [f"note = {_quoted(rule.note)}"] if rule.note else []
    return [
        "[[patterns]]",
        f"field = {_quoted(rule.field)}",
        f"within = {_quoted(rule.within)}",
        f"find = {_quoted(rule.find.pattern)}",
        *note,
    ]


def _word_lines(rule: WordRule) -> list[str]:
    pairs = ", ".join(f"{_quoted(theirs)} = {_quoted(ours)}" for theirs, ours in rule.words.items())
    words = [f"words = {{ {pairs} }}"] if pairs else []
    kept = [f"unlisted = {_quoted(rule.unlisted)}"] if rule.unlisted is not Unlisted.REJECT else []
    return ["[[words]]", f"field = {_quoted(rule.field)}", *words, *kept]


def _listed(items: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, items))}]"


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
