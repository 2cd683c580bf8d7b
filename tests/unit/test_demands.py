"""docs/制度对照.md: every demand of the three notices, in its own words, with a command that exists.

A rule added to one of these counties, and a clause of its notice, fails here until the page tells of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.unit.test_docs import options_of, section
from zhuomuniao.cli import COMMANDS, _build, build_app
from zhuomuniao.rulefile import load_locality
from zhuomuniao.rules import RuleSet
from zhuomuniao.texts import squeeze

ROOT = Path(__file__).resolve().parents[2]
LOCALITIES = ROOT / "data" / "localities"
PAGE = (ROOT / "docs" / "制度对照.md").read_text(encoding="utf-8")

COUNTIES = {"beilin": "碑林区", "jingbian": "靖边县", "linxian": "临县"}
LEAST_ROWS = {"beilin": (55, 25), "jingbian": (25, 12), "linxian": (35, 12)}
"""Fewer rows than these, carried and not carried, and the page was not read, or lost a part."""

COMMAND = re.compile(r"`zmn ([^`]+)`")


@dataclass(frozen=True, slots=True)
class Demand:
    """One row: the clause, the words of the notice, and what the other cells say."""

    clause: str
    quote: str
    answer: str
    note: str = ""


@cache
def told(slug: str, part: str, columns: int) -> tuple[Demand, ...]:
    """The rows of one of a county's two tables."""
    text = section(PAGE, f"{COUNTIES[slug]}：{part}")
    lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines() if line.startswith("|")]
    assert {len(cells) for cells in lines} == {columns}
    head, rule, *rows = lines
    assert head[0] == "条款"
    assert set("".join(rule)) == {"-"}
    return tuple(Demand(*cells) for cells in rows)


def carried(slug: str) -> tuple[Demand, ...]:
    return told(slug, "由台账承载的", 4)


def not_carried(slug: str) -> tuple[Demand, ...]:
    return told(slug, "不由台账承载的", 3)


def notice(slug: str) -> str:
    return (LOCALITIES / slug / "source.txt").read_text(encoding="utf-8")


def rules_of(slug: str) -> Iterable[RuleSet]:
    return load_locality(LOCALITIES / slug, ROOT / "data" / "policies.toml").locality.editions


def binding(rules: RuleSet) -> list[tuple[str, str, str]]:
    """What somebody owes or may ask for: name, clause and quote of each such rule that cites the notice."""
    visits = [clock for visit in rules.visits if (clock := visit.clock)]
    kinds = {
        "clocks": (*rules.clocks, *visits),
        "quotas": rules.quotas,
        "duties": rules.duties,
        "demands": rules.demands,
        "windows": rules.windows,
        "extensions": rules.extensions,
        "delegations": rules.delegations,
    }
    return [
        (f"{kind}.{getattr(rule, 'id', '')}", squeeze(rule.citation.clause), squeeze(rule.citation.quote))
        for kind, found in kinds.items()
        for rule in found
        if rule.citation.clause
    ]


def every_clause(rules: RuleSet) -> set[str]:
    """The clauses of all rules of every kind."""
    kinds = (
        rules.clocks, rules.extensions, rules.returns, rules.pauses, rules.ladders, rules.visits, rules.routes,
        rules.demands, rules.meetings, rules.duties, rules.windows, rules.quotas, rules.provisions,
        rules.codes, rules.unit_lists, rules.delegations,
    )  # fmt: skip
    return {squeeze(rule.citation.clause) for found in kinds for rule in found if rule.citation.clause}


def divided(text: str) -> list[tuple[str, str]]:
    """The clauses of a notice with what stands in each: 二(一)2(1), 附件1一; ``""`` is what comes before the first.

    A paragraph that closes a part (责任股室…) belongs to the last clause of that part.
    """
    levels = (r"([一二三四五六七八九])、", r"(\([一二三四五六七八九]\))", r"(\d)\.", r"(\(\d\))")
    path, annex = ["", "", "", ""], ""
    parts: list[tuple[str, str]] = [("", "")]
    for line in map(squeeze, text.splitlines()):
        marks = [(n, m[1]) for n, pattern in enumerate(levels) if (m := re.match(pattern, line))]
        if named := re.fullmatch(r"(附件\d):?", line):
            path, annex = ["", "", "", ""], named[1]
            parts.append((annex, ""))
        elif marks:
            level, mark = marks[0]
            path[level:] = [mark, *[""] * (3 - level)]
            parts.append((annex + "".join(path), line))
        else:
            parts[-1] = (parts[-1][0], parts[-1][1] + line)
    return parts


def headings(text: str) -> list[str]:
    return [clause for clause, _ in divided(text) if clause]


def named_together(clause: str) -> list[str]:
    """The clauses that one rule cites at once: ``一(四)2、3`` is 一(四)2 and 一(四)3."""
    first, *others = clause.split("、")
    return [first, *(first[: -len(other)] + other for other in others)]


def is_told(clause: str, rows: Iterable[Demand]) -> bool:
    """Whether a row is about a clause: itself, a part of it, or the whole of a paragraph that it is a part of."""
    written = [squeeze(row.clause) for row in rows]
    return any(w.startswith(clause) or (clause.startswith(w) and re.search(r"[()\d]", w)) for w in written)


