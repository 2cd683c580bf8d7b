"""The rules as an inspector reads them: every one with limit, clause, quote and basis."""

from __future__ import annotations

from dataclasses import dataclass

from zhuomuniao.assets import locality_folder, locality_slugs
from zhuomuniao.model import NO_FIXED_LIMIT
from zhuomuniao.numbering import format_number
from zhuomuniao.rulefile import LocalityFolder
from zhuomuniao.rules import Citation, CodeList, DurationRule, MonthlyCutoff, RuleSet
from zhuomuniao.usecases.office import open_locality


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule as it is printed. ``kind`` is clock, duty, numbering, codes, units or policy."""

    id: str
    kind: str
    ledger: str
    title: str
    limit: str
    clause: str
    quote: str
    basis: str
    note: str


def every_locality() -> tuple[LocalityFolder, ...]:
    """The localities that come with zmn."""
    return tuple(open_locality(locality_folder(slug)) for slug in locality_slugs())


def rule_lines(folder: LocalityFolder, rules: RuleSet, ledger: str | None = None) -> tuple[RuleLine, ...]:
    """Every rule of an edition, of one ledger or of all, policies last."""
    lines = [_clock_line(r) for r in rules.clocks]
    lines += [_duty_line(r) for r in rules.duties]
    lines += [
        _line(
            f"numbering-{r.ledger}",
            "numbering",
            r.ledger,
            "事项编号",
            f"如 {format_number(r, rules.applies_from, 1)}",
            r.citation,
        )
        for r in rules.numbering
    ]
    lines += [_codes_line(c) for c in rules.codes]
    for spec in folder.locality.ledgers:
        layout = folder.layout_of(spec)
        if layout.columns_source == "inferred":
            note = "原件没有表样（或缺页），各列由 zmn 按通知的要求拟定"
            citation = Citation(layout.annex, "", "unstated", note)
            lines.append(_line(f"layout-{spec.id}", "layout", spec.id, layout.title, "", citation))
    kept = [line for line in lines if ledger is None or line.ledger == ledger]
    if rules.units:
        names = "、".join(rules.units.names)
        kept.append(_line("units", "units", "", "责任单位", names, rules.units.citation))
    kept += [
        RuleLine(p.id, "policy", "", p.title, "", "", "", p.basis, "zmn 的计算口径") for p in rules.policies.values()
    ]
    return tuple(kept)


def _clock_line(rule: DurationRule) -> RuleLine:
    condition = "，".join("/".join(values) for values in rule.when.values())
    title = f"{condition or '所有事项'}：自{rule.start}起，{rule.act}"
    limit = f"{rule.limit}内" if rule.limit else NO_FIXED_LIMIT
    return _line(rule.id, "clock", rule.ledger, title, limit, rule.citation)


def _duty_line(rule: MonthlyCutoff) -> RuleLine:
    title = f"{rule.title}（{rule.role}报{rule.to}）"
    return _line(rule.id, "duty", rule.ledger, title, f"每月{rule.day}日前", rule.citation)


def _codes_line(codes: CodeList) -> RuleLine:
    return _line(
        f"{codes.ledger}-{codes.field}", "codes", codes.ledger, codes.title, "、".join(codes.names), codes.citation
    )


def _line(id_: str, kind: str, ledger: str, title: str, limit: str, citation: Citation) -> RuleLine:
    return RuleLine(id_, kind, ledger, title, limit, citation.clause, citation.quote, citation.basis, citation.note)
