"""Rules as frozen values, and the look-ups over them: which clocks run for this case, which edition holds.

A rule never stands alone: it carries the clause and the verbatim sentence it comes from. What a notice leaves
open is a :class:`Policy` with its own basis, so that nobody takes our choice for the notice's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.model import Act, StartEvent


class LimitUnit(StrEnum):
    """工作日, calendar days (日), months (月)."""

    WORKDAY = "工作日"
    DAY = "日"
    MONTH = "月"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long: a count of workdays, calendar days or months."""

    count: int
    unit: LimitUnit

    def __str__(self) -> str:
        return f"{self.count}{'个' if self.unit is LimitUnit.MONTH else ''}{self.unit.value}"


_LIMIT = re.compile(r"(\d{1,4})\s*个?\s*(工作日|自然日|日|天|月)(?:内|以内)?")
_UNIT_WORDS = {"自然日": LimitUnit.DAY, "天": LimitUnit.DAY}


def parse_limit(text: str) -> Limit:
    """Read ``5工作日``, ``3个工作日内``, ``3日``, ``1个月``. Raises :class:`BadValueError` naming the forms."""
    match = _LIMIT.fullmatch(text.strip())
    if not match:
        raise BadValueError(
            f"看不懂时限“{text}”",
            "请写成 5工作日、3日 或 1个月",
            expected="5工作日",
        )
    word = match[2]
    return Limit(int(match[1]), _UNIT_WORDS.get(word) or LimitUnit(word))


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule stands: clause, verbatim quote, and ``basis`` (``unstated`` where the choice is ours)."""

    clause: str
    quote: str
    basis: str = "notice"
    note: str = ""


@dataclass(frozen=True, slots=True)
class DurationRule:
    """期限类规则: from a start event, within a limit, an act has to be done.

    ``limit`` is ``None`` where the notice fixes none (一事一议). ``when`` maps a case field to the codes it
    must have. A ``specific`` rule replaces the general one that ends in the same act (policy
    ``specific_over_general``).
    """

    id: str
    ledger: str
    act: Act
    limit: Limit | None
    start: StartEvent
    when: Mapping[str, tuple[str, ...]]
    is_specific: bool
    citation: Citation

    def applies_to(self, facts: Mapping[str, str]) -> bool:
        """Whether a case with these codes (``kind``, ``tier`` …) is under this rule."""
        return all(facts.get(name, "") in values for name, values in self.when.items())


@dataclass(frozen=True, slots=True)
class MonthlyCutoff:
    """报送义务 with a monthly day: what is handed in, by whom, to whom, from which ledger.

    ``day`` is the last day that is on time, in the month after the period.
    """

    id: str
    title: str
    ledger: str
    role: str
    to: str
    report: str
    day: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class NumberingRule:
    """事项编号: ``{date}`` as eight digits and ``{seq}`` of the day, at least ``width`` digits wide."""

    ledger: str
    pattern: str
    width: int
    citation: Citation


class OutcomeEffect(StrEnum):
    """What a 结果类别 does to a case: it ends, leaves for another system, or stays open."""

    RESOLVED = "resolved"
    ROUTED_OUT = "routed_out"
    STAYS_OPEN = "stays_open"


@dataclass(frozen=True, slots=True)
class Code:
    """One word of a code list with the other words people use for it. ``effect`` matters for 结果类别 only."""

    name: str
    aliases: tuple[str, ...] = ()
    effect: OutcomeEffect = OutcomeEffect.RESOLVED


@dataclass(frozen=True, slots=True)
class CodeList:
    """The words a field may hold in a ledger, and the one taken when nothing is said."""

    field: str
    title: str
    ledger: str
    codes: tuple[Code, ...]
    default: str
    citation: Citation

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(code.name for code in self.codes)

    def resolve(self, text: str) -> str:
        """The listed word for what was typed. Raises :class:`BadValueError` naming the whole list."""
        wanted = text.strip()
        for code in self.codes:
            if wanted == code.name or wanted in code.aliases:
                return code.name
        raise BadValueError(
            f"{self.title}没有“{wanted}”这一项",
            f"可填：{'、'.join(self.names)}",
            field=self.field,
        )


@dataclass(frozen=True, slots=True)
class UnitList:
    """责任单位 the locality's notice names. Only a closed list refuses others (cli.md)."""

    units: tuple[Code, ...]
    is_closed: bool
    citation: Citation

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(unit.name for unit in self.units)

    def find(self, text: str) -> str | None:
        """The listed unit that bears this name or alias, or ``None``."""
        for unit in self.units:
            if text == unit.name or text in unit.aliases:
                return unit.name
        return None


