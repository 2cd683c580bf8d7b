"""``locality check``: every slip in a county's folder is told once, with its place; the manual names every key."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Any

import pytest

from zhuomuniao.assets import data_folder
from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.errors import DataFileError
from zhuomuniao.layouts import COLUMN_SECTION, LAYOUT_SECTION, ColumnType
from zhuomuniao.limits import LimitUnit
from zhuomuniao.model import Act, Finding, StartEvent, StepKind
from zhuomuniao.paperlayouts import FORM_SECTION, LETTER_SECTION, PaperView
from zhuomuniao.rulefile import EDITION_KEYS, LEDGER_SECTION, LOCALITY_SECTION, load_locality, read_policies
from zhuomuniao.rulekeys import rule_sections
from zhuomuniao.rules import Holds
from zhuomuniao.ruletypes import DueIn, Every, QuotaKind, Strength
from zhuomuniao.tomlkeys import REQUIRED, Key
from zhuomuniao.usecases.localities import check_county
from zhuomuniao.workedcases import case_sections

ROOT = Path(__file__).resolve().parents[2]
COUNTIES = ROOT / "tests" / "fixtures" / "counties"
GUIDE = ROOT / "docs" / "新增区县.md"
POLICIES = data_folder() / "policies.toml"

Copied = Callable[..., Path]


@pytest.fixture
def copied(tmp_path: Path) -> Copied:
    """A county's folder to spoil: ``(file, old, new)`` are replaced once each."""

    def make(slug: str, *edits: tuple[str, str, str]) -> Path:
        folder = tmp_path / slug
        shutil.copytree(COUNTIES / slug, folder)
        for name, old, new in edits:
            path = folder / name
            text = path.read_text(encoding="utf-8")
            assert old in text, old
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return make


def found(folder: Path) -> list[tuple[str, str, str]]:
    return [(f.code, f.file, f.column) for f in check_county(str(folder)).findings]


def only(folder: Path) -> Finding:
    (finding,) = check_county(str(folder)).findings
    assert finding.found
    assert finding.expected
    assert finding.remedy
    assert finding.row is None
    return finding


YUNXI, SONGLING, QINGSHI = "yunxi", "songling", "qingshi"
RULES = "rules/2026.toml"

