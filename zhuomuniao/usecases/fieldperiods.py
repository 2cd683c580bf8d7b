"""Which quota says how often leaders take part, and which quarter or window of it is meant."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from zhuomuniao.errors import BadValueError
from zhuomuniao.periods import Period, neighbours, parse_period, period_of, periods_of_year
from zhuomuniao.ruletypes import Every, QuotaKind, QuotaRule

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec, RuleSet

_ALSO_READ = (Every.MONTH, Every.QUARTER, Every.HALF_YEAR, Every.YEAR)


def taking_part_quotas(rules: RuleSet, spec: LedgerSpec) -> tuple[QuotaRule, ...]:
    """The quotas that say how often a unit's leader takes part (频次)."""
    return tuple(q for q in rules.quotas if q.ledger == spec.id and q.kind is QuotaKind.FREQUENCY and q.every)


def every_of(quota: QuotaRule) -> Every:
    """How often a 频次 quota is to be met; every year where it does not say."""
    return quota.every or Every.YEAR


def period_at(rules: RuleSet, quota: QuotaRule, day: date) -> Period:
    """The quota's period that a day lies in; between two windows the last one, before all of them the first."""
    every, window = every_of(quota), rules.window(quota.window)
    here = period_of(every, day, window)
    if here is not None:
        return here
    around = neighbours(every, day, window)
    begun = [period for period in around if period.first <= day]
    if not around:
        raise BadValueError(f"定额“{quota.title}”没有写明窗口", "请核对规则文件里的 window")
    return begun[-1] if begun else around[0]


def period_named(rules: RuleSet, quota: QuotaRule | None, text: str) -> Period:
    """A period by its label: the quota's own (2026Q3, a window's 2026-08), else a month, quarter, half-year, year.

    Raises :class:`BadValueError` naming the forms, or the windows there are.
    """
    if quota is not None:
        every, window = every_of(quota), rules.window(quota.window)
        try:
            return parse_period(every, text, window)
        except BadValueError:
            if every is Every.WINDOW and not text.strip().isdecimal():
                opened = "、".join(p.label for p in periods_of_year(every, _year_in(text), window)) or "没有"
                raise BadValueError(
                    f"“{text}”不在活动窗口里", f"请写窗口打开的月份：{opened}（窗口里任何一个月也可以）"
                ) from None
    for each in _ALSO_READ:
        try:
            return parse_period(each, text)
        except BadValueError:
            continue
    raise BadValueError(
        f"看不懂期间“{text}”", "请写成 2026Q3（季度）、2026-08（月份或窗口打开的月份）或 2026（全年）"
    )


def month_named(text: str) -> tuple[int, int]:
    """Year and month of 2026-10, 2026年10月, 202610. Raises :class:`BadValueError` with the form."""
    first = parse_period(Every.MONTH, text).first
    return first.year, first.month


def _year_in(text: str) -> int:
    digits = text.strip()[:4]
    return int(digits) if digits.isascii() and digits.isdecimal() and int(digits) >= 2000 else 2026
