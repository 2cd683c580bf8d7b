"""The month's figures: every round of handling counted once on each side of the 结转 identity.

The unit of counting is the round (轮次), not the case: a matter that was resolved, found wanting and handled
again was resolved twice (M-03). Days are Beijing days, so 23:50 on the last day belongs to the month (M-01).
"""

from __future__ import annotations

import calendar as month_lengths
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, auto

from zhuomuniao.errors import BadValueError
from zhuomuniao.model import BEIJING, Act, Case, Clock, EndedRound, Status
from zhuomuniao.reports.tables import Check, Rate

UNREACHED = frozenset({"无法回访", "无人接听"})
SATISFIED = frozenset({"非常满意", "满意"})
BASICALLY_SATISFIED = frozenset({"基本满意"})
DISSATISFIED = frozenset({"不满意", "非常不满意"})


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month as it stood at the end of ``as_of``: what happened later did not happen yet."""

    first: date
    last: date
    as_of: date

    @classmethod
    def of(cls, year: int, month: int, as_of: date) -> Month:
        """Raises :class:`BadValueError` for a month that has not begun."""
        first = date(year, month, 1)
        if as_of < first:
            raise BadValueError(f"{year}年{month}月还没有开始（截至{as_of.isoformat()}）", "请选已经开始的月份")
        return cls(first, date(year, month, month_lengths.monthrange(year, month)[1]), as_of)

    @property
    def cut(self) -> date:
        """The last day that counts."""
        return min(self.last, self.as_of)

    @property
    def is_running(self) -> bool:
        """Whether days of the month are still to come."""
        return self.as_of < self.last

    @property
    def label(self) -> str:
        return f"{self.first.year}年{self.first.month}月"

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in the month and is not after the cut."""
        return day is not None and self.first <= day <= self.cut


class Ending(Enum):
    """How a round ended."""

    RESOLVED = auto()
    ROUTED_OUT = auto()
    VOID = auto()


_ENDINGS = {
    Status.RESOLVED: Ending.RESOLVED,
    Status.AWAITING_REVISIT: Ending.RESOLVED,
    Status.ROUTED_OUT: Ending.ROUTED_OUT,
    Status.VOID: Ending.VOID,
}


@dataclass(frozen=True, slots=True)
class Round:
    """轮次: one run of handling, from 受理 or 重办 to its end. ``clock`` is the limit that judges its closing."""

    case: Case
    number: int
    opened_on: date
    ending: Ending | None
    closed_on: date | None
    clock: Clock | None
    satisfaction: str = ""

    @property
    def is_latest(self) -> bool:
        return self.number == self.case.round


def beijing_day(moment: datetime) -> date:
    """The Beijing day of a moment; one without a zone is Beijing time already."""
    return (moment.astimezone(BEIJING) if moment.tzinfo else moment).date()


def rounds_of(case: Case, sent_back: Sequence[EndedRound] = ()) -> tuple[Round, ...]:
    """The rounds of a case: the earlier ones as the log tells (``sent_back``), else as far as the row does.

    A row keeps the last round's days only. Without the log an earlier round ended on the day its 解决 (else 答复)
    clock in 时限明细 ended, and where the row has no such clock, on the day the round after it began: never later. A
    routed or void case without 办结时间 ended on the day it was accepted.
    """
    accepted_on = beijing_day(case.accepted_at)
    by_act = {(c.round, c.act): c for c in case.clocks}
    numbers = range(1, case.round + 1)
    by_round = [by_act.get((n, Act.RESOLVE)) or by_act.get((n, Act.REPLY)) for n in numbers]
    restarted_on = case.round_started_on if case.round > 1 and case.round_started_on else accepted_on
    rounds: list[Round] = []
    told = sent_back if len(sent_back) == case.round - 1 else ()
    for number, ended in enumerate(told, start=1):
        opened_on = told[number - 2].redone_on if number > 1 else accepted_on
        clock = by_round[number - 1]
        rounds.append(Round(case, number, opened_on, Ending.RESOLVED, ended.resolved_on, clock, ended.satisfaction))
    if told:
        restarted_on = told[-1].redone_on
    for number, clock in enumerate(by_round[:-1] if not told else (), start=1):
        ended_on = min(clock.ended_on, restarted_on) if clock and clock.ended_on else restarted_on
        opened_on = accepted_on if number == 1 else rounds[-1].closed_on or restarted_on
        rounds.append(Round(case, number, opened_on, Ending.RESOLVED, ended_on, clock))
    ending = _ENDINGS.get(case.status)
    closed_on = beijing_day(case.resolved_at) if case.resolved_at and ending else None
    if closed_on is None and ending in (Ending.ROUTED_OUT, Ending.VOID):
        closed_on = restarted_on
    last = Round(case, case.round, restarted_on, ending, closed_on, by_round[-1], case.satisfaction.strip())
    rounds.append(last)
    return tuple(rounds)


