"""The Typer app: one table of commands, global options, the single error boundary, exit codes.

Only the command that is invoked is imported and built; help is listed from the table.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import typer
from msgspec import Struct
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from zhuomuniao.errors import BadValueError, CannotWriteError, FaultError, ZmnError, reason_of

_INTERRUPTED = 130
NO_SUBCOMMAND = "请在后面写一个命令，例如 zmn register；zmn --help 看全部命令"


class CommandRow(Struct, frozen=True):
    """One command: its words, its Chinese alias, where it lives, what it does, under which heading."""

    name: str
    alias: str
    target: str
    help: str
    heading: str


def _row(name: str, alias: str, target: str, help_: str, heading: str) -> CommandRow:
    return CommandRow(name, alias, f"zhuomuniao.commands.{target}", help_, heading)


COMMANDS: tuple[CommandRow, ...] = (
    _row("register", "登记", "register:register", "登记一件事项，编号并算出时限；--from 可成批登记", "日常"),
    _row("import", "导入", "importing:import_", "导入 12345、县长信箱导出的工单；--dry-run 先看", "日常"),
    _row("overdue", "逾期", "overdue:overdue", "早上看：逾期的、今天到期的、快到期的、要报送的", "日常"),
    _row("list", "清单", "look:list_", "列出事项，可按状态、单位、月份、关键词筛选", "日常"),
    _row("show", "查看", "look:show", "看一件事项和它的流转记录", "日常"),
    _row("assign", "交办", "steps:assign", "交给责任单位办理；--with 写协办单位", "办理"),
    _row("sign", "签收", "steps:sign", "登记单位签收", "办理"),
    _row("return", "申请退回", "steps:return_", "单位申请退回，写明理由和依据", "办理"),
    _row("review-return", "退回审核", "steps:review_return", "同意退回并重新交办，或不同意", "办理"),
    _row("feedback", "反馈", "steps:feedback", "登记初步反馈；协办单位的反馈写 --unit", "办理"),
    _row("raise", "提级", "steps:raise_", "提到更高的响应级别，时限随之改变", "办理"),
    _row("pause", "暂停", "steps:pause", "按通知允许的理由暂停期限", "办理"),
    _row("resume", "恢复", "steps:resume", "恢复期限，暂停的日子补上", "办理"),
    _row("extend", "延期", "steps:extend", "登记批准的延期", "办理"),
    _row("set-due", "定期限", "steps:set_due", "一事一议的，登记确定下来的期限", "办理"),
    _row("admit", "受理决定", "steps:admit", "登记受理决定，通知规定从此重新起算的", "办理"),
    _row("reply", "答复", "steps:reply", "登记对当事人的答复", "办理"),
    _row("resolve", "办结", "steps:resolve", "登记办理结果并办结", "办理"),
    _row("verify", "核查", "steps:verify", "办结后核查；不实的发回重办", "办理"),
    _row("visit", "回访", "steps:visit", "登记回访；没有接通也记一次", "办理"),
    _row("redo", "重办", "steps:redo", "发回重办，开始新的一轮", "办理"),
    _row("circular", "通报", "steps:circular", "登记通报和处理意见", "办理"),
    _row("refer-lead", "线索上报", "steps:refer_lead", "把责任不落实的作为线索上报", "办理"),
    _row("link", "关联", "steps:link", "与以前的一件关联起来", "办理"),
    _row("void", "作废", "steps:void", "登记错了的作废，编号不再用", "办理"),
    _row("note", "备注", "steps:note", "在流转记录里补一条说明", "办理"),
    _row("meeting plan", "会议 提请", "meeting:meeting_plan", "把难点问题提请联席会议、联动会审", "办理"),
    _row("meeting record", "会议 决定", "meeting:meeting_record", "把会议的决定记回各件事项", "办理"),
    _row("escalate", "催督", "escalate:escalate", "今天该催办、督办、问责的；--issue 登记并出表单", "催督"),
    _row("urge", "催办", "escalate:urge", "催办一件", "催督"),
    _row("supervise", "督办", "escalate:supervise", "督办一件", "催督"),
    _row("accountability", "问责移送", "escalate:accountability", "移送问责，只用于应办未办", "催督"),
    _row("activity plan", "活动 计划", "activity:activity_plan", "活动计划：制定、审核、审定、公布", "活动"),
    _row("activity record", "活动 登记", "activity:activity_record", "登记一次活动；--from 可成批登记", "活动"),
    _row("activity file", "活动 备案", "activity:activity_file", "登记向牵头部门备案，备案的时限到此为止", "活动"),
    _row("activity coverage", "活动 覆盖", "activity:activity_coverage", "哪些单位、哪些事项还没有体验到", "活动"),
    _row("activity list", "活动 清单", "activity:activity_list", "列出活动；--plans 列出计划", "活动"),
    _row("item import", "事项 导入", "item:item_import", "导入各单位的事项清单", "活动"),
    _row("item list", "事项 清单", "item:item_list", "列出事项清单和体验过没有", "活动"),
    _row("issue add", "问题 挂账", "issue:issue_add", "把活动发现的问题、需求挂账；--from 可成批", "问题"),
    _row("issue measure", "问题 措施", "issue:issue_measure", "写整改措施：立行立改，或整改计划和完成时限", "问题"),
    _row("issue clear", "问题 销号", "issue:issue_clear", "整改到位，销号", "问题"),
    _row("issue look-back", "问题 回头看", "issue:issue_look_back", "登记回头看；反弹的重新挂账", "问题"),
    _row("issue list", "问题 清单", "issue:issue_list", "列出问题、需求，可按单位、状态筛选", "问题"),
    _row("issue hand-in", "问题 上报件", "handin:issue_hand_in", "按单位、活动出上报件，照通知的表样", "问题"),
    _row("issue collect", "问题 收清单", "handin:issue_collect", "牵头部门收各单位填好的清单；看谁还没报", "问题"),
    _row("officer add", "体验官 聘任", "officer:officer_add", "把一位体验官列入名册", "体验官"),
    _row("officer list", "体验官 名册", "officer:officer_list", "列出名册：聘期、体验点、何时轮换", "体验官"),
    _row("officer check", "体验官 核对", "officer:officer_check", "人数、构成够不够，谁该轮换了", "体验官"),
    _row("officer rotate", "体验官 轮换", "officer:officer_rotate", "轮换或离任，可同时聘任接替的人", "体验官"),
    _row("site add", "体验点 设立", "officer:site_add", "设立一个体验点", "体验官"),
    _row("site close", "体验点 撤销", "officer:site_close", "撤销一个体验点", "体验官"),
    _row("site list", "体验点 清单", "officer:site_list", "列出体验点和那里的体验官", "体验官"),
    _row("undo", "撤销", "undo:undo", "撤销最后一次操作；--batch 撤销一批", "办理"),
    _row("explain", "依据", "explain:explain", "逐日说明一件事项的每个时限是怎么算出来的", "期限"),
    _row("deadline", "算期限", "explain:deadline", "从某天起数若干工作日、日、月或小时，不需要工作区", "期限"),
    _row("recount", "重算", "recount:recount", "列出日期与现行规则和日历不一致的在办事项；--issue 改过来", "期限"),
    _row("calendar import", "日历 载入", "calendar:calendar_import", "载入国务院放假通知，在办事项随之改期", "日历"),
    _row("calendar status", "日历 状态", "calendar:calendar_status", "哪些年份已公布、暂定、有调整", "日历"),
    _row("calendar show", "日历 查看", "calendar:calendar_show", "画出一年的日历，标明休、班", "日历"),
    _row("calendar diff", "日历 比较", "calendar:calendar_diff", "本单位日历与随 zmn 带来的有哪些不同", "日历"),
    _row("calendar feed", "日历 订阅", "feed:calendar_feed", "期限和报送写成日历文件，供 Outlook、手机导入", "日历"),
    _row("form", "表单", "form:form", "打印一件事项的表单：登记表、交办单、督办函……", "上报"),
    _row("report", "月报", "report:report", "生成要报的：月报、季报、清单、名单……", "上报"),
    _row("rollup", "汇总", "rollup:rollup", "许多单位的台账汇总成一份：乡镇、区县、市、省", "上报"),
    _row("duties", "报送", "duties:duties", "要报哪些、报给谁、最迟哪天；报出后 duties done 记下", "上报"),
    _row("duties done", "报送 已报", "duties:duties_done", "报出去了，记一笔；--take-back 撤回记错的", "上报"),
    _row("rules", "规则", "rules:rules", "列出本区县的规则：条款、原文、依据", "规则"),
    _row("locality list", "区县 列表", "locality:locality_list", "列出随 zmn 带来的区县", "规则"),
    _row("locality show", "区县 查看", "locality:locality_show", "看一个区县的通知、台账和角色", "规则"),
    _row("locality new", "区县 新建", "locality:locality_new", "照一个区县的样子，新建本县的规则文件夹", "规则"),
    _row("locality check", "区县 核对", "locality:locality_check", "核对区县文件夹，一次列出全部要改的地方", "规则"),
    _row("check", "核对", "check:check", "台账被人改过的地方；--adopt 采纳，--restore 改回", "账册"),
    _row("book list", "账册 列表", "book:book_list", "有哪些账册：多少件、哪个版本、谁开着", "账册"),
    _row("book history", "账册 历史", "book:book_history", "一件事项或整本账册的历史：谁、何时、改前改后", "账册"),
    _row("book diff", "账册 比较", "book:book_diff", "比较两个版本或文件，列出不同的格", "账册"),
    _row("book restore", "账册 恢复", "book:book_restore", "整本账册回到以前的版本", "账册"),
    _row("book verify", "账册 校验", "book:book_verify", "核对流水有没有被改动过", "账册"),
    _row("book replay", "账册 补写", "book:book_replay", "补写等着的内容；处理写不进去的", "账册"),
    _row("book adopt", "账册 接管", "book:book_adopt", "把单位原有的台账变成 zmn 的台账，原文件不动", "账册"),
    _row("book upgrade", "账册 升级", "book:book_upgrade", "把旧表样的账册升到现在的表样", "账册"),
    _row("doctor", "体检", "check:doctor", "一次查出全部毛病：账册、副本、流水、权限、日历", "账册"),
    _row("init", "建工作区", "init:init", "建一个工作区和当年的台账", "工作区"),
    _row("demo", "演示", "demo:demo", "用虚构的例子走一遍：登记、办理、逾期、月报", "工作区"),
)

_GROUP_HELP = {
    "activity": "一把手活动：计划、登记、备案、覆盖",
    "item": "各单位的事项清单：导入、列出",
    "issue": "活动发现的问题和需求：挂账、措施、销号、回头看、上报",
    "officer": "营商环境体验官：聘任、名册、构成、轮换",
    "site": "体验点：设立、列出",
    "meeting": "联席会议、联动会审：提请、记下决定",
    "calendar": "放假调休的日历：载入通知、查看、比较；期限和报送的订阅日历",
    "locality": "区县和通知：列出、查看、新建、核对",
    "book": "账册：历史、比较、恢复、校验、补写、接管、升级",
}


class ChineseCommand(TyperCommand):
    """A command whose help is in Chinese."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What follows an option may be left out where the help shows it in square brackets: then it is that word."""
        metavars = {name: p.metavar or "" for p in self.params for name in p.opts}
        words = {name: shown[1:-1] for name, shown in metavars.items() if shown.startswith("[")}
        said: list[str] = []
        for arg, following in pairwise([*args, "-"]):
            said += [arg, words[arg]] if arg in words and following.startswith("-") else [arg]
        return super().parse_args(ctx, said)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        arguments = [p for p in self.params if p.param_type_name == "argument"]
        usage = " ".join([ctx.command_path.rstrip(), *(str(p.make_metavar(ctx)) for p in arguments), "[选项]"])
        formatter.write(f"用法：{usage}\n\n{self.help or ''}\n")
        records = []
        for param in self.params:
            record = param.get_help_record(ctx)
            if record:
                records.append((record[0], record[1].replace("[required]", "（必填）")))
        _write_records(formatter, "参数和选项", records)


