"""Invented leaders of the units of 碑林 and 靖边: what they did in a quarter, for the tests of reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from zhuomuniao.fieldwork import Activity, HandedIn, Issue, enforcement_cell, join_lines
from zhuomuniao.model import Act, Clock, Status
from zhuomuniao.privacy import mask_record
from zhuomuniao.reports.covered import Covered
from zhuomuniao.reports.coverlines import Coverage, ItemLine, OwedLine, Standing, UnitLine
from zhuomuniao.reports.issuefigures import ClearedRound, IssueCourse
from zhuomuniao.reports.leaderfigures import FieldRecords, ReportFrame

WALK, FOLLOW = "走流程坐窗口", "跟执法"
UNITS = (
    "区发改委", "区教育局", "区民政局", "区住建局", "区城管执法局", "区卫健局", "区市场监管局", "区医保局",
    "市生态环境局碑林分局", "柏树林街道办事处",
)  # fmt: skip
BEILIN = "碑林区常态化开展“一把手走流程、坐窗口、跟执法、处投诉”活动实施方案"
JINGBIAN = "靖边县营商环境突破年“一把手”跟执法活动实施方案"
POLICIES = (
    "参与人次：每位领导每次活动计1人次，另有登记的按登记",
    "在本期结束之前就要报的：从上一次截止的次日算到这一次截止日，报表写明截至哪天，两次之间不漏",
)


def activity(number: int, held: str, unit: str, leader: str = "张某某，局长", **changes: Any) -> Activity:
    """One activity; ``items`` and ``enforcements`` as tuples."""
    at = datetime.fromisoformat(held)
    values: dict[str, Any] = {
        "activity_kind": WALK,
        "mode": "定期",
        "place": "区政务服务中心",
        "links": "走流程、坐窗口、业务检查、服务回访、座谈交流",
        "served_count": 4,
        "filed_on": at.date(),
        "status": Status.FILED,
        **changes,
    }
    values["items"] = join_lines(values.get("items", ()))
    values["enforcements"] = enforcement_cell(values.get("enforcements", ()))
    return Activity(f"HD{at:%Y%m%d}{number:02d}", "activity", held_at=at, unit=unit, leader=leader, **values)


def issue(
    number: int, found: str, unit: str, problem: str = "", *, due: str = "", cleared: str = "", **changes: Any
) -> Issue:
    """One row of the list, open unless it was cleared; a limit makes it one with a plan."""
    found_on = date.fromisoformat(found)
    cleared_on = date.fromisoformat(cleared) if cleared else None
    round_ = changes.get("round", 1)
    limit = Clock(Act.RECTIFY, date.fromisoformat(due), ended_on=cleared_on, round=round_) if due else None
    values: dict[str, Any] = {
        "activity_kind": WALK,
        "place": "区政务服务中心",
        "handling": "整改计划" if due else "立行立改",
        "status": Status.CLEARED if cleared else Status.OPEN,
        "cleared_on": cleared_on,
        "clocks": (limit,) if limit else (),
        **changes,
    }
    no = f"WT{found_on:%Y%m%d}{number:02d}"
    return Issue(no, "issues", found_on=found_on, unit=unit, leader="张某某，局长", problem=problem, **values)


REBOUND = issue(
    1, "2026-07-10", "区医保局", "门诊慢特病备案系统时常掉线", cleared="", due="2026-09-10", round=2,
    round_started_on=date(2026, 8, 12), remedy="协调系统运维单位驻场",
)  # fmt: skip

ACTIVITIES = (
    activity(
        1, "2026-07-20T09:00", "区发改委", "陈某某，主任", items=("企业投资项目备案",),
    ),
    activity(
        1, "2026-07-21T09:00", "区教育局", "李某某，局长", items=("民办学校设立审批", "教师资格认定"),
    ),
    activity(
        1, "2026-08-03T15:00", "区教育局", "李某某，局长", mode="即时", place="区教育局窗口", participant_count=3,
        items=("教师资格认定",), served_count=None,
    ),
    activity(
        1, "2026-08-11T09:30", "区市场监管局", "王某某，局长",
        items=("企业变更登记", "食品经营许可", "企业变更登记"), served_count=9,
        enforcements=("检查张家村街道餐饮店2家", "参与1起无证经营案件调查取证"),
    ),
    activity(
        1, "2026-08-12T09:30", "区住建局", "赵某某，副局长", mode="跟踪", delegate_for="周某某",
        items=("商品房预售许可",), remark="跟踪重点项目审批，联系人电话13800138000",
    ),
    activity(
        1, "2026-08-20T23:30", "区医保局", "孙某某，局长", items=("门诊慢特病备案",), place="区医保经办大厅",
    ),
    activity(1, "2026-08-21T09:00", "区卫健局", "吴某某，局长", items=("医师执业注册",)),
    activity(1, "2026-08-05T09:00", "区民政局", "郑某某，局长", items=("社会团体登记",), status=Status.VOID),
    activity(
        1, "2026-08-06T09:00", "区城管执法局", "冯某某，局长", activity_kind=FOLLOW,
        links="执法检查、案件处理、案卷评查", enforcements=("占道经营巡查",), served_count=None, place="文艺路",
    ),
    activity(
        1, "2026-08-07T09:00", "市生态环境局碑林分局", "褚某某，局长", activity_kind=FOLLOW,
        links="执法检查、案件处理、案卷评查", enforcements=("检查餐饮油烟3家", "案卷评查5卷"), served_count=None,
        place="太乙路",
    ),
)  # fmt: skip

ISSUES = (
    REBOUND,
    issue(
        2, "2026-07-15", "区发改委", "项目备案页面提示不清", due="2026-08-10", cleared="2026-08-09",
        remedy="改写页面提示", mechanism="备案页面提示语每季度会商制度", looked_back_on=date(2026, 8, 19),
    ),
    issue(3, "2026-07-18", "区发改委", "窗口无自助打印设备", due="2026-08-15", remedy="增配打印机2台"),
    issue(
        1, "2026-07-21", "区教育局", "一次性告知单缺少样表，家长刘先生13912345678反映", cleared="2026-07-23",
        remedy="补齐样表并在窗口公示", effect="样表已上架", experience="民办学校设立审批", experience_mode="陪同办",
        urgent="是",
    ),
    issue(
        1, "2026-08-11", "区市场监管局", "变更登记网上签字失败率高", due="2026-09-30",
        need="希望保留线下签字通道", remedy="先行受理、容缺办理", experience="企业变更登记",
        experience_mode="亲身办", mechanism="线上线下并行受理机制",
    ),
    issue(2, "2026-08-11", "区市场监管局", need="希望延长周五办理时间", remedy="周五延时到18时",
          cleared="2026-08-18"),
    issue(1, "2026-08-20", "区医保局", "叫号机与系统时间不一致", remedy="当场校准"),
    issue(2, "2026-08-12", "区住建局", "重复登记的一条", status=Status.VOID),
    issue(1, "2026-08-21", "区卫健局", "下期才发现的问题"),
    issue(
        1, "2026-08-06", "区城管执法局", "现场笔录要素不全", activity_kind=FOLLOW, cleared="2026-08-14",
        due="2026-08-13", remedy="组织笔录培训", item="占道经营巡查", suggestion="统一笔录模板",
    ),
)  # fmt: skip

COURSES = {REBOUND.case_no: IssueCourse((ClearedRound(date(2026, 7, 30), date(2026, 8, 12)),))}
RECORDS = FieldRecords(tuple(map(mask_record, ACTIVITIES)), tuple(map(mask_record, ISSUES)), COURSES)
"""As a report without names is given them: reports print what they are given."""

QUARTER = Coverage(
    first=date(2026, 7, 1),
    last=date(2026, 9, 30),
    units=tuple(
        UnitLine(unit, standing, *numbers)
        for unit, standing, numbers in (
            ("区发改委", Standing.DONE, (1, 0, 0, 0)),
            ("区教育局", Standing.DONE, (1, 1, 0, 0)),
            ("区民政局", Standing.ABSENT, (0, 0, 0, 0)),
            ("区住建局", Standing.DELEGATES_ONLY, (0, 0, 1, 1)),
            ("区卫健局", Standing.DONE, (1, 0, 0, 0)),
            ("区市场监管局", Standing.DONE, (1, 0, 0, 0)),
            ("区医保局", Standing.DONE, (1, 0, 0, 0)),
            ("柏树林街道办事处", Standing.ABSENT, (0, 0, 0, 0)),
        )
    ),
    items=(
        ItemLine("区教育局", 2, 4, ("校车使用许可", "民办学校变更")),
        ItemLine("区市场监管局", 2, 2),
    ),
    expected=("区发改委", "区教育局", "区民政局", "区住建局", "区卫健局", "区市场监管局", "区医保局"),
    lists_due_on=date(2026, 9, 20),
)

HANDINS = (
    HandedIn("BS01", "issues", unit="区发改委", handed_on=date(2026, 9, 20), activity_kind=WALK, period="2026Q3",
             row_count=2),
    HandedIn("BS02", "issues", unit="区教育局", handed_on=date(2026, 9, 21), activity_kind=WALK, period="2026Q3",
             row_count=1),
    HandedIn("BS03", "issues", unit="区市场监管局", handed_on=date(2026, 9, 10), activity_kind=WALK, period="2026Q3",
             row_count=1),
    HandedIn("BS04", "issues", unit="区市场监管局", handed_on=date(2026, 9, 19), activity_kind=WALK, period="2026Q3",
             row_count=2),
    HandedIn("BS05", "issues", unit="区医保局", handed_on=date(2026, 6, 19), activity_kind=WALK, period="2026Q2",
             row_count=4),
    HandedIn("BS06", "issues", unit="区卫健局", handed_on=date(2026, 9, 24), activity_kind=WALK, period="2026Q3",
             row_count=1),
)  # fmt: skip

OWED = tuple(
    OwedLine(unit, period, 1, done)
    for unit, each in (
        ("区发改委", (0, 0, 1, 0)),
        ("区教育局", (0, 0, 1, 0)),
        ("区市场监管局", (0, 0, 1, 0)),
        ("区民政局", (0, 0, 0, 0)),
    )
    for period, done in zip(("2026Q1", "2026Q2", "2026Q3", "2026Q4"), each, strict=True)
)


def frame_of(label: str, first: str, last: str, as_of: str = "", **changes: Any) -> ReportFrame:
    """The frame of the approval bureau's report, or of another."""
    days = [date.fromisoformat(day) for day in (first, last, as_of or last)]
    made = ReportFrame(
        title="“走流程、坐窗口”活动开展情况信息报告",
        office="碑林区行政审批局",
        notice=BEILIN,
        covered=Covered(label, *days),
        activity_kind=WALK,
        to="区营商办",
        clause="四（二）",
        due_on=days[1],
        submit_by=days[1],
        unit_order=UNITS,
        policies=POLICIES,
        chain_head="c0ffee" * 10,
    )
    return replace(made, **changes)


