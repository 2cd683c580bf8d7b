"""TOML → rules. Reads a locality folder and reports every problem of every file at once.

A folder holds ``locality.toml``, ``rules/<edition>.toml``, ``layouts/*.toml``, ``source.txt`` (the notice) and
``cases.toml`` (worked answers). Nothing here knows a county: a new one is a folder. Which keys there are stands
in :mod:`zhuomuniao.rulekeys`; what must hold between them in :mod:`zhuomuniao.consistency`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.consistency import RULES_OF_SECTION, Consistency, Known, tell_twice
from zhuomuniao.errors import DataFileError, FileProblem
from zhuomuniao.layouts import Layout, load_layout
from zhuomuniao.limits import LimitUnit
from zhuomuniao.model import CODED_FIELDS
from zhuomuniao.rulekeys import rule_sections
from zhuomuniao.rules import DEFAULT_OFFICE_HOURS, Holds, LedgerSpec, Locality, OfficeHours, RuleSet, SideSheet
from zhuomuniao.ruletypes import Policy
from zhuomuniao.tomlkeys import (
    Key,
    Place,
    Section,
    WrongValueError,
    any_text,
    at_least_one,
    day,
    duplicates,
    number,
    one_of,
    read_toml,
    shown,
    text,
    texts,
    yes_no,
)

if TYPE_CHECKING:
    from zhuomuniao.paperlayouts import FormLayout
    from zhuomuniao.rulevalues import Words

Choices = Mapping[str, str]
"""Policy id → the way a locality or an office settles it."""


class LocalityFolder(Struct, frozen=True):
    """Everything a locality's folder says, checked."""

    folder: Path
    locality: Locality
    layouts: Mapping[str, Layout]
    forms: Mapping[str, FormLayout]

    def layout_of(self, ledger: LedgerSpec) -> Layout:
        """The layout of a ledger of this locality."""
        return self.layouts[ledger.layout]


class EditionFile(Struct, frozen=True):
    """A rule file as far as it could be read: ``rules`` without those that hold a mistake, which are ``dropped``.

    ``written`` is what the file holds. ``dropped`` are tables by section, as TOML holds them; ``words``, ``policies``
    and ``office_hours`` stand there where they could not be read.
    """

    file: str
    written: Mapping[str, Any]
    rules: RuleSet
    dropped: Mapping[str, tuple[Any, ...]]


class LocalityReading(Struct, frozen=True):
    """A folder as far as it could be read, with every problem; ``locality`` is ``None`` where none can be made.

    ``editions`` are in the order of their day, also those of a folder whose ``locality.toml`` cannot be read.
    """

    folder: Path
    locality: Locality | None
    layouts: Mapping[str, Layout]
    forms: Mapping[str, FormLayout]
    editions: tuple[EditionFile, ...]
    problems: tuple[FileProblem, ...]


def load_locality(folder: Path, policies_file: Path, chosen: Choices | None = None) -> LocalityFolder:
    """Read a locality. ``chosen`` are the office's own choices of policies (zmn.toml), over the locality's.

    Raises :class:`DataFileError` with every problem of all its files.
    """
    read = read_locality(folder, policies_file)
    problems = list(read.problems)
    office = Place("zmn.toml", problems, "policies")
    locality = read.locality
    if locality is not None:
        editions = tuple(replace(e, policies=_settle(e.policies, chosen or {}, office)) for e in locality.editions)
        locality = replace(locality, editions=editions)
    if problems or locality is None:
        raise DataFileError(tuple(dict.fromkeys(problems)))
    return LocalityFolder(folder, locality, read.layouts, read.forms)


