"""导入对照表: which column of a foreign export holds which of our fields, as data (docs/导入对照表.md).

One table of keys drives reading, checking and the manual; every mistake of a file is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec import field as attribute

from zhuomuniao.errors import DataFileError, FileProblem
from zhuomuniao.model import CODE_TITLES, CODED_FIELDS
from zhuomuniao.texts import clean_text, squeeze
from zhuomuniao.tomlkeys import (
    Key,
    Place,
    Section,
    Take,
    WrongValueError,
    any_text,
    at_least_one,
    number,
    one_of,
    read_toml,
    shown,
    tables,
    text,
    texts,
)

ORDER_NO = "order_no"

FIELD_TITLES: Mapping[str, str] = {
    ORDER_NO: "工单编号",
    "accepted_at": "受理时间",
    "applicant": "办理对象",
    "phone": "联系电话",
    "about": "情况",
    "unit": "责任单位",
    **CODE_TITLES,
    "suggestion": "意见建议",
    "accepted_by": "受理人员",
    "assigned_at": "转办时间",
    "due_on": "办理时限",
    "resolved_at": "办结时间",
    "outcome": "结果类别",
    "result": "处理情况",
    "satisfaction": "满意度",
    "remark": "备注",
}
"""Every field an export can fill, and what it is called where the ledger has no column of its own for it."""

DATE_FIELDS = frozenset(("accepted_at", "assigned_at", "due_on", "resolved_at"))
JOINED_FIELDS = frozenset(("about", "result", "suggestion", "remark"))
"""Fields that may be put together of several columns, such as 标题 and 内容."""
WORD_FIELDS = frozenset((*CODED_FIELDS, "unit", "outcome", "satisfaction"))
NECESSARY_FIELDS = (ORDER_NO, "accepted_at", "applicant", "about")
"""What no work order can be registered without."""

SEARCHED = 6000
"""Characters of a text in which patterns look: more than any matter may have."""


_NOTHING = ("无", "/", "-", "--", "—", "不详", "未知", "未填写", "未提供", "空", "null", "NULL", "N/A")
_TOTALS = ("合计", "小计", "总计", "累计", "共计")


class Unlisted(StrEnum):
    """What becomes of a word that stands neither in the mapping nor in the ledger's code list."""

    REJECT = "拒绝"
    REMARK = "记入备注"


class ColumnRule(Struct, frozen=True):
    """One column of the export: the headers it is known by and the field it fills."""

    field: str
    headers: tuple[str, ...]


class PatternRule(Struct, frozen=True):
    """How a field is found inside the text of another one: the first match's first group, or the whole match.

    ``note`` is told to the clerk of each row that was filled so.
    """

    field: str
    within: str
    find: re.Pattern[str]
    note: str = ""


class WordRule(Struct, frozen=True):
    """The words of an export in our own: 投诉举报 → 投诉, and what becomes of all others."""

    field: str
    words: Mapping[str, str] = attribute(default_factory=dict)
    unlisted: Unlisted = Unlisted.REJECT

    def translate(self, word: str) -> str:
        """Our word for one of the export's; a word that is not listed comes back as it was."""
        wanted = squeeze(word)
        return next((ours for theirs, ours in self.words.items() if squeeze(theirs) == wanted), word)


class OrderMapping(Struct, frozen=True):
    """How the exports of one system are read."""

    id: str
    title: str
    columns: tuple[ColumnRule, ...]
    patterns: tuple[PatternRule, ...] = ()
    words: tuple[WordRule, ...] = ()
    defaults: Mapping[str, str] = attribute(default_factory=dict)
    sheets: tuple[str, ...] = ()
    header_within: int = 12
    skip_rows: tuple[str, ...] = _TOTALS
    empty_words: tuple[str, ...] = _NOTHING
    date_formats: tuple[str, ...] = ()
    note: str = ""

    def words_of(self, name: str) -> WordRule:
        """The words of a field; none are listed where the mapping says nothing of it."""
        return next((rule for rule in self.words if rule.field == name), WordRule(name))

    def missing(self, found: frozenset[str]) -> tuple[str, ...]:
        """The necessary fields that neither the ``found`` columns nor patterns nor defaults can fill."""
        return tuple(name for name in NECESSARY_FIELDS if not self._can_fill(name, found))

    def _can_fill(self, name: str, found: frozenset[str]) -> bool:
        if name in found or self.defaults.get(name):
            return True
        return any(rule.field == name and rule.within in found for rule in self.patterns)

    def moment(self, written: str) -> datetime | None:
        """The moment a text means in one of the mapping's own date formats."""
        for form in self.date_formats:
            match = date_pattern(form).fullmatch(written.strip())
            if match is None:
                continue
            parts = {name: int(value) for name, value in match.groupdict().items()}
            year = parts.get("year", 0) + (2000 if parts.get("year", 0) < 100 else 0)
            try:
                return datetime(year, parts["month"], parts["day"], parts.get("hour", 0), parts.get("minute", 0))
            except ValueError:
                continue
        return None


