"""Which version of a list (上报件) counts as handed in, and what became of the one that was."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from zhuomuniao.errors import quoted
from zhuomuniao.rules import Holds
from zhuomuniao.usecases.handingin import MERGED, VERSION, HandIns, hand_in_folder, is_gathering, lists_in
from zhuomuniao.usecases.submissions import copies_recorded, spoilt_copies
from zhuomuniao.usecases.units import own_unit
from zhuomuniao.workspace import file_name

if TYPE_CHECKING:
    from zhuomuniao.periods import Period
    from zhuomuniao.ruletypes import DutyRule
    from zhuomuniao.usecases.office import Office


def newest_lists(office: Office, duty: DutyRule, label: str) -> tuple[Path, ...]:
    """The lists that a duty hands in for a period: of each unit and kind the newest version, with texts masked.

    Where this is a unit's own desk only its own; the merged ones where the duty gathers those of others.
    """
    rules, spec = office.locality.rules_on(office.moment.as_of), office.spec_holding(Holds.ISSUES)
    whose = MERGED if is_gathering(office, rules, duty) else own_unit(office)
    begins = file_name(f"{office.layout(spec).annex}{whose}")
    newest: dict[str, tuple[int, Path]] = {}
    for path in lists_in(hand_in_folder(office, label)):
        match = re.fullmatch(f"(?P<stem>.*{re.escape(file_name(label))}){VERSION}", path.name)
        is_merged = path.name.startswith(file_name(f"{office.layout(spec).annex}{MERGED}"))
        if match and path.name.startswith(begins) and is_merged == (whose == MERGED):
            found = int(match["number"] or 1), path
            newest[match["stem"]] = max(found, newest.get(match["stem"], found))
    return tuple(path for _, (_, path) in sorted(newest.items()))


def told_beside_those_handed_in(
    office: Office, duty: DutyRule, period: Period, made: HandIns, *, is_full: bool
) -> tuple[str, ...]:
    """What to know of lists whose period was handed in: which are others now, and what became of those on record."""
    copies = copies_recorded(office).get((duty.id, period.label), ())
    if not copies or is_full:
        return ()
    handed = copies[-1]
    known, on = {file.sha256 for file in handed.files}, handed.submitted_on
    # Without a file on record nothing can be compared.
    newest = [one.files[0] for one in made.lists] if known else []
    others = [path for path in newest if sha256(path.read_bytes()).hexdigest() not in known]
    spoilt = spoilt_copies(office, [handed])
    return (
        *(f"{quoted(path.name)}和 {on} 报出的不同，报出的没有动；这一份也报出以后，再记一笔" for path in others),
        *(f"{on} 报出的{quoted(Path(one.file.path).name)}{one.fault}，请与留存的纸质件核对" for one in spoilt),
    )