class CommandGroup(TyperGroup):
    """A group that builds only the command that is asked for, from the rows of the table."""

    def __init__(self, rows: Sequence[CommandRow], *, name: str, prefix: str = "", **attrs: Any) -> None:
        super().__init__(name=name, rich_markup_mode=None, **attrs)
        self.rows = rows
        self.prefix = prefix

    def list_commands(self, ctx: Any) -> list[str]:
        words = [row.name.removeprefix(self.prefix).split()[0] for row in self.rows]
        return list(dict.fromkeys(words))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        for row in self.rows:
            words = row.name.removeprefix(self.prefix).split()
            aliases = row.alias.split()[len(self.prefix.split()) :]
            if cmd_name in (words[0], aliases[0]):
                is_group = any(other.name.startswith(f"{words[0]} ") for other in self.rows)
                command = _subgroup(words[0], self.rows) if is_group and not self.prefix else _build(row)
                self.commands[cmd_name] = command
                return command
        return None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(f"用法：{ctx.command_path} [选项] 命令 [命令的选项]\n\n{self.help or ''}\n")
        for heading in dict.fromkeys(row.heading for row in self.rows):
            rows = [row for row in self.rows if row.heading == heading]
            records = [(row.name.removeprefix(self.prefix), f"{row.alias}　{row.help}") for row in rows]
            _write_records(formatter, heading, records)
        records = [r for p in self.params if (r := p.get_help_record(ctx))]
        _write_records(formatter, "每个命令都可用的选项", records)


