"""碑林、靖边、内乡 held against facts that were read off their notices by hand."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.consistency import cited_rules
from zhuomuniao.model import Act, StartEvent, StepKind
from zhuomuniao.periods import parse_period, period_of
from zhuomuniao.rulefile import LocalityFolder, load_locality
from zhuomuniao.rules import Holds, RuleSet
from zhuomuniao.ruletypes import UNSTATED, DueIn, Every, QuotaKind, QuotaRule
from zhuomuniao.texts import squeeze

SLUGS = ("beilin", "jingbian", "neixiang")


def words(text: str) -> list[str]:
    """The words of a text, one after the other."""
    return text.split()


DEPARTMENTS = words(
    """
    区档案馆 区残联 区发改委 区教育局 区科技局 区经贸局 区民宗局 区民政局 区司法局 区财政局 区人社局
    区住建局 区城管执法局 区文化和旅游体育局 区卫健局 区退役军人事务局 区应急管理局 区市场监管局 区统计局
    区医保局 区行政审批局 区金融办 区税务局 市自然资源和规划局碑林分局 市生态环境局碑林分局 公安碑林分局
    """
)
STREETS = [f"{name}街道办事处" for name in words("南院门 柏树林 长乐坊 东关南街 太乙路 文艺路 长安路 张家村")]
COMPANIES = words(
    """
    秦华天然气有限公司 西安市热力集团有限责任公司 西安市自来水有限公司 国网西安供电公司 中国联通西安分公司
    秦农银行 工商银行
    """
)
NOT_ENFORCING = {"区档案馆", "区残联", "区退役军人事务局", "区行政审批局"}
MAKING_POLICY = words(
    """
    区发改委 区教育局 区科技局 区经贸局 区民政局 区司法局 区财政局 区人社局 区住建局 区城管执法局
    区投资合作局 区卫健局 区市场监管局 区医保局 区行政审批局 区金融办 环大学创新产业带管委会 区税务局
    市自然资源和规划局碑林分局 市生态环境局碑林分局
    """
)
JINGBIAN_UNITS = words(
    """
    县发改科技局 县教体局 县工贸局 县公安局 县民政局 县统计局 县人社局 县林业局 县自然资源和规划局
    榆林市靖边生态环境分局 县住建局 县交通局 县水利局 县农业农村局 县文旅局 县卫健局 县市场监管局 县医保局
    县审批局 县退役军人事务局 县城市管理执法局 县财政局 县应急管理局 县审计局
    """
)


def load(slug: str) -> LocalityFolder:
    return load_locality(locality_folder(slug), data_folder() / "policies.toml")


def rules_of(slug: str) -> RuleSet:
    (edition,) = load(slug).locality.editions
    return edition


def quota(slug: str, name: str) -> QuotaRule:
    return next(q for q in rules_of(slug).quotas if q.id == name)


def source_of(slug: str) -> str:
    return (locality_folder(slug) / "source.txt").read_text(encoding="utf-8")


# ---- every one of the three ----


@pytest.mark.parametrize("slug", SLUGS)
def test_no_list_says_a_word_twice(slug: str) -> None:
    rules = rules_of(slug)
    looked_at = 0
    for codes in (*(c.codes for c in rules.codes), *(u.units for u in rules.unit_lists)):
        words = [word for code in codes for word in (code.name, *code.aliases)]
        assert len(words) == len(set(words))
        looked_at += len(words)
    assert looked_at > 30


@pytest.mark.parametrize("slug", SLUGS)
def test_a_short_name_means_one_unit_in_every_list(slug: str) -> None:
    meant: dict[str, set[str]] = {}
    aliases: dict[str, set[tuple[str, ...]]] = {}
    for unit in chain.from_iterable(u.units for u in rules_of(slug).unit_lists):
        aliases.setdefault(unit.name, set()).add(unit.aliases)
        for word in (unit.name, *unit.aliases):
            meant.setdefault(word, set()).add(unit.name)
    assert {word for word, units in meant.items() if len(units) > 1} == set()
    assert {name for name, ways in aliases.items() if len(ways) > 1} == set()


@pytest.mark.parametrize("slug", SLUGS)
def test_no_unit_list_is_closed(slug: str) -> None:
    assert not rules_of(slug).units.is_closed


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_ours_without_a_clause_says_so_and_explains(slug: str) -> None:
    for section, rule in cited_rules(rules_of(slug)):
        if not rule.citation.clause:
            assert rule.citation.basis == UNSTATED
            assert rule.citation.note or section == "codes"


@pytest.mark.parametrize("slug", ["beilin", "jingbian"])
def test_links_of_a_quota_can_be_typed(slug: str) -> None:
    rules = rules_of(slug)
    kinds, links = rules.code_list("activity", "activity_kind"), rules.code_list("activity", "link")
    assert kinds
    assert links
    of_links = [q for q in rules.quotas if q.kind is QuotaKind.LINKS]
    assert {q.of for q in of_links} == set(kinds.names)
    for item in chain.from_iterable(q.items for q in of_links):
        assert {item.name, *item.parts} <= set(links.names)


@pytest.mark.parametrize("slug", ["beilin", "jingbian"])
def test_activities_and_issues_have_ledgers_of_their_own(slug: str) -> None:
    folder = load(slug)
    activity, issues = folder.locality.ledgers
    assert (activity.id, activity.holds) == ("activity", Holds.ACTIVITIES)
    assert (issues.id, issues.holds) == ("issues", Holds.ISSUES)
    assert folder.layout_of(activity).columns_source == "inferred"
    assert folder.layout_of(issues).columns_source == "notice"
    for spec in (activity, issues):
        column = folder.layout_of(spec).column("case_no")
        assert column
        assert (column.header, column.is_own) == ("编号", True)


@pytest.mark.parametrize(
    ("slug", "headers"),
    [
        (
            "beilin",
            "序号 参与活动地点 体验内容 体验方式 发现问题 企业群众或一线工作人员反映的需求"
            " 拟采取的解决措施 完成时限 整改效果 备注",
        ),
        ("jingbian", "序号 事项名称 跟执法人员及职务 问题描述 改进或优化措施 意见建议"),
    ],
)
def test_issue_columns_stand_as_the_annex_prints_them(slug: str, headers: str) -> None:
    layout = load(slug).layouts["issues"]
    assert [c.header for c in layout.official_columns] == words(headers)
    assert squeeze(headers) in squeeze(source_of(slug))
    own = {c.field for c in layout.columns if c.is_own}
    assert {"cleared_on", "look_back", "looked_back_on"} <= own
    assert layout.column("due_on")


@pytest.mark.parametrize("slug", ["beilin", "jingbian"])
def test_three_valid_revisits_of_the_last_three_months(slug: str) -> None:
    revisits = quota(slug, "valid-revisits")
    assert (revisits.kind, revisits.minimum, str(revisits.within)) == (QuotaKind.COUNT, 3, "3个月")


# ---- 碑林 ----


def test_beilin_roles() -> None:
    assert load("beilin").locality.roles == ("单位", "牵头部门", "营商办")


def test_beilin_units_stand_in_the_order_of_the_annex() -> None:
    lists = {u.id: list(u.names) for u in rules_of("beilin").unit_lists}
    assert lists == {
        "approval-departments": [*DEPARTMENTS, *STREETS],
        "public-service-companies": COMPANIES,
        "enforcement-units": [u for u in (*DEPARTMENTS, *STREETS) if u not in NOT_ENFORCING],
        "policy-departments": MAKING_POLICY,
    }
    assert [len(names) for names in lists.values()] == [34, 7, 30, 20]
    annex = squeeze(source_of("beilin"))
    for names in lists.values():
        assert squeeze("、".join(names)) in annex


def test_beilin_units_answer_to_their_short_names() -> None:
    units = rules_of("beilin").units
    assert units.find("发改委") == "区发改委"
    assert units.find("司法局") == "区司法局"
    assert units.find("南院门街办") == "南院门街道办事处"
    assert len(units.names) == 34 + 7 + 2  # 区投资合作局 and 环大学创新产业带管委会 stand in the third list only


def test_beilin_filing_within_three_days_of_the_activity() -> None:
    (filing,) = (c for c in rules_of("beilin").clocks if c.ledger == "activity")
    assert (filing.act, str(filing.limit), filing.start) == (Act.FILING, "3日", StartEvent.ACTIVITY)
    assert filing.is_start_stated
    assert filing.citation.clause == "四（二）"


@pytest.mark.parametrize(
    ("name", "of", "links"),
    [
        ("links-walk-process", "走流程坐窗口", ["审批服务", "业务检查", "服务回访", "座谈交流"]),
        ("links-follow-enforcement", "跟执法", ["执法检查", "案件处理", "案卷评查"]),
        ("links-handle-complaint", "处投诉", ["投诉转办", "投诉分析", "投诉处理"]),
    ],
)
def test_beilin_activities_have_four_three_and_three_links(name: str, of: str, links: list[str]) -> None:
    rule = quota("beilin", name)
    assert (rule.of, [i.name for i in rule.items], rule.minimum) == (of, links, len(links))


def test_beilin_identities_lie_within_the_first_link() -> None:
    assert [i.parts for i in quota("beilin", "links-walk-process").items] == [("走流程", "坐窗口"), (), (), ()]


def test_beilin_other_quotas() -> None:
    drawn = quota("beilin", "drawn-items")
    assert (drawn.minimum, drawn.maximum) == (2, 3)
    batch = quota("beilin", "batch-a-quarter")
    assert (batch.kind, batch.minimum, batch.every) == (QuotaKind.FREQUENCY, 1, Every.QUARTER)
    assert "原则上" in batch.citation.quote
    items = quota("beilin", "all-items-a-year")
    assert (items.kind, items.every) == (QuotaKind.COVERAGE, Every.YEAR)
    mode = rules_of("beilin").code_list("activity", "mode")
    assert mode
    assert mode.names == ("定期", "即时", "跟踪")


def test_beilin_duties_are_due_on_the_days_of_the_notice() -> None:
    found = {d.id: (d.role, d.to, d.every, d.day) for d in rules_of("beilin").duties if d.has_day}
    leads = ("walk-process", "follow-enforcement", "handle-complaint")
    assert found == {
        **{f"monthly-info-{lead}": ("牵头部门", "区营商办", Every.MONTH, 20) for lead in leads},
        **{f"quarter-summary-{lead}": ("牵头部门", "区营商办", Every.QUARTER, 22) for lead in leads},
        "three-lists": ("单位", "各活动牵头单位", Every.QUARTER, 20),
        "three-lists-onward": ("牵头部门", "区营商办", Every.QUARTER, 22),
    }
    assert {d.due_in for d in rules_of("beilin").duties if d.has_day} == {DueIn.SAME}


def test_beilin_duties_without_a_day() -> None:
    found = {(d.role, d.to) for d in rules_of("beilin").duties if not d.has_day}
    assert found == {
        ("营商办", "市营商办"),
        ("营商办", "全区各参与单位（适时通报）"),
        ("营商办", "全区优化营商环境工作专项考核"),
        ("牵头部门", "区营商办（审核），区政府领导（审定），向社会公布"),
    }


def test_beilin_each_activity_has_its_lead() -> None:
    leads = {r.matter: r.to for r in rules_of("beilin").routes}
    assert leads == {"走流程坐窗口": "区行政审批局", "跟执法": "区司法局", "处投诉": "区12345市民热线服务中心"}


def test_beilin_delegates_only_for_some_units_and_some_items() -> None:
    rules = rules_of("beilin")
    (rule,) = rules.delegations
    assert (rule.ledger, rule.kinds, rule.units) == ("activity", ("走流程坐窗口", "跟执法", "处投诉"), ())
    assert rule.citation.quote.startswith("部分涉及")
    assert "部分事项" in rule.citation.quote
    assert not [p for p in rules.provisions if p.id == "delegates"], "said once, as a rule"
    assert rules.choice("delegated_only") == "not_counts"


def test_beilin_lists_say_in_which_activity_their_units_take_part() -> None:
    assert {u.id: u.activities for u in rules_of("beilin").unit_lists} == {
        "approval-departments": ("走流程坐窗口",),
        "public-service-companies": ("走流程坐窗口",),
        "enforcement-units": ("跟执法",),
        "policy-departments": (),
    }


def test_beilin_asks_why_an_activity_was_held_out_of_turn() -> None:
    (demand,) = rules_of("beilin").demands
    assert (demand.step, demand.fields, dict(demand.when)) == (
        StepKind.HOLD,
        ("trigger",),
        {"mode": ("即时", "跟踪")},
    )
    assert demand.citation.clause == "一（四）2、3"


def test_beilin_counts_items_and_revisits_only_where_their_link_was_done() -> None:
    drawn, revisits = quota("beilin", "drawn-items"), quota("beilin", "valid-revisits")
    assert (drawn.counts, drawn.when["link"]) == ("items", ("业务检查",))
    assert (revisits.counts, revisits.when["link"]) == ("valid_revisit_count", ("服务回访",))
    assert quota("beilin", "batch-a-quarter").when == {"mode": ("定期",)}


# ---- 靖边 ----


def test_jingbian_roles_and_units() -> None:
    assert load("jingbian").locality.roles == ("单位", "司法局")
    (listed,) = rules_of("jingbian").unit_lists
    assert list(listed.names) == JINGBIAN_UNITS
    assert len(listed.names) == 24
    assert squeeze("、".join(listed.names)) in squeeze(source_of("jingbian"))
    assert listed.find("审批局") == "县审批局"
    assert listed.activities == ("跟执法",)


def test_jingbian_filing_within_five_days_of_the_activity() -> None:
    (filing,) = (c for c in rules_of("jingbian").clocks if c.ledger == "activity")
    assert (filing.act, str(filing.limit), filing.start) == (Act.FILING, "5日", StartEvent.ACTIVITY)
    assert filing.is_start_stated
    assert "县司法局备案" in filing.citation.quote


def test_jingbian_windows_cross_the_year() -> None:
    (window,) = rules_of("jingbian").windows
    assert [str(s) for s in window.spans] == ["8月至9月", "12月至次年1月"]
    winter = parse_period(Every.WINDOW, "2027-01", window)
    assert (winter.label, str(winter.first), str(winter.last)) == ("2026-12", "2026-12-01", "2027-01-31")
    assert period_of(Every.WINDOW, winter.first.replace(month=11), window) is None
    often = quota("jingbian", "once-a-window")
    assert (often.minimum, often.every, often.window) == (1, Every.WINDOW, window.id)
    assert often.citation.quote == window.citation.quote


def test_jingbian_four_links() -> None:
    rule = quota("jingbian", "links-follow-enforcement")
    assert [i.name for i in rule.items] == ["执法检查", "案件处理", "案卷评查", "服务回访"]
    assert rule.minimum == 4


def test_jingbian_duties_have_no_day() -> None:
    found = {(d.role, d.to, d.every, d.has_day) for d in rules_of("jingbian").duties}
    assert found == {
        ("单位", "县司法局", Every.WINDOW, False),
        ("司法局", "县政府", Every.WINDOW, False),
        ("司法局", "法治政府建设工作考核", Every.YEAR, False),
    }


def test_jingbian_knows_no_delegates() -> None:
    rule = next(p for p in rules_of("jingbian").provisions if p.id == "delegates")
    assert (rule.citation.basis, rule.citation.clause, rule.citation.quote) == (UNSTATED, "", "")
    assert "委托" not in source_of("jingbian")
    assert rules_of("jingbian").delegations == ()


# ---- 内乡 ----


def test_neixiang_limits() -> None:
    found = {(c.act, str(c.limit), c.start) for c in rules_of("neixiang").clocks}
    assert found == {
        (Act.RESOLVE, "5工作日", StartEvent.ACCEPTED),
        (Act.REPLY, "3工作日", StartEvent.ACCEPTED),
        (Act.FIRST_FEEDBACK, "3工作日", StartEvent.ASSIGNED),
        (Act.RESOLVE, "7工作日", StartEvent.ACCEPTED),
        (Act.RESOLVE, "None", StartEvent.ACCEPTED),
    }


def test_neixiang_what_is_outside_its_scope_goes_elsewhere() -> None:
    routes = {r.matter: (r.to, r.outcome) for r in rules_of("neixiang").routes}
    assert {matter: outcome for matter, (_, outcome) in routes.items()} == {
        "涉法事项": "转政法",
        "涉诉事项": "转政法",
        "涉访事项": "转信访",
        "与当前政策法规不符合的事项": "",
    }
    assert {r.citation.basis for r in rules_of("neixiang").routes} == {UNSTATED}


def test_neixiang_situations() -> None:
    situations = rules_of("neixiang").code_list("window", "situation")
    assert situations
    assert situations.names == ("未受理", "未审批", "多次未办结")


def test_neixiang_every_dissatisfaction_is_looked_into_again() -> None:
    visit = rules_of("neixiang").visit_rule("window")
    assert visit
    assert (dict(visit.redo_when), visit.limit) == ({"satisfaction": ("不满意",)}, None)
    assert set(visit.counted).isdisjoint({"无法回访", "无人接听"})
    fault = next(p for p in rules_of("neixiang").provisions if p.id == "fault-circular")
    assert fault.items == ("通报有关单位和领导", "提出处理意见")


def test_neixiang_ladder_is_ours() -> None:
    (ladder,) = rules_of("neixiang").ladders
    assert [(r.name, r.days, r.after) for r in ladder.rungs] == [("催办", 1, ""), ("督办", 5, "催办")]
    assert ladder.citation.basis == UNSTATED
    assert "催办" not in source_of("neixiang")


def test_neixiang_grants_no_extension_return_or_pause() -> None:
    rules = rules_of("neixiang")
    assert (rules.extensions, rules.returns, rules.pauses) == ((), (), ())
    assert re.search("延期|延长|退回|暂停|中止", source_of("neixiang")) is None


def test_neixiang_demands_are_quoted() -> None:
    clauses = {p.id: p.citation.clause for p in rules_of("neixiang").provisions}
    expected = {
        "negative-reply-report": "制度第二条",
        "refer-lead": "方案五（三）",
        "hard-matters-upwards": "方案四（五）",
        "on-the-spot": "制度第四条",
        "signed-and-filed": "制度第三条",
        "verified-before-visit": "方案四（四）",
    }
    assert {name: clauses[name] for name in expected} == expected


def test_neixiang_names_nobody_of_annex_1() -> None:
    annex = source_of("neixiang").split("一、领导小组名单")[1].split("具体负责")[0]
    written = "".join(path.read_text(encoding="utf-8") for path in (data_folder() / "localities").rglob("*.toml"))
    pattern = r"^(?:组\s*长：|副组长：|成\s*员：)?\s*([一-鿿]\s?[一-鿿]{1,2})\s+\S*(?:主任|负责人|股长)$"
    people = {squeeze(name) for name in re.findall(pattern, annex, re.MULTILINE)}
    people |= {squeeze(name) for name in re.findall(r"联络员：([一-鿿]{2,3})", annex)}
    assert len(people) == 16
    assert {name for name in people if name in written} == set()
