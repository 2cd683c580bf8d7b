"""One worked answer of a county being held against its editions: where a difference is told, and what is not told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.model import Act
from zhuomuniao.tomlkeys import Place, shown

if TYPE_CHECKING:
    from zhuomuniao.rules import RuleSet
    from zhuomuniao.workdays import WorkCalendar

COUNTING = ("words", "policies", "office_hours")
"""What every date may rest on."""

Dropped = Mapping[str, tuple[Any, ...]]
"""Tables of rules that could not be read, by section."""


class Held(Struct, frozen=True):
    """A worked answer being held against the editions. What a rule with a mistake might give is not told."""

    editions: Sequence[tuple[RuleSet, Dropped]]
    calendar: WorkCalendar
    place: Place

    def at(self, key: str) -> Held:
        return replace(self, place=self.place.at(key))

    def on(self, day: date) -> RuleSet:
        """The edition in force on a day."""
        return self._entry(day)[0]

    def last(self) -> RuleSet:
        """The latest edition."""
        return self.editions[-1][0]

    def lacks(self, rules: RuleSet, *sections: str) -> bool:
        """Whether a rule of one of these sections could not be read."""
        return any(edition is rules and not dropped.keys().isdisjoint(sections) for edition, dropped in self.editions)

    def unsure_acts(self, rules: RuleSet) -> frozenset[str]:
        """The acts whose limits cannot be relied on, because a clock that ends in them could not be read."""
        if self.lacks(rules, *COUNTING):
            return frozenset(Act)
        entries = [e for edition, dropped in self.editions if edition is rules for e in dropped.get("clocks", ())]
        acts = [entry.get("act") if isinstance(entry, Mapping) else None for entry in entries]
        return frozenset(Act) if any(act not in tuple(Act) for act in acts) else frozenset(map(str, acts))

    def tell(self, what: str, remedy: str, expected: str = "") -> None:
        self.place.tell(what, remedy, expected)

    def compare(self, expected: object, counted: object) -> None:
        """Tell where the answer counted by hand is not what the rules give."""
        if expected != counted:
            wanted, found = _in_words(expected), _in_words(counted)
            what = f"例子写的是“{wanted}”，规则算出“{found}”"
            self.tell(what, "请在日历上再数一遍，改例子或改规则", f"规则算出的“{found}”")

    def _entry(self, day: date) -> tuple[RuleSet, Dropped]:
        in_force = [entry for entry in self.editions if entry[0].applies_from <= day]
        return in_force[-1] if in_force else self.editions[0]


def _in_words(value: object) -> str:
    if isinstance(value, tuple):
        return "、".join(map(_in_words, value)) or "无"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "无" if value is None else shown(value)
