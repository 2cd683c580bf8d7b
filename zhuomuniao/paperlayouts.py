"""Papers as data: which words stand where on a printed form or in a letter, who reads it, when it may be printed.

A paper is one TOML file. Those for every county stand in ``data/forms/``; a county's own of the same name, in its
``layouts/``, takes their place. Nothing here knows what a placeholder stands for: that is said in ``forms``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from zhuomuniao.model import StepKind
from zhuomuniao.tomlkeys import (
    AlreadyToldError,
    Key,
    Place,
    Section,
    Take,
    WrongValueError,
    any_text,
    at_least_one,
    conditions,
    measure,
    number,
    one_of,
    several_of,
    shown,
    tables,
    text,
    texts,
    yes_no,
)


class Span(StrEnum):
    """What a cell of a printed form holds."""

    LABEL = "label"
    FIELD = "field"
    NOTE = "note"


class FormCell(Struct, frozen=True):
    """One cell of a printed form: a label or a field, how many of the form's columns it spans."""

    kind: Span
    text: str
    columns: int
    align: str = "center"
    rows: int = 1


class FormRow(Struct, frozen=True):
    """One row of a printed form; ``height`` in points.

    ``repeat`` names the list (流转记录, several cases …) of which each entry has a row like this one. A header row
    stands again at the top of every page.
    """

    height: float
    cells: tuple[FormCell, ...]
    is_framed: bool = True
    repeat: str = ""
    is_header: bool = False


class PaperView(StrEnum):
    """Who reads a paper, and so what of the person stands in it (domain.md §8)."""

    INSIDE = "inside"
    HANDLING = "handling"
    OUTSIDE = "outside"


class LetterParagraph(Struct, frozen=True):
    """A paragraph of a letter; left out where the value named ``when`` is blank (``!name``: is not), repeated for
    each entry of a list.
    """

    text: str
    when: str = ""
    repeat: str = ""


