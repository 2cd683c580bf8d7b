# ruff: noqa: E501 - pieces of XML read best on one line
"""Ways in which a book can be broken, odd or hostile. Each takes a random source and the bytes of a whole book."""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable

Members = list[tuple[str, bytes]]
Mutation = Callable[[random.Random, bytes], bytes]

ODD_VALUES = (
    "", "-1", "0", "00", "1e999", "NaN", "99999999999", "4294967296", "2147483648", "9" * 5000, "A0", "a1", "A1048577",
    "XFD1048576", "XFE1", "ZZZZ9", "$A$1", "A1:B2:C3", "A1:XFD1048576", "A3:A1", "１", "٣", "²", "&#0;", "&nope;", "&",
    "&#xD800;", "x" * 40000, "\U0002000b", "\u202e", "true", "s", "d", "e", "str", "inlineStr", "b", "n", "zz", "../x", "/",
    "worksheets/sheet2.xml", "%2e%2e/x", "http://x/", "rId1", "0.5", "46244", "2958466", "-5", "1e300", " 3 ", "+3", "1_0",
)  # fmt: skip
_CELL_OF = '<c r="{ref}"{more}>{body}</c>'
_CELL_BODIES = (
    (' t="d"', "<v>2026-10-08T09:00:00</v>"),
    (' t="d"', "<v>8.10</v>"),
    (' t="e"', "<v>#REF!</v>"),
    (' t="s"', "<v>999999</v>"),
    (' t="s"', "<v>-1</v>"),
    (' t="s"', "<v></v>"),
    (' t="b"', "<v>7</v>"),
    (' t="str"', "<f>1+</f><v>x</v>"),
    ("", "<v>NaN</v>"),
    ("", "<v>1e999</v>"),
    ("", "<v>-46000</v>"),
    ("", "<v>1E+20</v>"),
    (' s="1"', "<v>2958466.5</v>"),
    (' s="4294967296"', "<v>1</v>"),
    (' s="-1"', "<v>1</v>"),
    (' s="٣"', "<v>1</v>"),
    ("", "<v>" + "9" * 5000 + "</v>"),
    ("", "<v/><v>2</v>"),
    ("", "<f/>"),
    ("", '<f t="shared" si="0"/><v>1</v>'),
    ("", '<f t="array" ref="A1:C9">SUM(A1)</f><v>1</v>'),
    (' t="inlineStr"', "<is><r><rPr><b/></rPr><t>粗</t></r><r><t>细</t></r><rPh sb=\"0\" eb=\"1\"><t>ku</t></rPh></is>"),
    (' t="inlineStr"', "<is/>"),
    (' t="inlineStr"', "<is><t>a</t><t>b</t></is>"),
    (' t="inlineStr"', "<is><t><![CDATA[<v>1</v>]]></t></is>"),
    (' t="inlineStr"', "<is><t>&#x0B;</t></is>"),
    (' t="inlineStr"', "<is><t>_x000B_ [red]x[/] :smile:</t></is>"),
    (' t="inlineStr" cm="1" vm="9" ph="1"', "<is><t>2026100899</t></is><extLst><ext uri=\"{x}\"/></extLst>"),
)  # fmt: skip