def was_open_at_start(item: Round, month: Month) -> bool:
    """上月结转: begun before the month and not ended before it."""
    return item.opened_on < month.first and (item.closed_on is None or item.closed_on >= month.first)


def is_open_at_cut(item: Round, month: Month) -> bool:
    """结转下月: begun, and at the end of the last day neither resolved, routed out nor void."""
    is_ended = item.ending is not None and (item.closed_on is None or item.closed_on <= month.cut)
    return item.opened_on <= month.cut and not is_ended


def late_clock(item: Round, month: Month) -> Clock | None:
    """The earliest limit that had passed by the cut, or before a pause that lasts, and was not met."""
    if not item.is_latest or not is_open_at_cut(item, month):
        return None
    # What was late before a pause is late while it lasts.
    until = month.cut
    if item.case.status is Status.PAUSED:
        until = min(until, item.case.paused_since or date.min)
    late = [
        c
        for c in item.case.clocks
        if c.act is not Act.RETURN
        if c.due_on and c.due_on < until and (c.ended_on is None or c.ended_on > month.cut)
    ]
    return min(late, key=lambda c: c.due_on or date.max, default=None)


def count_rounds(rounds: Iterable[Round], month: Month) -> dict[str, int]:
    """Every count of the report, in the order it is printed."""
    items = list(rounds)
    resolved = [r for r in items if r.ending is Ending.RESOLVED and month.holds(r.closed_on)]
    lateness = [_is_late(r) for r in resolved]
    replies = [r.satisfaction for r in resolved]
    open_now = [r for r in items if is_open_at_cut(r, month)]
    return {
        "carried_in": sum(was_open_at_start(r, month) for r in items),
        "accepted": sum(r.number == 1 and month.holds(r.opened_on) for r in items),
        "redone": sum(r.number > 1 and month.holds(r.opened_on) for r in items),
        "resolved": len(resolved),
        "transferred": sum(r.ending is Ending.ROUTED_OUT and month.holds(r.closed_on) for r in items),
        "voided": sum(r.ending is Ending.VOID and month.holds(r.closed_on) for r in items),
        "carried_out": len(open_now),
        "returned": sum(r.case.status is Status.RETURN_REQUESTED for r in open_now),
        "overdue_open": sum(late_clock(r, month) is not None for r in items),
        "on_time": sum(late is False for late in lateness),
        "late": sum(late is True for late in lateness),
        "no_fixed_limit": sum(late is None for late in lateness),
        "visited": sum(bool(reply) and reply not in UNREACHED for reply in replies),
        "unreached": sum(reply in UNREACHED for reply in replies),
        "satisfied": sum(reply in SATISFIED for reply in replies),
        "basically_satisfied": sum(reply in BASICALLY_SATISFIED for reply in replies),
        "dissatisfied": sum(reply in DISSATISFIED for reply in replies),
        "provisional": sum(r.is_latest and r.case.is_provisional for r in open_now),
    }


LABELS: Mapping[str, tuple[str, str]] = {
    "carried_in": ("上月结转", "本月1日前已受理（或重办）、到本月1日零时仍未办结、未转出、未作废的"),
    "accepted": ("本月受理", "受理时间在本月的（北京时间，月末23时59分前受理的计入本月）"),
    "redone": ("本月重办", "办结后回访不满意等原因，在本月发回重新办理的，一次计一轮"),
    "resolved": ("本月办结", "办结时间在本月的，按轮次计；含办结后待回访的"),
    "transferred": ("转出", "在本月转信访、政法、热线等渠道的"),
    "voided": ("作废", "在本月作废的；没有记办结时间的，计入受理（或重办）当月"),
    "carried_out": ("结转下月", "到截至日终了仍未办结、未转出、未作废的"),
    "returned": ("退回申请", "结转下月中，责任单位已申请退回、尚未审定的"),
    "overdue_open": ("逾期未结", "结转下月中，任一时限的最后一日早于截至日且该环节尚未完成的；暂停的不计"),
    "on_time": ("按时办结", "本月办结中，解决（没有解决时限的看答复）在时限最后一日终了前完成的"),
    "late": ("超时办结", "本月办结中，解决（没有解决时限的看答复）晚于时限最后一日完成的"),
    "no_fixed_limit": ("无固定时限办结", "本月办结中，一事一议等没有确定时限日期的"),
    "visited": ("已回访", "本月办结中，已回访到本人并记录满意度的"),
    "unreached": ("未能回访", "本月办结中，满意度记为“无法回访”“无人接听”的，另计，不进入满意率的分母"),
    "satisfied": ("满意", "已回访中，评价为“满意”“非常满意”的"),
    "basically_satisfied": ("基本满意", "已回访中，评价为“基本满意”的"),
    "dissatisfied": ("不满意", "已回访中，评价为“不满意”“非常不满意”的"),
    "provisional": ("时限暂定", "结转下月中，时限落在放假安排尚未公布的日期、待公布后复核的"),
}
"""What each count is called and what it means, as printed on 指标口径."""


