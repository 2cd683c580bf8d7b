"""The office's own table of officers, taken into the roster: bad rows are told by number, good ones are appointed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.dateforms import moment_of_cell, parse_date
from zhuomuniao.errors import BadValueError
from zhuomuniao.importing.namedrows import LeftOut, RawRow, WantedColumns, read_named_rows, words_of
from zhuomuniao.store.cells import CellValue, plain_text
from zhuomuniao.usecases.bulk import RejectedRow
from zhuomuniao.usecases.officers import NewOfficer, appoint, check_officer, composition_remarks, roster_spec

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Officer
    from zhuomuniao.model import Receipt
    from zhuomuniao.usecases.office import Office

_WORDS: Mapping[str, Sequence[str]] = {
    "name": ("name", "姓名", "姓名", "体验官", "体验官姓名"),
    "officer_source": ("source", "officer_source", "类别", "来源", "体验官来源", "身份", "人员类别"),
    "post": ("post", "单位及职务", "单位职务", "工作单位及职务", "单位", "工作单位", "职务"),
    "phone": ("phone", "联系电话", "电话", "手机", "手机号", "联系方式"),
    "site": ("site", "体验点"),
    "appointed_on": ("on", "appointed_on", "聘任日期", "聘任时间", "起聘日期"),
    "term": ("term", "聘期起止", "聘期", "任期"),
    "remark": ("note", "备注"),
}
_BETWEEN_DAYS = re.compile(r"至|到|—+|～|~")


class RosterTaken(Struct, frozen=True):
    """What became of a file. ``accepted`` counts good rows, also in a dry run; ``remarks`` are of the roster."""

    appointed: tuple[Receipt[Officer], ...]
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[tuple[int, tuple[str, ...]], ...]
    remarks: tuple[str, ...]
    accepted: int
    is_dry_run: bool


def take_roster(
    office: Office, path: Path, *, at: datetime, on: date | None, is_dry_run: bool, is_all_or_nothing: bool
) -> RosterTaken:
    """Appoint the people of an .xlsx, .csv or .json table in one operation; ``on`` is for rows without a day.

    Raises :class:`UnreadableFileError` when the file is none of these, or has no column for name and source.
    """
    roster_spec(office)
    before = office.officers.state().records
    good: list[tuple[int, Officer, tuple[str, ...]]] = []
    rejected: list[RejectedRow] = []
    wanted = WantedColumns(
        words=words_of(office.officers.layout, _WORDS),
        required={"name": "姓名", "officer_source": "类别"},
        hint="“姓名”“类别”",
        noun="列入",
        list_key="officers",
        example='[{"name": …, "source": …}, …]',
    )
    left_out = LeftOut()
    for row in read_named_rows(path, wanted, left_out):
        told: list[str] = []
        try:
            raw = _officer_of(row, on)
            officer = check_officer(office, raw, (*before, *(o for _, o, _ in good)), told)
        except BadValueError as error:
            rejected.append(RejectedRow(row.number, (f"{error.message}（{error.remedy}）",)))
        else:
            good.append((row.number, officer, tuple(told)))
    writes = not is_dry_run and good and not (is_all_or_nothing and rejected)
    officers = [officer for _, officer, _ in good]
    return RosterTaken(
        appointed=appoint(office, officers, at=at) if writes else (),
        rejected=tuple(rejected),
        warnings=(*left_out.remarks(), *((number, told) for number, _, told in good if told)),
        remarks=tuple(composition_remarks(office, before, (*before, *officers))) if good else (),
        accepted=len(good),
        is_dry_run=is_dry_run,
    )


def _officer_of(row: RawRow, on: date | None) -> NewOfficer:
    def text(name: str) -> str:
        return _text(row.values.get(name))

    return NewOfficer(
        name=text("name"),
        source=text("officer_source"),
        on=_appointed_on(row, on),
        post=text("post"),
        phone=text("phone"),
        site=text("site"),
        note=text("remark"),
    )


def _appointed_on(row: RawRow, on: date | None) -> date:
    """The day in the row, else the first of its term, else the one typed beside the file."""
    for name in ("appointed_on", "term"):
        value = row.values.get(name)
        if value in (None, ""):
            continue
        moment = moment_of_cell(value)
        if moment is not None:
            return moment.date()
        first = _BETWEEN_DAYS.split(plain_text(value))[0].strip()
        return parse_date(first, today=None)
    if on is None:
        raise BadValueError("没有聘任日期", "请在表里加“聘任日期”一列，或在命令后加 --on 日期", field="on")
    return on


def _text(value: CellValue) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else plain_text(value)
