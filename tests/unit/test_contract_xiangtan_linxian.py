"""湘潭县 and 临县: what their notices say, stated here by hand, held against their data."""

from __future__ import annotations

import pytest

from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.consistency import cited_rules
from zhuomuniao.limits import parse_limit
from zhuomuniao.model import FACT_FIELDS, Act, StartEvent
from zhuomuniao.rulefile import LocalityFolder, load_locality
from zhuomuniao.rules import Holds, RuleSet
from zhuomuniao.ruletypes import DueIn, DurationRule, DutyRule, Every, QuotaKind, QuotaRule, Strength
from zhuomuniao.usecases.localities import check_county

BOTH = ("xiangtan", "linxian")
WINDOW = "window"


def load(slug: str) -> LocalityFolder:
    return load_locality(locality_folder(slug), data_folder() / "policies.toml")


@pytest.fixture(scope="module")
def xiangtan() -> RuleSet:
    (edition,) = load("xiangtan").locality.editions
    return edition


@pytest.fixture(scope="module")
def linxian() -> RuleSet:
    (edition,) = load("linxian").locality.editions
    return edition


def clocks(rules: RuleSet, ledger: str = WINDOW, **facts: str) -> dict[Act, DurationRule]:
    running = rules.clocks_for(ledger, facts).running
    assert len({rule.act for rule in running}) == len(running)
    return {rule.act: rule for rule in running}


def limits(rules: RuleSet, ledger: str = WINDOW, **facts: str) -> dict[Act, str]:
    return {act: str(rule.limit or "一事一议") for act, rule in clocks(rules, ledger, **facts).items()}


def words(rules: RuleSet, ledger: str, field: str) -> list[str]:
    found = rules.code_list(ledger, field)
    assert found is not None
    return list(found.names)


def duty(rules: RuleSet, duty_id: str) -> DutyRule:
    return next(d for d in rules.duties if d.id == duty_id)


def quota(rules: RuleSet, quota_id: str) -> QuotaRule:
    return next(q for q in rules.quotas if q.id == quota_id)


@pytest.mark.parametrize("slug", BOTH)
def test_quotes_stand_in_the_notice_and_hand_counted_days_agree(slug: str) -> None:
    check = check_county(slug)
    assert check.cases >= 30
    assert check.findings == ()


@pytest.mark.parametrize("slug", BOTH)
def test_what_the_notice_says_has_its_clause(slug: str) -> None:
    for edition in load(slug).locality.editions:
        for section, rule in cited_rules(edition):
            if rule.citation.basis == "notice":
                assert rule.citation.clause, section
                assert rule.citation.quote, section


@pytest.mark.parametrize("slug", BOTH)
def test_conditions_name_only_what_a_case_knows_when_it_is_counted(slug: str) -> None:
    for edition in load(slug).locality.editions:
        named = {name for clock in edition.clocks for name in clock.when}
        for ladder in edition.ladders:
            named |= {n for rung in ladder.rungs for n in rung.when} | {n for e in ladder.entries for n in e.when}
        assert named <= set(FACT_FIELDS)


# 湘潭县


def test_xiangtan_head() -> None:
    locality = load("xiangtan").locality
    (spec,) = locality.ledgers
    assert (locality.slug, locality.name, spec.id) == ("xiangtan", "湘潭县", WINDOW)
    assert locality.roles[0] == "窗口"
    assert (spec.asks_assignment, spec.asks_signature, spec.asks_revisit) == (True, True, True)
    assert locality.editions[0].applies_from.isoformat() == "2022-05-06"


def test_xiangtan_source_is_the_web_capture_as_it_was() -> None:
    source = (locality_folder("xiangtan") / "source.txt").read_text(encoding="utf-8")
    assert "辦理工作?h直機關各單位" in source
    assert "www.yqfq.com.cn" in source


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"tier": "三级", "channel": "窗口"}, {Act.REPLY: "当日", Act.RESOLVE: "5工作日"}),
        ({"tier": "三级", "channel": "12345专席"}, {Act.REPLY: "1工作日", Act.RESOLVE: "5工作日"}),
        ({"tier": "三级", "channel": "县长信箱"}, {Act.REPLY: "1工作日", Act.RESOLVE: "5工作日"}),
        ({"tier": "二级", "channel": "12345专席"}, {Act.RESOLVE: "5工作日"}),
        ({"tier": "二级（复杂）", "channel": "窗口"}, {Act.RESOLVE: "10工作日"}),
        ({"tier": "一级", "channel": "窗口"}, {Act.RESOLVE: "一事一议"}),
        ({"tier": "二级", "kind": "完全不能"}, {Act.RESOLVE: "5工作日", Act.REPLY: "一事一议"}),
    ],
)
def test_xiangtan_limits(xiangtan: RuleSet, facts: dict[str, str], expected: dict[Act, str]) -> None:
    assert limits(xiangtan, **facts) == expected