_TOKENS = {"YYYY": "year", "YY": "year", "MM": "month", "DD": "day", "hh": "hour", "mm": "minute", "ss": "second"}
_TOKEN = re.compile("|".join(_TOKENS))


def date_pattern(form: str) -> re.Pattern[str]:
    """``YYYY/MM/DD hh:mm`` as a regular expression. Raises :class:`WrongValueError` for what is no date format."""
    tokens = list(_TOKEN.finditer(form))
    named = [_TOKENS[token[0]] for token in tokens]
    # Digits that stand against each other can only be told apart by their number.
    is_compact = any(one.end() == other.start() for one, other in pairwise(tokens))
    parts, at = [], 0
    if len(set(named)) == len(named) and {"year", "month", "day"} <= set(named):
        for match in tokens:
            digits = len(match[0]) if is_compact or match[0][0] == "Y" else "1,2"
            parts += [re.escape(form[at : match.start()]), rf"(?P<{_TOKENS[match[0]]}>\d{{{digits}}})"]
            at = match.end()
        return re.compile("".join(parts) + re.escape(form[at:]), re.ASCII)
    raise WrongValueError(f"“{shown(form)}”不是日期格式", "例如 YYYYMMDDhhmmss、MM/DD/YYYY hh:mm", "日期格式")


def _one_of_fields(names: Mapping[str, str] | frozenset[str]) -> Take:
    def take(value: Any, place: Place) -> str:
        if not isinstance(value, str) or value not in names:
            raise WrongValueError(f"不认识“{shown(value)}”", f"可写：{'、'.join(sorted(names))}", "认识的栏目")
        return value

    return take


def _expression(value: Any, place: Place) -> re.Pattern[str]:
    written = text(value, place)
    try:
        return re.compile(written)
    except (re.error, RecursionError, OverflowError) as error:
        wrong = f"“{shown(written)}”不是正则表达式"
        raise WrongValueError(wrong, "请核对括号和反斜杠；TOML 里请用单引号 '…'", "正则表达式") from error


def _date_formats(value: Any, place: Place) -> tuple[str, ...]:
    forms = texts(value, place)
    for form in forms:
        date_pattern(form)
    return forms


def _text_table(value: Any, place: Place) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise WrongValueError("不是对照的词", '例如 { "投诉举报" = "投诉" }', "对照的词")
    return {str(theirs): ours for theirs, ours in value.items()}


def _defaults(value: Any, place: Place) -> dict[str, str]:
    table = _text_table(value, place)
    unknown = sorted(set(table) - (set(FIELD_TITLES) - {ORDER_NO, *DATE_FIELDS}))
    if unknown:
        raise WrongValueError(
            f"“{shown(unknown[0])}”不能有缺省", "编号和时间不能有缺省；别的栏目名见 columns 的 field", "认识的栏目"
        )
    return table


_ANY_FIELD = _one_of_fields(FIELD_TITLES)