@dataclass(frozen=True, slots=True)
class Policy:
    """A named choice where the notices are silent, with its basis in law or ``unstated``."""

    id: str
    title: str
    basis: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One edition of a locality's rules. A case keeps the edition in force when it was accepted."""

    edition: str
    applies_from: date
    clocks: tuple[DurationRule, ...] = ()
    duties: tuple[MonthlyCutoff, ...] = ()
    numbering: tuple[NumberingRule, ...] = ()
    codes: tuple[CodeList, ...] = ()
    units: UnitList | None = None
    policies: Mapping[str, Policy] = field(default_factory=dict)

    def code_list(self, ledger: str, name: str) -> CodeList | None:
        """The code list of a field in a ledger, or ``None`` where the locality has none."""
        return next((c for c in self.codes if c.ledger == ledger and c.field == name), None)

    def numbering_for(self, ledger: str) -> NumberingRule:
        """The numbering of a ledger. Raises :class:`RefusedByRuleError` where the locality gives none."""
        for rule in self.numbering:
            if rule.ledger == ledger:
                return rule
        raise RefusedByRuleError(
            f"规则文件没有规定台账“{ledger}”的编号方法",
            "请在 rules 文件中补上 [[numbering]]",
        )

    def clocks_for(self, ledger: str, facts: Mapping[str, str]) -> ClockChoice:
        """Which limits run for a case with these codes, and which general ones gave way to specific ones."""
        applying = [r for r in self.clocks if r.ledger == ledger and r.applies_to(facts)]
        specific_acts = {r.act for r in applying if r.is_specific}
        replaced = tuple(r for r in applying if not r.is_specific and r.act in specific_acts)
        running = tuple(r for r in applying if r not in replaced)
        return ClockChoice(running=running, replaced=replaced)


@dataclass(frozen=True, slots=True)
class ClockChoice:
    """Limits that run, and those replaced by a more specific one; ``explain`` shows both."""

    running: tuple[DurationRule, ...]
    replaced: tuple[DurationRule, ...]


@dataclass(frozen=True, slots=True)
class LedgerSpec:
    """One ledger a locality keeps: its layout, its paper form, and which steps its notice knows."""

    id: str
    title: str
    layout: str
    form: str
    required: tuple[str, ...]
    asks_assignment: bool
    asks_signature: bool
    asks_revisit: bool


@dataclass(frozen=True, slots=True)
class Locality:
    """A county: its notice, roles, ledgers and rule editions."""

    slug: str
    name: str
    office: str
    notice_title: str
    notice_number: str
    roles: tuple[str, ...]
    ledgers: tuple[LedgerSpec, ...]
    editions: tuple[RuleSet, ...]

    def ledger(self, ledger_id: str | None = None) -> LedgerSpec:
        """The named ledger, or the first. Raises :class:`BadValueError` naming those there are."""
        if ledger_id is None:
            return self.ledgers[0]
        for spec in self.ledgers:
            if ledger_id in (spec.id, spec.title):
                return spec
        raise BadValueError(
            f"{self.name}没有名为“{ledger_id}”的台账",
            f"可用的有：{'、'.join(s.id for s in self.ledgers)}",
        )

    def rules_on(self, day: date) -> RuleSet:
        """The edition in force on a day; before the first one, the first."""
        in_force = [e for e in self.editions if e.applies_from <= day]
        return in_force[-1] if in_force else self.editions[0]

    def rules_of(self, edition: str, day: date) -> RuleSet:
        """The edition a case was accepted under, or the one in force on ``day`` where the row names none."""
        return next((e for e in self.editions if e.edition == edition), self.rules_on(day))
