"""What one activity lacks: each thing once, with its clause and what to do; nothing where nothing is wrong."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

import pytest

from zhuomuniao.activityfaults import NO_DELEGATES, Fault, activity_faults
from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.fieldwork import Activity
from zhuomuniao.rulefile import load_locality
from zhuomuniao.rules import RuleSet

ALL_FOUR = "走流程、业务检查、服务回访、座谈交流"
WALK: dict[str, Any] = {
    "activity_kind": "走流程坐窗口",
    "links": ALL_FOUR,
    "items": "甲\n乙",
    "valid_revisit_count": 3,
}
FOLLOW: dict[str, Any] = {"activity_kind": "跟执法", "links": "执法检查、案件处理、案卷评查、服务回访",
                          "valid_revisit_count": 3}  # fmt: skip


@cache
def rules_of(slug: str) -> RuleSet:
    return load_locality(locality_folder(slug), data_folder() / "policies.toml").locality.editions[-1]


def faults(slug: str, given: dict[str, Any], *, may_delegate: Collection[str] = (), **changed: Any) -> list[Fault]:
    at = datetime(2026, 8, 10, 9)
    row = Activity(
        "HD2026081001", "activity", at, **{"unit": "区住建局", "leader": "周文渊 局长", **given, **changed}
    )
    return list(activity_faults(rules_of(slug), row, may_delegate=may_delegate))


def only(slug: str, given: dict[str, Any], *, may_delegate: Collection[str] = (), **changed: Any) -> Fault:
    (fault,) = faults(slug, given, may_delegate=may_delegate, **changed)
    assert fault.what
    assert fault.remedy
    return fault


@pytest.mark.parametrize(
    ("slug", "given"),
    [
        ("beilin", WALK),
        ("beilin", {**WALK, "links": "坐窗口、业务检查、回访、座谈"}),
        ("beilin", {"activity_kind": "跟执法", "links": "执法检查，案件处理，案卷评查"}),
        ("beilin", {"activity_kind": "处投诉", "links": "投诉转办 投诉分析 投诉处理"}),
        ("beilin", {**WALK, "mode": "即时", "trigger": "群众投诉集中问题"}),
        ("jingbian", FOLLOW),
        ("jingbian", {**FOLLOW, "activity_kind": ""}),
    ],
)
def test_nothing_is_told_of_what_is_whole(slug: str, given: dict[str, Any]) -> None:
    assert faults(slug, given) == []


# —— Links ——


def test_the_missing_links_are_named() -> None:
    fault = only("beilin", WALK, links="走流程、坐窗口、座谈交流", items="", valid_revisit_count=None)
    assert fault.what == "“走流程坐窗口”每次至少参与4个环节，还缺2个：业务检查、服务回访"
    assert (fault.rule, fault.is_refusal, fault.citation.clause) == ("links-walk-process", False, "二（一）")


def test_a_link_with_identities_names_them() -> None:
    assert only("beilin", WALK, links="业务检查、服务回访、座谈交流").what.endswith(
        "还缺1个：审批服务（走流程、坐窗口）"
    )


def test_a_county_s_own_number_of_links() -> None:
    three = {"activity_kind": "跟执法", "links": "执法检查、案件处理、案卷评查"}
    assert faults("beilin", three) == []
    fault = only("jingbian", three)
    assert fault.what == "“跟执法”每次至少参与4个环节，还缺1个：服务回访"


def test_an_activity_without_any_link_lacks_them_all() -> None:
    assert "还缺3个：投诉转办、投诉分析、投诉处理" in only("beilin", {"activity_kind": "处投诉"}).what


# —— Items and revisits ——


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ("甲", "体验事项应当2至3个，现在写了1个，还差1个"),
        ("甲\n乙", ""),
        ("甲\n乙\n丙", ""),
        ("甲\n乙\n丙\n丁", "体验事项应当2至3个，现在写了4个，多1个"),
        ("", "体验事项应当2至3个，现在写了0个，还差2个"),
    ],
)
def test_two_to_three_items_are_drawn(items: str, words: str) -> None:
    found = faults("beilin", WALK, items=items)
    assert [f.what for f in found] == ([f"参与“业务检查”的，{words}"] if words else [])
    assert all(not f.is_refusal and f.citation.clause == "二（一）2" for f in found)


def test_items_are_drawn_in_the_business_check_only() -> None:
    fault = only("beilin", WALK, links="走流程、服务回访、座谈交流", items="甲")
    assert fault.rule == "links-walk-process", "the link is missing, and that is told; its items are not asked for"


@pytest.mark.parametrize("slug", ["beilin", "jingbian"])
@pytest.mark.parametrize(
    ("count", "told"),
    [(None, "没有写有几个"), (0, "现在写了0个，还差3个"), (2, "现在写了2个，还差1个"), (3, ""), (5, "")],
)
def test_three_valid_revisits(slug: str, count: int | None, told: str) -> None:
    given = WALK if slug == "beilin" else FOLLOW
    found = faults(slug, given, valid_revisit_count=count)
    words = f"参与“服务回访”的，有效回访（只算过去3个月内的）应当至少3个，{told}"
    assert [f.what for f in found] == ([words] if told else [])


def test_a_number_of_revisits_is_held_against_the_quota_even_where_the_link_was_forgotten() -> None:
    links = "走流程、业务检查、座谈交流"
    found = faults("beilin", WALK, links=links, valid_revisit_count=2)
    assert [f.rule for f in found] == ["links-walk-process", "valid-revisits"]
    assert [f.rule for f in faults("beilin", WALK, links=links, valid_revisit_count=None)] == ["links-walk-process"]


def test_what_is_for_another_activity_is_not_asked() -> None:
    given = {"activity_kind": "跟执法", "links": "执法检查、案件处理、案卷评查、业务检查、服务回访"}
    assert faults("beilin", given) == []


# —— Delegates ——


def test_jingbian_knows_no_delegates() -> None:
    fault = only("jingbian", FOLLOW, delegate_for="周文渊", may_delegate=["区住建局"])
    assert (fault.rule, fault.is_refusal, fault.citation.basis) == (NO_DELEGATES, True, "unstated")
    assert "没有可以委托的规定" in fault.what


def test_beilin_s_office_declares_who_may() -> None:
    refused = only("beilin", WALK, delegate_for="周文渊")
    assert (refused.rule, refused.is_refusal, refused.citation.clause) == ("deputy-in-charge", True, "一（三）")
    assert 'may_delegate = ["区住建局"]' in refused.remedy
    assert faults("beilin", WALK, delegate_for="周文渊", may_delegate=["区住建局"]) == []
    assert faults("beilin", WALK, delegate_for="周文渊", may_delegate=["住建局"]) == [], "by its short name"
    assert only("beilin", WALK, delegate_for="周文渊", may_delegate=["区教育局"]).is_refusal


def test_a_list_of_the_notice_is_not_widened_by_the_office() -> None:
    folder = data_folder().parent / "tests" / "fixtures" / "counties" / "qingshi"
    rules = load_locality(folder, data_folder() / "policies.toml").locality.editions[-1]
    kept = {"activity_kind": "局长走流程", "links": "亲自办、窗口值守", "items": "甲\n乙", "valid_revisit_count": 3}

    def told(unit: str, kind: str = "局长走流程") -> list[str]:
        row = Activity("HD", "activity", datetime(2026, 8, 10), unit=unit, delegate_for="某局长",
                       **{**kept, "activity_kind": kind})  # fmt: skip
        return [f.what for f in activity_faults(rules, row, may_delegate=["市税务局"]) if f.is_refusal]

    assert told("市市场监管局") == []
    assert told("税务局") == ["“市税务局”不在可以委托的单位里，可以委托的是：市市场监管局"]
    assert told("市市场监管局", "坐窗口") == ["“坐窗口”不能委托别人代为参加，可以委托的是：局长走流程"]


def test_two_of_three_links_are_enough_where_the_notice_says_so() -> None:
    folder = data_folder().parent / "tests" / "fixtures" / "counties" / "qingshi"
    rules = load_locality(folder, data_folder() / "policies.toml").locality.editions[-1]
    row = Activity("HD", "activity", datetime(2026, 8, 10), unit="市税务局", activity_kind="局长走流程",
                   links="陪同办", items="甲\n乙", valid_revisit_count=3)  # fmt: skip
    (fault,) = activity_faults(rules, row, may_delegate=())
    assert fault.what == "“局长走流程”每次至少参与2个环节，还缺1个，没有参与的有：窗口值守、座谈回访"


# —— Triggers ——


@pytest.mark.parametrize("mode", ["即时", "跟踪", "跟踪体验"])
def test_a_mode_out_of_turn_asks_for_its_reason(mode: str) -> None:
    fault = only("beilin", WALK, mode=mode)
    assert fault.what == f"“{mode[:2]}”的活动须写明体验缘由"
    assert (fault.is_refusal, fault.citation.clause) == (True, "一（四）2、3")
    assert "审批流程发生变化" in fault.remedy
    assert only("beilin", WALK, mode=mode, trigger="  ").what == fault.what


def test_refusals_come_first() -> None:
    found = faults("beilin", {**WALK, "links": "走流程"}, mode="即时", delegate_for="周文渊")
    assert [f.is_refusal for f in found] == [True, True, False]