SLIPS: dict[str, tuple[str, str, str, str]] = {
    # what is wrong: county, old, new in its rules, where it is told
    "a clock for a field no case has": (
        YUNXI, 'when = { channel = ["热线"] }', 'when = { fault = ["其他原因"] }', "clocks.contact.when.fault"),
    "an extension for such a field": (
        SONGLING, 'when = { category = ["投诉", "求助"] }', 'when = { satisfaction = ["满意"] }',
        "extensions.first-extension.when.satisfaction"),
    "a ladder for such a field": (
        SONGLING, 'when = { tier = ["普通", "疑难"] }', 'when = { outcome = ["已解决"] }',
        "ladders.ordinary.when.outcome"),
    "a rung for such a field": (
        SONGLING, 'when = { category = ["投诉", "举报"] } },', 'when = { outcome = ["已解决"] } },',
        "ladders.ordinary.rungs.when.outcome"),
    "an entry for such a field": (
        SONGLING, 'when = { channel = ["上级转办（已督办）"] }', 'when = { outcome = ["已解决"] }',
        "ladders.ordinary.enters.when.outcome"),
    "an entry for everybody": (
        SONGLING, 'when = { channel = ["上级转办（已督办）"] }', "when = {}", "ladders.ordinary.enters"),
    "redo by a field that a visit does not know": (
        SONGLING, 'redo_when = { satisfaction = ["不满意", "非常不满意"] }', 'redo_when = { tier = ["紧急"] }',
        "visits.visit.redo_when.tier"),
    "a word that is in no list": (
        SONGLING, 'redo_when = { satisfaction = ["不满意", "非常不满意"] }',
        'redo_when = { satisfaction = ["很差"] }',
        "visits.visit.redo_when.satisfaction"),
    "a quota for a field without codes": (
        QINGSHI, 'when = { activity_kind = ["局长走流程"] }', 'when = { weather = ["晴"] }',
        "quotas.links.when.weather"),
    "a quota by a field that no activity has": (
        QINGSHI, 'when = { mode = ["日常"] }', 'when = { outcome = ["已解决"] }', "quotas.each-quarter.when.outcome"),
    "a quota by a mode that is none": (
        QINGSHI, 'when = { mode = ["日常"] }', 'when = { mode = ["平常"] }', "quotas.each-quarter.when.mode"),
    "a column that a share does not count": (
        QINGSHI, "percent = 40\n", 'percent = 40\ncounts = "items"\n', "quotas.private-firms.counts"),
    "a delegate for an activity there is not": (
        QINGSHI, 'kinds = ["局长走流程"]', 'kinds = ["局长跟执法"]', "delegations.deputy.kinds"),
    "units that take part in an activity there is not": (
        QINGSHI, 'activities = ["局长走流程"]', 'activities = ["走流程"]', "units.units.activities"),
    "a reason of an activity asked of a case": (
        SONGLING, 'step = "申请退回"\nfields = ["reason"', 'step = "申请退回"\nfields = ["trigger"',
        "demands.return-reason.fields"),
    "a frequency without a period": (
        QINGSHI, 'minimum = 1\nevery = "每季度"\n', "minimum = 1\n", "quotas.each-quarter.every"),
    "a frequency within once": (
        QINGSHI, 'minimum = 1\nevery = "每季度"\n', 'minimum = 1\nevery = "一次"\n', "quotas.each-quarter.every"),
    "a coverage without a period": (
        QINGSHI, 'of = "本单位事项"\nevery = "每年"\n', 'of = "本单位事项"\n', "quotas.every-item.every"),
    "a streak without a period": (
        QINGSHI, 'minimum = 3\nevery = "每月"\n', "minimum = 3\n", "quotas.poor-windows.every"),
    "a rotation without a length": (QINGSHI, 'within = "2年"\n', "", "quotas.rotation.within"),
    "a rotation by days": (QINGSHI, 'within = "2年"\n', 'within = "700日"\n', "quotas.rotation.within"),
    "a share without a percentage": (QINGSHI, "percent = 40\n", "", "quotas.private-firms.percent"),
    "a share of nobody": (
        QINGSHI, 'items = [{ name = "民营企业代表", parts = ["民营企业家", "个体工商户"] }]\n', "",
        "quotas.private-firms.items"),
    "links without a list": (
        QINGSHI, 'items = [{ name = "现场办理", parts = ["亲自办", "陪同办"] }, "窗口值守", "座谈回访"]\n', "",
        "quotas.links.items"),
    "more links than are listed": (QINGSHI, "minimum = 2\nwhen", "minimum = 4\nwhen", "quotas.links.minimum"),
    "more at least than at most": (QINGSHI, "maximum = 4\n", "maximum = 1\n", "quotas.items.maximum"),
    "a count without a bound": (QINGSHI, "minimum = 3\nwithin", "within", "quotas.visits.minimum"),
    "a quota of no window": (
        QINGSHI, 'window = "campaign"\nstrength', 'window = "summer"\nstrength',
        "quotas.each-campaign.window"),
    "a window that is not asked for": (
        QINGSHI, 'every = "每季度"\nclause = "第七条"', 'every = "每季度"\nwindow = "campaign"\nclause = "第七条"',
        "quotas.each-quarter.window"),
    "a hand-in with day and workday": (
        QINGSHI, "workday = 5\n", "workday = 5\nday = 5\n", "duties.monthly-activity.workday"),
    "a month that is not of a year": (
        QINGSHI, 'every = "每半年"\ndue_in = "下期"\n', 'every = "每半年"\ndue_in = "下期"\nmonth = 7\n',
        "duties.half-year.month"),
    "a date that is not once": (QINGSHI, 'every = "一次"\non', 'every = "每年"\non', "duties.item-list.on"),
    "once with a day of the month": (
        QINGSHI, "on = 2026-10-15\n", "on = 2026-10-15\nworkday = 3\n", "duties.item-list.workday"),
    "a roster that no sheet holds": (
        QINGSHI, 'report = "cases"\n', 'report = "roster"\n', "duties.monthly-cases.report"),
    "an eighth day of the week": (QINGSHI, "day = 5\n", "day = 8\n", "duties.weekly-news.day"),
    "a role there is not": (QINGSHI, 'role = "参与单位"\nby', 'role = "县长"\nby', "duties.weekly-news.role"),
    "a restart that is the start": (
        YUNXI, 'restarts_on = ["受理决定"]', 'restarts_on = ["受理"]', "clocks.resolve.restarts_on"),
    "a second extension without a first": (
        YUNXI, "nth = 1\n", "nth = 2\n", "extensions.extension.nth"),
    "ahead by the hour": (
        YUNXI, 'apply_before = "1日"', 'apply_before = "3小时"', "extensions.extension.apply_before"),
    "two numberings": (
        YUNXI, "# —— 期限 ——", '[[numbering]]\nledger = "window"\npattern = "{date}{seq}"\nbasis = "unstated"\n',
        "numbering"),
    "a rung after one that comes later": (
        SONGLING, '{ name = "催办", days = 1, paper = "催办单" }', '{ name = "催办", days = 1, after = "督办" }',
        "ladders.ordinary.rungs"),
    "satisfied, but not counted": (
        SONGLING, 'counted = ["非常满意", ', 'counted = [', "visits.visit.satisfied"),
    "not reached, but counted": (
        SONGLING, 'counted = ["非常满意", ', 'counted = ["联系不上", "非常满意", ', "visits.visit.counted"),
    "a route whose outcome ends here": (
        SONGLING, '{ name = "转政法", effect = "routed_out" }', '"转政法"', "routes.legal.outcome"),
    "a default that is not listed": (SONGLING, 'default = "普通"', 'default = "平常"', "codes.appeals/tier.default"),
    "an alias of two units": (
        SONGLING, 'names = ["东门街道"', 'names = [{ name = "东门街道", aliases = ["住建局"] }', "units.streets"),
    "a quote left out": (
        YUNXI, 'quote = "承办单位应当在交办当日下班前签收"\n', "", "clocks.sign.quote"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_rule_that_would_silently_never_apply_is_told(copied: Copied, slip: str) -> None:
    slug, old, new, where = SLIPS[slip]
    folder = copied(slug, (RULES, old, new))
    told = [f for f in found(folder) if f[0] == "inconsistent"]
    assert told == [("inconsistent", RULES, where)]
    with pytest.raises(DataFileError):
        load_locality(folder, POLICIES)


WRONG_VALUES: dict[str, tuple[str, str, str, str]] = {
    "an empty condition": (
        YUNXI,
        'when = { channel = ["热线"] }',
        "when = { channel = [] }",
        "clocks[1].when.channel",
    ),
    "a pause for no reason": (SONGLING, 'reasons = ["补正材料"]', "reasons = []", "pauses[1].reasons"),
    "a ladder without rungs": (SONGLING, 'rungs = [{ name = "督办", days = 1 }]', "rungs = []", "ladders[2].rungs"),
    "a limit nobody can read": (YUNXI, 'limit = "30分钟"', 'limit = "马上"', "clocks[1].limit"),
    "an unknown key": (YUNXI, 'limit = "30分钟"', 'limit = "30分钟"\nlimits = "1日"', "clocks[1].limits"),
    "a number in a foreign form": (YUNXI, '"{date}{seq}"', '"{day}{month}"', "numbering[1].pattern"),
    "a part no number has": (YUNXI, '"{date}{seq}"', '"{date}{county}{seq}"', "numbering[1].pattern"),
    "a thirteenth month": (QINGSHI, '["3-5", "11-1"]', '["3-5", "11-13"]', "windows[1].spans"),
    "a policy that is none": (YUNXI, 'hours = "office"', 'hours = "night"', "policies.hours"),
    "a word that means something else": (YUNXI, '"日" = "工作日"', '"月" = "工作日"', "words.月"),
}


@pytest.mark.parametrize("slip", WRONG_VALUES)
def test_a_value_that_is_none_is_told_with_its_key(copied: Copied, slip: str) -> None:
    slug, old, new, where = WRONG_VALUES[slip]
    assert ("data_file", RULES, where) in found(copied(slug, (RULES, old, new)))


def test_one_slip_is_told_once(copied: Copied) -> None:
    """What rests on the rule with the mistake is not told as well: neither its codes, nor its worked cases."""
    for slug, old, new in (
        (YUNXI, 'limit = "30分钟"', 'limit = "马上"'),
        (YUNXI, "width = 3", 'width = "三"'),
        (SONGLING, 'field = "category"', "field = 3"),
        (SONGLING, 'rungs = [{ name = "督办", days = 1 }]', "rungs = [{ name = 3, days = 1 }]"),
        (SONGLING, "restarts = true", 'restarts = "true"'),
        (QINGSHI, 'spans = ["3-5", "11-1"]', 'spans = "3-5"'),
        (QINGSHI, 'every = "每周"', 'every = "每礼拜"'),
    ):
        folder = copied(slug, (RULES, old, new))
        assert len(found(folder)) == 1, (old, check_county(str(folder)).findings)
        shutil.rmtree(folder)


def test_every_mistake_of_every_file_in_one_run(copied: Copied) -> None:
    folder = copied(
        YUNXI,
        ("locality.toml", 'slug = "yunxi"', 'slug = "yunxixian"'),
        ("locality.toml", 'required = ["phone"]', 'required = ["applicant"]'),
        ("layouts/window.toml", 'type = "number"', 'type = "数字"'),
        (RULES, 'limit = "30分钟"', 'limit = "马上"'),
        (RULES, "因承办单位原因不满意的，发回重新办理", "因承办单位原因不满意的，一律发回重新办理"),
        (RULES, 'start = "交办"', 'start = "转办"'),
        (RULES, 'role = "窗口"', 'role = "科室"'),
        ("cases.toml", '"解决" = 2026-10-14', '"解决" = 2026-10-15'),
        ("cases.toml", 'next = "20260930003"', 'next = "20260930004"'),
    )
    assert set(found(folder)) == {
        ("inconsistent", "locality.toml", "slug"),
        ("data_file", "locality.toml", "ledgers[1].required"),
        ("data_file", "layouts/window.toml", "columns[1].type"),
        ("data_file", RULES, "clocks[1].limit"),
        ("data_file", RULES, "clocks[2].start"),
        ("inconsistent", RULES, "duties.monthly.role"),
        ("misquote", RULES, "visits.visit.quote"),
        ("worked_case", "cases.toml", "deadlines“县长信箱跨国庆：2周是10月14日（三），先于7日的15日”.due.解决"),
        ("worked_case", "cases.toml", "numbers“当天第三件，前一天的不算”.next"),
    } - {("inconsistent", "locality.toml", "slug")}  # told once locality.toml can be read


def test_slug_and_folder_have_one_name(copied: Copied) -> None:
    finding = only(copied(YUNXI, ("locality.toml", 'slug = "yunxi"', 'slug = "yunxixian"')))
    assert (finding.file, finding.column, finding.expected) == ("locality.toml", "slug", "yunxi")


def test_two_editions_from_one_day(copied: Copied) -> None:
    folder = copied(QINGSHI, (RULES, "applies_from = 2026-07-01", "applies_from = 2024-01-01"))
    assert ("inconsistent", "rules", "applies_from") in found(folder)


def test_quotes_are_checked_in_rules_that_hold_another_mistake(copied: Copied) -> None:
    folder = copied(
        YUNXI, (RULES, 'limit = "30分钟"', 'limit = "马上"'), (RULES, "30分钟内与反映人", "40分钟内与反映人")
    )
    assert {f[0] for f in found(folder)} == {"data_file", "misquote"}


def test_worked_cases_are_checked_without_locality_toml(copied: Copied) -> None:
    folder = copied(YUNXI, ("cases.toml", 'next = "20260930003"', 'next = "20260930004"'))
    (folder / "locality.toml").unlink()
    told = {f[0]: f[1] for f in found(folder)}
    assert told == {"data_file": "locality.toml", "worked_case": "cases.toml"}


@pytest.mark.parametrize("name", ["locality.toml", "source.txt", "cases.toml", "layouts/window.toml", RULES])
def test_a_missing_file_is_told(copied: Copied, name: str) -> None:
    folder = copied(YUNXI)
    (folder / name).unlink()
    files = {f[1] for f in found(folder)}
    assert name in files or Path(name).parent.name in files


def test_a_file_that_windows_named_twice_is_told(copied: Copied) -> None:
    folder = copied(QINGSHI)
    (folder / "rules/2024.toml").rename(folder / "rules/2024.toml.txt")
    assert ("data_file", "rules/2024.toml.txt", "全文") in found(folder)


def test_a_slip_in_a_worked_case_is_told(copied: Copied) -> None:
    for old, new, where in (
        ('channel = "热线", cause', 'channel = "电话", cause', ".facts.channel"),
        ('ledger = "window"', 'ledger = "windows"', ".ledger"),
        ('duty = "monthly"', 'duty = "weekly"', ".duty"),
        ("2026-01-05 }", "9998-12-30 }", "顺延到24日（二）”"),
        ("redo = false", "redo = true", ".redo"),
        ("until = 2026-09-30\n", "until = 2026-10-08\n", ".until"),
    ):
        folder = copied(YUNXI, ("cases.toml", old, new))
        assert any(code == "worked_case" and where in key for code, _, key in found(folder)), old
        shutil.rmtree(folder)


def test_books_must_not_share_a_file(copied: Copied) -> None:
    folder = copied(QINGSHI, ("layouts/hotline.toml", "青石市市长热线诉求台账", "青石市企业诉求台账"))
    assert only(folder).column == "ledgers"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('sheet = "台账"', 'sheet = "[台账]"', "sheet"),
        ('sheet = "台账"', 'sheet = "流转记录"', "sheet"),
        ("row_height = 48", 'row_height = "高"', "row_height"),
        ("row_height = 48", "row_height = inf", "row_height"),
        ('"landscape"', '"横"', "orientation"),
        ('header = "备注"', 'header = "满意度"', "columns"),
        ('field = "remark"', 'field = "unit"', "columns"),
        ('header = "序号", type', 'head = "序号", type', "columns[1].head"),
        ('{ field = "row_no"', '3, { field = "row_no"', "columns[1]"),
        ("version = 1", "version = 1.5", "version"),
    ],
)
def test_a_slip_in_a_layout_is_told(copied: Copied, old: str, new: str, where: str) -> None:
    told = found(copied(YUNXI, ("layouts/window.toml", old, new)))
    assert ("data_file", "layouts/window.toml", where) in told


