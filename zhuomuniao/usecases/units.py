"""责任单位: a unit as typed → the unit meant. Lists suggest; only a closed list refuses (cli.md)."""

from __future__ import annotations

from difflib import get_close_matches

from zhuomuniao.errors import BadValueError
from zhuomuniao.rules import RuleSet
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
    words = {word: unit.name for unit in rules.units.every for word in (unit.name, *unit.aliases)}
    containing = [name for word, name in words.items() if word in text or text in word]
    cores = {_core(word): name for word, name in {**{n: n for n in names}, **words}.items()}
    close = [cores[core] for core in get_close_matches(_core(text), cores, n=3, cutoff=0.6)]
    near = list(dict.fromkeys((*containing, *close)))[:3]
    hint = f"，是不是：{'、'.join(near)}？" if near else ""
    if rules.units.is_closed:
        raise BadValueError(f"单位名单里没有“{text}”{hint}", f"可填：{'、'.join(names)}", field="unit")
    told.append(f"单位名单里没有“{text}”{hint or '，'}已照填；常用的单位可加到 zmn.toml 的 [units]")
    return text


def gathers_from_units(office: Office, rules: RuleSet) -> bool:
    """Whether units report to this desk: the notice names offices of its role that hand in for all (``by``), and this
    is one of them, or none of the units listed.
    """
    named = {duty.by for duty in rules.duties if duty.role == office.role and duty.by}
    unit = _listed_in(rules, office.workspace.config.office)
    return bool(named) and (not unit or any(name in (unit, office.name) or name in office.name for name in named))


def own_unit(office: Office) -> str:
    """The listed unit whose own desk this is, by the office of zmn.toml; ``""`` for one that gathers from others."""
    rules = office.locality.rules_on(office.moment.as_of)
    return "" if gathers_from_units(office, rules) else _listed_in(rules, office.workspace.config.office)


def _listed_in(rules: RuleSet, written: str) -> str:
    """The listed unit that an office's name means, by the longest of its words."""
    fitting = [
        (len(word), unit.name) for unit in rules.units.every for word in (unit.name, *unit.aliases) if word in written
    ]
    return max(fitting)[1] if fitting else ""
