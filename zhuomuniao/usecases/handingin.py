"""上报件: the issues of a period on the notice's own list, a file for each unit and kind of activity, or merged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError, CannotWriteError, MissingValuesError, reason_of
from zhuomuniao.fieldrows import ISSUE_ROWS
from zhuomuniao.model import Finding, Status
from zhuomuniao.periods import Period, covered, neighbours, parse_period, period_of
from zhuomuniao.privacy import mask_record, mask_text
from zhuomuniao.render.list_xlsx import render_list
from zhuomuniao.render.pdf import convert_to_pdf
from zhuomuniao.reports.covered import long_day, long_days
from zhuomuniao.rules import Holds, LedgerSpec, RuleSet
from zhuomuniao.ruletypes import DutyRule, Every, ReportKind, WindowRule
from zhuomuniao.store.stage import make_folder, write_durably
from zhuomuniao.usecases.fieldperiods import taking_part_quotas
from zhuomuniao.usecases.issuelists import issues_as_of, issues_found
from zhuomuniao.usecases.issues import code_of, kind_names, usual_kind_of_issues
from zhuomuniao.usecases.requests import limited_text
from zhuomuniao.usecases.submissions import copies_recorded
from zhuomuniao.usecases.units import known_unit
from zhuomuniao.workspace import REPORTS_FOLDER, file_name

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Issue
    from zhuomuniao.layouts import Layout
    from zhuomuniao.usecases.office import Office

HAND_IN_FOLDER = "上报件"
FORMATS = ("xlsx", "pdf")
MERGED = "汇总"
MERGED_MARK = f"（{MERGED}）"
"""Stands behind the office's name on a list of all units, so that nobody takes it for one unit's."""
UNMASKED = "（未遮挡）"
"""What marks a list that shows what others mask."""
_MOST_DAYS = 3
"""Days that the head names one by one; of more, the first and the last."""
_MOST_LEADERS = 5


class ListSpan(Struct, frozen=True):
    """The days a list covers, and what they are called. ``duty`` is why it is handed in, where a notice says so."""

    label: str
    first: date
    last: date
    duty: DutyRule | None = None
    period: Period | None = None

    @property
    def days(self) -> str:
        return long_days(self.first, self.last)


class WantedLists(Struct, frozen=True):
    """Which lists are asked for: of one unit or all, of one kind or all; ``is_merged`` puts all units on one list."""

    unit: str = ""
    kind: str = ""
    is_merged: bool = False
    contact: str = ""
    contact_phone: str = ""
    formats: tuple[str, ...] = ("xlsx",)
    is_full: bool = False


class HandInList(Struct, frozen=True):
    """A list as it was put down. ``earlier_open`` of the same unit and kind were found before and are still open.

    ``to`` is the lead that a unit hands it in to; a merged list names none, its own duty does.
    """

    unit: str
    kind: str
    to: str
    issues: tuple[Issue, ...]
    earlier_open: int
    files: tuple[Path, ...]
    is_new: bool


class HandIns(Struct, frozen=True):
    """What was put down for a period, and what in the books could not be read. ``has_foot``: the form asks for a
    contact.
    """

    span: ListSpan
    lists: tuple[HandInList, ...]
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]
    has_foot: bool


def hand_in_lists(office: Office, span: ListSpan, wanted: WantedLists, *, out: Path | None = None) -> HandIns:
    """Write the lists of the issues found in the days covered, as they stand on the office's day.

    What was found before and is still open stands in the list of its own period, and is only counted. A file that is
    there already is left alone: one with other contents is put beside it, and counts from then on.

    Raises :class:`BadValueError`, :class:`MissingValuesError`, :class:`CannotWriteError`.
    """
    if unknown := [f for f in wanted.formats if f not in FORMATS]:
        raise BadValueError(f"不能生成“{unknown[0]}”格式", f"可写：{'、'.join(FORMATS)}", field="format")
    if span.first > office.moment.as_of:
        raise BadValueError(f"{span.label}（{span.days}）还没有开始，没有可报的", "请核对期间")
    spec, told = office.spec_holding(Holds.ISSUES), list[str]()
    rules = office.locality.rules_on(min(span.last, office.moment.as_of))
    unit = known_unit(office, rules, limited_text("填报单位", wanted.unit, 100), told)
    kind = code_of(rules, spec, "activity_kind", wanted.kind) if wanted.kind else ""
    issues, findings = issues_as_of(office)
    usual = usual_kind_of_issues(rules, spec)
    # A row typed in WPS may leave out what goes without saying; the head of a list names it.
    issues = tuple(i if i.activity_kind else replace(i, activity_kind=usual) for i in issues)
    mine = [i for i in issues if (not unit or i.unit == unit) and (not kind or i.activity_kind == kind)]
    groups = _groups(office, rules, spec, issues_found(mine, span.first, span.last), unit, kind)
    folder = out or hand_in_folder(office, span.label)
    paper = _Paper(office, spec, span, wanted, folder)
    if wanted.is_merged:
        kinds = dict.fromkeys(k for _, k in groups)
        lists = tuple(
            paper.put_down("", k, tuple(i for (_, of), found in groups.items() if of == k for i in found), mine)
            for k in kinds
        )
    else:
        lists = tuple(paper.put_down(u, k, found, mine) for (u, k), found in groups.items())
    if (wanted.contact or wanted.contact_phone) and not office.layout(spec).feet:
        told.append(f"《{office.layout(spec).title}》的表样没有联系人、联系电话，没有印上")
    if span.last > office.moment.as_of:
        told.append(f"本期到 {span.last} 截止，今天是 {office.moment.as_of}：只有到今天为止的")
    return HandIns(span, lists, tuple(told), findings, bool(office.layout(spec).feet))


def quarter_told(office: Office, label: str) -> str:
    """Which days the lists of a quarter cover, where the notice has them handed in by quarter."""
    duty = list_duty(office, office.locality.rules_on(office.moment.as_of))
    if duty is None or duty.every is not Every.QUARTER:
        return "本区县的清单不按季度报"
    span = list_span(office, label)
    return f"上报件数的是 {span.first} 至 {span.last} 发现的（{duty.citation.clause}）"


def list_span(office: Office, label: str = "", *, first: date | None = None, last: date | None = None) -> ListSpan:
    """The days of a hand-in: the period named, or the days given, or the period that runs (or ran last).

    The notice says how often the lists are handed in and by which day, and with that which days they cover.

    Raises :class:`BadValueError`.
    """
    if first is not None or last is not None:
        if first is None or last is None or first > last:
            raise BadValueError("起止日期要写两个，前一个不能晚于后一个", "请核对 --from-day、--to-day")
        return ListSpan(f"{first}至{last}", first, last)
    rules = office.locality.rules_on(office.moment.as_of)
    duty = list_duty(office, rules)
    every, window = _rhythm(office, rules, duty)
    today = office.moment.as_of
    period = parse_period(every, label, window) if label else period_of(every, today, window)
    if period is None:
        before = [p for p in neighbours(every, today, window) if p.first <= today]
        if not before:
            raise BadValueError("今天不在任何一个活动窗口里", "请用 --window 写明哪一个，如 2026-08")
        period = before[-1]
    if duty is None:
        return ListSpan(period.label, period.first, period.last, None, period)
    return ListSpan(period.label, *covered(duty, period, rules, office.calendar), duty, period)


def list_duty(office: Office, rules: RuleSet) -> DutyRule | None:
    """The hand-in that the lists are, the first the notice names; ``None`` where it names none (靖边)."""
    spec = office.spec_holding(Holds.ISSUES)
    lists = (d for d in rules.duties if d.report is ReportKind.LISTS and d.ledger == spec.id)
    return next(lists, None)


def _rhythm(office: Office, rules: RuleSet, duty: DutyRule | None) -> tuple[Every, WindowRule | None]:
    """How often lists are made up: as often as they are handed in, else as leaders take part."""
    if duty is not None:
        return duty.every, rules.window(duty.window)
    held = next((s for s in office.locality.ledgers if s.holds is Holds.ACTIVITIES), None)
    quotas = taking_part_quotas(rules, held) if held else ()
    return (quotas[0].every or Every.QUARTER, rules.window(quotas[0].window)) if quotas else (Every.QUARTER, None)


def kinds_of_unit(rules: RuleSet, spec: LedgerSpec, unit: str) -> tuple[str, ...]:
    """The kinds of activity that a unit takes part in by the notice's lists; the only kind where there is but one."""
    names = kind_names(rules, spec)
    if len(names) == 1:
        return names
    return tuple(k for k in names if any(k in u.activities and unit in u.names for u in rules.unit_lists))