def test_a_form_is_checked_too(copied: Copied) -> None:
    for old, new, where in (
        ("columns = 4, align", "columns = 5, align", "rows[1]"),
        ('{ label = "诉求内容", columns = 1, rows = 1 }', "{ columns = 1 }", "rows[3].cells[1]"),
        ("column_widths = [16, 28, 14, 28]", 'column_widths = ["宽"]', "column_widths"),
        ('align = "right"', 'align = "右"', "rows[1].cells[1].align"),
    ):
        folder = copied(QINGSHI, ("layouts/form.toml", old, new))
        assert ("data_file", "layouts/form.toml", where) in found(folder), old
        shutil.rmtree(folder)


def test_a_paper_s_placeholders_are_checked_too(copied: Copied) -> None:
    told = only(copied(QINGSHI, ("layouts/supervise.toml", "{before_supervise}", "{before_supervision}")))
    assert (told.file, told.column) == ("layouts/supervise.toml", "paragraphs[2].text")
    assert "{before_supervision}" in told.found


@pytest.mark.parametrize("stray", ["{before_supervise", "{% before_supervise %}", "｛before_supervise｝"])
def test_m10_a_stray_brace_of_a_paper_is_told_too(copied: Copied, stray: str) -> None:
    told = only(copied(QINGSHI, ("layouts/supervise.toml", "{before_supervise}", stray)))
    assert (told.file, told.column) == ("layouts/supervise.toml", "paragraphs[2].text")
    assert stray in told.found