class CommandWithMore(CommandGroup):
    """A command that has commands of its own beside: ``zmn duties`` and ``zmn duties done``."""

    def __init__(self, rows: Sequence[CommandRow], *, itself: CommandRow, **attrs: Any) -> None:
        super().__init__(rows, **attrs)
        self.itself = itself

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Without the word of a command beside, the arguments are the command's own."""
        words = {word for row in self.rows for word in (row.name.split()[1], row.alias.split()[1])}
        taking = {name for option in _global_options() if not option.is_flag for name in option.opts}
        rest = iter(args)
        for arg in rest:
            if arg in taking:
                next(rest, None)
            elif not arg.startswith("-"):
                if arg in words:
                    return super().parse_args(ctx, args)
                break
        # By the empty word, so that its help and its errors name it once.
        self.commands[""] = _build(self.itself)
        return super().parse_args(ctx, ["", *args])


def _write_records(formatter: Any, heading: str, records: Sequence[tuple[str, str]]) -> None:
    if not records:
        return
    formatter.write(f"\n{heading}：\n")
    width = max(min(_display_width(left), 30) for left, _ in records)
    for left, right in records:
        pad = " " * max(0, width - _display_width(left))
        formatter.write(f"  {left}{pad}  {right}\n")


def _display_width(text: str) -> int:
    return sum(2 if ord(ch) > 0x2E80 else 1 for ch in text)


