"""A real LibreOffice holds the book open, saves it, is shut, is killed: who is named, what a clerk's commands do."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from tests.desk import Desk
from zhuomuniao.store.owner import find_owner, is_left_behind

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.libreoffice,
    pytest.mark.skipif(SOFFICE is None, reason="没有找到 soffice：未装 LibreOffice，跳过“台账正被打开”的真实测试"),
    pytest.mark.skipif(
        sys.platform != "linux" or socket.gethostname().startswith("localhost"),
        reason="只有 Linux 能看到哪个程序开着台账，且本机要有自己的名字；跳过真实的锁文件测试",
    ),
]
SECONDS = 60.0
MACRO = """
Sub Hold
  Do Until FileExists("{folder}/shut")
    If FileExists("{folder}/save") Then
      Book.Sheets.getByIndex(0).getCellRangeByName("A1").String = "改过的标题"
      Book.store()
      Kill "{folder}/save"
    End If
    Wait 50
  Loop
  Book.close(True)
  StarDesktop.terminate()
End Sub
Function Book
  Book = StarDesktop.Components.createEnumeration().nextElement()
End Function
"""
"""Serves while the book is open: saves it and shuts LibreOffice when a file of that name appears."""


@dataclass
class Office:
    """A LibreOffice of its own, with one book open."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def pids(self) -> list[int]:
        """Its processes that live; a zombie does not."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                state, _, group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
                if int(group) == self.process.pid and state != "Z":
                    found.append(int(stat.parent.name))
        return found

    def holds(self, book: Path) -> bool:
        for pid in self.pids:
            with suppress(OSError):
                if any(fd.resolve() == book for fd in Path(f"/proc/{pid}/fd").iterdir()):
                    return True
        return False

    def save(self) -> None:
        """Change the title and save."""
        self._order("save")
        wait_for(lambda: not (self.folder / "save").exists(), "LibreOffice 没有存盘")

    def shut(self) -> None:
        """Leave LibreOffice as a person does."""
        self._order("shut")
        wait_for(lambda: not self.pids, "LibreOffice 没有退出")

    def kill(self) -> None:
        """Let it die in the middle of things."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(SECONDS)
        wait_for(lambda: not self.pids, "LibreOffice 没有被杀掉")

    def _order(self, what: str) -> None:
        (self.folder / what).touch()


def wait_for(is_so: Callable[[], object], complaint: str) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, complaint
        time.sleep(0.02)


def lock_of(book: Path) -> Path:
    return book.with_name(f".~lock.{book.name}#")


def prepare_profile(folder: Path, user: str) -> Path:
    """A profile whose user has that name, with the macro."""
    profile = folder / "profile"
    macros = profile / "user" / "basic" / "Zmn"
    macros.mkdir(parents=True)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    library = "http://openoffice.org/2000/library"
    (macros / "Desk.xba").write_text(
        f'{head}<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Desk" '
        f'script:language="StarBasic">{MACRO.format(folder=folder)}</script:module>'
    )
    (macros / "script.xlb").write_text(
        f'{head}<library:library xmlns:library="{library}" library:name="Zmn" library:readonly="false" '
        'library:passwordprotected="false"><library:element library:name="Desk"/></library:library>'
    )
    (macros.parent / "script.xlc").write_text(
        f'{head}<library:libraries xmlns:library="{library}" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<library:library library:name="Zmn" xlink:href="$(USER)/basic/Zmn/script.xlb/" xlink:type="simple" '
        'library:link="false"/></library:libraries>'
    )
    # Without the first of these, the first start puts its own empty libraries in the place of ours.
    settings = (("Setup/Office", "ooSetupInstCompleted", "true"), ("UserProfile/Data", "sn", user))
    items = "".join(
        f'<item oor:path="/org.openoffice.{place}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value>'
        "</prop></item>"
        for place, name, value in settings
    )
    (profile / "user" / "registrymodifications.xcu").write_text(
        f'{head}<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>', encoding="utf-8"
    )
    return profile


