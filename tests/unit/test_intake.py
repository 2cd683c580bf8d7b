"""First look at foreign files: named diagnoses (F-10), bombs and entities (F-11)."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.unit.store.books import FIXTURES, book, part, replace_part, sheet, zip_of
from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.intake import FileKind, check_streams, decode_text, inflate_member, inspect_bytes, require_xlsx
from zhuomuniao.store.reader import read_sheets

DECORATED = (FIXTURES / "decorated-workbook.xlsx").read_bytes()
SHEET = "xl/worksheets/sheet1.xml"
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


def kind_of(data: bytes) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        check_streams(require_xlsx(data, name="台账.xlsx"))
    assert caught.value.remedy
    assert "台账.xlsx" in caught.value.message
    assert caught.value.exit_code == 5
    return caught.value.kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (OLE2, "ole2"),
        (OLE2 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\xef\xbb\xbf\r\n<html><table><tr><td>1</td></tr></table></html>", "html"),
        ("<table><tr><td>编号</td></tr></table>".encode("gb18030"), "html"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "xml2003"),
        ("编号,姓名\n1,张三\n".encode("gb18030"), "csv"),
        ("编号\t姓名\n1\t张三\n".encode("utf-16"), "csv"),
        ("今天没有来件".encode(), "text"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"\x89PNG\r\n", "image"),
        (b"Rar!\x1a\x07", "archive"),
        (bytes(range(256)), "unknown"),
        (zip_of({"word/document.xml": "<a/>"}), "docx"),
        (zip_of({"ppt/presentation.xml": "<a/>"}), "pptx"),
        (zip_of({"xl/workbook.bin": "x"}), "xlsb"),
        (zip_of({"mimetype": "x", "content.xml": "<a/>"}), "ods"),
        (zip_of({"OFD.xml": "<a/>"}), "ofd"),
        (zip_of({"照片.jpg": "x"}), "zip"),
        (DECORATED[: len(DECORATED) // 2], "damaged"),
        (DECORATED[:-30], "damaged"),
        (b"PK\x03\x04", "damaged"),
    ],
)
def test_named_diagnosis(data, kind):
    assert kind_of(data) == kind
    assert inspect_bytes(data, name="x") == kind


def test_a_real_book_passes():
    assert inspect_bytes(DECORATED, name="x") is FileKind.XLSX
    archive = require_xlsx(DECORATED, name="x")
    check_streams(archive)
    assert len(archive.members) == 29
    assert inflate_member(archive, SHEET).startswith(b"<?xml")
    with pytest.raises(UnreadableFileError, match="缺少"):
        inflate_member(archive, "xl/none.xml")


@pytest.mark.parametrize("name", ["../x.xml", "/x.xml", "xl\\x.xml", "C:x.xml", "a//b.xml"])
def test_member_names_out_of_bounds(name):
    members = {"xl/workbook.xml": "<a/>", name: "<a/>"}
    assert kind_of(zip_of(members)) == "member_name"


def test_duplicate_members():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("xl/workbook.xml", "<b/>")
    assert kind_of(buffer.getvalue()) == "duplicate_member"


def directory_patched(data: bytes, name: str, offset: int, fmt: str, value: int, *, local: int = 0) -> bytes:
    """Change one field of a member's directory record, and of its local header where ``local`` is given."""
    changed = bytearray(data)
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name.encode():
        at = data.index(b"PK\x01\x02", at + 1)
    struct.pack_into(fmt, changed, at + offset, value)
    if local:
        (header,) = struct.unpack_from("<I", data, at + 42)
        struct.pack_into(fmt, changed, header + local, value)
    return bytes(changed)


def test_encrypted_members():
    assert kind_of(directory_patched(DECORATED, SHEET, 8, "<H", 1)) == "encrypted"


def test_unknown_compression():
    assert kind_of(directory_patched(DECORATED, SHEET, 10, "<H", 12)) == "zip_method"


def test_local_name_must_match():
    header = require_xlsx(DECORATED, name="x").members[SHEET].header_offset
    changed = bytearray(DECORATED)
    changed[header + 30] ^= 1
    assert kind_of(bytes(changed)) == "damaged"


def test_overlapping_members():
    other = require_xlsx(DECORATED, name="x").members["xl/styles.xml"]
    assert kind_of(directory_patched(DECORATED, SHEET, 20, "<I", other.payload_offset)) == "damaged"


def bomb(size: int) -> bytes:
    filler = sheet("").replace("<sheetData></sheetData>", "<sheetData>" + " " * size + "</sheetData>")
    return book(filler)


def test_declared_bomb():
    data = bomb(60 << 20)
    assert len(data) < 200_000
    assert kind_of(data) == "bomb"


