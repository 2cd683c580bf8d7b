"""``zmn``, and ``python -m zhuomuniao``: how the process begins and ends; what it does: :mod:`zhuomuniao.cli`."""

from __future__ import annotations

import atexit
import gc
import os
import sys

_OBJECTS_BEFORE_COLLECTING = 200_000


def main() -> None:
    """The ``zmn`` command."""
    # Before anything is imported. A ledger of 10,000 rows is a million objects that stay until the end: looking
    # through them for cycles again and again took a sixth of the time.
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING)
    from zhuomuniao.cli import run

    for stream in (sys.stdout, sys.stderr):
        # A cp936 console cannot show ✓ or rare characters: show ? rather than fail (S-01).
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> None:
    """End at once, with what others want done at the end. Taking every module and object apart again, which an
    ordinary exit does, lasts a tenth of ``zmn overdue``.
    """
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        # The reader of our output (less, head) went away; that is no fault.
        pass
    os._exit(code)


if __name__ == "__main__":
    main()