class FormLayout(Struct, frozen=True):
    """A paper of one matter: a grid of rows such as 附件3 登记表, or a letter (公文) of paragraphs.

    ``column_widths`` in characters. ``after`` are the steps of which one must have been taken, ``when`` the codes the
    case must have; ``is_blankable`` papers may be printed before, blank for the pen. ``recipient`` is who it goes to
    where the clerk names nobody. ``remark`` is the 附注 in brackets under the date.
    """

    id: str
    name: str
    title: str
    annex: str
    column_widths: tuple[float, ...] = ()
    rows: tuple[FormRow, ...] = ()
    is_landscape: bool = False
    aliases: tuple[str, ...] = ()
    view: PaperView = PaperView.INSIDE
    after: tuple[StepKind, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_blankable: bool = False
    recipient: str = ""
    paragraphs: tuple[LetterParagraph, ...] = ()
    number: str = ""
    to: str = ""
    signed_by: str = ""
    attachments: tuple[str, ...] = ()
    remark: str = ""

    @property
    def is_letter(self) -> bool:
        return bool(self.paragraphs)


LAYOUT_NAME = Key("id", text, "表样的名字，小写英文")
ANNEX = Key("annex", any_text, "通知的哪个附件", "")
ORIENTATIONS = ("landscape", "portrait")


def among(*known: str) -> Take:
    """One of a few words."""

    def take(value: Any, place: Place) -> str:
        if value not in known:
            raise WrongValueError(f"不认识“{shown(value)}”", f"请写 {' 或 '.join(known)}", "、".join(known))
        return str(value)

    return take


def _build_cell(*, columns: int, align: str, rows: int, **words: str | None) -> FormCell | None:
    kinds = [kind for kind in Span if words[kind.value] is not None]
    return FormCell(kinds[0], words[kinds[0].value] or "", columns, align, rows) if len(kinds) == 1 else None


_CELL = Section(
    "cells",
    "一格",
    (
        Key("label", any_text, "印好的字", None),
        Key("field", any_text, "填哪个栏目", None),
        Key("note", any_text, "小字说明，可含 {case_no} 这样的栏目", None),
        Key("columns", number(1, 100), "占几列"),
        Key("align", among("left", "center", "right"), "left、center 或 right", "center"),
        Key("rows", number(1, 100), "占几行", 1),
    ),
    _build_cell,
)


def _cells(value: Any, place: Place) -> tuple[FormCell, ...]:
    if not isinstance(value, list):
        raise WrongValueError("不是一组格子", '例如 [{ label = "姓名", columns = 1 }]', "一组格子")
    cells: list[FormCell] = []
    for n, entry in enumerate(value, start=1):
        told = len(place.problems)
        cell = _CELL.read(entry, place.nth(n))
        if cell is None and len(place.problems) == told:
            place.nth(n).tell("一格里应当恰好有 label、field、note 中的一个", "请写明这一格放什么", "其中一个")
        if cell is not None:
            cells.append(cell)
    if len(cells) < len(value):
        raise AlreadyToldError
    return tuple(cells)


def _widths(value: Any, place: Place) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise WrongValueError("不是一组数", "例如 [17, 27, 14, 27]", "一组数")
    take = measure(1, 255)
    return tuple(take(width, place) for width in value)


ROW_SECTION = Section(
    "rows",
    "表单的一行",
    (
        Key("height", measure(1, 409), "行高，磅", 30.0),
        Key("cells", _cells, "各格，从左到右", inner=_CELL),
        Key("framed", yes_no, "有没有框线", True, "is_framed"),
        Key("repeat", any_text, "一项一行地列：steps 流转记录、visits 回访、rungs 催办督办、cases 上会事项", ""),
        Key("header", yes_no, "是不是表头；换页时再印一次", False, "is_header"),
    ),
    FormRow,
)


def _build_form(*, orientation: str, **values: Any) -> FormLayout:
    return FormLayout(is_landscape=orientation == "landscape", **values)


_PAPER_KEYS = (
    LAYOUT_NAME,
    Key("name", text, "叫什么，如 登记表、督办函；zmn form --kind 用它"),
    Key("title", text, "印在最上面的标题，可含 {case_no} 这样的栏目"),
    Key("aliases", texts, "别的叫法，--kind 也认", ()),
    Key("view", one_of(PaperView), "谁看：inside 窗口内部，handling 承办单位，outside 上报", PaperView.INSIDE),
    Key("after", several_of(StepKind), "登记过哪个环节才能印，写几个的有一个就行", ()),
    Key("when", conditions, '哪些事项才能印，如 { status = ["已转出"] }', {}),
    Key("blank", yes_no, "那个环节还没有登记时，能不能先印空白的", False, "is_blankable"),
    Key("recipient", any_text, "没有写 --to 时发给谁，可含栏目", ""),
)

FORM_SECTION = Section(
    "form",
    "表格式的表单",
    (
        *_PAPER_KEYS,
        ANNEX,
        Key("orientation", among(*ORIENTATIONS), "landscape 横排，portrait 竖排", "portrait"),
        Key("column_widths", at_least_one(_widths), "各列宽，几个字符"),
        Key("rows", at_least_one(tables(ROW_SECTION)), "[[rows]] 各行，从上到下", inner=ROW_SECTION),
    ),
    _build_form,
)

PARAGRAPH_SECTION = Section(
    "paragraphs",
    "公文的一段",
    (
        Key("text", text, "一段话，可含 {case_no} 这样的栏目；“一、”开头的是一级标题，“（一）”开头的是二级"),
        Key("when", any_text, "哪个栏目有内容才印这一段；前面加 ! 是没有内容才印", ""),
        Key("repeat", any_text, "一项一段地列出什么，同 rows 里的 repeat", ""),
    ),
    LetterParagraph,
)

LETTER_SECTION = Section(
    "letter",
    "公文式的表单",
    (
        *_PAPER_KEYS,
        ANNEX,
        Key("number", any_text, "发文字号，如 〔{year}〕　　号", ""),
        Key("to", any_text, "主送机关，可含栏目", ""),
        Key("paragraphs", at_least_one(tables(PARAGRAPH_SECTION)), "[[paragraphs]] 各段", inner=PARAGRAPH_SECTION),
        Key("attachments", texts, "附件说明，一个附件一条", ()),
        Key("signed_by", any_text, "署名", "{office}"),
        Key("remark", any_text, "附注，印在日期下面的括号里", ""),
    ),
    FormLayout,
)


def check_rows(form: FormLayout, place: Place) -> None:
    """Tell of rows that are wider than their paper."""
    most = len(form.column_widths)
    for n, row in enumerate(form.rows, start=1):
        taken = sum(cell.columns for cell in row.cells)
        if taken > most:
            place.at("rows").nth(n).tell(
                f"各格一共占{taken}列，这张表只有{most}列", "请核对 columns 和 column_widths"
            )
