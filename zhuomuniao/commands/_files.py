"""What became of a file that was read row by row (``--from``), for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from zhuomuniao.commands._view import say, warn, where_line

if TYPE_CHECKING:
    from zhuomuniao.model import Receipt
    from zhuomuniao.usecases.bulk import RejectedRow


class FileOutcome(Protocol):
    """What every file has in common when it has been read. ``accepted`` counts good rows, also in a dry run."""

    @property
    def rejected(self) -> Sequence[RejectedRow]: ...
    @property
    def warnings(self) -> Sequence[tuple[int, Sequence[str]]]: ...
    @property
    def accepted(self) -> int: ...
    @property
    def is_dry_run(self) -> bool: ...


def say_file(
    outcome: FileOutcome,
    written: Sequence[Receipt[Any]],
    batch: str,
    *,
    verb: str,
    measure: str,
    noun: str = "",
    row: str = "行",
) -> None:
    """How many rows were ``written`` (登记 3 件), under which numbers and batch; then what each other row lacks."""
    if outcome.is_dry_run:
        say(f"检查完毕（没有写入）：{outcome.accepted}{row}合格，{len(outcome.rejected)}{row}有问题")
    elif written:
        numbers = dict.fromkeys(r.record.case_no for r in (written[0], written[-1]))
        say(f"✓ 已{verb} {len(written)} {measure}{noun}：{' 至 '.join(numbers)}", where_line(written[-1]))
        say(f"  批次 {batch}；整批撤销：zmn undo --batch {batch}")
    else:
        say(f"没有{verb}任何一{measure}")
    for rejected in outcome.rejected:
        say(f"  ✗ 第{rejected.row}行：{'；'.join(rejected.problems)}")
    for number, warnings in outcome.warnings:
        warn(f"第{number}行：{text}" for text in warnings)
