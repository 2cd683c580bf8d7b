"""体验官名册: whether the officers in office are as many and as composed as asked, and whose term ends when.

Pure counts over the rows of a roster. The quotas are those of people: 数量 without a column, 占比, 轮换.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError
from zhuomuniao.quotas import Share, shares, shortfall, term_end
from zhuomuniao.ruletypes import Citation, QuotaKind, QuotaRule

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Officer
    from zhuomuniao.rules import RuleSet

AHEAD_DAYS = 30
"""How long before the end of a term it is reminded of (policy ``rotation_reminder``)."""


class CompositionFault(Struct, frozen=True):
    """What is wrong with the composition. ``more`` is how many are missing; negative where there are too many.

    None is missing in a group that is too small only because there are too many in all.
    """

    rule: str
    title: str
    what: str
    more: int
    citation: Citation


class TermState(StrEnum):
    """How a term stands on a day."""

    RUNNING = "任期内"
    ENDING = "即将届满"
    ENDED = "已届满"
    UNDATED = "没有聘任日期"


class Rotation(Struct, frozen=True):
    """One officer's term: both days are in office. ``None`` where nobody wrote down when it began."""

    officer: Officer
    state: TermState
    ends_on: date | None
    remind_on: date | None
    days_left: int | None
    citation: Citation

    @property
    def term(self) -> str:
        """The term as it is printed: ``2023-11-15 至 2026-11-14``."""
        return f"{self.officer.appointed_on} 至 {self.ends_on}" if self.ends_on else ""


def composition_faults(
    rules: RuleSet, officers: Sequence[Officer], day: date, *, ledger: str = ""
) -> tuple[CompositionFault, ...]:
    """What is missing in the composition of the officers in office on a day: numbers first, then the groups.

    ``ledger`` names whose roster it is, where a locality keeps more than one.
    """
    serving = [officer for officer in officers if officer.serves_on(day)]
    counts = _quotas(rules, QuotaKind.COUNT, ledger)
    found = [fault for quota in counts if (fault := _count_fault(quota, len(serving)))]
    size = max([len(serving), *(quota.minimum for quota in counts if quota.minimum is not None)])
    size = min([size, *(quota.maximum for quota in counts if quota.maximum is not None)])
    for quota in _quotas(rules, QuotaKind.SHARE, ledger):
        sources = [_source(rules, quota, officer) for officer in serving]
        found += [_share_fault(quota, s, len(serving), size) for s in shares(quota, sources) if not s.is_enough]
    return tuple(found)


def rotations(
    rules: RuleSet, officers: Sequence[Officer], day: date, *, ahead_days: int = AHEAD_DAYS, ledger: str = ""
) -> tuple[Rotation, ...]:
    """The term of every officer in office on a day, the first to end first; those without a day at the end.

    None where the notice has no rotation. Raises :class:`BadValueError` for a rotation that is not in months.
    """
    rule = next(iter(_quotas(rules, QuotaKind.ROTATION, ledger)), None)
    if rule is None:
        return ()
    found = [_rotation(rule, officer, day, ahead_days) for officer in officers if officer.serves_on(day)]
    return tuple(sorted(found, key=lambda r: (r.ends_on or date.max, r.officer.in_order)))


def with_term(rules: RuleSet, officer: Officer, *, ledger: str = "") -> Officer:
    """The officer with the term that follows from the day of appointment; as it stands where nothing follows."""
    rule = next(iter(_quotas(rules, QuotaKind.ROTATION, ledger)), None)
    if rule is None or officer.appointed_on is None:
        return officer
    return replace(officer, term=_rotation(rule, officer, officer.appointed_on, AHEAD_DAYS).term)


def remind_on(rule: QuotaRule, since: date, *, ahead_days: int = AHEAD_DAYS) -> date:
    """From which day on the end of a term that began on ``since`` is reminded of. Raises :class:`BadValueError`."""
    return term_end(rule, since) - timedelta(days=ahead_days)


def _rotation(rule: QuotaRule, officer: Officer, day: date, ahead_days: int) -> Rotation:
    if officer.appointed_on is None:
        return Rotation(officer, TermState.UNDATED, None, None, None, rule.citation)
    ends_on = term_end(rule, officer.appointed_on)
    reminded = remind_on(rule, officer.appointed_on, ahead_days=ahead_days)
    state = TermState.RUNNING
    if day >= reminded:
        state = TermState.ENDING if day <= ends_on else TermState.ENDED
    return Rotation(officer, state, ends_on, reminded, (ends_on - day).days, rule.citation)


def _quotas(rules: RuleSet, kind: QuotaKind, ledger: str) -> list[QuotaRule]:
    return [q for q in rules.quotas if q.kind is kind and not q.counts and ledger in ("", q.ledger)]


def _count_fault(quota: QuotaRule, count: int) -> CompositionFault | None:
    short = shortfall(quota, count)
    if not short:
        return None
    told = f"还差{short}名" if short > 0 else f"多{-short}名"
    return CompositionFault(quota.id, quota.title, f"{quota.of}现有{count}名，{told}", short, quota.citation)


def _share_fault(quota: QuotaRule, share: Share, whole: int, size: int) -> CompositionFault:
    """``size`` is how many there are to be: only of so many can be said who is missing."""
    needed = max(0, -(-(quota.percent or 0) * size // 100) - share.count)
    # Cut, not rounded: 29.97 % must not read like enough.
    part = f"，占{1000 * share.count // whole / 10:g}%" if whole else ""
    told = f"至少还要{needed}名" if needed > 0 else f"减到{size}名就够了"
    what = f"{share.item}现有{share.count}名{part}，{told}"
    return CompositionFault(quota.id, quota.title, what, needed, quota.citation)


def _source(rules: RuleSet, quota: QuotaRule, officer: Officer) -> str:
    codes = rules.code_list(quota.ledger, "officer_source")
    try:
        return codes.resolve(officer.officer_source) if codes else officer.officer_source
    except BadValueError:
        return officer.officer_source
