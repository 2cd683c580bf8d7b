"""Which workspaces and books are meant: folders looked through, patterns filled in, lists read.

A place with ``://`` in it (``sftp://``, ``s3://``, ``smb://``) is asked through fsspec; all others are files of this
computer or of a share it knows. Nothing is opened here but lists.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from zhuomuniao.errors import BadValueError, UnreadableFileError, quoted, reason_of
from zhuomuniao.intake import MAX_FILE_BYTES, decode_text, read_regular
from zhuomuniao.rollup.counted import Source, Unread

WORKSPACE_FILE: Final = "zmn.toml"
_BOOK_ENDINGS: Final = (".xlsx", ".xlsm", ".xls", ".et")
_LIST_ENDINGS: Final = (".txt", ".lst")
_OF_A_WORKSPACE: Final = frozenset({"台账", "报表", "表单", "日历"})
"""Folders of a workspace that its own door leads to; what else stands in it was put there by people."""

_EMPTY: Final = "里面没有工作区，也没有 .xlsx 账册"
_LOOK: Final = "请核对文件夹；工作区是有 zmn.toml 的文件夹"
_REMOTE: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class Found(Struct, frozen=True):
    """What there is to read, each place once, in the order of the names; and what was named and is not there."""

    sources: tuple[Source, ...]
    unread: tuple[Unread, ...] = ()


def find_sources(named: Sequence[str], *, leave_out: Iterable[Path] = ()) -> Found:
    """The workspaces and books in folders, behind patterns and in lists; those in ``leave_out`` are passed over.

    Where several places are named, each name begins with the place. Raises :class:`BadValueError` for something that
    is not there; what a list names and is not there, or is empty, is unread, and so is one of several places.
    """
    found: dict[str, Source] = {}
    unread: list[Unread] = []
    passed = {os.path.realpath(path) for path in leave_out}
    for text in named:
        sources = list(_sources_of(text, unread))
        if not sources and len(named) > 1:
            unread.append(Unread(_without_password(text), _EMPTY, _LOOK))
        top = os.path.basename(os.path.normpath(text)) if len(named) > 1 and os.path.isdir(text) else ""
        for source in sources:
            path = source.path if is_remote(source.path) else os.path.abspath(source.path)
            key = path if is_remote(path) else os.path.realpath(path)
            if key not in passed:
                # Workers may stand in another folder.
                name = f"{top}/{source.name}" if top and source.name != top else source.name
                found.setdefault(key, Source(path, _without_password(name), source.is_workspace))
    return Found(tuple(sorted(_told_apart(found.values()), key=lambda one: (one.name, one.path))), tuple(unread))


def _told_apart(sources: Iterable[Source]) -> list[Source]:
    """The sources, those of the same name by their whole path."""
    there = list(sources)
    times = Counter(source.name for source in there)
    return [
        _renamed(one, _without_password(one.path.replace(os.sep, "/"))) if times[one.name] > 1 else one
        for one in there
    ]


def is_remote(path: str) -> bool:
    """Whether a path is to be asked through fsspec."""
    return _REMOTE.match(path) is not None


def read_source(path: str) -> bytes:
    """The bytes of a file, wherever it stands. Raises :class:`OSError`, and :class:`UnreadableFileError` for one that
    is too large or that somebody else's file system does not give.
    """
    if not is_remote(path):
        return read_regular(Path(path))
    try:
        import fsspec

        with fsspec.open(path, "rb") as file:
            data: bytes = file.read(MAX_FILE_BYTES + 1)
    except Exception as error:
        # It raises what it likes, and what it says may hold a password.
        raise UnreadableFileError(f"从远处读不来（{type(error).__name__}）", "请核对地址、权限和网络") from error
    if len(data) > MAX_FILE_BYTES:
        told = f"有{MAX_FILE_BYTES // 2**20}MB以上，不会是账册"
        raise UnreadableFileError(told, "请核对文件", kind="too_large")
    return data


def _sources_of(text: str, unread: list[Unread], *, is_in_list: bool = False) -> Iterator[Source]:
    if is_remote(text):
        yield from _remote_sources(text)
    elif os.path.isdir(text):
        yield from _in_folder(text, unread)
    elif os.path.isfile(text) and text.lower().endswith(_LIST_ENDINGS) and not is_in_list:
        yield from _in_list(text, unread)
    elif os.path.lexists(text):
        yield Source(text, os.path.basename(text))
    elif has_magic(text):
        matched = sorted(glob(text, recursive=True))
        if not matched:
            how = "请核对写法；* 代表任意几个字，** 代表任意几层文件夹"
            raise BadValueError(f"没有符合“{text}”的文件或文件夹", how)
        top = os.path.dirname(re.split(r"[*?\[]", text)[0])
        for path in matched:
            yield from _matched(path, top, unread)
    else:
        how = "请核对路径；可以写文件夹、文件、带 * 的路径或名单（.txt）"
        raise BadValueError(f"没有“{text}”这个文件或文件夹", how)


def _matched(path: str, top: str, unread: list[Unread]) -> Iterator[Source]:
    if os.path.isdir(path):
        for source in _in_folder(path, unread):
            yield _renamed(source, _below(source.path, top))
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
            try:
                sources = list(_sources_of(path, unread, is_in_list=True))
            except BadValueError as error:
                unread.append(Unread(_without_password(line), error.message, "请核对名单里的这一行"))
                continue
            if not sources:
                unread.append(Unread(_without_password(line), _EMPTY, "请核对名单里的这一行"))
            told = line.rstrip("/\\").replace("\\", "/")
            is_several = is_remote(line) or has_magic(line)
            for source in sources:
                is_itself = source.path == path
                yield source if is_several else _renamed(source, told if is_itself else f"{told}/{source.name}")


# —— Through fsspec ——


def _remote_sources(text: str) -> Iterator[Source]:
    try:
        import fsspec
    except ImportError as error:
        raise BadValueError(
            f"“{_without_password(text)}”不在本机，读它要用 fsspec，这台电脑没有装",
            "请安装 zhuomuniao[cluster]，或把文件拷到本机再汇总",
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
        raise BadValueError(f"“{_without_password(text)}”{_EMPTY}", "请核对地址")
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
        if _is_book(name) and not is_hidden:
            yield Source(_whole_address(fs, file, text), told)


def _whole_address(fs: Any, file: str, text: str) -> str:
    """The address of a file; some file systems forget on which computer it stands."""
    if is_remote(file):
        return file
    parts = urlsplit(text)
    is_told_without_host = file.startswith("/") and bool(parts.netloc)
    return f"{parts.scheme}://{parts.netloc}{file}" if is_told_without_host else str(fs.unstrip_protocol(file))


def _without_password(text: str) -> str:
    return re.sub(r"(?<=://)[^/@]*@", "", text)