def rates_of(counts: Mapping[str, int]) -> dict[str, Rate]:
    """The rates, each with its denominator in its definition."""
    due = counts["carried_in"] + counts["accepted"] + counts["redone"]
    due -= counts["transferred"] + counts["voided"]
    rates = (
        Rate(
            "resolved_rate",
            "办结率",
            counts["resolved"],
            due,
            "本月办结÷（上月结转+本月受理+本月重办－转出－作废）",
        ),
        Rate(
            "on_time_rate",
            "按时办结率",
            counts["on_time"],
            counts["on_time"] + counts["late"],
            "按时办结÷（按时办结+超时办结），无固定时限的不计",
        ),
        Rate(
            "visit_rate",
            "回访率",
            counts["visited"],
            counts["resolved"],
            "已回访÷本月办结；未能回访的不算已回访",
        ),
        Rate(
            "satisfaction_rate",
            "满意率",
            counts["satisfied"] + counts["basically_satisfied"],
            counts["visited"],
            "（满意+基本满意）÷已回访，未能回访的不进分母",
        ),
    )
    return {rate.id: rate for rate in rates}


def checks_of(
    counts: Mapping[str, int],
    *,
    by_unit: Sequence[Mapping[str, int]],
    by_day: Sequence[tuple[int, int]],
    rows: int,
    listed: int,
    previous: Mapping[str, int] | None,
) -> tuple[Check, ...]:
    """The identities of the report. ``listed`` is how many cases the ledger copy should list."""
    whole = ("carried_in", "accepted", "redone"), ("resolved", "transferred", "voided", "carried_out")
    left, right = (sum(counts[name] for name in side) for side in whole)
    checks = [
        Check("上月结转 + 本月受理 + 本月重办 = 本月办结 + 转出 + 作废 + 结转下月", left, right),
        Check("逾期未结 ⊆ 结转下月", counts["overdue_open"], counts["carried_out"], is_at_most=True),
        Check(
            "按时办结 + 超时办结 + 无固定时限办结 = 本月办结",
            counts["on_time"] + counts["late"] + counts["no_fixed_limit"],
            counts["resolved"],
        ),
        Check(
            "已回访 + 未能回访 ⊆ 本月办结",
            counts["visited"] + counts["unreached"],
            counts["resolved"],
            is_at_most=True,
        ),
        Check(
            "满意 + 基本满意 + 不满意 ⊆ 已回访",
            counts["satisfied"] + counts["basically_satisfied"] + counts["dissatisfied"],
            counts["visited"],
            is_at_most=True,
        ),
        Check(
            "各单位受理、办结、结转下月之和 = 全部受理、办结、结转下月之和",
            sum(unit["accepted"] + unit["resolved"] + unit["carried_out"] for unit in by_unit),
            counts["accepted"] + counts["resolved"] + counts["carried_out"],
        ),
        Check(
            "按日受理、办结之和 = 本月受理 + 本月办结",
            sum(accepted + resolved for accepted, resolved in by_day),
            counts["accepted"] + counts["resolved"],
        ),
        Check("台账件数 = 上月结转、本月受理、本月重办所涉件数", rows, listed),
    ]
    if previous is not None and "carried_out" in previous:
        checks.append(Check("上月结转 = 上月报表的结转下月", counts["carried_in"], previous["carried_out"]))
    return tuple(checks)


def stand_at(case: Case, cut: date) -> Case:
    """The case as its row stood at the end of ``cut``: what was done on a later day is taken back.

    Free text without a day of its own (处理进度, 备注) stays.
    """

    def kept(moment: datetime | None) -> datetime | None:
        return moment if moment is not None and beijing_day(moment) <= cut else None

    clocks = tuple(replace(c, ended_on=None) if c.ended_on and c.ended_on > cut else c for c in case.clocks)
    stood = replace(
        case,
        assigned_at=kept(case.assigned_at),
        signed_at=kept(case.signed_at),
        first_feedback_at=kept(case.first_feedback_at),
        informed_at=kept(case.informed_at),
        resolved_at=kept(case.resolved_at),
        clocks=clocks,
    )
    if case.resolved_at is None or stood.resolved_at is not None:
        return stood
    return replace(
        stood, status=Status.IN_PROGRESS, outcome="", result="", revisit="", satisfaction="", verification=""
    )


def _is_late(item: Round) -> bool | None:
    """Whether a resolved round ended after its limit; ``None`` where it had no dated limit."""
    if item.clock is None or item.clock.due_on is None or item.closed_on is None:
        return None
    return item.clock.ended_late if item.clock.ended_on else item.closed_on > item.clock.due_on