def zipped(members: Members, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with zipfile.ZipFile(out, "w", method, compresslevel=1) as archive:
            for name, content in members:
                archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return out.getvalue()


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


# --- the zip ---------------------------------------------------------------------------------------------------


def flip_bits(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    # The directory is a small part of the bytes and the part that matters.
    start = 0 if rng.random() < 0.5 else max(0, data.rfind(b"PK\x01\x02", 0, len(data) - rng.randrange(1, 900)))
    for _ in range(rng.choice((1, 1, 2, 9))):
        changed[rng.randrange(start, len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] if rng.random() < 0.7 else data[at:]


def pad(rng: random.Random, data: bytes) -> bytes:
    junk = rng.randbytes(rng.choice((1, 30, 70_000)))
    at = rng.choice((0, len(data), rng.randrange(len(data))))
    return data[:at] + junk + data[at:]


def mix_members(rng: random.Random, data: bytes) -> bytes:
    members = members_of(data)
    at = rng.randrange(len(members))
    name, content = members[at]
    match rng.randrange(9):
        case 0:
            rng.shuffle(members)
        case 1:
            members.append((name, members[rng.randrange(len(members))][1]))
        case 2:
            del members[at]
        case 3:
            odd = (
                name.upper(),
                name + "x",
                "/" + name,
                "../" + name,
                "xl\\" + name,
                name + "/",
                "a\x01b",
                "日志.xml",
                "",
            )
            members[at] = (rng.choice(odd), content)
        case 4:
            other = rng.randrange(len(members))
            members[at], members[other] = (name, members[other][1]), (members[other][0], content)
        case 5:
            members[at] = (name, b"")
        case 6:
            members.append(
                (rng.choice(("xl/worksheets/sheet99.xml", "evil.exe", "META-INF/", name.upper())), rng.randbytes(99))
            )
        case 7:
            return zipped(members, method=zipfile.ZIP_STORED)
        case _:
            members[at] = (name, content * 2)
    return zipped(members)


# --- any XML part ----------------------------------------------------------------------------------------------


def _in_part(
    rng: random.Random, data: bytes, change: Callable[[bytes], bytes], *, wanted: str = r".*\.(xml|rels)"
) -> bytes:
    members = members_of(data)
    places = [i for i, (name, content) in enumerate(members) if re.fullmatch(wanted, name) and content]
    # The big sheets and the small wiring equally often.
    at = rng.choice(places) if places else 0
    members[at] = (members[at][0], change(members[at][1]))
    return zipped(members)


def _cut_into(rng: random.Random, part: bytes) -> bytes:
    a = rng.randrange(len(part) + 1)
    b = min(len(part), a + rng.choice((1, 3, 20, 400)))
    match rng.randrange(4):
        case 0:
            return part[:a] + part[b:]
        case 1:
            return part[:a] + part[a:b] + part[a:]
        case 2:
            changed = bytearray(part)
            changed[min(a, len(part) - 1)] ^= 1 << rng.randrange(8)
            return bytes(changed)
        case _:
            return part[:a]


def break_xml(rng: random.Random, data: bytes) -> bytes:
    return _in_part(rng, data, lambda part: _cut_into(rng, part))


def insert_xml(rng: random.Random, data: bytes) -> bytes:
    pieces = (
        b"<!-- <row r='3'/> -->", b"<![CDATA[<c/>]]>", b"<?pi <row?>", b"&bomb;", b"\x00", b"\xff\xfe", b"\xed\xa0\x80",
        b"<!DOCTYPE x [<!ENTITY bomb 'x'>]>", b"<a:b/>", b"<row/>", b"<sheetData/>", b"</sheetData>", b"<c/>", b"\xc0\xaf",
        b"<a>" * 3000 + b"</a>" * 3000, b"<extLst><ext uri='{1}' xmlns:y='u:y'><y:row r='1'/></ext></extLst>",
        b"<mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'><mc:Choice Requires='x'>"
        b"<row r='9'/></mc:Choice><mc:Fallback/></mc:AlternateContent>", "<x>\u202e</x>".encode(), b"&#11;", b"<>", b"]]>",
    )  # fmt: skip

    def change(part: bytes) -> bytes:
        ends = [m.end() for m in re.finditer(rb">", part)] or [0]
        at = rng.choice(ends) if rng.random() < 0.8 else rng.randrange(len(part) + 1)
        return part[:at] + rng.choice(pieces) + part[at:]

    return _in_part(rng, data, change)


def recode(rng: random.Random, data: bytes) -> bytes:
    def change(part: bytes) -> bytes:
        text = part.decode("utf-8", "replace").removeprefix("\ufeff")
        match rng.randrange(6):
            case 0:
                return text.encode("utf-16")
            case 1:
                return text.replace("UTF-8", "GBK").replace("utf-8", "GBK").encode("gb18030")
            case 2:
                return re.sub(r"encoding=[\"'][^\"']*", 'encoding="utf-7', text, count=1).encode()
            case 3:
                return b"\xef\xbb\xbf" + part
            case 4:
                return re.sub(rb"^<\?xml.*?\?>\s*", b"", part)
            case _:
                return b"\n \n" + part

    return _in_part(rng, data, change)


def twist_attributes(rng: random.Random, data: bytes) -> bytes:
    def change(part: bytes) -> bytes:
        spots = list(re.finditer(rb"""([\w:.-]+)=("[^"<>]*"|'[^'<>]*')""", part))
        if not spots:
            return part
        for _ in range(rng.choice((1, 1, 3))):
            spot = rng.choice(spots)
            odd = rng.choice(ODD_VALUES).encode()
            new = {
                0: spot[1] + b'="' + odd + b'"',
                1: b"",
                2: spot[0] + b" " + spot[0],
                3: b"x" + spot[0],
                4: spot[1] + b" = '" + spot[2][1:-1].replace(b"'", b"") + b"'",
                5: rng.choice(spots)[0],
            }[rng.choice((0, 0, 0, 1, 2, 3, 4, 5))]
            part = part[: spot.start()] + new + part[spot.end() :]
            spots = list(re.finditer(rb"""([\w:.-]+)=("[^"<>]*"|'[^'<>]*')""", part)) or [spot]
        return part

    return _in_part(rng, data, change)


def move_elements(rng: random.Random, data: bytes) -> bytes:
    def change(part: bytes) -> bytes:
        # Whole leaf elements: the part stays well-formed, its contents become unlikely.
        spots = list(re.finditer(rb"<([\w:]+)(?:\s[^<>]*)?(?:/>|>[^<>]*</\1>)", part))
        if not spots:
            return part
        one, other = rng.choice(spots), rng.choice(spots)
        match rng.randrange(4):
            case 0:
                return part[: one.start()] + part[one.end() :]
            case 1:
                return part[: one.end()] + one[0] + part[one.end() :]
            case 2:
                return part[: one.start()] + other[0] + part[one.end() :]
            case _:
                return (
                    part[: one.start()]
                    + re.sub(rb">[^<>]*<", b">" + rng.choice(ODD_VALUES).replace("<", "").encode() + b"<", one[0])
                    + part[one.end() :]
                )

    return _in_part(rng, data, change)


# --- the sheets ------------------------------------------------------------------------------------------------


def _in_sheet(rng: random.Random, data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return _in_part(rng, data, change, wanted=r"xl/worksheets/sheet\d+\.xml")


def _whole(tag: bytes, part: bytes) -> list[re.Match[bytes]]:
    return list(re.finditer(rb"<((?:\w+:)?" + tag + rb")(?=[\s/>])(?:[^<>]*/>|[^<>]*>.*?</\1>)", part, re.DOTALL))


def mix_rows(rng: random.Random, data: bytes) -> bytes:
    def change(part: bytes) -> bytes:
        rows = _whole(rng.choice((b"row", b"c")), part)
        if len(rows) < 2:
            return part
        first, last = sorted(rng.sample(range(len(rows)), 2))
        one, other = rows[first], rows[last]
        between = part[one.end() : other.start()]
        match rng.randrange(4):
            case 0:
                return part[: one.start()] + other[0] + between + one[0] + part[other.end() :]
            case 1:
                return part[: other.end()] + one[0] + part[other.end() :]
            case 2:
                return part[: one.start()] + between + part[other.start() :]
            case _:
                pieces = [r[0] for r in rows]
                rng.shuffle(pieces)
                return part[: rows[0].start()] + b"".join(pieces) + part[rows[-1].end() :]

    return _in_sheet(rng, data, change)


def odd_cells(rng: random.Random, data: bytes) -> bytes:
    def change(part: bytes) -> bytes:
        for _ in range(rng.choice((1, 2, 5))):
            cells = _whole(b"c", part)
            if not cells:
                return part
            cell = rng.choice(cells)
            prefix = cell[1][:-1].decode()
            found = re.search(rb"""\sr=["'](\w+)""", cell[0][: cell[0].index(b">")])
            more, body = rng.choice(_CELL_BODIES)
            if prefix:
                body = re.sub(r"<(/?)(?=[A-Za-z])", rf"<\1{prefix}", body)
            if rng.random() < 0.3:
                style = re.search(rb"""\ss=["'](\d+)""", cell[0])
                more += f' s="{style[1].decode()}"' if style and " s=" not in more else ""
            reference = f' r="{found[1].decode()}"' if found else ""
            new = f"<{prefix}c{reference}{more}>{body}</{prefix}c>"
            part = part[: cell.start()] + new.encode() + part[cell.end() :]
        return part

    return _in_sheet(rng, data, change)


def renumber(rng: random.Random, data: bytes) -> bytes:
    def change(part: bytes) -> bytes:
        spots = list(re.finditer(rb"""<(?:\w+:)?(?:row|c)\s[^<>]*?\br=["']([^"']*)""", part))
        if not spots:
            return part
        spot = rng.choice(spots)
        old = spot[1].decode()
        row = rng.choice(
            ("0", "1", "3", "7", "8", "999", "1048576", "1048577", "9999999", "00009", "-1", "4294967299")
        )
        column = rng.choice(("A", "B", "XFD", "XFE", "ZZZ", "AAAA", "a", ""))
        new = row if old.isdigit() else rng.choice((column + re.sub(r"\D", "", old), re.sub(r"\d", "", old) + row))
        return part[: spot.start(1)] + new.encode() + part[spot.end(1) :]

    return _in_sheet(rng, data, change)


def odd_outline(rng: random.Random, data: bytes) -> bytes:
    area = rng.choice(
        (
            "A1",
            "A1:A1",
            "B3:C4",
            "A8:C9",
            "B8:B12",
            "A9:XFD9",
            "A1:XFD1048576",
            "A3:A1048576",
            "C5:A1",
            "#REF!",
            "A9:B",
        )
    )
    marks = (b"", b'hidden="1" ', b'ht="x" ', b'spans="1:2" ', b'collapsed="1" ', b's="9" customFormat="1" ')
    after = (
        f'<mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>',
        f'<autoFilter ref="{area}"/>',
        '<sheetProtection sheet="1" objects="1" scenarios="1" password="CC1A"/>',
        f'<conditionalFormatting sqref="{area} A1"><cfRule type="expression" priority="1"><formula>C8&gt;C$9</formula></cfRule></conditionalFormatting>',
        f'<dataValidations count="1"><dataValidation type="list" sqref="{area}"><formula1>$A$3:$A$8</formula1></dataValidation></dataValidations>',
        '<rowBreaks count="1"><brk id="8" max="16383" man="1"/></rowBreaks>',
        '<rowBreaks count="1"><brk id="x"/></rowBreaks>',
        '<scenarios><scenario name="x"/></scenarios>',
        f'<hyperlinks><hyperlink ref="{area}" location="A9"/></hyperlinks>',
        '<drawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rIdX"/>',
    )  # fmt: skip

    def change(part: bytes) -> bytes:
        match rng.randrange(4):
            case 0:
                return re.sub(rb'(<(?:\w+:)?dimension ref=)["\'][^"\']*["\']', b'\\1"' + area.encode() + b'"', part)
            case 1:
                return re.sub(rb"(<(?:\w+:)?row )", lambda tag: tag[1] + rng.choice(marks), part)
            case 2:
                widest = rng.choice(
                    (
                        b'<c r="XFD%d" t="inlineStr"><is><t>x</t></is></c>',
                        b'<c r="XFD%d"/>',
                        b'<c r="ZZ%d"><v>1</v></c>',
                    )
                )
                row = re.search(rb"""<row [^<>]*?\br=["'](\d+)["'][^<>]*[^/]>""", part)
                close = part.find(b"</row>", row.end()) if row else -1
                return part if row is None or close < 0 else part[:close] + widest % int(row[1]) + part[close:]
            case _:
                end = rng.choice((b"</sheetData>", b"</worksheet>"))
                return part.replace(
                    end,
                    (end + rng.choice(after).encode())
                    if end != b"</worksheet>"
                    else rng.choice(after).encode() + end,
                )

    return _in_sheet(rng, data, change)


def add_rows(rng: random.Random, data: bytes) -> bytes:
    extra = (
        '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>底</t></is></c></row>',
        '<row r="1048575" s="1"/>',
        '<row r="40"><c r="B40" t="inlineStr"><is><t>合计</t></is></c><c r="C40"><f>SUM(C3:C8)</f></c></row>',
        '<row r="9"><c r="B9" t="inlineStr"><is><t>2026100850</t></is></c></row>',
        '<row r="9"><c r="B9" t="inlineStr"><is><t>2026100801</t></is></c></row>',
        '<row r="9"><c r="B9"><v>2026100801</v></c></row>',
        '<row r="9"><c r="B9"><f>"2026"&amp;"100899"</f><v>2026100899</v></c></row>',
        "<row/>", "<row><c/></row>", '<row r="500"><c><v>1</v></c></row>', "<row r='77'/><row/><row r='79'></row>",
        '<row r="50" hidden="1"><c r="B50" t="inlineStr"><is><t>2026100833</t></is></c></row>',
        "<rows/>", "<rowx r='9'/>", "<row r = '60' ><c r = 'B60' ><v >7</v ></c ></row >",
    )  # fmt: skip

    def change(part: bytes) -> bytes:
        at = part.rfind(b"</sheetData>")
        return part if at < 0 else part[:at] + rng.choice(extra).encode() + part[at:]

    return _in_sheet(rng, data, change)


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, cut, pad, mix_members, break_xml, insert_xml, recode, twist_attributes, move_elements, mix_rows,
    odd_cells, renumber, odd_outline, add_rows,
)  # fmt: skip
_ON_THE_ZIP = (flip_bits, cut, pad)


def mutated(rng: random.Random, data: bytes) -> tuple[bytes, str]:
    """The book after one to three mutations, and what they were called."""
    chosen = [rng.choice(MUTATIONS) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    # What breaks the zip itself comes last: the others have to read it.
    chosen.sort(key=lambda m: m in _ON_THE_ZIP)
    for place, mutation in enumerate(chosen):
        if place and chosen[place - 1] in (mix_members, *_ON_THE_ZIP) and mutation not in _ON_THE_ZIP:
            continue
        data = mutation(rng, data)
    return data, "+".join(m.__name__ for m in chosen)
