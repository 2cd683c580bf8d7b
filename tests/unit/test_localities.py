"""Contract tests: every locality folder passes them, unasked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from zhuomuniao.assets import data_folder, locality_folder, locality_slugs
from zhuomuniao.consistency import citations
from zhuomuniao.errors import DataFileError
from zhuomuniao.rulefile import LocalityFolder, load_locality
from zhuomuniao.usecases.localities import check_county

SLUGS = locality_slugs()
POLICIES = data_folder() / "policies.toml"


def load(slug: str) -> LocalityFolder:
    return load_locality(locality_folder(slug), POLICIES)


def test_the_contract_looks_at_something() -> None:
    assert {"neixiang", "linxian"} <= set(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_check_finds_nothing(slug: str) -> None:
    """Quotes stand in the notice, worked answers agree, everything fits together."""
    check = check_county(slug)
    assert min(check.rules, check.quotes, check.cases) > 10
    assert check.findings == ()


@pytest.mark.parametrize("slug", SLUGS)
def test_every_rule_is_cited_or_says_that_it_is_ours(slug: str) -> None:
    for edition in load(slug).locality.editions:
        for citation in citations(edition):
            assert (citation.clause and citation.quote) or citation.basis == "unstated"


@pytest.mark.parametrize("slug", SLUGS)
def test_ledgers_have_what_they_need(slug: str) -> None:
    folder = load(slug)
    for spec in folder.locality.ledgers:
        layout = folder.layout_of(spec)
        assert layout.official_columns
        assert layout.column("case_no")
        assert len({c.header for c in layout.columns}) == len(layout.columns)
        for edition in folder.locality.editions:
            edition.numbering_for(spec.id)
            for column in layout.columns:
                known = column.choices in ("", "units") or edition.code_list(spec.id, column.choices)
                assert known, f"{column.header} names the code list {column.choices}"


def test_no_real_person_of_the_notice_stands_in_the_data() -> None:
    for path in (data_folder() / "localities").rglob("*.toml"):
        assert "郑建萍" not in path.read_text(encoding="utf-8")


def broken_copy(tmp_path: Path, edits: dict[str, tuple[str, str]]) -> Path:
    folder = tmp_path / "county"
    shutil.copytree(locality_folder("neixiang"), folder)
    for name, (old, new) in edits.items():
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_every_mistake_of_a_folder_is_told_at_once(tmp_path: Path) -> None:
    folder = broken_copy(
        tmp_path,
        {
            "rules/2021.toml": ('limit = "5工作日"', 'limit = "几天"'),
            "locality.toml": ('form = "register-form"', 'form = "无此表"\ncolour = "red"'),
            "layouts/window.toml": ('type = "number"', 'type = "数字"'),
        },
    )
    with pytest.raises(DataFileError) as told:
        load_locality(folder, POLICIES)
    problems = {(p.file, p.key) for p in told.value.problems}
    assert ("rules/2021.toml", "clocks[1].limit") in problems
    assert ("locality.toml", "ledgers[1].form") in problems
    assert ("locality.toml", "ledgers[1].colour") in problems
    assert ("window.toml", "columns[1].type") in problems
    assert all(p.remedy for p in told.value.problems)


def test_conditions_must_name_listed_codes(tmp_path: Path) -> None:
    folder = broken_copy(tmp_path, {"rules/2021.toml": ('tier = ["二级"]', 'tier = ["五级"]')})
    with pytest.raises(DataFileError, match="五级"):
        load_locality(folder, POLICIES)


def test_a_rule_without_a_quote_must_say_that_it_is_ours(tmp_path: Path) -> None:
    quote = 'quote = "特殊情况，一事一议、联动会审，限定7个工作日内解决"\n'
    folder = broken_copy(tmp_path, {"rules/2021.toml": (quote, "")})
    with pytest.raises(DataFileError, match="unstated"):
        load_locality(folder, POLICIES)


def test_an_invented_quote_is_found_out(tmp_path: Path) -> None:
    folder = broken_copy(tmp_path, {"rules/2021.toml": ("限定7个工作日内解决", "限定9个工作日内解决")})
    load_locality(folder, POLICIES)
    assert [f.column for f in check_county(str(folder)).findings if f.code == "misquote"] == [
        "clocks.resolve-special.quote"
    ]


def test_not_toml(tmp_path: Path) -> None:
    folder = broken_copy(tmp_path, {"rules/2021.toml": ('edition = "2021"', "edition = ")})
    with pytest.raises(DataFileError, match="TOML"):
        load_locality(folder, POLICIES)
