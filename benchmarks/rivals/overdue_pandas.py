"""The morning list with pandas: read the ledger, keep what is open and late. Prints the numbers as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import pandas as pd
from columns import DAY


def main(path: str, engine: Any) -> None:
    """List the late cases of the book at ``path``."""
    frame = pd.read_excel(path, sheet_name=0, header=1, engine=engine)
    late = frame[frame["办结时间"].isna() & (pd.to_datetime(frame["下一时限"]) < DAY)]
    print(json.dumps([str(number) for number in late["事项编号"]]))


if __name__ == "__main__":
    main(*sys.argv[1:])
