"""How coverage is shown: JSON for scripts, for a person who has not taken part and what nobody has experienced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhuomuniao.commands._heat import print_heat
from zhuomuniao.commands._view import (
    finding_json,
    quote_text,
    say,
    warn,
)
from zhuomuniao.usecases.covering import ItemCoverage, QuotaCoverage, Standing, UnitCoverage

_NAMED_ITEMS = 6
_NAMED_REMARKS = 5
_NAMED_DAYS = 6


def coverages_json(found: Sequence[QuotaCoverage]) -> dict[str, Any]:
    """Coverage as scripts see it: that of the first quota, and under ``also`` of the others where there are more."""
    first, *others = found
    return {**coverage_json(first), **({"also": [coverage_json(one) for one in others]} if others else {})}


def say_coverages(found: Sequence[QuotaCoverage]) -> None:
    """Coverage for a person, one quota after the other; the items of a year and the remarks once."""
    for place, one in enumerate(found):
        if place:
            say("")
        _say_standings(one)
    for place, one in enumerate(found):
        if one.year not in [before.year for before in found[:place]]:
            _say_items(one)
    remarks = list(dict.fromkeys(remark for one in found for remark in one.remarks))
    if remarks:
        rest = len(remarks) - _NAMED_REMARKS
        warn([*remarks[:_NAMED_REMARKS], *([f"还有 {rest} 次也是在计划公布以前开展的"] if rest > 0 else [])])


def coverage_json(coverage: QuotaCoverage) -> dict[str, Any]:
    """Coverage as scripts see it."""
    quota, period = coverage.quota, coverage.period
    return {
        "quota": {
            "id": quota.id,
            "title": quota.title,
            "every": quota.every.value if quota.every else None,
            "minimum": quota.minimum,
            "strength": quota.strength.value,
            "clause": quota.citation.clause,
            "quote": quota.citation.quote,
        },
        "period": {"label": period.label, "first": period.first, "last": period.last},
        "met": coverage.is_met,
        "units": [_unit_json(unit) for unit in coverage.units],
        "others": list(coverage.others),
        "items": [_items_json(one) for one in coverage.items],
        "items_year": coverage.year.label,
        "without_catalogue": list(coverage.uncatalogued),
        "heat": {
            "periods": [
                {"label": p.label, "first": p.first, "last": p.last, "begun": place < coverage.begun}
                for place, p in enumerate(coverage.heat.periods)
            ],
            "rows": [
                {
                    "unit": unit,
                    "cells": [
                        {"standing": c.standing.value, "counted": c.counted, "needed": c.needed, "total": c.total}
                        for c in cells
                    ],
                }
                for unit, cells in zip(coverage.heat.units, coverage.heat.cells, strict=True)
            ],
        },
        "remarks": list(coverage.remarks),
        "count": len(coverage.units),
        "findings": [finding_json(f) for f in coverage.findings],
    }


def _unit_json(unit: UnitCoverage) -> dict[str, Any]:
    return {
        "unit": unit.unit,
        "standing": unit.standing.value,
        "met": unit.is_met,
        "needed": unit.needed,
        "counted": unit.counted,
        "periodic": unit.periodic,
        "by_mode": dict(unit.by_mode),
        "delegated": unit.delegated,
        "dates": list(unit.dates),
    }


def _items_json(one: ItemCoverage) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "total": one.owed,
        "covered": list(one.covered),
        "missing": list(one.missing),
        "uncatalogued": list(one.uncatalogued),
        "percent": None if one.percent is None else round(one.percent, 2),
    }


def _say_standings(coverage: QuotaCoverage) -> None:
    """Who has not taken part, the heat map of the year."""
    quota, period = coverage.quota, coverage.period
    say(f"{quota.title}　{period.label}（{period.first} 至 {period.last}）")
    say(f"  {quote_text(quota.citation.clause, quota.citation.quote)}")
    if not coverage.units:
        say("还没有参加单位：请在 zmn.toml 的 [participants] 写明哪些单位参加，或用 zmn activity plan 列入计划")
    else:
        counts = [f"{s} {len(found)}" for s in Standing if (found := coverage.standing(s))]
        say(f"应参加 {len(coverage.units)} 个单位：{'，'.join(counts)}")
        for standing in (Standing.SHORT, Standing.DELEGATED_ONLY, Standing.OTHER_MODES_ONLY):
            for unit in coverage.standing(standing):
                say(f"  {standing}：{unit.unit}　{_done(unit)}")
        if absent := coverage.standing(Standing.ABSENT):
            say(f"  还没有参加（{len(absent)}）：{'、'.join(unit.unit for unit in absent)}")
        say("", f"{coverage.year.label}年各期")
        print_heat(coverage)
    if coverage.others:
        say(f"另有名单以外的单位参加：{'、'.join(coverage.others)}")


def _say_items(coverage: QuotaCoverage) -> None:
    if coverage.item_quota is None:
        return
    if coverage.items:
        citation = coverage.item_quota.citation
        say("", f"{coverage.year.label}年事项覆盖（{citation.clause}）")
    for one in coverage.items:
        part = "没有事项清单" if one.percent is None else f"{len(one.covered)}/{one.owed}项（{_percent(one)}）"
        lacking = f"，还没有体验：{_some(one.missing)}" if one.missing else ""
        beside = f"；清单以外体验了：{_some(one.uncatalogued)}" if one.uncatalogued else ""
        say(f"  {one.unit}　{part}{lacking}{beside}")
    if without := coverage.uncatalogued:
        say(f"  还没有导入事项清单的单位 {len(without)} 个" + ("" if len(without) > 8 else f"：{'、'.join(without)}"))
        say("  导入：zmn item import 清单.xlsx")


def _percent(one: ItemCoverage) -> str:
    # Cut, not rounded: 199 of 200 is not yet all of them.
    return f"{1000 * len(one.covered) // one.owed / 10:g}%"


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED_ITEMS
    return "、".join(names[:_NAMED_ITEMS]) + (f" 等{len(names)}项" if rest > 0 else "")


def _done(unit: UnitCoverage) -> str:
    modes = "，".join(f"{mode} {n}次" for mode, n in unit.by_mode.items() if n)
    delegated = f"委托 {unit.delegated}次" if unit.delegated else ""
    quota = f"计入 {unit.counted}/{unit.needed}"
    days = "、".join(f"{day:%m-%d}" for day in unit.dates[-_NAMED_DAYS:])
    days = f"最近 {days}" if len(unit.dates) > _NAMED_DAYS else days
    return "，".join(filter(None, (quota, modes, delegated, days)))
