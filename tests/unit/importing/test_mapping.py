"""导入对照表: what a mapping file may say, and every mistake of one told at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.test_docs import rows, section
from zhuomuniao.assets import data_folder
from zhuomuniao.errors import DataFileError
from zhuomuniao.importing.mapping import (
    FIELD_TITLES,
    JOINED_FIELDS,
    NECESSARY_FIELDS,
    SEARCHED,
    SECTIONS,
    OrderMapping,
    date_pattern,
    load_mapping,
)
from zhuomuniao.importing.proposing import mapping_text
from zhuomuniao.model import CODED_FIELDS
from zhuomuniao.tomlkeys import WrongValueError

SHIPPED = sorted((data_folder() / "mappings").glob("*.toml"))
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "导入对照表.md").read_text(encoding="utf-8")

SMALL = """
id = "本县"
title = "本县的导出"

[[columns]]
field = "order_no"
headers = ["编号"]

[[columns]]
field = "accepted_at"
headers = ["时间"]

[[columns]]
field = "applicant"
headers = ["谁"]

[[columns]]
field = "about"
headers = ["什么事"]
"""


ABOUT = 'headers = ["什么事"]'


def read(tmp_path: Path, written: str) -> OrderMapping:
    path = tmp_path / "本县.toml"
    path.write_text(written, encoding="utf-8")
    return load_mapping(path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_mapping_reads_and_bears_its_own_name(path: Path) -> None:
    mapping = load_mapping(path)
    assert mapping.id == path.stem
    assert mapping.missing(frozenset(rule.field for rule in mapping.columns)) == ()


def test_the_mappings_that_come_with_zmn() -> None:
    assert [path.stem for path in SHIPPED] == ["12345-thin", "12345-wide", "mailbox"]
    wide = load_mapping(SHIPPED[1])
    assert len(wide.columns) >= 20
    assert sum(len(rule.headers) for rule in wide.columns) > 100


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_saved_mapping_reads_back_as_itself(path: Path, tmp_path: Path) -> None:
    mapping = load_mapping(path)
    assert read(tmp_path, mapping_text(mapping)) == mapping


def test_a_saved_mapping_keeps_odd_characters(tmp_path: Path) -> None:
    odd = SMALL.replace('"什么事"', '"什么\\"事\\\\", "\\u007f"')
    mapping = read(tmp_path, odd)
    assert mapping.columns[3].headers == ('什么"事\\', "\x7f")
    assert read(tmp_path, mapping_text(mapping)) == mapping


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("[[columns]]\nfield = \"about\"", "[[columns]]\nfield = \"abuot\""), "不认识“abuot”"),
        (('headers = ["谁"]', 'headers = ["编 号*"]'), "“编号”已经写给“order_no”了"),
        (('field = "applicant"', 'field = "accepted_at"'), "“accepted_at”已经有一列了"),
        (('headers = ["谁"]', "headers = []"), "一项也没有写"),
        (('title = "本县的导出"', 'title = "本县的导出"\ntitel = "错"'), "不认识这一项"),
        (('title = "本县的导出"', 'title = "本县的导出"\ndate_formats = ["日月年"]'), "不是日期格式"),
        (('title = "本县的导出"', 'title = "本县的导出"\n[defaults]\naccepted_at = "今天"'), "不能有缺省"),
        ((ABOUT, f'{ABOUT}\n[[patterns]]\nfield="phone"\nwithin="about"\nfind="("'), "不是正则表达式"),
        ((ABOUT, f'{ABOUT}\n[[patterns]]\nfield="phone"\nwithin="result"\nfind="1"'), "“result”没有对应的列"),
        (('headers = ["什么事"]', 'headers = ["什么事"]\n[[words]]\nfield="about"'), "不认识“about”"),
        (('headers = ["什么事"]', 'headers = ["什么事"]\n[[words]]\nfield="unit"\nunlisted="随便"'), "不认识“随便”"),
    ],
    ids=range(11),
)  # fmt: skip
def test_every_mistake_is_told(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert change[0] in SMALL
    with pytest.raises(DataFileError) as caught:
        read(tmp_path, SMALL.replace(*change))
    assert told in caught.value.message


def test_several_mistakes_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(DataFileError) as caught:
        read(tmp_path, SMALL.replace('field = "about"', 'field = "?"').replace('["时间"]', '"时间"'))
    assert {p.key for p in caught.value.problems} >= {"columns[4].field", "columns[2].headers"}


@pytest.mark.parametrize("field", NECESSARY_FIELDS)
def test_what_an_order_needs_must_come_from_somewhere(tmp_path: Path, field: str) -> None:
    without = re.sub(rf'\[\[columns\]\]\nfield = "{field}"\nheaders = \[.*?\]\n', "", SMALL)
    assert without != SMALL
    with pytest.raises(DataFileError, match=f"没有说{FIELD_TITLES[field]}"):
        read(tmp_path, without)


def test_a_default_is_a_source(tmp_path: Path) -> None:
    without = SMALL.replace('[[columns]]\nfield = "applicant"\nheaders = ["谁"]\n', "")
    mapping = read(tmp_path, without.replace("[[columns]]", '[defaults]\napplicant = "未留姓名"\n\n[[columns]]', 1))
    assert mapping.defaults == {"applicant": "未留姓名"}


@pytest.mark.parametrize(
    ("form", "written", "meant"),
    [
        ("YYYYMMDDhhmmss", "20261008093015", "2026-10-08 09:30"),
        ("MM/DD/YYYY hh:mm", "10/8/2026 9:05", "2026-10-08 09:05"),
        ("DD.MM.YY", "8.10.26", "2026-10-08 00:00"),
    ],
)
def test_date_formats(form: str, written: str, meant: str) -> None:
    mapping = OrderMapping("x", "x", (), date_formats=(form,))
    found = mapping.moment(written)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == meant


def test_a_day_that_is_none_is_no_day() -> None:
    mapping = OrderMapping("x", "x", (), date_formats=("YYYYMMDD",))
    assert [mapping.moment(text) for text in ("20261301", "2026108", "今天", "２０２６１００８")] == [None] * 4


@pytest.mark.parametrize("form", ["", "YYYY-MM", "YYYY-MM-DD DD", "yyyy-mm-dd"])
def test_no_date_format(form: str) -> None:
    with pytest.raises(WrongValueError):
        date_pattern(form)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_patterns_take_no_time_over_a_long_text(path: Path) -> None:
    import time

    hard = ["来电时间：2026 " * 600, "联系电话" * 1500, "来电人：" + "张" * 6000, "1" * 6000, "承办单位" * 1500]
    for rule in load_mapping(path).patterns:
        for text in hard:
            start = time.perf_counter()
            rule.find.search(text[:SEARCHED])
            assert time.perf_counter() - start < 0.5, rule.find.pattern


def test_every_key_and_field_is_in_the_manual() -> None:
    """The tables of docs/导入对照表.md are the keys that are read, no more and no less."""
    for part in SECTIONS:
        name = part.name if part.name == "对照表" else f"[[{part.name}]]"
        listed = {first.strip("`") for first in rows(section(PAGE, name)) if first[0] == "`"}
        assert listed == {key.name for key in part.keys}, name
    listed = {first.strip("`") for first in rows(section(PAGE, "栏目")) if first[0] == "`"}
    assert listed == set(FIELD_TITLES)
    assert set(CODED_FIELDS) <= set(FIELD_TITLES) >= JOINED_FIELDS


def test_the_example_of_the_manual_reads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", section(PAGE, "写一份"), re.DOTALL)
    mapping = read(tmp_path, example)
    assert mapping.columns
    assert mapping.patterns
    assert mapping.words
