"""责任单位: a unit as typed → the unit meant. Lists suggest; only a closed list refuses (cli.md)."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from zhuomuniao.errors import BadValueError
from zhuomuniao.rules import Holds, RuleSet, Units
from zhuomuniao.ruletypes import ReportKind

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office


def _core(name: str) -> str:
    """What tells units apart: 县住建局 and 县司法局 share two of their four characters."""
    return name.removeprefix("县").removesuffix("局") or name


def known_unit(office: Office, rules: RuleSet, text: str, told: list[str]) -> str:
    """The listed unit of that name or alias, else the text itself with a warning added to ``told``.

    Raises :class:`BadValueError` where the locality's list is closed.
    """
    if not text or not rules.unit_lists:
        return text
    listed = rules.units.find(text)
    if listed or text in office.workspace.config.units:
        return listed or text
    names = (*rules.units.names, *office.workspace.config.units)
    near = _near(rules.units, tuple(office.workspace.config.units), text)
    if rules.units.is_closed:
        hint = f"；相近的有：{'、'.join(near)}" if near else ""
        raise BadValueError(f"单位名单里没有“{text}”{hint}", f"可填：{'、'.join(names)}", field="unit")
    told.append(f"单位名单里没有“{text}”，先照你写的填了。{_what_next(text, near)}")
    return text


@lru_cache(maxsize=256)
def _near(units: Units, own: tuple[str, ...], text: str) -> tuple[str, ...]:
    """At most three listed names like a text. An export has few units, and each of them in hundreds of rows."""
    names = (*units.names, *own)
    words = {word: unit.name for unit in units.every for word in (unit.name, *unit.aliases)}
    containing = [name for word, name in words.items() if word in text or text in word]
    cores = {_core(word): name for word, name in {**{n: n for n in names}, **words}.items()}
    close = [cores[core] for core in get_close_matches(_core(text), cores, n=3, cutoff=0.6)]
    return tuple(dict.fromkeys((*containing, *close)))[:3]


def _what_next(text: str, near: Sequence[str]) -> str:
    """What a clerk does about a unit that no list has: it was another one, or it is one of the office's own."""
    own = f"请把“{text}”写进 zmn.toml 里 [units] 的 extra，以后就不再提醒"
    if not near:
        return f"写错了的，请改成名单里的名称；没有写错、以后还要用的，{own}"
    return f"名单里相近的有：{'、'.join(near)}。说的就是它的，请改用这个名称；确实是另一个单位、以后还要用的，{own}"


def gathers_from_units(office: Office, rules: RuleSet) -> bool:
    """Whether units report to this desk: never to one of the role that hands in the units' own lists. Else the notice
    names offices of its role that hand in for all (``by``), and this is one of them, or none of the units listed; or
    it names none, the role reports on activities, and this is no unit.
    """
    named = {duty.by for duty in rules.duties if duty.role == office.role and duty.by}
    unit = _listed_in(rules, office.workspace.config.office)
    # The first lists a notice names are the units' own; other roles hand on what they have gathered.
    units_role = next((duty.role for duty in rules.duties if duty.report is ReportKind.LISTS), "")
    if office.role == units_role:
        return False
    if not named:
        reporting = {duty.role for duty in rules.duties if duty.ledger in _fields(office)}
        return bool(units_role) and not unit and office.role in reporting
    return not unit or any(name in (unit, office.name) or name in office.name for name in named)


def own_unit(office: Office) -> str:
    """The listed unit whose own desk this is, by the office of zmn.toml; ``""`` for one that gathers from others."""
    rules = office.locality.rules_on(office.moment.as_of)
    return "" if gathers_from_units(office, rules) else _listed_in(rules, office.workspace.config.office)


def _fields(office: Office) -> frozenset[str]:
    """The ledgers of activities and of what they found."""
    return frozenset(spec.id for spec in office.locality.ledgers if spec.holds is not Holds.CASES)


def _listed_in(rules: RuleSet, written: str) -> str:
    """The listed unit that an office's name means, by the longest of its words."""
    fitting = [
        (len(word), unit.name) for unit in rules.units.every for word in (unit.name, *unit.aliases) if word in written
    ]
    return max(fitting)[1] if fitting else ""
