"""The forms of dates and times a clerk may type. Anything else is refused: nothing is guessed (cli.md)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from zhuomuniao.errors import BadValueError

_DAY_FORMS = "2026-10-08、2026.10.8、2026年10月8日、20261008、今天、昨天"
ACCEPTED_FORMS = f"{_DAY_FORMS}、10月8日，时间写在后面，如 2026-10-08 09:30"

LAST_MONTH = "上月"
"""The word for the month before the day looked at; an option for which that goes without saying may leave it out."""

_YEAR_FIRST = re.compile(r"(\d{4})\s*(?:[-./年])\s*(\d{1,2})\s*(?:[-./月])\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_DAY = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_TIME = re.compile(r"\s*(?:T|\s|日)?\s*(\d{1,2})\s*[:：时]\s*(\d{1,2})\s*分?(?:[:：]\s*(\d{1,2}))?$")
_DAY_WORDS = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1}


def parse_date(text: str, *, today: date | None, allows_month_day: bool = True) -> date:
    """The day a text names. ``10月8日`` is its latest occurrence not after ``today``.

    Where ``today`` is ``None`` nobody knows on which day the text was typed: it must name its own year.

    Raises :class:`BadValueError` with the accepted forms.
    """
    cleaned = text.strip()
    if today and cleaned in _DAY_WORDS:
        return today - timedelta(days=_DAY_WORDS[cleaned])
    if match := (_YEAR_FIRST.fullmatch(cleaned) or _COMPACT.fullmatch(cleaned)):
        return _day(int(match[1]), int(match[2]), int(match[3]), text)
    if today and allows_month_day and (match := _MONTH_DAY.fullmatch(cleaned)):
        # 2月29日 may lie several years back.
        for year in range(today.year, today.year - 9, -1):
            try:
                day = date(year, int(match[1]), int(match[2]))
            except ValueError:
                continue
            if day <= today:
                return day
    forms = ACCEPTED_FORMS if allows_month_day else _DAY_FORMS
    raise BadValueError(f"看不懂日期“{text}”", f"请写成：{forms}", found=text)


def parse_moment(text: str, *, today: date | None, default_time: time) -> datetime:
    """The moment a text names; a bare day is taken at ``default_time``. ``today`` as for :func:`parse_date`.

    Raises :class:`BadValueError` with the accepted forms.
    """
    match = _TIME.search(text.rstrip())
    if match is None:
        return datetime.combine(parse_date(text, today=today), default_time)
    head = text[: match.start()]
    # The 日 of 10月8日 9时30分 belongs to the date; the pattern may have eaten it as a separator.
    if "月" in head and not head.rstrip().endswith("日"):
        head = head.rstrip() + "日"
    try:
        clock = time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError as error:
        raise BadValueError(f"“{text}”里的时间不存在", f"请写成：{ACCEPTED_FORMS}", found=text) from error
    return datetime.combine(parse_date(head, today=today), clock)


def moment_of_cell(value: object) -> datetime | None:
    """The moment a cell holds (F-12: real date, ``46244``, ``2026.8.10``), or ``None`` when it is none.

    今天, 昨天 and 10月8日 are none: what they meant depends on the day they were typed.
    """
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _moment_of_serial(value)
    if isinstance(value, str) and value.strip():
        try:
            if re.fullmatch(r"\d{5}(\.\d+)?", value.strip()):
                return _moment_of_serial(float(value))
            return parse_moment(value, today=None, default_time=time())
        except BadValueError:
            return None
    return None


def _moment_of_serial(value: float) -> datetime | None:
    # 20,000 = 1954, 80,000 = 2119: smaller or larger numbers in a date column are counts or phones.
    if not 20_000 <= value <= 80_000:
        return None
    moment = datetime(1899, 12, 30) + timedelta(days=value)
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise BadValueError(f"没有“{text}”这一天", f"请核对年月日；可写成：{ACCEPTED_FORMS}", found=text) from error