@pytest.mark.parametrize("claimed", [1000, 0])
def test_streamed_bomb_whose_directory_lies(claimed):
    data = directory_patched(bomb(60 << 20), SHEET, 24, "<I", claimed, local=22)
    assert kind_of(data) == "bomb"
    if claimed:
        archive = require_xlsx(data, name="台账.xlsx")
        with pytest.raises(UnreadableFileError) as caught:
            inflate_member(archive, SHEET)
        assert caught.value.kind == "bomb"


def test_the_reader_sees_a_lie_about_any_part():
    data = directory_patched(DECORATED, "xl/sharedStrings.xml", 24, "<I", 10, local=22)
    with pytest.raises(UnreadableFileError) as caught:
        read_sheets(data, name="x")
    assert caught.value.kind == "bomb"


def test_many_middling_members_are_a_bomb_together():
    data = book(sheet(""), parts={f"xl/media/x{i}.xml": "<a>" + " " * (9 << 20) for i in range(8)})
    assert kind_of(data) == "bomb"


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc (Linux only)")
@pytest.mark.parametrize("lie", [False, True])
def test_memory_on_a_bomb_stays_small(tmp_path: Path, lie: bool):
    data = bomb(199 << 20)
    if lie:
        data = directory_patched(data, SHEET, 24, "<I", 4096, local=22)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(data)
    script = (
        "import sys\nfrom zhuomuniao.store.reader import read_sheets\n"
        "from zhuomuniao.store.patch import SheetPatch, patch_book\n"
        "from zhuomuniao.errors import UnreadableFileError\n"
        "data = open(sys.argv[1], 'rb').read()\nrefused = 0\n"
        "for act in (lambda: read_sheets(data, name='x'),"
        " lambda: patch_book(data, [SheetPatch('台账', 1, 1, appends=[{1: 'x'}])], name='x')):\n"
        "    try: act()\n    except UnreadableFileError as e: refused += e.kind == 'bomb'\n"
        # VmHWM, because ru_maxrss begins with the parent's peak.
        "peak = next(l for l in open('/proc/self/status') if l.startswith('VmHWM'))\n"
        "print(refused, peak.split()[1])\n"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=root, capture_output=True, text=True, check=True
    )
    refused, kilobytes = map(int, run.stdout.split())
    assert refused == 2
    assert kilobytes < 100 * 1024


def test_a_real_ledger_of_fifty_thousand_rows_passes():
    rows = "".join(
        f'<row r="{r}"><c r="A{r}" t="inlineStr"><is><t>2026{r:06d}</t></is></c>'
        + "".join(
            f'<c r="{c}{r}" s="2" t="inlineStr"><is><t>事项{r * 7919 % 997}</t></is></c>' for c in "BCDEFGHIJKLM"
        )
        + "</row>"
        for r in range(1, 50_001)
    )
    data = book(sheet(rows))
    archive = require_xlsx(data, name="x")
    assert archive.members[SHEET].size > 40_000_000
    check_streams(archive)


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]>',
        '<?xml version="1.0"?><!-- x --><?p?><!DOCTYPE a SYSTEM "file:///etc/passwd">',
        "<!-- " + "x" * 9000 + ' --><!DOCTYPE a [<!ENTITY x "y">]>',
    ],
)
def test_entities_are_refused_unexpanded(prolog):
    assert kind_of(replace_part(DECORATED, SHEET, prolog.encode() + b"<a>&m;</a>")) == "dtd"


def test_doctype_as_text_is_no_dtd():
    content = part(DECORATED).replace("跟踪", "x").replace("</worksheet>", "<!-- <!DOCTYPE --></worksheet>")
    require_xlsx(replace_part(DECORATED, SHEET, content.encode()), name="x")


@pytest.mark.parametrize("encoding", ["GBK", "utf-16", "iso-8859-1"])
def test_foreign_xml_encodings_are_named(encoding):
    content = f'<?xml version="1.0" encoding="{encoding}"?><worksheet/>'
    data = replace_part(DECORATED, SHEET, content.encode("utf-16" if encoding == "utf-16" else "ascii"))
    with pytest.raises(UnreadableFileError, match=f"(?i){encoding}") as caught:
        require_xlsx(data, name="x")
    assert caught.value.kind == "encoding"


def test_custom_xml_in_utf16_is_nobody_s_concern():
    custom = '<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16")
    require_xlsx(book(sheet(""), parts={"customXml/item1.xml": custom}), name="x")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_texts_are_decoded(encoding):
    text = "编号,姓名\r\n1,张三㐂\r\n"
    assert decode_text(text.encode(encoding)) == text


def test_utf16_without_a_mark():
    for encoding in ("utf-16-le", "utf-16-be"):
        assert decode_text("id,name\n1,x\n".encode(encoding)) == "id,name\n1,x\n"


def test_undecodable_text():
    with pytest.raises(UnreadableFileError) as caught:
        decode_text(b"abc\xff\xff\xff")
    assert caught.value.kind == "encoding"
