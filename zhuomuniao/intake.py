"""First look at a file that somebody hands us: what is it really, and is it safe to open?

Nothing here parses XML or expands entities. A book is an OPC zip whose directory, declared sizes, member
names and XML prologs are checked before any other code may touch it; every inflation is bounded by the
declared size, so a directory that lies is caught at the byte where the lie shows.
"""

from __future__ import annotations

import errno
import re
import stat
import struct
import zlib
from collections.abc import Container, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from msgspec import Struct

from zhuomuniao.errors import UnreadableFileError

# A 50,000-row ledger of 24 columns is about 80 MB of XML at a ratio of 5 to 30; repetition makes bombs.
MAX_RATIO: Final = 100
RATIO_FLOOR_BYTES: Final = 50 * 1024 * 1024
MAX_TOTAL_BYTES: Final = 1_500_000_000
MAX_FILE_BYTES: Final = 256 * 1024 * 1024

_STREAM_STEP: Final = 1 << 20
_COMPARED: Final = 1 << 18
_PROLOG_BYTES: Final = 64 * 1024
_CONVERT: Final = "请用 WPS 或 Excel 打开后另存为 .xlsx，再试一次"
_SAVE_AGAIN: Final = "请用 WPS 或 Excel 打开并重新保存为 .xlsx，再试一次"


class FileKind(StrEnum):
    """What the bytes are, whatever the file name says. The value is the ``kind`` of the error."""

    XLSX = "xlsx"
    OLE2 = "ole2"
    ENCRYPTED = "encrypted"
    HTML = "html"
    XML2003 = "xml2003"
    CSV = "csv"
    TEXT = "text"
    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSB = "xlsb"
    ODS = "ods"
    OFD = "ofd"
    ZIP = "zip"
    ARCHIVE = "archive"
    IMAGE = "image"
    EMPTY = "empty"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"


_DIAGNOSIS: Final[dict[FileKind, tuple[str, str]]] = {
    FileKind.OLE2: ("是旧格式表格（.xls 或 .et），不是 .xlsx", _CONVERT),
    FileKind.ENCRYPTED: ("设有打开密码", "请用 WPS 或 Excel 打开，取消打开密码后另存为 .xlsx，再试一次"),
    FileKind.HTML: ("其实是网页（HTML），只是起名为 .xlsx", _CONVERT),
    FileKind.XML2003: ("是 2003 版 XML 表格，不是 .xlsx", _CONVERT),
    FileKind.CSV: ("其实是逗号或制表符分隔的文本（CSV），不是 .xlsx", _CONVERT),
    FileKind.TEXT: ("是纯文本，不是 .xlsx 表格", "请确认选对了文件，或用 WPS 建成 .xlsx 表格"),
    FileKind.PDF: ("是 PDF，不是 .xlsx 表格", "请找到原来的表格文件，或用 WPS 转成 .xlsx"),
    FileKind.DOCX: ("是 Word 文档（.docx），不是 .xlsx 表格", "请把其中的表格复制到 WPS 表格，另存为 .xlsx"),
    FileKind.PPTX: ("是演示文稿（.pptx），不是 .xlsx 表格", "请确认选对了文件"),
    FileKind.XLSB: ("是二进制工作簿（.xlsb），不是 .xlsx", _CONVERT),
    FileKind.ODS: ("是 OpenDocument 表格（.ods），不是 .xlsx", _CONVERT),
    FileKind.OFD: ("是 OFD 版式文件，不是 .xlsx 表格", "请找到原来的表格文件"),
    FileKind.ZIP: ("是普通压缩包，里面没有工作簿", "请解压后选择其中的 .xlsx 文件"),
    FileKind.ARCHIVE: ("是压缩包（rar、7z 或 gz），不是 .xlsx", "请解压后选择其中的 .xlsx 文件"),
    FileKind.IMAGE: ("是图片，不是 .xlsx 表格", "请找到原来的表格文件"),
    FileKind.EMPTY: ("是空文件（0 字节）", "请从原处重新复制；若存在网盘，请等同步完成"),
    FileKind.DAMAGED: ("不完整或已损坏（压缩包读不出目录）", "请从原处重新复制，或用 WPS 打开后另存为 .xlsx"),
    FileKind.UNKNOWN: ("不是认得的表格文件", "请确认选对了文件，或用 WPS 打开后另存为 .xlsx"),
}

