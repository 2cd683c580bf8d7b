"""What is handed in: built as plain tables, rendered, put in its folder."""

from __future__ import annotations

import calendar as month_lengths
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from zhuomuniao.errors import BadValueError, CannotWriteError, reason_of
from zhuomuniao.logbook import ended_rounds
from zhuomuniao.model import Finding
from zhuomuniao.render.letter_docx import render_report_letter
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.reports.month import build_month_report
from zhuomuniao.reports.tables import Report, ReportLetter
from zhuomuniao.rules import LedgerSpec
from zhuomuniao.store.owner import find_owner, is_left_behind
from zhuomuniao.store.reader import read_custom_properties
from zhuomuniao.store.stage import make_folder, write_durably
from zhuomuniao.usecases.looking import cases_as_of
from zhuomuniao.usecases.office import Office
from zhuomuniao.workspace import REPORTS_FOLDER, file_name

_FINGERPRINT = "zmn.figures"


@dataclass(frozen=True, slots=True)
class HandIn:
    """A report and the file it stands in.

    ``correction`` numbers a 更正, 0 is the first edition; ``is_new`` tells that the file was not there before.
    ``letter`` is the 公文 that goes with it, ``letter_path`` the docx it stands in.
    """

    report: Report
    path: Path
    correction: int
    is_new: bool
    findings: tuple[Finding, ...] = ()
    letter: ReportLetter | None = None
    letter_path: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file of the hand-in."""
        return (self.path, self.letter_path) if self.letter_path else (self.path,)


def month_report(
    office: Office, spec: LedgerSpec, year: int, month: int, *, out: Path | None = None, is_full: bool = False
) -> HandIn:
    """The report of a month as it stood at the month's end, or at the day asked while the month runs.

    A file of the same month whose figures differ is kept: the new one is numbered 更正. Raises
    :class:`BadValueError` for a month not yet begun.
    """
    if date(year, month, 1) > office.moment.as_of:
        raise BadValueError(f"{year}年{month}月还没有开始，没有可报的内容", "请核对 --month")
    last = date(year, month, month_lengths.monthrange(year, month)[1])
    cut = min(office.moment.as_of, last)
    at_cut = replace(office, moment=replace(office.moment, as_of=cut))
    layout = office.layout(spec)
    rules = office.locality.rules_on(cut)
    units = (*rules.units.names, *office.workspace.config.units)
    seen = cases_as_of(at_cut, spec)
    logs = office.ledger(spec).steps({case.case_no for case in seen.records if case.round > 1})
    sent_back = {no: ended_rounds(s for s in steps if s.at.date() <= cut) for no, steps in logs.items()}
    report = build_month_report(
        seen.records,
        year=year,
        month=month,
        as_of=cut,
        layout=layout,
        office=office.name,
        ledger_title=spec.title,
        unit_order=units,
        calendar=office.calendar,
        chain_head=office.store.journal.head,
        is_full=is_full,
        sent_back=sent_back,
        code_orders={c.field: c.names for c in rules.codes if c.ledger == spec.id},
    )
    kind = kind_of_copy(cut if cut < last else None, is_full=is_full)
    made = file_report(report, reports_folder(office, report, out), f"{spec.title}月报{report.period}{kind}")
    return replace(made, findings=seen.findings)


def reports_folder(office: Office, report: Report, out: Path | None = None) -> Path:
    """Where a report is put: ``报表/<period>/``, or where the clerk said."""
    return out or office.workspace.root / REPORTS_FOLDER / report.period


def kind_of_copy(running_through: date | None, *, is_full: bool) -> str:
    """What the file's name says of the copy: whether it has names, through which day a running period is told of."""
    kind = "（含姓名电话）" if is_full else ""
    return f"{kind}（截至{running_through.month}月{running_through.day}日）" if running_through else kind


def file_report(
    report: Report, folder: Path, stem: str, *, letter: ReportLetter | None = None, is_kept: bool = False
) -> HandIn:
    """Put a report into its file, beside an earlier one of other figures as 更正N.

    Only files of the same ``stem`` correct each other: a copy with names or of a running month is another paper.
    ``is_kept``: a file of the same figures is left as it is, for people write into it. A letter that is there already
    is never written over. Raises :class:`CannotWriteError`.
    """
    figures = _fingerprint(report)
    stem = file_name(stem)
    correction = 0
    path = folder / f"{stem}.xlsx"
    while _is_taken(path, figures, has_letter=letter is not None):
        correction += 1
        path = folder / f"{stem}（更正{correction}）.xlsx"
    if correction:
        report = _as_correction(report, correction)
    is_new = not path.exists()
    if is_new or not is_kept:
        _write(path, render_report(report, properties={_FINGERPRINT: figures}))
    if letter is None:
        return HandIn(report, path, correction, is_new)
    letter = replace(letter, title=letter.title + _mark(correction)) if correction else letter
    letter_path = path.with_suffix(".docx")
    if not letter_path.exists():
        _write(letter_path, render_report_letter(letter))
    return HandIn(report, path, correction, is_new, letter=letter, letter_path=letter_path)


def _is_taken(path: Path, figures: str, *, has_letter: bool) -> bool:
    """Whether a file name belongs to other figures. A letter without its workbook may tell of any."""
    if path.exists():
        return _figures_of(path) != figures
    return has_letter and path.with_suffix(".docx").exists()


def _mark(number: int) -> str:
    return f"（更正{number}）"


def _as_correction(report: Report, number: int) -> Report:
    mark = _mark(number)
    tables = tuple(replace(t, title=(*t.title[:-1], t.title[-1] + mark)) if t.title else t for t in report.tables)
    return replace(report, title=report.title + mark, tables=tables)


def _fingerprint(report: Report) -> str:
    """What makes two editions of a report the same: every cell but those of 指标口径, which name the chain."""
    cells = [t.rows for t in report.tables if t.sheet != "指标口径"]
    return sha256(repr((report.title, cells, sorted(report.counts.items()))).encode()).hexdigest()


def _figures_of(path: Path) -> str:
    return read_custom_properties(path.read_bytes(), name=path.name).get(_FINGERPRINT, "")


def _write(path: Path, data: bytes) -> None:
    owner = find_owner(path)
    if owner and not is_left_behind(path, owner):
        raise CannotWriteError(f"“{path.name}”正被 {owner} 打开，没有改动它", "请关闭后再生成一次")
    try:
        make_folder(path.parent)
    except OSError as error:
        raise CannotWriteError(f"建不了文件夹“{path.parent}”：{reason_of(error)}", "请核对 --out") from error
    write_durably(path, data)
