"""Owner files as programs write them and as nobody should; which of them are proven to be left over."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zhuomuniao.store import owner as module
from zhuomuniao.store.owner import Owner, find_owner, is_left_behind

HOST = socket.gethostname()
FILES = ("~${}", ".~{}", ".~lock.{}#")
NAMELESS = sys.platform != "linux" or HOST.startswith("localhost")
on_linux = pytest.mark.skipif(NAMELESS, reason="只有 Linux 能看到哪个程序开着台账，且本机要有自己的名字")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "台账" / "2026" / "办不成事登记台账.xlsx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PK")
    return path


def beside(book: Path, pattern: str, content: bytes | str = b"", *, hours: float = 2) -> Path:
    """Put an owner file there, as old as that."""
    path = book.with_name(pattern.format(book.name))
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return path


def locked_by_libreoffice(book: Path, host: str = HOST, *, hours: float = 2) -> Path:
    return beside(book, ".~lock.{}#", f"张三,zhang,{host},22.11.2026 16:39,file:///home/zhang/x;", hours=hours)


def written_by_excel(name: str, *, code_page: str = "gb18030") -> bytes:
    """165 bytes: length and name in the code page, blanks up to byte 55, length and name in UTF-16, blanks."""
    narrow, wide = name.encode(code_page, errors="replace"), name.encode("utf-16-le")
    head = (bytes([len(narrow)]) + narrow).ljust(55, b" ") + (len(wide) // 2).to_bytes(2, "little") + wide
    return head + b" \0" * ((165 - len(head)) // 2) + b" " * ((165 - len(head)) % 2)


def left_behind(book: Path) -> bool:
    owner = find_owner(book)
    assert owner is not None
    return is_left_behind(book, owner)


@contextmanager
def running(line: list[str], **options: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(line, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def office_running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is called as LibreOffice's is."""
    program = folder / "soffice.bin"
    shutil.copy(shutil.which("sleep") or "", program)
    with running([str(program), "60"]) as process:
        while Path(f"/proc/{process.pid}/comm").read_text() != "soffice.bin\n":
            time.sleep(0.01)
        yield process


@pytest.mark.parametrize("name", ["台.xlsx", "台账六字.xlsx", "台账有七个字.xlsx", "2026年办不成事登记台账.xlsx"])
@pytest.mark.parametrize(("pattern", "program"), [*zip(FILES, ("Excel", "WPS", "LibreOffice"), strict=True)])
def test_names_are_kept_whole(tmp_path: Path, name: str, pattern: str, program: str) -> None:
    book = tmp_path / name
    assert find_owner(book) is None
    path = beside(book, pattern)
    found = find_owner(book)
    assert found is not None
    assert (found.program, str(found), found.file) == (program, program, path)


def test_another_books_owner_is_not_ours(book: Path) -> None:
    for pattern in FILES:
        beside(book.with_name("另一本.xlsx"), pattern)
        beside(book.with_name(book.name[2:]), pattern)
    assert find_owner(book) is None


@pytest.mark.parametrize(
    ("content", "user", "host"),
    [
        # As LibreOffice 7.4 wrote them.
        (",root,vm,22.11.2026 16:39,file:///home/office/profile;", "root", "vm"),
        (r"三\,\;\\ 张,root,vm,22.11.2026 16:52,file:///home/office/p2;", "三,;\\ 张", "vm"),
        ("张三,zhang,PC2.lan,x,y;别人,b,c,d,e;", "张三", "PC2.lan"),
        ("张三;别人,zhang,PC2", "张三", ""),
        ("张\n三\\", "张 三", ""),
        (",,,,;", "", ""),
        ("", "", ""),
    ],
)
def test_libreoffice_names_user_and_computer(book: Path, content: str, user: str, host: str) -> None:
    path = beside(book, ".~lock.{}#", content)
    assert find_owner(book) == Owner("LibreOffice", user, host, path)


@pytest.mark.parametrize("pattern", FILES[:2])
@pytest.mark.parametrize(
    ("content", "user"),
    [
        (written_by_excel("张三"), "张三"),
        # The code page cannot say it, or is not a Chinese one: UTF-16 does.
        (written_by_excel("Müller", code_page="cp1252"), "Müller"),
        (written_by_excel("𠮷田", code_page="ascii"), "𠮷田"),
        (written_by_excel("字" * 52, code_page="ascii"), "字" * 29 + "…"),
        # Short, as older programs write it.
        (b"\x04" + "张三".encode("gb18030"), "张三"),
        (b"\x06" + "张三".encode("gb18030"), "张三"),
        (b"\x09Zhang San" + b" " * 155, "Zhang San"),
        (b"\x04" + "张三".encode("gb18030") + b" " * 50 + b"\x3c\0" + b"x\0" * 60, "张三"),
        (b"\x35" + b"A" * 200, ""),
        (b"", ""),
    ],
)
def test_excel_and_wps_name_the_user(book: Path, pattern: str, content: bytes, user: str) -> None:
    beside(book, pattern, content)
    found = find_owner(book)
    assert found is not None
    assert (found.user, found.host) == (user, None)