# —— Whatever the folder holds ——


def test_nothing_at_all(tmp_path: Path) -> None:
    (tmp_path / "leer").mkdir()
    assert {f[1] for f in found(tmp_path / "leer")} == {
        "locality.toml",
        "layouts",
        "rules",
        "source.txt",
        "cases.toml",
    }


@pytest.mark.parametrize("name", ["locality.toml", "cases.toml", "layouts/window.toml", RULES])
def test_an_empty_file_is_told(copied: Copied, name: str) -> None:
    folder = copied(YUNXI)
    (folder / name).write_text("", encoding="utf-8")
    assert name in {f[1] for f in found(folder)}
    if name != "cases.toml":
        with pytest.raises(DataFileError):
            load_locality(folder, POLICIES)


def test_folders_binaries_and_giants(copied: Copied) -> None:
    folder = copied(YUNXI)
    (folder / "rules/a.toml").mkdir()
    (folder / "layouts/b.toml").mkdir()
    (folder / "rules/c.toml").write_bytes(bytes(range(256)))
    (folder / "rules/d.toml").write_text("a = 1 # " + "x" * 10_000_000, encoding="utf-8")
    (folder / "rules/e.toml").write_text("a = " + "[" * 50_000, encoding="utf-8")
    (folder / "rules/f.toml").write_text(f"edition = {'9' * 6000}", encoding="utf-8")
    (folder / "rules/g.toml").write_text(f"edition = 0x{'f' * 6000}", encoding="utf-8")
    (folder / "rules/h.toml").write_text(f"{'.'.join(['a'] * 900)} = 1\nclocks.x = 1", encoding="utf-8")
    (folder / "rules/i.toml").write_text("", encoding="utf-8")
    (folder / "source.txt").write_bytes(b"\xff\xfe\x00")
    os.remove(folder / "cases.toml")
    (folder / "cases.toml").mkdir()
    files = {f[1] for f in found(folder)}
    assert files >= {"layouts/b.toml", "source.txt", "cases.toml", *(f"rules/{x}.toml" for x in "acdefghi")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(copied: Copied) -> None:
    folder = copied(YUNXI)
    os.remove(folder / "source.txt")
    os.mkfifo(folder / "source.txt")
    assert ("source", "source.txt", "全文") in found(folder)


# —— The manual for a new county names every key ——


def in_words(default: Any) -> str:
    """A default as the manual prints it."""
    if default is REQUIRED:
        return "必填"
    if default is None or default in ("", (), {}):
        return "可不写"
    if isinstance(default, bool):
        return f"缺省 {str(default).lower()}"
    if isinstance(default, StrEnum):
        return f"缺省 {default.value}"
    if isinstance(default, tuple) and all(isinstance(word, StrEnum) for word in default):
        return f"缺省 {'、'.join(word.value for word in default)}"
    if isinstance(default, tuple):
        return "缺省 " + "、".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in default)
    return f"缺省 {default:g}" if isinstance(default, float) else f"缺省 {default}"