def name_of(typed: str) -> str:
    """The command of a line as it is typed: ``issue hand-in`` of ``issue hand-in --unit``."""
    return " ".join(typed.split(" --")[0].split())


@pytest.mark.parametrize("slug", COUNTIES)
def test_every_quote_stands_in_the_notice(slug: str) -> None:
    source = squeeze(notice(slug))
    rows = [*carried(slug), *not_carried(slug)]
    assert [row.quote for row in rows if not squeeze(row.quote) or squeeze(row.quote) not in source] == []


@pytest.mark.parametrize("slug", COUNTIES)
def test_enough_rows_were_looked_at(slug: str) -> None:
    least, least_left = LEAST_ROWS[slug]
    assert len(carried(slug)) >= least
    assert len(not_carried(slug)) >= least_left
    rows = [(row.clause, row.quote) for row in (*carried(slug), *not_carried(slug))]
    assert len(set(rows)) == len(rows), "no row twice"
    assert [row.clause for row in not_carried(slug) if not row.answer] == [], "each with its reason"


def test_every_demand_is_met_by_commands_that_exist() -> None:
    known = {row.name for row in COMMANDS}
    rows = [row for slug in COUNTIES for row in carried(slug)]
    assert [row.quote for row in rows if not COMMAND.findall(row.answer)] == []
    assert [row.answer for row in rows if COMMAND.sub("", row.answer).strip()] == [], "commands and nothing else"
    missing = {name_of(typed) for typed in COMMAND.findall(PAGE)} - known
    assert sorted(missing) == []


def test_every_option_that_is_named_is_one_of_its_command() -> None:
    rows = {row.name: row for row in COMMANDS}
    everywhere = {name for param in build_app().params for name in param.opts}
    looked, wrong = 0, []
    for typed in sorted(set(COMMAND.findall(PAGE))):
        named = re.findall(r"--[a-z-]+", typed)
        if name_of(typed) in rows and named:
            looked += 1
            unknown = set(named) - options_of(_build(rows[name_of(typed)])) - everywhere
            wrong += [f"{name_of(typed)} {option}" for option in sorted(unknown)]
    assert wrong == []
    assert looked > 20


@pytest.mark.parametrize("slug", COUNTIES)
def test_every_rule_that_binds_has_its_row(slug: str) -> None:
    """By clause and by words: two rules of one paragraph need a row each, or one that quotes both."""
    rows = [(squeeze(row.clause), squeeze(row.quote)) for row in carried(slug)]
    looked, forgotten = 0, []
    for rules in rules_of(slug):
        for name, clause, quote in binding(rules):
            looked += 1
            places = named_together(clause)
            if not all(any(place == c and (quote in q or q in quote) for c, q in rows) for place in places):
                forgotten.append(f"{name} {clause} {quote}")
    assert forgotten == []
    assert looked > 7


@pytest.mark.parametrize("slug", COUNTIES)
def test_every_clause_that_any_rule_cites_is_told_of(slug: str) -> None:
    rows = [*carried(slug), *not_carried(slug)]
    cited = {clause for rules in rules_of(slug) for clause in every_clause(rules)}
    # “一（四）2、3” and “二（一）2（3）（4）” name two at once: the first of them finds the place.
    first = {re.sub(r"(、.*|(\(\d\))\(\d\))$", r"\2", clause) for clause in cited}
    assert sorted(clause for clause in first if not is_told(clause, rows)) == []
    assert len(cited) > 10


@pytest.mark.parametrize("slug", COUNTIES)
def test_no_clause_of_a_notice_is_passed_over(slug: str) -> None:
    rows = [*carried(slug), *not_carried(slug)]
    divided = headings(notice(slug))
    assert len(divided) > 15
    assert [clause for clause in divided if not is_told(clause, rows)] == []


@pytest.mark.parametrize("slug", COUNTIES)
def test_every_quote_stands_under_the_clause_it_names(slug: str) -> None:
    parts = divided(notice(slug))
    strayed = []
    for row in (*carried(slug), *not_carried(slug)):
        clause = "" if row.clause == "印发通知" else squeeze(row.clause)
        under = "".join(text for named, text in parts if (named.startswith(clause) if clause else not named))
        if squeeze(row.quote) not in under:
            strayed.append(f"{row.clause} {row.quote}")
    assert strayed == []


@pytest.mark.parametrize("slug", COUNTIES)
def test_no_sentence_of_a_notice_is_passed_over(slug: str) -> None:
    """Of each sentence after the preamble some words are quoted, in the one table or the other."""
    quotes = [squeeze(row.quote) for row in (*carried(slug), *not_carried(slug))]
    looked, passed_over = 0, []
    for clause, text in divided(notice(slug))[1:]:
        # Headings, and the words that open a paragraph (1. 参与一次审批服务。), say nothing by themselves.
        sentences = [s for s in re.split("[。;]", text) if len(s) > 20 and "。" in text]
        looked += len(sentences)
        passed_over += [f"{clause} {s}" for s in sentences if not any(q in s or s in q for q in quotes)]
    assert passed_over == []
    assert looked > 15
