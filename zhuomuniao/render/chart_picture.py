"""The chart of a table as a picture, for letters: drawn by matplotlib where the extra ``plot`` is installed.

The same kinds as a report's native charts, told apart in black and white too: by hatching, strokes and marks.
Nothing of matplotlib's own state is used or changed, and the same table gives the same bytes on the same computer.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from enum import Enum
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from zhuomuniao.forms.filled import printable
from zhuomuniao.render import docx_look
from zhuomuniao.reports.tables import Blank, Chart, ChartKind, Content, Table
from zhuomuniao.sheetlook import text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.text import Text

_FREE_FONTS = (
    "Noto Serif CJK SC", "Noto Serif CJK JP", "Source Han Serif SC", "Source Han Serif CN", "Noto Sans CJK SC",
    "Noto Sans CJK JP", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
    "AR PL UMing CN", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB",
)  # fmt: skip
"""Of the collections for several languages matplotlib knows the first face only, hence the ones ending in JP."""
CHART_FONTS: Final = (
    *(docx_look.SONG, *docx_look.FALLBACKS[docx_look.SONG]),
    *(docx_look.FANG, *docx_look.FALLBACKS[docx_look.FANG]),
    *(docx_look.HEI, *docx_look.FALLBACKS[docx_look.HEI]),
    *_FREE_FONTS,
)
"""Fonts a chart may be lettered in, best first."""

_DPI = 300
_WIDTH = 156 / 25.4
"""Inches: the width of a letter's text."""
_HEIGHT = 58 / 25.4
_TALLEST = 205 / 25.4
"""With its caption such a picture fills a page."""
_BAR_HEIGHT = 5.0 / 25.4
_LETTERING, _SMALL = 9.0, 8.0
_INK = "#262626"
_FILLS = ("#1F4E79", "#D9D9D9", "#BF9000", "#FFFFFF", "#7F7F7F")
_HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "----", "||||")
_STROKES = ("-", "--", ":", "-.")
_MARKS = ("o", "s", "^", "D", "v")
_MOST_NUMBERED = 40
"""More figures than these over bars and marks stand in each other's way."""
_MOST_SERIES = 7
_MOST_COLUMNS = 40
_MOST_SPOKEN = 24
_NAMES_SHARE = 0.3
"""What the names beside lying bars may take of the width."""
_LONGEST_NAME = 40


class NoPicture(Enum):
    """Why a chart could not be drawn: the table itself stands in the letter then."""

    NOT_INSTALLED = "没有安装画图组件（matplotlib）"
    NO_FONT = "没有找到能画图的中文字体"
    NOT_READABLE = "项目太多，画成图看不清"
    NOTHING_TO_SHOW = "没有可画的数"


class ChartPicture(Struct, frozen=True):
    """A PNG for paper, its size in millimetres, and what it shows in words for who cannot see it."""

    png: bytes
    width: float
    height: float
    words: str


class _Plot(Struct, frozen=True):
    """What is drawn: the names of the points, and each series with its values; ``None`` leaves a gap."""

    points: tuple[str, ...]
    series: tuple[tuple[str, tuple[int | None, ...]], ...]

    @property
    def figures(self) -> int:
        return len(self.points) * len(self.series)


def draw_chart(table: Table) -> ChartPicture | NoPicture:
    """The table's chart as wide as a letter's text, or why there is none.

    A table without a chart, without figures, with a blank to fill in or with more points than paper can show is
    not drawn.
    """
    chart = table.chart
    if chart is None or any(isinstance(cell, Blank) for row in table.rows for cell in row):
        return NoPicture.NOTHING_TO_SHOW
    plot = _plot(table, chart)
    if not any(value for _, values in plot.series for value in values):
        return NoPicture.NOTHING_TO_SHOW
    height = _height(chart, plot)
    if height > _TALLEST or len(plot.series) > _MOST_SERIES:
        return NoPicture.NOT_READABLE
    if chart.kind is not ChartKind.BAR and len(plot.points) > _MOST_COLUMNS:
        return NoPicture.NOT_READABLE
    with _unheard():
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
        except ImportError:
            return NoPicture.NOT_INSTALLED
        path = find_font(installed_fonts())
        if path is None:
            return NoPicture.NO_FONT
        figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        _draw(figure, chart, plot, path)
        out = BytesIO()
        # matplotlib would name its version in the file.
        figure.savefig(out, format="png", metadata={"Software": None})
    return ChartPicture(out.getvalue(), _WIDTH * 25.4, height * 25.4, _in_words(chart, plot))


