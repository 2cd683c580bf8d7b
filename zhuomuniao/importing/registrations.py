"""Files with many registrations: an .xlsx sheet, a .csv or a .json, read as rows of field → value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zhuomuniao.importing.namedrows import LeftOut, RawRow, WantedColumns, read_named_rows
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.layouts import Layout

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
    "experience_officer": ("officer", "experience_officer", "体验官", "体验官姓名"),
    "experience_site": ("officer_site", "experience_site", "体验点"),
    "finding_way": ("way", "finding_way", "发现方式"),
    "immersion_step": ("immersion_step", "体验环节"),
    "immersion_way": ("immersion_way", "体验形式"),
    "by": ("by", "受理人员", "受理人", "登记人"),
    "note": ("note", "备注"),
    "case_no": ("no", "case_no", "事项编号", "编号"),
}
_REQUIRED = ("applicant", "about")


def read_rows(path: Path, layout: Layout, left_out: LeftOut | None = None) -> Iterator[RawRow]:
    """The rows of a file, blank ones left out; columns are found by header text, unknown ones told in ``left_out``.

    Raises :class:`UnreadableFileError` naming what the file is, or which columns it lacks.
    """
    wanted = WantedColumns(
        words=_words(tuple((c.field, (c.header, *c.aliases)) for c in layout.columns)),
        required={field: _FIELD_WORDS[field][2] for field in _REQUIRED},
        hint="“姓名”“情况”",
        noun="登记",
        list_key="registrations",
        example='[{"name": …, "about": …}, …]',
        fills_merged=False,
        passed_over=frozenset(squeeze(name) for c in layout.columns for name in (c.header, *c.aliases)),
    )
    return read_named_rows(path, wanted, left_out)


def _words(layout_words: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    """Every header a field is known by. The general words win over a layout's own."""
    words: dict[str, str] = {}
    for field, headers in (*_FIELD_WORDS.items(), *layout_words):
        if field in _FIELD_WORDS or field == "accepted_at":
            for header in headers:
                words.setdefault(squeeze(header), "at" if field == "accepted_at" else field)
    return words