def read_locality(folder: Path, policies_file: Path) -> LocalityReading:
    """Read as much of a locality's folder as can be read; never raises for what stands in it."""
    problems: list[FileProblem] = []
    layouts: dict[str, Layout] = {}
    forms: dict[str, FormLayout] = {}
    named = set()
    for path in _toml_files(folder / LAYOUTS_FOLDER):
        named.add(path.stem)
        try:
            loaded = load_layout(path)
        except DataFileError as error:
            problems += error.problems
            continue
        if isinstance(loaded, Layout):
            layouts[path.stem] = loaded
        else:
            forms[path.stem] = loaded
    if not named:
        Place(LAYOUTS_FOLDER, problems).tell("没有任何表样", "请放入 layouts/<名字>.toml", "至少一个表样")
    place = Place(LOCALITY_FILE, problems)
    told = len(problems)
    data = read_toml(folder / LOCALITY_FILE, place)
    values = LOCALITY_SECTION.parts(data, place) if len(problems) == told else {}
    ledgers: tuple[LedgerSpec, ...] = values.get("ledgers", ())
    shelf = _Shelf(ledgers, _written_ids(data), layouts, forms, named)
    _check_ledgers(shelf, place.at("ledgers"))
    hours = values.get("office_hours")
    policies = read_policies(policies_file)
    editions = []
    for path in _toml_files(folder / RULES_FOLDER):
        at = Place(f"{RULES_FOLDER}/{path.name}", problems)
        edition = _read_edition(path, policies, hours, at)
        if edition is not None:
            known = Known(ledgers, shelf.ids, values.get("roles", ()), layouts)
            Consistency(edition.rules, known, edition.dropped, replace(at, code="inconsistent")).check()
            editions.append(edition)
    if not _toml_files(folder / RULES_FOLDER):
        Place(RULES_FOLDER, problems).tell("没有任何规则文件", "请放入 rules/<版本>.toml", "至少一个规则文件")
    editions.sort(key=lambda e: e.rules.applies_from)
    _check_editions([e.rules for e in editions], Place(RULES_FOLDER, problems, code="inconsistent"))
    locality = _locality(values, tuple(e.rules for e in editions)) if editions else None
    return LocalityReading(folder, locality, layouts, forms, tuple(editions), tuple(dict.fromkeys(problems)))


LOCALITY_FILE = "locality.toml"
LAYOUTS_FOLDER = "layouts"
RULES_FOLDER = "rules"


def _toml_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml") if folder.is_dir() else []
    except OSError:
        return []


def read_policies(path: Path) -> dict[str, Policy]:
    """The shared counting policies, each settled in its first way."""
    place = Place(path.name, [])
    return {
        name: Policy(
            name,
            entry["title"],
            "；".join(filter(None, (entry["basis"], entry.get("law", "")))),
            next(iter(entry.get("choices", {})), ""),
            entry.get("choices", {}),
        )
        for name, entry in read_toml(path, place).items()
    }


_REQUIRABLE = ("phone", "unit", *CODED_FIELDS)
_MINUTE = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def _required_fields(value: Any, place: Place) -> tuple[str, ...]:
    wanted = texts(value, place)
    if unaskable := [name for name in wanted if name not in _REQUIRABLE]:
        raise WrongValueError(f"“{shown('、'.join(unaskable))}”不能设为必填", f"可写：{'、'.join(_REQUIRABLE)}")
    return wanted


def _office_hours(value: Any, place: Place) -> OfficeHours:
    spans = []
    for written in texts(value, place):
        moments = [
            time(int(m[1]), int(m[2])) for part in written.split("-") if (m := _MINUTE.fullmatch(part.strip()))
        ]
        if len(moments) != 2 or moments[0] >= moments[1]:
            raise WrongValueError(f"看不懂上班时间“{shown(written)}”", '请写成 ["09:00-12:00", "14:00-17:30"]')
        spans.append((moments[0], moments[1]))
    if not spans or any(one[1] > other[0] for one, other in pairwise(spans)):
        raise WrongValueError("上班时间是空的，或前后重叠", '请写成 ["09:00-12:00", "14:00-17:30"]')
    return tuple(spans)


def _side_sheets(value: Any, place: Place) -> dict[SideSheet, str]:
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise WrongValueError("不是一组工作表", '例如 { officers = "officers" }')
    if unknown := sorted(set(value) - set(SideSheet)):
        raise WrongValueError(f"不认识“{shown('、'.join(unknown))}”", f"可写：{'、'.join(SideSheet)}")
    return {SideSheet(kind): layout for kind, layout in value.items()}


LEDGER_SECTION = Section(
    "ledgers",
    "一本台账",
    (
        Key("id", text, "台账的名字，小写英文，命令里用 --ledger 指它"),
        Key("title", text, "台账的全称"),
        Key("layout", text, "表样，layouts/ 里的文件名"),
        Key("form", any_text, "登记表的表样；没有的不写", ""),
        Key("holds", one_of(Holds), "每一行是什么：事项、活动、问题", Holds.CASES),
        Key("sheets", _side_sheets, f"账册里另外的工作表和它们的表样，可写：{'、'.join(SideSheet)}", {}),
        Key("required", _required_fields, "登记时必须填的栏目", ()),
        Key("asks_assignment", yes_no, "受理后要不要交办", False),
        Key("asks_signature", yes_no, "交办后要不要签收", False),
        Key("asks_verification", yes_no, "办结后要不要核查", False),
        Key("asks_revisit", yes_no, "办结后要不要回访", False),
        Key("has_first_owner", yes_no, "是否实行首接负责制：首接人负责到回访", False),
    ),
    LedgerSpec,
)

