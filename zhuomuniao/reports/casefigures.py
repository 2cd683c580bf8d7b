"""The figures of a period: every round of handling counted once on each side of the 结转 identity, and the rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct, field

from zhuomuniao.model import Status
from zhuomuniao.reports.caserounds import (
    CaseRecords,
    Ending,
    Round,
    ended_within,
    is_alive,
    is_open_at_cut,
    late_clock,
    was_open_at_start,
)
from zhuomuniao.reports.covered import Covered, PeriodWords, beijing_day, long_day
from zhuomuniao.reports.tables import Rate

if TYPE_CHECKING:
    from zhuomuniao.layouts import Layout
    from zhuomuniao.rules import LedgerSpec, RuleSet
    from zhuomuniao.workdays import WorkCalendar

SATISFIED = frozenset({"非常满意", "满意"})
BASICALLY_SATISFIED = frozenset({"基本满意"})
DISSATISFIED = frozenset({"不满意", "非常不满意"})
_SAID = {"satisfied": SATISFIED, "basically_satisfied": BASICALLY_SATISFIED, "dissatisfied": DISSATISFIED}


class CaseFrame(Struct, frozen=True):
    """What stands around the figures of a ledger: who hands what in to whom, for which days, under which rules.

    ``title`` is the duty's, ``""`` for a report of the office's own use; with it come ``to``, ``clause`` and
    ``notice``. Names, phones and identity numbers are masked unless ``is_full``. ``own_cells`` is what people wrote
    into official columns that zmn keeps for them (研判意见), by number and field.
    """

    covered: Covered
    spec: LedgerSpec
    layout: Layout
    rules: RuleSet
    calendar: WorkCalendar
    office: str
    unit_order: tuple[str, ...] = ()
    title: str = ""
    to: str = ""
    clause: str = ""
    notice: str = ""
    policies: tuple[str, ...] = ()
    chain_head: str = ""
    is_full: bool = False
    own_cells: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def words(self) -> PeriodWords:
        return self.covered.words

    @property
    def matter(self) -> str:
        """What the ledger's rows are, as a letter calls them."""
        is_of_findings = self.layout.column("experience_officer") is not None
        return "体验官发现问题" if is_of_findings else "企业群众反映事项"

    @property
    def unit_header(self) -> str:
        """What the ledger calls the unit in charge."""
        column = self.layout.column("unit")
        return column.header if column else "责任单位"


class EarlierPeriod(Struct, frozen=True):
    """A period to compare with, called ``word`` (上月, 上年同期); ``None`` where the ledger had nothing yet."""

    word: str
    covered: Covered
    counts: Mapping[str, int] | None


class CaseFigures(Struct, frozen=True):
    """What was counted, and what it is compared with.

    ``listed`` are the rounds of the period by how they began, ``alive`` by how they ended: in a sound ledger the
    same. ``touched`` are those and the rounds that ended before and were visited in it.
    """

    rounds: tuple[Round, ...]
    listed: tuple[Round, ...]
    alive: tuple[Round, ...]
    touched: tuple[Round, ...]
    resolved: tuple[Round, ...]
    counts: Mapping[str, int]
    rates: Mapping[str, Rate]
    earlier: tuple[EarlierPeriod, ...] = ()


def count_cases(records: CaseRecords, frame: CaseFrame, earlier: Sequence[EarlierPeriod] = ()) -> CaseFigures:
    """Every figure of the days covered. ``earlier`` are the periods to compare with."""
    covered = frame.covered
    rounds = tuple(records.rounds(covered.cut))
    counts = count_rounds(rounds, covered, frame.spec)
    return CaseFigures(
        rounds=rounds,
        listed=tuple(r for r in rounds if was_open_at_start(r, covered) or covered.holds(r.opened_on)),
        alive=tuple(r for r in rounds if is_alive(r, covered)),
        touched=tuple(r for r in rounds if is_alive(r, covered) or was_visited(r, covered)),
        resolved=tuple(ended_within(rounds, covered, Ending.RESOLVED)),
        counts=counts,
        rates=rates_of(counts, covered.words),
        earlier=tuple(earlier),
    )