def _subgroup(word: str, rows: Sequence[CommandRow]) -> CommandGroup:
    inner = [row for row in rows if row.name.startswith(f"{word} ")]
    itself = next((row for row in rows if row.name == word), None)
    group = (
        CommandGroup(inner, name=word, prefix=f"{word} ", help=_GROUP_HELP[word], no_args_is_help=True)
        if itself is None
        else CommandWithMore(inner, name=word, prefix=f"{word} ", help=itself.help, itself=itself)
    )
    group.params += [_hidden(option) for option in _global_options()]
    return group


def _build(row: CommandRow) -> Any:
    module, function = row.target.split(":")
    callback = getattr(import_module(module), function)
    app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_CONTEXT)
    app.command(name=row.name.split()[-1], help=row.help, cls=ChineseCommand)(callback)
    command = typer.main.get_command(app)
    command.params += [_hidden(option) for option in _global_options()]
    return command


_CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _global_options() -> list[TyperOption]:
    def keep(ctx: Any, param: Any, value: Any) -> None:
        if value not in (None, False):
            ctx.ensure_object(dict)[param.name] = value

    def option(*names: str, **attrs: Any) -> TyperOption:
        return TyperOption(param_decls=list(names), expose_value=False, callback=keep, is_eager=True, **attrs)

    return [
        option("-w", "--workspace", metavar="文件夹", help="工作区；不写就从当前文件夹往上找 zmn.toml"),
        option("--as-of", metavar="日期", help="当作那一天结束时来看；写入时作为 --at 的缺省"),
        option("--json", is_flag=True, help="输出一个 JSON 对象，供脚本使用"),
        option("--strict-calendar", is_flag=True, help="日期涉及未公布的放假安排时拒绝，而不是标“暂定”"),
        option("--yes", is_flag=True, help="需要确认的地方都答“是”"),
    ]


