"""指标口径: the sheet that tells what each figure of a hand-in means, drawn alike for every report."""

from __future__ import annotations

from collections.abc import Sequence

from zhuomuniao.reports.tables import Content, Place, Table, TableColumn

DEFINITIONS = "指标口径"
_CHAIN = "操作链末值是账册操作记录的末位校验值，随报表留存，可用以核对账册事后有无改动。"


def draw_definitions(title: str, rows: Sequence[tuple[Content, ...]], notes: Sequence[str] = ()) -> Table:
    """The sheet with its rows (项目, 数值, 口径与说明); the note on the chain's last hash stands last."""
    columns = (TableColumn("项目", 20), TableColumn("数值", 13), TableColumn("口径与说明", 58, place=Place.LEFT))
    return Table(DEFINITIONS, "", columns, tuple(rows), title=(title,), notes=(*notes, _CHAIN), least_height=20)


def chain_fact(chain_head: str) -> tuple[Content, ...]:
    """The line that tells the chain's last hash."""
    return ("操作链末值", "见右", chain_head or "未提供")


def privacy_fact(*, is_full: bool, masked: str = "姓名、电话、证件号码已遮盖") -> tuple[Content, ...]:
    """The line that tells whether names are whole; ``masked`` says what was covered where they are not."""
    told = "未遮盖，含个人信息，请按规定保管" if is_full else masked
    return ("个人信息", "完整" if is_full else "已遮盖", told)
