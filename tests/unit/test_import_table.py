"""Who may import whom (docs/ARCHITECTURE.md): left may use right, nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "zhuomuniao"

VALUES = {"model", "errors"}
RULES = {"limits", "ruletypes", "codes", "rules", "course"}
COUNTING = {
    "counting", "deadlines", "periods", "ladder", "quotas", "allowances", "coverage", "rosters", "activityfaults",
}  # fmt: skip
BELOW_USECASES = {
    "assets", "casebook", "caselog", "consistency", "dateforms", "fieldlife", "fieldrows",
    "fieldwork", "forms", "handlers", "importing", "layers", "layouts", "ledger",
    "lifecycle", "logbook", "notice", "numbering", "paperlayouts", "privacy", "quotes", "render", "reports",
    "rollup", "roundtext", "rows",
    "rulecheck", "rulefile", "rulekeys", "similarity", "stepwords", "store", "texts", "tomlkeys", "transitions",
    "workdays", "workedcases", "workspace", *RULES, *COUNTING,
}  # fmt: skip

TABLE: dict[str, set[str]] = {
    "__init__": set(),
    "__main__": {"cli"},
    "cli": {"errors", "__init__"},
    "commands": {"usecases", "workspace", "workdays", "fieldwork", "assets", "dateforms", "privacy", *VALUES},
    "usecases": {*BELOW_USECASES, *VALUES},
    "reports": {"fieldwork", "layouts", "roundtext", "rows", "deadlines", "workdays", "privacy", *RULES, *VALUES},
    "rollup": {
        "deadlines", "intake", "layouts", "privacy", "reports", "similarity", "texts", "workdays", *RULES, *VALUES,
    },
    "forms": {"paperlayouts", "stepwords", *VALUES},
    "render": {"sheetlook", "reports", "forms", "layouts", "paperlayouts", *VALUES},
    "importing": {"intake", "layouts", "store", "texts", "tomlkeys", *VALUES},
    "ledger": {"casebook", "caselog", "store", "layouts", "rows", "texts", *VALUES},
    "casebook": {"caselog", "store", "layouts", "privacy", "rows", *VALUES},
    "caselog": {"rows", "store", *VALUES},
    "fieldwork": {"model"},
    "fieldrows": {"fieldwork", "rows", "rules", "store", "model"},
    "fieldlife": {"fieldwork", "lifecycle", "roundtext", "stepwords", "model"},
    "rows": {"dateforms", "layouts", "store", *VALUES},
    "store": {"__init__", "intake", "layouts", "sheetlook", "texts", *VALUES},
    "sheetlook": {"layouts", *VALUES},
    "lifecycle": {"handlers", "logbook", "roundtext", "stepwords", *RULES, *VALUES},
    "transitions": {"fieldlife", "handlers", "lifecycle", "logbook", "roundtext", "stepwords", *RULES, *VALUES},
    "logbook": {"stepwords", *RULES, *VALUES},
    "handlers": set(),
    "roundtext": set(),
    "allowances": {"counting", "deadlines", "workdays", *RULES, *VALUES},
    "deadlines": {"counting", "workdays", *RULES, *VALUES},
    "counting": {"workdays", *RULES, *VALUES},
    "periods": {"workdays", *RULES, *VALUES},
    "quotas": {"periods", *RULES, *VALUES},
    "ladder": {"workdays", *RULES, *VALUES},
    "coverage": {"fieldwork", "periods", "quotas", "texts", *RULES, *VALUES},
    "activityfaults": {"coverage", "fieldwork", "quotas", *RULES, *VALUES},
    "rosters": {"fieldwork", "quotas", *RULES, *VALUES},
    "numbering": {"texts", *RULES, *VALUES},
    "rulecheck": {
        "consistency", "fieldwork", "heldanswers", "lifecycle", "numbering", "rulefile", "texts", "tomlkeys",
        "workdays", "workedcases", *COUNTING, *RULES, *VALUES,
    },
    "heldanswers": {"tomlkeys", "workdays", *RULES, *VALUES},
    "quotes": {"rulefile", "texts", "tomlkeys", *VALUES},
    "workedcases": {"coverage", "tomlkeys", *RULES, *VALUES},
    "rulefile": {"consistency", "layouts", "paperlayouts", "rulekeys", "rulevalues", "tomlkeys", *RULES, *VALUES},
    "consistency": {"fieldwork", "layouts", "rulekeys", "tomlkeys", *RULES, *VALUES},
    "rulekeys": {"rulevalues", "tomlkeys", *RULES, *VALUES},
    "rulevalues": {"texts", "tomlkeys", *RULES, *VALUES},
    "tomlkeys": {"errors"},
    "course": {"limits", *VALUES},
    "rules": {"codes", "ruletypes", "limits", *VALUES},
    "codes": {"ruletypes", *VALUES},
    "ruletypes": {"limits", *VALUES},
    "limits": {"errors"},
    "workdays": {"layers", "statutory", *VALUES},
    "notice": {"layers", "intake", "statutory", "texts", *VALUES},
    "layers": {"statutory", "texts", *VALUES},
    "statutory": {"assets"},
    "workspace": {"layouts", *VALUES},
    "privacy": VALUES,
    "layouts": {"paperlayouts", "texts", "tomlkeys", *VALUES},
    "paperlayouts": {"tomlkeys", *VALUES},
    "dateforms": {"errors"},
    "intake": {"errors"},
    "assets": {"errors"},
    "texts": set(),
    "stepwords": set(),
    "similarity": {"texts", "model"},
    "model": set(),
    "errors": set(),
}  # fmt: skip

# Rooms that are entered by one door only.
DOORS = {
    ("render", "reports"): {"zhuomuniao.reports.tables"},
    ("render", "forms"): {"zhuomuniao.forms.filled"},
    ("importing", "store"): {"zhuomuniao.store.reader", "zhuomuniao.store.cells"},
    ("rows", "store"): {"zhuomuniao.store.cells"},
    ("caselog", "store"): {"zhuomuniao.store.cells"},
    ("fieldrows", "store"): {"zhuomuniao.store.cells"},
}

HEAVY = {
    "pandas", "openpyxl", "docx", "dask", "fsspec", "python_calamine", "filelock", "rich", "xlsxwriter", "icalendar",
    "matplotlib", "distributed",
}  # fmt: skip


def room_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports_of(path: Path) -> list[tuple[str, int, bool]]:
    """Imported modules with their line and whether they are imported at module level and at run time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names = [node.module]
            if node.module == "zhuomuniao":
                names = [f"zhuomuniao.{alias.name}" for alias in node.names]
        found += [(name, node.lineno, id(node) in top and id(node) not in typing_only) for name in names]
    return found


