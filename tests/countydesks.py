"""Invented desks of 临县, 碑林 and 靖边: ledgers with their rosters, a quarter and a window of activities."""

from __future__ import annotations

from pathlib import Path

from tests.activities import COMPLAINT, FOLLOW, WALK, FieldDesk
from tests.countyoffices import OfficeDesk, Step, done, open_office_desk, take, visited
from tests.desk import Desk
from zhuomuniao.model import StepKind

LINXIAN_NAMES = ("临县某某食品有限公司", "刘某某", "临县某某商贸有限公司", "高某某", "白某某", "临县某某建材厂")


def linxian(folder: Path) -> OfficeDesk:
    """临县: a window, a 12345 desk and experience officers with their roster and sites."""
    desk = open_office_desk(folder, "linxian", "窗口")
    _linxian_window(desk)
    _linxian_hotline(desk)
    _linxian_officers(desk)
    return desk


def _linxian_window(desk: Desk) -> None:
    take(desk, "2025-10-16 09:00", "去年的一件", done("2025-10-17 09:00", "已办"), ledger="window", unit="大厅")
    take(
        desk,
        "2026-08-12 09:00",
        "批文没有人接，三个股室都去过，电话13912345678",
        ledger="window",
        unit="投资股",
        name="李某某",
    )
    take(
        desk,
        "2026-10-12 09:00",
        "章子刻错一个字，银行不开户",
        done("2026-10-20 10:00", "已补刻"),
        ledger="window",
        unit="注册股",
        name="高某某",
        cause="不给办理",
        channel="电话",
    )
    take(
        desk,
        "2026-10-13 09:00",
        "宅基地跨县转让登记",
        done("2026-10-21 10:00", "按规定不能办", "--outcome", "不能办理", "--reported-to", "县专班"),
        ledger="window",
        unit="大厅",
        name="白某某",
    )
    take(
        desk,
        "2026-10-19 09:00",
        "老粮站房屋没有原始档案，产权登记缺来源证明，房管、档案、不动产三家说法不同",
        (
            "resolve",
            "2026-10-28 10:00",
            "--result",
            "待省平台开放历史数据",
            "--outcome",
            "暂时无法解决",
            "--reason",
            "历史档案缺失",
        ),
        ledger="window",
        unit="投资股",
        name=LINXIAN_NAMES[5],
    )


def _linxian_hotline(desk: Desk) -> None:
    told = (
        ("准营准办", "慢作为", "食品生产许可证延续审批超过承诺时限，客户订单等不起"),
        ("生产经营", "不作为", "园区断头路两年没有修通，货车绕行六公里"),
        ("获得奖补", "其他", "稳岗补贴申报成功三个月没有到账"),
        ("配合执法", "乱作为", "一个月内五个部门七次上门检查，检查内容重复"),
        ("企业准入", "意见建议", "建议个体户转企业一次办理，少跑登记、税务、银行三处"),
        ("破产退出", "慢作为", "简易注销公告期满后税务清税未出证明"),
    )
    for day in ("2025-10-15", "2025-10-22"):
        take(
            desk,
            f"{day} 09:00",
            "去年的工单",
            done(f"{day} 16:00", "已答复"),
            visited("2025-10-24 09:00"),
            ledger="hotline",
            no=f"{day[:4]}{day[5:7]}{day[8:]}01",
            unit="大厅",
            due="2025-10-30",
        )
    take(
        desk,
        "2026-09-16 09:00",
        told[2][2],
        done("2026-09-22 09:00", "已拨付"),
        visited("2026-09-23 09:00"),
        ledger="hotline",
        unit="政务服务中心",
        due="2026-09-25",
        no="2026091607",
        life_stage=told[2][0],
        category=told[2][1],
        name=LINXIAN_NAMES[0],
    )
    rounds: tuple[tuple[Step, ...], ...] = (
        (done("2026-10-12 15:00", "许可证已延续"), visited("2026-10-13 10:00")),
        (),
        (done("2026-10-16 10:00", "补正账户后到账"), visited("2026-10-19 10:00", "基本满意")),
        (done("2026-10-26 10:00", "建立检查备案制，合并检查"), visited("2026-10-27 10:00", "不满意")),
        (done("2026-10-22 10:00", "纳入“一件事”清单"), visited("2026-10-23 10:00")),
        (),
    )
    for n, ((stage, category, about), steps) in enumerate(zip(told, rounds, strict=True)):
        more = (
            {"suggestion": about, "suggestion_group": "优化营商环境", "suggestion_aspect": "申办流程"}
            if n == 4
            else {}
        )
        take(
            desk,
            f"2026-10-{9 + n * 3:02d} 09:{n}0",
            about,
            *steps,
            ledger="hotline",
            life_stage=stage,
            category=category,
            due=f"2026-10-{19 + n * 2:02d}",
            no=f"202610{9 + n * 3:02d}{n + 11}",
            unit=("注册股", "投资股", "大厅")[n % 3],
            name=LINXIAN_NAMES[n],
            **more,
        )


