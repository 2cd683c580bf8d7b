"""Many books with pandas, one after the other: every sheet of each is read. Prints how many rows, and how many of the
month, as JSON.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import pandas as pd


def main(folder: str, month: str) -> None:
    """Read every book below ``folder``, and count the cases accepted in ``month``."""
    warnings.simplefilter("ignore")
    rows = accepted = 0
    for path in sorted(Path(folder).rglob("*.xlsx")):
        sheets = pd.read_excel(path, sheet_name=None, engine="openpyxl", header=1)
        ledger = next(iter(sheets.values()))
        at = pd.to_datetime(ledger["受理时间"])
        rows += len(ledger)
        accepted += int((at.dt.strftime("%Y-%m") == month).sum())
    print(json.dumps({"rows": rows, "accepted": accepted}))


if __name__ == "__main__":
    main(*sys.argv[1:])
