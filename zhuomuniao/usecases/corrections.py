"""Which copy of a report a 更正 corrects, and what differs from it: the copy handed in, else the edition before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import CannotWriteError, quoted
from zhuomuniao.reports.changes import ChangeKind, Figures, changes_between, figures_of, fingerprint
from zhuomuniao.reports.correction import Correction
from zhuomuniao.usecases.editionfiles import REPRINT, Shelf, number_in
from zhuomuniao.usecases.reportcopies import Copy, find_copy, read_back
from zhuomuniao.usecases.submissions import (
    CopyFault,
    Submission,
    SubmittedFile,
    copies_recorded,
    spoilt_copies,
)

if TYPE_CHECKING:
    from zhuomuniao.reports.tables import Report
    from zhuomuniao.usecases.office import Office


class HandedCopy(Struct, frozen=True):
    """A copy that was recorded as handed in, as far as it still stands there.

    ``number`` is which edition of the shelf's stem its workbook was, ``None`` where it was another paper (of fewer
    days). ``reprint`` is what was made again, of the same figures, because the workbook is gone.
    """

    submission: Submission
    file: SubmittedFile | None
    number: int | None
    copy: Copy | None
    reprint: Copy | None = None

    @property
    def on(self) -> date:
        """The day on which it was handed in."""
        return self.submission.submitted_on

    @property
    def is_untouched(self) -> bool:
        """Whether the file is byte for byte the one handed in."""
        return bool(self.copy and self.file and self.copy.sha256 == self.file.sha256)

    @property
    def name(self) -> str:
        """The file's name, ``""`` where none was recorded."""
        return Path(self.file.path).name if self.file else ""


def copies_handed_in(office: Office, shelf: Shelf, *, subject: str, period: str) -> tuple[HandedCopy, ...]:
    """Every copy of a period that was recorded as handed in, on whatever day: a copy that is out stays out."""
    recorded = copies_recorded(office).get((subject, period), ())
    return tuple(_as_it_stands(office, shelf, submission) for submission in recorded)


def _as_it_stands(office: Office, shelf: Shelf, submission: Submission) -> HandedCopy:
    file = next((one for one in submission.files if one.path.lower().endswith(".xlsx") and one.figures), None)
    if file is None:
        return HandedCopy(submission, None, None, None)
    number = number_in(Path(file.path).name, shelf.stem)
    path = place_of(office, file)
    if path is None:
        return HandedCopy(submission, file, number, None)
    copy, reprint = _copy_in(path), None
    if copy is None:
        reprint = _copy_in(path.with_stem(path.stem + REPRINT))
        if reprint and not (reprint.stamp and reprint.stamp.figures == file.figures):
            reprint = None
    return HandedCopy(submission, file, number, copy, reprint)


def place_of(office: Office, file: SubmittedFile) -> Path | None:
    """Where a file that was handed in stood; ``None`` for one that did not lie in the workspace."""
    return None if file.is_outside else (office.workspace.root / file.path).resolve()


def _copy_in(path: Path) -> Copy | None:
    try:
        return find_copy(path)
    except CannotWriteError:
        return None


def what_became_of(office: Office, handed: HandedCopy, report: Report) -> tuple[str, ...]:
    """What a clerk should know of the files of a copy that is out: that one was altered since, or is gone.

    Nothing where all are what left the office.
    """
    day, told = f"{handed.on.year}年{handed.on.month}月{handed.on.day}日", []
    spoilt = spoilt_copies(office, [handed.submission])
    altered = [one.file for one in spoilt if one.fault is CopyFault.ALTERED]
    gone = [one.file for one in spoilt if one.fault is CopyFault.GONE]
    if handed.file in altered and is_only_saved_again(handed, report):
        altered.remove(handed.file)
        told.append(f"{quoted(handed.name)}{day}报出以后重新生成或另存过，已不是报出的那个文件；其中的数字没有改动")
    if altered:
        told.append(
            f"{_names(altered)}{day}报出以后又有人改动过，和登记报出时不同，这里没有动它，请与留存的纸质件核对；"
            "要按登记的数字另出一份，先把它移走再生成一次"
        )
    if gone:
        told.append(f"{day}报出的{_names(gone)}已经不在原处；再生成的带“补印”，数字相同，但不是报出的那个文件")
    return tuple(told)


