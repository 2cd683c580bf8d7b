"""Issues from files: an own list (``issue add --from``), and the cells of lists that units handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.dateforms import moment_of_cell, parse_date
from zhuomuniao.errors import BadValueError, MissingValuesError, RefusedByRuleError
from zhuomuniao.fieldwork import YES
from zhuomuniao.importing.edges import is_total
from zhuomuniao.importing.namedrows import LeftOut, RawRow, WantedColumns, read_named_rows, words_of
from zhuomuniao.rules import Holds
from zhuomuniao.store.cells import plain_text
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.bulk import RejectedRow
from zhuomuniao.usecases.issues import (
    TEXT_LIMITS,
    AddedIssue,
    CheckedIssue,
    FoundIssue,
    add_issues,
    check_issue,
    planned_words,
)

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

_ISSUE_WORDS: Mapping[str, Sequence[str]] = {
    "row_no": ("row_no", "序号"),
    "problem": ("problem", "问题", "发现问题", "问题描述", "存在问题"),
    "need": ("need", "需求", "反映的需求", "企业群众或一线工作人员反映的需求", "企业群众反映的需求"),
    "unit": ("unit", "填报单位", "单位", "责任单位"),
    "activity_kind": ("kind", "activity_kind", "参与活动名称", "活动名称", "活动"),
    "leader": ("leader", "负责人姓名", "负责人", "主要负责人", "跟执法人员及职务"),
    "found_on": ("on", "found_on", "时间", "发现时间", "发现日期", "日期"),
    "activity_no": ("activity", "activity_no", "所属活动", "活动编号"),
    "place": ("place", "参与活动地点", "地点"),
    "item": ("item", "事项名称", "事项"),
    "experience": ("experience", "体验内容"),
    "experience_mode": ("mode", "experience_mode", "体验方式"),
    "remedy": ("remedy", "拟采取的解决措施", "解决措施", "改进或优化措施", "整改措施"),
    "suggestion": ("suggestion", "意见建议"),
    "handling": ("handling", "整改方式"),
    "due_on": ("due", "due_on", "完成时限", "整改时限"),
    "responsible_person": ("in_charge", "responsible_person", "包抓人", "责任人"),
    "urgent": ("urgent", "急难愁盼"),
    "meeting": ("meeting", "专题会议"),
    "mechanism": ("mechanism", "长效机制"),
    "remark": ("note", "remark", "备注"),
}
"""By which headers ``issue add --from`` knows its columns."""


class AddedFile(Struct, frozen=True):
    """What became of a file of issues. ``accepted`` counts good rows, also in a dry run."""

    added: tuple[AddedIssue, ...]
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[tuple[int, tuple[str, ...]], ...]
    accepted: int
    is_dry_run: bool


def add_file(
    office: Office, path: Path, usual: FoundIssue, *, is_dry_run: bool, is_all_or_nothing: bool
) -> AddedFile:
    """Put the rows of an .xlsx, .csv or .json on the list; what a row leaves blank is taken from ``usual``.

    Raises :class:`UnreadableFileError` when the file is none of these, or has no column for problem or need.
    """
    spec = office.spec_holding(Holds.ISSUES)
    good: list[tuple[int, CheckedIssue]] = []
    rejected: list[RejectedRow] = []
    wanted = WantedColumns(
        words=words_of(office.layout(spec), _ISSUE_WORDS),
        required={},
        one_of={"problem": "问题", "need": "需求"},
        hint="“发现问题”“需求”",
        noun="登记",
        list_key="issues",
        example='[{"unit": …, "problem": …}, …]',
    )
    left_out = LeftOut()
    for row in read_named_rows(path, wanted, left_out):
        told: list[str] = []
        try:
            found = _found_in_row(office, row, usual, told)
            if found is None:
                continue
            checked = check_issue(office, found)
        except MissingValuesError as error:
            rejected.append(RejectedRow(row.number, (error.message,)))
        except (BadValueError, RefusedByRuleError) as error:
            rejected.append(RejectedRow(row.number, (f"{error.message}（{error.remedy}）",)))
        else:
            good.append((row.number, replace(checked, warnings=(*told, *checked.warnings))))
    writes = good and not is_dry_run and not (is_all_or_nothing and rejected)
    added = add_issues(office, [one for _, one in good], by=usual.by) if writes else ()
    warnings = (*left_out.remarks(), *((number, one.warnings) for number, one in good if one.warnings))
    return AddedFile(added, tuple(rejected), warnings, len(good), is_dry_run)


def _found_in_row(office: Office, row: RawRow, usual: FoundIssue, told: list[str]) -> FoundIssue | None:
    """A row of a file; ``None`` for one that holds nothing but a number or a word below the table."""
    texts = {name: plain_text(value) for name, value in row.values.items()}
    said = [text for name, text in texts.items() if text and name not in ("row_no", "remark")]
    if not said or any(map(is_total, said)):
        return None
    words = {name: texts.get(name) or usual.words.get(name, "") for name in TEXT_LIMITS}
    if squeeze(words["urgent"]).lower() in ("true", "1", "√"):
        words["urgent"] = YES
    found_on = _day(office, row.values.get("found_on"), "发现日期") or usual.found_on
    due_on, handling = due_of_cell(office, row.values.get("due_on"), words, told)
    return FoundIssue(
        {**words, **handling}, found_on, due_on, texts.get("activity_no") or usual.activity_no, usual.by
    )


def due_of_cell(
    office: Office, value: Any, words: Mapping[str, str], told: list[str]
) -> tuple[date | None, dict[str, str]]:
    """完成时限 as a list has it: a day is the plan's, 立行立改 how it is handled, other words are remarks."""
    text = plain_text(value)
    if not text:
        return None, {}
    rules, spec = office.locality.rules_on(office.moment.as_of), office.spec_holding(Holds.ISSUES)
    if moment := moment_of_cell(value):
        planned = planned_words(rules, spec)
        return moment.date(), ({"handling": planned[0]} if planned and not words.get("handling") else {})
    listed = rules.code_list(spec.id, "handling")
    known = {squeeze(w): c.name for c in (listed.codes if listed else ()) for w in (c.name, *c.aliases)}
    at_once = [name for name in (listed.names if listed else ()) if name not in planned_words(rules, spec)]
    if squeeze(text) in ("立即", "立刻", "当场", "即时") and at_once:
        known[squeeze(text)] = at_once[0]
    if handling := known.get(squeeze(text)):
        return None, {} if words.get("handling") else {"handling": handling}
    told.append(f"完成时限“{text}”不是日期，没有当时限，原文记在备注；定了日子请用 zmn issue measure 登记")
    remark = "；".join(filter(None, (words.get("remark", ""), f"完成时限原文：{text}")))
    return None, {"remark": remark}


def _day(office: Office, value: Any, title: str) -> date | None:
    text = plain_text(value)
    if not text:
        return None
    if moment := moment_of_cell(value):
        return moment.date()
    try:
        return parse_date(text, today=office.moment.as_of)
    except BadValueError as error:
        raise BadValueError(f"{title}“{text}”看不懂", error.remedy) from error
