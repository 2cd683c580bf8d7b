"""The outbox: entries that wait because their book is open elsewhere. Each already has its final number."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from zhuomuniao.errors import CannotWriteError, IntegrityError, reason_of
from zhuomuniao.store.entry import Entry, entry_from_json
from zhuomuniao.store.stage import make_folder, write_durably


class Outbox:
    """One file per waiting operation in ``folder``/outbox, ordered by operation id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "outbox"

    def entries(self) -> tuple[Entry, ...]:
        """Every waiting entry in operation order. Raises :class:`IntegrityError` for a file that was damaged."""
        if not self.folder.is_dir():
            return ()
        found = []
        for path in sorted(self.folder.glob("*.json")):
            # A writer may have put it into its book since the folder was listed.
            with suppress(FileNotFoundError):
                found.append(_read(path))
        return tuple(found)

    def put(self, entry: Entry) -> None:
        """Keep an entry durably; again changes nothing. Raises :class:`CannotWriteError`."""
        try:
            make_folder(self.folder, within=self.folder.parent)
        except OSError as error:
            raise CannotWriteError(
                f"写不进工作区的 {self.folder.name} 文件夹：{reason_of(error)}",
                "请检查磁盘空间和文件夹权限；没有写入任何内容",
            ) from error
        data = json.dumps(entry.as_json(), ensure_ascii=False, indent=1).encode()
        write_durably(self.folder / f"{entry.op_id}.json", data)

    def remove(self, entry: Entry) -> None:
        """Take an entry out once it stands in its book."""
        # Where it cannot be taken out, it is found again and found to stand in its book.
        with suppress(PermissionError):
            (self.folder / f"{entry.op_id}.json").unlink(missing_ok=True)


def _read(path: Path) -> Entry:
    try:
        return entry_from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityError(
            f"等着补写的内容“{path.parent.name}/{path.name}”读不出来，文件被改动过",
            "同样的内容在流水里也有；请先把这个文件移出工作区保存好，再用 zmn book history 核对那一次操作",
        ) from error
