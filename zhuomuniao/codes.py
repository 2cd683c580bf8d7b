"""Words and numbers of a locality as data: code lists, unit lists, and how matters are numbered."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError

if TYPE_CHECKING:
    from zhuomuniao.ruletypes import Citation

_WORD_SHOWN = 40


class NumberingRule(Struct, frozen=True):
    """事项编号: ``{date}`` (or ``{year}``, ``{month}``, ``{day}``) and ``{seq}``, at least ``width`` digits wide.

    The sequence starts anew with the smallest part of the date in the pattern. ``is_given``: the number comes with
    the matter (12345工单编号) and is typed, never drawn.
    """

    ledger: str
    pattern: str
    width: int
    citation: Citation
    is_given: bool = False


class OutcomeEffect(StrEnum):
    """What a 结果类别 does to a case: it ends, leaves for another system, or stays open."""

    RESOLVED = "resolved"
    ROUTED_OUT = "routed_out"
    STAYS_OPEN = "stays_open"


class Code(Struct, frozen=True):
    """One word of a code list with the other words people use for it. ``effect`` matters for 结果类别 only."""

    name: str
    aliases: tuple[str, ...] = ()
    effect: OutcomeEffect = OutcomeEffect.RESOLVED


class CodeList(Struct, frozen=True):
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
            f"{self.title}没有“{_shortened(wanted)}”这一项",
            f"可填：{'、'.join(self.names)}",
            field=self.field,
        )


def _shortened(word: str) -> str:
    """A word as an error message names it: a whole page pasted by mistake would hide what is asked for."""
    return word if len(word) <= _WORD_SHOWN else f"{word[:_WORD_SHOWN]}…（共{len(word)}个字）"


class UnitList(Struct, frozen=True):
    """Units a notice names (附件1), and in which ``activities`` they take part.

    Only a closed list refuses others (cli.md).
    """

    id: str
    title: str
    units: tuple[Code, ...]
    is_closed: bool
    citation: Citation
    activities: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(unit.name for unit in self.units)

    def find(self, text: str) -> str | None:
        """The listed unit that bears this name or alias, or ``None``."""
        for unit in self.units:
            if text == unit.name or text in unit.aliases:
                return unit.name
        return None
