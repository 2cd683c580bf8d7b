"""Layer files: what is written is what is read, and whatever a person made of one is a named mistake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.notices import IMPORTED_ON, amendment, annual
from zhuomuniao.errors import DataFileError
from zhuomuniao.layers import (
    MAKE_UP,
    Layer,
    LayerDay,
    LayerKind,
    layer_toml,
    next_sequence,
    order_layers,
    read_layer,
    read_layers,
)

SMALL = Layer(
    LayerKind.REGIONAL,
    2026,
    "自治区放假通知",
    "https://example.test/a.htm",
    IMPORTED_ON,
    (LayerDay(date(2026, 3, 20), True, "开斋节"), LayerDay(date(2026, 3, 22), False, MAKE_UP)),
    "开斋节：3月20日放假。",
)


def save(folder: Path, layer: Layer, name: str = "") -> Path:
    path = folder / (name or f"{layer.id}.toml")
    path.write_text(layer_toml(layer), encoding="utf-8")
    return path


@pytest.mark.parametrize("layer", [annual(2018), annual(2019), annual(2026), amendment(2020), SMALL])
def test_written_and_read_again(layer: Layer, tmp_path: Path) -> None:
    assert read_layer(save(tmp_path, layer)) == layer


def test_an_inspector_can_read_the_file() -> None:
    text = layer_toml(annual(2019))
    assert '"元旦" = [2018-12-30, 2018-12-31, 2019-01-01]' in text
    assert "\n一、元旦：12月30日至1月1日放假，共3天。" in text
    assert text.startswith("# 放假安排")


@given(st.text(), st.text(), st.text(), st.text(min_size=1))
def test_any_wording_can_be_kept(tmp_path_factory: pytest.TempPathFactory, title: str, text: str, source: str, name: str) -> None:  # fmt: skip # noqa: E501
    days = (LayerDay(date(2026, 3, 20), True, name),)
    layer = replace(SMALL, title=title, text=text, source=source, days=days)
    path = save(tmp_path_factory.mktemp("any"), layer, "a.toml")
    once = read_layer(path)
    path.write_text(layer_toml(once), encoding="utf-8")
    assert read_layer(path) == once
    assert [d.on for d in once.days] == [date(2026, 3, 20)]


@pytest.mark.parametrize("text", ["it's '''quoted'''", "ends with '", 'a "quote" \\ and \\n', "'''", '"""', "\\"])
def test_quotes_and_backslashes_survive(text: str, tmp_path: Path) -> None:
    assert read_layer(save(tmp_path, replace(SMALL, text=text, title=text))).text == text


def test_ids_are_the_same_for_the_same_notice() -> None:
    assert annual(2026).id == "2026-annual"
    assert amendment(2019).id == replace(amendment(2019), imported_on=date(2027, 1, 1), text="").id
    assert amendment(2019).id.startswith("2019-amendment-")
    assert replace(SMALL, days=SMALL.days[:1]).id != SMALL.id


def test_order_of_precedence() -> None:
    late = replace(SMALL, imported_on=date(2027, 1, 1))
    layers = [late, SMALL, amendment(2020), amendment(2019), annual(2020), annual(2019)]
    assert [layer.kind.value for layer in order_layers(layers)] == ["annual"] * 2 + ["amendment"] * 2 + [
        "regional"
    ] * 2
    assert order_layers(layers)[-2:] == (SMALL, late)
    assert order_layers(layers) == order_layers(reversed(layers))


def test_of_one_day_the_later_import_applies_later(tmp_path: Path) -> None:
    one = replace(SMALL, sequence=1)
    two = replace(SMALL, days=SMALL.days[:1], sequence=next_sequence([one]))
    for first, second in ((one, two), (replace(two, sequence=1), replace(one, sequence=2))):
        assert order_layers([second, first]) == (first, second)
    assert one.id == SMALL.id
    assert read_layer(save(tmp_path, two)) == two
    assert [next_sequence([]), next_sequence([SMALL]), next_sequence([two, one])] == [1, 1, 3]
    path = save(tmp_path, SMALL, "旧.toml")
    path.write_text(layer_toml(SMALL).replace("sequence = 0\n", ""), encoding="utf-8")
    assert read_layer(path).sequence == 0


def test_ordinary_days_stand_in_a_table_of_their_own(tmp_path: Path) -> None:
    days = (LayerDay.ordinary(date(2026, 3, 20)), LayerDay.ordinary(date(2026, 3, 22)))
    assert [day.is_worked for day in days] == [True, False]
    text = layer_toml(replace(SMALL, days=days))
    assert '[ordinary]\n"正常上班" = [2026-03-20]\n"照常休息" = [2026-03-22]\n' in text
    assert read_layer(save(tmp_path, replace(SMALL, days=days))).days == days
    assert "[ordinary]" not in layer_toml(SMALL)