def _linxian_officers(desk: Desk) -> None:
    for name, kind, address in (
        ("县政务服务大厅", "政务服务大厅", "临泉镇南街1号"),
        ("县办税服务厅", "办税大厅", "临泉镇东街18号"),
        ("经济开发区服务站", "其他", "临县经济开发区创业路6号"),
    ):
        desk.type(
            "site",
            "add",
            "--name",
            name,
            "--kind",
            kind,
            "--address",
            address,
            "--on",
            "2026-01-05",
            "--contact",
            "高某某",
            "--phone",
            "0358-4400000",
        )
    sources = ("人大代表", "政协委员", "党代表", "招商引资企业代表", "民营企业和中小企业代表", "普通群众")
    for n, family in enumerate("王李张刘陈杨赵黄周吴"):
        line = (
            "--name",
            f"{family}某某",
            "--source",
            sources[n % 6],
            "--phone",
            f"1380013{n:04d}",
            "--on",
            "2026-01-05",
        )
        answer = desk.type(
            "officer", "add", *line, "--site", "县政务服务大厅", "--post", f"临县某某单位第{n + 1}科科长"
        )
        assert answer.code == 0, answer.err
    for n, (day, about, steps) in enumerate(
        (
            ("2026-09-17", "取号机只认身份证，外籍客商取不了号", (done("2026-09-24 10:00", "增设人工取号"),)),
            ("2026-10-13", "帮办台中午无人", (done("2026-10-16 10:00", "安排轮值"),)),
            ("2026-10-15", "网上申报页面退回不写原因", (done("2026-10-29 10:00", "已改页面"),)),
            ("2026-10-22", "材料清单与系统要求不一致，多要一份无违法记录证明", ()),
        )
    ):
        take(
            desk,
            f"{day} 10:00",
            about,
            *steps,
            ledger="officer",
            unit=("大厅", "注册股")[n % 2],
            officer=f"{'王李张刘'[n]}某某",
            way=("沉浸式体验", "探头式收集")[n % 2],
            name=f"{'王李张刘'[n]}某某",
        )


