"""勾稽: the identities every report of cases must keep, each side added up apart, and which case breaks one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from zhuomuniao.reports.caserounds import Ending, Round, is_open_at_cut, was_open_at_start
from zhuomuniao.reports.tables import Check

if TYPE_CHECKING:
    from zhuomuniao.reports.casefigures import CaseFigures, CaseFrame, Group
    from zhuomuniao.reports.covered import Covered, PeriodWords

SUMMED = ("carried_in", "accepted", "redone", "resolved", "on_time", "late", "transferred", "voided", "carried_out",
           "overdue_open")  # fmt: skip
"""The counts that sums over parts are held against."""


def count_checks(counts: Mapping[str, int], words: PeriodWords) -> tuple[Check, ...]:
    """The identities that the counts alone can keep or break: 结转, and parts that are no more than their wholes."""
    this, before, after = words.this, words.before, words.after
    whole = ("carried_in", "accepted", "redone"), ("resolved", "transferred", "voided", "carried_out")
    left, right = (sum(counts[name] for name in side) for side in whole)
    return (
        Check(f"{before}结转 + {this}受理 + {this}重办 = {this}办结 + 转出 + 作废 + 结转{after}", left, right),
        Check(f"逾期未结 ⊆ 结转{after}", counts["overdue_open"], counts["carried_out"], is_at_most=True),
        Check(
            f"按时办结 + 超时办结 + 无固定时限办结 = {this}办结",
            counts["on_time"] + counts["late"] + counts["no_fixed_limit"],
            counts["resolved"],
        ),
        Check(
            f"{this}办结中已回访的 ⊆ {this}办结", counts["visited_of_resolved"], counts["resolved"], is_at_most=True
        ),
        Check(
            "满意 + 基本满意 + 不满意 ⊆ 已回访",
            counts["satisfied"] + counts["basically_satisfied"] + counts["dissatisfied"],
            counts["visited"],
            is_at_most=True,
        ),
    )


def order_check(rounds: Iterable[Round], covered: Covered) -> Check:
    """Of the rounds that began in the period or were carried into it, none ended before it began."""
    begun = (r for r in rounds if was_open_at_start(r, covered) or covered.holds(r.opened_on))
    ended = [(r.opened_on, r.closed_on) for r in begun if r.closed_on is not None and r.closed_on <= covered.cut]
    in_order = sum(closed_on >= opened_on for opened_on, closed_on in ended)
    return Check("办结（转出、作废）不早于受理（重办）的轮次 = 已办结（转出、作废）的轮次", in_order, len(ended))


def checks_of(
    figures: CaseFigures,
    frame: CaseFrame,
    *,
    breakdowns: Sequence[tuple[str, Sequence[Group]]],
    flows: Sequence[tuple[int, int]],
    lists: Mapping[str, int],
    outcomes: int,
) -> tuple[Check, ...]:
    """The identities of the report.

    ``flows`` are 受理 and 办结 of each day or month; ``lists`` how many rows the ledger copy, the overdue list and
    the list of late closings have; ``outcomes`` the sum of all 结果类别.
    """
    counts, words = figures.counts, frame.words
    this, before, after = words.this, words.before, words.after
    units = breakdowns[0][1]
    by_day = "按日" if frame.covered.is_shown_by_day else "按月"
    checks = [
        *count_checks(counts, words),
        Check(
            f"各单位受理、办结、结转{after}之和 = 全部受理、办结、结转{after}之和",
            sum(unit.counts[name] for unit in units for name in ("accepted", "resolved", "carried_out")),
            counts["accepted"] + counts["resolved"] + counts["carried_out"],
        ),
        Check(
            "各项分类的各列之和 = 全部的各列之和",
            sum(group.counts[name] for _, groups in breakdowns for group in groups for name in SUMMED),
            len(breakdowns) * sum(counts[name] for name in SUMMED),
        ),
        Check(
            f"{by_day}受理、办结之和 = {this}受理 + {this}办结",
            sum(accepted + resolved for accepted, resolved in flows),
            counts["accepted"] + counts["resolved"],
        ),
        Check(f"各结果类别之和 = {this}办结 + 转出", outcomes, counts["resolved"] + counts["transferred"]),
        Check(
            f"台账件数 = {before}结转、{this}受理、{this}重办所涉件数",
            lists["ledger"],
            len({id(r.case) for r in figures.alive}),
        ),
        Check("逾期明细行数 = 逾期未结", lists["overdue"], counts["overdue_open"]),
        Check("超时办结明细行数 = 超时办结", lists["late"], counts["late"]),
        order_check(figures.listed, frame.covered),
    ]
    return tuple(checks)


def faults_of(rounds: Iterable[Round], covered: Covered) -> dict[str, str]:
    """Each case that counts differently on the two sides of an identity, and what in its row does not fit."""
    return dict(_faults(rounds, covered))


def _faults(rounds: Iterable[Round], covered: Covered) -> Iterator[tuple[str, str]]:
    for item in sorted(rounds, key=lambda r: (r.case.case_no, -r.number)):
        comes = was_open_at_start(item, covered) or covered.holds(item.opened_on)
        goes = (item.ending is not None and covered.holds(item.closed_on)) or is_open_at_cut(item, covered)
        if item.ending is Ending.RESOLVED and item.closed_on is None and comes:
            yield item.case.case_no, f"状态是“{item.case.status}”，没有办结时间"
        elif comes and item.closed_on is not None and item.closed_on < item.opened_on:
            yield item.case.case_no, f"办结时间{item.closed_on}早于受理（重办）时间{item.opened_on}"
        elif comes and not goes:
            yield item.case.case_no, f"状态是“{item.case.status}”，和办结时间对不上"
