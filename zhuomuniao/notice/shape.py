"""The shape of a pasted notice: its title, year and kind, and where each numbered item begins and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from zhuomuniao.layers import LayerKind
from zhuomuniao.notice.grammar import has_date
from zhuomuniao.statutory import HOLIDAYS

if TYPE_CHECKING:
    from zhuomuniao.notice.words import Wording

_SHORT: Final = {
    "元旦": "元旦",
    "新年": "元旦",
    "春节": "春节",
    "清明": "清明节",
    "劳动": "劳动节",
    "五一": "劳动节",
    "端午": "端午节",
    "中秋": "中秋节",
    "国庆": "国庆节",
    "十一": "国庆节",
}
_KNOWN: Final = (
    r"(?:元旦节?|新年|春节|清明节?|(?:五一)?(?:国际)?劳动节|五一节?|端午节?|中秋节?|(?:十一)?国庆节?|十一(?!月))"
)
_KNOWN_LIST: Final = rf"{_KNOWN}(?:\n?[、和与及暨]\n?{_KNOWN})*"
_NUMBER: Final = r"(?:\(?[一二三四五六七八九十]{1,3}\)?[、.,]?|\(?\d{1,2}\)?[、.])"
_HEAD: Final = re.compile(
    rf"(?:(?<=[。;\n])|\A)(?:{_NUMBER}\n*(?:\d{{4}}年)?(?P<numbered>{_KNOWN_LIST})(?:放假)?\n*(?::|(?=[\d\n]))"
    rf"|(?:\d{{4}}年)?(?P<bare>{_KNOWN_LIST})(?::|(?=\n))"
    r"|[一二三四五六七八九十]{1,3}、\n*(?P<other>[\u4e00-\u9fff]{2,16}):)"
)
_TAIL: Final = re.compile(
    r"\n(?:国务院|节假日期间|假日期间|放假期间|调休放假期间|通知要求|各地|各单位|鼓励|来源|编辑|责任|责编|附件|抄送|打印|分享|\["
    r"|[\u4e00-\u9fff]{2,20}(?:人民政府|办公厅|办公室)\n"
    r"|\d{4}年\d{1,2}月\d{1,2}日\n"
    r"|[二〇○零一二三四五六七八九十?\d]{4,5}年[一二三四五六七八九十]{1,3}月)"
)
_TITLE: Final = re.compile(
    r"(?<!《)((?:国务院(?:办公厅)?)?[\u4e00-\u9fff]{0,24}?关于[^。:;《]{2,60}?的?(?:通知|公告|决定))"
)
_CHANGE: Final = re.compile(r"(?:调整|延长)[^。,]{0,12}(?:放假|假期|安排|节)|补充通知")
_FEAST: Final = re.compile(r"([\u4e00-\u9fff]{1,3}节)(?!假|日)")
_YEAR_SAID: Final = (
    re.compile(r"现将[^。]{0,8}?(\d{4})年"),
    re.compile(rf"(?:调整|延长)(\d{{4}})年{_KNOWN}"),
    re.compile(rf"(?<!\d)(\d{{4}})年(?:{_KNOWN}|[\u4e00-\u9fff]{{1,3}}节|部分节假日|放假)"),
    re.compile(r"(?<!\d)(\d{4})年\d{1,2}月\d{1,2}日[^电讯\n。]{0,12}放假"),
)


class Item(Struct, frozen=True):
    """One item: the holidays in its head, its text, and where head and text stand in the whole."""

    names: tuple[str, ...]
    start: int
    end: int
    body: Wording


def find_items(wording: Wording) -> Iterator[Item]:
    """The items that give dates."""
    heads = list(_HEAD.finditer(wording.text))
    for number, head in enumerate(heads):
        limit = heads[number + 1].start() if number + 1 < len(heads) else len(wording.text)
        end = head.end() + _end_of_item(wording.text[head.end() : limit])
        body = wording.cut(head.end(), end)
        names = (head["other"] or head["numbered"] or head["bare"]).replace("\n", "")
        if has_date(body.text):
            yield Item(tuple(map(full_name, re.split("[、和与及暨]", names))), head.start(), end, body)


def full_name(name: str) -> str:
    """The usual name of one of the seven holidays; any other name as it is."""
    return next((full for short, full in _SHORT.items() if short in name), name)


def find_title(flat: str) -> str:
    """The notice's title, or "" when none was pasted."""
    found = _TITLE.search(flat)
    if not found:
        return ""
    # Without line breaks the page's navigation runs into the title.
    title = found[1]
    return title[max(title.rfind("国务院", 0, title.find("关于")), 0) :]


def is_change(heading: str) -> bool:
    """Whether a title (or a text without one) says that it changes an arrangement in force."""
    return _CHANGE.search(heading) is not None


def kind_of(items: Sequence[Item], title: str, flat: str) -> LayerKind:
    """Regional where a name is none of the seven, annual where items list them, an amendment otherwise."""
    names = {name for item in items for name in item.names}
    is_national = "国务院" in title or re.match("国办?发明电", flat) is not None
    if names - set(HOLIDAYS) and not is_national:
        return LayerKind.REGIONAL
    if is_change(title or flat) or (is_national and not items):
        return LayerKind.AMENDMENT
    if len(names) > 1:
        return LayerKind.ANNUAL
    if not names and re.search("[省市县区州旗]人民政府|自治[区州县]", title):
        return LayerKind.REGIONAL
    is_of_all = names or any(short in title + flat for short in _SHORT)
    return LayerKind.REGIONAL if not is_of_all and _FEAST.search(title or flat) else LayerKind.AMENDMENT


def find_years(title: str, flat: str) -> list[int]:
    """The years the notice may be for, the likeliest first."""
    said = [re.search(r"(?<!\d)(\d{4})年", title), *(pattern.search(flat) for pattern in _YEAR_SAID)]
    return [int(match[1]) for match in said if match]


def find_name(title: str, text: str) -> str:
    """The holiday of a notice without items: 调整2019年劳动节放假安排, 延长2020年春节假期, or a day of its own."""
    for place in (title, text):
        if match := re.search(rf"(?:调整|延长|关于|现将|\d年|^)(?:\d{{4}}年)?({_KNOWN})", place):
            return full_name(match[1])
    place = title or text
    if "抗日战争" in place:
        return "抗战胜利纪念日"
    own = re.sub(r"^.*?关于|调整|延长|\d{4}年", "", place)
    feast = _FEAST.search(own) or re.search(r"([\u4e00-\u9fff]{0,6}纪念日)", place)
    feast = feast or re.search(r"关于(?:\d{4}年)?([\u4e00-\u9fff]{2,12}?)(?:调休)?(?:放假|假期)", place)
    return feast[1] if feast else "放假"


def _end_of_item(text: str) -> int:
    """Where an item stops: at a signature, at 节假日期间…, at a paragraph without any date."""
    ends = [len(text)]
    if tail := _TAIL.search(text + "\n"):
        ends.append(tail.start())
    position = 0
    for line in text.split("\n"):
        is_new_paragraph = text[:position].rstrip("\n").endswith(("。", "!"))
        if line and is_new_paragraph and not has_date(line) and not re.match("(?:其中)?,?共", line):
            ends.append(position)
            break
        position += len(line) + 1
    return min(ends)
