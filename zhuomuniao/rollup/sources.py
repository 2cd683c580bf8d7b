"""Which workspaces and books are meant: folders looked through, patterns filled in, lists read.

A place with ``://`` in it (``sftp://``, ``s3://``, ``smb://``) is asked through fsspec; all others are files of this
computer or of a share it knows. Nothing is opened here but lists.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from glob import glob, has_magic
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from zhuomuniao.errors import BadValueError, UnreadableFileError, quoted, reason_of
from zhuomuniao.intake import decode_text, read_regular
from zhuomuniao.rollup.counted import Source, Unread

WORKSPACE_FILE: Final = "zmn.toml"
_BOOK_ENDINGS: Final = (".xlsx", ".xlsm", ".xls", ".et")
_LIST_ENDINGS: Final = (".txt", ".lst")
_OF_A_WORKSPACE: Final = frozenset({"台账", "报表", "表单", "日历"})
"""Folders of a workspace that its own door leads to; what else stands in it was put there by people."""

_REMOTE: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class Found(Struct, frozen=True):
    """What there is to read, each place once, in the order of the names; and what was named and is not there."""

    sources: tuple[Source, ...]
    unread: tuple[Unread, ...] = ()


def find_sources(named: Iterable[str], *, leave_out: Iterable[Path] = ()) -> Found:
    """The workspaces and books in folders, behind patterns and in lists; those in ``leave_out`` are passed over.

    Raises :class:`BadValueError` for something that is not there; what a list names and is not there is unread.
    """
    found: dict[str, Source] = {}
    unread: list[Unread] = []
    passed = {os.path.realpath(path) for path in leave_out}
    for text in named:
        for source in _sources_of(text, unread, is_in_list=False):
            path = source.path if is_remote(source.path) else os.path.abspath(source.path)
            key = path if is_remote(path) else os.path.realpath(path)
            if key not in passed:
                # Workers may stand in another folder.
                found.setdefault(key, Source(path, source.name, source.is_workspace))
    return Found(tuple(sorted(found.values(), key=lambda source: (source.name, source.path))), tuple(unread))


def is_remote(path: str) -> bool:
    """Whether a path is to be asked through fsspec."""
    return _REMOTE.match(path) is not None


def read_source(path: str) -> bytes:
    """The bytes of a file, wherever it stands. Raises :class:`OSError`."""
    if not is_remote(path):
        return read_regular(Path(path))
    import fsspec

    with fsspec.open(path, "rb") as file:
        data: bytes = file.read()
        return data


def _sources_of(text: str, unread: list[Unread], *, is_in_list: bool) -> Iterator[Source]:
    if is_remote(text):
        yield from _remote_sources(text, unread, is_in_list=is_in_list)
    elif os.path.isdir(text):
        yield from _in_folder(text, unread)
    elif os.path.isfile(text) and text.lower().endswith(_LIST_ENDINGS) and not is_in_list:
        yield from _in_list(text, unread)
    elif os.path.lexists(text):
        yield Source(text, os.path.basename(text))
    elif has_magic(text):
        matched = sorted(glob(text, recursive=True))
        if not matched and not is_in_list:
            raise BadValueError(
                f"没有符合“{text}”的文件或文件夹", "请核对写法；* 代表任意几个字，** 代表任意几层文件夹"
            )
        top = os.path.dirname(re.split(r"[*?\[]", text)[0])
        for path in matched:
            yield from (
                _renamed(source, _below(source.path, top)) if os.path.isdir(path) else source
                for source in _matched(path, top, unread)
            )
    elif is_in_list:
        unread.append(Unread(text, "没有这个文件或文件夹", "请核对名单里的这一行"))
    else:
        raise BadValueError(
            f"没有“{text}”这个文件或文件夹", "请核对路径；可以写文件夹、文件、带 * 的路径或名单（.txt）"
        )


def _matched(path: str, top: str, unread: list[Unread]) -> Iterator[Source]:
    if os.path.isdir(path):
        yield from _in_folder(path, unread)
    elif _is_book(os.path.basename(path)):
        yield Source(path, _below(path, top))


def _renamed(source: Source, name: str) -> Source:
    return Source(source.path, name, source.is_workspace)


def _in_folder(folder: str, unread: list[Unread]) -> Iterator[Source]:
    """Every workspace of a folder, and every book that stands outside one, however deep."""

    def tell(error: OSError) -> None:
        told = _below(str(error.filename), folder) or folder
        unread.append(Unread(told, f"打不开这个文件夹：{reason_of(error)}", "请核对文件夹的权限"))

    for inside, folders, names in os.walk(folder, onerror=tell):
        is_workspace = WORKSPACE_FILE in names
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and not (is_workspace and f in _OF_A_WORKSPACE)
        )
        if is_workspace:
            yield Source(inside, _below(inside, folder) or os.path.basename(os.path.abspath(inside)), True)
        for name in sorted(filter(_is_book, names)):
            path = os.path.join(inside, name)
            yield Source(path, _below(path, folder))


def _below(path: str, top: str) -> str:
    """A path as it is printed: from below the folder that was named, with forward slashes."""
    told = os.path.relpath(path, top or ".").replace(os.sep, "/")
    return "" if told == "." else told


def _is_book(name: str) -> bool:
    """Whether a file may be a book: not a hidden one, nor what a program puts beside a book that is open."""
    return name.lower().endswith(_BOOK_ENDINGS) and not name.startswith((".", "~$"))


def _in_list(text: str, unread: list[Unread]) -> Iterator[Source]:
    """What a list names, one on each line, from its own folder on; # begins a remark."""
    try:
        lines = decode_text(read_regular(Path(text))).splitlines()
    except (OSError, UnreadableFileError) as error:
        told = reason_of(error) if isinstance(error, OSError) else str(error)
        raise BadValueError(f"名单{quoted(os.path.basename(text))}读不了：{told}", "请核对文件") from error
    folder = os.path.dirname(text)
    for line in (line.strip() for line in lines):
        if line and not line.startswith("#"):
            path = line if is_remote(line) else os.path.join(folder, line)
            for source in _sources_of(path, unread, is_in_list=True):
                name = source.name if is_remote(line) else f"{line.rstrip('/')}/{source.name}"
                yield _renamed(source, line if source.path == path else name)


