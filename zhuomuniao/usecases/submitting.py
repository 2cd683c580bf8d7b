"""报送登记: recording that a hand-in left the office, and taking back what was recorded by mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.errors import BadValueError, CannotWriteError, quoted, reason_of
from zhuomuniao.ruletypes import DutyRule, ReportKind
from zhuomuniao.usecases.duties import Books, DutyLine, line_of, lines_of, settling
from zhuomuniao.usecases.dutyperiods import DUTY_AHEAD_WORKDAYS
from zhuomuniao.usecases.editionfiles import WITH_NAMES, files_beside
from zhuomuniao.usecases.handingin import UNMASKED
from zhuomuniao.usecases.listversions import newest_lists
from zhuomuniao.usecases.madecopies import edition_of_day, newest_edition
from zhuomuniao.usecases.reportcopies import Copy, find_copy
from zhuomuniao.usecases.submissions import (
    Submission,
    SubmittedFile,
    copies_recorded,
    record_submission,
    take_back,
)
from zhuomuniao.workspace import REPORTS_FOLDER, file_name

if TYPE_CHECKING:
    from zhuomuniao.periods import Period
    from zhuomuniao.usecases.office import Office


class HandInTold(Struct, frozen=True):
    """What a clerk says of a hand-in: on which day, by whom, in which files (none: the newest that zmn made).

    ``is_again``: a 更正件 of what is on record already.
    """

    on: date
    by: str = ""
    files: tuple[Path, ...] = ()
    is_again: bool = False


class _Papers(Struct, frozen=True):
    """The files that were handed in, and the counts the workbook among them is stamped with."""

    files: tuple[Path, ...]
    counts: Mapping[str, int]


class Successor(Enum):
    """What zmn makes where the figures of a hand-in change afterwards: a 更正, another version, nothing."""

    CORRECTION = "correction"
    VERSION = "version"
    NONE = "none"


class Recorded(Struct, frozen=True):
    """What is on record now, how the hand-in stands with it, and what the clerk should know."""

    submission: Submission
    line: DutyLine
    late_workdays: int
    late_days: int
    warnings: tuple[str, ...]

    @property
    def successor(self) -> Successor:
        """What follows this copy where something changes."""
        if self.line.duty.report is None:
            return Successor.NONE
        return Successor.VERSION if self.line.duty.report is ReportKind.LISTS else Successor.CORRECTION


_WITH_NAMES = (WITH_NAMES, UNMASKED)
"""What the names of files say that are not masked."""

Agree = Callable[[str], None]
"""Asks the clerk whether to go on, and raises where the answer is no."""


def agree_always(question: str) -> None:
    """Go on without asking: where nobody can be asked, a warning must do."""


def only_open_period(office: Office, duty: DutyRule) -> Period:
    """The one period of a duty that is over, or is to be sent in the next workdays, and is not on record.

    Where the notice names no day a period waits when it is over, what is handed in once always, a plan when it is
    drawn up. One that still runs, of which a paper was made, may be meant as well: then the clerk must say which.

    Raises :class:`BadValueError` where there is none or several, naming them.
    """
    as_of = office.moment.as_of
    books = Books(office, copies_recorded(office))
    soon = office.calendar.nth_workday_after(as_of, DUTY_AHEAD_WORKDAYS)

    def is_open(line: DutyLine) -> bool:
        if line.due is None and (line.covers is None or duty.report is ReportKind.PLANS):
            return True
        return line.is_over(as_of) or (line.due is not None and line.due.submit_by <= soon)

    every = lines_of(books, duty, until=as_of + timedelta(days=370))
    waiting = [line for line in every if not line.is_done]
    found = [line for line in waiting if is_open(line)]
    running = [line for line in waiting if line.due is None and line not in found]
    if found:
        found += [line for line in running if newest_edition(office, duty.id, line.period.label)]
    if len(found) == 1:
        return found[0].period
    if found:
        labels = "、".join(line.period.label for line in found)
        raise BadValueError(f"{quoted(duty.title)}有几期还没有记为已报：{labels}", "请用 --period 写明是哪一期")
    if running:
        label, through = running[-1].period.label, running[-1].covers
        raise BadValueError(
            f"{quoted(duty.title)}没有等着报的：{label} 这一期到 {through[1] if through else ''} 才完",
            f"期间没有完就报出了的，请写 --period {label}；zmn duties 看全部",
        )
    raise BadValueError(
        f"{quoted(duty.title)}没有等着报的", "请用 --period 写明是哪一期；更正件加 --again；zmn duties 看全部"
    )


def record_hand_in(
    office: Office, duty: DutyRule, period: Period, handed: HandInTold, *, agree: Agree = agree_always
) -> Recorded:
    """Record that a hand-in left the office on a day: making a report is not handing it in.

    ``agree`` is asked where zmn makes a report for it and none is found.

    Raises :class:`BadValueError` for a day to come, a period not begun, one on record already, one to correct that is
    not, a file there is not; :class:`CannotWriteError`.
    """
    as_of = office.moment.as_of
    if handed.on > as_of:
        raise BadValueError(
            f"报出日期 {handed.on} 还没有到（今天是 {as_of}）", "请核对 --at；报出以后再记", field="at"
        )
    line = line_of(office, duty, period)
    if not _has_begun(line, handed.on):
        first = line.covers[0] if line.covers else period.first
        raise BadValueError(
            f"{quoted(duty.title)}{period.label} 这一期从 {first} 开始，{handed.on} 还没有内容可报",
            "请核对 --period 和 --at",
        )
    copies = copies_recorded(office).get((duty.id, period.label), ())
    command = settling(duty, period)
    if copies and not handed.is_again:
        by = f"（{copies[-1].clerk}）" if copies[-1].clerk else ""
        raise BadValueError(
            f"{quoted(duty.title)}{period.label} 已在 {copies[-1].submitted_on} 记为报出{by}",
            f"又报了更正件的加 --again；记错了的用 {command} --take-back",
        )
    if handed.is_again and not copies:
        raise BadValueError(f"{quoted(duty.title)}{period.label} 还没有报过，没有可更正的", "请去掉 --again")
    if copies and handed.on < copies[-1].submitted_on:
        raise BadValueError(
            f"更正件的报出日期 {handed.on} 早于原件的 {copies[-1].submitted_on}", "请核对 --at", field="at"
        )
    papers, warnings = _papers(office, duty, period, handed.files)
    warnings += [*office.moment.advice(), *_doubts(office, duty, period, handed, papers)]
    if not papers.files and duty.report is not None:
        agree(f"没有找到{quoted(duty.title)}{period.label} 的文件，只记报出日期？")
    if (through := line.runs_beyond(handed.on)) is not None:
        warnings.append(
            f"这一期到 {through} 才完，报出的只到 {handed.on}；过后请再生成一份，有增减的补报，补报后加 --again 再记"
        )
    submission = Submission(
        duty.id,
        period.label,
        handed.on,
        handed.by or office.workspace.config.clerk,
        tuple(_as_submitted(office, path) for path in papers.files),
        papers.counts,
        bool(copies),
        copies[0].done_on if copies else None,
    )
    if not line.is_mine:
        warnings.append(f"这是{duty.role}{f'（{duty.by}）' if duty.by else ''}的报送，不是本岗位的，已照记")
    if copies and submission.files and _sums(submission) == _sums(copies[-1]):
        warnings.append(
            f"文件和 {copies[-1].submitted_on} 报出的一模一样，没有更正什么；多记了的用 {command} --take-back 撤回"
        )
    record_submission(office, submission)
    due_on = line.due.due_on if line.due else handed.on
    late = max(0, (handed.on - due_on).days) if not copies else 0
    return Recorded(
        submission,
        line_of(office, duty, period),
        late_workdays(due_on, handed.on, office.calendar) if late else 0,
        late,
        tuple(warnings),
    )


def take_back_record(office: Office, duty: DutyRule, period: Period) -> Recorded:
    """Take back what was recorded last of a hand-in. Raises :class:`BadValueError` where nothing is on record."""
    copies = copies_recorded(office).get((duty.id, period.label), ())
    if not copies:
        raise BadValueError(f"{quoted(duty.title)}{period.label} 没有报送记录，没有可撤回的", "zmn duties 看哪些已报")
    take_back(office, copies[-1])
    return Recorded(copies[-1], line_of(office, duty, period), 0, 0, ())


def last_recorded_period(office: Office, duty: DutyRule) -> str:
    """The label of the period that was recorded last. Raises :class:`BadValueError` where there is none."""
    labels = [label for of, label in copies_recorded(office) if of == duty.id]
    if len(labels) == 1:
        return labels[0]
    if not labels:
        raise BadValueError(f"{quoted(duty.title)}没有报送记录，没有可撤回的", "zmn duties 看哪些已报")
    raise BadValueError(
        f"{quoted(duty.title)}有几期记为已报：{'、'.join(sorted(labels))}", "请用 --period 写明撤回哪一期"
    )


def _sums(submission: Submission) -> set[str]:
    return {file.sha256 for file in submission.files}


def _has_begun(line: DutyLine, day: date) -> bool:
    """Whether there is anything to hand in; a plan goes up before its period begins."""
    return line.covers is None or line.covers[0] <= day or line.duty.report is ReportKind.PLANS


def _papers(office: Office, duty: DutyRule, period: Period, files: Sequence[Path]) -> tuple[_Papers, list[str]]:
    """The files that were handed in, and what should be said of them."""
    for path in files:
        if not path.is_file():
            raise BadValueError(
                f"没有文件{quoted(str(path))}", "请核对 --file；报的是纸质的，不写 --file 也可以", field="file"
            )
    found = _newest(office, duty, period) or _lists(office, duty, period)
    if files:
        return _Papers(tuple(files), _counts_of(found, files)), []
    if found is not None:
        return found, []
    made = "" if duty.report is None else "；文件在别处的，先加 --take-back 撤回，再用 --file 写明文件记一次"
    return _Papers((), {}), [f"{REPORTS_FOLDER}/{file_name(period.label)} 里没有找到这一期的文件，只记了日期{made}"]


def _doubts(office: Office, duty: DutyRule, period: Period, handed: HandInTold, papers: _Papers) -> list[str]:
    """Why the files may not be those that left the office on that day: they were made later, or they have names."""
    copies = [copy for path in papers.files if path.suffix.lower() == ".xlsx" and (copy := _read_copy(path))]
    told, command = [], settling(duty, period)
    late = [copy for copy in copies if copy.stamp and copy.stamp.made_on and copy.stamp.made_on > handed.on]
    if late and late[0].stamp:
        fitting = edition_of_day(office, duty.id, period.label, handed.on, names_people=_names_people(duty))
        named = f'--file "{office.workspace.relative(fitting.path)}" 记一次' if fitting else "--file 写明文件记一次"
        again = " --again" if handed.is_again else ""
        told.append(
            f"{quoted(late[0].path.name)}是 {late[0].stamp.made_on} 生成的，晚于报出日期 {handed.on}；"
            f"报的是以前那一份的，用 {command} --take-back 撤回，再用 --at {handed.on}{again} {named}"
        )
    stamped = {copy.path for copy in copies if copy.stamp and copy.stamp.is_full}
    full = [path.name for path in papers.files if path in stamped or any(mark in path.name for mark in _WITH_NAMES)]
    if full and not _names_people(duty):
        told.append(
            f"{quoted(full[0])}含姓名电话，只在窗口内部使用，不要报出去；报出的其实是遮盖的一份的，"
            f"用 {command} --take-back 撤回，不加 --full 生成一份再记"
        )
    return told


def _names_people(duty: DutyRule) -> bool:
    return duty.report is not None and duty.report.names_people


def _read_copy(path: Path) -> Copy | None:
    try:
        return find_copy(path)
    except CannotWriteError:
        return None


def _newest(office: Office, duty: DutyRule, period: Period) -> _Papers | None:
    """The workbook that zmn made last for the hand-in, and what lies beside it: the letter, tables as csv, prints."""
    workbook = newest_edition(office, duty.id, period.label, names_people=_names_people(duty))
    if workbook is None:
        return None
    counts = workbook.stamp.counts if workbook.stamp else None
    return _Papers((workbook.path, *files_beside(workbook)), counts or {})


def _counts_of(found: _Papers | None, files: Sequence[Path]) -> dict[str, int]:
    """The counts of the workbook, where it is among the files named."""
    named = {path.resolve() for path in files}
    return dict(found.counts) if found and any(path.resolve() in named for path in found.files) else {}


def _lists(office: Office, duty: DutyRule, period: Period) -> _Papers | None:
    """The lists that zmn made for the period, where they are what is handed in."""
    if duty.report is not ReportKind.LISTS:
        return None
    files = newest_lists(office, duty, period.label)
    return _Papers(files, {"lists": len(files)}) if files else None


def _as_submitted(office: Office, path: Path) -> SubmittedFile:
    """A file as the journal keeps it. Raises :class:`BadValueError` where it cannot be read."""
    try:
        data = path.read_bytes()
        copy = find_copy(path) if path.suffix.lower() == ".xlsx" else None
    except OSError as error:
        raise BadValueError(
            f"读不了{quoted(path.name)}：{reason_of(error)}", "请核对文件，或关闭后再试", field="file"
        ) from error
    figures = copy.stamp.figures if copy and copy.stamp else ""
    place = path.resolve()
    is_outside = not place.is_relative_to(office.workspace.root)
    name = place.name if is_outside else office.workspace.relative(place)
    return SubmittedFile(name, sha256(data).hexdigest(), figures, is_outside)