def test_every_import_is_in_the_table() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 40, "the table must have been held against the whole package"
    wrong = []
    arrows = 0
    for path in files:
        room = room_of(path)
        assert room in TABLE, f"{room} stands in no row of the table"
        for name, line, _ in imports_of(path):
            if not name.startswith("zhuomuniao."):
                continue
            target = name.split(".")[1]
            target = "__init__" if target.startswith("__") else target
            if target == room:
                continue
            arrows += 1
            allowed = target in TABLE[room]
            door = DOORS.get((room, target))
            if not allowed or (door and not any(name == d or name.startswith(d + ".") for d in door)):
                wrong.append(f"{path.relative_to(PACKAGE)}:{line} {room} → {name}")
    assert arrows > 100
    assert wrong == []


def test_heavy_packages_are_imported_inside_functions() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} {name}"
        for path in PACKAGE.rglob("*.py")
        for name, line, is_at_start in imports_of(path)
        if is_at_start and name.split(".")[0] in HEAVY
    ]
    assert wrong == []


def test_openpyxl_never_touches_a_book_that_exists() -> None:
    """In store/, openpyxl makes new books only; what exists is patched."""
    users = {
        path.name
        for path in (PACKAGE / "store").glob("*.py")
        for name, _, _ in imports_of(path)
        if name.split(".")[0] == "openpyxl"
    }
    assert users == {"create.py"}
