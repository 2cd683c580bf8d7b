"""The ledger sheet read by calamine, and nothing else: a floor."""

from __future__ import annotations

import sys

from python_calamine import CalamineWorkbook

print(len(CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()))
