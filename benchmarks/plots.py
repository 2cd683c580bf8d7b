"""Cost against rows as a picture: one SVG for a task, both axes logarithmic, letters drawn as paths."""

from __future__ import annotations

from io import StringIO
from typing import Any

from benchmarks.contests import Contest, Who
from benchmarks.running import Measurements

_INCHES = (7.2, 4.4)
_STYLES = {
    Who.ZMN: ("#B22222", "-", "o"),
    Who.ZMN_WARM: ("#B22222", "-", "o"),
    Who.ZMN_COLD: ("#D98880", "-", "s"),
    Who.OPENPYXL: ("#1F4E79", "--", "^"),
    Who.OPENPYXL_READING: ("#5B9BD5", "--", "v"),
    Who.EXCELIZE: ("#7F6000", "--", "D"),
    Who.PANDAS: ("#1F4E79", "--", "^"),
    Who.PANDAS_CALAMINE: ("#5B9BD5", "--", "v"),
    Who.CALAMINE: ("#595959", ":", "x"),
    Who.INFLATE: ("#8C8C8C", ":", "+"),
    Who.IMPORTING_BOTH: ("#BFBFBF", ":", "|"),
    Who.IMPORTING_TYPER: ("#BFBFBF", ":", "|"),
}
"""Colour, stroke and mark: told apart in black and white too."""


class NoFontError(Exception):
    """Nothing on this computer can letter a picture in Chinese."""


def draw_costs(contest: Contest, taken: Measurements) -> str | None:
    """The SVG, or ``None`` for a task measured at fewer than two sizes. Needs matplotlib.

    Raises :class:`NoFontError` when the computer has no Chinese font.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    from zhuomuniao.render.chart_picture import find_font, installed_fonts

    sizes = [size for size in contest.sizes if size and (contest.task, size, contest.contenders[0].who) in taken]
    if len(sizes) < 2:
        return None
    path = find_font(installed_fonts())
    if path is None:
        raise NoFontError("这台电脑上没有中文字体，画不出图")
    letters = FontProperties(fname=path, size=9)
    # The same figures give the same bytes.
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": contest.task.value}):
        figure = Figure(figsize=_INCHES, facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        for contender in contest.contenders:
            colour, stroke, mark = _STYLES[contender.who]
            walls = [taken[contest.task, size, contender.who].wall for size in sizes]
            axes.plot(sizes, walls, linestyle=stroke, marker=mark, color=colour, markersize=5, linewidth=1.5,
                      label=contender.who.value.replace("`", ""))  # fmt: skip
        _dress(axes, contest, sizes, letters)
        out = StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _dress(axes: Any, contest: Contest, sizes: list[int], letters: Any) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes], fontproperties=letters)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_minor_locator(LogLocator(subs=()))
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(color="#E5E5E5", linewidth=0.6)
    axes.set_axisbelow(True)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(letters)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel("行数（件）", fontproperties=letters)
    axes.set_ylabel("整个进程的用时（秒，中位数）", fontproperties=letters)
    axes.set_title(f"{contest.title}：用时与行数", fontproperties=letters)
    axes.legend(prop=letters, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
