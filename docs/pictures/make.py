"""Remakes the pictures of README and manual, from the demo and a made-up city: `python docs/pictures/make.py`.

Needs a Unix terminal, LibreOffice (soffice), pdftoppm and pdftotext (poppler-utils), a Chinese font. Without
LibreOffice only the screens (overdue.svg, duties.svg) are made.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COLUMNS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
DAY, MONTH = "2026-11-05", "2026-10"
# A character cell is half as wide as the type is high, so that a Chinese character is exactly two cells.
CELL, TYPE, LINE, EDGE = 8, 16, 22, 16
FONTS = "'Sarasa Mono SC','Noto Sans Mono CJK SC','Source Han Mono SC',NSimSun,monospace"
COLOURS = {1: "#c62828", 2: "#2e7d32", 3: "#9a6700"}
INK = "#24292f"
# Blanks, Chinese, curly quotes and dots (which fonts draw wide and terminals narrow), other characters.
RUNS = re.compile(r"\s+|[\u2e80-\uffef]+|[“”‘’…·]|[^\s\u2e80-\uffef“”‘’…·]+")


def zmn(*line: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command line, in a workspace if one is given."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "zhuomuniao", *line]
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True)


def on_terminal(*line: str, folder: Path) -> str:
    """What a command prints on a colour terminal of so many columns."""
    child, screen = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
        os.execv(sys.executable, [sys.executable, "-m", "zhuomuniao", *line])
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    parts = []
    while True:
        try:
            part = os.read(screen, 1 << 16)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.waitpid(child, 0)
    return b"".join(parts).decode()


def as_svg(typed: str, printed: str) -> str:
    """The lines as a picture; every word is put at the cell where it stands, whatever font is used."""
    console = Console(width=COLUMNS, color_system="truecolor", legacy_windows=False)
    text = Text.from_ansi(f"$ {typed}\n" + printed.replace("\r", "").rstrip())
    lines = text.wrap(console, COLUMNS)
    width, height = COLUMNS * CELL + 2 * EDGE, len(lines) * LINE + 2 * EDGE
    shapes = []
    for number, line in enumerate(lines):
        at, y = 0, EDGE + number * LINE + TYPE
        for segment in line.render(console):
            style = segment.style
            colour = COLOURS.get(style.color.number or 0, INK) if style and style.color else INK
            weight = ' font-weight="bold"' if style and style.bold else ""
            for word in RUNS.findall(segment.text):
                cells = cell_len(word)
                if not word.isspace():
                    shapes.append(_word(word, at, cells, f'y="{y}" fill="{colour}"{weight}'))
                at += cells
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#fbfbf9" stroke="#d0d7de"/>\n'
        f'<g font-family="{FONTS}" font-size="{TYPE}">\n' + "\n".join(shapes) + "\n</g>\n</svg>\n"
    )


def _word(word: str, at: int, cells: int, looks: str) -> str:
    if word in "“‘":
        # Where the font draws it wide, its ink is in the right half: let that half be the cell.
        place = f'x="{EDGE + (at + cells) * CELL}" text-anchor="end"'
    elif word in "”’":
        place = f'x="{EDGE + at * CELL}"'
    else:
        place = f'x="{EDGE + at * CELL}" textLength="{cells * CELL}" lengthAdjust="spacingAndGlyphs"'
    return f"<text {place} {looks}>{escape(word)}</text>"


def picture_of_page(paper: Path, target: Path, *, dots: int, words: str = "") -> None:
    """A printed page of a book or letter as a PNG: the first one, or the first that bears the words."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = folder / f"book{paper.suffix}"
        shutil.copyfile(paper, copy)
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf",
             "--outdir", str(folder), str(copy)],
            check=True, capture_output=True,
        )  # fmt: skip
        pdf = str(folder / "book.pdf")
        told = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
        pages = [re.sub(r"\s", "", page) for page in told.split("\f")]
        number = str(next(n for n, page in enumerate(pages, start=1) if words in page))
        page = ["pdftoppm", "-r", str(dots), "-gray", "-png", "-singlefile", "-f", number, "-l", number]
        subprocess.run([*page, pdf, str(target.with_suffix(""))], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        done = zmn("demo", str(folder))
        if done.returncode:
            print(done.stderr, file=sys.stderr)
        printed = on_terminal("overdue", "--as-of", DAY, folder=folder)
        (HERE / "overdue.svg").write_text(as_svg("zmn overdue", printed), encoding="utf-8")
        hall = Path(name) / "政务服务大厅"
        role = ("--role", "政务服务大厅", "--clerk", "赵敏慧", "--year", "2026")
        zmn("init", str(hall), "--locality", "linxian", *role)
        printed = on_terminal("duties", "--as-of", DAY, folder=hall)
        (HERE / "duties.svg").write_text(as_svg("zmn duties", printed), encoding="utf-8")
        if shutil.which("soffice") is None:
            return
        for pattern, picture, dots, words in (
            ("台账/*/*.xlsx", "ledger.png", 80, ""),
            ("表单/*/*.xlsx", "form.png", 60, ""),
            (f"报表/{MONTH}/*.xlsx", "report.png", 70, ""),
            (f"报表/{MONTH}/*.xlsx", "report-units.png", 70, "四、按责任窗口"),
            (f"报表/{MONTH}/*.xlsx", "report-overdue.png", 80, "未结事项明细"),
            (f"报表/{MONTH}/*.docx", "letter.png", 70, ""),
        ):
            for paper in sorted(folder.glob(pattern))[:1]:
                picture_of_page(paper, HERE / picture, dots=dots, words=words)
        # The tests know a city: workspaces of three counties, and what townships handed in.
        sys.path.insert(0, str(ROOT))
        from tests.cityfolder import make_city

        city, out = make_city(Path(name) / "报来的", Path(name) / "各单位"), Path(name) / "汇总.xlsx"
        zmn(*city.rollup(out, "--office", "某某市行政审批局"))
        picture_of_page(out, HERE / "rollup.png", dots=80, words="办理情况（按区县）")


if __name__ == "__main__":
    main()
