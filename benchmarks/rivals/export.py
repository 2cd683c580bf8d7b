"""An export of a hotline system with so many orders, each of another person.

``python -m benchmarks.rivals.export FILE ORDERS`` writes one.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

from tests.exports import WIDE, wide_row, write_xlsx

_UNITS = ("登记注册股", "投资建设股")
_SURNAMES, _FIRST, _SECOND = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许",
    "安林知志晓桂海玉立新",
    "禾远敏丽东兰涛梅强英",
)
_NAMES = ["".join(name) for name in product(_SURNAMES, _FIRST, _SECOND)]


def main(path: Path, orders: int) -> None:
    """Write the export."""
    rows = (
        wide_row(
            n,
            来电人姓名=_NAMES[n % len(_NAMES)],
            来电人电话=f"138{n:08d}",
            承办单位=_UNITS[n % 2],
        )
        for n in range(1, orders + 1)
    )
    write_xlsx(path, {"工单": [["12345工单明细"], WIDE, *rows]})


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
