"""A member replaced, all others copied as the bytes they were."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from tests.unit.store.books import FIXTURES, book, others_equal, sheet
from zhuomuniao.errors import CannotPatchError, IntegrityError, UnreadableFileError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.store.zipcopy import prove_replaced, replace_members

DECORATED = (FIXTURES / "decorated-workbook.xlsx").read_bytes()
SHEET = "xl/worksheets/sheet1.xml"


def streamed() -> bytes:
    """A zip written to a pipe: local headers without sizes, data descriptors behind the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.written += data
            return len(data)

    pipe = Pipe()
    source = zipfile.ZipFile(io.BytesIO(book(sheet(""))))
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name))
    return bytes(pipe.written)


def with_zip64_extra() -> bytes:
    """As POI writes it: a zip64 field in the local headers only, all real sizes in the directory."""
    source = zipfile.ZipFile(io.BytesIO(book(sheet(""))))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(source.read(name))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data", [DECORATED, streamed(), with_zip64_extra()], ids=["plain", "streamed", "zip64-extra"]
)
def test_other_members_are_the_same_bytes(data):
    archive = require_xlsx(data, name="x")
    new = {SHEET: b"<x>" + "新".encode() * 1000 + b"</x>"}
    after = replace_members(archive, new)
    prove_replaced(archive, after, new)
    assert others_equal(data, after, SHEET)
    with zipfile.ZipFile(io.BytesIO(after)) as check:
        assert check.testzip() is None
        assert check.read(SHEET) == new[SHEET]
        info = check.getinfo(SHEET)
    # No descriptor follows a member whose sizes are known, and no wide sizes stand in its local header.
    (flags,) = struct.unpack_from("<H", after, info.header_offset + 6)
    (extra_length,) = struct.unpack_from("<H", after, info.header_offset + 28)
    assert info.flag_bits & 8 == flags & 8 == 0
    assert extra_length == 0


def test_replacing_nothing_gives_the_same_bytes():
    assert replace_members(require_xlsx(DECORATED, name="x"), {}) == DECORATED


def test_archive_comment_is_kept():
    buffer = io.BytesIO(DECORATED)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = "某县".encode()
    data = buffer.getvalue()
    after = replace_members(require_xlsx(data, name="x"), {SHEET: b"<a/>"})
    assert zipfile.ZipFile(io.BytesIO(after)).comment.decode() == "某县"


def test_a_name_that_is_absent_is_refused():
    with pytest.raises(CannotPatchError, match=r"xl/none\.xml"):
        replace_members(require_xlsx(DECORATED, name="x"), {"xl/none.xml": b""})


def test_zip64_directory_is_refused():
    data = bytearray(DECORATED)
    end = data.rfind(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HII", data, end + 10)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    data[end:end] = record + struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    archive = require_xlsx(bytes(data), name="x")
    assert len(archive.members) == count
    with pytest.raises(CannotPatchError, match="zip64"):
        replace_members(archive, {SHEET: b""})


@pytest.mark.parametrize("name", ["xl/styles.xml", "[Content_Types].xml"])
def test_the_proof_sees_another_member_changed(name):
    archive = require_xlsx(DECORATED, name="x")
    after = replace_members(archive, {SHEET: b"<a/>", name: b"<b/>"})
    with pytest.raises(IntegrityError, match="部件"):
        prove_replaced(archive, after, {SHEET: b"<a/>"})


def test_the_proof_sees_wrong_contents_and_order():
    archive = require_xlsx(DECORATED, name="x")
    after = replace_members(archive, {SHEET: b"<a/>"})
    with pytest.raises(IntegrityError):
        prove_replaced(archive, after, {SHEET: b"<c/>"})
    source = zipfile.ZipFile(io.BytesIO(DECORATED))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as turned:
        for name in reversed(source.namelist()):
            turned.writestr(name, source.read(name))
    with pytest.raises(IntegrityError, match="次序"):
        prove_replaced(archive, buffer.getvalue(), {})


def test_a_damaged_payload_is_noticed_when_read():
    data = bytearray(DECORATED)
    member = require_xlsx(DECORATED, name="x").members[SHEET]
    middle = member.payload_offset + member.packed_size // 2
    data[middle] ^= 0xFF
    from zhuomuniao.intake import inflate_member

    with pytest.raises(UnreadableFileError):
        inflate_member(require_xlsx(bytes(data), name="x"), SHEET)