_NOTICE = Section(
    "notice", "通知", (Key("title", text, "通知的标题"), Key("number", any_text, "文号；没有的写空", ""))
)

LOCALITY_SECTION = Section(
    "locality",
    "locality.toml",
    (
        Key("schema", number(1, 1), "格式版本，写 1"),
        Key("slug", text, "区县的英文小写名，与文件夹同名"),
        Key("name", text, "区县名称"),
        Key("office", text, "单位全称，印在表头"),
        Key("roles", at_least_one(texts), "角色（谁的工作台），第一个是缺省"),
        Key("office_hours", _office_hours, "上班时间，下班前和小时计算用", DEFAULT_OFFICE_HOURS),
        Key("notice", _NOTICE.read, "[notice] 通知", inner=_NOTICE),
        Key("ledgers", at_least_one(LEDGER_SECTION.read_all), "[[ledgers]] 各本台账", inner=LEDGER_SECTION),
    ),
)


def _words(value: Any, place: Place) -> Words:
    if not isinstance(value, Mapping):
        raise WrongValueError("不是词表", '例如 [words] "日" = "工作日"')
    taken = one_of(LimitUnit)
    for word in sorted(set(value) - {"日"}):
        place.at(str(word)).tell("只有“日”可以另作解释", '例如 "日" = "工作日"')
    return {str(word): LimitUnit(taken(unit, place)) for word, unit in value.items() if word == "日"}


def _choices(value: Any, place: Place) -> Choices:
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise WrongValueError("不是口径的选择", '例如 [policies] return_clock = "restart"')
    return dict(value)


EDITION_KEYS: tuple[Key, ...] = (
    Key("edition", text, "版本名，如 2021；写进每一件的“规则版本”"),
    Key("applies_from", day, "从哪天受理的事项起适用"),
    Key("words", _words, '[words] 本通知的用词，如 "日" = "工作日"', {}),
    Key("policies", _choices, "[policies] 通知没有写明时选哪种口径", {}),
)


class _Shelf(Struct, frozen=True):
    """The ledgers that could be read, the ids of all that are written, and the layouts there are, read or not."""

    ledgers: tuple[LedgerSpec, ...]
    ids: tuple[str, ...]
    layouts: Mapping[str, Layout]
    forms: Mapping[str, FormLayout]
    named: Set[str]


