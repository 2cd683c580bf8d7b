"""Text and files that mean harm, or come from programs that do odd things: what is stored is text, nothing hangs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import openpyxl
import pytest

from tests.desk import Answer, Desk

KEPT = (
    '=HYPERLINK("http://x","点我")',
    "@SUM(A1:A9)",
    "-1+1",
    "+1",
    "=1+cmd|' /C calc'!A0",
    "＝1+1",
    "[red]x[/]",
    "[/]",
    ":smile:",
    "_x0041_",
    "_x005F_x0041_",
    "0012",
    "1e5",
    "TRUE",
    "2026-10-08",
    "卫竹 😀",
    "𠀀𠮷某",
    "<b>&amp;</b>",
    "]]><c/>",
    "{{7*7}}",
    "%s %(x)s {0}",
    "..\\..\\x",
    "'=1+1",
)
"""Texts that are stored and shown as they are."""

CLEANED = (
    ("\t=1+1", "=1+1"),
    ("\n@某", "@某"),
    ("\r+1", "+1"),
    ("\u202e某竹\u202c", "某竹"),
    ("卫\u200b竹\ufeff", "卫竹"),
    ("卫\x0b竹", "卫竹"),
    ("卫\x00竹", "卫竹"),
    ("卫\ud800竹", "卫竹"),
    ("卫\x1b[31m竹", "卫[31m竹"),
)
"""Texts with something that no cell can hold or nobody can see, and what is left of them."""

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\u202a-\u202e\ud800-\udfff]")
"""What no screen of ours may show."""

BOTH = (*((text, text) for text in KEPT), *CLEANED)


class HangsError(BaseException):
    """Too long; no error that anybody catches."""


@contextmanager
def seconds(limit: int) -> Iterator[None]:
    """Let what hangs fail instead; again and again, for a call that was interrupted may be tried once more."""

    def ring(*_: object) -> None:
        raise HangsError(f"more than {limit} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def stored(desk: Desk) -> list[tuple[str, str]]:
    """Name and matter of each row: as openpyxl reads them, which must be texts, in a book without any formula."""
    data = desk.book.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                assert not re.search(rb"<(\w+:)?f[\s>/]", archive.read(name)), name
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    columns = {c.value: c.column for c in sheet[2]}
    found = []
    for row in range(3, sheet.max_row + 1):
        cells = [sheet.cell(row, columns[title]) for title in ("办理对象", "“办不成事”情况")]
        if cells[0].value is not None:
            assert [c.data_type for c in cells] == ["s", "s"]
            # openpyxl leaves the escapes of the format in inline strings.
            name, about = (re.sub(r"_x005F_(?=x[0-9A-Fa-f]{4}_)", "_", str(c.value)) for c in cells)
            found.append((name, about))
    return found


def shown(desk: Desk) -> list[tuple[str, str]]:
    """The same, as zmn tells it."""
    return [(c["applicant"], c["about"]) for c in desk.ask("list", "--full")["cases"]]


def test_n07_n08_what_is_typed_is_stored_and_shown_as_text(desk: Desk) -> None:
    for minute, (typed, _) in enumerate(BOTH):
        line = (
            "--name",
            typed,
            "--about",
            typed,
            "--note",
            f"{typed}、{typed}",
            "--at",
            f"2026-10-08 09:{minute:02d}",
        )
        answer = desk.type("register", *line)
        assert answer.code == 0, answer.err
    expected = [(text, text) for _, text in BOTH]
    assert stored(desk) == expected
    assert shown(desk) == expected
    for number, (_, text) in enumerate(BOTH, start=1):
        # On the screen the same: no markup is obeyed, and no control character reaches the terminal.
        screen = desk.type("show", f"20261008{number:02d}", "--full").out
        assert text in screen.replace("\n", "") or text in re.sub(r"\s", "", screen)
        assert not _UNFIT.search(screen)


def test_n08_a_text_that_is_too_long_is_refused_whole(desk: Desk) -> None:
    desk.register("2026-10-08 09:00")
    before = desk.book.read_bytes()
    for line in (
        ("--name", "李", "--about", "长" * 40_000),
        ("--name", "长" * 40_000, "--about", "事"),
        ("--name", "李", "--about", "事", "--note", "😀" * 20_000),
    ):
        answer = desk.type("register", *line, "--at", "2026-10-08 09:00")
        assert (answer.code, "个字" in answer.err) == (2, True)
        assert len(answer.err) < 500
    assert desk.book.read_bytes() == before
    assert desk.register("2026-10-08 10:00")["case_no"] == "2026100802", "a refused text takes no number"


def test_n07_a_csv_comes_back_as_the_original(desk: Desk, tmp_path: Path) -> None:
    """Exported with an apostrophe before what a program would run (OWASP), as spreadsheets and zmn do it."""
    texts = [(typed, expected) for typed, expected in BOTH if "\x00" not in typed and "\ud800" not in typed]
    file = tmp_path / "名单.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["姓名", "情况", "受理时间"])
        for typed, _ in texts:
            guarded = f"'{typed}" if typed[0] in "=+-@" else typed
            writer.writerow([guarded, typed, "2026-10-08 09:00"])
    answer = desk.type("register", "--from", str(file), "--json")
    assert answer.code == 0, answer.err
    # A leading apostrophe before a formula is taken for a guard: the one text that loses it.
    names = [expected.removeprefix("'") if expected.startswith("'=") else expected for _, expected in texts]
    assert [name for name, _ in stored(desk)] == names
    assert [name for name, _ in shown(desk)] == names


def test_n07_an_xlsx_comes_back_as_the_original(desk: Desk, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["姓名", "情况", "受理时间"])
    # openpyxl writes shared strings, whose escapes every reader but openpyxl decodes.
    texts = [text for text in KEPT if "_x" not in text]
    for text in texts:
        sheet.append(["x", "x", "2026-10-08 09:00"])
        for column in (1, 2):
            cell = sheet.cell(sheet.max_row, column)
            cell.value = text
            cell.data_type = "s"
    workbook.save(tmp_path / "名单.xlsx")
    answer = desk.type("register", "--from", str(tmp_path / "名单.xlsx"), "--json")
    assert answer.code == 0, answer.err
    assert stored(desk) == [(text, text) for text in texts]


def test_a_formula_in_a_file_is_its_result_never_itself(desk: Desk, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["姓名", "情况", "受理时间"])
    sheet.append(['=HYPERLINK("http://x","点我")', "事", "2026-10-08"])
    workbook.save(tmp_path / "名单.xlsx")
    answer = desk.type("register", "--from", str(tmp_path / "名单.xlsx"))
    # openpyxl computes nothing, so there is no result: the row is told, not registered.
    assert (answer.code, "第2行" in answer.out) == (1, True)
    assert stored(desk) == []


@pytest.mark.parametrize(
    "content",
    [
        '[{"name": ' + "1" * 5000 + ', "about": "x"}]',
        "[" * 100_000,
        '[{"name": "\\ud800", "about": "x"}]',
        '[{"name": {"a": 1}, "about": "x"}]',
        '[{"name": "x", "about": "x", "at": 1e999}]',
        '[{"name": "x", "about": "x", "at": "99999-99-99"}]',
        '[{"name": NaN, "about": Infinity}]',
        '{"registrations": {"name": "x"}}',
        "[1, null]",
        "\x00",
        "null",
        '"\\u0000"',
    ],
)
def test_hostile_json_is_named(desk: Desk, tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content, encoding="utf-8")
    answer = desk.type("register", "--from", str(tmp_path / "x.json"))
    assert answer.code in (0, 1, 2, 5), answer.err
    assert answer.out or answer.err


@pytest.mark.parametrize(
    "content",
    [
        b"\x00" * 1000,
        b"\xff\xfe" + "姓名,情况\n李,事".encode("utf-16-le"),
        b'"\n' * 200_000,
        "姓名,情况\n".encode() + b'"' + b"x" * 300_000,
        "姓名,情况\n".encode() + b"\xff\xfe\xfd",
        b"," * 200_000,
        "姓名,情况\n".encode() * 3 + "李,".encode("gb18030"),
    ],
)
def test_hostile_csv_is_named(desk: Desk, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with seconds(20):
        answer = desk.type("register", "--from", str(tmp_path / "x.csv"))
    assert answer.code in (0, 1, 5), answer.err


def refused(desk: Desk, path: Path, *, code: int = 5) -> Answer:
    """``register --from`` of a file that is none: answered at once, by name, without a number drawn."""
    with seconds(5):
        answer = desk.type("register", "--from", str(path))
    assert answer.code == code, answer.out + answer.err
    assert answer.err.startswith("✗ ")
    assert len(answer.err.splitlines()) >= 2, "a remedy"
    return answer


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".json", ""])
def test_what_is_no_file_is_refused_at_once(desk: Desk, tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / f"夹{suffix}"
    folder.mkdir()
    refused(desk, folder)
    refused(desk, tmp_path / f"没有{suffix}")
    dangling = tmp_path / f"断{suffix}"
    dangling.symlink_to(tmp_path / "nowhere")
    refused(desk, dangling)
    loop = tmp_path / f"圈{suffix}"
    loop.symlink_to(loop)
    refused(desk, loop)
    empty = tmp_path / f"空{suffix}"
    empty.touch()
    refused(desk, empty)
    pipe = tmp_path / f"管{suffix}"
    os.mkfifo(pipe)
    refused(desk, pipe)
    if Path("/dev/zero").exists():
        endless = tmp_path / f"无尽{suffix}"
        endless.symlink_to("/dev/zero")
        refused(desk, endless)
    sparse = tmp_path / f"大{suffix}"
    with sparse.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    refused(desk, sparse)


def test_a_book_behind_a_symlink_stays_there(desk: Desk, tmp_path: Path) -> None:
    desk.register("2026-10-08 09:00")
    elsewhere = tmp_path / "共享盘.xlsx"
    link = desk.book
    link.rename(elsewhere)
    link.symlink_to(elsewhere)
    desk.register("2026-10-08 10:00", name="卫竹")
    assert link.is_symlink()
    assert link.resolve() == elsewhere.resolve()
    assert [name for name, _ in stored(desk)] == ["李四", "卫竹"]


def test_a_book_that_is_no_file_is_named_and_nothing_hangs(desk: Desk) -> None:
    desk.register("2026-10-08 09:00")
    book = desk.book
    kept = book.read_bytes()
    looks = (("list",), ("overdue",), ("register", "--name", "李", "--about", "事", "--at", "2026-10-08 10:00"))

    def loop() -> None:
        book.symlink_to(book)

    def pipe() -> None:
        os.mkfifo(book)

    for make in (loop, pipe, book.mkdir):
        book.unlink()
        make()
        for line in looks:
            with seconds(10):
                answer = desk.type(*line)
            is_told = "文件不见了" in answer.out and line[0] != "register"
            assert is_told or answer.code in (2, 4, 5, 7, 8), (make, line, answer)
            assert is_told or answer.err.startswith("✗ "), answer
        if book.is_dir() and not book.is_symlink():
            book.rmdir()
            book.touch()
    book.write_bytes(kept)
    assert desk.ask("list")["count"] == 1


def test_loops_of_folders_among_the_books_are_walked_once(desk: Desk) -> None:
    desk.register("2026-10-08 09:00")
    ledgers = desk.folder / "台账"
    (ledgers / "圈").symlink_to(ledgers)
    (ledgers / "2026" / "圈").symlink_to(ledgers / "2026")
    (ledgers / "2027").symlink_to(ledgers / "2027")
    (ledgers / "9999999999").mkdir()
    for line in (("list",), ("overdue",), ("report", "--month", "2026-10")):
        with seconds(10):
            answer = desk.type(*line)
        assert answer.code in (0, 1), answer.err
    assert desk.ask("list")["count"] == 1


@pytest.mark.parametrize("name", ["日历/假.toml", "zmn.toml"])
def test_a_toml_file_of_100_megabytes_is_refused_at_once(desk: Desk, name: str) -> None:
    path = desk.folder / name
    path.parent.mkdir(exist_ok=True)
    whole = path.read_bytes() if path.exists() else b""
    path.write_bytes(whole + b"#" + b"x" * 100_000_000)
    with seconds(3):
        answer = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08 10:00")
    assert answer.code == 5, answer.err
    assert path.name in answer.err


def test_reports_and_json_keep_hostile_text_a_text(desk: Desk) -> None:
    for minute, (typed, _) in enumerate(BOTH):
        desk.register(f"2026-10-08 09:{minute:02d}", name=typed, about=typed)
    answer = desk.type("report", "--month", "2026-10", "--full")
    if answer.code == 2:
        answer = desk.type("report", "--month", "2026-10")
    assert answer.code in (0, 1), answer.err
    made = [p for p in (desk.folder / "报表").rglob("*.xlsx") if p.is_file()]
    assert made
    for path in made:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/sheet"):
                    formulas = [unescape(f.decode()) for f in re.findall(rb"<f>([^<]*)</f>", archive.read(name))]
                    assert not [f for f in formulas if "HYPERLINK" in f or "cmd" in f], name
    listed = desk.type("list", "--full", "--json").out
    json.loads(listed)
    screen = desk.type("list", "--full").out
    assert not _UNFIT.search(screen)
    assert "[red]x[/]" in screen
    assert ":smile:" in screen