def count_rounds(rounds: Iterable[Round], covered: Covered, spec: LedgerSpec | None = None) -> dict[str, int]:
    """Every count of the report, in the order it is printed; of 交办 and 签收 where the notice knows them."""
    items = list(rounds)
    resolved = ended_within(items, covered, Ending.RESOLVED)
    lateness = [r.is_late for r in resolved]
    answers = [r.answered.said for r in items if r.answered and covered.holds(r.answered.on)]
    open_now = [r for r in items if is_open_at_cut(r, covered)]
    counts = {
        "carried_in": sum(was_open_at_start(r, covered) for r in items),
        "accepted": sum(r.number == 1 and covered.holds(r.opened_on) for r in items),
        "redone": sum(r.number > 1 and covered.holds(r.opened_on) for r in items),
        "resolved": len(resolved),
        "transferred": len(ended_within(items, covered, Ending.ROUTED_OUT)),
        "voided": len(ended_within(items, covered, Ending.VOID)),
        "carried_out": len(open_now),
        "returned": sum(r.case.status is Status.RETURN_REQUESTED for r in open_now),
        "overdue_open": sum(late_clock(r, covered) is not None for r in items),
        "on_time": sum(late is False for late in lateness),
        "late": sum(late is True for late in lateness),
        "no_fixed_limit": sum(late is None for late in lateness),
        "visited": len(answers),
        "unreached": sum(covered.holds(r.unreached_on) for r in items),
        "satisfied": sum(answer in SATISFIED for answer in answers),
        "basically_satisfied": sum(answer in BASICALLY_SATISFIED for answer in answers),
        "dissatisfied": sum(answer in DISSATISFIED for answer in answers),
        "visited_of_resolved": sum(r.answered is not None and r.answered.on <= covered.cut for r in resolved),
        "provisional": sum(r.is_latest and r.case.is_provisional for r in open_now),
    }
    if spec is not None and spec.asks_assignment:
        counts["assigned"] = sum(assigned_on(r, covered) is not None for r in items)
    if spec is not None and spec.asks_signature:
        counts["signed"] = sum(signed_on(r, covered) is not None for r in items)
    return counts


def adds_to(item: Round, covered: Covered, spec: LedgerSpec | None = None) -> Iterator[str]:
    """Every count of :func:`count_rounds` to which this round adds one: another way to the same sums."""
    yield from _places_of(item, covered)
    if is_open_at_cut(item, covered):
        if item.case.status is Status.RETURN_REQUESTED:
            yield "returned"
        if item.is_latest and item.case.is_provisional:
            yield "provisional"
    if (visit := item.answered) is not None:
        if covered.holds(visit.on):
            yield "visited"
            yield from (name for name, words in _SAID.items() if visit.said in words)
        if item.ending is Ending.RESOLVED and covered.holds(item.closed_on) and visit.on <= covered.cut:
            yield "visited_of_resolved"
    if covered.holds(item.unreached_on):
        yield "unreached"
    if spec is not None and spec.asks_assignment and assigned_on(item, covered) is not None:
        yield "assigned"
    if spec is not None and spec.asks_signature and signed_on(item, covered) is not None:
        yield "signed"


def was_visited(item: Round, covered: Covered) -> bool:
    """Whether a 回访 of the round, or giving it up, lies in the period."""
    return covered.holds(item.unreached_on) or (item.answered is not None and covered.holds(item.answered.on))


def assigned_on(item: Round, covered: Covered) -> date | None:
    """The day of 交办, where it lies in the period; a case assigned again counts by the last time."""
    at = item.case.assigned_at if item.is_latest else None
    return day if at and covered.holds(day := beijing_day(at)) else None


def signed_on(item: Round, covered: Covered) -> date | None:
    """The day of 签收, where it lies in the period."""
    at = item.case.signed_at if item.is_latest else None
    return day if at and covered.holds(day := beijing_day(at)) else None


_LABELS: Mapping[str, tuple[str, str]] = {
    "carried_in": ("{before}结转", "{first}前已受理（或重办）、到该日零时仍未办结、未转出、未作废的"),
    "accepted": ("{this}受理", "受理时间在{this}的（北京时间，末日23时59分前受理的计入{this}）"),
    "redone": ("{this}重办", "办结后回访不满意等原因，在{this}发回重新办理的，一次计一轮"),
    "resolved": ("{this}办结", "办结时间在{this}的，按轮次计；含办结后待回访的"),
    "transferred": ("转出", "在{this}转信访、政法、热线等渠道的"),
    "voided": ("作废", "在{this}作废的；没有记作废时间的，计入受理（或重办）之日；办结以后才作废的，仍按办结计"),
    "carried_out": ("结转{after}", "到截至日终了仍未办结、未转出、未作废的"),
    "returned": ("退回申请", "结转{after}中，责任单位已申请退回、尚未审定的"),
    "overdue_open": ("逾期未结", "结转{after}中，任一时限的最后一日早于截至日且该环节尚未完成的；暂停的不计"),
    "on_time": ("按时办结", "{this}办结中，解决（没有解决时限的看答复）在时限最后一日终了前完成的"),
    "late": ("超时办结", "{this}办结中，解决（没有解决时限的看答复）晚于时限最后一日完成的"),
    "no_fixed_limit": ("无固定时限办结", "{this}办结中，一事一议等没有确定时限日期的"),
    "visited": (
        "已回访",
        "回访之日在{this}、回访到本人并记录满意度的，按轮次计；不论哪一期办结的，只在回访当期计一次",
    ),
    "unreached": (
        "未能回访",
        "{this}记为“无法回访”“无人接听”的，按轮次计，不进入满意率的分母；以后又回访到本人的，到时另计已回访",
    ),
    "satisfied": ("满意", "已回访中，评价为“满意”“非常满意”的"),
    "basically_satisfied": ("基本满意", "已回访中，评价为“基本满意”的"),
    "dissatisfied": ("不满意", "已回访中，评价为“不满意”“非常不满意”的"),
    "visited_of_resolved": (
        "办结已访",
        "{this}办结中，到截至日终了已回访到本人的，只用于回访率；以后回访的，计入回访当期的已回访",
    ),
    "provisional": ("时限暂定", "结转{after}中，时限落在放假安排尚未公布的日期、待公布后复核的"),
    "assigned": ("{this}交办", "交办时间在{this}的事项；重新交办的按最近一次"),
    "signed": ("{this}签收", "签收时间在{this}的事项；重新交办后再签收的按最近一次"),
}
"""What each count is called and what it means, as printed on 指标口径."""


