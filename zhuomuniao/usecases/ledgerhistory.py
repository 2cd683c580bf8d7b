"""A ledger read once and seen at several days: rows as they stand now, and the log where an earlier day needs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.model import Case, Finding, Status, StepKind

if TYPE_CHECKING:
    from zhuomuniao.caselog import History
    from zhuomuniao.ledger import LedgerState
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office

_OVER = frozenset({Status.AWAITING_REVISIT, Status.RESOLVED, Status.ROUTED_OUT, Status.VOID})


class LedgerHistory(Struct, frozen=True, dict=True):
    """The records of a ledger as their rows state them now, and its log, read when an earlier day is asked for."""

    office: Office
    spec: LedgerSpec
    state: LedgerState[Any]
    lines: LogSeen

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What in the books could not be read."""
        return self.state.findings

    @property
    def log(self) -> History:
        """流转记录, whose lines become steps case by case as they are asked for."""
        return self.lines.log

    def records_at(self, days: Sequence[date], since: Sequence[date] = ()) -> tuple[tuple[Any, ...], ...]:
        """Every record at the end of each of the days, in the order given.

        Rows for the office's day, the log replayed before it. A case to which nothing has happened since stands as
        its row, where the row is what its lines made it: only what was touched after a day is replayed for it.

        ``since`` are the first days of the spans that end on the days, where somebody counts what happened in them:
        then a case also stands as its row that was over before the span, as row and lines both say. Whatever was
        typed into such a row, the span has nothing of it.
        """
        moment = self.office.moment
        # Looked at from the office's own day, so that an earlier one is replayed whatever the clock says.
        today = max(moment.now.date(), moment.as_of)
        earlier = sorted({day for day in days if day < today})
        if not earlier:
            return tuple(self.state.records for _ in days)
        # The steps and what they do are needed for a day before today, and only then.
        from zhuomuniao.transitions import replay_days

        terms = self.office.terms(self.spec)
        found: dict[date, list[Any]] = {day: [] for day in earlier}
        begun: dict[date, date] = {}
        for first, day in zip(since, days, strict=bool(since)):
            begun[day] = min(first, begun.get(day, first))
        for record in self.state.records:
            # Rows of field work have fewer columns than a replay tells (轮次起始), and there are not many of them.
            settled_at = self.log.settled_at(record.case_no) if isinstance(record, Case) else None
            opened_on, settled_on = record.opened_at.date(), settled_at.date() if settled_at else date.max
            there = [day for day in earlier if day >= opened_on]
            touched = [day for day in there if day < settled_on]
            if touched and begun and isinstance(record, Case) and (over_on := self.over_on(record)):
                touched = [day for day in touched if begun[day] <= over_on]
            then: dict[date, Any] = dict.fromkeys(there, record)
            if touched:
                steps = self.log.steps_of(record.case_no)
                then |= zip(touched, replay_days(record, steps, terms, touched), strict=True)
            for day in there:
                if then[day] is not None:
                    found[day].append(then[day])
        then_seen = {day: tuple(records) for day, records in found.items()}
        return tuple(then_seen.get(day, self.state.records) for day in days)

    def over_on(self, case: Case) -> date | None:
        """The day with which a case of one round was over, by its row and by its lines; ``None`` where one does not
        say so.
        """
        if case.round > 1 or case.status not in _OVER or case.resolved_at is None:
            return None
        told_on = self.lines.over_on(case.case_no)
        return max(told_on, case.resolved_at.date()) if told_on else None


class LogSeen(Struct, frozen=True, dict=True):
    """The log of a ledger, and which cases it says are over."""

    office: Office
    spec: LedgerSpec

    @cached_property
    def log(self) -> History:
        """流转记录, read when it is asked for."""
        return self.office.records(self.spec).history()

    def over_on(self, case_no: str) -> date | None:
        """The day of the last line of a case, where its lines alone say that it ended in its first round."""
        told = self.log.over_at(case_no)
        if told is None:
            return None
        last, kind, words = told
        return None if kind is StepKind.RESOLVE and words.partition("：")[0] in self._leaving_open else last.date()

    @cached_property
    def _leaving_open(self) -> frozenset[str]:
        """结果类别 that leave a matter open, in any edition of the rules."""
        lists = (rules.code_list(self.spec.id, "outcome") for rules in self.office.locality.editions)
        codes = (code for one in lists if one for code in one.codes)
        return frozenset(code.name for code in codes if code.effect is OutcomeEffect.STAYS_OPEN)


def read_history(office: Office, spec: LedgerSpec) -> LedgerHistory:
    """The ledger with its log, its books read once."""
    return LedgerHistory(office, spec, office.records(spec).state(), LogSeen(office, spec))
