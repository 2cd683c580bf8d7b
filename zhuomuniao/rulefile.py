"""TOML → rules. Reads a locality folder and reports every problem of every file at once.

A folder holds ``locality.toml``, ``rules/<edition>.toml``, ``layouts/*.toml``, ``source.txt`` (the notice) and
``cases.toml`` (worked answers). Nothing here knows a county: a new one is a folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from zhuomuniao.errors import BadValueError, DataFileError, FileProblem
from zhuomuniao.layouts import FormLayout, Layout, load_layout
from zhuomuniao.model import NO_FIXED_LIMIT, Act, StartEvent
from zhuomuniao.rules import (
    Citation,
    Code,
    CodeList,
    DurationRule,
    LedgerSpec,
    Limit,
    Locality,
    MonthlyCutoff,
    NumberingRule,
    OutcomeEffect,
    Policy,
    RuleSet,
    UnitList,
    parse_limit,
)


@dataclass(frozen=True, slots=True)
class LocalityFolder:
    """Everything a locality's folder says, checked."""

    folder: Path
    locality: Locality
    layouts: Mapping[str, Layout]
    forms: Mapping[str, FormLayout]

    def layout_of(self, ledger: LedgerSpec) -> Layout:
        """The layout of a ledger of this locality."""
        return self.layouts[ledger.layout]


def load_locality(folder: Path, policies_file: Path) -> LocalityFolder:
    """Read a locality. Raises :class:`DataFileError` with every problem of all its files."""
    reader = _Reader(folder)
    layouts: dict[str, Layout] = {}
    forms: dict[str, FormLayout] = {}
    for path in sorted((folder / "layouts").glob("*.toml")):
        try:
            loaded = load_layout(path)
        except DataFileError as error:
            reader.problems.extend(error.problems)
            continue
        if isinstance(loaded, Layout):
            layouts[path.stem] = loaded
        else:
            forms[path.stem] = loaded
    locality = reader.locality(_read_policies(policies_file), layouts, forms)
    if reader.problems:
        raise DataFileError(tuple(reader.problems))
    return LocalityFolder(folder, locality, layouts, forms)


def _read_policies(path: Path) -> dict[str, Policy]:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: Policy(name, entry["title"], "；".join(filter(None, (entry["basis"], entry.get("law", "")))))
        for name, entry in data.items()
    }


_REQUIRABLE = {"phone", "unit", "kind", "tier", "channel", "category", "cause"}
_CITED = {"clause", "quote", "basis", "note"}