def _hidden(option: TyperOption) -> TyperOption:
    option.hidden = True
    return option


def build_app() -> CommandGroup:
    """The whole command line, nothing of it built yet."""
    from zhuomuniao import __version__

    def show_version(ctx: Any, param: Any, value: Any) -> None:
        if value:
            print(f"zmn {__version__}")
            raise typer.Exit

    version = TyperOption(
        param_decls=["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show_version,
        help="版本号",
    )
    return CommandGroup(
        COMMANDS,
        name="zmn",
        help="啄木鸟：“办不成事”等台账的登记、期限、逾期和月报。命令后加 --help 看用法。",
        no_args_is_help=True,
        params=[*_global_options(), version],
        context_settings=_CONTEXT,
    )


def run(arguments: Sequence[str]) -> int:
    """Run one command line and answer its exit code: the single place where errors become words."""
    wants_json = "--json" in arguments
    try:
        code = build_app().main(args=list(arguments), prog_name="zmn", standalone_mode=False)
    except ZmnError as error:
        return _tell(error, wants_json)
    except typer.Abort:
        print("已取消，没有写入任何内容", file=sys.stderr)
        return _INTERRUPTED
    except TyperException as error:
        return _tell_usage(error, wants_json)
    except BrokenPipeError:
        # The reader of our output (less, head) went away; that is no fault.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # What no room foresaw: a folder that may not be entered, a share that went away between two looks.
        if os.environ.get("ZMN_DEBUG"):
            raise
        return _tell(_refused_by_system(error), wants_json)
    except Exception as error:
        if os.environ.get("ZMN_DEBUG"):
            raise
        fault = FaultError(
            f"zmn 出了故障（{type(error).__name__}），没有完成这个命令",
            "请设置环境变量 ZMN_DEBUG=1 再运行一次，遮去其中的姓名电话后把输出发给维护人员；台账不会写坏",
        )
        return _tell(fault, wants_json)
    if code == _INTERRUPTED:
        # Typer makes a number of the interruption and says nothing.
        print("已中断；如果正在写入，可能已经写进去了，请先用 zmn list 核对再重做", file=sys.stderr)
    return code if isinstance(code, int) else 0


def _refused_by_system(error: OSError) -> CannotWriteError:
    name = os.path.basename(str(error.filename)) if error.filename else "文件"
    return CannotWriteError(
        f"“{name}”用不了：{reason_of(error)}",
        "请检查文件夹权限、磁盘和共享盘连接，恢复后先用 zmn list 核对，再决定要不要重做",
    )


def _tell(error: ZmnError, wants_json: bool) -> int:
    if wants_json:
        import json

        body = {"code": error.code, "message": error.message, "remedy": error.remedy}
        print(json.dumps({"error": body}, ensure_ascii=not _is_utf8(sys.stderr)), file=sys.stderr)
    else:
        print(f"✗ {error.message}", file=sys.stderr)
        if error.remedy:
            print(f"  {error.remedy}", file=sys.stderr)
    return error.exit_code


def _tell_usage(error: TyperException, wants_json: bool) -> int:
    """Typer's own usage errors, said in Chinese."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        print(error.format_message())
        return 2
    found = error.format_message()
    context = getattr(error, "ctx", None)
    where = context.command_path.rstrip() if context else "zmn"
    param = getattr(error, "param", None)
    name = ""
    if param is not None:
        # An argument's own name is English; what the help shows for it is not.
        name = param.metavar if param.param_type_name == "argument" and param.metavar else param.opts[-1]
    words: dict[str, Callable[[], tuple[str, str]]] = {
        "NoSuchOption": lambda: (
            f"没有“{getattr(error, 'option_name', '')}”这个选项",
            _did_you_mean(getattr(error, "possibilities", None)) or f"{where} --help 看可用的选项",
        ),
        "BadOptionUsage": lambda: (
            f"选项“{getattr(error, 'option_name', '')}”后面缺少内容或多了内容",
            f"{where} --help 看它的写法",
        ),
        "MissingParameter": lambda: (f"缺少“{name}”", f"{where} --help 看用法"),
        "BadParameter": lambda: (f"“{name}”的值不对：{_reason(error)}", f"{where} --help 看用法"),
    }
    if kind in words:
        message, remedy = words[kind]()
    elif "No such command" in found:
        typed = found.split("'")[1] if "'" in found else ""
        near = _near_commands(typed)
        message = f"没有“{typed}”这个命令"
        remedy = (f"是不是：{near}？" if near else "") + f"{where} --help 看全部命令"
    elif "unexpected extra argument" in found:
        extra = found.partition("(")[2].partition(")")[2].strip(" ()") or found.rpartition("(")[2].rstrip(")")
        message, remedy = f"多了“{extra}”", f"含空格的内容请加引号；{where} --help 看用法"
    elif "Missing command" in found:
        message, remedy = "还没有写命令", NO_SUBCOMMAND
    else:
        message, remedy = f"命令写法不对（{found}）", f"{where} --help 看用法"
    return _tell(BadValueError(message, remedy), wants_json)


def _reason(error: TyperException) -> str:
    """The value a parameter was given, from Typer's sentence: its own words are English."""
    if match := re.match(r"(\S+) is not in the range (.+?)\.?$", error.message):
        return f"{match[1]} 不在 {match[2].replace('x', '它')} 的范围里".replace("<=它<=", " 至 ")
    quoted = error.message.split("'")
    if len(quoted) <= 2:
        return error.message
    param = getattr(error, "param", None)
    wanted = (param.metavar if param is not None else "") or "这里"
    return f"“{quoted[1]}”不是整数，{wanted}请写成 30 这样的数字"


def _did_you_mean(possibilities: Sequence[str] | None) -> str:
    return f"是不是：{'、'.join(sorted(possibilities))}？" if possibilities else ""


def _near_commands(typed: str) -> str:
    from difflib import get_close_matches

    names = [word for row in COMMANDS for word in (*row.name.split(), *row.alias.split())]
    return "、".join(get_close_matches(typed, dict.fromkeys(names), n=3, cutoff=0.5))


def _is_utf8(stream: Any) -> bool:
    return (getattr(stream, "encoding", "") or "").lower().replace("-", "") == "utf8"