def unit_rank(rules: RuleSet, unit: str) -> tuple[int, str]:
    """Where a unit stands in the notice's lists; those in none come last."""
    names = list(dict.fromkeys(rules.units.names))
    return (names.index(unit) if unit in names else len(names), unit)


def _groups(
    office: Office, rules: RuleSet, spec: LedgerSpec, found: Sequence[Issue], unit: str, kind: str
) -> Mapping[tuple[str, str], tuple[Issue, ...]]:
    """The issues by unit and kind, in the order of the notice's lists; one unit asked for gets its list, if blank."""
    groups: dict[tuple[str, str], tuple[Issue, ...]] = {}
    for issue in sorted(found, key=lambda i: (unit_rank(rules, i.unit), i.activity_kind)):
        key = (issue.unit, issue.activity_kind)
        groups[key] = (*groups.get(key, ()), issue)
    if unit and not groups:
        kinds = (kind,) if kind else kinds_of_unit(rules, spec, unit)
        if not kinds:
            raise MissingValuesError(
                f"“{unit}”这一期没有问题和需求，也看不出参加哪项活动，缺少：--kind（哪项活动）",
                "请写 --kind，就出一张空白的清单",
                missing=["kind"],
            )
        groups = {(unit, k): () for k in kinds}
    return groups


