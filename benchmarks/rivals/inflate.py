"""The ledger sheet's part inflated, and nothing else: a floor."""

from __future__ import annotations

import sys
from zipfile import ZipFile

with ZipFile(sys.argv[1]) as archive:
    print(len(archive.read("xl/worksheets/sheet1.xml")))
