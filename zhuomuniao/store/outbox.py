"""The outbox: entries that wait because their book is open elsewhere. Each already has its final number."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from zhuomuniao.errors import CannotWriteError, reason_of
from zhuomuniao.store.entry import Entry, entry_from_json
from zhuomuniao.store.stage import make_folder, write_durably


class Outbox:
    """One file per waiting operation in ``folder``/outbox, ordered by operation id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "outbox"

    def entries(self) -> tuple[Entry, ...]:
        """Every waiting entry in operation order."""
        if not self.folder.is_dir():
            return ()
        found = []
        for path in sorted(self.folder.glob("*.json")):
            # A writer may have put it into its book since the folder was listed.
            with suppress(FileNotFoundError):
                found.append(entry_from_json(json.loads(path.read_text(encoding="utf-8"))))
        return tuple(found)

    def put(self, entry: Entry) -> None:
        """Keep an entry durably; again changes nothing. Raises :class:`CannotWriteError`."""
        try:
            make_folder(self.folder)
        except OSError as error:
            raise CannotWriteError(
                f"写不进工作区的 {self.folder.name} 文件夹：{reason_of(error)}",
                "请检查磁盘空间和文件夹权限；没有写入任何内容",
            ) from error
        data = json.dumps(entry.as_json(), ensure_ascii=False, indent=1).encode()
        write_durably(self.folder / f"{entry.op_id}.json", data)

    def remove(self, entry: Entry) -> None:
        """Take an entry out once it stands in its book."""
        (self.folder / f"{entry.op_id}.json").unlink(missing_ok=True)
