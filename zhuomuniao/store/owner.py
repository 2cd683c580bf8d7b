"""Who has a book open: the owner files that Excel, WPS and LibreOffice leave beside it, and which are left over."""

from __future__ import annotations

import os
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from zhuomuniao.texts import clean_text

_LIBREOFFICE = "LibreOffice"
_OWNER_FILES = (("Excel", "~${}"), ("WPS", ".~{}"), (_LIBREOFFICE, ".~lock.{}#"))
"""Owner files by program. Word drops the first letters of a long name, Excel never does. LibreOffice comes last:
its files alone can be proven left over everywhere, so the others say better who is in the way."""
_READ_BYTES = 2048
_LONGEST_NAME = 30
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"))
_OFFICE_NAME_BYTES = 52
_SAVING_SECONDS = 60
"""LibreOffice lets go of a book while it saves it, and writes the owner file anew as it begins to. A younger owner
file may belong to a save that is under way; no save takes longer."""
_OFFICE_PROCESSES = frozenset(("soffice", "libreoffice", "et", "wps", "wpsoffice", "excel"))
"""What office programs are called, up to the first dot, in small letters."""
_PROC = Path("/proc")


class Owner(Struct, frozen=True):
    """The program that has a book open, and what its owner file tells: the user's name, the computer's.

    ``host`` is ``None`` where the program names none, and ``file`` where there is no owner file.
    """

    program: str
    user: str
    host: str | None = None
    file: Path | None = None

    def __str__(self) -> str:
        return self.user or self.program


def find_owner(book: Path) -> Owner | None:
    """The owner of an open book, or ``None`` when no owner file stands beside it.

    Excel writes ``~$name``, WPS ``.~name``, LibreOffice ``.~lock.name#``. What they hold is cleaned and cut, fit to
    be shown. Whatever else stands in their place (a folder, a link to nowhere) is no owner file. Never raises.
    """
    return next(_owners_of(book), None)


def is_left_behind(book: Path, owner: Owner) -> bool:
    """Whether ``owner``, as :func:`find_owner` told it, is proven to have left its file behind: nobody is there.

    Proven means that the owner file names this computer and no program on it has the book open. On Windows, where
    opening it for oneself alone succeeds only while nobody has it, this suffices for Excel and WPS too, which name
    no computer. ``False`` whenever it cannot be told, or a second owner file cannot be proven. Never raises.
    """
    owners = tuple(_owners_of(book))
    if owner not in owners or not all(one.host is None or _is_this_computer(one.host) for one in owners):
        return False
    files = [one.file for one in owners if one.file]
    is_fresh = any(_is_fresh(file) for file in files)
    if _is_windows():
        return not is_fresh and all(_opens_exclusively(path) for path in (book, *files))
    return all(one.host is not None for one in owners) and _is_shut_here(book, may_be_saved=is_fresh)


def _owners_of(book: Path) -> Iterator[Owner]:
    # LibreOffice writes beside the file that a link leads to, others beside the link.
    for place in (book, Path(os.path.realpath(book))) if os.path.islink(book) else (book,):
        for program, pattern in _OWNER_FILES:
            path = place.with_name(pattern.format(place.name))
            # Not `exists`: reading a pipe would wait for ever. Nor does this raise where a folder is closed to us.
            if os.path.isfile(path):
                yield _owner_in(path, program)


def _owner_in(path: Path, program: str) -> Owner:
    content = _content(path)
    if program != _LIBREOFFICE:
        return Owner(program, _office_user(content), file=path)
    name, login, host = (*_fields(content.decode("utf-8", errors="replace")), "", "", "")[:3]
    return Owner(program, _shown(name) or _shown(login), _shown(host, longest=255), path)


def _fields(line: str) -> list[str]:
    """The fields of LibreOffice's owner file: name, login, host, time, profile; ``\\`` stands before a literal
    ``,`` ``;`` or ``\\``."""
    fields, characters = [""], iter(line)
    for character in characters:
        if character == ";":
            break
        if character == ",":
            fields.append("")
        else:
            fields[-1] += next(characters, "") if character == "\\" else character
    return fields


def _office_user(content: bytes) -> str:
    """The user in an owner file of Excel or WPS.

    A byte's length and the name in the machine's ANSI code page; from byte 55 on the name again, its length in two
    bytes and UTF-16. The second is taken where it is whole: the code page is not known here.
    """
    length = int.from_bytes(content[55:57], "little")
    wide = content[57 : 57 + 2 * length]
    if 0 < length <= _OFFICE_NAME_BYTES and len(wide) == 2 * length:
        return _shown(wide.decode("utf-16-le", errors="replace"))
    if not content or content[0] > _OFFICE_NAME_BYTES:
        return ""
    return _shown(content[1 : 1 + content[0]].decode("gb18030", errors="replace"))


