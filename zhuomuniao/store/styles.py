"""Which cell styles show dates: the number formats behind the style indexes of ``styles.xml``."""

from __future__ import annotations

import re
from typing import Final

from zhuomuniao.store.xmlspans import elements_of

# ECMA-376 18.8.30: 14-17 and 22 everywhere; 27-36 and 50-58 are dates in the Chinese set
# (32-35 and 55-56 show times or are reused; a day would not be seen in them).
_BUILTIN_DATES: Final = frozenset({14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58})


def date_styles(styles: bytes, *, part: str) -> frozenset[int]:
    """Answer the style indexes (``s`` of a cell) whose number format shows a day."""
    found = elements_of(styles, part=part)
    custom = {e.attributes.get("numFmtId"): e.attributes.get("formatCode", "") for e in found if e.tag == "numFmt"}
    answer = set()
    index = 0
    for element in found:
        if element.tag != "xf" or found[element.parent].tag != "cellXfs":
            continue
        ident = element.attributes.get("numFmtId", "0")
        code = custom.get(ident)
        if _shows_day(code) if code is not None else ident.isdigit() and int(ident) in _BUILTIN_DATES:
            answer.add(index)
        index += 1
    return frozenset(answer)


def _shows_day(code: str) -> bool:
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[(?![hmsHMS]+\])[^\]]*\]', "", code.split(";")[0]).lower()
    if "general" in bare or "通用" in bare or "@" in bare:
        return False
    if re.search(r"[ydaeb]", re.sub(r"am/pm|a/p|上午/下午|e[+-]", "", bare)):
        return True
    return "m" in bare and not re.search(r"[hs]", bare)
