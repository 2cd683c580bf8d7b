"""One ledger counted for a roll-up: its figures by group, its identities, and a mark for each of its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.deadlines import workdays_taken
from zhuomuniao.reports.casechecks import count_checks, faults_of, order_check
from zhuomuniao.reports.casefigures import adds_to, count_rounds
from zhuomuniao.reports.caserounds import NO_COURSE, may_concern, rounds_of
from zhuomuniao.reports.covered import beijing_day
from zhuomuniao.reports.tables import Check
from zhuomuniao.rollup.counted import Added, CaseMark, Sum
from zhuomuniao.rollup.groups import GROUPINGS, shown

if TYPE_CHECKING:
    from zhuomuniao.model import Case
    from zhuomuniao.reports.caserounds import CaseRecords, Round
    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.rollup.counted import Asked, Words
    from zhuomuniao.rollup.marks import Marker
    from zhuomuniao.rules import LedgerSpec, RuleSet
    from zhuomuniao.workdays import WorkCalendar

COMPARED_SINCE = timedelta(days=92)
"""日. Cases accepted so long before the period are marked too: what is open still may be the same matter."""

_FAULTS_NAMED = 5


class Known(Struct, frozen=True):
    """What a case is known again by."""

    case_no: str
    accepted_at: datetime
    applicant: str
    phone: str
    about: str
    remark: str

    @classmethod
    def of(cls, case: Case) -> Known:
        return cls(case.case_no, case.accepted_at, case.applicant, case.phone, case.about, case.remark)


class LedgerAsCounted(Struct, frozen=True):
    """What stands around the cases of a ledger: whose it is, by which rules a case is judged, how days are counted.

    ``work_order_of`` answers the number of the 12345 工单 a case is, ``""`` where it is none. ``begun_on`` is the day
    of the first case; ``over`` are those that need not be counted, for they were over before.
    """

    locality: str
    locality_name: str
    spec: LedgerSpec
    rules_of: Callable[[Case], RuleSet]
    calendar: WorkCalendar
    work_order_of: Callable[[Known], str]
    begun_on: date | None
    over: Sequence[Known] = ()


class Figures(Struct, frozen=True):
    """What was counted of a ledger: see :class:`zhuomuniao.rollup.counted.CountedBook`. ``cases`` are those of which
    the period has anything; they stay with the worker.
    """

    counts: tuple[Mapping[str, int] | None, ...]
    checks: tuple[Check, ...]
    groups: Mapping[str, tuple[tuple[Words, Mapping[str, int], Mapping[int, int]], ...]]
    marks: tuple[CaseMark, ...]
    cases: tuple[Case, ...]
    faults: tuple[tuple[str, str], ...]


def count_ledger(ledger: LedgerAsCounted, records: Sequence[CaseRecords], asked: Asked, marker: Marker) -> Figures:
    """The figures of every span, from the cases as they stood at the cut of each, in the order of the spans."""
    counts: list[Mapping[str, int] | None] = []
    added: dict[str, list[Added]] = {}
    cases: dict[str, Case] = {}
    checks: tuple[Check, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()
    for place, (span, stood) in enumerate(zip(asked.spans, records, strict=True)):
        touched: list[Round] = []
        for case in stood.cases:
            cases.setdefault(case.case_no, case)
            for item in _rounds_of(case, stood, span):
                touched.append(item)
                if told := tuple(adds_to(item, span, ledger.spec)):
                    groups = _words_of(item, ledger, asked.by) if not place else ()
                    taken = _workdays(item, ledger) if not place and "resolved" in told else None
                    added.setdefault(case.case_no, []).append(Added(place, told, groups, taken))
        found = count_rounds(touched, span, ledger.spec)
        has_begun = ledger.begun_on is not None and ledger.begun_on <= span.cut
        counts.append(found if has_begun else None)
        if not place:
            checks = (*count_checks(found, span.words), order_check(touched, span), _sums_check(found, added, span))
            if not all(check.holds for check in checks):
                named = islice(faults_of(touched, span).items(), _FAULTS_NAMED)
                faults = tuple((shown(no), shown(why)) for no, why in named)
    marked_since = asked.spans[0].first - COMPARED_SINCE
    told_again = [Known.of(case) for no, case in cases.items() if no in added]
    known = [
        *(one for one in ledger.over if one.case_no not in cases),
        *(Known.of(case) for no, case in cases.items() if no not in added),
    ]
    told_again += [one for one in known if beijing_day(one.accepted_at) >= marked_since]
    return Figures(
        counts=tuple(counts),
        checks=checks,
        groups=_grouped(added.values(), asked.by),
        marks=tuple(_mark(one, ledger, marker, added.get(one.case_no, ())) for one in told_again),
        cases=tuple(case for no, case in cases.items() if any(not one.span for one in added.get(no, ()))),
        faults=faults,
    )


def _rounds_of(case: Case, stood: CaseRecords, span: Covered) -> Iterator[Round]:
    """The rounds of a case that was there by the cut."""
    course = stood.courses.get(case.case_no, NO_COURSE)
    if beijing_day(case.accepted_at) <= span.cut and may_concern(case, course, span):
        yield from rounds_of(case, course)


def _words_of(item: Round, ledger: LedgerAsCounted, by: Iterable[str]) -> tuple[Words, ...]:
    return tuple(GROUPINGS[name].words_of(item, ledger.locality_name) for name in by)


def _workdays(item: Round, ledger: LedgerAsCounted) -> int | None:
    if item.closed_on is None:
        return None
    rules = ledger.rules_of(item.case)
    return workdays_taken(item.opened_on, item.closed_on, ledger.calendar, pauses=item.pauses, rules=rules)


def _sums_check(counts: Mapping[str, int], added: Mapping[str, Sequence[Added]], span: Covered) -> Check:
    """What the rounds add one by one is what was counted as a whole."""
    singly = sum(len(one.counts) for of_case in added.values() for one in of_case)
    return Check("逐件累加之和 = 各项数之和", singly, sum(counts.values()))


def _grouped(
    added: Iterable[Sequence[Added]], by: Sequence[str]
) -> dict[str, tuple[tuple[Words, Mapping[str, int], Mapping[int, int]], ...]]:
    found: dict[str, dict[Words, Sum]] = {name: {} for name in by}
    for one in (one for of_case in added for one in of_case if one.groups):
        taken = {} if one.workdays is None else {one.workdays: 1}
        for name, words in zip(by, one.groups, strict=True):
            found[name].setdefault(words, Sum.empty()).add(dict.fromkeys(one.counts, 1), taken)
    return {
        name: tuple((words, total.counts, total.workdays) for words, total in sorted(sums.items()))
        for name, sums in found.items()
    }


def _mark(case: Known, ledger: LedgerAsCounted, marker: Marker, added: Sequence[Added]) -> CaseMark:
    order = ledger.work_order_of(case)
    person, phone = marker.person(case.applicant), marker.phone(case.phone)
    return CaseMark(
        case_no=shown(case.case_no),
        accepted_at=case.accepted_at,
        identity=marker.mark(
            "case", ledger.locality, ledger.spec.id, case.case_no, str(case.accepted_at), case.applicant, case.phone
        ),
        work_order=marker.mark("order", order) if order else b"",
        person=person,
        phone=phone,
        matter=marker.matter(case.about),
        added=tuple(added),
    )  # fmt: skip