AUGUST = frame_of("2026-08", "2026-07-21", "2026-08-20")
THIRD = frame_of(
    "2026Q3", "2026-06-23", "2026-09-22", title="“走流程、坐窗口”活动开展情况总结报告", clause="四（三）"
)
YEAR = frame_of(
    "2026", "2026-01-01", "2026-12-31", "2026-12-31", title="各单位活动开展情况考核数据", activity_kind="",
    office="碑林区营商办", to="全区优化营商环境工作专项考核", clause="五（三）", due_on=None, submit_by=None,
)  # fmt: skip

WINDOW = frame_of(
    "2026-12", "2026-12-01", "2027-01-31", title="“跟执法”活动开展情况报告", office="靖边县司法局",
    notice=JINGBIAN, activity_kind=FOLLOW, to="县政府", clause="三（三）", due_on=None, submit_by=None,
    unit_order=("县公安局", "县水利局", "县交通局", "县审计局"),
)  # fmt: skip
WINDOW_RECORDS = FieldRecords(
    (
        activity(1, "2026-11-30T09:00", "县公安局", activity_kind=FOLLOW, enforcements=("窗口之前",)),
        activity(1, "2026-12-01T09:00", "县公安局", "蒋某某，局长", activity_kind=FOLLOW, mode="", items=(),
                 enforcements=("检查加油站2家", "案卷评查3卷"), links="执法检查、案件处理、案卷评查、服务回访"),
        activity(1, "2027-01-31T23:50", "县水利局", "沈某某，局长", activity_kind=FOLLOW, mode="", items=(),
                 enforcements=("河道采砂巡查",), links="执法检查、案件处理、案卷评查、服务回访"),
        activity(1, "2027-02-01T09:00", "县交通局", activity_kind=FOLLOW, enforcements=("窗口之后",)),
    ),
    (
        issue(1, "2026-12-01", "县公安局", "检查记录填写不全", activity_kind=FOLLOW, due="2027-01-10",
              cleared="2027-01-08", remedy="统一检查记录格式"),
        issue(1, "2027-01-31", "县水利局", "巡查频次不足", activity_kind=FOLLOW, due="2027-03-31", remedy="按周巡查"),
    ),
)  # fmt: skip
WINDOW_COVERAGE = Coverage(
    first=date(2026, 12, 1),
    last=date(2027, 1, 31),
    units=(
        UnitLine("县公安局", Standing.DONE, 1),
        UnitLine("县水利局", Standing.DONE, 1),
        UnitLine("县交通局", Standing.ABSENT),
        UnitLine("县审计局", Standing.ABSENT),
    ),
)
