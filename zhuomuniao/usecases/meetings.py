"""联席会议、联动会审: cases on the agenda, who sits in it, and the decision back into each case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao import stepwords
from zhuomuniao.allowances import cited
from zhuomuniao.errors import BadValueError, RefusedByRuleError, ZmnError
from zhuomuniao.forms.values import Meeting
from zhuomuniao.ledger import amend_cases
from zhuomuniao.model import Case, Receipt, Step, StepKind
from zhuomuniao.ruletypes import MeetingRule, holds
from zhuomuniao.usecases.handling import write_assignment
from zhuomuniao.usecases.inhand import CaseInHand, take_in_hand
from zhuomuniao.usecases.papers import write_meeting_paper
from zhuomuniao.usecases.stepping import require_past
from zhuomuniao.usecases.timing import dated_clock
from zhuomuniao.usecases.units import known_unit

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office
    from zhuomuniao.usecases.requests import StepRequest


class Met(Struct, frozen=True):
    """What was written of a meeting: its title and day, who sits in it, the cases as they stand, its paper, what to
    know. ``file`` is within the workspace, ``""`` where the paper could not be written.
    """

    title: str
    on: date
    members: tuple[str, ...]
    receipts: tuple[Receipt[Case], ...]
    file: str
    warnings: tuple[str, ...]


Seats = tuple[MeetingRule, tuple[str, ...]]
"""The meeting a case goes to, and who sits in it."""


def plan_meeting(office: Office, spec: LedgerSpec, case_nos: Sequence[str], request: StepRequest, *, on: date) -> Met:
    """提请会议: put cases on the agenda, all or none.

    Raises :class:`RefusedByRuleError` for a case that the notice does not send there.
    """

    def write(hand: CaseInHand) -> Seats:
        rule = _meeting_for(hand)
        members = _members(hand, rule, request)
        words = {
            stepwords.HEAD: f"{rule.title} {on}",
            stepwords.MEMBERS: stepwords.join(members),
            stepwords.NOTE: request.word("note", "说明"),
        }
        hand.write(StepKind.MEETING_PLAN, stepwords.tell(words), at=request.at, by=request.by)
        return rule, members

    return _write_all(office, spec, case_nos, request, on, write)


def record_meeting(
    office: Office, spec: LedgerSpec, case_nos: Sequence[str], request: StepRequest, *, on: date, due: date | None
) -> Met:
    """会议决定 back into each case: what was decided, until when, and who handles it from now on."""
    decision = request.required("decision", "会议决定")
    if on > office.moment.as_of:
        raise BadValueError(f"会议日期 {on} 还没有到", "开过会再登记决定；提请会议用 zmn meeting plan", field="on")

    def write(hand: CaseInHand) -> Seats:
        rule = _meeting_for(hand)
        words = {
            stepwords.HEAD: f"{rule.title} {on}",
            stepwords.DECISION: decision,
            stepwords.DUE: due.isoformat() if due else "",
            stepwords.NOTE: request.word("note", "说明"),
        }
        clocks = (dated_clock(hand, due, request.at),) if due else ()
        hand.write(StepKind.MEETING_RECORD, stepwords.tell(words), at=request.at, by=request.by, clocks=clocks)
        if unit := request.word("unit", "责任单位", 100):
            hand.require(StepKind.ASSIGN, request.at)
            write_assignment(hand, request, known_unit(office, hand.rules, unit, hand.told), ())
        return rule, rule.members

    return _write_all(office, spec, case_nos, request, on, write)


def _write_all(
    office: Office,
    spec: LedgerSpec,
    case_nos: Sequence[str],
    request: StepRequest,
    on: date,
    write: Callable[[CaseInHand], Seats],
) -> Met:
    require_past(office, request)
    wanted = {office.ledger(spec).find(no).case_no for no in case_nos}
    told: list[str] = []
    seats: list[Seats] = []
    hands: list[CaseInHand] = []

    def decide(case: Case) -> tuple[Case, tuple[Step, ...]] | None:
        if case.case_no not in wanted:
            return None
        hand = take_in_hand(office, spec, case)
        hand.require(request.kind, request.at)
        seats.append(write(hand))
        hands.append(hand)
        told.extend(f"{case.case_no}：{line}" for line in hand.told)
        return hand.record, tuple(hand.written)

    receipts = amend_cases([office.ledger(spec)], decide, signature=office.signature("meeting", request.by))
    title = seats[0][0].title
    members = tuple(dict.fromkeys(unit for _, units in seats for unit in units))
    advice = dict.fromkeys(line for r in receipts for line in r.advice)
    file = _write_paper(hands, request.kind, Meeting(title, on, members=members), told)
    return Met(title, on, members, receipts, file, (*told, *advice, *office.moment.advice()))


def _write_paper(hands: Sequence[CaseInHand], kind: StepKind, meeting: Meeting, told: list[str]) -> str:
    paper = "会议议程" if kind is StepKind.MEETING_PLAN else "会议纪要"
    office, spec = hands[0].office, hands[0].spec
    try:
        written = write_meeting_paper(office, spec, [(h.record, h.log) for h in hands], paper, meeting=meeting)
    except ZmnError as error:
        told.append(f"已登记，{paper}没有写出来：{error.message}")
        return ""
    return office.workspace.relative(written.path)


def _meeting_for(hand: CaseInHand) -> MeetingRule:
    """The meeting the notice sends this case to. Raises :class:`RefusedByRuleError`."""
    meetings = [m for m in hand.rules.meetings if m.ledger == hand.spec.id]
    if not meetings:
        raise RefusedByRuleError(f"《{hand.spec.title}》的通知没有规定会议", "只想补一句说明，可用 zmn note")
    for meeting in meetings:
        if holds(meeting.when, hand.record.facts):
            return meeting
    whom = "；".join(f"{m.title}：{'、'.join(w for words in m.when.values() for w in words)}" for m in meetings)
    raise RefusedByRuleError(
        f"事项 {hand.record.case_no}（{hand.record.tier}）不到提请会议的一级",
        f"{whom}；{cited(meetings[0].citation)}",
    )


def _members(hand: CaseInHand, rule: MeetingRule, request: StepRequest) -> tuple[str, ...]:
    named = stepwords.split(request.word("members", "成员单位"))
    others = (known_unit(hand.office, hand.rules, unit, hand.told) for unit in named)
    members = tuple(dict.fromkeys((*rule.members, *others)))
    if not members:
        raise BadValueError(
            f"{rule.title}没有写谁参加", "通知没有列成员，请用 --member 写明，可写多个", field="member"
        )
    return members
