"""Finds the read-only data folder: ``$ZMN_DATA``, the copy inside the installed package, or the repository's."""

from __future__ import annotations

import os
from pathlib import Path

from zhuomuniao.errors import WorkspaceError

_PACKAGE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """The folder that holds ``localities/``, ``calendar/`` and the demo's input.

    Raises :class:`WorkspaceError` when none is found, as after a broken installation.
    """
    configured = os.environ.get("ZMN_DATA")
    candidates = [Path(configured)] if configured else [_PACKAGE / "_data", _PACKAGE.parent / "data"]
    for folder in candidates:
        if (folder / "localities").is_dir():
            return folder
    raise WorkspaceError(
        "找不到 zmn 自带的数据文件夹（localities）",
        "请重新安装 zmn；如设置了环境变量 ZMN_DATA，请核对它指向的文件夹",
    )


def locality_slugs() -> tuple[str, ...]:
    """Slugs of the localities that come with zmn, in code-point order."""
    folders = (data_folder() / "localities").iterdir()
    return tuple(sorted(f.name for f in folders if (f / "locality.toml").is_file()))


def locality_folder(slug_or_folder: str) -> Path:
    """The folder of a locality, given its slug or a path to a county's own folder.

    Raises :class:`WorkspaceError` naming the known slugs.
    """
    bundled = data_folder() / "localities" / slug_or_folder
    own = Path(slug_or_folder)
    for folder in (bundled, own):
        if (folder / "locality.toml").is_file():
            return folder
    raise WorkspaceError(
        f"没有名为“{slug_or_folder}”的区县",
        f"可用的有：{'、'.join(locality_slugs())}；也可以写一个含 locality.toml 的文件夹路径",
    )