def table(keys: Sequence[Key]) -> str:
    """The manual's table for the keys of one section, those of tables further in after their own."""
    return "\n".join(["| 键 | 写什么 | 要不要写 |", "|---|---|---|", *table_rows(keys)])


def table_rows(keys: Sequence[Key], around: str = "") -> Iterator[str]:
    for key in keys:
        name = f"`{around}` 里的 `{key.name}`" if around else f"`{key.name}`"
        yield f"| {name} | {key.meaning} | {in_words(key.default)} |"
        if key.inner and key.inner is not LEDGER_SECTION:
            yield from table_rows(key.inner.keys, f"{around}.{key.name}" if around else key.name)


CITED = {"clause", "quote", "basis", "note"}
TABLES: dict[str, Sequence[Key]] = {
    "locality.toml": LOCALITY_SECTION.keys,
    "[[ledgers]]": LEDGER_SECTION.keys,
    "规则文件的开头": EDITION_KEYS,
    "每条规则都有的": [key for key in rule_sections({})[0].keys if key.name in CITED],
    **{
        f"[[{section.name}]]": [key for key in section.keys if key.name not in CITED] for section in rule_sections({})
    },
    **{f"cases.toml 的 [[{section.name}]]": section.keys for section in case_sections()},
    "layouts 里的台账": [key for key in LAYOUT_SECTION.keys if key.name != "columns"],
    "layouts 里的 [[columns]]": COLUMN_SECTION.keys,
    "layouts 里的表单": FORM_SECTION.keys,
    "layouts 里的公文": LETTER_SECTION.keys,
}