def test_xiangtan_names_no_start_but_signing(xiangtan: RuleSet) -> None:
    assert {(c.start, c.is_start_stated) for c in xiangtan.clocks} == {(StartEvent.ACCEPTED, False)}
    (rule,) = xiangtan.returns
    assert rule.start is StartEvent.SIGNED


def test_xiangtan_extends_once_in_principle_by_five_workdays(xiangtan: RuleSet) -> None:
    (rule,) = xiangtan.extensions
    assert (rule.nth, str(rule.limit), rule.strength) == (1, "5工作日", Strength.IN_PRINCIPLE)
    assert rule.acts == (Act.RESOLVE,)
    assert (rule.approver, rule.apply_before) == ("", None)
    assert "原則上只能延期1次,一般不得超過5個工作日" in rule.citation.quote
    assert rule.citation.clause == "五.3"


def test_xiangtan_returns_within_two_workdays_or_has_signed(xiangtan: RuleSet) -> None:
    (rule,) = xiangtan.returns
    assert (str(rule.limit), rule.is_deemed_signed, rule.reviewer) == ("2工作日", True, "专班")
    assert rule.citation.clause == "五.2"


def test_xiangtan_ladder(xiangtan: RuleSet) -> None:
    (ladder,) = xiangtan.ladders
    assert [(r.name, r.days, r.after) for r in ladder.rungs] == [
        ("催办", 1, ""),
        ("督办", 5, "催办"),
        ("问责", 5, "督办"),
    ]
    assert [dict(r.when) for r in ladder.rungs] == [{}, {}, {"kind": ("应办未办",)}]
    (entry,) = ladder.entries
    assert (entry.rung, dict(entry.when)) == ("督办", {"channel": ("12345热线（已督办）",)})
    assert "縣政府督查室督辦" in ladder.citation.quote


def test_xiangtan_sends_back_only_what_the_unit_is_to_blame_for(xiangtan: RuleSet) -> None:
    rule = xiangtan.visit_rule(WINDOW)
    assert rule is not None
    assert dict(rule.redo_when) == {"satisfaction": ("不满意",), "fault": ("承办单位主观原因",)}
    assert rule.limit is None
    assert set(rule.counted).isdisjoint({"无法回访", "无人接听"})
    assert words(xiangtan, WINDOW, "fault") == ["承办单位主观原因", "其他原因"]


def test_xiangtan_routes(xiangtan: RuleSet) -> None:
    assert {r.id: (r.to, r.outcome) for r in xiangtan.routes} == {
        "petition": ("信访部门", "转信访"),
        "legal": ("政法机关", "转政法"),
        "hotline": ("12345热线", "转热线"),
        "business-service": ("县市场监管局", ""),
    }
    outcomes = xiangtan.code_list(WINDOW, "outcome")
    assert outcomes is not None
    effects = {code.name: code.effect for code in outcomes.codes}
    assert effects["暂时无法解决"] is OutcomeEffect.STAYS_OPEN
    assert effects["不能办理"] is OutcomeEffect.RESOLVED
    assert {name for name, effect in effects.items() if effect is OutcomeEffect.ROUTED_OUT} == {
        "转信访",
        "转政法",
        "转热线",
    }


def test_xiangtan_words(xiangtan: RuleSet) -> None:
    assert words(xiangtan, WINDOW, "domain") == ["经济调节", "市场监管", "社会管理", "公共服务", "生态环境保护"]
    assert words(xiangtan, WINDOW, "category") == ["咨询", "投诉", "举报", "意见建议"]
    assert words(xiangtan, WINDOW, "cause") == ["推诿", "踢皮球", "不满意"]
    assert words(xiangtan, WINDOW, "acceptance_site") == ["县", "乡镇"]
    assert words(xiangtan, WINDOW, "track") == ["政务服务", "商事服务"]
    tiers = xiangtan.code_list(WINDOW, "tier")
    assert tiers is not None
    assert tiers.default == "三级"
    assert {said: tiers.resolve(said) for said in ("简单", "一般", "复杂", "难点")} == {
        "简单": "三级",
        "一般": "二级",
        "复杂": "二级（复杂）",
        "难点": "一级",
    }


