"""A process that leads every case of a shelf from round to round until it is killed, and prints each round done.

Its disk is slow, so that most of its life is writing.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tests.unit.store.shelf import open_shelf

_flush = os.fsync


def slow_flush(handle: int) -> None:
    time.sleep(0.005)
    _flush(handle)
    time.sleep(0.005)


if __name__ == "__main__":
    os.fsync = slow_flush
    root, to = Path(sys.argv[1]), int(sys.argv[2])
    while True:
        open_shelf(root).advance(to)
        print(to, flush=True)
        to += 1
