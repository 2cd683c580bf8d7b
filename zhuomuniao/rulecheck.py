"""Holding a locality against its notice: are the quotes verbatim, and what are its worked answers.

The contract tests ask these questions of every locality folder, so that a county that is added is checked unasked.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from zhuomuniao.rules import Citation, Locality, RuleSet
from zhuomuniao.texts import squeeze


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """A worked answer of ``cases.toml``: for a case, or for a duty."""

    title: str
    ledger: str
    accepted_on: date | None
    facts: Mapping[str, str]
    due: Mapping[str, date | str]
    duty: str = ""
    period: str = ""
    due_on: date | None = None
    submit_by: date | None = None


def load_worked_cases(folder: Path) -> tuple[WorkedCase, ...]:
    """The worked answers beside the rules (``cases.toml``)."""
    data = tomllib.loads((folder / "cases.toml").read_text(encoding="utf-8"))
    return tuple(
        WorkedCase(
            title=entry["title"],
            ledger=entry.get("ledger", ""),
            accepted_on=entry.get("accepted_on"),
            facts=entry.get("facts", {}),
            due=entry.get("due", {}),
            duty=entry.get("duty", ""),
            period=entry.get("period", ""),
            due_on=entry.get("due_on"),
            submit_by=entry.get("submit_by"),
        )
        for entry in data["cases"]
    )


def quotes_missing_from_source(locality: Locality, source: str) -> tuple[str, ...]:
    """Quotes that do not stand in the notice; an invented quote must never pass for the notice's word."""
    haystack = squeeze(source)
    return tuple(
        citation.quote
        for edition in locality.editions
        for citation in citations(edition)
        if citation.quote and squeeze(citation.quote) not in haystack
    )


def citations(rules: RuleSet) -> tuple[Citation, ...]:
    """Every citation of an edition, in file order."""
    cited = [rule.citation for rule in rules.clocks]
    cited += [rule.citation for rule in rules.duties]
    cited += [rule.citation for rule in rules.numbering]
    cited += [rule.citation for rule in rules.codes]
    return (*cited, rules.units.citation) if rules.units else tuple(cited)
