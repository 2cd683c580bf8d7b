"""An invented matter with everything that can happen to one, for the tests of papers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from msgspec.structs import replace

from zhuomuniao.assets import data_folder
from zhuomuniao.forms.filled import PaperValues
from zhuomuniao.forms.values import Ground, Meeting, PaperContext, paper_values
from zhuomuniao.layouts import load_layout
from zhuomuniao.model import Act, Case, Clock, Step, StepKind
from zhuomuniao.paperlayouts import FormLayout

ABOUT = (
    "本人于9月20日到政务服务中心办理营业执照变更登记，窗口三次不予受理，后又称需要补充租赁备案证明，"
    "但办事指南中没有这一项。A&B公司 <有限> 责任，{{7*7}}、{case_no}。请协调解决。"
)
CASE = Case(
    case_no="2026100801",
    ledger="window",
    accepted_at=datetime(2026, 10, 8, 9, 30),
    applicant="李四",
    phone="13800138000",
    about=ABOUT,
    unit="县市场监管局",
    co_handlers="县税务局",
    kind="应办未办",
    tier="二级",
    channel="窗口",
    category="投诉",
    accepted_by="王五",
    outcome="已解决",
    result="新执照已经送达（原因：没有启用线下流程）（已报告：分管副主任）",
    assigned_at=datetime(2026, 10, 8, 15, 0),
    signed_at=datetime(2026, 10, 9, 9, 0),
    resolved_at=datetime(2026, 10, 20, 16, 30),
    satisfaction="不满意",
    solved="已解决",
    fault="承办单位主观原因",
    progress="10月12日答复：正在核对数据",
    verification="属实",
    extension="5工作日",
    clocks=(
        Clock(Act.RESOLVE, date(2026, 10, 14), ended_on=date(2026, 10, 20)),
        Clock(Act.FIRST_FEEDBACK, date(2026, 10, 13), ended_on=date(2026, 10, 12)),
    ),
)


def step(kind: StepKind, month: int, day: int, text: str, *, clocks: tuple[Clock, ...] = ()) -> Step:
    """A line of the log."""
    at = datetime(2026, month, day, 10, 5)
    return Step(
        CASE.case_no, kind, at, "赵敏慧", CASE.unit, text, clocks, op_id=f"2026{month:02}{day:02}-0000{day:03}"
    )


STEPS = (
    step(StepKind.ACCEPT, 10, 8, "已受理"),
    step(StepKind.ASSIGN, 10, 8, "主办：县市场监管局；协办：县税务局；统筹：县行政审批局；说明：请协办单位配合。"),
    step(StepKind.SIGN, 10, 9, "签收"),
    step(StepKind.RETURN, 10, 9, "理由：备案证明由住建部门出具；依据：《商品房屋租赁管理办法》第四条"),
    step(StepKind.REVIEW_RETURN, 10, 9, "不同意；说明：变更登记是市场监管部门的职责。"),
    step(
        StepKind.EXTEND, 10, 13, "5工作日；批准人：张主任；依据：省平台公告；原因：省平台迁移数据",
        clocks=(Clock(Act.RESOLVE, date(2026, 10, 21)),),
    ),
    step(StepKind.URGE, 10, 15, "催办；说明：请于10月20日前反馈。"),
    step(StepKind.URGE, 10, 16, "催办"),
    step(StepKind.MEETING_PLAN, 10, 19, "联席会议 2026-10-20；成员：县行政审批局、县司法局；说明：难点"),
    step(StepKind.MEETING_RECORD, 10, 20, "议定：先行受理、容缺办理；期限：2026-11-02；说明：下次会议报告结果。"),
    step(StepKind.RESOLVE, 10, 20, "已解决：新执照已经送达（原因：没有启用线下流程）（已报告：分管副主任）"),
    step(StepKind.VERIFY, 10, 21, "属实；说明：电话核实新执照已经领取。"),
    step(StepKind.VISIT, 10, 22, "未接通（第1次）"),
    step(StepKind.SUPERVISE, 10, 22, "督办；说明：请主要负责人过问。"),
    step(StepKind.VISIT, 10, 23, "满意度：不满意；是否解决：已解决；不满意原因：承办单位主观原因；说明：跑了四趟。"),
    step(StepKind.CIRCULAR, 10, 26, "处理意见：提醒谈话，一周内修订办事指南；说明：已报分管领导。"),
    step(StepKind.REFER_LEAD, 10, 27, "上报；说明：擅自增加办理要件。"),
    step(StepKind.ACCOUNTABILITY, 10, 29, "问责；依据：五.5；说明：材料另附。"),
)  # fmt: skip
MEETING = Meeting("联席会议", date(2026, 10, 20), "三楼会议室", ("县行政审批局", "县司法局"), "张主任")
CONTEXT = PaperContext(
    case=CASE,
    steps=STEPS,
    office="某县行政审批服务中心",
    locality="某县",
    notice="《某县“办不成事”工作方案》",
    today=date(2026, 10, 30),
    ledger_title="“办不成事”台账",
    clerk="赵敏慧",
    recipient="县市场监管局",
    limits={Act.RESOLVE: Ground("五.3", "一般应在5个工作日内解决", "5工作日", "受理")},
    grounds={"ladder": Ground("五.5", "对逾期未办结事项进行催办"), "return": Ground("五.2", "签收后2个工作日内")},
    late_workdays=3,
    meeting=MEETING,
)


def values_of(case: Case) -> PaperValues:
    """The values of a case without a log."""
    return paper_values(replace(CONTEXT, case=case, steps=()))


def meeting_of(count: int) -> PaperContext:
    """A meeting with so many matters, each with a text of another length."""
    cases = tuple(
        replace(CONTEXT, case=replace(CASE, case_no=f"20261008{n:02}", about=ABOUT[: 12 + n]))
        for n in range(1, count + 1)
    )
    return replace(CONTEXT, cases=cases)


def paper_files() -> Iterator[Path]:
    """Every paper that comes with zmn: those of all counties and the counties' own."""
    yield from sorted((data_folder() / "forms").glob("*.toml"))
    for path in sorted((data_folder() / "localities").glob("*/layouts/*.toml")):
        if isinstance(load_layout(path), FormLayout):
            yield path


def paper(name: str) -> FormLayout:
    """One of the papers of all counties, by its file's name."""
    loaded = load_layout(data_folder() / "forms" / f"{name}.toml")
    assert isinstance(loaded, FormLayout)
    return loaded
