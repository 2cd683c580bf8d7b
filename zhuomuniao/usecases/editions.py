"""The editions of a report: a draft that is replaced, a copy that stays as it is, a 更正 that says what changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError, CannotWriteError, quoted
from zhuomuniao.reports.changes import Change, figures_of, fingerprint, told_in_order
from zhuomuniao.reports.correction import Correction, corrected_letter, corrected_report
from zhuomuniao.store.lock import workspace_lock
from zhuomuniao.usecases.corrections import (
    HandedCopy,
    copies_handed_in,
    correction_of,
    is_same,
    is_same_so_far,
    place_of,
    what_became_of,
)
from zhuomuniao.usecases.editionfiles import (
    REPRINT,
    USUAL_FORMATS,
    WITH_NAMES,
    Edition,
    ReportFormat,
    Shelf,
    look_at_shelf,
    put_down,
    put_down_pdfs,
)
from zhuomuniao.usecases.reportcopies import properties_of
from zhuomuniao.workspace import REPORTS_FOLDER, file_name

if TYPE_CHECKING:
    from zhuomuniao.model import Finding
    from zhuomuniao.reports.tables import Report, ReportLetter
    from zhuomuniao.usecases.office import Office


class Made(Struct, frozen=True):
    """A report just made, its letter, and ``as_of``: the day through which it tells.

    ``is_running``: days of its period are still to come.
    """

    report: Report
    as_of: date
    letter: ReportLetter | None = None
    is_running: bool = False


class Wanted(Struct, frozen=True):
    """How a clerk wants a report: into which folder (``None``: its own), in which formats, with names and phones.

    ``named_formats`` is ``None`` where no format was named. ``is_correction`` asks for a 更正: a copy is known to be
    out.
    """

    out: Path | None = None
    named_formats: tuple[ReportFormat, ...] | None = None
    is_full: bool = False
    is_correction: bool = False

    @property
    def formats(self) -> tuple[ReportFormat, ...]:
        """The formats to make."""
        return self.named_formats or USUAL_FORMATS


USUAL = Wanted()


class Filing(Struct, frozen=True):
    """Where a report belongs. ``subject`` is the duty's id, or :func:`own_use` of a ledger where it is for none.

    ``submit_by`` is the last day on which it leaves the office in time, ``None`` where no such day is known. Only
    files of the same ``stem`` are editions of each other: a copy with names is another paper.
    """

    subject: str
    stem: str
    folder: Path
    submit_by: date | None = None
    is_full: bool = False


class Standing(Enum):
    """How an edition stands to what is there already: other figures; the same, left alone; the same, made again."""

    NEW = "new"
    SAME = "same"
    MADE_AGAIN = "made again"


class HandIn(Struct, frozen=True):
    """A report, the letter that goes with it, and the files they stand in, the workbook first.

    ``correction`` numbers a 更正, 0 is the first edition; ``is_new`` tells that its workbook was not there before,
    else it was left as it is. ``against`` names the copy that a 更正 corrects, ``changes`` are what differs.
    ``remarks`` are what the clerk should know: what hinders comparing, a chart that had to be a table. ``drafts`` are
    where the files of the draft it replaced were put. ``handed_on`` is the day on which this very edition was handed
    in; ``is_again`` tells that some copy was.
    """

    report: Report
    letter: ReportLetter | None
    files: tuple[Path, ...]
    correction: int
    is_new: bool
    against: str = ""
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    drafts: tuple[Path, ...] = ()
    handed_on: date | None = None
    is_again: bool = False
    standing: Standing = Standing.NEW
    findings: tuple[Finding, ...] = ()

    @property
    def told_changes(self) -> tuple[Change, ...]:
        """The changes as a person reads them, what only follows from others in one line for each table."""
        return told_in_order(self.changes)


def own_use(ledger: str) -> str:
    """The subject of what a desk makes of a ledger for itself: no edition of what it hands in."""
    return f"own/{ledger}"


def reports_folder(office: Office, report: Report, out: Path | None = None) -> Path:
    """Where a report is put: ``报表/<period>/``, or where the clerk said."""
    return out or office.workspace.root / REPORTS_FOLDER / report.period


def kind_of_copy(running_through: date | None, *, is_full: bool) -> str:
    """What the file's name says of the copy: whether it has names, through which day a running period is told of."""
    kind = WITH_NAMES if is_full else ""
    return f"{kind}（截至{running_through.month}月{running_through.day}日）" if running_through else kind


def paper_named(stem: str) -> str:
    """A stem without its edition and without the day of a running period: what all copies of a paper are called."""
    return re.sub("（更正[0-9]+）|（截至[0-9]+月[0-9]+日）", "", stem.replace(REPRINT, ""))


