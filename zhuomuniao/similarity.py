"""疑似重复: the same person with a similar matter, within some days. Pointed out, never blocked (N-11)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.model import Case

SIMILAR_WITHIN = timedelta(days=30)
"""How long ago an earlier matter may be (policy ``similar``)."""

_ALIKE = 0.5
"""The share of two descriptions that must agree."""

COMPARED_CHARACTERS = 200
"""So much of a description is looked at."""


class Earlier(Struct, frozen=True):
    """What an earlier matter is compared by."""

    case_no: str
    accepted_at: datetime
    applicant: str
    phone: str
    about: str


def find_similar(cases: Sequence[Case], earlier: Iterable[Earlier]) -> Mapping[str, tuple[str, ...]]:
    """The numbers of similar earlier matters by the number of each case; only cases that have any."""
    by_person: dict[str, list[Earlier]] = {}
    for one in (*earlier, *(_as_earlier(case) for case in cases)):
        for key in _person(one.applicant, one.phone):
            by_person.setdefault(key, []).append(one)
    found: dict[str, tuple[str, ...]] = {}
    for case in cases:
        known = {e.case_no: e for key in _person(case.applicant, case.phone) for e in by_person.get(key, ())}
        numbers = tuple(no for no, one in known.items() if no != case.case_no and _is_similar(case, one))
        if numbers:
            found[case.case_no] = numbers
    return found


def _as_earlier(case: Case) -> Earlier:
    return Earlier(case.case_no, case.accepted_at, case.applicant, case.phone, case.about)


def _person(name: str, phone: str) -> tuple[str, ...]:
    return tuple(filter(None, (squeeze(name), phone_digits(phone))))


def phone_digits(phone: str) -> str:
    """The digits by which a telephone is known again, ``""`` where there are too few: without the country's code."""
    digits = re.sub(r"\D", "", phone)
    return digits[-11:] if len(digits) >= 7 else ""


def _is_similar(case: Case, one: Earlier) -> bool:
    ago = case.accepted_at - one.accepted_at
    if not timedelta(0) <= ago <= SIMILAR_WITHIN or (ago == timedelta(0) and one.case_no > case.case_no):
        return False
    phones = phone_digits(case.phone), phone_digits(one.phone)
    if all(phones) and phones[0] != phones[1]:
        # The same name with another telephone is somebody else.
        return False
    return _is_alike(squeeze(case.about)[:COMPARED_CHARACTERS], squeeze(one.about)[:COMPARED_CHARACTERS])


def _is_alike(one: str, other: str) -> bool:
    if one in other or other in one:
        return True
    # Needed only where the same person comes again.
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE
