"""说明 of a step as words with titles, ``主办：县住建局；协办：县人社局``: written by one command, read back by all.

What stands before the first title is the word the step begins with, such as ``5工作日`` of a 延期 line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

HEAD: Final = ""
LEAD, WITH, COORDINATOR = "主办", "协办", "统筹"
REASON, BASIS, APPROVER = "理由", "依据", "批准人"
SATISFACTION, SOLVED, FAULT = "满意度", "是否解决", "不满意原因"
DISPOSITION, DECISION, DUE = "处理意见", "议定", "期限"
MEETING, MEMBERS, NOTE, CAUSE = "会议", "成员", "说明", "原因"
HANDLING, REMEDY, IN_CHARGE, URGENT = "整改方式", "解决措施", "包抓人", "急难愁盼"
SPECIAL_MEETING, MECHANISM = "专题会议", "长效机制"

TITLES: Final = (
    LEAD, WITH, COORDINATOR, REASON, BASIS, APPROVER, SATISFACTION, SOLVED, FAULT, DISPOSITION, DECISION, DUE,
    MEETING, MEMBERS, NOTE, CAUSE, HANDLING, REMEDY, IN_CHARGE, URGENT, SPECIAL_MEETING, MECHANISM,
)  # fmt: skip
_TITLE = re.compile(rf"(?:^|；)({'|'.join(TITLES)})：")
_INSIDE = re.compile(rf"；({'|'.join(TITLES)})：")
_JOINT = "、"


def tell(words: Mapping[str, str]) -> str:
    """The words in the order given, those that are empty left out.

    What people type can look like a title (``他说；满意度：满意``): it is written so that it is read as text.
    """
    plain = {title: _INSIDE.sub(r"，\1：", text) for title, text in words.items() if text}
    head = _TITLE.sub(r"\1:", plain.pop(HEAD, ""), count=1)
    return "；".join(filter(None, (head, *(f"{title}：{text}" for title, text in plain.items()))))


def read(text: str) -> dict[str, str]:
    """The words by title; the first of each title counts. What comes before them is under :data:`HEAD`."""
    places = list(_TITLE.finditer(text))
    ends = [*(place.start() for place in places[1:]), len(text)]
    found = {HEAD: text[: places[0].start()] if places else text}
    for place, end in zip(places, ends, strict=False):
        found.setdefault(place[1], text[place.end() : end])
    return found


def join(names: tuple[str, ...]) -> str:
    """Several units in one word."""
    return _JOINT.join(names)


def split(word: str) -> tuple[str, ...]:
    """The units that :func:`join` put into one word."""
    return tuple(filter(None, word.split(_JOINT)))
