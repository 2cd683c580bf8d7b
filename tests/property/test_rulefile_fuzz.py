"""Whatever a county's folder holds, reading it raises nothing but :class:`DataFileError`, and its check nothing."""

from __future__ import annotations

import datetime
import random
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import tries
from zhuomuniao.assets import data_folder, locality_folder, locality_slugs
from zhuomuniao.errors import DataFileError, FileProblem
from zhuomuniao.layouts import LAYOUT_SECTION
from zhuomuniao.paperlayouts import FORM_SECTION, LETTER_SECTION
from zhuomuniao.rulefile import EDITION_KEYS, LOCALITY_SECTION, load_locality
from zhuomuniao.rulekeys import rule_sections
from zhuomuniao.tomlkeys import Key, Place, Section, WrongValueError, measure
from zhuomuniao.usecases.localities import check_county
from zhuomuniao.workedcases import case_sections

COUNTIES = Path(__file__).resolve().parents[1] / "fixtures" / "counties"
FOLDERS = [*map(locality_folder, locality_slugs()), *sorted(COUNTIES.iterdir())]
FILES = [(folder, path.relative_to(folder)) for folder in FOLDERS for path in sorted(folder.rglob("*.toml"))]
POLICIES = data_folder() / "policies.toml"
VALUES = (
    '""', '" "', '"甲"', "0", "-1", "99999999999", "1.5", "inf", "nan", "true", "false", "[]", "{}", "[[]]", "[1]",
    '["甲"]', '["甲", 2]', "{ a = 1 }", '{ kind = "甲" }', "{ kind = [] }", "[{}]", "2026-02-29", "2026-02-28",
    "0001-01-01", "9999-12-31", "2026-08-10T09:00:00", "2026-08-10T09:00:00+14:00", "09:00:00",
    "0x7fffffffffffffffff", '"9999工作日"', '"9999年"', '"9999小时"', '"当日下班前"', '"一事一议"', '"1-12"',
    '"{seq}"', '"\\u0000\\uFFFF"', '"每个窗口"', '"到期"', '"unstated"', "1979-05-27T00:32:00Z",
)  # fmt: skip


@pytest.fixture(scope="module")
def bench() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def spoilt(text: str, rnd: random.Random) -> str:
    """A TOML file after a few slips of the hand."""
    for _ in range(rnd.choice([1, 1, 2, 3, 8])):
        lines = text.split("\n")
        at = rnd.randrange(len(lines))
        match rnd.randrange(9):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, rnd.choice(lines))
            case 2 | 3 | 4:
                key, equals, _ = lines[at].partition("=")
                if equals:
                    lines[at] = f"{key}= {rnd.choice(VALUES)}"
            case 5:
                blocks = re.split(r"(?m)^(?=\[)", text)
                blocks.insert(rnd.randrange(len(blocks) + 1), rnd.choice(blocks))
                lines = "".join(blocks).split("\n")
            case 6:
                lines[at] = lines[at].replace("[[", "[").replace("]]", "]")
            case 7:
                here = rnd.randrange(len(lines[at]) + 1)
                strange = chr(
                    rnd.choice([0, 9, 0x22, 0x201C, 0x3000, 0x200B, 0xFFFF, 0x1F600, rnd.randrange(0xD800)])
                )
                lines[at] = lines[at][:here] + strange + lines[at][here:]
            case _:
                key, equals, value = lines[at].partition("=")
                lines[at] = f"{key}{equals}{rnd.choice(lines).partition('=')[2] or value}"
        text = "\n".join(lines)
    return text


def must_stand(folder: Path) -> None:
    with suppress(DataFileError):
        load_locality(folder, POLICIES)
    checked = check_county(str(folder))
    assert all(f.code and f.file and f.column and f.found and f.remedy for f in checked.findings)


@pytest.mark.search
@settings(max_examples=tries(100), deadline=None)
@given(st.sampled_from(FILES), st.randoms(use_true_random=False))
def test_spoilt_folders(bench: Path, chosen: tuple[Path, Path], rnd: random.Random) -> None:
    original, file = chosen
    folder = bench / original.name
    if not folder.exists():
        shutil.copytree(original, folder)
    path = folder / file
    text = (original / file).read_text(encoding="utf-8")
    path.write_text(spoilt(text, rnd), encoding="utf-8")
    try:
        must_stand(folder)
    finally:
        path.write_text(text, encoding="utf-8")


@pytest.mark.search
@settings(max_examples=tries(40), deadline=None)
@given(st.sampled_from(FILES), st.binary(max_size=300), st.integers(0, 4000))
def test_files_cut_and_mixed_with_bytes(bench: Path, chosen: tuple[Path, Path], noise: bytes, cut: int) -> None:
    original, file = chosen
    folder = bench / original.name
    if not folder.exists():
        shutil.copytree(original, folder)
    path, data = folder / file, (original / file).read_bytes()
    path.write_bytes(data[:cut] + noise)
    try:
        must_stand(folder)
    finally:
        path.write_bytes(data)


SECTIONS = [
    *rule_sections({}), *case_sections(), LOCALITY_SECTION, LAYOUT_SECTION, FORM_SECTION, LETTER_SECTION,
    Section("edition", "", EDITION_KEYS),
]  # fmt: skip


def keys_of(keys: tuple[Key, ...]) -> Iterator[str]:
    for key in keys:
        yield key.name
        yield from keys_of(key.inner.keys) if key.inner else ()


NAMES = sorted({name for section in SECTIONS for name in keys_of(section.keys)} | {"日", "受理", "解决", "kind"})
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["5工作日", "受理", "解决", "每月", "环节", "{date}{seq}", "甲", "1-12", "09:00-12:00"])
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.builds(lambda: 10**5000)
    | st.just(datetime.date(1, 1, 1))
)
KEYS = st.sampled_from(NAMES) | st.text(max_size=3)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@pytest.mark.search
@settings(max_examples=tries(150), deadline=None)
@given(st.sampled_from(SECTIONS), TREES)
def test_any_tree_is_read_or_told(section: Section, tree: Any) -> None:
    problems: list[Any] = []
    value = section.read(tree, Place("x.toml", problems))
    assert value is not None or problems
    told = len(problems)
    section.read_all(tree, Place("x.toml", problems))
    assert isinstance(tree, list) or len(problems) > told


@pytest.mark.search
@settings(max_examples=tries(60), deadline=None)
@given(st.sampled_from(SECTIONS), st.data())
def test_any_values_under_the_right_keys(section: Section, data: st.DataObject) -> None:
    problems: list[Any] = []
    table = {key.name: data.draw(TREES) for key in section.keys}
    if section.read(table, Place("x.toml", problems)) is None:
        assert problems


def test_a_number_of_any_length_is_no_measure() -> None:
    problems: list[FileProblem] = []
    place = Place("x.toml", problems)
    for value in (10**400, -(10**400), float("nan"), float("inf")):
        with pytest.raises(WrongValueError):
            measure(1, 409)(value, place)
    assert measure(1, 409)(48, place) == 48.0