# —— Through fsspec ——


def _remote_sources(text: str, unread: list[Unread], *, is_in_list: bool) -> Iterator[Source]:
    try:
        import fsspec
    except ImportError as error:
        raise BadValueError(
            f"“{text}”不在本机，读它要用 fsspec，这台电脑没有装", "请安装 zhuomuniao[cluster]，或把文件拷到本机再汇总"
        ) from error
    try:
        fs, path = fsspec.core.url_to_fs(text)
        sources = list(_of_file_system(fs, path, text))
    except Exception as error:
        # A file system of somebody else's: it raises what it likes, and what it says may hold a password.
        raise BadValueError(
            f"打不开“{_without_password(text)}”（{type(error).__name__}）", "请核对地址、权限和网络"
        ) from error
    if not sources:
        told = Unread(_without_password(text), "没有这个文件或文件夹，或里面没有 .xlsx 文件", "请核对地址")
        if not is_in_list:
            raise BadValueError(f"“{told.name}”{told.why}", told.remedy)
        unread.append(told)
    yield from sources


def _of_file_system(fs: Any, path: str, text: str) -> Iterator[Source]:
    if has_magic(path):
        top, files = re.split(r"[*?\[]", path)[0].rpartition("/")[0], fs.glob(path)
    elif fs.isdir(path):
        top, files = path, fs.find(path)
    else:
        top, files = path.rpartition("/")[0], [path] if fs.exists(path) else []
    for file in sorted(files):
        told = file.removeprefix(top).lstrip("/")
        *folders, name = told.split("/")
        # What zmn keeps beside a workspace, its copies and reports, is none of the books.
        is_hidden = any(f.startswith(".") or f in ("报表", "表单") for f in folders)
        if _is_book(name) and not is_hidden and not fnmatch(name, "~$*"):
            yield Source(fs.unstrip_protocol(file), told)


def _without_password(url: str) -> str:
    return re.sub(r"(?<=://)[^/@]*@", "", url)
