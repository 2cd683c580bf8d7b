"""催办、督办、问责: which rung of the ladder a case has come to, one at a time, each recorded once (E-03 … E-07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.allowances import cited
from zhuomuniao.deadlines import late_workdays
from zhuomuniao.errors import RefusedByRuleError, ZmnError
from zhuomuniao.ladder import RungDue, next_rung
from zhuomuniao.ledger import amend_cases
from zhuomuniao.lifecycle import STEP_RULES
from zhuomuniao.logbook import rungs_issued
from zhuomuniao.model import Case, Receipt, Step, StepKind
from zhuomuniao.privacy import mask_case
from zhuomuniao.ruletypes import LadderRule, holds
from zhuomuniao.usecases.inhand import CaseInHand, Sweep
from zhuomuniao.usecases.looking import cases_as_of

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office
    from zhuomuniao.usecases.requests import StepRequest

KIND_OF_RUNG: Mapping[str, StepKind] = {
    "催办": StepKind.URGE,
    "督办": StepKind.SUPERVISE,
    "问责": StepKind.ACCOUNTABILITY,
}
"""The step that records a rung of this name; any other is a 提醒."""


class Proposal(Struct, frozen=True):
    """The rung a case has come to: which, since when, what went before, and the paper that goes with it.

    ``due_on`` is ``None`` for a matter without a fixed day that comes with its history; ``late_workdays`` are 工作日.
    """

    case: Case
    rung: str
    since: date
    due_on: date | None
    late_workdays: int
    prior: Mapping[str, date]
    paper: str
    basis: str
    clause: str
    quote: str

    @property
    def kind(self) -> StepKind:
        return KIND_OF_RUNG.get(self.rung, StepKind.REMIND)


class Issued(Struct, frozen=True):
    """A proposal that was recorded, and where; ``file`` is its paper within the workspace, ``""`` without one."""

    proposal: Proposal
    receipt: Receipt[Case]
    file: str = ""


class Escalation(Struct, frozen=True):
    """What the ladder asks for today; cases that nobody has yet been made responsible for cannot be urged."""

    as_of: date
    proposals: tuple[Proposal, ...]
    without_unit: tuple[Case, ...]
    issued: tuple[Issued, ...] = ()
    is_rest_day: bool = False
    warnings: tuple[str, ...] = ()


def ladder_of(hand: CaseInHand) -> LadderRule | None:
    """The ladder that is for this case, ``None`` where the notice has none."""
    facts = hand.record.facts
    return next((r for r in hand.rules.ladders if r.ledger == hand.spec.id and holds(r.when, facts)), None)


def rung_due(hand: CaseInHand, ladder: LadderRule, on: date) -> RungDue | None:
    """The next rung of a case and since when it may be taken, ``None`` where there is no further one."""
    closing = hand.record.closing_clock
    due_on = closing.due_on if closing and closing.is_running else None
    if hand.record.round > 1:
        # The history it came with belongs to the first round; the new one has its own limit.
        ladder = replace(ladder, entries=())
    is_entered = any(holds(entry.when, hand.record.facts) for entry in ladder.entries)
    if due_on is None and not is_entered:
        return None
    return next_rung(
        ladder,
        due_on=due_on or date.max,
        issued=rungs_issued(hand.record, hand.log),
        facts=hand.record.facts,
        as_of=on,
        calendar=hand.office.calendar,
    )


def propose(hand: CaseInHand, on: date) -> Proposal | None:
    """What the ladder asks for this case on a day; ``None`` where it asks for nothing."""
    ladder = ladder_of(hand)
    if ladder is None or hand.record.status not in STEP_RULES[StepKind.URGE].allowed_from:
        return None
    due = rung_due(hand, ladder, on)
    if due is None or not due.is_due:
        return None
    closing = hand.record.closing_clock
    due_on = closing.due_on if closing else None
    return Proposal(
        case=hand.record,
        rung=due.rung,
        since=due.on,
        due_on=due_on,
        late_workdays=late_workdays(due_on, on, hand.office.calendar) if due_on else 0,
        prior=rungs_issued(hand.record, hand.log),
        paper=next((r.paper for r in ladder.rungs if r.name == due.rung), ""),
        basis=_basis_of_entry(hand, ladder, due.rung),
        clause=ladder.citation.clause,
        quote=ladder.citation.quote,
    )


def _basis_of_entry(hand: CaseInHand, ladder: LadderRule, rung: str) -> str:
    """Why a case stands on a higher rung without the lower ones: it came with its history."""
    if rungs_issued(hand.record, hand.log):
        return ""
    facts = hand.record.facts
    for entry in ladder.entries:
        if entry.rung == rung and holds(entry.when, facts):
            what = "、".join(facts[name] for name in entry.when)
            return f"{what}，直接进入{rung}（{ladder.citation.clause}）"
    return ""


def write_rung(hand: CaseInHand, proposal: Proposal, *, at: datetime, by: str, note: str = "") -> None:
    """Record a rung: one step, in the row and in the log."""
    words = {stepwords.HEAD: proposal.rung, stepwords.BASIS: proposal.basis, stepwords.NOTE: note}
    hand.write(proposal.kind, stepwords.tell(words), at=at, by=by)


def write_rung_paper(hand: CaseInHand, paper: str, told: list[str]) -> str:
    """Print the paper of a rung that was recorded; answers its file within the workspace.

    The rung stands also where the paper cannot be written: then ``told`` says how to print it later.
    """
    if not paper:
        return ""
    # Papers bring the renderers with them; most steps print none.
    from zhuomuniao.usecases.papers import write_paper

    office = hand.office
    try:
        written = write_paper(office, hand.spec, hand.record, hand.log, paper)
    except ZmnError as error:
        later = f"zmn form {hand.record.case_no} --kind {paper}"
        told.append(f"已登记，{paper}没有写出来：{error.message}；好了以后用 {later} 打印")
        return ""
    return office.workspace.relative(written.path)


def paper_of(hand: CaseInHand, kind: StepKind) -> str:
    """The form that goes out with a rung of this kind, ``""`` where there is none."""
    ladder = ladder_of(hand)
    rungs = ladder.rungs if ladder else ()
    return next((r.paper for r in rungs if KIND_OF_RUNG.get(r.name, StepKind.REMIND) is kind), "")


def take_rung(hand: CaseInHand, request: StepRequest) -> None:
    """One rung, asked for by a person: never skipped, never twice, never before its day."""
    ladder = ladder_of(hand)
    if ladder is None:
        raise RefusedByRuleError(
            f"《{hand.spec.title}》的通知没有规定{request.kind}", "只想补一句说明，可用 zmn note"
        )
    if all(KIND_OF_RUNG.get(rung.name, StepKind.REMIND) is not request.kind for rung in ladder.rungs):
        raise RefusedByRuleError(f"《{hand.spec.title}》的通知没有规定{request.kind}", cited(ladder.citation))
    no = hand.record.case_no
    if not hand.record.unit:
        raise RefusedByRuleError(
            f"事项 {no} 还没有责任单位，没有可以{request.kind}的", f"请先交办：zmn assign {no} --unit 单位"
        )
    on = request.at.date()
    due = rung_due(hand, ladder, on)
    if due is None:
        raise RefusedByRuleError(*_why_no_rung(hand, ladder, request.kind))
    if KIND_OF_RUNG.get(due.rung, StepKind.REMIND) is not request.kind:
        raise RefusedByRuleError(
            f"不能登记“{request.kind}”：逐级进行，下一级是“{due.rung}”（最早 {due.on}）", cited(ladder.citation)
        )
    proposal = propose(hand, on)
    if proposal is None:
        is_rest = not hand.office.calendar.is_workday(on)
        earliest = hand.office.calendar.nth_workday_after(on, 1) if is_rest and due.on <= on else due.on
        rest = "休息日不进行；" if is_rest else ""
        raise RefusedByRuleError(f"还不到“{due.rung}”的时候：{rest}最早 {earliest}", cited(ladder.citation))
    write_rung(hand, proposal, at=request.at, by=request.by, note=request.word("note", "说明"))


def _why_no_rung(hand: CaseInHand, ladder: LadderRule, kind: StepKind) -> tuple[str, str]:
    closing = hand.record.closing_clock
    if closing is None or closing.due_on is None:
        return (
            f"本件没有定下期限，无从{kind}",
            f"确定了期限请先用 zmn set-due {hand.record.case_no} 登记",
        )
    for rung in ladder.rungs:
        is_theirs = KIND_OF_RUNG.get(rung.name, StepKind.REMIND) is kind
        if is_theirs and not holds(rung.when, hand.record.facts):
            whom = "、".join(word for words in rung.when.values() for word in words)
            return f"“{rung.name}”只用于：{whom}", cited(ladder.citation)
    return f"本件没有再上一级可以{kind}", cited(ladder.citation)


def escalate(office: Office, specs: Sequence[LedgerSpec], *, issues: bool, by: str = "") -> Escalation:
    """What the ladder asks for today; with ``issues`` each is recorded, all in one operation.

    Running it twice issues nothing new. On a rest day it asks for nothing.
    """
    as_of = office.moment.as_of
    sweep = Sweep(office, specs, None if issues or not office.moment.is_replayed else as_of)
    found: dict[tuple[str, str], tuple[CaseInHand, Proposal]] = {}
    without_unit: list[Case] = []
    told: list[str] = []
    receipts: tuple[Receipt[Case], ...] = ()
    clerk = by or office.workspace.config.clerk
    at = datetime.combine(as_of, office.moment.now.time()).replace(second=0, microsecond=0)

    def consider(case: Case) -> tuple[CaseInHand, Proposal] | None:
        if case.is_closed:
            return None
        hand = sweep.hand(case)
        proposal = propose(hand, as_of)
        if proposal is None:
            return None
        if not case.unit and proposal.kind is not StepKind.REMIND:
            without_unit.append(mask_case(case))
            return None
        found[case.ledger, case.case_no] = hand, proposal
        return hand, proposal

    def decide(case: Case) -> tuple[Case, tuple[Step, ...]] | None:
        considered = consider(case)
        if considered is None:
            return None
        hand, proposal = considered
        try:
            write_rung(hand, proposal, at=at, by=clerk)
        except RefusedByRuleError as error:
            # One matter that is written down wrongly keeps none of the others waiting.
            told.append(f"{case.case_no} 没有登记：{error.message}")
            found.pop((case.ledger, case.case_no))
            return None
        return hand.record, tuple(hand.written)

    if issues:
        ledgers = [office.ledger(spec) for spec in specs]
        receipts = amend_cases(ledgers, decide, signature=office.signature("escalate", clerk))
    else:
        for spec in specs:
            for case in cases_as_of(office, spec).records:
                consider(case)
    issued = []
    for receipt in receipts:
        hand, proposal = found[receipt.record.ledger, receipt.record.case_no]
        issued.append(Issued(proposal, receipt, write_rung_paper(hand, proposal.paper, told)))
    proposals = tuple(sorted((p for _, p in found.values()), key=lambda p: (-p.late_workdays, p.case.in_order)))
    warnings = tuple(dict.fromkeys([*told, *(line for r in receipts for line in r.advice)]))
    is_rest_day = not office.calendar.is_workday(as_of)
    return Escalation(as_of, proposals, tuple(without_unit), tuple(issued), is_rest_day, warnings)