@pytest.fixture
def open_office(tmp_path: Path) -> Iterator[Callable[[Path], Office]]:
    """Opens a book in a LibreOffice whose user is 张三; whatever still runs afterwards is killed."""
    folder = tmp_path / "office"
    profile = prepare_profile(folder, "张三").as_uri()
    offices: list[Office] = []

    def start(book: Path) -> Office:
        assert SOFFICE is not None
        line = [SOFFICE, "--headless", "--norestore", "--nologo", f"-env:UserInstallation={profile}"]
        process = subprocess.Popen(
            [*line, str(book), "macro:///Zmn.Desk.Hold"],
            start_new_session=True, env={**os.environ, "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        offices.append(Office(folder, process))
        real = book.resolve()
        wait_for(lambda: lock_of(real).exists() and offices[-1].holds(real), "LibreOffice 没有打开台账")
        return offices[-1]

    yield start
    for office in offices:
        office.kill()
    # A killed LibreOffice leaves the socket by which a second one would find it.
    digest = hashlib.md5(profile.encode("utf-16-le"), usedforsecurity=False).digest()
    name = "".join(f"{byte:x}" for byte in digest)
    (Path(tempfile.gettempdir()) / f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{name}").unlink(missing_ok=True)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in ("ZMN_WORKSPACE", "ZMN_AS_OF", "ZMN_DATA", "ZMN_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    desk = Desk(tmp_path / "台", "2026-10-30")
    made = desk.type("init", str(desk.folder), "--locality", "neixiang", "--clerk", "赵敏慧", "--year", "2026")
    assert made.code == 0, made.err
    desk.register("2026-10-08 09:00")
    return desk


def lines_of(desk: Desk) -> list[str]:
    """The numbers of 流转记录, in order, by an independent reader."""
    log = openpyxl.load_workbook(desk.book)["流转记录"]
    return [str(no) for (no,) in log.iter_rows(3, min_col=4, max_col=4, values_only=True) if no]


def grow_old(lock: Path) -> None:
    """The clerk comes back an hour later: a LibreOffice that runs elsewhere on this machine is not saving then."""
    an_hour_ago = time.time() - 3600
    os.utime(lock, (an_hour_ago, an_hour_ago))


def test_f04_a_book_open_in_libreoffice(desk: Desk, open_office: Callable[[Path], Office]) -> None:
    office = open_office(desk.book)
    owner = find_owner(desk.book)
    assert owner is not None
    assert (owner.program, str(owner)) == ("LibreOffice", "张三")
    assert not is_left_behind(desk.book, owner)
    before = desk.book.read_bytes()
    said = desk.type("register", "--name", "王五", "--about", "等着", "--at", "2026-10-08 10:00", "--json")
    assert said.code == 4, said.err
    assert (said.json["saved"], said.json["case_no"]) == ("queued", "2026100802")
    assert "张三" in desk.type("note", "2026100801", "--note", "等", "--at", "2026-10-09").out
    assert desk.book.read_bytes() == before
    assert {c["case_no"]: c["queued"] for c in desk.ask("list")["cases"]} == {"2026100801": True, "2026100802": True}
    office.shut()
    assert find_owner(desk.book) is None
    assert desk.register("2026-10-08 11:00")["case_no"] == "2026100803"
    assert {c["case_no"]: c["queued"] for c in desk.ask("list")["cases"]} == {
        f"202610080{n}": False for n in (1, 2, 3)
    }
    assert lines_of(desk) == ["2026100801", "2026100802", "2026100801", "2026100803"]
    desk.register("2026-10-08 12:00")
    assert lines_of(desk).count("2026100802") == 1


def test_f04_saved_in_libreoffice_while_an_entry_waits(desk: Desk, open_office: Callable[[Path], Office]) -> None:
    office = open_office(desk.book)
    said = desk.type("register", "--name", "王五", "--about", "等着", "--at", "2026-10-08 10:00", "--json")
    assert (said.code, said.json["case_no"]) == (4, "2026100802")
    before = desk.book.stat().st_ino
    office.save()
    assert desk.book.stat().st_ino != before, "LibreOffice 另写一个文件再换上去"
    owner = find_owner(desk.book)
    assert owner is not None
    assert not is_left_behind(desk.book, owner)
    assert owner.file is not None
    grow_old(owner.file)
    assert office.holds(desk.book)
    assert not is_left_behind(desk.book, owner)
    office.shut()
    assert desk.register("2026-10-08 11:00")["case_no"] == "2026100803"
    assert lines_of(desk) == ["2026100801", "2026100802", "2026100803"]
    assert openpyxl.load_workbook(desk.book).worksheets[0]["A1"].value == "改过的标题"


def test_f04_opened_through_a_link(desk: Desk, tmp_path: Path, open_office: Callable[[Path], Office]) -> None:
    link = tmp_path / "桌面上的台账.xlsx"
    link.symlink_to(desk.book)
    open_office(link)
    for path in (link, desk.book):
        owner = find_owner(path)
        assert owner is not None
        assert owner.file == lock_of(desk.book)
        assert not is_left_behind(path, owner)


def test_f05_libreoffice_was_killed(desk: Desk, open_office: Callable[[Path], Office]) -> None:
    office = open_office(desk.book)
    grow_old(lock_of(desk.book))
    owner = find_owner(desk.book)
    assert owner is not None
    assert not is_left_behind(desk.book, owner), "它还开着"
    office.kill()
    assert find_owner(desk.book) == owner, "锁文件留了下来"
    assert is_left_behind(desk.book, owner)


def test_f05_what_a_killed_libreoffice_left_stops_nobody(desk: Desk, open_office: Callable[[Path], Office]) -> None:
    open_office(desk.book).kill()
    grow_old(lock_of(desk.book))
    said = desk.register("2026-10-08 10:00")
    assert (said["saved"], said["case_no"]) == ("written", "2026100802")
    assert any("锁文件" in warning and "张三" in warning for warning in said["warnings"])
    assert lines_of(desk) == ["2026100801", "2026100802"]
