"""How the sheets of activities, issues, plans and rosters hold their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhuomuniao.fieldwork import Activity, CatalogueItem, HandedIn, Issue, Officer, Plan, Site
from zhuomuniao.model import Act, Status
from zhuomuniao.rows import CASE_ROWS, LIFE_FIELDS, RowForm
from zhuomuniao.rules import Holds, SideSheet

if TYPE_CHECKING:
    from zhuomuniao.store.cells import CellValue

ACTIVITY_ROWS = RowForm(
    Activity,
    opened="held_at",
    required=("unit", "activity_kind", "held_at"),
    telling=(("unit",), ("leader",), ("held_at",)),
    command="zmn activity record",
    noun="活动",
    listing="zmn activity list",
    derived=LIFE_FIELDS,
    untold_status=lambda values: Status.FILED if values["filed_on"] else Status.AWAITING_FILING,
)


def _of_issue(issue: Issue) -> dict[str, CellValue]:
    rectify, look_back = (next((c for c in issue.round_clocks if c.act is act), None) for act in _OF_ISSUES)
    return {
        # 附件2 has a column for the day: what is put right at once has none.
        "due_on": rectify.due_on if rectify else issue.handling or None,
        "look_back_due_on": look_back.due_on if look_back else None,
    }


_OF_ISSUES = (Act.RECTIFY, Act.LOOK_BACK)

ISSUE_ROWS = RowForm(
    Issue,
    opened="found_on",
    required=("unit", "found_on"),
    telling=(("problem", "need"),),
    command="zmn issue add",
    noun="问题",
    listing="zmn issue list",
    # 完成时限 is the unit's own plan: who types it into the list has set it.
    derived=(LIFE_FIELDS | {"look_back_due_on"}) - {"due_on"},
    shown=_of_issue,
    untold_status=lambda values: Status.CLEARED if values["cleared_on"] else Status.OPEN,
)
PLAN_ROWS = RowForm(
    Plan,
    opened="drawn_on",
    required=("unit", "period"),
    telling=(("unit",), ("period",)),
    command="zmn activity plan",
    noun="计划",
    listing="zmn activity list --plans",
)
ITEM_ROWS = RowForm(
    CatalogueItem,
    opened="listed_on",
    required=("unit", "item"),
    telling=(("unit",), ("item",)),
    command="zmn item import",
    noun="清单事项",
    listing="zmn item list",
)
HAND_IN_ROWS = RowForm(
    HandedIn,
    opened="handed_on",
    required=("unit",),
    telling=(("unit",), ("handed_on",)),
    command="zmn issue collect",
    noun="报送",
    listing="zmn issue collect --status",
)
OFFICER_ROWS = RowForm(
    Officer,
    opened="appointed_on",
    required=("name", "appointed_on"),
    telling=(("name",),),
    command="zmn officer add",
    noun="体验官",
    listing="zmn officer list",
    derived=frozenset({"term"}),
)
SITE_ROWS = RowForm(
    Site,
    opened="opened_on",
    required=("name",),
    telling=(("name",),),
    command="zmn site add",
    noun="体验点",
    listing="zmn site list",
)

RECORD_ROWS: Mapping[Holds, RowForm[Any]] = {
    Holds.CASES: CASE_ROWS,
    Holds.ACTIVITIES: ACTIVITY_ROWS,
    Holds.ISSUES: ISSUE_ROWS,
}
"""How a ledger's own sheet holds its records."""

SIDE_ROWS: Mapping[SideSheet, RowForm[Any]] = {
    SideSheet.PLANS: PLAN_ROWS,
    SideSheet.ITEMS: ITEM_ROWS,
    SideSheet.HAND_INS: HAND_IN_ROWS,
    SideSheet.OFFICERS: OFFICER_ROWS,
    SideSheet.SITES: SITE_ROWS,
}
"""How the sheets beside it hold their rows."""
