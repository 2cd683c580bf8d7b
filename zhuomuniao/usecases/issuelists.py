"""The issues on the list as they are looked at: on a day, narrowed down, texts masked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.model import Act, Clock, Finding, Status
from zhuomuniao.periods import Period, parse_period
from zhuomuniao.privacy import mask_record
from zhuomuniao.rules import Holds
from zhuomuniao.ruletypes import Every
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.issues import code_of
from zhuomuniao.usecases.looking import listed_unit, records_as_of

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Issue
    from zhuomuniao.usecases.office import Office

FREE_TEXTS = (
    "place", "item", "experience", "problem", "need", "remedy", "suggestion", "effect", "remark", "look_back",
    "meeting", "mechanism", "progress",
)  # fmt: skip
"""What people wrote in their own words: phones and identity numbers may stand in it."""


class IssueFilter(Struct, frozen=True):
    """What a list is narrowed to; empty means all. ``quarter`` 2026Q3, ``month`` 2026-08: when it was found."""

    unit: str = ""
    kind: str = ""
    status: str = ""
    quarter: str = ""
    month: str = ""
    is_urgent: bool = False
    is_need: bool = False
    is_overdue: bool = False
    is_unmeasured: bool = False
    search: str = ""


class IssueView(Struct, frozen=True):
    """An issue as it is shown on a day.

    ``clock`` is the limit that runs: 整改 while it stands on the list, 回头看 once it is cleared.
    ``is_unmeasured``: nothing, or not all, is settled that the rectification needs.
    """

    issue: Issue
    clock: Clock | None
    late_workdays: int
    is_overdue: bool
    is_unmeasured: bool


def issues_as_of(office: Office) -> tuple[tuple[Issue, ...], tuple[Finding, ...]]:
    """Every issue at the end of the office's day, and what in the books could not be read."""
    seen = records_as_of(office, office.spec_holding(Holds.ISSUES))
    return seen.records, seen.findings


def list_issues(
    office: Office, wanted: IssueFilter, *, is_full: bool = False
) -> tuple[tuple[IssueView, ...], tuple[Finding, ...]]:
    """The issues on the office's day, by the day they were found; masked unless ``is_full``.

    Raises :class:`BadValueError` for a period or a kind of activity that is none.
    """
    spec = office.spec_holding(Holds.ISSUES)
    rules = office.locality.rules_on(office.moment.as_of)
    unit = listed_unit(office, wanted.unit)
    kind = code_of(rules, spec, "activity_kind", wanted.kind) if wanted.kind else ""
    periods = [parse_period(Every.QUARTER, wanted.quarter)] if wanted.quarter else []
    periods += [parse_period(Every.MONTH, wanted.month)] if wanted.month else []
    issues, findings = issues_as_of(office)
    found = [
        view_issue(office, issue)
        for issue in issues
        if (not unit or issue.unit == unit)
        and (not kind or issue.activity_kind == kind)
        and (not wanted.status or issue.status == wanted.status)
        and (not wanted.is_urgent or issue.is_urgent)
        and (not wanted.is_need or issue.is_need_only)
        and all(_is_found_in(issue, period) for period in periods)
        and _holds_word(issue, wanted.search)
    ]
    found = [
        v for v in found if (v.is_overdue or not wanted.is_overdue) and (v.is_unmeasured or not wanted.is_unmeasured)
    ]
    found.sort(key=lambda v: (v.issue.found_on or date.min, v.issue.in_order))
    shown = found if is_full else [replace(v, issue=mask_record(v.issue)) for v in found]
    return tuple(shown), findings


def view_issue(office: Office, issue: Issue) -> IssueView:
    """The issue with the limit that runs on the office's day."""
    act = Act.LOOK_BACK if issue.status is Status.CLEARED else Act.RECTIFY
    is_over = issue.status is Status.VOID
    running = (c for c in issue.round_clocks if c.act is act and c.is_running and not is_over)
    clock = next(running, None)
    due = clock.due_on if clock else None
    is_overdue = due is not None and due < office.moment.as_of
    late = late_workdays(due, office.moment.as_of, office.calendar) if due and is_overdue else 0
    return IssueView(issue, clock, late, is_overdue, issue.is_unmeasured)


def issues_found(issues: Iterable[Issue], first: date, last: date) -> tuple[Issue, ...]:
    """Those found in these days that are not void, by day and number."""
    found = [
        i for i in issues if i.found_on is not None and first <= i.found_on <= last and i.status is not Status.VOID
    ]
    return tuple(sorted(found, key=lambda i: (i.found_on, i.in_order)))


def _is_found_in(issue: Issue, period: Period) -> bool:
    return issue.found_on is not None and period.first <= issue.found_on <= period.last


def _holds_word(issue: Issue, search: str) -> bool:
    needle = squeeze(search)
    hay = (issue.case_no, issue.unit, issue.leader, issue.activity_no, issue.responsible_person)
    return not needle or any(needle in squeeze(text) for text in (*hay, *(getattr(issue, n) for n in FREE_TEXTS)))
