"""Invented windows at work: an autumn of 内乡 and of 湘潭 with all that can happen to a case; 云溪."""

from __future__ import annotations

from pathlib import Path

from tests.countyoffices import COUNTIES, OfficeDesk, Step, done, open_office_desk, take, visited


def neixiang(folder: Path) -> OfficeDesk:
    """内乡's window: three months of 2026 and one of 2025, with a redo, a late one, a routed and a void one."""
    desk = open_office_desk(folder, "neixiang")
    checked = ("verify", "--outcome", "属实")

    def verify(at: str) -> Step:
        return (checked[0], at, *checked[1:])

    for day in ("2025-10-13", "2025-10-21"):
        take(
            desk,
            f"{day} 09:10",
            "去年的一件：企业开办材料退回两次",
            done(f"{day} 15:00", "当场补齐"),
            unit="商事登记区",
            channel="窗口",
        )
    take(
        desk,
        "2026-08-18 10:00",
        "社保关系转移三个月没有消息，两边窗口都说在对方那里",
        done("2026-08-21 16:00", "与转出地经办机构核对后当场接续"),
        verify("2026-08-24 10:00"),
        visited("2026-08-25 10:00"),
        unit="社保",
        name="王某某",
        channel="窗口",
        cause="很难办",
    )
    take(
        desk,
        "2026-09-09 09:30",
        "新生儿户口随父申报，出生医学证明上姓名用字系统打不出",
        done("2026-09-11 11:00", "升级字库后录入"),
        verify("2026-09-14 10:00"),
        visited("2026-09-15 10:00"),
        unit="公安",
        name="赵某某",
        channel="窗口",
    )
    take(
        desk,
        "2026-09-21 15:20",
        "老旧小区两证合一，档案里少一张测绘图，房管和不动产互相要对方出证明",
        ("assign", "2026-09-21 16:00", "--unit", "不动产"),
        ("feedback", "2026-09-24 10:00", "--text", "正在调档"),
        done("2026-10-13 17:00", "补测后发证"),
        unit="房管",
        tier="特殊",
        name="内乡某某置业有限公司",
        cause="不给办",
    )
    take(
        desk,
        "2026-09-28 08:40",
        "残疾证换证，每次都说系统维护，电话13912345678",
        done("2026-09-29 16:00", "当日换发"),
        verify("2026-09-30 09:00"),
        visited("2026-10-12 09:00", "不满意", "--fault", "其他原因", "--note", "证件照片印错，要求重做"),
        done("2026-10-14 10:00", "重新制证并上门送达"),
        verify("2026-10-14 15:00"),
        visited("2026-10-15 10:00"),
        unit="残联",
        name="孙某某",
    )
    take(
        desk,
        "2026-10-09 09:00",
        "食品经营许可变更地址，窗口要求先注销再新办",
        done("2026-10-13 10:00", "按变更受理并发证"),
        verify("2026-10-14 09:00"),
        visited("2026-10-15 09:00"),
        unit="商事登记区",
        name="周某某",
        cause="不给办",
        channel="12345热线",
        category="投诉",
    )
    take(
        desk,
        "2026-10-10 10:20",
        "三次取号都没有办上契税，每次都差一份材料",
        done("2026-10-10 16:30", "一次性告知后当场办结"),
        verify("2026-10-12 09:00"),
        visited("2026-10-12 10:00", "基本满意"),
        unit="税务",
        name="吴某某",
        situation="多次未办结",
    )
    take(
        desk,
        "2026-10-12 09:50",
        "公司章程遗失，股权变更受理不了",
        done(
            "2026-10-14 17:00",
            "章程须由登记机关存档件补正，已说明理由",
            "--outcome",
            "不能办理",
            "--reason",
            "原件遗失且股东未到场",
            "--reported-to",
            "中心领导小组",
        ),
        verify("2026-10-15 10:00"),
        unit="商事登记区",
        kind="完全不能",
        name="内乡某某商贸有限公司",
    )
    take(
        desk,
        "2026-10-14 11:00",
        "拆迁补偿未到账，要求中心协调",
        unit="综合窗口",
        name="郑某某",
        route="信访",
    )
    take(
        desk,
        "2026-10-15 14:30",
        "社保卡补办登记了两回",
        ("void", "2026-10-15 15:00", "--reason", "重复登记"),
        unit="社保",
        name="冯某某",
    )
    take(
        desk,
        "2026-10-19 09:00",
        "规划许可分期办理，联审会开了两次没有结论，影响开工",
        ("feedback", "2026-10-22 10:00", "--text", "已报一级响应"),
        unit="联审联批",
        tier="复杂",
        cause="很难办",
        name="内乡某某农业科技有限公司",
    )
    take(desk, "2026-10-20 16:10", "电动车上牌预约不到，窗口不收现场件", unit="公安", name="褚某某", channel="线上")
    take(
        desk,
        "2026-10-28 08:50",
        "异地就医备案反复失败",
        done("2026-10-30 17:30", "后台改正参保地"),
        unit="社保",
        name="卫某某",
        channel="电话",
        category="咨询",
    )
    take(desk, "2026-10-30 17:50", "公章刻制备案信息错一个字，银行不认", unit="马上办", name="蒋某某")
    return desk


