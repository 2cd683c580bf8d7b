"""A case of each locality from its registration to 已办结, through all that its notice knows."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli.walking import Walk
from tests.desk import Desk

BLAMED = ("--satisfaction", "不满意", "--fault", "unit", "--note", "收了材料没有办")


def test_a_case_of_xiangtan(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("xiangtan", "2026-08-10")
    no = desk.register("2026-08-10 09:00", about="项目用地手续退了三次", tier="二级", phone="13800138000")["case_no"]
    walk = Walk(desk, no)
    assert walk.row()["时限明细"] == "解决=2026-08-17"
    walk.go(
        "assign", "2026-08-10 10:00", "--unit", "司法局", "--with", "信访局", "--with", "县城管局",
        status="待签收", says="主办：县司法局；协办：县信访局、县城管局",
        row={"协办单位": "县信访局：待签收；县城管局：待签收", "交办时间": "2026-08-10 10:00"},
    )  # fmt: skip
    walk.go("sign", "2026-08-10 15:00", status="办理中", row={"签收时间": "2026-08-10 15:00"})
    walk.go("sign", "2026-08-10 15:30", "--unit", "信访局", status="办理中", row={"协办单位": "县信访局：已签收"})
    walk.go(
        "return", "2026-08-11 09:00", "--reason", "土地不归司法局管", "--basis", "三定规定第三条",
        status="退回待审", says="理由：土地不归司法局管；依据：三定规定第三条",
    )  # fmt: skip
    walk.refused("resolve", "2026-08-11 10:00", "--result", "好", says="退回待审")
    walk.go("review-return", "2026-08-12 09:00", "--accept", status="待交办", row={"协办单位": ""}, says="同意")
    assert walk.row()["承办单位"] is None
    walk.go(
        "assign", "2026-08-12 10:00", "--unit", "审批局", "--with", "信访局", status="待签收",
        says="接着数到 2026-08-17，重新数到 2026-08-19",
    )  # fmt: skip
    walk.go("sign", "2026-08-12 11:00", status="办理中")
    walk.go("feedback", "2026-08-12 16:00", "--text", "正在核图", status="办理中", row={"处理进度": "正在核图"})
    walk.go(
        "feedback", "2026-08-13 09:00", "--unit", "信访局", "--text", "没有信访件", status="办理中",
        row={"协办单位": "县信访局：已反馈"},
    )  # fmt: skip
    walk.go(
        "raise", "2026-08-13 10:00", "--tier", "复杂", "--reason", "两个图斑重叠", status="办理中",
        clocks="解决=2026-08-24", row={"响应级别": "二级（复杂）"}, says="二级 → 二级（复杂）",
    )  # fmt: skip
    walk.go(
        "extend", "2026-08-21 10:00", "--workdays", "5", "--reason", "要现场测量", "--approver", "张主任",
        status="办理中", clocks="解决=2026-08-31", row={"延期情况": "原期限2026-08-24"}, says="批准人：张主任",
    )  # fmt: skip
    walk.refused("urge", "2026-08-31 10:00", says="还不到")
    walk.escalate("2026-09-01", "催办", "催办")
    walk.go("supervise", "2026-09-08 10:00", status="办理中", row={"催办督办": "催办 2026-09-01；督办 2026-09-08"})
    walk.go("accountability", "2026-09-15 10:00", status="办理中", row={"催办督办": "问责 2026-09-15"})
    late = "解决=2026-08-31×2026-09-16"
    walk.go(
        "resolve", "2026-09-16 10:00", "--result", "重新出图", status="待回访", clocks=late,
        row={"办理结果": "重新出图", "结果类别": "已解决", "办结时间": "2026-09-16 10:00"},
    )  # fmt: skip
    walk.refused("visit", "2026-09-16 16:00", "--satisfaction", "满意", says="先核查")
    second = f"{late};第2轮解决=2026-10-08"
    walk.go(
        "verify", "2026-09-17 10:00", "--outcome", "不实", "--note", "图还没有出", status="办理中", clocks=second,
        steps=("核查", "发回重办"), row={"轮次": "2", "核查情况": "2026-09-17 不实（第1轮）"},
    )  # fmt: skip
    assert walk.row()["办理结果"] is None
    second = f"{late};第2轮解决=2026-10-08√2026-09-21"
    walk.go("resolve", "2026-09-21 10:00", "--result", "图出了", status="待回访", clocks=second)
    walk.go("verify", "2026-09-21 15:00", "--outcome", "属实", status="待回访", row={"核查情况": "属实"})
    # The 22nd of September is followed by 中秋 and 国庆: 23, 24, 28, 29, 30, and 8, 9, 10 (worked), 12, 13 October.
    third = f"{second};第3轮解决=2026-10-13"
    walk.go("visit", "2026-09-22 10:00", *BLAMED, status="办理中", clocks=third, steps=("回访", "发回重办"))
    assert walk.row()["满意度"] is None
    third = f"{second};第3轮解决=2026-10-13√2026-09-28"
    walk.go("resolve", "2026-09-28 10:00", "--result", "证已送到", status="待回访", clocks=third)
    walk.go("verify", "2026-09-28 15:00", "--outcome", "属实", status="待回访")
    walk.go("visit", "2026-09-29 10:00", "--unreached", status="待回访", says="未接通（第1次）")
    walk.takes_back("visit", "2026-09-29 15:00", "--unreached")
    walk.go("visit", "2026-09-30 10:00", "--unreached", status="待回访", says="未接通（第2次）")
    walk.go(
        "visit", "2026-10-08 10:00", "--satisfaction", "满意", "--solved", "解决", status="已办结",
        row={"满意度": "满意", "是否解决": "解决", "回访情况": "2026-09-30 未接通（第2次）；2026-10-08 满意"},
    )  # fmt: skip
    walk.ends(rounds=3)
    counts = desk.ask("report", "--month", "2026-09")["counts"]
    assert (counts["late"], counts["on_time"]) == (1, 2)


def test_a_case_of_neixiang(desk: Desk) -> None:
    desk.day = "2026-08-10"
    no = desk.register("2026-08-10 09:00", about="社保关系转不进来", tier="二级")["case_no"]
    walk = Walk(desk, no)
    assert walk.row()["时限明细"] == "解决=2026-08-17"
    walk.go(
        "assign", "2026-08-10 10:00", "--unit", "社保", "--with", "税务", status="办理中",
        clocks="解决=2026-08-17;初步反馈=2026-08-13", row={"协办单位": "公民个人事项服务区（税务）：已签收"},
    )  # fmt: skip
    walk.refused("sign", "2026-08-10 11:00", says="没有规定签收")
    walk.refused("return", "2026-08-10 11:00", "--reason", "不归", "--basis", "无", says="没有规定可以退回")
    first = "解决=2026-08-17;初步反馈=2026-08-13×2026-08-14"
    walk.go("feedback", "2026-08-14 10:00", "--text", "正在核实", status="办理中", clocks=first)
    walk.go(
        "feedback", "2026-08-14 11:00", "--unit", "税务", "--text", "缴费记录已查", status="办理中",
        row={"协办单位": "公民个人事项服务区（税务）：已反馈", "处理进度": "缴费记录已查"},
    )  # fmt: skip
    first = "解决=2026-08-19;初步反馈=2026-08-13×2026-08-14"
    walk.go("raise", "2026-08-14 15:00", "--tier", "特殊", "--reason", "系统未打通", status="办理中", clocks=first)
    walk.meets("plan", "2026-08-14 16:00", "--on", "2026-08-18", "--member", "社保", kind="提请会议")
    walk.meets("record", "2026-08-18 16:00", "--decision", "由社保牵头接数据", kind="会议决定")
    walk.go("reply", "2026-08-18 17:00", "--text", "已告知进度", status="办理中", row={"处理进度": "已告知进度"})
    walk.refused("extend", "2026-08-19 09:00", "--workdays", "5", "--reason", "等",
                 "--approver", "张主任", says="没有规定")  # fmt: skip
    walk.escalate("2026-08-20", "催办", "催办")
    walk.escalate("2026-08-27", "督办", "督办")
    walk.refused("accountability", "2026-09-10 10:00", says="没有规定问责移送")
    walk.go(
        "resolve", "2026-08-27 16:00", "--result", "等系统升级", "--outcome", "暂时无法解决", status="办理中",
        row={"结果类别": "暂时无法解决"},
    )  # fmt: skip
    first = "解决=2026-08-19×2026-08-28;初步反馈=2026-08-13×2026-08-14"
    walk.go("resolve", "2026-08-28 10:00", "--result", "已转入", status="待回访", clocks=first)
    second = f"{first};第2轮解决=2026-09-09"
    walk.go(
        "verify", "2026-08-31 10:00", "--outcome", "不实", "--note", "系统里没有", status="办理中", clocks=second,
        steps=("核查", "发回重办"), row={"轮次": "2"},
    )  # fmt: skip
    walk.refused("urge", "2026-09-09 10:00", says="还不到")
    second = f"{first};第2轮解决=2026-09-09√2026-09-02"
    walk.go("resolve", "2026-09-02 10:00", "--result", "查到了", status="待回访", clocks=second)
    walk.go("verify", "2026-09-02 15:00", "--outcome", "属实", status="待回访")
    third = f"{second};第3轮解决=2026-09-14"
    walk.go("visit", "2026-09-03 10:00", *BLAMED, status="办理中", clocks=third, steps=("回访", "发回重办"))
    walk.go("circular", "2026-09-04 10:00", "--disposition", "书面检查", status="办理中", says="处理意见：书面检查")
    walk.go(
        "refer-lead", "2026-09-04 11:00", "--to", "县营商办", "--reason", "推诿", status="办理中", says="县营商办"
    )
    third = f"{second};第3轮解决=2026-09-14√2026-09-07"
    walk.go("resolve", "2026-09-07 10:00", "--result", "全部转入", status="待回访", clocks=third)
    walk.go("verify", "2026-09-07 15:00", "--outcome", "属实", status="待回访")
    walk.go("visit", "2026-09-08 10:00", "--unreached", status="待回访")
    walk.takes_back("visit", "2026-09-08 15:00", "--satisfaction", "满意")
    walk.go("visit", "2026-09-09 10:00", "--solved", "部分解决", "--note", "还差一年", status="待回访")
    walk.go(
        "visit", "2026-09-10 10:00", "--satisfaction", "基本满意", status="已办结",
        row={"满意度": "基本满意", "是否解决": "基本解决"},
    )  # fmt: skip
    walk.ends(rounds=3)


def test_a_case_of_linxians_window(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-08-10")
    no = desk.register("2026-08-10 09:00", cause="不给办")["case_no"]
    walk = Walk(desk, no, "window")
    assert walk.row()["时限明细"] == "解决=一事一议"
    walk.go("assign", "2026-08-10 10:00", "--unit", "注册股", "--with", "大厅", status="办理中",
            row={"责任单位": "登记注册股"})  # fmt: skip
    for step in ("urge", "supervise"):
        walk.refused(step, "2026-08-12 10:00", says="没有规定")
    walk.refused("verify", "2026-08-12 10:00", "--outcome", "属实", says="办理中")
    walk.refused("raise", "2026-08-12 10:00", "--tier", "一级", says="不存在提级")
    walk.go("set-due", "2026-08-12 10:00", "--due", "2026-08-20", "--basis", "专班会商", status="办理中",
            clocks="解决=2026-08-20", says="依据：专班会商")  # fmt: skip
    walk.go("feedback", "2026-08-13 10:00", "--text", "在核实", status="办理中")
    walk.go("feedback", "2026-08-13 11:00", "--unit", "大厅", "--text", "已查叫号", status="办理中",
            row={"协办单位": "政务服务大厅：已反馈"})  # fmt: skip
    assert [c["case_no"] for c in desk.ask("overdue", "--as-of", "2026-08-21")["overdue"]] == [no]
    late = ("--due", "2026-08-25", "--basis", "专班再议")
    walk.refused("set-due", "2026-08-21 10:00", *late, says="已经过了，另定期限不能把逾期抹去")
    walk.takes_back("resolve", "2026-08-26 09:00", "--result", "试记")
    walk.go("resolve", "2026-08-26 10:00", "--result", "当面道歉并办结", status="已办结",
            clocks="解决=2026-08-20×2026-08-26", row={"协调办理情况": "当面道歉并办结"})  # fmt: skip
    walk.refused("visit", "2026-08-27 10:00", "--satisfaction", "满意", says="没有规定回访")
    walk.go("redo", "2026-08-28 10:00", "--reason", "又被退回", status="办理中",
            clocks="解决=2026-08-20×2026-08-26;第2轮解决=一事一议", row={"轮次": "2"})  # fmt: skip
    walk.go("resolve", "2026-08-31 10:00", "--result", "办成了", status="已办结",
            clocks="解决=2026-08-20×2026-08-26;第2轮解决=一事一议√2026-08-31")  # fmt: skip
    walk.ends(rounds=2)


def test_a_case_of_linxians_hotline(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-08-10")
    given = {"ledger": "hotline", "no": "HX20260810001", "due": "2026-08-14", "category": "慢作为"}
    no = desk.register("2026-08-10 09:00", by="赵敏慧", **given)["case_no"]
    walk = Walk(desk, no, "hotline")
    assert (walk.row()["时限明细"], walk.row()["首接人"]) == ("解决=2026-08-14", "赵敏慧")
    walk.go("assign", "2026-08-10 10:00", "--unit", "投资股", "--with", "大厅", status="办理中")
    walk.go("feedback", "2026-08-11 10:00", "--text", "已联系企业", status="办理中")
    walk.escalate("2026-08-17", "催办", "催办")
    walk.refused("supervise", "2026-08-18 10:00", says="还不到")
    walk.escalate("2026-08-24", "督办", "督办")
    late = "解决=2026-08-14×2026-08-25"
    answer = walk.go("resolve", "2026-08-25 10:00", "--result", "审批已出", status="待回访", clocks=late)
    assert any("首接负责制" in w and "赵敏慧" in w for w in answer["warnings"])
    walk.refused("verify", "2026-08-25 15:00", "--outcome", "属实", says="没有规定核查")
    walk.go("visit", "2026-08-26 10:00", "--unreached", status="待回访", says="未接通（第1次）")
    walk.go("redo", "2026-08-27 10:00", "--reason", "企业来电说没有出", status="办理中",
            clocks=f"{late};第2轮解决=一事一议", row={"回访情况": "未接通（第1次）（第1轮）"})  # fmt: skip
    walk.go("set-due", "2026-08-27 11:00", "--due", "2026-09-02", "--basis", "工单延期单", status="办理中",
            clocks=f"{late};第2轮解决=2026-09-02")  # fmt: skip
    second = f"{late};第2轮解决=2026-09-02√2026-09-02"
    walk.go("resolve", "2026-09-02 17:00", "--result", "批文已送达", status="待回访", clocks=second)
    walk.go("visit", "2026-09-03 10:00", "--unreached", status="待回访")
    walk.go("visit", "2026-09-04 10:00", "--unreached", status="待回访")
    walk.takes_back("visit", "2026-09-04 15:00", "--unreached")
    walk.go("visit", "2026-09-07 10:00", "--satisfaction", "满意", status="已办结", row={"满意度": "满意"})
    walk.ends(rounds=2)