def _written_ids(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of all ledgers in ``locality.toml``, also of those that hold a mistake."""
    entries = data.get("ledgers")
    tables = entries if isinstance(entries, list) else []
    ids = [entry.get("id") for entry in tables if isinstance(entry, Mapping)]
    return tuple(found for found in ids if isinstance(found, str))


def _check_ledgers(shelf: _Shelf, place: Place) -> None:
    for n, spec in enumerate(shelf.ledgers, start=1):
        _check_ledger(spec, shelf, place.nth(n))
    at = replace(place, code="inconsistent")
    tell_twice(shelf.ids, at)
    titles = [shelf.layouts[s.layout].title for s in shelf.ledgers if s.layout in shelf.layouts]
    for title in duplicates(titles):
        what = f"两本台账的表样都叫“{shown(title)}”，会存进同一个文件"
        at.tell(what, "请给每本台账一个表样，标题（title）各不相同", "标题各不相同")


_NEEDED = {
    Holds.CASES: ("accepted_at",),
    Holds.ACTIVITIES: ("held_at", "unit", "leader", "activity_kind", "links", "filed_on", "status", "clocks"),
    Holds.ISSUES: ("found_on", "unit", "problem", "handling", "cleared_on", "status", "clocks"),
}
"""Columns without which a ledger cannot tell its rows apart or what became of them."""


def _check_ledger(spec: LedgerSpec, shelf: _Shelf, place: Place) -> None:
    at = replace(place, code="inconsistent")
    listed = "、".join(sorted(shelf.layouts)) or "无"
    layout = shelf.layouts.get(spec.layout)
    if layout is None and (spec.layout in shelf.forms or spec.layout not in shelf.named):
        at.at("layout").tell(f"没有布局“{shown(spec.layout)}”", f"layouts/ 里有：{listed}", listed)
    for kind, name in spec.sheets.items():
        beside = shelf.layouts.get(name)
        if beside is None and (name in shelf.forms or name not in shelf.named):
            at.at(f"sheets.{kind}").tell(f"没有布局“{shown(name)}”", f"layouts/ 里有：{listed}", listed)
        elif beside is not None and beside.column("case_no") is None:
            what = f"表样 {name} 里没有 field = case_no 的一列，认不出每一行"
            at.at(f"sheets.{kind}").tell(what, f"请在 layouts/{name}.toml 里补上", "case_no")
    if spec.form and spec.form not in shelf.forms and (spec.form in shelf.layouts or spec.form not in shelf.named):
        listed = "、".join(sorted(shelf.forms)) or "无"
        at.at("form").tell(f"没有表单“{shown(spec.form)}”", f"layouts/ 里有：{listed}", listed)
    for field in ("case_no", *_NEEDED[spec.holds]) if layout else ():
        if layout and layout.column(field) is None:
            what = f"表样 {spec.layout} 里没有 field = {field} 的一列，台账认不出每一行，或记不下它的进展"
            at.at("layout").tell(what, f"请在 layouts/{spec.layout}.toml 里补上", field)


def _check_editions(editions: Sequence[RuleSet], place: Place) -> None:
    tell_twice([e.edition for e in editions], place.at("edition"))
    for one, other in pairwise(editions):
        if one.applies_from == other.applies_from > date.min:
            what = f"{one.edition} 版和 {other.edition} 版都从 {one.applies_from} 起适用，分不清用哪一版"
            place.at("applies_from").tell(what, "请给新的一版写它自己的施行日期", "各不相同的日期")


def _locality(values: Mapping[str, Any], editions: tuple[RuleSet, ...]) -> Locality | None:
    is_whole = len(values) == len(LOCALITY_SECTION.keys)
    if not is_whole or not values["notice"] or not values["ledgers"]:
        return None
    return Locality(
        slug=values["slug"],
        name=values["name"],
        office=values["office"],
        notice_title=values["notice"]["title"],
        notice_number=values["notice"]["number"],
        roles=values["roles"],
        ledgers=values["ledgers"],
        editions=editions,
    )


def _read_edition(
    path: Path, policies: Mapping[str, Policy], hours: OfficeHours | None, place: Place
) -> EditionFile | None:
    told = len(place.problems)
    data = read_toml(path, place)
    if len(place.problems) > told:
        return None
    head = Section("edition", path.name, EDITION_KEYS)
    plain = {key.name for key in EDITION_KEYS}
    words: Words = {}
    if "words" in data:
        try:
            words = _words(data["words"], Place(place.file, []))
        except WrongValueError:
            words = {}  # told when the head is read
    sections = rule_sections(words)
    known = plain | {section.name for section in sections}
    for name in sorted(set(data) - known):
        place.at(name).tell("不认识这一项", f"可写：{'、'.join(sorted(known))}", "认识的项")
    values = head.parts({name: data[name] for name in data if name in plain}, place)
    settled = _settle(policies, values.get("policies", {}), place.at("policies"))
    read: dict[str, Any] = {}
    dropped: dict[str, tuple[Any, ...]] = {}
    for section in sections:
        if section.name in data:
            found = section.read_each(data[section.name], place.at(section.name))
            read[RULES_OF_SECTION.get(section.name, section.name)] = tuple(r for _, r in found if r is not None)
            # What is no list of tables cannot be told apart: all of the section is missing.
            broken = tuple(entry for entry, r in found if r is None)
            if broken or not isinstance(data[section.name], list):
                dropped[section.name] = broken or ({},)
    for name in ("words", "policies"):
        if any(problem.key.split(".")[0] == name for problem in place.problems[told:]):
            dropped[name] = ({},)
    if hours is None:
        dropped["office_hours"] = ({},)
    # Rules are checked against each other even where the head is wrong.
    rules = RuleSet(
        edition=values.get("edition", path.stem),
        applies_from=values.get("applies_from", date.min),
        policies=settled,
        office_hours=hours or DEFAULT_OFFICE_HOURS,
        words=words,
        **read,
    )
    return EditionFile(place.file, data, rules, dropped)


def _settle(policies: Mapping[str, Policy], chosen: Choices, place: Place) -> dict[str, Policy]:
    """The policies with the ways chosen for them; a choice that is none is told."""
    settled = dict(policies)
    for name, choice in chosen.items():
        policy = policies.get(name)
        if policy is None or not policy.choices:
            switchable = "、".join(p.id for p in policies.values() if p.choices)
            place.at(name).tell("没有这个可选的口径", f"可写：{switchable}")
        elif choice not in policy.choices:
            place.at(name).tell(f"没有“{shown(choice)}”这种口径", f"可写：{'、'.join(policy.choices)}")
        else:
            settled[name] = replace(policy, choice=choice)
    return settled
