"""The text of a file that holds a holiday notice: .txt, .docx or .json, looked at before anything is believed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from zhuomuniao.errors import UnreadableFileError, reason_of
from zhuomuniao.intake import FileKind, decode_text, inflate_member, inspect_bytes, require_docx

_MAX_BYTES: Final = 20 << 20
_MAX_CHARS: Final = 100_000
_BODY: Final = "word/document.xml"
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_COPY: Final = "请打开它，把通知正文复制到记事本，存为 .txt 后再导入"
_SAVE_DOCX: Final = "请用 WPS 或 Word 打开后另存为 .docx，或" + _COPY[1:]

_DIAGNOSIS: Final = {
    FileKind.OLE2: ("是旧格式文档（.doc 或 .wps）", _SAVE_DOCX),
    FileKind.ENCRYPTED: ("设有打开密码", "请取消打开密码后另存为 .docx 再导入"),
    FileKind.HTML: ("是网页", _COPY),
    FileKind.PDF: ("是 PDF", _COPY),
    FileKind.OFD: ("是 OFD 版式文件", _COPY),
    FileKind.IMAGE: ("是图片，读不出文字", "请到国务院网站复制通知正文，存为 .txt 后再导入"),
    FileKind.EMPTY: ("是空文件", "请核对文件；若存在网盘，请等同步完成"),
    FileKind.XLSX: ("是表格，不是通知", _COPY),
    FileKind.DAMAGED: ("不完整或已损坏", "请从原处重新复制，或" + _SAVE_DOCX[1:]),
}


def read_notice_file(path: Path) -> str:
    """The text of a notice file: UTF-8, UTF-16 or GB18030 text, a .docx with its tables, or .json as it stands.

    Raises :class:`UnreadableFileError` with what the file really is.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFileError(
            f"读不了“{path.name}”：{reason_of(error)}", "请核对文件名和位置", kind="missing"
        ) from error
    if len(data) > _MAX_BYTES:
        raise _refusal(path.name, _COPY, "too_large", "超过20兆字节，不会是放假通知")
    kind = inspect_bytes(data, name=path.name)
    if kind is FileKind.DOCX:
        text = _docx_text(data, path.name)
    elif kind in (FileKind.TEXT, FileKind.CSV):
        text = decode_text(data)
    else:
        what, remedy = _DIAGNOSIS.get(kind, ("不是认得的文字文件", _COPY))
        raise UnreadableFileError(f"“{path.name}”{what}，不能当作放假通知读取", remedy, kind=kind.value)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise _refusal(path.name, _DIAGNOSIS[FileKind.EMPTY][1], "empty", "里没有文字")
    if len(text) > _MAX_CHARS:
        raise _refusal(path.name, "请只留下通知正文再导入", "too_large", "的文字太多，不会是放假通知")
    return text


def _docx_text(data: bytes, name: str) -> str:
    """Paragraphs and table cells, each on a line of its own."""
    try:
        body = inflate_member(require_docx(data, name=name), _BODY)
        root = ElementTree.fromstring(body)
    except UnreadableFileError as error:
        # The guards speak of tables; the diagnosis is theirs, the advice is for a document.
        raise UnreadableFileError(error.message, _SAVE_DOCX, kind=error.kind) from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UnreadableFileError(f"“{name}”的正文读不出来（已损坏）", _SAVE_DOCX, kind="damaged") from error
    lines: list[str] = []
    for element in root.iter():
        if element.tag == f"{_W}p" or element.tag in (f"{_W}br", f"{_W}cr"):
            lines.append("")
        elif element.tag == f"{_W}t":
            lines = lines or [""]
            lines[-1] += element.text or ""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _refusal(name: str, remedy: str, kind: str, what: str) -> UnreadableFileError:
    return UnreadableFileError(f"“{name}”{what}", remedy, kind=kind)