def beilin(folder: Path) -> OfficeDesk:
    """碑林: a quarter of three activities, their plans, catalogue, lists and hand-ins of the units."""
    desk = open_office_desk(folder, "beilin", "牵头部门", "碑林区行政审批局")
    field = FieldDesk(desk)
    for unit, items in (
        ("区教育局", ("民办学校设立审批", "教师资格认定", "校车使用许可")),
        ("区市场监管局", ("企业变更登记", "食品经营许可")),
    ):
        for item in items:
            field.list_item(unit, item)
    field.hold("2025-09-10", "区教育局", items=("教师资格认定",), served_count=2)
    field.hold("2026-06-30", "区发改委", items=("企业投资项目备案",), served_count=3)
    field.hold("2026-07-21", "区教育局", items=("民办学校设立审批", "教师资格认定"), served_count=4)
    field.hold(
        "2026-08-24", "区教育局", mode="即时", trigger="群众投诉集中问题", items=("教师资格认定",), served_count=6
    )
    field.hold(
        "2026-09-02T15:00",
        "区市场监管局",
        items=("企业变更登记", "食品经营许可"),
        participant_count=2,
        served_count=9,
    )
    field.hold(
        "2026-09-10", "区住建局", items=("商品房预售许可",), delegate_for="周某某", mode="跟踪", served_count=5
    )
    field.hold("2026-09-16", "区医保局", items=("门诊慢特病备案",), place="区医保经办大厅")
    field.hold(
        "2026-08-26", "区城管执法局", FOLLOW, enforcements=("占道经营巡查", "参与1起渣土案件调查取证"), place="文艺路"
    )
    field.hold(
        "2026-09-08", "市生态环境局碑林分局", FOLLOW, enforcements=("检查餐饮油烟3家", "案卷评查5卷"), place="太乙路"
    )
    field.hold("2026-09-09", "区卫健局", COMPLAINT, served_count=3, place="区12345受理大厅")
    void = field.hold("2026-09-11", "区民政局", items=("社会团体登记",))
    field.step(void, StepKind.VOID, "2026-09-12", "重复登记")
    field.find("2026-06-30", "区发改委", "窗口无自助打印设备", due="2026-08-15", remedy="增配打印机2台")
    slow = field.find("2026-07-21", "区教育局", "一次性告知单缺少样表，家长电话13912345678", remedy="补齐样表")
    field.step(slow, StepKind.CLEAR, "2026-07-25", "样表已上架")
    field.step(slow, StepKind.REBOUND, "2026-09-01", "样表又没有了")
    field.find(
        "2026-09-02",
        "区市场监管局",
        "变更登记网上签字失败率高",
        due="2026-09-30",
        need="希望保留线下签字通道",
        remedy="容缺办理",
    )
    quick = field.find("2026-09-16", "区医保局", "叫号机与系统时间不一致", remedy="当场校准")
    field.step(quick, StepKind.CLEAR, "2026-09-17", "已校准")
    field.find("2026-08-26", "区城管执法局", "现场笔录要素不全", kind=FOLLOW, due="2026-10-09", remedy="组织笔录培训")
    field.find("2026-09-09", "区卫健局", "同一投诉两个部门重复答复", kind=COMPLAINT, remedy="建立首接负责")
    for unit, kind in (("区教育局", WALK), ("区市场监管局", WALK), ("区城管执法局", FOLLOW), ("区卫健局", COMPLAINT)):
        field.plan(unit, kind, "2026Q4", "2026-09-10")
    field.hand_in("区教育局", "2026Q3", "2026-09-18", 1)
    field.hand_in("区市场监管局", "2026Q3", "2026-09-21", 1)
    return desk


BEILIN_LEADS = ("碑林区行政审批局", "碑林区司法局", "碑林区12345市民热线服务中心")


def jingbian(folder: Path) -> OfficeDesk:
    """靖边: the window of August and September, with a list of each unit, as 县司法局 gathers it."""
    desk = open_office_desk(folder, "jingbian", "司法局", "靖边县司法局")
    field = FieldDesk(desk)
    field.hold(
        "2026-08-12",
        "县公安局",
        FOLLOW,
        mode="",
        place="加油站",
        enforcements=("检查加油站2家", "案卷评查3卷"),
        links="执法检查、案件处理、案卷评查、服务回访",
        valid_revisit_count=3,
    )
    field.hold(
        "2026-08-27",
        "县水利局",
        FOLLOW,
        mode="",
        place="芦河",
        enforcements=("河道采砂巡查",),
        links="执法检查、案件处理",
    )
    field.hold(
        "2026-09-15",
        "县交通局",
        FOLLOW,
        mode="",
        place="治超站",
        enforcements=("货车超限检查5辆",),
        participant_count=3,
    )
    one = field.find(
        "2026-08-12", "县公安局", "检查记录填写不全", due="2026-09-10", kind=FOLLOW, remedy="统一检查记录格式"
    )
    field.step(one, StepKind.CLEAR, "2026-09-08", "格式已下发")
    field.find("2026-08-27", "县水利局", "巡查频次不足", due="2026-09-18", kind=FOLLOW, remedy="按周巡查")
    field.find("2026-09-15", "县交通局", "执法证过期未换", kind=FOLLOW, remedy="当场换证")
    return desk
