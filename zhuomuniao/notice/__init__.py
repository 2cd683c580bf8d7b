"""Holiday notices: from a pasted text or a file to a layer of the calendar, or to a list of what is wrong.

``words`` makes a text comparable, ``shape`` finds title, year, kind and items, ``grammar`` reads one item, ``checks``
holds the whole against what notices are like, ``changes`` holds an amendment against the calendar in force,
``parsing`` joins them, ``files`` reads .txt, .docx and .json.
"""

from zhuomuniao.notice.changes import KnownDay
from zhuomuniao.notice.files import read_notice_file
from zhuomuniao.notice.parsing import ParsedNotice, parse_holiday_cn, parse_notice

__all__ = ["KnownDay", "ParsedNotice", "parse_holiday_cn", "parse_notice", "read_notice_file"]
