"""环节: feedback, reply, resolve, note. Each is one row written and one line of 流转记录, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.errors import BadValueError
from zhuomuniao.lifecycle import Terms, clocks_ended_by, require_step, resolution_text, take_step
from zhuomuniao.model import Case, Clock, Receipt, Step, StepKind
from zhuomuniao.rules import LedgerSpec
from zhuomuniao.texts import clean_text
from zhuomuniao.usecases.office import Office
from zhuomuniao.usecases.registering import limited_text

MAX_TEXT = 5000
"""Characters one step's text may have."""


@dataclass(frozen=True, slots=True)
class StepRequest:
    """What a clerk asks to write: the step, when, by whom, and its words."""

    kind: StepKind
    at: datetime
    by: str = ""
    text: str = ""
    outcome: str = ""
    reported_to: str = ""


@dataclass(frozen=True, slots=True)
class Stepped:
    """The step taken: where it stands, which clocks it ended and how late, what the clerk should know."""

    receipt: Receipt
    step: Step
    ended: tuple[EndedClock, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndedClock:
    """A clock a step stopped; ``late_workdays`` is 0 when it was on time, or late over a holiday or by hours only."""

    clock: Clock
    late_workdays: int

    @property
    def verdict(self) -> str:
        """按时, or by how much it was late."""
        clock = self.clock
        if not clock.ended_late or clock.ended_on is None or clock.due_on is None:
            return "按时"
        if self.late_workdays:
            return f"超时{self.late_workdays}个工作日"
        days = (clock.ended_on - clock.due_on).days
        return f"超时{days}天（假日）" if days else f"超时（{clock.ended_time:%H:%M} 完成）"


def take(office: Office, spec: LedgerSpec, case_no: str, request: StepRequest) -> Stepped:
    """Write a step. Raises :class:`UnknownCaseError`, :class:`RefusedByRuleError`, :class:`BadValueError`."""
    if request.at.date() > office.moment.as_of:
        raise BadValueError(
            f"时间 {request.at:%Y-%m-%d %H:%M} 在今天（{office.moment.as_of}）之后",
            "请核对 --at；不能登记还没有发生的事",
        )
    terms = office.terms(spec)
    said = _said(request)
    taken: list[Step] = []

    def decide(case: Case) -> tuple[Case, Step]:
        require_step(case, request.kind, request.at)
        outcome = _outcome(terms, case, request)
        effect = terms.effect_of(case, outcome)
        step = Step(
            case_no=case.case_no,
            kind=request.kind,
            at=request.at,
            by=clean_text(request.by) or office.workspace.config.clerk,
            unit=case.unit,
            text=resolution_text(outcome, said) if outcome else said,
            clock_changes=clocks_ended_by(case, request.kind, request.at, effect),
        )
        taken.append(step)
        return take_step(case, step, terms), step

    verb = request.kind.name.lower()
    receipt = office.ledger(spec).amend(case_no, decide=decide, signature=office.signature(verb, request.by))
    step = replace(taken[-1])
    ended = tuple(
        EndedClock(c, late_workdays(c.due_on, c.ended_on, office.calendar) if c.due_on and c.ended_on else 0)
        for c in step.clock_changes
    )
    warnings = (*_warnings(office, receipt.case, request.kind, ended), *receipt.advice)
    return Stepped(receipt, step, ended, warnings)


def _outcome(terms: Terms, case: Case, request: StepRequest) -> str:
    """结果类别 by the edition of the case; empty for steps that have none."""
    if request.kind is not StepKind.RESOLVE:
        return ""
    codes = terms.outcomes_of(case)
    if codes is None:
        return request.outcome.strip() or "已解决"
    return codes.resolve(request.outcome) if request.outcome.strip() else codes.default


def _said(request: StepRequest) -> str:
    """The words of the step. Raises :class:`BadValueError` where there are none."""
    text = limited_text("内容", request.text, MAX_TEXT)
    if not text:
        raise BadValueError(f"“{request.kind}”没有写内容", "请写明做了什么、怎样答复的")
    reported = clean_text(request.reported_to) if request.kind is StepKind.RESOLVE else ""
    return f"{text}（已报告：{reported}）" if reported else text


def _warnings(office: Office, case: Case, kind: StepKind, ended: Sequence[EndedClock]) -> list[str]:
    warnings = office.moment.advice()
    if kind in (StepKind.FIRST_FEEDBACK, StepKind.REPLY) and not ended:
        warnings.append(f"本件没有正在走的“{kind}”时限，只作记录")
    warnings += [
        f"{e.clock.act}{e.verdict}（时限 {e.clock.due_text}），超时记录会一直保留"
        for e in ended
        if e.clock.ended_late
    ]
    if any(c.is_running and c.due_on is None for c in case.clocks) and case.status.is_open:
        warnings.append("本件没有固定时限（一事一议），请按领导小组确定的期限跟进")
    return warnings