def file_report(
    office: Office,
    made: Made,
    filing: Filing,
    wanted: Wanted = USUAL,
) -> HandIn:
    """Put a report into its files.

    The same figures again leave the files as they are, for people write into them; what is missing is added, beside
    its old place where it had been handed in. Other figures replace a draft, which is kept beside as 旧稿, as long as
    no copy can have left the office: it is not recorded as handed in, and its day, where it has one, has not passed.
    Else they are the next 更正, which lists what changed since the copy handed in, or since the edition before.

    Raises :class:`BadValueError` where there is nothing to correct or another paper has the name,
    :class:`CannotWriteError`: then no file has changed, or those that have are named.
    """
    formats, figures = wanted.formats, fingerprint(figures_of(made.report))
    with _one_at_a_time(office):
        shelf = look_at_shelf(filing.folder, file_name(filing.stem), (t.sheet for t in made.report.tables))
        _require_same_paper(shelf, made, filing)
        place = _place(office, made, filing, shelf, figures=figures, is_correction=wanted.is_correction)
        edition = _edition(office, made, filing, place, figures=figures, has_letter=_has_letter(formats))
        put = put_down(shelf, edition, formats, is_draft_replaced=place.is_draft_replaced)
    if ReportFormat.PDF in formats:
        try:
            put = put_down_pdfs(shelf, edition, put)
        except CannotWriteError as error:
            names = "、".join(path.name for path in put.paths)
            raise CannotWriteError(f"{error.message}；其他文件已经生成：{names}", error.remedy) from error
    found, handed = place.correction, place.handed
    standing = Standing.NEW if not place.is_same else Standing.MADE_AGAIN if put.is_new else Standing.SAME
    return HandIn(
        report=edition.report,
        letter=edition.letter,
        files=put.paths,
        correction=place.number,
        is_new=put.is_new,
        against=found.against if found else "",
        changes=found.changes if found else (),
        remarks=(*place.remarks, *(found.remarks if found else ()), *put.notices),
        drafts=put.drafts,
        handed_on=handed.on if handed and handed.number == place.number else None,
        is_again=handed is not None,
        standing=standing,
    )


def _require_same_paper(shelf: Shelf, made: Made, filing: Filing) -> None:
    """Raise :class:`BadValueError` where another paper has the name: neither is an edition of the other."""
    for copy in shelf.copies.values():
        stamp = copy.stamp
        if stamp and stamp.subject and (stamp.subject, stamp.period) != (filing.subject, made.report.period):
            raise BadValueError(
                f"{quoted(copy.path.name)}是另一份报表（用途或期间不同），没有改动它",
                "请把它改名，或用 --out 放到别的文件夹，再生成一次",
            )


class _Place(Struct, frozen=True):
    """Which edition it is of what was ``handed`` in, what it corrects, whether an older draft stands in its place.

    ``is_same``: its figures are those of an edition that is there, or was handed in. ``remarks`` tell what became of
    that one; ``recorded`` are the places of all files that were handed in.
    """

    handed: HandedCopy | None
    number: int
    correction: Correction | None
    is_draft_replaced: bool = False
    is_same: bool = False
    remarks: tuple[str, ...] = ()
    recorded: frozenset[Path] = frozenset()


def _place(office: Office, made: Made, filing: Filing, shelf: Shelf, *, figures: str, is_correction: bool) -> _Place:
    """Where a report belongs among what stands there and what was handed in.

    ``figures`` is its fingerprint; ``is_correction`` says that a copy is out. Raises :class:`BadValueError` where
    there is nothing to correct.
    """
    report = made.report
    copies = copies_handed_in(office, shelf, subject=filing.subject, period=report.period)
    files = [file for copy in copies for file in copy.submission.files]
    recorded = frozenset(path for file in files if (path := place_of(office, file)) is not None)
    editions = [one for copy in copies if (one := _as_edition(copy, made, filing)) is not None]
    handed = editions[-1] if editions else None
    same = _same_edition(shelf, handed, report, figures)
    if same is not None:
        if is_correction:
            raise _nothing_to_correct(shelf.path(same).name)
        remarks = _remarks(office, handed, report, shelf, same)
        found = _correction(report, filing, shelf, editions, same)
        return _Place(handed, same, found, is_same=True, remarks=remarks, recorded=recorded)
    if handed and not shelf.files and _goes_on_unchanged(handed, report, figures):
        if is_correction:
            raise _nothing_to_correct(handed.name)
        which = f"这一份到 {made.as_of} 为止" if made.is_running else "期间已完，这一份是整期的"
        told = f"{which}；数字和 {handed.on} 报出的{quoted(handed.name)}相同，没有要更正的"
        return _Place(handed, 0, None, remarks=(told,), recorded=recorded)
    if not shelf.files and not (handed and (handed.file or is_correction)):
        # What was handed in on paper, or made by hand, is no copy of ours unless somebody says so.
        if is_correction:
            raise BadValueError("这一期还没有生成过报表，没有要更正的", "请去掉 --correction")
        return _Place(handed, 0, None, recorded=recorded)
    is_draft = not is_correction and not _may_have_left(office, filing, shelf, handed)
    numbers = [*shelf.files, *(one.number for one in editions if one.number is not None)]
    number = max(numbers, default=0) + (not is_draft)
    found = _correction(report, filing, shelf, editions, number)
    return _Place(handed, number, found, is_draft_replaced=is_draft, recorded=recorded)


