"""How an edition of a report is shown: which it is, what changed, where an older draft went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhuomuniao.commands._view import say, warn
from zhuomuniao.usecases.editions import HandIn, Standing

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

_MOST_SAID = 6
_LONGEST = 60


def edition_json(office: Office, hand_in: HandIn) -> dict[str, Any]:
    """Which edition it is, as scripts see it."""
    return {
        "correction": hand_in.correction,
        "is_new": hand_in.is_new,
        "against": hand_in.against,
        "changes": [
            {
                "kind": change.kind.value,
                "table": change.table,
                "row": change.row,
                "column": change.column,
                "old": change.old,
                "new": change.new,
                "of_list": change.is_of_list,
            }
            for change in hand_in.changes
        ],
        "remarks": list(hand_in.remarks),
        "old_drafts": [office.workspace.relative(path) for path in hand_in.drafts],
    }


def say_edition(office: Office, hand_in: HandIn) -> None:
    """Which edition it is, and the first of what changed."""
    if hand_in.standing is Standing.SAME:
        say("  数字与已有的一份相同，没有重新生成")
    if hand_in.drafts:
        kept, others = office.workspace.relative(hand_in.drafts[0]), len(hand_in.drafts) - 1
        more = f" 等{others + 1}个文件" if others else ""
        warn([f"数字和上一稿不同，已换成新稿；上一稿（有人填写过的也在内）留在 {kept}{more}"])
    if hand_in.correction and hand_in.standing is Standing.NEW:
        _say_correction(hand_in)
    warn(hand_in.remarks)


def _say_correction(hand_in: HandIn) -> None:
    warn([f"数字有变，已作为“更正{hand_in.correction}”另存，zmn 没有动原来的文件；对照的是{hand_in.against}"])
    changes = hand_in.told_changes
    for change in changes[:_MOST_SAID]:
        place = " ".join(filter(None, (change.table, change.row, change.column)))
        told = " → ".join(map(_short, change.sides))
        say(f"    {change.kind.value}　{place}：{told}")
    left = len(changes) - _MOST_SAID
    if left > 0:
        say(f"    另有{left}项，见“更正说明”表")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}……"
