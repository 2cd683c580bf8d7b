"""Remakes the pictures of README and manual from the demo: `python docs/pictures/make.py [columns]`.

Needs a Unix terminal, LibreOffice (soffice), pdftoppm (poppler-utils) and a Chinese font. Without LibreOffice
only overdue.svg is made.
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


def picture_of_page(book: Path, target: Path, *, dots: int) -> None:
    """The first printed page of a book as a PNG."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = folder / "book.xlsx"
        shutil.copyfile(book, copy)
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf",
             "--outdir", str(folder), str(copy)],
            check=True, capture_output=True,
        )  # fmt: skip
        page = ["pdftoppm", "-r", str(dots), "-gray", "-png", "-singlefile", "-f", "1", "-l", "1"]
        subprocess.run([*page, str(folder / "book.pdf"), str(target.with_suffix(""))], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        done = zmn("demo", str(folder))
        if done.returncode:
            print(done.stderr, file=sys.stderr)
        printed = on_terminal("overdue", "--as-of", DAY, folder=folder)
        (HERE / "overdue.svg").write_text(as_svg("zmn overdue", printed), encoding="utf-8")
        if shutil.which("soffice") is None:
            return
        for pattern, picture, dots in (
            ("台账/*/*.xlsx", "ledger.png", 80),
            ("表单/*/*.xlsx", "form.png", 60),
            (f"报表/{MONTH}/*.xlsx", "report.png", 70),
        ):
            for book in sorted(folder.glob(pattern))[:1]:
                picture_of_page(book, HERE / picture, dots=dots)


if __name__ == "__main__":
    main()
