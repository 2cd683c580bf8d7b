"""Who has a book open: the owner files that Excel, WPS and LibreOffice leave beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """The program that has a book open, and the user's name where the owner file tells it."""

    program: str
    user: str

    def __str__(self) -> str:
        return self.user or self.program


def find_owner(book: Path) -> Owner | None:
    """The owner of an open book, or ``None`` when no owner file stands beside it.

    Excel writes ``~$name``, WPS ``.~name``, LibreOffice ``.~lock.name#``.
    """
    libreoffice = book.with_name(f".~lock.{book.name}#")
    if libreoffice.exists():
        return Owner("LibreOffice", _libreoffice_user(libreoffice))
    for program, path in (("Excel", book.with_name(f"~${book.name}")), ("WPS", book.with_name(f".~{book.name}"))):
        if path.exists():
            return Owner(program, _office_user(path))
    return None


def _libreoffice_user(path: Path) -> str:
    fields = _content(path).decode("utf-8", errors="replace").split(",")
    return fields[0].strip() or (fields[1].strip() if len(fields) > 1 else "")


def _office_user(path: Path) -> str:
    """The first byte is the length of the name that follows, in the machine's ANSI code page."""
    content = _content(path)
    if not content or content[0] > 54:
        return ""
    return content[1 : 1 + content[0]].decode("gb18030", errors="replace").strip("\x00 ")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()[:512]
    except OSError:
        # Excel keeps its owner file locked on Windows; that it exists is answer enough.
        return b""
