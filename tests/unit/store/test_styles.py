"""Which number formats show a day."""

from __future__ import annotations

import pytest

from tests.unit.store.books import MAIN
from zhuomuniao.store.styles import date_styles


def styles(ident: int, code: str | None) -> bytes:
    quoted = (code or "").replace("&", "&amp;").replace('"', "&quot;")
    custom = "" if code is None else f'<numFmts><numFmt numFmtId="{ident}" formatCode="{quoted}"/></numFmts>'
    return f'<styleSheet xmlns="{MAIN}">{custom}<cellXfs><xf numFmtId="{ident}"/></cellXfs></styleSheet>'.encode()


@pytest.mark.parametrize(
    ("ident", "code", "shows"),
    [
        (14, None, True),
        (22, None, True),
        (31, None, True),
        (57, None, True),
        (0, None, False),
        (20, None, False),
        (32, None, False),
        (45, None, False),
        (49, None, False),
        (59, None, False),
        (164, "General", False),
        (164, "G/通用格式", False),
        (164, "@", False),
        (164, 'yyyy"年"m"月"d"日"', True),
        (164, "[$-804]yyyy/m/d h:mm;@", True),
        (164, "[$-804]aaaa", True),
        (164, 'm"月"', True),
        (164, "h:mm:ss", False),
        (164, "[h]:mm", False),
        (164, '上午/下午h"时"mm"分"', False),
        (164, "0.00E+00", False),
        (164, '0"天 day"', False),
        (164, "[Red]0.0", False),
        (164, "\\d0", False),
        (14, "0.00", False),
    ],
)
def test_formats(ident, code, shows):
    assert date_styles(styles(ident, code), part="x") == (frozenset({0}) if shows else frozenset())