WORDS: dict[str, type[StrEnum]] = {
    "act": Act,
    "start": StartEvent,
    "every": Every,
    "due_in": DueIn,
    "quotas 的 kind": QuotaKind,
    "strength": Strength,
    "effect": OutcomeEffect,
    "holds": Holds,
    "demands 的 step": StepKind,
    "columns 的 type": ColumnType,
    "表单的 view": PaperView,
    "limit 的单位": LimitUnit,
}


def words_table() -> str:
    rows = [f"| {name} | {'、'.join(kind)} |" for name, kind in WORDS.items()]
    return "\n".join(["| 哪里 | 可以写 |", "|---|---|", *rows])


def policies_table() -> str:
    open_ones = [policy for policy in read_policies(POLICIES).values() if policy.choices]
    rows = [f"| `{p.id}` | {p.title} | `{way}` | {words} |" for p in open_ones for way, words in p.choices.items()]
    return "\n".join(["| 口径 | 管什么 | 写法 | 意思 |", "|---|---|---|---|", *rows])


def under(title: str) -> str:
    """What stands under a heading of the manual."""
    text = re.sub(r"```.*?```", "", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    _, *parts = re.split(r"(?m)^#+ (.+)$", text)
    pairs = zip(parts[0::2], parts[1::2], strict=True)
    found = [body for heading, body in pairs if title in heading.replace("`", "")]
    assert found, f"no heading with “{title}”"
    return found[0]


def told_table(title: str, head: str) -> str:
    """The table under a heading that begins with these cells."""
    lines = list(dropwhile(lambda line: not line.startswith(head), under(title).splitlines()))
    return "\n".join(takewhile(lambda line: line.startswith("|"), lines))


@pytest.mark.parametrize("title", TABLES)
def test_the_manual_lists_every_key(title: str) -> None:
    expected = table(TABLES[title])
    assert told_table(title, expected[:8]) == expected, (
        f"under “{title}” of docs/新增区县.md should stand:\n{expected}\n"
    )


@pytest.mark.parametrize(("title", "expected"), [("可以写的词", words_table()), ("口径", policies_table())])
def test_the_manual_lists_every_word_and_policy(title: str, expected: str) -> None:
    assert told_table(title, expected[:8]) == expected, (
        f"under “{title}” of docs/新增区县.md should stand:\n{expected}\n"
    )


def test_every_example_of_the_manual_stands_in_a_county_that_is_checked() -> None:
    files = [path.read_text(encoding="utf-8") for path in COUNTIES.rglob("*.toml")]
    examples = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) > 15
    strays = [example for example in examples if not any(example.strip() in text for text in files)]
    assert strays == []


def test_the_manual_names_every_sort_of_finding() -> None:
    text = under("核对")
    for code in ("data_file", "inconsistent", "misquote", "worked_case", "source", "to_do"):
        assert f"`{code}`" in text
