"""A docx as lines that can be read and compared: what is said, how it is set, on which paper; no ids, no bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.section import Section
from docx.text.paragraph import Paragraph

TODAY = "〔当天〕"
_MARKED, _EMU, _TWIPS = "●", 36000, 1440 / 25.4


def dump_docx(data: bytes, *, today: date | None = None) -> str:
    """Every paragraph, table, picture, section and footer in its order; ``today`` is masked wherever it is said."""
    document = docx.Document(BytesIO(data))
    sections = iter(document.sections)
    lines: list[str] = []
    for child in document.element.body:
        if child.tag == qn("w:p"):
            lines += _paragraph(Paragraph(child, document._body))
            if child.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None:
                lines += _section(next(sections))
        elif child.tag == qn("w:tbl"):
            lines += _table(child, document._body)
        elif child.tag == qn("w:sectPr"):
            lines += _section(next(sections))
    return _masked("\n".join(lines) + "\n", today)


def runs_of(data: bytes) -> list[Any]:
    """All runs of the text, those inside tables too."""
    return list(docx.Document(BytesIO(data)).element.body.iter(qn("w:r")))


def words_of(data: bytes) -> str:
    """All the text, paragraphs and cells on lines of their own."""
    paragraphs = docx.Document(BytesIO(data)).element.body.iter(qn("w:p"))
    return "\n".join("".join(_said(run) for run in paragraph.iter(qn("w:r"))) for paragraph in paragraphs)


def _said(run: Any) -> str:
    signs = {qn("w:br"): "\n", qn("w:tab"): "\t"}
    return "".join((node.text or "") if node.tag == qn("w:t") else signs.get(node.tag, "") for node in run)


def _paragraph(paragraph: Paragraph) -> Iterator[str]:
    form = paragraph.paragraph_format
    facts = [_align(paragraph)]
    indents = {"首行": form.first_line_indent, "左": form.left_indent, "右": form.right_indent}
    facts += [f"{name}{length.pt:g}" for name, length in indents.items() if length]
    if form.line_spacing is not None:
        exact = getattr(form.line_spacing, "pt", None)
        facts.append(f"行{exact:g}磅" if exact else f"行{form.line_spacing:g}倍")
    facts += [
        f"段{name}{length.pt:g}" for name, length in (("前", form.space_before), ("后", form.space_after)) if length
    ]
    if form.keep_with_next:
        facts.append("与下段同页")
    yield f"段 {' '.join(facts)}｜{_runs(paragraph)}"
    for picture in paragraph._p.iter(qn("wp:inline")):
        size, about = picture.find(qn("wp:extent")), picture.find(qn("wp:docPr"))
        width, height = int(size.get("cx")) / _EMU, int(size.get("cy")) / _EMU
        yield f"  图 {width:.1f}×{height:.1f}毫米 {about.get('name')}《{about.get('descr')}》"


def _align(paragraph: Paragraph) -> str:
    return {None: "齐左", 0: "齐左", 1: "居中", 2: "齐右", 3: "两端"}[paragraph.alignment]


def _runs(paragraph: Paragraph) -> str:
    """The texts with their font and size, runs that are set alike as one."""
    parts: list[tuple[str, str]] = []
    for run in paragraph.runs:
        properties = run._r.rPr
        fonts = properties.find(qn("w:rFonts")) if properties is not None else None
        name = fonts.get(qn("w:eastAsia")) if fonts is not None else "？"
        size = f"{run.font.size.pt:g}" if run.font.size else "？"
        look = f"{name} {size}{' 粗' if run.bold else ''}{_MARKED if run.font.highlight_color else ''}"
        text = _said(run._r).replace("\n", "⏎")
        if parts and parts[-1][0] == look:
            parts[-1] = (look, parts[-1][1] + text)
        else:
            parts.append((look, text))
    return "".join(f"[{look}]{text}" for look, text in parts)


def _table(table: Any, parent: Any) -> Iterator[str]:
    widths = [int(column.get(qn("w:w"))) / _TWIPS for column in table.iter(qn("w:gridCol"))]
    layout = table.find(f"{qn('w:tblPr')}/{qn('w:tblLayout')}").get(qn("w:type"))
    yield f"表 {layout} 各列{'/'.join(f'{width:.1f}' for width in widths)}毫米 共{sum(widths):.1f}"
    for row in table.iter(qn("w:tr")):
        properties = row.find(qn("w:trPr"))
        marks = {"w:tblHeader": "表头", "w:cantSplit": "不拆"}
        facts = [word for tag, word in marks.items() if properties.find(qn(tag)) is not None]
        facts.append(f"高≥{int(properties.find(qn('w:trHeight')).get(qn('w:val'))) / 20:g}")
        cells = []
        for cell in row.iter(qn("w:tc")):
            span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
            wide = f"跨{span.get(qn('w:val'))}列" if span is not None else ""
            inside = [Paragraph(p, parent) for p in cell.iter(qn("w:p"))]
            held = "+" if any(p.paragraph_format.keep_with_next for p in inside) else ""
            cells.append(f"{wide}{_align(inside[0])}{held}{'¶'.join(_runs(p) for p in inside)}")
        yield f"  行 {' '.join(facts)}｜{'｜'.join(cells)}"


def _section(section: Section) -> Iterator[str]:
    sizes = [section.page_width, section.page_height]
    margins = [section.top_margin, section.right_margin, section.bottom_margin, section.left_margin]
    page = "×".join(f"{size.mm:.0f}" for size in sizes if size is not None)
    around = "/".join(f"{margin.mm:.0f}" for margin in margins if margin is not None)
    way = "横" if section.orientation == 1 else "竖"
    yield f"—— 节 {page}{way} 上右下左{around} 页脚距边{section.footer_distance.mm:.0f}"
    for name, footer in (("奇", section.footer), ("偶", section.even_page_footer)):
        if footer.is_linked_to_previous:
            yield f"   {name}数页页脚同前节"
            continue
        for paragraph in footer.paragraphs:
            yield f"   {name}数页页脚 {next(_paragraph(paragraph))}"


def _masked(text: str, today: date | None) -> str:
    if today is None:
        return text
    for said in (f"{today.year}年{today.month}月{today.day}日", today.isoformat()):
        text = text.replace(said, TODAY)
    return text