def test_xiangtan_joint_meeting(xiangtan: RuleSet) -> None:
    members = ("县行政审批局", "县司法局", "县信访局", "县政府督查室", "县优化营商环境协调事务中心")
    assert next(u for u in xiangtan.unit_lists if u.id == "joint-meeting-members").names == members
    assert next(p for p in xiangtan.provisions if p.id == "joint-meeting").units == members
    assert xiangtan.units.find("市监局") == "县市场监管局"
    assert not xiangtan.units.is_closed


def test_xiangtan_analysis_has_no_day(xiangtan: RuleSet) -> None:
    (rule,) = xiangtan.duties
    assert (rule.role, rule.has_day) == ("专班", False)
    assert not xiangtan.quotas
    assert not xiangtan.pauses


def test_xiangtan_ledger_columns() -> None:
    layout = load("xiangtan").layouts["window"]
    assert layout.columns_source == "inferred"
    assert " ".join(c.header for c in layout.official_columns) == (
        "序号 编号 受理时间 受理渠道 受理点 反映人 联系电话 诉求领域 诉求类型 问题描述 响应级别 承办单位 "
        "交办时间 签收时间 办理时限 延期情况 办理结果 反馈时间 核查情况 回访情况 满意度 催办督办 备注"
    )


# 临县


def test_linxian_head() -> None:
    locality = load("linxian").locality
    assert [(s.id, s.holds) for s in locality.ledgers] == [
        ("window", Holds.CASES),
        ("hotline", Holds.CASES),
        ("officer", Holds.CASES),
    ]
    assert [s.asks_revisit for s in locality.ledgers] == [False, True, False]
    assert locality.roles[0] == "窗口"


@pytest.mark.parametrize("ledger", ["window", "hotline", "officer"])
def test_linxian_has_no_number_of_days(linxian: RuleSet, ledger: str) -> None:
    assert limits(linxian, ledger) == {Act.RESOLVE: "一事一议"}
    assert not linxian.extensions
    assert not linxian.returns


def test_linxian_work_orders_bring_their_number_and_their_day(linxian: RuleSet) -> None:
    assert [linxian.numbering_for(x).is_given for x in ("window", "hotline", "officer")] == [False, True, False]
    citation = clocks(linxian, "hotline")[Act.RESOLVE].citation
    assert citation.basis == "unstated"
    assert citation.quote == "按照按职转办、限时办结、统一督办的流程"


@pytest.mark.parametrize(
    ("duty_id", "ledger", "role", "day"),
    [
        ("hard-cases", "window", "窗口", 3),
        ("officer-problems", "officer", "政务改革和政策法规股", 8),
        ("hotline-ledger", "hotline", "政务服务大厅", 8),
    ],
)
def test_linxian_hand_ins(linxian: RuleSet, duty_id: str, ledger: str, role: str, day: int) -> None:
    rule = duty(linxian, duty_id)
    assert (rule.ledger, rule.role, rule.day, rule.to) == (ledger, role, day, "县专班办")
    assert (rule.every, rule.due_in) == (Every.MONTH, DueIn.NEXT)


@pytest.mark.parametrize(
    ("duty_id", "role"), [("officer-list", "政务改革和政策法规股"), ("site-list", "政务服务大厅")]
)
def test_linxian_lists_handed_in_once_have_no_day(linxian: RuleSet, duty_id: str, role: str) -> None:
    rule = duty(linxian, duty_id)
    assert (rule.every, rule.on, rule.has_day, rule.role) == (Every.ONCE, None, False, role)


def test_linxian_ten_officers(linxian: RuleSet) -> None:
    rule = quota(linxian, "officer-count")
    assert (rule.kind, rule.of, rule.minimum) == (QuotaKind.COUNT, "体验官", 10)


@pytest.mark.parametrize(
    ("quota_id", "percent", "parts"),
    [
        ("officer-share-delegates", 30, ("党代表", "人大代表", "政协委员")),
        ("officer-share-enterprises", 20, ("招商引资企业代表", "民营企业和中小企业代表")),
    ],
)
def test_linxian_composition(linxian: RuleSet, quota_id: str, percent: int, parts: tuple[str, ...]) -> None:
    rule = quota(linxian, quota_id)
    assert (rule.kind, rule.percent) == (QuotaKind.SHARE, percent)
    (item,) = rule.items
    assert item.parts == parts
    assert set(parts) <= set(words(linxian, "officer", "officer_source"))