def is_only_saved_again(handed: HandedCopy, report: Report) -> bool:
    """Whether a file that is not the one handed in still tells in its cells exactly what was recorded of it."""
    copy, file = handed.copy, handed.file
    if copy is None or file is None or copy.stamp is None or copy.stamp.figures != file.figures:
        return False
    found = read_back(copy, report)
    return found.figures.tables is not None and fingerprint(found.figures) == file.figures


def _names(files: Sequence[SubmittedFile]) -> str:
    return "、".join(quoted(Path(file.path).name) for file in files)


def is_same(copy: Copy, report: Report, figures: str) -> bool:
    """Whether a workbook tells the same: by its stamp, else by its cells."""
    if copy.stamp is None or copy.stamp.figures == figures:
        return copy.stamp is not None
    found = read_back(copy, report).figures
    return found.tables is not None and not changes_between(found, figures_of(report))


def is_same_so_far(copy: Copy, report: Report) -> bool:
    """Whether a paper of fewer days has the counts and the records of this one.

    What sums them up by the day, or beside as many days of the period before, tells of other days all the same.
    """
    found = read_back(copy, report).figures
    if found.tables is None or found.counts is None:
        return False
    changes = changes_between(found, figures_of(report))
    return not any(change.kind is ChangeKind.COUNT or change.is_of_list for change in changes)


def correction_of(
    report: Report, number: int, *, handed: HandedCopy | None, before: Copy | None, is_full: bool
) -> Correction:
    """What a 更正 says of itself. ``handed`` is what it corrects, else ``before``, the edition before it."""
    copy, counts = (handed.copy or handed.reprint, dict(handed.submission.counts)) if handed else (before, {})
    if copy is None:
        found = Figures(counts or None, None, report.labels)
        how = "只能对照当时登记的数字，逐行的变动" if counts else "无法列出变动，"
        remarks: tuple[str, ...] = (f"{_missing(handed)}，{how}请与留存的纸质件核对。",)
    else:
        found, remarks = _read(copy, report, is_full=is_full)
    if handed and handed.reprint:
        told = f"{_missing(handed)}，明细按数字相同的{quoted(handed.reprint.path.name)}对照。"
        found, remarks = replace(found, counts=counts or found.counts), (told, *remarks)
    elif handed and handed.copy and not handed.is_untouched:
        if is_only_saved_again(handed, report):
            told = f"{quoted(handed.name)}报出以后重新生成或另存过，数字没有改动，明细按它对照。"
        else:
            told = f"{quoted(handed.name)}报出以后又有人改动过，和登记报出时不同；明细按文件现在的内容对照。"
        found, remarks = replace(found, counts=counts or found.counts), (told, *remarks[1:])
    return Correction(number, _named(handed, before), changes_between(found, figures_of(report)), remarks)


def _named(handed: HandedCopy | None, before: Copy | None) -> str:
    """What is corrected, as a sentence names it."""
    if handed is None:
        return f"此前生成的{quoted(before.path.name)}" if before else "此前的那一份"
    day = f"{handed.on.year}年{handed.on.month}月{handed.on.day}日报出的"
    return day + (quoted(handed.name) if handed.copy or handed.reprint else "那一份")


def _missing(handed: HandedCopy | None) -> str:
    """Why there is no copy to compare with."""
    if handed is None:
        return "此前那一份的表格已经不在原处"
    if handed.file is None:
        return "当时没有登记报出的是哪个文件"
    where = "在工作文件夹以外" if handed.file.is_outside else "已经不在原处"
    return f"报出的文件{quoted(handed.name)}{where}"


def _read(copy: Copy, report: Report, *, is_full: bool) -> tuple[Figures, tuple[str, ...]]:
    """The figures of a copy, and what is to be known of it: first of all whether it was typed into."""
    name = quoted(copy.path.name)
    if copy.stamp is not None and copy.stamp.is_full and not is_full:
        # Names and phones must not get into a masked paper by the way of its corrections.
        return Figures(copy.stamp.counts, None), (f"{name}是含姓名电话的一份，这一份已遮盖，只对照数字。",)
    read = read_back(copy, report)
    if read.figures.tables is None:
        how = "只能对照数字" if read.figures.counts else "无法列出变动"
        return read.figures, (f"{name}读不出来，{how}，请与留存的纸质件核对。",)
    told = f"{name}生成以后有人改动过，按文件现在的内容对照。"
    return read.figures, ((told,) if read.is_edited else ())