def _nothing_to_correct(name: str) -> BadValueError:
    return BadValueError(f"没有要更正的：现在的数字和{quoted(name)}相同", "请去掉 --correction；没有改动任何文件")


def _as_edition(found: HandedCopy, made: Made, filing: Filing) -> HandedCopy | None:
    """What was handed in, where this report is an edition of it: the same paper, or one that tells of more days."""
    if found.file is None or found.number is not None:
        return found
    stamp = found.copy.stamp if found.copy else None
    is_looking_back = stamp is not None and stamp.as_of is not None and stamp.as_of >= made.as_of
    is_of_days = paper_named(found.name.removesuffix(".xlsx")) == paper_named(file_name(filing.stem))
    return found if is_of_days and not is_looking_back else None


def _same_edition(shelf: Shelf, handed: HandedCopy | None, report: Report, figures: str) -> int | None:
    """The edition that tells the same: the newest, or the one handed in, though its file be gone."""
    out = handed.number if handed else None
    newest = shelf.newest
    if newest is not None and (out is None or newest >= out) and is_same(shelf.copies[newest], report, figures):
        return newest
    return out if handed is not None and out is not None and _tells_the_same(handed, report, figures) else None


def _tells_the_same(handed: HandedCopy, report: Report, figures: str) -> bool:
    """Whether the copy handed in has these figures: by what was recorded of it, else by its cells as they left."""
    if handed.file is None:
        return False
    is_known = handed.file.figures == figures
    return is_known or (handed.copy is not None and handed.is_untouched and is_same(handed.copy, report, figures))


def _goes_on_unchanged(handed: HandedCopy, report: Report, figures: str) -> bool:
    """Whether a paper of fewer days was handed in, and nothing came to it since."""
    if handed.number is not None:
        return False
    is_same_copy = handed.copy is not None and handed.is_untouched and is_same_so_far(handed.copy, report)
    return is_same_copy or _tells_the_same(handed, report, figures)


def _remarks(office: Office, handed: HandedCopy | None, report: Report, shelf: Shelf, same: int) -> tuple[str, ...]:
    """What to know where nothing changed: what became of the files handed in, and that this may be another copy."""
    if handed is None or handed.file is None or handed.number not in (None, same):
        return ()
    told = what_became_of(office, handed, report)
    place = place_of(office, handed.file)
    is_elsewhere = place is None or (handed.copy is not None and place != shelf.path(same).resolve())
    if handed.number == same and is_elsewhere:
        told = (*told, f"数字和 {handed.on} 报出的{quoted(handed.name)}相同，这里的是另外生成的一份")
    return told


def _may_have_left(office: Office, filing: Filing, shelf: Shelf, handed: HandedCopy | None) -> bool:
    """Whether a copy may be out: it is recorded, or its day has passed.

    Without a day, a copy that was made on an earlier day may be out: most counties name none for their monthly
    report, and nobody could record it. Where an earlier day is looked at now, the day on which the copy was made
    counts.
    """
    if handed is not None:
        return True
    made_on = [c.stamp.made_on for c in shelf.copies.values() if c.stamp and c.stamp.made_on]
    today = max((office.moment.as_of, *made_on))
    return today > (filing.submit_by or max(made_on, default=today))


def _correction(
    report: Report, filing: Filing, shelf: Shelf, editions: Sequence[HandedCopy], number: int
) -> Correction | None:
    """What a 更正 says of itself; ``None`` for the first edition.

    It corrects what was handed in last before it, else the edition before: where no file of ours was handed in.
    """
    if not number:
        return None
    before = shelf.copies.get(max((n for n in shelf.copies if n < number), default=-1))
    out = [one for one in editions if one.number is None or one.number < number]
    handed = out[-1] if out else None
    if handed is not None and handed.file is None and before is not None:
        handed = None
    return correction_of(report, number, handed=handed, before=before, is_full=filing.is_full)


def _edition(office: Office, made: Made, filing: Filing, place: _Place, *, figures: str, has_letter: bool) -> Edition:
    report, letter = made.report, made.letter if has_letter else None
    properties = properties_of(
        report,
        figures,
        subject=filing.subject,
        as_of=made.as_of,
        made_on=office.moment.as_of,
        edition=place.number,
        is_full=filing.is_full,
    )
    if place.correction is not None:
        report = corrected_report(report, place.correction)
        letter = corrected_letter(letter, place.correction) if letter else None
    return Edition(place.number, report, letter, made.as_of, properties, place.recorded)


def _has_letter(formats: Sequence[ReportFormat]) -> bool:
    return ReportFormat.DOCX in formats or ReportFormat.PDF in formats


@contextmanager
def _one_at_a_time(office: Office) -> Iterator[None]:
    """Two who make the same report at once must not draw the same number.

    Where the workspace may only be read, reports can still be put elsewhere.
    """
    folder = office.store.state_folder
    if not os.access(folder if folder.exists() else folder.parent, os.W_OK):
        yield
        return
    with workspace_lock(folder):
        yield
