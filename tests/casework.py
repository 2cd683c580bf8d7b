"""Invented cases of an invented office, and the report on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from zhuomuniao.assets import data_folder
from zhuomuniao.layouts import Layout, load_layout
from zhuomuniao.model import Act, Case, Clock, EndedRound, Status, Visit
from zhuomuniao.periods import parse_period
from zhuomuniao.reports.casefigures import CaseFrame, EarlierPeriod, count_rounds
from zhuomuniao.reports.caserounds import CaseCourse, CaseRecords
from zhuomuniao.reports.cases import build_case_report
from zhuomuniao.reports.covered import Covered
from zhuomuniao.reports.tables import Check, Report, ReportLetter, Table
from zhuomuniao.rules import LedgerSpec, RuleSet
from zhuomuniao.ruletypes import Every
from zhuomuniao.workdays import WorkCalendar

CALENDAR = WorkCalendar()
UNITS = ("税务窗口", "公安窗口")
SPEC = LedgerSpec(id="window", title="“办不成事”台账", layout="window", asks_revisit=True)
RULES = RuleSet(edition="2021", applies_from=date(2021, 1, 1))


def layout_of(locality: str, name: str = "window") -> Layout:
    """The layout of a ledger of a county."""
    found = load_layout(data_folder() / "localities" / locality / "layouts" / f"{name}.toml")
    assert isinstance(found, Layout)
    return found


LAYOUT = layout_of("neixiang")
_FORMS = {"Q": Every.QUARTER, "H": Every.HALF_YEAR, "W": Every.WEEK, "-": Every.MONTH}


def covered(label: str, as_of: str = "") -> Covered:
    """The days of 2026-08, 2026Q3, 2026H1 or 2026, seen at their end or at an earlier day."""
    every = next((every for mark, every in _FORMS.items() if mark in label), Every.YEAR)
    period = parse_period(every, label)
    return Covered(period.label, period.first, period.last, date.fromisoformat(as_of) if as_of else period.last)


def frame_of(label: str = "2026-08", as_of: str = "", **changes: Any) -> CaseFrame:
    """The frame of a county office's report."""
    made = CaseFrame(
        covered=covered(label, as_of),
        spec=SPEC,
        layout=LAYOUT,
        rules=RULES,
        calendar=CALENDAR,
        office="某县政务服务中心",
        unit_order=UNITS,
        chain_head="ab" * 32,
    )
    return replace(made, **changes)


def hand_in(
    cases: Sequence[Case],
    frame: CaseFrame | None = None,
    *,
    courses: dict[str, CaseCourse] | None = None,
    before: str = "",
    last_year: str = "",
    handed_in: Check | None = None,
) -> tuple[Report, ReportLetter]:
    """The report and its letter, beside the period before and that of last year where they are named."""
    records = CaseRecords(tuple(cases), courses or {})
    frame = frame or frame_of()
    earlier = [
        EarlierPeriod(word, days, count_rounds(records.rounds(days.cut), days, frame.spec))
        for word, days in (
            (frame.words.before, covered(before) if before else None),
            ("上年同期", covered(last_year) if last_year else None),
        )
        if days is not None
    ]
    return build_case_report(records, frame, earlier=earlier, handed_in=handed_in)


def build(cases: Sequence[Case], label: str = "2026-08", as_of: str = "", **changes: Any) -> Report:
    """The report's workbook alone."""
    return hand_in(cases, frame_of(label, as_of, **changes))[0]


def case(number: int, accepted: str, resolved: str = "", **changes: Any) -> Case:
    """A case with a limit of five workdays, resolved where a moment is given."""
    done = datetime.fromisoformat(resolved) if resolved else None
    accepted_at = datetime.fromisoformat(accepted)
    due = CALENDAR.nth_workday_after(accepted_at.date(), 5)
    made = Case(
        case_no=f"{accepted_at:%Y%m%d}{number:02d}",
        ledger="window",
        accepted_at=accepted_at,
        applicant="李四",
        phone="13800138000",
        about="房产过户，电话13800138000，李四本人到场。",
        unit="税务窗口",
        tier="三级",
        channel="窗口",
        status=Status.RESOLVED if done else Status.IN_PROGRESS,
        resolved_at=done,
        result="已办结" if done else "",
        clocks=(Clock(Act.RESOLVE, due, ended_on=done.date() if done else None),),
    )
    return replace(made, **changes)


def sent_back(*rounds: tuple[str, str, str]) -> CaseCourse:
    """Earlier rounds: day of 办结, day of 发回重办, 满意度."""
    ended = tuple(EndedRound(date.fromisoformat(a), date.fromisoformat(b)) for a, b, _ in rounds)
    visits = tuple((Visit(date.fromisoformat(b), said),) if said else () for _, b, said in rounds)
    return CaseCourse(sent_back=ended, visits=visits)


def table(report: Report, sheet: str, name: str = "") -> Table:
    """The table of a sheet whose name holds the words."""
    return next(t for t in report.tables if t.sheet == sheet and name in t.name)


def holds(report: Report) -> bool:
    """Whether there are identities and all of them hold."""
    return bool(report.checks) and all(check.holds for check in report.checks)
