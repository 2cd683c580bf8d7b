"""Files with many registrations: an .xlsx sheet, a .csv or a .json, read as rows of field → value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.importing.foreign import read_bytes, separated_rows, unguarded
from zhuomuniao.intake import decode_text
from zhuomuniao.layouts import Layout
from zhuomuniao.store.cells import CellValue
from zhuomuniao.store.reader import read_sheets
from zhuomuniao.texts import squeeze

_HEADER_SEARCH_ROWS = 12

_FIELD_WORDS: dict[str, tuple[str, ...]] = {
    "applicant": ("name", "applicant", "办理对象", "办理对象姓名", "姓名", "申请人", "反映人", "名称", "企业名称"),
    "about": ("about", "“办不成事”情况", "“办不成事”情况记录", "情况", "事由", "问题描述", "反映问题", "内容"),
    "at": ("at", "accepted_at", "受理时间", "登记时间", "受理日期", "时间", "日期"),
    "phone": ("phone", "联系电话", "电话", "手机", "手机号"),
    "unit": ("unit", "责任窗口（单位）", "责任窗口", "责任单位", "承办单位", "单位"),
    "kind": ("kind", "事项性质", "性质"),
    "tier": ("tier", "响应级别", "级别"),
    "channel": ("channel", "受理渠道", "渠道", "来源"),
    "category": ("category", "业务类别"),
    "cause": ("cause", "原因类别", "原因", "类别"),
    "track": ("track", "办理路径"),
    "domain": ("domain", "诉求领域", "领域"),
    "situation": ("situation", "未办成情形"),
    "acceptance_site": ("acceptance_site", "受理点"),
    "life_stage": ("life_stage", "全生命周期环节", "生命周期"),
    "suggestion_group": ("suggestion_group", "意见建议类别"),
    "suggestion_aspect": ("suggestion_aspect", "意见建议方面"),
    "suggestion": ("suggestion", "意见建议"),
    "by": ("by", "受理人员", "受理人", "登记人"),
    "note": ("note", "备注"),
    "case_no": ("no", "case_no", "事项编号", "编号"),
}
_REQUIRED = ("applicant", "about")


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file: its number there (JSON: its place in the list) and its values."""

    number: int
    values: dict[str, CellValue]


def read_rows(path: Path, layout: Layout) -> Iterator[RawRow]:
    """The rows of a file, blank ones left out; columns are found by header text.

    Raises :class:`UnreadableFileError` naming what the file is, or which columns it lacks.
    """
    match path.suffix.lower():
        case ".json":
            yield from _json_rows(read_bytes(path), path.name)
        case ".csv" | ".txt":
            sheet: list[list[CellValue]] = [list(row) for row in separated_rows(read_bytes(path), path.name)]
            yield from _sheet_rows([sheet], layout, path.name, is_text=True)
        case ".xlsx" | ".xlsm":
            yield from _sheet_rows(list(read_sheets(read_bytes(path), name=path.name).values()), layout, path.name)
        case other:
            raise UnreadableFileError(
                f"“{path.name}”的类型“{other}”不能成批登记",
                "请另存为 .xlsx、.csv 或 .json；.xls 和 .et 请用 WPS 打开后另存为 .xlsx",
                kind="unsupported",
            )


def _json_rows(data: bytes, name: str) -> Iterator[RawRow]:
    try:
        loaded: Any = json.loads(decode_text(data))
    except json.JSONDecodeError as error:
        raise UnreadableFileError(
            f"“{name}”不是合法的 JSON（第{error.lineno}行第{error.colno}列）", "请核对文件内容", kind="json"
        ) from error
    except ValueError as error:
        raise UnreadableFileError(
            f"“{name}”里有长得离谱的数字", "请核对文件内容；编号、电话请加引号", kind="json"
        ) from error
    except RecursionError as error:
        raise UnreadableFileError(f"“{name}”套得太深，不像登记的列表", "请核对文件内容", kind="json") from error
    entries = loaded.get("registrations") if isinstance(loaded, dict) else loaded
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise UnreadableFileError(
            f"“{name}”里不是登记的列表", '应为 [{"name": …, "about": …}, …]，或放在 "registrations" 下', kind="json"
        )
    words = _words(())
    for number, entry in enumerate(entries, start=1):
        named = {words[key]: value for k, value in entry.items() if (key := squeeze(k)) in words}
        yield RawRow(number, named)


def _sheet_rows(
    sheets: Sequence[Sequence[Sequence[CellValue]]], layout: Layout, name: str, *, is_text: bool = False
) -> Iterator[RawRow]:
    words = _words(tuple((c.field, (c.header, *c.aliases)) for c in layout.columns))
    best: tuple[int, dict[str, int], Sequence[Sequence[CellValue]]] = (0, {}, ())
    for sheet in sheets:
        for number, cells in enumerate(sheet[:_HEADER_SEARCH_ROWS]):
            found: dict[str, int] = {}
            for at, cell in enumerate(cells):
                key = squeeze(cell) if cell is not None else ""
                if key in words:
                    found.setdefault(words[key], at)
            if len(found) > len(best[1]):
                best = (number, found, sheet)
    header, columns, rows = best
    missing = [field for field in _REQUIRED if field not in columns]
    if missing:
        titles = "、".join(_FIELD_WORDS[field][2] for field in missing)
        raise UnreadableFileError(
            f"“{name}”里找不到这些列：{titles}",
            "请在表头写上“姓名”“情况”等列名；可先用 --dry-run 检查",
            kind="columns",
        )
    for number, cells in enumerate(rows[header + 1 :], start=header + 2):
        values = {field: cells[at] for field, at in columns.items() if at < len(cells)}
        if is_text:
            values = {field: unguarded(value) for field, value in values.items()}
        if any(value not in (None, "") for value in values.values()):
            yield RawRow(number, values)


def _words(layout_words: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    """Every header a field is known by. The general words win over a layout's own."""
    words: dict[str, str] = {}
    for field, headers in (*_FIELD_WORDS.items(), *layout_words):
        if field in _FIELD_WORDS or field == "accepted_at":
            for header in headers:
                words.setdefault(squeeze(header), "at" if field == "accepted_at" else field)
    return words