def test_the_owner_behind_a_link(book: Path, tmp_path: Path) -> None:
    link = tmp_path / "桌面上的台账.xlsx"
    link.symlink_to(book)
    assert find_owner(link) is None
    path = locked_by_libreoffice(book)
    found = find_owner(link)
    assert found is not None
    assert found.file == path
    path.unlink()
    beside(link, ".~{}")
    assert str(find_owner(link)) == "WPS"


HOSTILE_NAMES = (
    "\x1b[2J\x1b]0;x\x07张三|\u202e三张\u2066\u2067\u2068\u2069\u061c|张\n三\r\n\u2028退出码 0|\0\0张三\0|  \t |"
    "张\u200b\ufeff\U000e0041三|张\ud800三|" + "a" + "\u0301" * 500 + "|" + "张" * 5000
).split("|")


def hostile() -> Iterator[bytes]:
    chance = random.Random(4)
    yield from (b"", b"\xff", b"\xff\xfe", b"," * 9000, b"\\" * 2047)
    for name in HOSTILE_NAMES:
        coded = name.encode("utf-8", errors="surrogatepass")
        wide = name[:52].encode("utf-16-le", errors="surrogatepass")
        yield coded + b",a," + coded + b",b;"
        yield bytes([min(len(coded), 52)]) + coded
        yield b"\x01x".ljust(55) + (len(wide) // 2).to_bytes(2, "little") + wide
    yield from (chance.randbytes(chance.choice((3, 60, 165, 4000))) for _ in range(300))


@pytest.mark.parametrize("pattern", FILES)
def test_hostile_names_are_fit_for_the_screen(book: Path, pattern: str) -> None:
    for content in hostile():
        beside(book, pattern, content)
        found = find_owner(book)
        assert found is not None
        assert str(found)
        for text, longest in ((str(found), 30), (found.host or "", 255)):
            assert len(text) <= longest
            assert not {unicodedata.category(c) for c in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}, content
            assert text == text.strip()
            text.encode()
        assert not is_left_behind(book, found)


def test_a_huge_owner_file_is_not_read_whole(book: Path) -> None:
    path = beside(book, ".~lock.{}#", "张三,zhang,PC2,x,y;")
    os.truncate(path, 2**36)
    started = time.monotonic()
    assert str(find_owner(book)) == "张三"
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("pattern", FILES)
def test_what_is_no_file_is_no_owner(book: Path, pattern: str) -> None:
    path = book.with_name(pattern.format(book.name))
    path.mkdir()
    assert find_owner(book) is None
    path.rmdir()
    path.symlink_to(book.parent / "没有这个文件")
    assert find_owner(book) is None
    path.unlink()
    path.symlink_to(path)
    assert find_owner(book) is None
    path.unlink()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        assert find_owner(book) is None


def test_a_name_too_long_for_an_owner_file(tmp_path: Path) -> None:
    assert find_owner(tmp_path / ("账" * 82 + ".xlsx")) is None


def test_without_an_owner_file_a_few_looks_suffice(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []

    def counted(look):
        return lambda *args, **options: looks.append(args[0]) or look(*args, **options)

    for name in ("stat", "lstat", "listdir", "scandir", "open", "readlink"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    assert find_owner(book) is None
    assert 0 < len(looks) <= 4, looks


@on_linux
def test_left_behind_by_a_libreoffice_of_this_computer(book: Path) -> None:
    locked_by_libreoffice(book)
    assert left_behind(book)
    locked_by_libreoffice(book, HOST.upper())
    assert left_behind(book)


@pytest.mark.parametrize("host", ["PC2", "", "localhost", "localhost.localdomain", f"{HOST}2", f"x.{HOST}"])
def test_another_computer_is_never_proven(book: Path, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    if host.startswith("localhost"):
        monkeypatch.setattr(socket, "gethostname", lambda: host)
    locked_by_libreoffice(book, host)
    assert not left_behind(book)


@on_linux
def test_the_full_name_of_this_computer(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated: what the name service answers."""
    locked_by_libreoffice(book, f"{HOST}.xian.example")
    monkeypatch.setattr(socket, "gethostbyname_ex", lambda name: (f"{name}.xian.example", [], []))
    assert left_behind(book)
    monkeypatch.setattr(socket, "gethostbyname_ex", lambda name: (f"{name}.shi.example", [], []))
    assert not left_behind(book)


@on_linux
@pytest.mark.parametrize("pattern", FILES[:2])
def test_excel_and_wps_name_no_computer(book: Path, pattern: str) -> None:
    path = beside(book, pattern, written_by_excel("张三"))
    assert not left_behind(book)
    locked_by_libreoffice(book)
    found = find_owner(book)
    assert found is not None
    assert found.file == path, "the one that is in the way is named"
    assert not left_behind(book)
    path.unlink()
    assert left_behind(book)


def test_owner_or_book_are_gone(book: Path) -> None:
    path = locked_by_libreoffice(book)
    found = find_owner(book)
    assert found is not None
    path.unlink()
    assert not is_left_behind(book, found)
    assert not is_left_behind(book, Owner("别的程序", ""))
    locked_by_libreoffice(book)
    book.unlink()
    assert not left_behind(book)


@on_linux
def test_any_process_that_has_the_book_open(book: Path, tmp_path: Path) -> None:
    locked_by_libreoffice(book)
    link = tmp_path / "链接.xlsx"
    link.symlink_to(book)
    with book.open("rb") as file, running(["sleep", "60"], stdin=file):
        file.close()
        assert not left_behind(book)
        assert not left_behind(link)
        new = book.with_name("新的")
        new.write_bytes(b"PK2")
        os.replace(new, book)
        assert not left_behind(book), "it has the book of before"
    assert left_behind(book)
    assert left_behind(link)


@on_linux
def test_a_book_of_the_same_name_elsewhere(book: Path) -> None:
    locked_by_libreoffice(book)
    other = book.parent.parent / "2025" / book.name
    other.parent.mkdir()
    other.write_bytes(b"PK")
    with other.open("rb") as file, running(["sleep", "60"], stdin=file):
        assert left_behind(book)


@on_linux
def test_an_office_program_may_be_saving(book: Path, tmp_path: Path) -> None:
    locked_by_libreoffice(book, hours=0)
    with office_running(tmp_path):
        assert not left_behind(book), "LibreOffice does not hold a book while it saves it"
        locked_by_libreoffice(book, hours=-2)
        assert not left_behind(book), "a clock that runs ahead"
        locked_by_libreoffice(book)
        assert left_behind(book), "no save takes hours"


@on_linux
def test_an_office_program_that_is_dead_but_not_buried(book: Path, tmp_path: Path) -> None:
    locked_by_libreoffice(book)
    with office_running(tmp_path) as office:
        assert is_suspected(office, book, may_be_saved=True)
        os.kill(office.pid, signal.SIGKILL)
        os.waitid(os.P_PID, office.pid, os.WEXITED | os.WNOWAIT)
        assert not is_suspected(office, book, may_be_saved=True)
        assert left_behind(book)


@on_linux
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="只有 root 能换一个用户来看")
def test_other_peoples_processes_cannot_be_looked_into() -> None:
    """Seen by another user, who may not look into ours: an office program is suspected, others are not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        book = folder / "台账.xlsx"
        book.write_bytes(b"PK")
        locked_by_libreoffice(book)
        with running(["sleep", "60"]) as other, office_running(folder) as office:
            assert left_behind(book)
            assert not as_nobody(lambda: is_suspected(other, book, may_be_saved=False))
            assert as_nobody(lambda: is_suspected(office, book, may_be_saved=False))
            assert not as_nobody(lambda: left_behind(book))


def is_suspected(process: subprocess.Popen[bytes], book: Path, *, may_be_saved: bool) -> bool:
    status = book.stat()
    identity = (status.st_dev, status.st_ino)
    return module._may_have_open(Path(f"/proc/{process.pid}"), book, identity=identity, may_be_saved=may_be_saved)


def as_nobody(question: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        answer = 3
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            answer = int(question())
        finally:
            os._exit(answer)
    answer = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert answer in (0, 1)
    return bool(answer)


def test_unseen_processes_prove_nothing(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated: macOS, or a /proc that hides the processes of others."""
    locked_by_libreoffice(book)
    monkeypatch.setattr(module, "_PROC", tmp_path / "proc")
    assert not left_behind(book)
    (tmp_path / "proc" / str(os.getpid())).mkdir(parents=True)
    assert not left_behind(book)


@pytest.mark.parametrize("pattern", FILES)
def test_on_windows_a_book_nobody_has_open(book: Path, monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    """Simulated: Windows, and what it answers to an exclusive open."""
    busy: list[Path] = []
    monkeypatch.setattr(module, "_is_windows", lambda: True)
    monkeypatch.setattr(module, "_opens_exclusively", lambda path: path not in busy)
    content = f"张三,zhang,{HOST},x,y;" if "#" in pattern else written_by_excel("张三")
    path = beside(book, pattern, content)
    assert left_behind(book)
    for busy[:] in ([book], [path], [book, path]):
        assert not left_behind(book)
    busy.clear()
    beside(book, pattern, content, hours=0)
    assert not left_behind(book)
    beside(book, pattern, content)
    locked_by_libreoffice(book, "PC2")
    assert not left_behind(book)
