"""Rewrite a zip with a few members replaced or added; every other member is copied as the bytes it was.

Local headers, compressed data, data descriptors and directory records of the members that stay are not
touched, but for the offset in the directory record. Nothing is recompressed that did not change.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from functools import partial

from zhuomuniao.errors import CannotPatchError, IntegrityError
from zhuomuniao.intake import Archive, Member, inflate_member, require_xlsx
from zhuomuniao.store.beside import Beside

_BIG = 1 << 20
"""Bytes from which on a part is worth a thread of its own."""
_SAVE_AGAIN = "请用 WPS 或 Excel 打开并重新保存为 .xlsx，再试一次"
# One more would have to be counted in zip64 records.
_MAX_MEMBERS = 65_534
# 2000-01-01 00:00 as zip has it: a part of ours has no time of its own, and the same book gives the same bytes.
_DOS_TIME, _DOS_DATE = 0, 20 << 9 | 1 << 5 | 1


def replace_members(
    archive: Archive,
    replacements: Mapping[str, bytes],
    *,
    additions: Mapping[str, bytes] | None = None,
    level: int = 1,
) -> bytes:
    """Answer the archive's bytes with the named members replaced, deflated at ``level``.

    ``additions`` are new members; they stand behind all others. Raises :class:`CannotPatchError` for a zip64
    archive, a name to replace that is absent or to add that is not, or bytes that belong to no member.
    Encrypted members and duplicate names were refused when the archive was opened.
    """
    additions = additions or {}
    _refuse_unusual(archive, replacements, additions)
    data = archive.data
    physical = sorted(archive.members.values(), key=lambda m: m.header_offset)
    limits = [m.header_offset for m in physical[1:]] + [archive.directory_offset]
    out: list[bytes] = []
    offsets: dict[str, int] = {}
    packed: dict[str, tuple[int, int, int]] = {}
    position = 0
    payloads = _deflate_all(replacements, level)
    for member, limit in zip(physical, limits, strict=True):
        offsets[member.name] = position
        if member.name in replacements:
            plain, payload = replacements[member.name], payloads[member.name]
            packed[member.name] = (zlib.crc32(plain), len(payload), len(plain))
            piece = _local_header(data, member, packed[member.name]) + payload
        else:
            # Up to the next header: this takes a data descriptor of any shape along.
            piece = data[member.header_offset : limit]
        out.append(piece)
        position += len(piece)
    directory = [
        _directory_record(record, m, offsets[m.name], packed.get(m.name))
        for m, record in zip(archive.members.values(), _records(archive), strict=True)
    ]
    for name, plain in additions.items():
        header, record = _new_headers(name, plain, payload := _deflate(plain, level), offset=position)
        out += [header, payload]
        directory.append(record)
        position += len(header) + len(payload)
    out.extend(directory)
    end = bytearray(data[archive.end_offset :])
    struct.pack_into("<HH", end, 8, len(directory), len(directory))
    struct.pack_into("<II", end, 12, sum(map(len, directory)), position)
    out.append(bytes(end))
    return b"".join(out)


def prove_replaced(
    before: Archive, after: bytes, replacements: Mapping[str, bytes], *, additions: Mapping[str, bytes] | None = None
) -> None:
    """Check that ``after`` holds the same members in the same order, all but the replaced ones unchanged.

    Compares names, order, checksums and sizes of all, and the compressed bytes of those that stay; behind them
    stand the additions, with what they shall hold. Raises :class:`IntegrityError`.
    """
    additions = additions or {}
    new = require_xlsx(after, name=before.name)
    if list(new.members) != [*before.members, *additions]:
        raise IntegrityError("写后核对不符：部件的名称或次序变了", "台账未改动，请重试；仍不行请保留现场并报告")
    for name, plain in additions.items():
        if inflate_member(new, name) != plain:
            raise IntegrityError(
                f"写后核对不符：新添的部件 {name} 内容不对", "台账未改动，请重试；仍不行请保留现场并报告"
            )
    for old, now in zip(before.members.values(), new.members.values(), strict=False):
        if old.name in replacements:
            plain = replacements[old.name]
            same = (now.crc, now.size, now.method) == (zlib.crc32(plain), len(plain), 8)
        else:
            same = (old.crc, old.size, old.method) == (now.crc, now.size, now.method) and _payload(
                before, old
            ) == _payload(new, now)
        if not same:
            raise IntegrityError(f"写后核对不符：部件 {old.name} 变了", "台账未改动，请重试；仍不行请保留现场并报告")


def _refuse_unusual(archive: Archive, replacements: Mapping[str, bytes], additions: Mapping[str, bytes]) -> None:
    absent = [name for name in replacements if name not in archive.members]
    if absent:
        raise CannotPatchError(f"“{archive.name}”里没有部件 {absent[0]}", _SAVE_AGAIN)
    taken = [name for name in additions if name in archive.members]
    if taken:
        raise CannotPatchError(f"“{archive.name}”里已有部件 {taken[0]}", _SAVE_AGAIN)
    if len(archive.members) + len(additions) > _MAX_MEMBERS:
        raise CannotPatchError(f"“{archive.name}”里的部件太多", _SAVE_AGAIN)
    if (
        any(m.zip64 for m in archive.members.values())
        or archive.data[archive.end_offset - 20 : archive.end_offset - 16] == b"PK\x06\x07"
    ):
        raise CannotPatchError(f"“{archive.name}”是 zip64 压缩包，不能原样改写", _SAVE_AGAIN)
    if archive.members and min(m.header_offset for m in archive.members.values()) != 0:
        raise CannotPatchError(f"“{archive.name}”的开头有不属于表格的内容", _SAVE_AGAIN)


def _records(archive: Archive) -> list[bytes]:
    records = []
    position = archive.directory_offset
    for _ in archive.members:
        lengths = struct.unpack_from("<HHH", archive.data, position + 28)
        following = position + 46 + sum(lengths)
        records.append(archive.data[position:following])
        position = following
    return records


def _payload(archive: Archive, member: Member) -> bytes:
    return archive.data[member.payload_offset : member.payload_offset + member.packed_size]


def _deflate_all(parts: Mapping[str, bytes], level: int) -> dict[str, bytes]:
    """Each part deflated, the two big sheets of a ledger side by side."""
    largest = max(parts, key=lambda name: len(parts[name]), default="")
    big = [name for name in parts if name != largest and len(parts[name]) > _BIG]
    beside = {name: Beside(partial(_deflate, parts[name], level)) for name in big}
    here = {name: _deflate(plain, level) for name, plain in parts.items() if name not in beside}
    return here | {name: job.result() for name, job in beside.items()}


def _deflate(plain: bytes, level: int) -> bytes:
    deflater = zlib.compressobj(level, zlib.DEFLATED, -15)
    return deflater.compress(plain) + deflater.flush()


def _local_header(data: bytes, member: Member, facts: tuple[int, int, int]) -> bytes:
    header = bytearray(data[member.header_offset : member.header_offset + 30])
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    name_end = member.header_offset + 30 + name_length
    extra = _without_zip64(data[name_end : name_end + extra_length])
    # The sizes are known now, so no descriptor follows; the name and the other extra fields stay.
    struct.pack_into("<HH", header, 6, member.flags & ~0x0008, 8)
    struct.pack_into("<III", header, 14, *facts)
    struct.pack_into("<H", header, 28, len(extra))
    return bytes(header) + data[member.header_offset + 30 : name_end] + extra


def _without_zip64(extra: bytes) -> bytes:
    kept = []
    position = 0
    while position + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, position)
        if tag != 1:
            kept.append(extra[position : position + 4 + length])
        position += 4 + length
    return b"".join(kept)


def _directory_record(record: bytes, member: Member, offset: int, facts: tuple[int, int, int] | None) -> bytes:
    changed = bytearray(record)
    struct.pack_into("<I", changed, 42, offset)
    if facts is not None:
        struct.pack_into("<HH", changed, 8, member.flags & ~0x0008, 8)
        struct.pack_into("<III", changed, 16, *facts)
    return bytes(changed)


def _new_headers(name: str, plain: bytes, payload: bytes, *, offset: int) -> tuple[bytes, bytes]:
    """The local header and the directory record of a member that was not there before."""
    raw = name.encode()
    flags = 0 if name.isascii() else 0x0800
    common = struct.pack(
        "<HHHHHIIIHH",
        20, flags, 8, _DOS_TIME, _DOS_DATE, zlib.crc32(plain), len(payload), len(plain), len(raw), 0,
    )  # fmt: skip
    record = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, offset)
    return b"PK\x03\x04" + common + raw, record + raw
