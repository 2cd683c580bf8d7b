"""What becomes of a broken identity: an error that names the records which break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from zhuomuniao.errors import IntegrityError

if TYPE_CHECKING:
    from zhuomuniao.reports.tables import Check

_NAMED = 5
"""Numbers an error names before it counts them."""


def require_agreement(
    checks: Iterable[Check], faults: Callable[[], Mapping[str, str]], *, measure: str = "件"
) -> None:
    """Raise :class:`IntegrityError` where an identity is broken, naming what breaks it and what to do.

    ``faults`` tells, by its number, what in each record does not fit; it is asked only then. ``measure`` counts them.
    An identity whose sides may honestly differ is told, never refused.
    """
    broken = [check for check in checks if not check.holds and not check.is_told]
    if not broken:
        return
    said = "；".join(f"{c.identity}（左边{c.left}，右边{c.right}）" for c in broken)
    found = faults()
    if not found:
        raise IntegrityError(
            f"报表的勾稽关系不平，没有生成：{said}",
            f"台账里没有找到哪一{measure}有矛盾，可能是程序的错；请用 zmn doctor 检查，并把这句话告诉维护人员",
        )
    named = "；".join(f"{no}（{why}）" for no, why in list(found.items())[:_NAMED])
    more = f"等{len(found)}{measure}" if len(found) > _NAMED else ""
    first = next(iter(found))
    raise IntegrityError(
        f"台账里有{len(found)}{measure}的时间和状态对不上，报表的数字会不平，没有生成：{named}{more}。不平的是：{said}",
        f"请用 zmn show {first} 看这一{measure}的经过，在台账里把时间和状态改对"
        "（改动可用 zmn check 核对、采纳），再重新生成；已有的报表文件没有改动",
        cases=tuple(found),
    )