class _Reader:
    """Reads one folder's TOML, collecting problems instead of stopping at the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = ""
        self.problems: list[FileProblem] = []

    def locality(
        self, policies: Mapping[str, Policy], layouts: Mapping[str, Layout], forms: Mapping[str, FormLayout]
    ) -> Locality:
        data = self._toml("locality.toml")
        known = {"schema", "slug", "name", "office", "roles", "notice", "ledgers"}
        self._keys(data, ("slug", "name", "office", "roles", "notice", "ledgers"), known, "")
        notice = data.get("notice", {})
        self._keys(notice, ("title", "number"), {"title", "number"}, "notice")
        ledgers = tuple(
            self._ledger(entry, f"ledgers[{n}]", layouts, forms)
            for n, entry in enumerate(data.get("ledgers", []), start=1)
        )
        ledger_ids = {ledger.id for ledger in ledgers}
        paths = sorted((self.folder / "rules").glob("*.toml"))
        if not paths:
            self._problem("rules", "没有任何规则文件", "请放入 rules/<版本>.toml")
        editions = [self._edition(f"rules/{path.name}", policies, ledger_ids) for path in paths]
        return Locality(
            slug=str(data.get("slug", "")),
            name=str(data.get("name", "")),
            office=str(data.get("office", "")),
            notice_title=str(notice.get("title", "")),
            notice_number=str(notice.get("number", "")),
            roles=tuple(data.get("roles", ())),
            ledgers=ledgers,
            editions=tuple(sorted(editions, key=lambda e: e.applies_from)),
        )

    def _ledger(
        self,
        entry: Mapping[str, Any],
        key: str,
        layouts: Mapping[str, Layout],
        forms: Mapping[str, FormLayout],
    ) -> LedgerSpec:
        known = {
            "id",
            "title",
            "layout",
            "form",
            "required",
            "asks_assignment",
            "asks_signature",
            "asks_revisit",
        }
        self._keys(entry, ("id", "title", "layout"), known, key)
        unaskable = sorted(set(entry.get("required", ())) - _REQUIRABLE)
        if unaskable:
            what = f"“{'、'.join(unaskable)}”不能设为必填"
            self._problem(f"{key}.required", what, f"可写：{'、'.join(sorted(_REQUIRABLE))}")
        layout, form = str(entry.get("layout", "")), str(entry.get("form", ""))
        if layout not in layouts:
            self._problem(
                f"{key}.layout", f"没有布局“{layout}”", f"layouts/ 里有：{'、'.join(sorted(layouts)) or '无'}"
            )
        if form and form not in forms:
            self._problem(f"{key}.form", f"没有表单“{form}”", f"layouts/ 里有：{'、'.join(sorted(forms)) or '无'}")
        return LedgerSpec(
            id=str(entry.get("id", "")),
            title=str(entry.get("title", "")),
            layout=layout,
            form=form,
            required=tuple(entry.get("required", ())),
            asks_assignment=bool(entry.get("asks_assignment", False)),
            asks_signature=bool(entry.get("asks_signature", False)),
            asks_revisit=bool(entry.get("asks_revisit", False)),
        )

    def _edition(self, file: str, policies: Mapping[str, Policy], ledgers: set[str]) -> RuleSet:
        data = self._toml(file)
        known = {"edition", "applies_from", "numbering", "clocks", "duties", "codes", "units"}
        self._keys(data, ("edition", "applies_from"), known, "")
        applies_from = data.get("applies_from")
        if not isinstance(applies_from, date):
            self._problem("applies_from", "不是日期", "请写成 2021-01-01（不加引号）")
            applies_from = date.min
        clocks = tuple(
            rule
            for n, entry in enumerate(data.get("clocks", []), start=1)
            if (rule := self._clock(entry, f"clocks[{n}]", ledgers))
        )
        duties = tuple(
            duty
            for n, entry in enumerate(data.get("duties", []), start=1)
            if (duty := self._duty(entry, f"duties[{n}]", ledgers))
        )
        numbering = tuple(
            self._numbering(entry, f"numbering[{n}]", ledgers)
            for n, entry in enumerate(data.get("numbering", []), start=1)
        )
        codes = tuple(
            self._code_list(entry, f"codes[{n}]", ledgers) for n, entry in enumerate(data.get("codes", []), start=1)
        )
        self._unique([*(c.id for c in clocks), *(d.id for d in duties)], "id")
        self._unique([f"{c.ledger}/{c.field}" for c in codes], "codes")
        self._check_conditions(clocks, codes)
        units = self._units(data["units"]) if "units" in data else None
        return RuleSet(
            edition=str(data.get("edition", "")),
            applies_from=applies_from,
            clocks=clocks,
            duties=duties,
            numbering=numbering,
            codes=codes,
            units=units,
            policies=policies,
        )

    def _clock(self, entry: Mapping[str, Any], key: str, ledgers: set[str]) -> DurationRule | None:
        known = {"id", "ledger", "act", "limit", "start", "when", "specific"} | _CITED
        self._keys(entry, ("id", "ledger", "act", "limit", "start"), known, key)
        self._known_ledger(entry, key, ledgers)
        act = self._one_of(entry.get("act"), Act, f"{key}.act")
        start = self._one_of(entry.get("start"), StartEvent, f"{key}.start")
        limit: Limit | None = None
        if entry.get("limit") != NO_FIXED_LIMIT:
            try:
                limit = parse_limit(str(entry.get("limit", "")))
            except BadValueError as error:
                self._problem(f"{key}.limit", error.message, f"{error.remedy}；没有固定期限的写“{NO_FIXED_LIMIT}”")
        if act is None or start is None:
            return None
        return DurationRule(
            id=str(entry.get("id", "")),
            ledger=str(entry.get("ledger", "")),
            act=Act(act),
            limit=limit,
            start=StartEvent(start),
            when={name: tuple(values) for name, values in entry.get("when", {}).items()},
            is_specific=bool(entry.get("specific", False)),
            citation=self._citation(entry, key),
        )

    def _duty(self, entry: Mapping[str, Any], key: str, ledgers: set[str]) -> MonthlyCutoff | None:
        needed = ("id", "title", "ledger", "role", "to", "report", "monthly_day")
        self._keys(entry, needed, set(needed) | _CITED, key)
        self._known_ledger(entry, key, ledgers)
        day = entry.get("monthly_day")
        if not isinstance(day, int) or not 1 <= day <= 31:
            self._problem(f"{key}.monthly_day", f"“{day}”不是一个月里的日子", "请写 1 到 31 的整数")
            return None
        text = {name: str(entry.get(name, "")) for name in needed[:-1]}
        return MonthlyCutoff(**text, day=day, citation=self._citation(entry, key))

    def _numbering(self, entry: Mapping[str, Any], key: str, ledgers: set[str]) -> NumberingRule:
        self._keys(entry, ("ledger", "pattern"), {"ledger", "pattern", "width"} | _CITED, key)
        self._known_ledger(entry, key, ledgers)
        pattern = str(entry.get("pattern", ""))
        if "{date}" not in pattern or "{seq}" not in pattern:
            self._problem(f"{key}.pattern", f"“{pattern}”缺少 {{date}} 或 {{seq}}", "编号由日期和当日序号组成")
        return NumberingRule(
            ledger=str(entry.get("ledger", "")),
            pattern=pattern,
            width=int(entry.get("width", 2)),
            citation=self._citation(entry, key),
        )

    def _code_list(self, entry: Mapping[str, Any], key: str, ledgers: set[str]) -> CodeList:
        self._keys(
            entry,
            ("field", "title", "ledger", "values"),
            {"field", "title", "ledger", "values", "default"} | _CITED,
            key,
        )
        self._known_ledger(entry, key, ledgers)
        codes = self._codes(entry.get("values", []), f"{key}.values")
        default = str(entry.get("default", ""))
        if default and default not in [c.name for c in codes]:
            self._problem(f"{key}.default", f"“{default}”不在 values 里", "缺省值必须是其中一项")
        return CodeList(
            field=str(entry.get("field", "")),
            title=str(entry.get("title", "")),
            ledger=str(entry.get("ledger", "")),
            codes=codes,
            default=default,
            citation=self._citation(entry, key),
        )

    def _units(self, entry: Mapping[str, Any]) -> UnitList:
        self._keys(entry, ("names",), {"names", "closed"} | _CITED, "units")
        return UnitList(
            units=self._codes(entry.get("names", []), "units.names"),
            is_closed=bool(entry.get("closed", False)),
            citation=self._citation(entry, "units"),
        )

    def _codes(self, values: Sequence[Any], key: str) -> tuple[Code, ...]:
        codes = []
        for value in values:
            if isinstance(value, str):
                codes.append(Code(value))
            elif isinstance(value, Mapping) and "name" in value:
                self._keys(value, ("name",), {"name", "aliases", "effect"}, key)
                effect = self._one_of(value.get("effect", "resolved"), OutcomeEffect, f"{key}.effect")
                codes.append(
                    Code(
                        str(value["name"]),
                        tuple(value.get("aliases", ())),
                        OutcomeEffect(effect or OutcomeEffect.RESOLVED),
                    )
                )
            else:
                self._problem(key, f"看不懂“{value}”", '请写 "名称" 或 { name = "名称", aliases = ["别称"] }')
        self._unique([word for c in codes for word in (c.name, *c.aliases)], key)
        return tuple(codes)

    def _citation(self, entry: Mapping[str, Any], key: str) -> Citation:
        basis = str(entry.get("basis", "notice"))
        if basis == "notice":
            for name in ("clause", "quote"):
                if not entry.get(name):
                    self._problem(f"{key}.{name}", "没有写条款和原文", '通知没有规定的，请写 basis = "unstated"')
        return Citation(str(entry.get("clause", "")), str(entry.get("quote", "")), basis, str(entry.get("note", "")))

    def _check_conditions(self, clocks: Sequence[DurationRule], codes: Sequence[CodeList]) -> None:
        lists = {(c.ledger, c.field): c for c in codes}
        for rule in clocks:
            for name, values in rule.when.items():
                listed = lists.get((rule.ledger, name))
                unknown = [v for v in values if listed is None or v not in listed.names]
                if unknown:
                    what = f"条件 {name} 的“{'、'.join(unknown)}”不在代码表里"
                    self._problem(f"clocks.{rule.id}.when", what, f"请先在 [[codes]] 写明 {name} 的各项")

    def _known_ledger(self, entry: Mapping[str, Any], key: str, ledgers: set[str]) -> None:
        if entry.get("ledger") not in ledgers:
            what = f"没有台账“{entry.get('ledger')}”"
            self._problem(f"{key}.ledger", what, f"locality.toml 里有：{'、'.join(sorted(ledgers)) or '无'}")

    def _one_of(self, value: object, allowed: type[StrEnum], key: str) -> str | None:
        words = [str(member) for member in allowed]
        if value in words:
            return str(value)
        self._problem(key, f"不认识“{value}”", f"可写：{'、'.join(words)}")
        return None

    def _unique(self, names: Sequence[str], key: str) -> None:
        for name in sorted({n for n in names if names.count(n) > 1}):
            self._problem(key, f"“{name}”出现了两次", "请改名或删去一个")

    def _keys(self, entry: Mapping[str, Any], required: Sequence[str], known: set[str], key: str) -> None:
        prefix = f"{key}." if key else ""
        for name in required:
            if name not in entry:
                self._problem(f"{prefix}{name}", "缺少这一项", "请补上")
        for name in sorted(set(entry) - known):
            self._problem(f"{prefix}{name}", "不认识这一项", f"可写：{'、'.join(sorted(known))}")

    def _toml(self, file: str) -> dict[str, Any]:
        self.file = file
        try:
            return tomllib.loads((self.folder / file).read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._problem("全文", "没有这个文件", "请补上")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self._problem("全文", f"不是合法的 UTF-8 TOML（{error}）", "请按 TOML 写法改正")
        return {}

    def _problem(self, key: str, what: str, remedy: str) -> None:
        self.problems.append(FileProblem(self.file, key, what, remedy))
