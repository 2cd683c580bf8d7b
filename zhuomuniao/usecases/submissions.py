"""报送记录: which hand-ins left the office, when, and in which copy. The journal keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import asdict

from zhuomuniao.store.journal import SUBMITTED, Line

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

_MARK = f'"kind":"{SUBMITTED}"'


class SubmittedFile(Struct, frozen=True):
    """A file that was handed in: path in the workspace, SHA-256 of its bytes, fingerprint of its figures.

    Of a file that ``is_outside`` the workspace only the name is kept: where it lies is nobody's business.
    """

    path: str
    sha256: str
    figures: str
    is_outside: bool = False


class CopyFault(StrEnum):
    """What became of a file after it was handed in."""

    ALTERED = "报出以后被改动过"
    GONE = "不在原处"


class SpoiltCopy(Struct, frozen=True):
    """A file on record as handed in that is not any more what left the office."""

    submission: Submission
    file: SubmittedFile
    fault: CopyFault


class Submission(Struct, frozen=True):
    """A hand-in that was made: for which period, on which day, by whom, in which files, with which counts.

    ``is_correction``: a 更正件 of what had been handed in before; then ``first_on`` is the day of the first copy.
    ``line_no`` is the line of the journal that tells of it and ``recorded_at`` its real moment, once it is recorded.
    """

    duty: str
    period: str
    submitted_on: date
    clerk: str
    files: tuple[SubmittedFile, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    is_correction: bool = False
    first_on: date | None = None
    line_no: int = 0
    recorded_at: datetime | None = None

    @property
    def done_on(self) -> date:
        """The day on which the duty was met: a copy that corrects later makes nothing late."""
        return self.first_on or self.submitted_on


Copies = Mapping[tuple[str, str], tuple[Submission, ...]]
"""Every copy handed in by duty and period, in the order in which they were recorded."""


def submissions(office: Office) -> Mapping[tuple[str, str], Submission]:
    """What was handed in by the end of the office's day, by duty and period; of several the last recorded one."""
    return submitted_by(copies_recorded(office), office.moment.as_of)


def submitted_by(copies: Copies, day: date) -> Mapping[tuple[str, str], Submission]:
    """The last copy of each hand-in that had left the office at the end of a day."""
    found: dict[tuple[str, str], Submission] = {}
    for key, recorded in copies.items():
        for copy in (c for c in recorded if c.submitted_on <= day):
            found[key] = copy
    return found


def copies_recorded(office: Office) -> Copies:
    """Every copy on record, whatever day the office looks at; what was taken back is left out."""
    found: dict[tuple[str, str], list[Submission]] = {}
    for line in _lines(office):
        told = line.payload
        copies = found.setdefault(_key(told), [])
        if told.get("is_taken_back"):
            del copies[-1:]
            continue
        on = date.fromisoformat(told["submitted_on"])
        copies.append(
            Submission(
                str(told["duty"]),
                str(told["period"]),
                on,
                told["clerk"],
                tuple(SubmittedFile(**file) for file in told["files"]),
                told["counts"],
                bool(told.get("is_correction")),
                copies[0].done_on if copies else None,
                line.n,
                datetime.fromisoformat(told["at"]),
            )
        )
    return {key: tuple(copies) for key, copies in found.items() if copies}


def times_recorded(office: Office) -> Counter[tuple[str, str]]:
    """How often each hand-in was recorded or taken back, by duty and period."""
    return Counter(_key(line.payload) for line in _lines(office))


def last_recorded_by(office: Office, clerk: str) -> Submission | None:
    """What a clerk recorded last as handed in, of all that was not taken back."""
    every = (copy for copies in copies_recorded(office).values() for copy in copies if copy.clerk == clerk)
    return max(every, key=lambda copy: copy.line_no, default=None)


def spoilt_copies(office: Office, wanted: Iterable[Submission] | None = None) -> tuple[SpoiltCopy, ...]:
    """The files handed in that were changed afterwards or are gone, of all hand-ins on record or of those ``wanted``.

    A file that was handed in twice is held against the later record. Those outside the workspace are not looked for.
    """
    every = wanted if wanted is not None else (c for copies in copies_recorded(office).values() for c in copies)
    latest = {file.path: (copy, file) for copy in every for file in copy.files if not file.is_outside}
    found = ((copy, file, _fault(office, file)) for copy, file in latest.values())
    return tuple(SpoiltCopy(copy, file, fault) for copy, file, fault in found if fault is not None)


def _fault(office: Office, file: SubmittedFile) -> CopyFault | None:
    try:
        data = (office.workspace.root / file.path).read_bytes()
    except OSError:
        return CopyFault.GONE
    return None if sha256(data).hexdigest() == file.sha256 else CopyFault.ALTERED


def _lines(office: Office) -> list[Line]:
    """What the journal tells of hand-ins, in the order in which it was recorded."""
    lines = office.store.journal.lines_holding(_MARK)
    # The journal is read from its end.
    return [line for line in lines if line.kind == SUBMITTED][::-1]


def _key(told: Mapping[str, Any]) -> tuple[str, str]:
    return str(told["duty"]), str(told["period"])


def record_submission(office: Office, submission: Submission) -> None:
    """Journal a hand-in. Raises :class:`CannotWriteError`."""
    office.store.record_submission(office.moment.now, _payload(submission))


def take_back(office: Office, submission: Submission) -> None:
    """Journal that a hand-in was recorded by mistake. Raises :class:`CannotWriteError`."""
    office.store.record_submission(office.moment.now, {**_payload(submission), "is_taken_back": True})


def _payload(submission: Submission) -> dict[str, Any]:
    told = asdict(submission) | {"files": [asdict(file) for file in submission.files]}
    for known_otherwise in ("first_on", "line_no", "recorded_at"):
        del told[known_otherwise]
    return {**told, "submitted_on": submission.submitted_on.isoformat()}
