"""Many activities from one file: bad rows are told by number, the good ones are recorded in one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.fieldwork import join_lines, read_enforcements, split_links
from zhuomuniao.importing.namedrows import LeftOut, RawRow, WantedColumns, read_named_rows, words_of
from zhuomuniao.usecases.activities import (
    CheckedActivity,
    RawActivity,
    Recorded,
    check_activity,
    leader_with_post,
    record_activities,
    remark_text,
    with_doubles,
)
from zhuomuniao.usecases.bulk import RejectedRow
from zhuomuniao.usecases.fieldcells import Cells, count_of, lines_of, moment_in, text_of

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office

_FILE_WORDS: Mapping[str, Sequence[str]] = {
    "unit": ("unit", "单位", "参与单位", "填报单位", "责任单位"),
    "leader": ("leader", "主要负责人及职务", "主要负责人", "负责人姓名", "负责人", "姓名", "跟执法人员及职务"),
    "title": ("title", "职务"),
    "activity_kind": ("kind", "活动", "参与活动名称", "活动名称", "活动类别"),
    "held_at": ("on", "时间", "日期", "参与时间", "活动时间", "活动日期", "开展日期", "开展时间"),
    "links": ("link", "links", "参与环节", "环节"),
    "items": ("item", "items", "体验事项", "事项"),
    "enforcements": ("enforcement", "enforcements", "参与执法", "参与执法内容", "参与执法次数及内容"),
    "served_count": ("served", "接待企业群众数", "接待企业群众数量", "接待群众数"),
    "participant_count": ("participants", "参与人次"),
    "valid_revisit_count": ("valid_visits", "有效回访数", "有效回访数量", "有效回访"),
    "delegate_for": ("delegate_for", "受谁委托"),
    "remark": ("note", "备注"),
    "filed_on": ("filed", "备案日期", "备案时间"),
}


class RecordedFile(Struct, frozen=True):
    """What became of a file of activities. ``accepted`` counts good rows, also in a dry run."""

    recorded: tuple[Recorded, ...]
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[tuple[int, tuple[str, ...]], ...]
    accepted: int
    is_dry_run: bool


def record_file(
    office: Office,
    spec: LedgerSpec,
    path: Path,
    *,
    is_dry_run: bool,
    is_all_or_nothing: bool,
    read_moment: Callable[[str], datetime],
    usual: Mapping[str, str],
) -> RecordedFile:
    """Record the rows of an .xlsx, .csv or .json file in one operation. ``usual`` fills blank cells by field.

    Raises :class:`UnreadableFileError` when the file is none of these, or has no column for leader and time.
    """
    layout = office.layout(spec)
    required = {"leader": "主要负责人及职务", "held_at": "时间"}
    wanted = WantedColumns(
        words=words_of(layout, _FILE_WORDS),
        required=required if usual.get("unit") else {"unit": "单位", **required},
        hint="“单位”“主要负责人及职务”“时间”",
        noun="登记",
        list_key="activities",
        example='[{"unit": …, "leader": …, "on": …}, …]',
    )
    good: list[tuple[int, CheckedActivity]] = []
    rejected: list[RejectedRow] = []
    left_out = LeftOut()
    for row in read_named_rows(path, wanted, left_out):
        try:
            good.append((row.number, check_activity(office, spec, _raw_of(row, read_moment, usual))))
        except (BadValueError, RefusedByRuleError) as error:
            rejected.append(RejectedRow(row.number, (f"{error.message}（{error.remedy}）",)))
    checked = with_doubles(office, spec, [one for _, one in good]) if good else ()
    writes = not is_dry_run and checked and not (is_all_or_nothing and rejected)
    return RecordedFile(
        recorded=record_activities(office, spec, checked) if writes else (),
        rejected=tuple(rejected),
        warnings=left_out.remarks()
        + tuple(
            (number, (*one.warnings, *map(remark_text, one.remarks)))
            for (number, _), one in zip(good, checked, strict=True)
            if one.warnings or one.remarks
        ),
        accepted=len(good),
        is_dry_run=is_dry_run,
    )


def _raw_of(row: RawRow, read_moment: Callable[[str], datetime], usual: Mapping[str, str]) -> RawActivity:
    cells: Cells = row.values

    def text(field: str) -> str:
        return text_of(cells, field) or usual.get(field, "")

    at = moment_in(cells, "held_at", read_moment)
    if at is None:
        raise BadValueError("没有写时间", "请填写开展活动的日期，如 2026-10-08", field="held_at")
    filed = moment_in(cells, "filed_on", read_moment)
    if filed is not None and filed.date() == at.date():
        # A day only: it was filed after it was held.
        filed = max(filed, at)
    return RawActivity(
        at=at,
        unit=text("unit"),
        leader=leader_with_post(text_of(cells, "leader"), text_of(cells, "title")),
        kind=text("activity_kind"),
        identity=text("identity"),
        mode=text("mode"),
        trigger=text("trigger"),
        place=text("place"),
        links=split_links(text_of(cells, "links")),
        items=lines_of(text_of(cells, "items")),
        enforcements=lines_of(join_lines(read_enforcements(text_of(cells, "enforcements")))),
        served=count_of("接待企业群众数", text_of(cells, "served_count")),
        participants=count_of("参与人次", text_of(cells, "participant_count")),
        valid_visits=count_of("有效回访数", text_of(cells, "valid_revisit_count")),
        delegate_for=text("delegate_for"),
        note=text("remark"),
        by=usual.get("by", ""),
        filed_at=filed,
    )