def test_linxian_officers_rotate_every_three_years(linxian: RuleSet) -> None:
    rule = quota(linxian, "officer-rotation")
    assert rule.kind is QuotaKind.ROTATION
    assert rule.within == parse_limit("3年")


@pytest.mark.parametrize(
    ("ledger", "field", "said"),
    [
        (
            "officer",
            "officer_source",
            "党代表 人大代表 政协委员 重点项目建设单位代表 招商引资企业代表 民营企业和中小企业代表 "
            "中介机构从业人员代表 普通群众",
        ),
        ("officer", "site_kind", "政务服务大厅 政务服务大厅各分中心 办税大厅 各乡镇便民服务中心 其他"),
        ("officer", "immersion_step", "咨询 取号 排队 填表 提交申报材料 领取证件 回访评价"),
        ("officer", "immersion_way", "亲自办 代理办 陪同办 全程办"),
        ("officer", "finding_way", "设立体验点 沉浸式体验 探头式收集 下沉式监督"),
        ("hotline", "life_stage", "企业准入 准营准办 生产经营 获得奖补 配合执法 破产退出"),
        ("hotline", "category", "不作为 乱作为 慢作为 意见建议 其他"),
        ("hotline", "suggestion_aspect", "优化营商环境 招商引资 支持民营企业发展政策措施 享受优惠条件 申办流程"),
        ("window", "cause", "难以办理 不给办理"),
    ],
)
def test_linxian_words(linxian: RuleSet, ledger: str, field: str, said: str) -> None:
    assert words(linxian, ledger, field) == said.split(" ")


def test_linxian_problem_classes_of_officers(linxian: RuleSet) -> None:
    probed = "政策不落实 奖补资金不兑现 行政审批不规范 中介收费不透明 多头跑 来回跑 重复检查 多头执法"
    manners = "态度恶劣 故意刁难 推诿扯皮 吃拿卡要 不作为 乱作为"
    among_firms = "涉企检查 涉企收费 涉企处罚 涉企服务 涉企保障"
    classes = linxian.code_list("officer", "category")
    assert classes is not None
    for said in f"{probed} {manners} {among_firms}".split(" "):
        assert said in classes.resolve(said).replace("“", "").replace("”", "")
    assert len(words(linxian, "hotline", "suggestion_group")) == 3


def test_linxian_visits_callers_only(linxian: RuleSet) -> None:
    rule = linxian.visit_rule("hotline")
    assert rule is not None
    assert not rule.redo_when
    assert set(rule.counted).isdisjoint({"无法回访", "无人接听"})
    assert {"无法回访", "无人接听"} <= set(words(linxian, "hotline", "satisfaction"))
    assert linxian.visit_rule("window") is None
    assert linxian.visit_rule("officer") is None


def test_linxian_recipient_is_no_handling_unit(linxian: RuleSet) -> None:
    assert linxian.units.find("县专班办") is None
    assert set(linxian.units.names) == {
        "政务改革和政策法规股",
        "投资建设股",
        "登记注册股",
        "政务服务大厅",
        "县政务服务中心",
    }


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        (
            "hotline",
            "序号 工单编号 受理时间 经营主体 联系电话 问题描述 问题类别 责任主体 转办时间 办理时限 处理情况 办结时间 "
            "回访情况 满意度 备注",
        ),
        (
            "officer",
            "序号 发现时间 体验点 体验官 发现方式 涉及企业 问题描述 问题类别 意见建议 责任单位 交办时间 办理时限 "
            "处理情况 反馈时间 满意度 备注",
        ),
        (
            "window",
            "序号 事项编号 受理时间 办理对象 联系电话 问题描述 类别(难以办理/不给办理) 责任单位 交办时间 研判意见 "
            "协调办理情况 办结时间 回访情况 满意度 备注",
        ),
    ],
)
def test_linxian_ledger_columns(name: str, headers: str) -> None:
    layout = load("linxian").layouts[name]
    assert layout.columns_source == "inferred"
    assert [c.header for c in layout.official_columns] == headers.split(" ")
    assert layout.column("case_no") is not None


@pytest.mark.parametrize(
    ("slug", "demanded"),
    [
        ("xiangtan", {"work-order", "verification", "assessment", "closed-loop", "task-force", "joint-meeting"}),
        ("linxian", {"hotline-first-taker", "hotline-content", "officer-projects", "window-staff", "hotline-hall"}),
    ],
)
def test_what_is_not_counted_is_quoted(slug: str, demanded: set[str]) -> None:
    (edition,) = load(slug).locality.editions
    assert demanded <= {provision.id for provision in edition.provisions}