class _Paper(Struct, frozen=True):
    """Puts lists down in a folder."""

    office: Office
    spec: LedgerSpec
    span: ListSpan
    wanted: WantedLists
    folder: Path

    def put_down(self, unit: str, kind: str, issues: Sequence[Issue], known: Sequence[Issue]) -> HandInList:
        """One list as files; ``known`` are all issues it may have left out."""
        layout = self.office.layout(self.spec)
        shown = issues if self.wanted.is_full else [mask_record(i) for i in issues]
        named = unit if self.wanted.is_full else mask_text(unit)
        rows = [_row(issue, layout, is_merged=self.wanted.is_merged) for issue in shown]
        data = render_list(layout, self._edges(named, kind, shown), rows)
        full = UNMASKED if self.wanted.is_full else ""
        stem = file_name(f"{layout.annex}{named or MERGED}{f'（{kind}）' if kind else ''}{self.span.label}{full}")
        files, is_new = self._files(stem, data)
        earlier = [
            i
            for i in known
            if i.found_on is not None
            and i.found_on < self.span.first
            and i.status is Status.OPEN
            and i.activity_kind == kind
            and (not unit or i.unit == unit)
        ]
        return HandInList(
            named, kind, self._lead_of(kind) if unit else "", tuple(issues), len(earlier), files, is_new
        )

    def _lead_of(self, kind: str) -> str:
        """Who leads this kind of activity: the notice sends its lists there."""
        rules = self.office.locality.rules_on(min(self.span.last, self.office.moment.as_of))
        lead = next((r.to for r in rules.routes if r.matter == kind), "")
        return lead or (self.span.duty.to if self.span.duty else "")

    def _edges(self, unit: str, kind: str, issues: Sequence[Issue]) -> dict[str, str]:
        """What stands above and below the table; what is signed or dated by hand stays blank."""
        leaders = list(dict.fromkeys(i.leader for i in issues if i.leader))
        days = sorted({i.found_on for i in issues if i.found_on})
        merged = self.wanted.is_merged
        named = f"{self.office.name}{MERGED_MARK}" if merged else unit
        return {
            "unit": named,
            "leader": "" if merged or len(leaders) > _MOST_LEADERS else "、".join(leaders),
            "activity_kind": kind,
            "held_on": self.span.days if merged else _days_told(days),
            "contact": self.wanted.contact,
            "contact_phone": self.wanted.contact_phone,
        }

    def _files(self, stem: str, data: bytes) -> tuple[tuple[Path, ...], bool]:
        """The newest version where it is the same, else the next: one that was handed in stays what it was."""
        try:
            path = self._version(stem, data)
            is_there = path.exists()
            if not is_there:
                make_folder(self.folder)
                write_durably(path, data)
            pdf = path.with_suffix(".pdf")
            if "pdf" in self.wanted.formats and not (is_there and pdf.exists()):
                write_durably(pdf, convert_to_pdf(data, "xlsx"))
        except OSError as error:
            raise CannotWriteError(
                f"写不进“{self.folder.name}”：{reason_of(error)}", "请核对 --out 和文件夹权限"
            ) from error
        return ((path, pdf) if "pdf" in self.wanted.formats else (path,)), not is_there

    def _version(self, stem: str, data: bytes) -> Path:
        there = {n: path for path in lists_in(self.folder) if (n := _number_in(path.name, stem)) is not None}
        gone = {
            n: file
            for copies in copies_recorded(self.office).values()
            for copy in copies
            for file in copy.files
            if (n := _number_in(Path(file.path).name, stem)) is not None and n not in there
        }
        newest = max((*there, *gone), default=0)
        is_same = (
            there[newest].read_bytes() == data
            if newest in there
            else newest in gone and gone[newest].sha256 == sha256(data).hexdigest()
        )
        number = newest if is_same else newest + 1
        return self.folder / f"{stem}{f'（{number}）' if number > 1 else ''}.xlsx"