_OLE2_MAGIC: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_MAGICS: Final[tuple[tuple[bytes, FileKind], ...]] = (
    (b"%PDF", FileKind.PDF),
    (b"Rar!", FileKind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", FileKind.ARCHIVE),
    (b"\x1f\x8b", FileKind.ARCHIVE),
    (b"\x89PNG", FileKind.IMAGE),
    (b"\xff\xd8\xff", FileKind.IMAGE),
    (b"GIF8", FileKind.IMAGE),
)


class Member(Struct, frozen=True):
    """One entry of the zip directory; offsets are into the archive's bytes, sizes in bytes."""

    name: str
    method: int
    flags: int
    crc: int
    packed_size: int
    size: int
    header_offset: int
    payload_offset: int
    zip64: bool


class Archive(Struct, frozen=True):
    """A zip whose directory has been checked: unique plain names, no overlap, plausible sizes."""

    name: str
    data: bytes
    members: dict[str, Member]
    directory_offset: int
    end_offset: int


def read_regular(path: Path) -> bytes:
    """The bytes of a file, looked at before it is opened.

    Raises :class:`OSError`, also for what would never end (a pipe, a device) or would fill the memory.
    """
    _require_regular(path)
    return path.read_bytes()


def is_same_content(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes. Raises what :func:`read_regular` raises.

    Piece by piece: to have two big books in the memory takes three times as long.
    """
    if _require_regular(one) != _require_regular(other):
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(_COMPARED):
            if piece != second.read(_COMPARED):
                return False
        return not second.read(1)


def _require_regular(path: Path) -> int:
    """The size of a file in bytes."""
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EISDIR, "这是一个文件夹")
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "这是管道或设备，不是文件")
    if found.st_size > MAX_FILE_BYTES:
        raise OSError(errno.EFBIG, f"文件有{found.st_size / 1e6:.0f}MB，太大了")
    return found.st_size


def inspect_bytes(data: bytes, *, name: str) -> FileKind:
    """Answer what the bytes are. Never raises; a zip that cannot be read is ``DAMAGED``."""
    if not data:
        return FileKind.EMPTY
    if data.startswith(_OLE2_MAGIC):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        return FileKind.ENCRYPTED if encrypted else FileKind.OLE2
    if data.startswith(b"PK"):
        try:
            names = set(_read_archive(data, name=name).members)
        except UnreadableFileError:
            return FileKind.DAMAGED
        return _kind_of_members(names)
    for magic, kind in _MAGICS:
        if data.startswith(magic):
            return kind
    return _kind_of_text(data)


def require_xlsx(data: bytes, *, name: str) -> Archive:
    """Answer the checked archive of an .xlsx book; ``name`` is the file name shown in messages.

    Looks at the directory and at the first bytes of each XML part only. Raises
    :class:`UnreadableFileError`, whose ``kind`` is a :class:`FileKind` value or one of ``bomb``,
    ``dtd``, ``encoding``, ``encrypted``, ``duplicate_member``, ``member_name``, ``zip_method``.
    """
    return _require(FileKind.XLSX, data, name=name)


def require_docx(data: bytes, *, name: str) -> Archive:
    """Answer the checked archive of a .docx document; otherwise as :func:`require_xlsx`."""
    return _require(FileKind.DOCX, data, name=name)


def check_streams(archive: Archive, *, known: Container[str] = ()) -> None:
    """Inflate every XML part once without keeping it, for readers that have no limit of their own.

    Parts in ``known`` have been inflated and found whole. Raises :class:`UnreadableFileError` ``bomb`` where a part
    is larger than it declares, ``damaged`` where it is shorter, does not inflate or has another checksum.
    """
    for member in archive.members.values():
        if not member.name.endswith((".xml", ".rels", ".vml")) or member.name in known:
            continue
        size = crc = 0
        for piece in _stream(archive, member):
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            if size > member.size:
                raise _bomb(archive.name)
        _check_whole(archive, member, size=size, crc=crc)


def inflate_member(archive: Archive, member_name: str) -> bytes:
    """Answer one member's bytes, at most as many as its directory entry declares.

    Raises :class:`UnreadableFileError`: ``damaged`` (absent, broken, wrong checksum) or ``bomb``.
    """
    member = archive.members.get(member_name)
    if member is None:
        raise UnreadableFileError(f"“{archive.name}”里缺少 {member_name}", _SAVE_AGAIN, kind="damaged")
    packed = archive.data[member.payload_offset : member.payload_offset + member.packed_size]
    if member.method == 0:
        plain = packed
    else:
        try:
            plain = zlib.decompressobj(-15).decompress(packed, member.size + 1)
        except zlib.error as error:
            raise _damaged_part(archive, member) from error
    if len(plain) > member.size:
        raise _bomb(archive.name)
    _check_whole(archive, member, size=len(plain), crc=zlib.crc32(plain))
    return plain


def decode_text(data: bytes) -> str:
    """Answer the text of a foreign text file: UTF-8 (with or without BOM), UTF-16 or GB18030.

    Raises :class:`UnreadableFileError` ``encoding`` when none of them fits exactly.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    elif b"\x00" in data[:4096]:
        # UTF-16 without a mark: the zero bytes of ASCII stand in the high half.
        encodings = ["utf-16-be" if data[:4096:2].count(0) > data[1:4096:2].count(0) else "utf-16-le"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFileError(
        "文件的文字编码认不出（不是 UTF-8、UTF-16 或 GB18030）",
        "请用 WPS 或记事本打开后另存为 UTF-8 编码，再试一次",
        kind="encoding",
    )


def _require(wanted: FileKind, data: bytes, *, name: str) -> Archive:
    if not data.startswith(b"PK"):
        _refuse_kind(inspect_bytes(data, name=name), name=name)
    archive = _read_archive(data, name=name)
    kind = _kind_of_members(set(archive.members))
    if kind is not wanted:
        _refuse_kind(kind, name=name)
    _refuse_declared_bomb(archive)
    for member in archive.members.values():
        if member.name.endswith((".xml", ".rels", ".vml")):
            _check_prolog(archive, member)
    return archive


def _refuse_kind(kind: FileKind, *, name: str) -> None:
    what, remedy = _DIAGNOSIS.get(kind, _DIAGNOSIS[FileKind.UNKNOWN])
    raise UnreadableFileError(f"“{name}”{what}", remedy, kind=kind.value)


def _kind_of_members(names: set[str]) -> FileKind:
    if any(re.fullmatch(r"xl/workbook\d*\.xml", n, re.IGNORECASE) for n in names):
        return FileKind.XLSX
    if "xl/workbook.bin" in names:
        return FileKind.XLSB
    if "word/document.xml" in names:
        return FileKind.DOCX
    if "ppt/presentation.xml" in names:
        return FileKind.PPTX
    if "OFD.xml" in names:
        return FileKind.OFD
    if "content.xml" in names and "mimetype" in names:
        return FileKind.ODS
    return FileKind.ZIP


def _kind_of_text(data: bytes) -> FileKind:
    try:
        # Cutting may split a character; the tail of the sample is not judged.
        sample = decode_text(data if len(data) <= 65536 else data[: data.rfind(b"\n", 0, 65536) + 1 or 65536])
    except UnreadableFileError:
        return FileKind.UNKNOWN
    if any(ord(ch) < 32 and ch not in "\t\r\n\f\x0b\x1a" for ch in sample):
        return FileKind.UNKNOWN
    start = sample.lstrip("\ufeff \t\r\n").lower()[:4096]
    if "urn:schemas-microsoft-com:office:spreadsheet" in start and start.startswith("<?xml"):
        return FileKind.XML2003
    if start.startswith("<") and re.search(r"<(!doctype html|html|head|body|table|meta|style|div)\b", start):
        return FileKind.HTML
    first = next((line for line in sample.splitlines() if line.strip()), "")
    return FileKind.CSV if re.search(r"[,\t;，]", first) else FileKind.TEXT


def _read_archive(data: bytes, *, name: str) -> Archive:
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    if end < 0 or end + 22 > len(data):
        _refuse_kind(FileKind.DAMAGED, name=name)
    count, size, offset, comment = struct.unpack_from("<HIIH", data, end + 10)
    directory_end = end
    if end >= 20 and data[end - 20 : end - 16] == b"PK\x06\x07":
        (directory_end,) = struct.unpack_from("<Q", data, end - 12)
        if directory_end + 56 > end or data[directory_end : directory_end + 4] != b"PK\x06\x06":
            _refuse_kind(FileKind.DAMAGED, name=name)
        count, size, offset = struct.unpack_from("<QQQ", data, directory_end + 32)
    if offset + size != directory_end or end + 22 + comment > len(data):
        _refuse_kind(FileKind.DAMAGED, name=name)
    members: dict[str, Member] = {}
    position = offset
    for _ in range(count):
        if position + 46 > directory_end or data[position : position + 4] != b"PK\x01\x02":
            _refuse_kind(FileKind.DAMAGED, name=name)
        member, position = _read_member(data, position, directory_end, name=name)
        if member.name in members:
            raise UnreadableFileError(f"“{name}”内有两个同名部件 {member.name}", _SAVE_AGAIN, kind="duplicate_member")
        members[member.name] = member
    ordered = sorted(members.values(), key=lambda m: m.header_offset)
    limits = [m.header_offset for m in ordered[1:]] + [offset]
    for member, limit in zip(ordered, limits, strict=False):
        if member.payload_offset + member.packed_size > limit:
            # Overlapping members are how a small zip unfolds to a huge one.
            _refuse_kind(FileKind.DAMAGED, name=name)
    return Archive(name=name, data=data, members=members, directory_offset=offset, end_offset=end)


def _read_member(data: bytes, position: int, limit: int, *, name: str) -> tuple[Member, int]:
    flags, method = struct.unpack_from("<HH", data, position + 8)
    crc, packed, size, name_len, extra_len, comment_len = struct.unpack_from("<IIIHHH", data, position + 16)
    (header,) = struct.unpack_from("<I", data, position + 42)
    raw = data[position + 46 : position + 46 + name_len]
    extra = data[position + 46 + name_len : position + 46 + name_len + extra_len]
    following = position + 46 + name_len + extra_len + comment_len
    if following > limit:
        _refuse_kind(FileKind.DAMAGED, name=name)
    zip64 = 0xFFFFFFFF in (packed, size, header)
    if zip64:
        size, packed, header = _zip64_fields(extra, size, packed, header)
    if header + 30 > limit or data[header : header + 4] != b"PK\x03\x04":
        _refuse_kind(FileKind.DAMAGED, name=name)
    local_name_len, local_extra_len = struct.unpack_from("<HH", data, header + 26)
    if data[header + 30 : header + 30 + local_name_len] != raw:
        _refuse_kind(FileKind.DAMAGED, name=name)
    part = raw.decode("utf-8", "replace")
    segments = part.removesuffix("/").split("/")
    if "\\" in part or "\x00" in part or ":" in part or any(s in ("", ".", "..") for s in segments):
        raise UnreadableFileError(f"“{name}”内有越界或不规范的部件名", _SAVE_AGAIN, kind="member_name")
    if flags & 0x2041:
        raise UnreadableFileError(
            f"“{name}”的压缩包设有密码", "请去掉压缩密码，或用 WPS 另存为 .xlsx", kind="encrypted"
        )
    if method not in (0, 8) or (method == 0 and packed != size):
        raise UnreadableFileError(f"“{name}”用了不支持的压缩方式", _SAVE_AGAIN, kind="zip_method")
    payload = header + 30 + local_name_len + local_extra_len
    return Member(part, method, flags, crc, packed, size, header, payload, zip64), following


def _zip64_fields(extra: bytes, size: int, packed: int, header: int) -> tuple[int, int, int]:
    values: list[int] = []
    position = 0
    while position + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, position)
        if tag == 1:
            body = extra[position + 4 : position + 4 + length]
            values = [v for (v,) in struct.iter_unpack("<Q", body[: len(body) // 8 * 8])]
        position += 4 + length
    fields = [size, packed, header]
    for index, value in enumerate(fields):
        if value == 0xFFFFFFFF and values:
            fields[index] = values.pop(0)
    return fields[0], fields[1], fields[2]


def _refuse_declared_bomb(archive: Archive) -> None:
    sizes = [(m.size, m.packed_size) for m in archive.members.values()]
    sizes.append((sum(s for s, _ in sizes), sum(p for _, p in sizes)))
    for size, packed in sizes:
        if size > MAX_TOTAL_BYTES or (size > RATIO_FLOOR_BYTES and size > MAX_RATIO * max(packed, 1)):
            raise _bomb(archive.name)


def _check_prolog(archive: Archive, member: Member) -> None:
    ours = member.name.startswith(("xl/", "word/", "_rels/", "docProps/")) or member.name == "[Content_Types].xml"
    for budget in (4096, _PROLOG_BYTES):
        head = b""
        for piece in _stream(archive, member, step=budget):
            head += piece
            if len(head) >= budget:
                break
        if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:4]:
            if ours:
                raise _foreign_encoding(archive, member, "UTF-16")
            return
        declared = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\bencoding\s*=\s*["']([^"']+)""", head)
        if ours and declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
            raise _foreign_encoding(archive, member, declared[1].decode("ascii", "replace"))
        # Only the prolog can hold a DTD, and it ends at the first element.
        bare = re.sub(rb"<!--.*?-->|<\?.*?\?>", b"", head, flags=re.DOTALL)
        if re.search(rb"<!(DOCTYPE|ENTITY)", bare):
            raise UnreadableFileError(
                f"“{archive.name}”的部件 {member.name} 带有 DTD 或实体声明，可能有害",
                "这不是 WPS 或 Excel 存出的表格；" + _SAVE_AGAIN,
                kind="dtd",
            )
        if re.search(rb"<[A-Za-z_\x80-\xff]", bare):
            return
        if len(head) >= member.size:
            break
    if ours and member.size:
        raise _damaged_part(archive, member)


def _stream(archive: Archive, member: Member, *, step: int = _STREAM_STEP) -> Iterator[bytes]:
    end = member.payload_offset + member.packed_size
    if member.method == 0:
        for start in range(member.payload_offset, end, step):
            yield archive.data[start : min(start + step, end)]
        return
    inflater = zlib.decompressobj(-15)
    position = member.payload_offset
    pending = b""
    try:
        while not inflater.eof and (pending or position < end):
            if not pending:
                pending = archive.data[position : min(position + step, end)]
                position += len(pending)
            piece = inflater.decompress(pending, step)
            pending = inflater.unconsumed_tail
            if piece:
                yield piece
        tail = inflater.flush() if not inflater.eof else b""
    except zlib.error as error:
        raise _damaged_part(archive, member) from error
    if tail:
        yield tail


def _check_whole(archive: Archive, member: Member, *, size: int, crc: int) -> None:
    if size != member.size or crc != member.crc:
        raise _damaged_part(archive, member)


def _bomb(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"“{name}”展开后过大或压缩比异常，可能是压缩炸弹", "请核对来源；" + _SAVE_AGAIN, kind="bomb"
    )


def _damaged_part(archive: Archive, member: Member) -> UnreadableFileError:
    return UnreadableFileError(f"“{archive.name}”的部件 {member.name} 已损坏", _SAVE_AGAIN, kind="damaged")


def _foreign_encoding(archive: Archive, member: Member, encoding: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"“{archive.name}”的部件 {member.name} 用 {encoding} 编码，不是 UTF-8", _SAVE_AGAIN, kind="encoding"
    )