@contextmanager
def _unheard() -> Iterator[None]:
    """Without matplotlib's English remarks: on its font cache, on a character that a font lacks (drawn as a box)."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def installed_fonts() -> Mapping[str, Path]:
    """The fonts of this computer that matplotlib can read, by name, in their ordinary weight. Needs matplotlib."""
    from matplotlib.font_manager import fontManager

    upright = [font for font in fontManager.ttflist if font.style == "normal" and _is_ordinary(font.weight)]
    # Of one name the last stays: a regular one rather than a medium one.
    upright.sort(key=lambda font: (font.weight == 400, font.fname))
    return {font.name: Path(font.fname) for font in upright}


def _is_ordinary(weight: str | int) -> bool:
    return 350 <= weight <= 500 if isinstance(weight, int) else weight in ("normal", "regular", "book", "medium")


def find_font(fonts: Mapping[str, Path]) -> Path | None:
    """The best Chinese font among these that has Chinese characters and is still there, ``None`` for none."""
    found = (fonts[name] for name in CHART_FONTS if name in fonts)
    return next((path for path in found if path.is_file() and _is_chinese(path)), None)


def _is_chinese(path: Path) -> bool:
    from matplotlib.ft2font import FT2Font

    try:
        return bool(FT2Font(str(path)).get_char_index(ord("办")))
    except (OSError, RuntimeError):
        # A broken font file is as good as none.
        return False


def _plot(table: Table, chart: Chart) -> _Plot:
    """Rows as series, or with ``columns`` those as series and the rows as points."""
    if not chart.columns:
        last = chart.points + 1
        points = tuple(_name(column.header) for column in table.columns[1:last])
        return _Plot(points, tuple((_name(row[0]), tuple(map(_value, row[1:last]))) for row in table.rows))
    count = chart.points or len(table.rows) - table.has_total
    rows = table.rows[:count]
    series = tuple(
        (_name(table.columns[place].header), tuple(_value(row[place]) for row in rows)) for place in chart.columns
    )
    return _Plot(tuple(_name(row[0]) for row in rows), series)


def _name(content: Content) -> str:
    """A name on one line; the broken lines of a narrow header are put together."""
    if isinstance(content, date):
        return f"{content.month}月{content.day}日"
    return "".join(printable("" if content is None else str(content)).split("\n"))


def _value(content: Content) -> int | None:
    return content if isinstance(content, int) else None


def _height(chart: Chart, plot: _Plot) -> float:
    """Lying bars take a line each, so that long names can be read; other charts have one height."""
    if chart.kind is not ChartKind.BAR:
        return _HEIGHT
    lines = sum(max(_lines(name), len(plot.series) * 0.8) for name in plot.points)
    return max(_HEIGHT * 0.6, lines * _BAR_HEIGHT + 0.6)


def _lines(name: str) -> int:
    return _wrapped(name, _names_room()).count("\n") + 1


def _names_room() -> float:
    return _WIDTH * 72 * _NAMES_SHARE


def _wrapped(name: str, room: float) -> str:
    """A name on lines of so many points; the end of one that is longer than any name is left out."""
    name = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    lines, line = [], ""
    for character in name:
        if line and text_width(line + character, _SMALL) > room:
            lines.append(line)
            line = ""
        line += character
    return "\n".join([*lines, line])


def _draw(figure: Figure, chart: Chart, plot: _Plot, path: Path) -> None:
    from matplotlib.font_manager import FontProperties

    letters = FontProperties(fname=path, size=_LETTERING)
    small = FontProperties(fname=path, size=_SMALL)
    axes = figure.add_subplot()
    draw = {ChartKind.COLUMN: _draw_columns, ChartKind.LINE: _draw_lines, ChartKind.BAR: _draw_bars}
    drawn = draw[chart.kind](axes, plot, small)
    _dress(axes, chart, letters, small)
    if len(plot.series) > 1:
        # Named afterwards: matplotlib leaves out series whose names begin with an underscore.
        legend = figure.legend(
            drawn,
            ["x"] * len(drawn),
            loc="outside upper center",
            ncols=min(4, len(drawn)),
            frameon=False,
            prop=letters,
        )
        for text, (name, _) in zip(legend.get_texts(), plot.series, strict=True):
            _say(text, _wrapped(name, _names_room()), letters)


def _draw_columns(axes: Axes, plot: _Plot, small: FontProperties) -> list[Any]:
    drawn = []
    width = 0.78 / len(plot.series)
    for n, (_, values) in enumerate(plot.series):
        places = [point + (n - (len(plot.series) - 1) / 2) * width for point in range(len(plot.points))]
        bars = axes.bar(places, [value or 0 for value in values], width, **_fill(n))
        _number(axes, bars, values, plot, small)
        drawn.append(bars)
    _name_points(axes, plot.points, small)
    return drawn


def _draw_lines(axes: Axes, plot: _Plot, small: FontProperties) -> list[Any]:
    drawn = []
    for n, (_, values) in enumerate(plot.series):
        (line,) = axes.plot(
            range(len(values)),
            [float("nan") if value is None else value for value in values],
            linestyle=_STROKES[n % len(_STROKES)],
            marker=_MARKS[n % len(_MARKS)],
            markersize=4,
            linewidth=1.4,
            color=_INK if n % 2 else _FILLS[0],
            markerfacecolor="white" if n % 2 else _FILLS[0],
        )
        drawn.append(line)
    axes.set_xlim(-0.5, len(plot.points) - 0.5)
    _name_points(axes, plot.points, small)
    if len(plot.series) == 1 and plot.figures <= _MOST_NUMBERED:
        for place, value in enumerate(plot.series[0][1]):
            if value is not None:
                text = axes.annotate(str(value), (place, value), (0, 5), textcoords="offset points", ha="center")
                _say(text, str(value), small)
    return drawn


def _draw_bars(axes: Axes, plot: _Plot, small: FontProperties) -> list[Any]:
    drawn = []
    thickness = 0.74 / len(plot.series)
    for n, (_, values) in enumerate(plot.series):
        places = [point + (n - (len(plot.series) - 1) / 2) * thickness for point in range(len(plot.points))]
        bars = axes.barh(places, [value or 0 for value in values], thickness, **_fill(n))
        _number(axes, bars, values, plot, small)
        drawn.append(bars)
    names = [_wrapped(name, _names_room()) for name in plot.points]
    axes.set_yticks(range(len(names)), names, fontproperties=small, parse_math=False)
    # In the order of the table, from the top.
    axes.set_ylim(len(plot.points) - 0.5, -0.5)
    return drawn


def _fill(n: int) -> dict[str, Any]:
    fill = _FILLS[n % len(_FILLS)]
    # Hatches are drawn in the edge's colour: a light one on the dark fill.
    return {"color": fill, "edgecolor": _INK, "linewidth": 0.6, "hatch": _HATCHES[n % len(_HATCHES)]}


def _number(axes: Axes, bars: Any, values: Sequence[int | None], plot: _Plot, small: FontProperties) -> None:
    if plot.figures > _MOST_NUMBERED:
        return
    for text, value in zip(axes.bar_label(bars, padding=2), values, strict=True):
        _say(text, "" if value is None else str(value), small)


def _name_points(axes: Axes, points: Sequence[str], small: FontProperties) -> None:
    """Names below the columns, on as many lines as their room asks for; many long ones stand upright."""
    room = _WIDTH * 72 * 0.9 / len(points) - 4
    longest = max(text_width(name, _SMALL) for name in points)
    is_upright = longest > room * 3
    # Of days that would touch, every second or third is named.
    step = max(1, ceil(longest / room)) if longest <= room * 3 and room < 2 * _SMALL else 1
    line = _HEIGHT * 72 * 0.35 if is_upright else max(room * step, _SMALL)
    names = ["" if n % step else _wrapped(name, line) for n, name in enumerate(points)]
    rotation = "vertical" if is_upright else "horizontal"
    axes.set_xticks(range(len(names)), names, fontproperties=small, parse_math=False, rotation=rotation)


def _dress(axes: Axes, chart: Chart, letters: FontProperties, small: FontProperties) -> None:
    from matplotlib.ticker import MaxNLocator

    lies = chart.kind is ChartKind.BAR
    counted = axes.xaxis if lies else axes.yaxis
    counted.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=2))
    for label in counted.get_ticklabels():
        label.set_fontproperties(small)
    if lies:
        axes.set_xlim(left=0)
        axes.margins(x=0.08)
    else:
        axes.set_ylim(bottom=0)
        axes.margins(y=0.12)
    axes.set_axisbelow(True)
    axes.grid(axis="x" if lies else "y", color="#BFBFBF", linewidth=0.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    unit = axes.set_title("", loc="right" if lies else "left")
    _say(unit, f"单位：{printable(chart.unit)}", small)


def _say(text: Text, words: str, font: FontProperties) -> None:
    """Words as they are: matplotlib would set $…$ as mathematics."""
    text.set_parse_math(False)
    text.set_text(words)
    text.set_fontproperties(font)


def _in_words(chart: Chart, plot: _Plot) -> str:
    """What the picture shows: every figure of a small one, of a large one its series and how far it reaches."""
    kind = {ChartKind.COLUMN: "柱形图", ChartKind.LINE: "折线图", ChartKind.BAR: "条形图"}[chart.kind]
    said = list(_series_in_words(chart, plot))
    return f"{kind}：{printable(chart.title)}。{'；'.join(said)}。"


def _series_in_words(chart: Chart, plot: _Plot) -> Iterator[str]:
    for name, values in plot.series:
        if plot.figures <= _MOST_SPOKEN:
            told = "、".join(
                f"{point}{'无' if value is None else f'{value}{chart.unit}'}"
                for point, value in zip(plot.points, values, strict=True)
            )
            yield f"{name}：{told}"
            continue
        known = [value for value in values if value is not None] or [0]
        reach = f"最少{min(known)}{chart.unit}，最多{max(known)}{chart.unit}"
        yield f"{name}：{plot.points[0]}至{plot.points[-1]}，{reach}"
