"""What a roll-up can be grouped by, and the words of a round in each grouping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError
from zhuomuniao.privacy import mask_cell, mask_text
from zhuomuniao.reports.casetables import NO_UNIT, NOT_STATED
from zhuomuniao.texts import clean_text

if TYPE_CHECKING:
    from zhuomuniao.reports.caserounds import Round
    from zhuomuniao.rollup.counted import Words


_LONGEST_WORD = 60
_LONGEST_TOLD = 300


def shown(word: str, longest: int = _LONGEST_WORD) -> str:
    """A word of somebody's book as it may stand in a cell of ours, whatever was typed there: cut, on one line."""
    plain = " ".join(clean_text(word).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def told(sentence: str) -> str:
    """A sentence about somebody's book, without telephones and identity numbers that may have got into it."""
    return mask_text(shown(sentence, _LONGEST_TOLD))


class Grouping(Struct, frozen=True):
    """One sheet of the report. ``titles`` head the columns of its words; ``words_of`` are those of a round, given the
    name of its locality.
    """

    name: str
    sheet: str
    titles: tuple[str, ...]
    words_of: Callable[[Round, str], Words]
    is_ranked: bool = False


def _coded(field: str) -> Callable[[Round, str], Words]:
    # People type phones into any cell: what leaves a worker is masked.
    return lambda item, locality: (_masked(field, item) or NOT_STATED,)


def _unit(item: Round, locality: str) -> Words:
    # A 县公安局 of one county is not that of another.
    return locality, _masked("unit", item) or NO_UNIT


def _masked(field: str, item: Round) -> str:
    case = item.case
    return shown(mask_cell(field, str(getattr(case, field)), (case.applicant, case.experience_officer)))


GROUPINGS: Mapping[str, Grouping] = {
    one.name: one
    for one in (
        Grouping("locality", "按区县", ("区县",), lambda item, locality: (locality,), is_ranked=True),
        Grouping("unit", "按责任单位", ("区县", "责任单位"), _unit, is_ranked=True),
        Grouping("kind", "按事项性质", ("事项性质",), _coded("kind")),
        Grouping("tier", "按响应级别", ("响应级别",), _coded("tier")),
        Grouping("channel", "按受理渠道", ("受理渠道",), _coded("channel")),
        Grouping("month", "按受理月份", ("受理（重办）月份",), lambda item, locality: (f"{item.opened_on:%Y-%m}",)),
    )
}
"""The groupings by the words of ``--by``, in the order of the sheets."""

_CHINESE = {"区县": "locality", "单位": "unit", "性质": "kind", "级别": "tier", "渠道": "channel", "月份": "month"}


def parse_groupings(text: str | None) -> tuple[str, ...]:
    """The groupings named, ``locality,unit``, in the order of the sheets; all of them where none is named.

    Raises :class:`BadValueError` naming those there are.
    """
    if text is None:
        return tuple(GROUPINGS)
    parts = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()]
    named = {_CHINESE.get(part, part.lower()) for part in parts}
    known = "、".join(f"{word}（{chinese}）" for chinese, word in _CHINESE.items())
    if unknown := [part for part in parts if _CHINESE.get(part, part.lower()) not in GROUPINGS]:
        raise BadValueError(f"不能按“{'、'.join(unknown)}”分", f"可以写：{known}；几种用逗号隔开", field="by")
    if not named:
        raise BadValueError("没有写按什么分", f"可以写：{known}；几种用逗号隔开，不写 --by 就是全部", field="by")
    return tuple(name for name in GROUPINGS if name in named)
