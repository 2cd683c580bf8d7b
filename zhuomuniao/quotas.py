"""定额要求: whether enough was done, and what is missing. Pure counts over what the caller has gathered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError
from zhuomuniao.limits import LimitUnit

if TYPE_CHECKING:
    from zhuomuniao.periods import Period
    from zhuomuniao.ruletypes import QuotaItem, QuotaRule


class Share(Struct, frozen=True):
    """One group of a composition: how many, which part of the whole, whether that is enough."""

    item: str
    count: int
    percent: float
    is_enough: bool


def missing_links(rule: QuotaRule, done: Collection[str]) -> tuple[str, ...]:
    """The links of an activity that are still missing; none when the minimum is reached.

    A link is done when it, or one of its identities (走流程, 坐窗口), was done.
    """
    missing = tuple(item.name for item in rule.items if not {item.name, *item.parts} & set(done))
    reached = len(rule.items) - len(missing)
    return missing if reached < (rule.minimum if rule.minimum is not None else len(rule.items)) else ()


def shortfall(rule: QuotaRule, count: int) -> int:
    """How many are missing to the minimum; negative when there are more than the maximum allows."""
    if rule.maximum is not None and count > rule.maximum:
        return rule.maximum - count
    return max(0, (rule.minimum or 0) - count)


def shares(rule: QuotaRule, members: Sequence[str]) -> tuple[Share, ...]:
    """The composition by the groups of the rule; the groups together must make up ``percent`` of all."""
    whole = len(members)

    def share(item: QuotaItem) -> Share:
        count = sum(member in (item.name, *item.parts) for member in members)
        percent = 100 * count / whole if whole else 0.0
        # Compared as whole numbers: 3 of 10 is 30 %, whatever a float makes of it.
        return Share(item.name, count, percent, 100 * count >= (rule.percent or 0) * whole and whole > 0)

    return tuple(share(item) for item in rule.items)


def lacking(
    rule: QuotaRule, everyone: Sequence[str], acts: Iterable[tuple[str, date]], period: Period
) -> tuple[str, ...]:
    """Who of ``everyone`` has not done it often enough within the period (频次), or at all (覆盖)."""
    done: dict[str, int] = {}
    for who, on in acts:
        if period.first <= on <= period.last:
            done[who] = done.get(who, 0) + 1
    return tuple(who for who in everyone if done.get(who, 0) < (rule.minimum or 1))


def rotation_due(rule: QuotaRule, since: date) -> date:
    """The day by which somebody appointed on ``since`` is to be replaced (轮换). Raises :class:`BadValueError`."""
    if rule.within is None or rule.within.unit is not LimitUnit.MONTH:
        raise BadValueError(f"轮换规则 {rule.id} 没有按年或月写 within", '例如 within = "3年"')
    from dateutil.relativedelta import relativedelta

    return since + relativedelta(months=rule.within.count)


def term_end(rule: QuotaRule, since: date) -> date:
    """The last day in office of somebody appointed on ``since`` (轮换): 2023-11-15 to 2026-11-14.

    Where the last month has no such day, its last day is the end (policy ``within_months``). Raises as
    :func:`rotation_due` does.
    """
    due = rotation_due(rule, since)
    return due if due.day < since.day else due - timedelta(days=1)


def longest_streak(hits: Sequence[bool]) -> int:
    """The longest run of consecutive periods (连续N个月)."""
    longest = run = 0
    for hit in hits:
        run = run + 1 if hit else 0
        longest = max(longest, run)
    return longest


def has_streak(rule: QuotaRule, hits: Sequence[bool]) -> bool:
    """Whether the periods, oldest first, hold a run as long as the rule asks."""
    return longest_streak(hits) >= (rule.minimum or 1)
