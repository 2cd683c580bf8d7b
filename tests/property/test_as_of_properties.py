"""What stood on an earlier day: only what was touched since is replayed, and that is what a whole replay answers.

Lives led at random stand in one book of each place; a person types into it, and the year's notice moves their limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace

from tests.cli.test_calendar import NOTICE_2027
from tests.desk import Desk
from tests.property.living import CLERK, FIRST_DAY, PLACES, Life
from tests.property.test_life_machine import walk
from zhuomuniao.ledger import Draft
from zhuomuniao.model import Case, StepKind
from zhuomuniao.reports.casefigures import count_rounds
from zhuomuniao.reports.caserounds import CaseRecords
from zhuomuniao.reports.covered import Covered
from zhuomuniao.rules import LedgerSpec
from zhuomuniao.transitions import replay
from zhuomuniao.usecases.casecourses import cases_at, course_told
from zhuomuniao.usecases.ledgerhistory import read_history
from zhuomuniao.usecases.lookedafter import look_after
from zhuomuniao.usecases.looking import records_as_of, records_at
from zhuomuniao.usecases.office import Moment, Office, open_office
from zhuomuniao.usecases.setting_up import set_up
from zhuomuniao.workspace import WorkspaceConfig

LIVES = 24


def lives_in_a_book(place: str, folder: Path) -> tuple[Office, LedgerSpec, list[Life]]:
    """A desk on the day after the last step of many lives, all of them in its book."""
    lives = [walk(place, seed).life for seed in range(LIVES)]
    last = max(life.now for life in lives) + timedelta(days=1)
    moment = Moment(datetime.combine(last.date(), time(9)), last.date())
    config = WorkspaceConfig(locality=PLACES[place][0], clerk=CLERK)
    office = set_up(folder / "台", config, moment, year=FIRST_DAY.year).office
    spec = office.locality.ledger(lives[0].spec.id)
    drafts = []
    for n, life in enumerate(lives, start=1):
        number = f"20260810{n:02d}"
        log = tuple(replace(step, case_no=number) for step in life.log)
        drafts.append(Draft(replace(life.case, case_no=number), log))
    ledger, signature = office.ledger(spec), office.signature("register", CLERK)
    ledger.append(drafts, draw_number=lambda case, taken: case.case_no, signature=signature)
    return office, spec, lives


def every_third_day(office: Office) -> list[date]:
    """From the day before the first one until after today."""
    today = office.moment.now.date()
    return [FIRST_DAY + timedelta(days=n) for n in range(-1, (today - FIRST_DAY).days + 2, 3)] + [today]


def replayed_whole(office: Office, spec: LedgerSpec, day: date) -> tuple[Case, ...]:
    """Every case at the end of a day, each line of each of them run."""
    ledger, terms = office.ledger(spec), office.terms(spec)
    steps = ledger.steps()
    records = ledger.state().records
    if day >= office.moment.now.date():
        return records
    then = (replay(case, steps.get(case.case_no, ()), terms, day) for case in records)
    return tuple(case for case in then if case is not None)


def require_same(office: Office, spec: LedgerSpec, days: Sequence[date]) -> None:
    for day, seen in zip(days, records_at(office, spec, days), strict=True):
        assert seen.records == replayed_whole(office, spec, day), day
        at_day = replace(office, moment=replace(office.moment, as_of=day))
        assert records_as_of(at_day, spec) == seen, day
    require_same_rounds(office, spec, days)


def require_same_rounds(office: Office, spec: LedgerSpec, days: Sequence[date]) -> None:
    """What a report counts, though it looks at the lines of few cases, is what all lines of all cases tell."""
    terms, steps = office.terms(spec), office.ledger(spec).steps()
    spans = [Covered("本期", min(FIRST_DAY, day), day, day) for day in days]
    for day, records in zip(days, cases_at(read_history(office, spec), spans), strict=True):
        whole = replayed_whole(office, spec, day)
        told = {case.case_no: [s for s in steps.get(case.case_no, ()) if s.at.date() <= day] for case in whole}
        courses = {
            case.case_no: course_told(case, told[case.case_no], office.rules_of(case), terms) for case in whole
        }
        assert records.rounds(day) == CaseRecords(whole, courses).rounds(day), day


def settled(office: Office, spec: LedgerSpec) -> dict[str, datetime]:
    """The cases whose row is believed, and since when."""
    ledger = office.ledger(spec)
    history = ledger.history()
    since = {case.case_no: history.settled_at(case.case_no) for case in ledger.state().records}
    return {no: at for no, at in since.items() if at is not None}


@pytest.mark.parametrize("place", PLACES)
def test_what_was_not_touched_since_stands_as_its_row(place: str, tmp_path: Path) -> None:
    office, spec, lives = lives_in_a_book(place, tmp_path)
    require_same(office, spec, every_third_day(office))
    believed = settled(office, spec)
    in_order = {f"20260810{n:02d}": life for n, life in enumerate(lives, start=1) if not life.is_told_late}
    assert in_order.keys() <= believed.keys(), "一步不差、按先后登记的，不必重演"
    assert len(believed) > 0
    for no, at in believed.items():
        assert at == max(step.at for step in office.ledger(spec).steps({no})[no])
    tally = Counter(clock.is_provisional for life in lives for clock in life.case.clocks)
    assert sum(tally.values())
    assert any(life.case.round > 1 for life in lives) or not spec.asks_revisit


def test_what_somebody_typed_into_the_book_is_not_believed_until_it_is_taken_in(tmp_path: Path) -> None:
    office, spec, _ = lives_in_a_book("内乡", tmp_path)
    days = every_third_day(office)
    ledger = office.ledger(spec)
    no = next(
        case.case_no for case in ledger.state().records if case.case_no in settled(office, spec) and case.result
    )
    path = office.workspace.book_path(ledger.layout, FIRST_DAY.year)
    type_over(path, no, "办理结果", "已经办好，当事人很满意")

    assert settled(office, spec) == {}, "有人改过的台账，逐件重演"
    require_same(office, spec, days)

    look_after(office)
    assert StepKind.EDIT in {step.kind for step in ledger.steps({no})[no]}
    believed = settled(office, spec)
    assert believed
    assert no not in believed
    require_same(office, spec, days)

    # A date that zmn counts is not taken over: until it is settled nothing of the ledger is believed.
    type_over(path, no, "轮次", 7)
    look_after(office)
    assert ledger.reader().disputes
    assert settled(office, spec) == {}
    require_same(office, spec, days)


@pytest.mark.parametrize("place", PLACES)
def test_what_was_over_before_a_span_counts_for_nothing_in_it_whatever_was_typed(place: str, tmp_path: Path) -> None:
    office, spec, _ = lives_in_a_book(place, tmp_path)
    ledger = office.ledger(spec)
    path = office.workspace.book_path(ledger.layout, FIRST_DAY.year)
    ended = [case for case in ledger.state().records if case.resolved_at is not None]
    sooner = datetime.combine(FIRST_DAY + timedelta(days=1), time(9))
    number = ledger.layout.column("case_no")
    assert number is not None
    # One row now says that it is open still, one that it ended today, one sooner; some that somebody was asked.
    typed = (("status", "办理中"), ("resolved_at", office.moment.now), ("resolved_at", sooner))
    for case, (field, value) in zip(ended, (*typed, *[("satisfaction", "不满意")] * 3), strict=False):
        column = ledger.layout.column(field)
        assert column is not None
        type_over(path, case.case_no, column.header, value, number_title=number.header)
    assert settled(office, spec) == {}

    terms, steps = office.terms(spec), office.ledger(spec).steps()
    history = read_history(office, spec)
    over = {case.case_no for case in history.state.records if history.over_on(case)}
    assert over, "有早就办结的，才试得出"
    today = office.moment.now.date()
    days = [FIRST_DAY + timedelta(days=n) for n in range((today - FIRST_DAY).days)]
    spans = [Covered("本期", first, first + timedelta(days=6), first + timedelta(days=6)) for first in days[:-7:3]]
    for span, records in zip(spans, cases_at(history, spans), strict=True):
        whole = replayed_whole(office, spec, span.cut)
        told = {case.case_no: [s for s in steps.get(case.case_no, ()) if s.at.date() <= span.cut] for case in whole}
        courses = {
            case.case_no: course_told(case, told[case.case_no], office.rules_of(case), terms) for case in whole
        }
        counted = count_rounds(records.rounds(span.cut), span, spec)
        assert counted == count_rounds(CaseRecords(whole, courses).rounds(span.cut), span, spec), span.first


def type_over(path: Path, no: str, header: str, value: object, *, number_title: str = "事项编号") -> None:
    """Somebody types over a cell in WPS; openpyxl, which writes every part anew, stands for it."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {str(cell.value): cell.column for cell in sheet[2] if cell.value}
    (row,) = (r for r in range(3, sheet.max_row + 1) if sheet.cell(r, at[number_title]).value == no)
    sheet.cell(row, at[header]).value = value  # type: ignore[assignment]
    book.save(path)


def test_a_limit_that_a_notice_moved_stands_in_row_and_log_alike(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台", "2026-12-30")
    desk.type("init", str(desk.folder), "--locality", "neixiang", "--clerk", CLERK, "--year", "2026")
    moved = desk.register("2026-12-25 09:00")["case_no"]
    desk.register("2026-12-18 09:00", name="王五")
    notice = tmp_path / "2027.txt"
    notice.write_text(NOTICE_2027, encoding="utf-8")
    assert desk.ask("calendar", "import", str(notice))["moved"]
    office = open_office(desk.folder, Moment(datetime(2027, 2, 1, 9), date(2027, 2, 1)))
    spec = office.locality.ledger("window")
    assert StepKind.CALENDAR in {step.kind for step in office.ledger(spec).steps({moved})[moved]}
    assert moved in settled(office, spec)
    require_same(office, spec, [date(2026, 12, 17), date(2026, 12, 29), date(2026, 12, 30), date(2027, 1, 31)])