def labels_of(covered: Covered) -> dict[str, tuple[str, str]]:
    """Label and meaning of every count, in the words of the period."""
    words = covered.words
    said = {"this": words.this, "before": words.before, "after": words.after, "first": long_day(covered.first)}
    return {name: (label.format(**said), meaning.format(**said)) for name, (label, meaning) in _LABELS.items()}


def rates_of(counts: Mapping[str, int], words: PeriodWords) -> dict[str, Rate]:
    """The rates, each with its denominator in its definition."""
    due = counts["carried_in"] + counts["accepted"] + counts["redone"]
    due -= counts["transferred"] + counts["voided"]
    rates = (
        Rate(
            "resolved_rate",
            "办结率",
            counts["resolved"],
            due,
            f"{words.this}办结÷（{words.before}结转+{words.this}受理+{words.this}重办－转出－作废）",
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
            counts["visited_of_resolved"],
            counts["resolved"],
            f"{words.this}办结中到截至日已回访的÷{words.this}办结；未能回访的不算已回访",
        ),
        Rate(
            "satisfaction_rate",
            "满意率",
            counts["satisfied"] + counts["basically_satisfied"],
            counts["visited"],
            f"（满意+基本满意）÷{words.this}已回访（按回访之日），未能回访的不进分母",
        ),
    )
    return {rate.id: rate for rate in rates}


class Group(Struct, frozen=True):
    """The rounds of one word of a column: a unit, a channel. ``is_stated`` is ``False`` for what was left blank."""

    word: str
    rounds: tuple[Round, ...]
    counts: Mapping[str, int]
    is_stated: bool


def group_by(
    rounds: Iterable[Round], covered: Covered, word_of: Callable[[Round], str], order: Sequence[str], *, blank: str
) -> tuple[Group, ...]:
    """Rounds by a word in the order of the county's list, others after by code point, the blank one
    last. The counts are those of :func:`tally`.
    """
    groups: dict[str, list[Round]] = {}
    for item in rounds:
        groups.setdefault(word_of(item).strip(), []).append(item)
    places = {word: place for place, word in enumerate(order)}
    words = sorted(groups, key=lambda word: (not word, places.get(word, len(places)), word))
    return tuple(
        Group(word or blank, tuple(groups[word]), tally(groups[word], covered), bool(word)) for word in words
    )


_TALLIED = ("carried_in", "accepted", "redone", "resolved", "on_time", "late", "no_fixed_limit", "transferred",
            "voided", "carried_out", "overdue_open")  # fmt: skip


def tally(rounds: Iterable[Round], covered: Covered) -> dict[str, int]:
    """The counts a breakdown shows, each round put where it belongs: another way to the sums than counting each."""
    counts = dict.fromkeys(_TALLIED, 0)
    for item in rounds:
        for name in _places_of(item, covered):
            counts[name] += 1
    return counts


def _places_of(item: Round, covered: Covered) -> Iterator[str]:
    if item.opened_on < covered.first:
        if item.closed_on is None or item.closed_on >= covered.first:
            yield "carried_in"
    elif item.opened_on <= covered.cut:
        yield "accepted" if item.number == 1 else "redone"
    match item.ending if covered.holds(item.closed_on) else None:
        case Ending.RESOLVED:
            yield "resolved"
            yield {False: "on_time", True: "late", None: "no_fixed_limit"}[item.is_late]
        case Ending.ROUTED_OUT:
            yield "transferred"
        case Ending.VOID:
            yield "voided"
        case None if is_open_at_cut(item, covered):
            yield "carried_out"
            if late_clock(item, covered) is not None:
                yield "overdue_open"