def hand_in_folder(office: Office, label: str) -> Path:
    """Where the lists of a period are put."""
    return office.workspace.root / REPORTS_FOLDER / file_name(label) / HAND_IN_FOLDER


def is_gathering(office: Office, rules: RuleSet, duty: DutyRule) -> bool:
    """Whether a duty hands on the lists of others, merged."""
    of_units = list_duty(office, rules)
    return of_units is not None and of_units.id != duty.id


VERSION = "(?:（(?P<number>[0-9]{1,6})）)?\\.xlsx"
"""How a list's name ends: the first version has no number."""


def lists_in(folder: Path) -> list[Path]:
    """The workbooks in a folder, without the marks that programs leave beside open ones."""
    return sorted(p for p in folder.glob("*.xlsx") if p.name[0] not in "~.") if folder.is_dir() else []


def _number_in(name: str, stem: str) -> int | None:
    match = re.fullmatch(f"{re.escape(stem)}{VERSION}", name)
    return int(match["number"] or 1) if match else None


NEED_MARK = "需求："
"""How a need begins where the form has no column for it."""


def _row(issue: Issue, layout: Layout, *, is_merged: bool) -> dict[str, Any]:
    """The official cells of an issue. On the merged list the unit stands where a word beside fits: the columns of the
    notice may not change.
    """
    values = ISSUE_ROWS.row_of(issue, layout)
    own = {c.field: values.get(c.field) for c in layout.official_columns if c.field != "row_no"}
    if issue.need and "need" not in own and "suggestion" in own:
        # 附件3 of 靖边 has no column for what people need: it stands with what they suggest, and says so.
        own["suggestion"] = "\n".join(filter(None, (f"{NEED_MARK}{issue.need}", str(own["suggestion"] or ""))))
    if is_merged:
        beside = next((name for name in ("remark", "leader") if name in own), next(iter(own)))
        own[beside] = "\n".join(filter(None, (issue.unit, str(own[beside] or ""))))
    return own


def _days_told(days: Sequence[date]) -> str:
    if not days:
        return ""
    if len(days) > _MOST_DAYS:
        return long_days(days[0], days[-1])
    first, *others = days
    told = [long_day(first)]
    for day, before in zip(others, days, strict=False):
        told.append(f"{day.month}月{day.day}日" if day.year == before.year else long_day(day))
    return "、".join(told)
