"""Charts as pictures: the right figures, the same bytes, no picture where none can be read."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.sampleletters import by_day, by_unit, number
from zhuomuniao.render import chart_picture
from zhuomuniao.render.chart_picture import ChartPicture, NoPicture, draw_chart, find_font, installed_fonts
from zhuomuniao.reports.tables import Chart, ChartKind, Table, TableColumn

pytest.importorskip("matplotlib", reason="没有装绘图组件（.[plot]）")
FONT = find_font(installed_fonts())
draws = pytest.mark.skipif(FONT is None, reason="本机没有中文字体")


def drawn(table: Table) -> ChartPicture:
    picture = draw_chart(table)
    assert isinstance(picture, ChartPicture)
    return picture


def size_of(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@draws
@pytest.mark.parametrize("kind", list(ChartKind))
def test_a_chart_is_as_wide_as_the_text_at_300_dots_per_inch(kind: ChartKind) -> None:
    picture = drawn(by_unit(8, kind))
    assert picture.width == pytest.approx(156)
    width, height = size_of(picture.png)
    assert width == pytest.approx(picture.width / 25.4 * 300, abs=1)
    assert height == pytest.approx(picture.height / 25.4 * 300, abs=1)
    assert 50 < picture.height < 205


@draws
@pytest.mark.parametrize("table", [by_day(), by_unit(), by_unit(6, ChartKind.LINE)])
def test_the_same_table_gives_the_same_bytes_and_names_no_program(table: Table) -> None:
    png = drawn(table).png
    assert png == drawn(table).png
    assert b"Software" not in png
    assert b"matplotlib" not in png


@draws
def test_other_figures_give_another_picture() -> None:
    table = by_unit(3)
    other = replace(table, rows=(("县市场监督管理局", 9, 9, "—"), *table.rows[1:]))
    assert drawn(table).png != drawn(other).png


@draws
def test_the_words_tell_the_figures_that_are_drawn_and_no_others() -> None:
    assert drawn(by_unit(2)).words == (
        "条形图：各单位受理、办结件数。受理件数：县市场监督管理局1件、县自然资源局4件；"
        "办结件数：县市场监督管理局0件、县自然资源局2件。"
    )
    columns = (TableColumn("类别", 8), number("一\n月"), number("二月"), number("合计"))
    chart = Chart(ChartKind.LINE, "走势", points=2)
    words = drawn(Table("", "表", columns, (("受理", 3, None, 3), ("办结", 1, "—", 1)), chart=chart)).words
    assert words == "折线图：走势。受理：一月3件、二月无；办结：一月1件、二月无。"


@draws
def test_a_number_of_points_leaves_the_rows_after_them_out() -> None:
    table = by_unit(6)
    assert table.chart is not None
    words = drawn(replace(table, chart=replace(table.chart, points=2))).words
    assert "县自然资源局" in words
    assert "县住房和城乡建设局" not in words


@draws
def test_what_cannot_be_read_on_paper_is_not_drawn() -> None:
    assert draw_chart(by_unit(60)) is NoPicture.NOT_READABLE
    assert draw_chart(by_unit(60, ChartKind.COLUMN)) is NoPicture.NOT_READABLE
    assert draw_chart(by_unit(0)) is NoPicture.NOTHING_TO_SHOW
    assert draw_chart(replace(by_unit(3), chart=None)) is NoPicture.NOTHING_TO_SHOW
    nothing = by_unit(2)
    zeros = tuple((row[0], 0, 0, "—") for row in nothing.rows)
    assert draw_chart(replace(nothing, rows=zeros)) is NoPicture.NOTHING_TO_SHOW


@draws
def test_drawing_changes_nothing_of_matplotlib_s_own() -> None:
    import matplotlib

    # As a dict it would be asked for its backend, and would choose one.
    before = matplotlib.rcParams.copy()
    drawn(by_unit(3))
    assert matplotlib.rcParams.copy() == before
    assert "matplotlib.pyplot" not in sys.modules


@draws
def test_a_font_must_have_chinese_characters_and_be_there(tmp_path: Path) -> None:
    import matplotlib

    assert FONT is not None
    latin = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    assert find_font({}) is None
    assert find_font({"宋体": latin}) is None
    assert find_font({"宋体": broken, "SimSun": tmp_path / "gone.ttf"}) is None
    assert find_font({"宋体": broken, "WenQuanYi Zen Hei": FONT}) == FONT
    assert find_font({"某字体": FONT}) is None


def test_a_clerk_hears_nothing_of_matplotlib_s_own_troubles(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    script = (
        "from tests.sampleletters import by_unit; from zhuomuniao.render.chart_picture import draw_chart;"
        "draw_chart(by_unit(2))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path / "file" / "below")},
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_no_font_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_picture, "installed_fonts", dict)
    assert draw_chart(by_unit(3)) is NoPicture.NO_FONT
