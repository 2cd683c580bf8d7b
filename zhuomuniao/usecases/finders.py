"""发现问题的体验官: who found a problem and where, looked up in the roster. A finding is never lost over a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError
from zhuomuniao.rules import LedgerSpec, SideSheet
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.requests import limited_text

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Officer, Site
    from zhuomuniao.model import Registration
    from zhuomuniao.usecases.office import Office

NOBODY = "无"
"""What stands in 涉及企业 where an officer's finding concerns no enterprise."""

_MAX_NAME = 100
_NEAR = 3


class Finder(Struct, frozen=True):
    """Who found it and where, as they go into the row; ``codes`` are the words that the roster knows of both."""

    officer: str
    site: str
    codes: Mapping[str, str]


def finder_of(office: Office, spec: LedgerSpec, raw: Registration, told: list[str]) -> Finder | None:
    """The officer and the site of a finding: number or name looked up, the officer's own site where none was named.

    ``None`` where neither was named. Whoever is not in the roster, or not in office on that day, is taken as typed,
    with a warning added to ``told``. Raises :class:`BadValueError` for a ledger that knows no officers.
    """
    typed = limited_text("体验官", raw.experience_officer, _MAX_NAME)
    place = limited_text("体验点", raw.experience_site, _MAX_NAME)
    if not typed and not place:
        return None
    if SideSheet.OFFICERS not in spec.sheets:
        raise BadValueError(
            f"《{spec.title}》不记体验官和体验点",
            "请去掉 --officer、--officer-site，或用 --ledger 换一本台账",
            field="officer",
        )
    day = raw.at.date()
    roster = office.officers.state().records
    officer = _officer_of(roster, typed, day, told) if typed else None
    sites = office.sites.state().records if SideSheet.SITES in spec.sheets else ()
    if not place and officer is not None:
        place = officer.site
    site = known_site(sites, place, day, told) if place else None
    rules = office.locality.rules_on(day)
    words = {
        "officer_source": officer.officer_source if officer else "",
        "site_kind": site.site_kind if site else "",
    }
    for name, word in words.items():
        codes = rules.code_list(spec.id, name)
        if codes is not None and word:
            # What somebody typed into the roster by hand may be no word of the list: then it stays as it is.
            with suppress(BadValueError):
                words[name] = codes.resolve(word)
    return Finder(_told_apart(officer, roster, day) if officer else typed, site.name if site else place, words)


def _told_apart(officer: Officer, roster: Sequence[Officer], day: date) -> str:
    """The officer's name, with the number where a namesake is in office on that day too."""
    namesakes = [o for o in roster if squeeze(o.name) == squeeze(officer.name) and o.serves_on(day)]
    return f"{officer.name}（{officer.case_no}）" if len(namesakes) > 1 else officer.name


def known_site(sites: Sequence[Site], text: str, day: date, told: list[str]) -> Site | None:
    """The site of that number or name. Where there is none, or it was given up, a warning is added to ``told``."""
    wanted = squeeze(text)
    found = [s for s in sites if wanted in (s.case_no, squeeze(s.name))]
    standing = [s for s in found if s.closed_on is None or day < s.closed_on]
    if standing:
        return standing[0]
    if found:
        told.append(f"体验点“{found[-1].name}”已在 {found[-1].closed_on} 撤销，已照填；请核对")
        return found[-1]
    hint = _near(text, [s.name for s in sites if s.closed_on is None])
    told.append(f"体验点清单里没有“{text}”，先照你写的填了。{hint}确实是新的体验点，请用 zmn site add 设立")
    return None


def _officer_of(officers: Sequence[Officer], text: str, day: date, told: list[str]) -> Officer | None:
    wanted = squeeze(text)
    named = [o for o in officers if wanted in (o.case_no, squeeze(o.name))]
    serving = [o for o in named if o.serves_on(day)]
    if len(serving) == 1:
        return serving[0]
    if serving:
        numbers = "、".join(o.case_no for o in serving)
        told.append(
            f"在任的体验官里有{len(serving)}位同名（{numbers}），来源没有填；请用 --officer 编号 写明是哪一位"
        )
        return None
    if named:
        last = max(named, key=lambda o: o.left_on or date.max)
        if last.left_on is not None and last.left_on <= day:
            why = f"已在 {last.left_on} 离任"
        else:
            why = f"自 {last.appointed_on} 起才聘任"
        told.append(f"这位体验官（{last.case_no}）{why}，{day} 不在任；已照填，请核对姓名和日期")
        return last
    hint = _near(text, [o.name for o in officers if o.serves_on(day)])
    told.append(f"体验官名册里没有“{text}”，先照你写的填了。{hint}确实是新聘的，请用 zmn officer add 列入名册")
    return None


def _near(text: str, names: Sequence[str]) -> str:
    """What it may have been meant to be, as the middle of a sentence."""
    near = nearest(text, names)
    return f"相近的有：{'、'.join(near)}，说的就是其中一个的，请改用它；" if near else ""


def nearest(text: str, names: Sequence[str]) -> list[str]:
    """The names that may have been meant: those that contain the text or are contained in it, then similar ones."""
    containing = [name for name in names if name and (name in text or text in name)]
    close = get_close_matches(text, names, n=_NEAR, cutoff=0.5)
    return list(dict.fromkeys((*containing, *close)))[:_NEAR]