def xiangtan(folder: Path) -> OfficeDesk:
    """湘潭's 专班: returned, extended, urged and joint matters, one routed to the petition office."""
    desk = open_office_desk(folder, "xiangtan", "专班")
    signed = "2026-10-{:02d} 15:00".format

    def on(day: int) -> str:
        return signed(day)

    for day in ("2025-10-14", "2025-10-23", "2025-10-28"):
        take(
            desk,
            f"{day} 09:10",
            "去年同期的一件",
            done(f"{day} 15:00", "当场办理"),
            channel="窗口",
            domain="公共服务",
        )
    take(
        desk,
        "2026-09-22 09:00",
        "村民建房审批卡在耕地核减",
        ("assign", "2026-09-22 10:00", "--unit", "县自然资源局"),
        ("sign", "2026-09-22 15:00"),
        done("2026-09-28 16:00", "核减后补发许可"),
        ("verify", "2026-09-29 09:00", "--outcome", "属实"),
        visited("2026-09-29 15:00"),
        tier="二级",
        domain="公共服务",
        cause="踢皮球",
        name="谭某某",
    )
    take(
        desk,
        "2026-10-08 09:00",
        "项目用地手续退了三次",
        ("assign", "2026-10-08 10:00", "--unit", "司法局", "--with", "信访局"),
        ("sign", on(8)),
        ("return", "2026-10-09 09:00", "--reason", "土地不归司法局管", "--basis", "三定规定第三条"),
        ("review-return", "2026-10-10 09:00", "--accept"),
        ("assign", "2026-10-10 10:00", "--unit", "县自然资源局"),
        ("sign", on(10)),
        ("raise", "2026-10-12 10:00", "--tier", "复杂", "--reason", "两个图斑重叠"),
        ("extend", "2026-10-19 10:00", "--workdays", "3", "--reason", "要现场测量", "--approver", "张主任"),
        done("2026-10-23 17:00", "重新出图"),
        ("verify", "2026-10-26 09:00", "--outcome", "属实"),
        visited("2026-10-27 10:00"),
        tier="二级",
        channel="窗口",
        domain="经济调节",
        cause="推诿",
        name="湘潭县某某实业有限公司",
    )
    take(
        desk,
        "2026-10-09 10:30",
        "门面转租，消防验收和市监局互相要先办",
        ("assign", "2026-10-09 11:00", "--unit", "县市场监管局"),
        ("sign", on(9)),
        done("2026-10-21 10:00", "并联受理"),
        ("verify", "2026-10-21 16:00", "--outcome", "属实"),
        visited("2026-10-22 10:00", "不满意", "--fault", "unit", "--note", "许可证仍没有领到"),
        tier="二级",
        channel="12345专席",
        domain="市场监管",
        cause="踢皮球",
        track="商事服务",
        name="罗某某",
    )
    take(
        desk,
        "2026-10-12 08:40",
        "低保复核没有回音，电话13712345678",
        ("assign", "2026-10-12 09:00", "--unit", "县民政局"),
        ("sign", on(12)),
        done("2026-10-15 10:00", "补发两个月"),
        ("verify", "2026-10-15 16:00", "--outcome", "属实"),
        ("visit", "2026-10-16 10:00", "--unreached"),
        visited("2026-10-19 10:00", "基本满意"),
        tier="二级",
        channel="县长信箱",
        domain="社会管理",
        category="投诉",
        name="彭某某",
    )
    take(
        desk,
        "2026-10-14 09:20",
        "办事指南上的材料名称看不懂",
        done("2026-10-14 10:00", "当场解释并改写指南"),
        channel="窗口",
        domain="公共服务",
        category="意见建议",
        name="欧阳某某",
    )
    take(desk, "2026-10-15 15:00", "征地补偿诉求", channel="县长信箱", domain="社会管理", route="信访", name="袁某某")
    take(
        desk,
        "2026-10-16 09:00",
        "养殖场环评批复压了两个月",
        ("assign", "2026-10-16 10:00", "--unit", "县农业农村局", "--with", "县林业局"),
        ("sign", on(16)),
        ("urge", "2026-10-26 09:00"),
        tier="二级",
        channel="12345专席",
        domain="生态环境保护",
        cause="推诿",
        name="湘潭县某某生态养殖合作社",
    )
    take(
        desk,
        "2026-10-27 09:00",
        "运输证年审窗口不收外地体检报告",
        ("assign", "2026-10-27 10:00", "--unit", "县交通运输局"),
        tier="二级",
        channel="窗口",
        domain="公共服务",
        name="刘某某",
    )
    take(
        desk,
        "2026-10-29 09:00",
        "重复登记的一件",
        ("void", "2026-10-29 10:00", "--reason", "重复登记"),
        name="刘某某",
    )
    return desk


def yunxi(folder: Path) -> OfficeDesk:
    """The invented 云溪县, whose limits run by hours and whose month is due on the 8th."""
    desk = open_office_desk(folder, str(COUNTIES / "yunxi"))
    take(
        desk,
        "2026-10-12 09:00",
        "水电报装同一张图纸交了三遍",
        ("assign", "2026-10-12 09:20", "--unit", "县城管局"),
        name="钱某某",
    )
    take(desk, "2026-10-13 15:00", "农机补贴受理窗口只在周二开", name="孔某某")
    take(desk, "2026-09-14 15:00", "上个月的一件", name="曹某某")
    return desk