COLUMN_SECTION = Section(
    "columns",
    "一列：导出文件里的哪一列，存到哪一栏",
    (
        Key("field", _ANY_FIELD, "存到哪一栏，见“栏目”表；情况、处理情况、意见建议、备注可以由几列合成，写几段"),
        Key(
            "headers",
            at_least_one(texts),
            "表头的各种写法；空格、全角半角、“*”不计。两行表头的，上下连起来写，如 反映人姓名",
        ),
    ),
    ColumnRule,
)
PATTERN_SECTION = Section(
    "patterns",
    "从一段文字里找：没有这一列，或这一列是空的时候",
    (
        Key("field", _ANY_FIELD, "存到哪一栏"),
        Key("within", _ANY_FIELD, "在哪一栏的文字里找，一般是 about"),
        Key("find", _expression, "正则表达式；有括号的取第一个括号里的。同一栏可写几段，依次试"),
        Key("note", any_text, "这样找到的，要提醒的话", ""),
    ),
    PatternRule,
)
WORD_SECTION = Section(
    "words",
    "用词对照：导出文件里的词，换成本区县代码表里的词",
    (
        Key("field", _one_of_fields(WORD_FIELDS), "哪一栏：代码栏、unit、outcome、satisfaction"),
        Key("words", _text_table, '对照，如 { "投诉举报" = "投诉" }', {}),
        Key("unlisted", one_of(Unlisted), "代码表里也没有的词：拒绝（这一行不登记）或 记入备注", Unlisted.REJECT),
    ),
    WordRule,
)
MAPPING_SECTION = Section(
    "对照表",
    "一份对照表",
    (
        Key("id", text, "对照表的名字，--mapping 后面写的"),
        Key("title", text, "哪个系统的哪种导出"),
        Key("note", any_text, "说明", ""),
        Key("sheets", texts, "只读哪些工作表；不写就是表头对得上的都读", ()),
        Key("header_within", number(1, 60), "表头在前几行里找（上面可以有标题、导出时间）", 12),
        Key(
            "skip_rows",
            texts,
            "以这些词开头的行不算，如 合计",
            _TOTALS,
        ),
        Key("empty_words", texts, "等于没有填的词，如 无、/", _NOTHING),
        Key("date_formats", _date_formats, "特别的日期写法，用 YYYY MM DD hh mm ss；常见的写法不用写", ()),
        Key("defaults", _defaults, "空着的时候填什么，写在 [defaults] 下", {}),
        Key("columns", at_least_one(tables(COLUMN_SECTION)), "各列", inner=COLUMN_SECTION),
        Key("patterns", tables(PATTERN_SECTION), "从文字里找", (), inner=PATTERN_SECTION),
        Key("words", tables(WORD_SECTION), "用词对照", (), inner=WORD_SECTION),
    ),
    OrderMapping,
)
SECTIONS = (MAPPING_SECTION, COLUMN_SECTION, PATTERN_SECTION, WORD_SECTION)
"""Every section of a mapping file, in the order of the manual."""


def load_mapping(path: Path) -> OrderMapping:
    """Read a mapping file. Raises :class:`DataFileError` with every mistake of the file."""
    problems: list[FileProblem] = []
    place = Place(path.name, problems)
    data = read_toml(path, place)
    mapping: OrderMapping | None = MAPPING_SECTION.read(data, place) if data or not problems else None
    if mapping is not None:
        _check(mapping, place)
    if problems or mapping is None:
        raise DataFileError(tuple(problems))
    return mapping


def _check(mapping: OrderMapping, place: Place) -> None:
    """What must hold between the tables of a mapping."""
    owners: dict[str, str] = {}
    for n, rule in enumerate(mapping.columns, start=1):
        inner = place.at("columns").nth(n)
        if rule.field not in JOINED_FIELDS and rule.field in [r.field for r in mapping.columns[: n - 1]]:
            inner.at("field").tell(f"“{rule.field}”已经有一列了", "请把几种表头写在同一段的 headers 里", "一栏一段")
        for header in map(header_key, rule.headers):
            if header in owners:
                inner.at("headers").tell(f"“{header}”已经写给“{owners[header]}”了", "一个表头只能给一栏", "不重复")
            owners.setdefault(header, rule.field)
    mapped = frozenset(rule.field for rule in mapping.columns)
    for n, pattern in enumerate(mapping.patterns, start=1):
        if pattern.within not in mapped:
            place.at("patterns").nth(n).at("within").tell(
                f"“{pattern.within}”没有对应的列", "只能在 [[columns]] 里有的栏目里找", "有列的栏目"
            )
    for name in mapping.missing(mapped):
        title = FIELD_TITLES[name]
        place.at("columns").tell(f"没有说{title}（{name}）从哪里来", "请写一段 [[columns]] 或 [[patterns]]", title)


_MARKS = re.compile(r"[*＊:：]|\(必填\)|\(选填\)")


def header_key(header: object) -> str:
    """A header for comparing: without white space, asterisks and colons, full-width forms made plain."""
    return _MARKS.sub("", squeeze(clean_text(str(header)))) if header is not None else ""
