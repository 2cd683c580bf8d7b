"""Plans from files: a list of units with their days, and who takes part by the number of complaints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError
from zhuomuniao.importing.namedrows import WantedColumns, read_named_rows, words_of
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.bulk import RejectedRow
from zhuomuniao.usecases.fieldcells import count_of, day_in, text_of
from zhuomuniao.usecases.planning import MAX_NAME, RawPlan
from zhuomuniao.usecases.requests import limited_text
from zhuomuniao.usecases.units import known_unit

if TYPE_CHECKING:
    from zhuomuniao.layouts import Layout
    from zhuomuniao.usecases.office import Office

_PLAN_WORDS: Mapping[str, Sequence[str]] = {
    "unit": ("unit", "单位", "参与单位", "责任单位"),
    "activity_kind": ("kind", "活动", "参与活动名称", "活动名称"),
    "period": ("period", "期间", "季度", "窗口"),
    "leader": ("leader", "主要负责人及职务", "主要负责人", "负责人"),
    "planned_on": ("planned_on", "计划时间", "计划日期", "日期", "时间"),
    "complaint_count": ("complaints", "投诉件数"),
    "remark": ("note", "备注"),
}
_COMPLAINT_WORDS: Mapping[str, Sequence[str]] = {
    "unit": ("unit", "责任单位", "承办单位", "责任主体", "主办单位", "处置单位", "单位"),
    "count": ("count", "投诉件数", "投诉量", "件数", "数量", "投诉数", "受理量", "合计"),
}


class Complaints(Struct, frozen=True):
    """How many complaints each unit had: those that take part by their number, and how many do not."""

    chosen: tuple[tuple[str, int], ...]
    left_out: int
    bound: int
    total: int


def read_plans(
    office: Office, path: Path, usual: RawPlan
) -> tuple[tuple[tuple[int, RawPlan], ...], tuple[RejectedRow, ...]]:
    """The plans of a file with the numbers of their rows, and the rows that cannot be meant; ``usual`` fills blanks.

    Raises :class:`UnreadableFileError`.
    """
    wanted = _wanted(office.plans.layout, _PLAN_WORDS, {"unit": "单位"}, "“单位”“活动”“期间”“计划时间”", "plans")
    found, rejected = [], []
    for row in read_named_rows(path, wanted):
        cells = row.values
        try:
            raw = RawPlan(
                unit=text_of(cells, "unit") or usual.unit,
                kind=text_of(cells, "activity_kind") or usual.kind,
                period=text_of(cells, "period") or usual.period,
                planned_on=day_in(cells, "planned_on", office.moment.as_of) or usual.planned_on,
                leader=text_of(cells, "leader") or usual.leader,
                complaints=count_of("投诉件数", text_of(cells, "complaint_count")),
                note=text_of(cells, "remark") or usual.note,
            )
        except BadValueError as error:
            rejected.append(RejectedRow(row.number, (f"{error.message}（{error.remedy}）",)))
        else:
            found.append((row.number, raw))
    return tuple(found), tuple(rejected)


def count_complaints(
    office: Office, path: Path, *, at_least: int | None, top: int | None, told: list[str]
) -> Complaints:
    """The units with the most complaints by a file: 单位 with 件数, or one row for each complaint.

    ``at_least`` complaints, or the ``top`` ones (with all that have as many as the last of them). Raises
    :class:`UnreadableFileError`, and :class:`BadValueError` for a count that is no number.
    """
    rules = office.locality.rules_on(office.moment.as_of)
    bare = replace(office.plans.layout, columns=())
    wanted = _wanted(bare, _COMPLAINT_WORDS, {"unit": "责任单位"}, "“责任单位”“投诉件数”", "complaints")
    counts: Counter[str] = Counter()
    for row in read_named_rows(path, wanted):
        name = limited_text("责任单位", text_of(row.values, "unit"), MAX_NAME)
        if not name or squeeze(name) in ("合计", "总计", "小计"):
            continue
        unit = rules.units.find(name) or name
        if unit not in counts:
            known_unit(office, rules, name, told)
        number = count_of(f"第{row.number}行的件数", text_of(row.values, "count")) if "count" in row.values else 1
        counts[unit] += number or 0
    ranked = counts.most_common()
    last_of_top = ranked[min(top, len(ranked)) - 1][1] if ranked and top else 0
    bound = last_of_top or at_least or 1
    chosen = tuple((unit, n) for unit, n in ranked if n >= max(bound, 1))
    return Complaints(chosen, len(ranked) - len(chosen), bound, sum(counts.values()))


def _wanted(
    layout: Layout, words: Mapping[str, Sequence[str]], required: Mapping[str, str], hint: str, key: str
) -> WantedColumns:
    return WantedColumns(
        words=words_of(layout, words),
        required=required,
        hint=hint,
        noun="导入",
        list_key=key,
        example='[{"unit": …}, …]',
    )