def test_a_file_of_an_earlier_version(tmp_path: Path) -> None:
    path = tmp_path / "旧.toml"
    path.write_text(
        'schema = 1\nkind = "amendment"\nyear = 2020\ntitle = "t"\nsource = ""\nimported_on = 2026-11-05\n'
        'text = ""\n\n[off]\n"春节" = [2020-01-31]\n\n[work]\n"正常上班" = [2020-02-03]\n"调休上班" = [2020-02-01]\n',
        encoding="utf-8",
    )
    layer = read_layer(path)
    assert [(d.on.day, d.is_worked, d.is_ordinary) for d in layer.days] == [
        (31, False, False), (1, True, False), (3, True, True),
    ]  # fmt: skip
    assert layer.id == "2020-amendment-" + layer.id[-8:]


WHOLE = layer_toml(annual(2026))


def without(text: str, start: str) -> str:
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(start)]
    assert len(kept) == text.count("\n") - 1
    return "".join(kept)


@pytest.mark.parametrize(
    ("spoiled", "what"),
    [
        (without(WHOLE, '"国庆节" = '), "缺少国庆节"),
        (without(WHOLE, '"调休上班" = '), "像是手改过"),
        (WHOLE.replace(", 2026-10-07]", "]"), "像是手改过"),
        (without(without(WHOLE, '"国庆节" = '), "fingerprint"), "缺少国庆节"),
        (without(WHOLE.replace("2026-10-02, ", ""), "fingerprint"), "国庆节里缺少法定假日 2026-10-02"),
        (layer_toml(replace(SMALL, days=(LayerDay.ordinary(date(2026, 10, 1)),))), "不会上班"),
        (layer_toml(SMALL).replace("sequence = 0", "sequence = true"), "不是导入的次序"),
        (layer_toml(SMALL).replace("sequence = 0", "sequence = -1"), "不是导入的次序"),
    ],
)
def test_a_file_edited_by_hand_is_told(spoiled: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "2026-annual.toml"
    path.write_text(spoiled, encoding="utf-8")
    with pytest.raises(DataFileError) as refused:
        read_layer(path)
    assert any(what in p.what and "重新导入" in p.remedy for p in refused.value.problems)


def test_a_folder_of_layers(tmp_path: Path) -> None:
    assert read_layers(tmp_path / "没有") == ()
    save(tmp_path, SMALL)
    save(tmp_path, annual(2026))
    save(tmp_path, annual(2026), "2026-annual - 副本.toml")
    (tmp_path / "说明.txt").write_text("不是安排", encoding="utf-8")
    (tmp_path / ".2026-annual.toml.swp").write_text("半截", encoding="utf-8")
    assert read_layers(tmp_path) == (annual(2026), SMALL)


def test_two_different_annual_layers_of_a_year_need_a_decision(tmp_path: Path) -> None:
    save(tmp_path, annual(2026))
    save(tmp_path, replace(annual(2026), days=annual(2026).days[:-1]), "2026-另一份.toml")
    with pytest.raises(DataFileError) as refused:
        read_layers(tmp_path)
    assert "2026年的全年安排" in refused.value.message


def test_every_mistake_of_every_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'schema = 2\nkind = "weekly"\nyear = "2026"\ntitle = 3\nnote = 1\n'
        '[off]\n"春节" = ["2026-02-17", 2026-02-18]\n'
        '[work]\n"加班" = [2026-02-14]\n"调休上班" = [2026-02-18]\n',
        encoding="utf-8",
    )
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe broken")
    with pytest.raises(DataFileError) as refused:
        read_layers(tmp_path)
    keys = {(p.file, p.key) for p in refused.value.problems}
    named = {"note", "schema", "kind", "year", "imported_on", "title", "off.春节", "work.加班", "work.调休上班"}
    assert keys == {("a.toml", key) for key in named} | {("b.toml", "全文")}
    assert all(p.what and p.remedy for p in refused.value.problems)


@pytest.mark.parametrize(
    "spoiled",
    [
        "",
        "[off]\n",
        "off = 3\n",
        "a = " + "[" * 2000 + "]" * 2000,
        "x" * (1 << 20) + "yy",
        layer_toml(SMALL).replace("2026-03-20", "2031-03-20"),
        layer_toml(SMALL).replace("2026-03-20", "2026-03-20T08:00:00"),
        layer_toml(SMALL).replace("2026-03-20", "2026-02-30"),
        layer_toml(SMALL).replace("imported_on = 2026-11-05", "imported_on = 2026-11-05T08:00:00"),
        layer_toml(SMALL).replace("year = 2026", "year = true"),
    ],
)
def test_whatever_stands_there_is_a_named_mistake(spoiled: str, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(spoiled, encoding="utf-8")
    with pytest.raises(DataFileError) as refused:
        read_layer(path)
    assert refused.value.problems[0].file == "x.toml"


def test_notepads_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(layer_toml(SMALL), encoding="utf-8-sig")
    assert read_layer(path) == SMALL


@pytest.mark.parametrize("name", ["没有.toml", "文件夹.toml"])
def test_what_cannot_be_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "文件夹.toml").mkdir()
    with pytest.raises(DataFileError):
        read_layer(tmp_path / name)
