"""``python -m zhuomuniao`` is ``zmn``."""

from __future__ import annotations

from zhuomuniao.cli import main

main()