def _shown(text: str, *, longest: int = _LONGEST_NAME) -> str:
    """A name from a file that anybody may have written: on one line, without what is not seen, not too long."""
    seen = "".join(c for c in " ".join(clean_text(text).split()) if unicodedata.category(c) not in _UNSEEN)
    return seen if len(seen) <= longest else seen[: longest - 1] + "…"


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_READ_BYTES)
    except OSError:
        # Excel keeps its owner file locked on Windows; that it exists is answer enough.
        return b""


def _is_this_computer(host: str) -> bool:
    import socket

    host, ours = host.casefold(), socket.gethostname().casefold()
    if not host or host.split(".")[0] == "localhost":
        return False
    if host == ours or not host.startswith(f"{ours}."):
        return host == ours
    try:
        # LibreOffice asks for the full name in the same way.
        return socket.gethostbyname_ex(ours)[0].casefold() == host
    except OSError:
        return False


def _is_fresh(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime < _SAVING_SECONDS
    except OSError:
        return True


def _is_windows() -> bool:
    return sys.platform == "win32"


def _opens_exclusively(path: Path) -> bool:
    """Whether Windows lets us open a file for ourselves alone, which fails while any program has it open.

    On a share the server answers for all computers.
    """
    is_ours = False
    if sys.platform == "win32":
        import ctypes
        from ctypes.wintypes import DWORD, HANDLE, LPCWSTR, LPVOID

        kernel = ctypes.WinDLL("kernel32")
        kernel.CreateFileW.argtypes = [LPCWSTR, DWORD, DWORD, LPVOID, DWORD, DWORD, HANDLE]
        kernel.CreateFileW.restype = HANDLE
        kernel.CloseHandle.argtypes = [HANDLE]
        generic_read, share_nothing, open_existing = 0x80000000, 0, 3
        handle = kernel.CreateFileW(str(path), generic_read, share_nothing, None, open_existing, 0, None)
        is_ours = handle != HANDLE(-1).value and bool(kernel.CloseHandle(handle))
    return is_ours


def _is_shut_here(book: Path, *, may_be_saved: bool) -> bool:
    """Whether no process of this Linux computer has the book open; ``False`` where that cannot be seen.

    ``may_be_saved``: an office program may be writing the book just now without having it open.
    """
    # Without the first process this is no Linux, or other people's processes are hidden from us.
    if not (_PROC / "1" / "stat").exists():
        return False
    try:
        real = Path(os.path.realpath(book))
        status = real.stat()
        identity = (status.st_dev, status.st_ino)
        return not any(
            _may_have_open(process, real, identity=identity, may_be_saved=may_be_saved)
            for process in _PROC.iterdir()
            if process.name.isdigit()
        )
    except OSError:
        return False


def _may_have_open(process: Path, book: Path, *, identity: tuple[int, int], may_be_saved: bool) -> bool:
    try:
        # "pid (name) state …"; the name may itself hold brackets.
        line = (process / "stat").read_text(encoding="utf-8", errors="replace")
        name, _, rest = line.partition("(")[2].rpartition(")")
        if rest.split()[:1] in (["Z"], ["X"]):
            return False
        is_office = name.lower().split(".")[0] in _OFFICE_PROCESSES
        if is_office and may_be_saved:
            return True
        try:
            return any(_leads_to(opened, book, identity=identity) for opened in (process / "fd").iterdir())
        except PermissionError:
            # Another user's process, or a guarded one: only an office program is suspected.
            return is_office
    except (FileNotFoundError, ProcessLookupError):
        # It has ended meanwhile.
        return False


def _leads_to(opened: Path, book: Path, *, identity: tuple[int, int]) -> bool:
    """Whether an open file of a process is the book, or the book as it was before somebody replaced it."""
    try:
        target = os.readlink(opened)
    except FileNotFoundError:
        return False
    if target == f"{book} (deleted)":
        return True
    # Only a file of this name is looked at: one on a share that is gone would keep us waiting.
    if os.path.basename(target) != book.name:
        return False
    try:
        status = opened.stat()
    except FileNotFoundError:
        return False
    return (status.st_dev, status.st_ino) == identity
