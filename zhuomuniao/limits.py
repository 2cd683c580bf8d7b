"""How long a limit is, as the notices write it: 5个工作日、3日、2周、1个月、24小时、当日、次日、下班前."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from zhuomuniao.errors import BadValueError


class LimitUnit(StrEnum):
    """工作日, calendar days (日), weeks (周), months (月), hours (小时), minutes (分钟)."""

    WORKDAY = "工作日"
    DAY = "日"
    WEEK = "周"
    MONTH = "月"
    HOUR = "小时"
    MINUTE = "分钟"

    @property
    def is_of_the_clock(self) -> bool:
        """Whether the limit runs from the moment itself and not from the day after (民法典201)."""
        return self in (LimitUnit.HOUR, LimitUnit.MINUTE)


class Limit(Struct, frozen=True, eq=False):
    """A count of a unit. 当日 is 0日, 次日 is 1日. ``by_closing`` means 下班前 on the last day.

    ``word`` keeps how it was written where that is not the plain form (次日, 次日起5工作日).
    """

    count: int
    unit: LimitUnit
    by_closing: bool = False
    word: str = ""

    def __eq__(self, other: object) -> bool:
        """Whether both count the same, however they were written."""
        return isinstance(other, Limit) and self._count == other._count

    def __hash__(self) -> int:
        return hash(self._count)

    @property
    def _count(self) -> tuple[int, LimitUnit, bool]:
        return self.count, self.unit, self.by_closing

    def __str__(self) -> str:
        if self.word:
            return self.word
        counted = f"{self.count}{'个' if self.unit is LimitUnit.MONTH else ''}{self.unit.value}"
        plain = "当日" if self.count == 0 else counted
        return f"{plain}下班前" if self.by_closing else plain


_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_COUNT = r"(?P<count>\d{1,4}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_UNIT = r"(?P<unit>工作日|自然日|日历日|日|天|星期|周|月|年|小时|分钟)"
_COUNTED = re.compile(
    rf"(?P<next>自?次日起)?{_COUNT}个?{_UNIT}(?P<inside>之内|以内|内)?(?P<closing>下班前|下班以前)?"
)
_NAMED = re.compile(r"(?P<day>当日|当天|即日|次日|第二天)?(?P<inside>之内|以内|内)?(?P<closing>下班前|下班以前)?")
_UNIT_WORDS = {
    "自然日": LimitUnit.DAY,
    "日历日": LimitUnit.DAY,
    "天": LimitUnit.DAY,
    "星期": LimitUnit.WEEK,
    "年": LimitUnit.MONTH,
}
_NEXT_DAY = {"次日", "第二天"}
_FORMS = "请写成 5工作日、3日、2周、1个月、24小时、30分钟、当日、次日 或 当日下班前"


def parse_limit(text: str, words: Mapping[str, LimitUnit] | None = None) -> Limit:
    """Read a limit. ``words`` is the document's own dictionary, such as 日 meaning 工作日.

    “次日起” before a count says what counting does anyway: the first day is not shifted twice.
    Raises :class:`BadValueError` naming the forms.
    """
    wanted = "".join(text.split())
    if match := _COUNTED.fullmatch(wanted):
        word, count = match["unit"], _number(match["count"])
        unit = (words or {}).get("日" if word == "天" else word) or _UNIT_WORDS.get(word) or LimitUnit(word)
        closing = bool(match["closing"])
        if count > 0 and not (closing and unit.is_of_the_clock):
            months = count * 12 if word == "年" else count
            return Limit(months, unit, closing, f"次日起{Limit(months, unit, closing)}" if match["next"] else "")
    elif wanted and (match := _NAMED.fullmatch(wanted)) and (match["day"] or match["closing"]):
        closing = bool(match["closing"])
        if match["day"] in _NEXT_DAY:
            return Limit(1, LimitUnit.DAY, closing, "次日下班前" if closing else "次日")
        return Limit(0, LimitUnit.DAY, closing)
    raise BadValueError(f"看不懂时限“{text}”", _FORMS, expected="5工作日")


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS[text]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
