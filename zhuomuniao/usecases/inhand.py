"""A record taken in hand under the lock: what its rules say of it now, and the steps that are being written.

Every step goes through :meth:`CaseInHand.write`: it ends the clocks the table says, and counts the others again.
What a step does not concern stays as it was signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.allowances import cited, latest_return
from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.course import Course
from zhuomuniao.deadlines import RuledDeadline, clock_of, deadlines_of
from zhuomuniao.errors import RefusedByRuleError
from zhuomuniao.lifecycle import Terms, clocks_ended_by, is_of_co_handler, require_order, require_step
from zhuomuniao.logbook import DEEMED, course_of, in_order, standing_steps
from zhuomuniao.model import Act, Case, Clock, Record, StartEvent, Status, Step, StepKind
from zhuomuniao.ruletypes import DEMANDABLE, holds
from zhuomuniao.transitions import take_step

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec, RuleSet
    from zhuomuniao.usecases.office import Office
    from zhuomuniao.workdays import WorkCalendar

L = TypeVar("L", bound=Record)


class InHand(Struct, Generic[L]):
    """One record while steps are written, under the edition it was accepted under. ``log`` are its lines that count,
    ``written`` the new ones, ``told`` what the clerk should know.
    """

    office: Office
    spec: LedgerSpec
    rules: RuleSet
    record: L
    log: list[Step]
    written: list[Step] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def terms(self) -> Terms:
        return self.office.terms(self.spec)

    def course(self) -> Course:
        """What has happened so far in the current round."""
        return course_of(self.record, self.log, self.rules)

    def ruled(self) -> tuple[RuledDeadline, ...]:
        """Every limit the rules give for what has happened so far."""
        return deadlines_of(self.rules, self.spec.id, self.record.facts, self.course(), self.office.calendar)

    def closing(self) -> RuledDeadline | None:
        """The limit that closes the matter: 解决, else 答复, with the day that was signed for it."""
        by_act = {r.rule.act: r for r in self.ruled()}
        ruled = by_act.get(Act.RESOLVE) or by_act.get(Act.REPLY)
        stored = next((c for c in self.record.round_clocks if ruled and c.act is ruled.rule.act), None)
        if ruled is None or ruled.deadline is None or stored is None or stored.due_on is None:
            return ruled
        return replace(ruled, deadline=replace(ruled.deadline, due_on=stored.due_on))

    def require(self, kind: StepKind, at: datetime) -> None:
        """Take note of what silence has done by then (视为签收), and ask whether the case can take this step now.

        Raises :class:`RefusedByRuleError`.
        """
        self.deem_signed(at)
        require_step(self.record, kind, at)

    def require_words(self, kind: StepKind, given: Mapping[str, str], said: Mapping[str, str]) -> None:
        """Raise :class:`RefusedByRuleError` with the clause where the notice demands something not written down.

        ``said`` are the words of the step that a condition may name (结果类别, 满意度 …).
        """
        facts = {**self.record.facts, **said}
        for demand in self.rules.demands:
            if demand.ledger != self.spec.id or demand.step is not kind or not holds(demand.when, facts):
                continue
            missing = [name for name in demand.fields if not given.get(name)]
            if missing:
                what = "、".join(DEMANDABLE[name] for name in missing)
                options = " ".join(f"--{name.replace('_', '-')}" for name in missing)
                case = "、".join(v for values in demand.when.values() for v in values if v in facts.values())
                raise RefusedByRuleError(
                    f"登记“{kind}”{f'（{case}）' if case else ''}须写明：{what}",
                    f"请加上 {options}；{cited(demand.citation)}",
                )

    def write(
        self,
        kind: StepKind,
        text: str,
        *,
        at: datetime,
        by: str,
        unit: str | None = None,
        clocks: Sequence[Clock] = (),
    ) -> Step:
        """Write one step: the case moves on, and its clocks with it. ``clocks`` are those set by hand.

        Raises :class:`RefusedByRuleError` for a step that comes before what it follows from.
        """
        bare = Step(
            case_no=self.record.case_no,
            kind=kind,
            at=at,
            by=by,
            unit=self.record.unit if unit is None else unit,
            text=text,
        )
        require_order(self.record, kind, at, self.log, is_beside=is_of_co_handler(self.record, bare))
        effect = self._effect_of(bare)
        before = {r.rule.act: clock_of(r, self.record.round) for r in self.ruled()}
        ended = clocks_ended_by(self.record, bare, effect)
        tried = replace(bare, clock_changes=ended)
        after = take_step(self.record, tried, self.terms)
        tentative = InHand(self.office, self.spec, self.rules, after, [*self.log, tried], told=self.told)
        if after.round != self.record.round:
            before = {}
            ended = (*ended, *(self._closed_by_redo(c, at) for c in self.record.clocks if c.is_running))
        set_by_hand = {c.act for c in clocks}
        moved = [c for c in tentative.moves_since(before, bare) if c.act not in set_by_hand]
        step = replace(bare, clock_changes=(*ended, *moved, *clocks))
        progress = self.record.progress
        self.record = take_step(self.record, step, self.terms)
        self.log.append(step)
        self.written.append(step)
        if in_order(self.log)[-1] is not step:
            # Typed late: what happened after it is where the matter stands.
            self.record = replace(self.record, progress=progress)
        return step

    @staticmethod
    def _closed_by_redo(clock: Clock, at: datetime) -> Clock:
        """What still ran when a new round began: it falls away, but what was late by then stays late."""
        if clock.due_on is None or clock.due_moment >= at:
            return replace(clock, is_cancelled=True)
        return replace(clock, ended_on=at.date(), ended_time=at.time() if clock.due_time else None)

    def moves_since(self, before: Mapping[Act, Clock], step: Step) -> list[Clock]:
        """The clocks that start, move or fall away with a step, given those counted ``before`` it.

        What was late by then stays late, whatever the step: another unit or tier gives no time back. Only 延期 beyond
        原则上, which reports list, does.
        """
        if self.record.is_closed:
            return []
        after = {r.rule.act: clock_of(r, self.record.round) for r in self.ruled()}
        stored = {c.act: c for c in self.record.round_clocks}
        stands_still = self._rests_since(step)
        moved = []
        for act, clock in after.items():
            if act not in stored:
                moved += [clock] if act not in before else []
            elif act not in before or before[act].due_text != clock.due_text:
                moved.append(clock)
        moved += [replace(stored[act], is_cancelled=True) for act in before.keys() - after.keys() if act in stored]
        kept = []
        for clock in moved:
            was = stored.get(clock.act)
            is_late = was is not None and was.due_on is not None and was.due_moment < stands_still
            if was is None or (was.is_running and (not is_late or step.kind is StepKind.EXTEND)):
                kept.append(clock)
            elif was.is_running:
                self.told.append(f"{was.act}在“{step.kind}”以前已经逾期（时限 {was.due_text}），这个日期不改")
        return kept

    def _rests_since(self, step: Step) -> datetime:
        """The moment from which nothing ran when the step was taken: its own, or that of the pause it ends."""
        if step.kind is not StepKind.RESUME:
            return step.at
        return next((s.at for s in reversed(in_order(self.log)) if s.kind is StepKind.PAUSE), step.at)

    def deem_signed(self, now: datetime) -> None:
        """Write 视为签收 where the time to hand the matter back has passed without a word (湘潭五.2)."""
        if not isinstance(self.record, Case):
            return
        last = lapses_on(self.rules, self.record, self.office.calendar)
        rule = self.rules.return_rule(self.spec.id)
        if last is None or rule is None or now.date() <= last:
            return
        silent = f"{DEEMED}：到 {last} 没有签收，也没有申请退回（{rule.citation.clause}）"
        # The last day is still in time: it holds from the first moment after.
        at = datetime.combine(last + timedelta(days=1), time())
        self.write(StepKind.SIGN, silent, at=at, by="")

    def _effect_of(self, step: Step) -> OutcomeEffect:
        if step.kind is not StepKind.RESOLVE or not isinstance(self.record, Case):
            return OutcomeEffect.RESOLVED
        return self.terms.effect_of(self.record, step.text.partition("：")[0])


CaseInHand = InHand[Case]


def lapses_on(rules: RuleSet, case: Case, calendar: WorkCalendar) -> date | None:
    """The last day on which the unit may still hand an unsigned matter back before its silence counts as a signature.

    ``None`` where the notice knows no 视为签收, or the matter does not wait to be signed for.
    """
    rule = rules.return_rule(case.ledger)
    if rule is None or not rule.is_deemed_signed or case.status is not Status.AWAITING_SIGNATURE:
        return None
    last = latest_return(rule, handed(case), rules, calendar)
    return last.due_on if last else None


def handed(case: Case) -> Course:
    """When the unit that has a matter was given it, and signed for it: no new round gives it new time."""
    moments = {StartEvent.ASSIGNED: case.assigned_at, StartEvent.SIGNED: case.signed_at}
    return Course(events={event: at for event, at in moments.items() if at is not None})


def take_in_hand(office: Office, spec: LedgerSpec, case: L) -> InHand[L]:
    """A record with the lines of its log that count."""
    log = standing_steps(office.records(spec).steps({case.case_no}).get(case.case_no, []))
    return InHand(office, spec, office.rules_of(case), case, log)


class Sweep(Struct):
    """Takes many cases in hand, each ledger's log read once; as of the day ``until``, where it is one."""

    office: Office
    specs: Sequence[LedgerSpec]
    until: date | None = None
    _logs: dict[str, dict[str, list[Step]]] = field(default_factory=dict)

    def hand(self, case: Case) -> CaseInHand:
        """A case of one of the ledgers with its log."""
        spec = next(s for s in self.specs if s.id == case.ledger)
        if spec.id not in self._logs:
            self._logs[spec.id] = self.office.ledger(spec).steps()
        log = standing_steps(self._logs[spec.id].get(case.case_no, []))
        if self.until is not None:
            log = [step for step in log if step.at.date() <= self.until]
        return CaseInHand(self.office, spec, self.office.rules_of(case), case, log)
