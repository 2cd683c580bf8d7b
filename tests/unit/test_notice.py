"""Holiday notices as they are pasted: what is read, and what is refused with its line."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.notices import IMPORTED_ON, NOTHING, amendment, annual, annual_texts, notice_text
from zhuomuniao.errors import NoticeError, UnreadableFileError
from zhuomuniao.layers import MAKE_UP, ORDINARY, LayerKind
from zhuomuniao.notice import ParsedNotice, parse_holiday_cn, parse_notice, read_notice_file
from zhuomuniao.workdays import WorkCalendar

TEXT_2027 = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕9号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2027年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕前一日、周五）至11日（周四）放假调休，共7天。2月14日（周日）、20日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作，遇有重大突发事件，要按规定及时报告并妥善处置。
国务院办公厅
2026年11月4日
"""


def off(notice: ParsedNotice, name: str = "") -> list[str]:
    return [d.on.isoformat() for d in notice.days if d.is_off and name in d.name]


def work(notice: ParsedNotice) -> list[str]:
    return [d.on.isoformat() for d in notice.days if not d.is_off]


def days_of(item: str, year: int = 2026, name: str = "劳动节") -> ParsedNotice:
    """An item alone, as an amendment of its holiday."""
    found = parse_notice(f"关于调整{year}年{name}放假安排的通知\n{item}")
    assert found.problems == (), found.problems
    return found


def refused(text: str, **options: object) -> str:
    found = parse_notice(text, **options)  # type: ignore[arg-type]
    assert found.problems, "must be refused"
    assert all(p.what and p.remedy for p in found.problems)
    with pytest.raises(NoticeError) as error:
        found.layer(IMPORTED_ON)
    assert error.value.exit_code == 5
    return error.value.message


def test_a_whole_page() -> None:
    found = parse_notice(TEXT_2027)
    assert found.problems == ()
    assert (found.kind, found.year) == (LayerKind.ANNUAL, 2027)
    assert found.title == "国务院办公厅关于2027年部分节假日安排的通知"
    assert found.source == "国办发明电〔2026〕9号"
    assert work(found) == ["2027-02-14", "2027-02-20", "2027-05-08", "2027-09-26", "2027-10-09"]
    assert off(found, "端午节") == ["2027-06-09"]
    layer = found.layer(IMPORTED_ON)
    assert layer.text.startswith("国务院办公厅关于2027年")
    assert WorkCalendar([layer]).last_published_year == 2027


def test_a_page_with_navigation_broken_title_and_a_spoilt_signature() -> None:
    found = parse_notice(notice_text("2012-page"))
    assert (found.problems, found.title) == ((), "国务院办公厅关于2012年部分节假日安排的通知")
    assert found.source == "国办发明电〔2011〕45号"
    assert "2011-12-31" in work(found)


@pytest.mark.parametrize("year", range(2006, 2027))
def test_each_yearly_notice_is_read(year: int) -> None:
    found = parse_notice(annual_texts()[year])
    assert (found.problems, found.kind, found.year, found.notes) == ((), LayerKind.ANNUAL, year, ())


def test_december_of_the_year_before() -> None:
    assert {d.on.isoformat(): d.name for d in annual(2019).days if d.on.year == 2018} == {
        "2018-12-29": MAKE_UP,
        "2018-12-30": "元旦",
        "2018-12-31": "元旦",
    }
    with_years = annual_texts()[2019].replace(
        "12月30日至1月1日放假，共3天。 12月29日", "2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日"
    )
    assert parse_notice(with_years).days == annual(2019).days


def test_new_years_december_of_the_year_itself_when_the_text_says_so() -> None:
    found = days_of("2026年12月31日至2027年1月2日放假，共3天。1月3日（星期日）上班。", 2026, "元旦")
    assert off(found) == ["2026-12-31", "2027-01-01", "2027-01-02"]
    assert work(found) == ["2027-01-03"]


@pytest.mark.parametrize(
    ("item", "rest", "made_up"),
    [
        ("4月29日至5月1日放假调休，共3天。4月25日（周六）、26日（周日）上班。", "29 30 1", "25 26"),
        ("5月1日(周五)放假1天,不调休。", "1", ""),
        ("5月1日放假，与周末连休。", "1", ""),
        ("5月1日放假，与周末连休，共3天。", "1", ""),
        ("5月1日放假，5月4日（星期一）补休。", "1 4", ""),
        ("5月1日（周五）—5日（周二）放假调休，共五天。５月９日（星期六）上班。", "1 2 3 4 5", "9"),
        ("5月1日～3日放假公休，共3天", "1 2 3", ""),
        ("5月1日-3日放假3天。", "1 2 3", ""),
        ("5月1日至3日放假。共3天。", "1 2 3", ""),
        ("5月1日至4日放假，共4天；将5月9日（星期六）公休日调至5月4日（星期一）。", "1 2 3 4", "9"),
        ("5月1日至4日放假。1日为法定节假日，2日（星期六）照常公休，9日（星期六）公休日调至4日。", "1 2 3 4", "9"),
        ("5月1日、2日、3日放假。", "1 2 3", ""),
        ("5月1日至5日放假。5月9日、10日（周六、周日）上班。", "1 2 3 4 5", "9 10"),
        ("5月1日至5日放假。5月9日（星期六），10日（星期天）上班。", "1 2 3 4 5", "9 10"),
        ("放假时间为5月1日至5日，共5天。9日（周六）照常上班。", "1 2 3 4 5", "9"),
        ("5月1日（周五，五一国际\n劳动节）至\n5日（周二）放\n假调休，共5天。", "1 2 3 4 5", ""),
    ],
)  # fmt: skip
def test_wordings(item: str, rest: str, made_up: str) -> None:
    found = days_of(item)
    assert [str(d.on.day) for d in found.days if d.is_off] == rest.split()
    assert [str(d.on.day) for d in found.days if not d.is_off] == made_up.split()


def test_joined_holidays_count_as_both() -> None:
    joined = annual(2025)
    assert {d.name for d in joined.days if d.on.month == 10 and d.is_off} == {"国庆节、中秋节"}


def test_an_adjustment_gives_back_what_it_no_longer_takes() -> None:
    calendar = WorkCalendar([annual(2026)], package_years=NOTHING)
    text = "现将调整2026年劳动节放假安排通知如下。5月1日至3日放假，共3天。"
    found = parse_notice(text, known=calendar.day)
    assert [(d.on.day, d.name) for d in found.days if not d.is_off] == [(4, ORDINARY), (5, ORDINARY)]
    assert any("2026-05-09" in note and "仍按上班" in note for note in found.notes)
    after = WorkCalendar([annual(2026), found.layer(IMPORTED_ON)], package_years=NOTHING)
    assert after.is_workday(date(2026, 5, 4))


def test_an_extension_begins_where_the_holiday_ended() -> None:
    assert amendment(2020).kind is LayerKind.AMENDMENT
    rest = [d.on for d in amendment(2020).days if d.is_off]
    assert (rest[0], rest[-1], len(rest)) == (date(2020, 1, 24), date(2020, 2, 2), 10)
    text = notice_text("2020-amendment")
    assert "先导入当年的年度通知" in refused_remedy(text)
    assert "先导入当年的年度通知" in refused_remedy(text, known=WorkCalendar(package_years=NOTHING).day)
    amended = WorkCalendar([annual(2020), amendment(2020)], package_years=NOTHING)
    again = parse_notice(text, known=amended.day).layer(IMPORTED_ON)
    assert (again.id, again.days) == (amendment(2020).id, amendment(2020).days)


def refused_remedy(text: str, **options: object) -> str:
    return parse_notice(text, **options).problems[0].remedy  # type: ignore[arg-type]


def test_a_holiday_of_one_year() -> None:
    found = amendment(2015)
    assert [(d.on.day, d.name) for d in found.days] == [
        (3, "抗战胜利纪念日"), (4, "抗战胜利纪念日"), (5, "抗战胜利纪念日"), (6, MAKE_UP),
    ]  # fmt: skip


REGIONAL = """自治区人民政府办公厅关于2026年部分节假日安排的通知
各市、县（区）人民政府，自治区政府各部门、各直属机构：
根据《国务院办公厅关于2026年部分节假日安排的通知》，现将我区2026年部分节假日放假调休日期的具体安排通知如下。
"""


def test_a_regional_notice_keeps_its_own_holidays_only() -> None:
    items = "\n".join(annual_texts()[2026].splitlines()[-7:])
    text = (
        REGIONAL
        + items
        + "\n八、开斋节：3月20日至21日放假。\n九、古尔邦节：5月27日、28日放假。\n节假日期间，请各地值班。"
    )
    found = parse_notice(text, known=WorkCalendar([annual(2026)], package_years=NOTHING).day)
    assert (found.problems, found.kind, found.year) == ((), LayerKind.REGIONAL, 2026)
    assert [(d.on.isoformat(), d.name) for d in found.days] == [
        ("2026-03-20", "开斋节"), ("2026-03-21", "开斋节"), ("2026-05-27", "古尔邦节"), ("2026-05-28", "古尔邦节"),
    ]  # fmt: skip
    assert "没有另存" in found.notes[0]
    assert found.title == "自治区人民政府办公厅关于2026年部分节假日安排的通知"
    differing = parse_notice(text.replace("5月9日（周六）上班", "5月10日（周日）上班"), known=WorkCalendar().day)
    assert any("2026-05-10" in note for note in differing.notes)


def test_a_regional_notice_without_items() -> None:
    plain = parse_notice("关于2026年古尔邦节放假的通知\n5月27日至28日放假，共2天。")
    assert (plain.problems, plain.kind) == ((), LayerKind.REGIONAL)
    assert {d.name for d in plain.days} == {"古尔邦节"}


def test_the_caller_may_name_kind_year_and_title() -> None:
    body = annual_texts()[2026].split("\n", 1)[1]
    assert "没有写是哪一年" in refused(body)
    found = parse_notice(body, year=2026)
    assert (found.problems, found.days) == ((), annual(2026).days)
    assert parse_notice(body, title="2026年放假安排").days == annual(2026).days
    assert "指定的是2025年" in refused(annual_texts()[2026], year=2025)
    assert "没有读出本地" in refused(annual_texts()[2026], kind=LayerKind.REGIONAL)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("至3日（周日）放假", "至3日（周六）放假", 5, "2027年1月3日应是周日，通知里写的是周六"),  # C-20
        ("共3天。\n二", "共4天。\n二", 5, "写的是共4天，所列日期是3天"),  # C-20
        ("5月8日（周六）上班", "5月7日上班", 8, "调休上班日 2027年5月7日是周五"),
        ("2月14日（周日）、20日", "2月10日、20日", 6, "2027年2月10日是周三"),
        ("6月9日（周三）放假", "6月31日放假", 9, "没有2027年6月31日这一天"),
        ("9月26日（周日）", "10月3日（周日）", 11, "2027年10月3日又放假又上班"),
        ("放假1天，不调休。\n六", "放假1天，6月12日另行通知。\n六", 9, "这种写法看不懂"),
        ("放假1天，不调休。\n六", "放假1天，6月12日。\n六", 9, "没有说放假还是上班"),
        ("放假1天，不调休。\n六", "放假1天，下月12号补。\n六", 9, "看不懂"),
        ("放假1天，不调休。\n六", "放假1天，六月十二日补班。\n六", 9, "看不懂"),
        ("放假1天，不调休。\n六", "放假1天，不调休。照常上班。\n六", 9, "却没有日期"),
        ("1月1日（周五）至3日（周日）", "1月3日（周日）至1日（周五）", 5, "倒着"),
        ("1月1日（周五）至3日（周日）放假，共3天", "2月1日至3日放假，共3天", 0, "元旦的放假日期里没有1月1日"),
        ("五、端午节：6月9日（周三）放假1天，不调休。\n", "", 0, "缺少端午节"),
        ("五、端午节", "五、端五节", 0, "不认识的节日“端五节”"),
        ("五、端午节：6月9日（周三）", "五、端午节：8月11日（周三）", 0, "不会是端午节的假期"),
        ("10月9日（周六）上班", "11月6日（周六）上班", 0, "离国庆节的假期太远"),
        ("五、端午节：6月9日（周三）放假1天", "五、端午节：不放假", 0, "缺少端午节"),
        ("六、中秋节", "六、端午节", 10, "端午节写了两遍"),
        ("放假1天，不调休。\n六", "放假，与周末连休。\n六", 9, "不挨着周末"),
        ("1月1日（周五）", "1月1日（星期七）", 5, "星期看不懂"),
        ("1月1日（周五）", "1日（周五）", 5, "没有写月份"),
        ("1月1日（周五）", "2025年1月1日", 5, "不在2027年前后"),
        ("节假日期间，", "另外，2月21日（周日）上班。", 0, "离国庆节的假期太远"),
        ("经国务院批准，", "2月21日（周日）也上班。", 4, "与各项对不上"),
        ("2026年11月4日", "2027年春节2月4日放假。", 14, "与各项对不上"),
    ],
)
def test_refused_with_line_and_reason(old: str, new: str, line: int, reason: str) -> None:
    assert TEXT_2027.count(old) == 1
    text = TEXT_2027.replace(old, new)
    assert reason in refused(text)
    assert line in [p.line for p in parse_notice(text).problems if reason in p.what]
    quoted = [p for p in parse_notice(text).problems if p.line]
    assert all(text.splitlines()[p.line - 1].startswith(p.text.rstrip("…")) for p in quoted)


def test_before_2008_four_holidays_are_enough() -> None:
    assert {d.name for d in annual(2007).days if d.is_off} == {"元旦", "春节", "劳动节", "国庆节"}
    assert "缺少清明节、端午节、中秋节" in refused(
        annual_texts()[2007].replace("2007", "2009").replace("2006", "2008")
    )


@pytest.mark.parametrize("text", ["", "   ", "今天天气很好。", "2027年", "放假", "一、元旦：", "二〇二七年放假安排"])
def test_what_is_no_notice(text: str) -> None:
    refused(text)


def test_a_newspapers_page() -> None:
    items = "\n\n".join(f"　　{line}" for line in annual_texts()[2026].splitlines()[-7:])
    found = parse_notice(
        "首页> 时政 > 正文\n国务院办公厅关于2026年部分节假日安排的通知\n来源：某网2025-11-04 22:15\n"
        "　　某社北京11月4日电 经国务院批准，现将2026年元旦、春节等放假调休日期的具体安排通知如下。\n"
        f"{items}\n\n　　鼓励单位和个人结合落实带薪年休假等制度。\n　　国务院办公厅\n　　2025年11月4日\n"
        "[ 责编：某某 ]\n相关阅读\n某日报 A01版 2025年11月05日\n400-800-0000\n"
    )
    assert (found.problems, found.days) == ((), annual(2026).days)


@pytest.mark.parametrize(
    ("year", "head", "tail"),
    [
        (2019, "国务院办公厅关于调整2019年\n劳动节假期安排的通知\n国办发明电〔2019〕3号\n各省、自治区：\n",
         "\n各地区、各部门要妥善安排好节日期间值班等工作。\n国务院办公厅\n2019年3月22日\n（此件公开发布）"),
        (2020, "国务院办公厅关于延长2020年春节假期的通知\n现将延长2020年春节假期的具体安排通知如下。\n一、",
         "\n二、各地学校推迟开学，具体时间另行通知。\n三、不能休假的职工，应安排补休。\n国务院办公厅\n2020年1月26日"),
    ],
)  # fmt: skip
def test_whole_amendments(year: int, head: str, tail: str) -> None:
    calendar = WorkCalendar([annual(year)], package_years=NOTHING)
    body = notice_text(f"{year}-amendment").split("\n\n", 1)[1].strip()
    found = parse_notice(head + body + tail, known=calendar.day)
    assert (found.problems, found.kind, found.days) == ((), LayerKind.AMENDMENT, amendment(year).days)


def test_a_feast_that_is_not_called_one() -> None:
    found = parse_notice("某市人民政府关于2026年广西三月三放假的通知\n2026年4月18日至21日放假，共4天。")
    assert (found.problems, found.kind) == ((), LayerKind.REGIONAL)
    assert {day.name for day in found.days} == {"广西三月三"}


# --- holiday-cn ---------------------------------------------------------------------------------------------------


def json_of(year: int) -> dict[str, object]:
    days = [{"name": d.name, "date": d.on.isoformat(), "isOffDay": d.is_off} for d in annual(year).days]
    return {"year": year, "papers": ["https://www.gov.cn/a.htm"], "days": days}


def test_a_holiday_cn_file() -> None:
    found = parse_holiday_cn(json.dumps(json_of(2019), ensure_ascii=False, indent=1))
    assert (found.problems, found.kind, found.year) == ((), LayerKind.ANNUAL, 2019)
    assert found.days == annual(2019).days, "December of the year before included"
    assert found.source == "https://www.gov.cn/a.htm"


def test_c15_a_holiday_cn_file_without_days() -> None:
    found = parse_holiday_cn('{"year": 2027, "papers": [], "days": []}')
    assert [p.what for p in found.problems] == ["文件里没有放假安排"]
    with pytest.raises(NoticeError, match="文件里没有放假安排"):
        found.layer(IMPORTED_ON)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}, "缺少春节"),
        ({"days": [{"name": "元旦", "date": "2027-13-01", "isOffDay": True}]}, "不是日期"),
        ({"days": [{"name": "元旦", "date": "2031-01-01", "isOffDay": True}]}, "前后"),
        ({"days": [{"name": "元旦", "date": "2027-01-04", "isOffDay": False}]}, "周六或周日"),
        ({"days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": 1}]}, "缺少 name"),
        ({"days": [3, None, []]}, "缺少 name"),
        ({"days": [{"name": "元旦", "date": "2027-01-02", "isOffDay": b} for b in (True, False)]}, "写了两遍"),
    ],
)
def test_holiday_cn_files_that_are_refused(change: dict[str, object], reason: str) -> None:
    found = parse_holiday_cn(json.dumps({"year": 2027, **change}, ensure_ascii=False))
    assert any(reason in p.what for p in found.problems), found.problems


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "{", '{"year": "2027", "days": []}', '{"year": 2027}', "[" * 100_000]
)
def test_what_is_no_holiday_cn_file(text: str) -> None:
    with pytest.raises(NoticeError):
        parse_holiday_cn(text)


# --- files --------------------------------------------------------------------------------------------------------

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(body: str, *, prolog: str = "", extra: dict[str, bytes] | None = None) -> bytes:
    root = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    document = f'<?xml version="1.0" encoding="UTF-8"?>{prolog}{root}'
    types = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("word/document.xml", document)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return stream.getvalue()


def paragraphs(text: str) -> str:
    return "".join(
        f"<w:p><w:r><w:t>{line[:4]}</w:t></w:r><w:r><w:t>{line[4:]}</w:t></w:r></w:p>" for line in text.splitlines()
    )


def saved(folder: Path, data: bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_texts_in_every_usual_encoding(encoding: str, tmp_path: Path) -> None:
    text = read_notice_file(saved(tmp_path, TEXT_2027.replace("\n", "\r\n").encode(encoding), "通知.txt"))
    assert parse_notice(text).days == parse_notice(TEXT_2027).days


def test_a_word_document_with_a_table(tmp_path: Path) -> None:
    lines = TEXT_2027.splitlines()
    cells = "".join(f"<w:tr><w:tc>{paragraphs(line)}</w:tc></w:tr>" for line in lines[4:11])
    body = paragraphs("\n".join(lines[:4])) + f"<w:tbl>{cells}</w:tbl>" + paragraphs("\n".join(lines[11:]))
    text = read_notice_file(saved(tmp_path, docx(body), "通知.docx"))
    found = parse_notice(text)
    assert (found.problems, found.days) == ((), parse_notice(TEXT_2027).days)


def test_word_numbers_its_paragraphs_itself(tmp_path: Path) -> None:
    bare = "\n".join(line.split("、", 1)[1] if line[1:2] == "、" else line for line in TEXT_2027.splitlines())
    text = read_notice_file(saved(tmp_path, docx(paragraphs(bare)), "通知.docx"))
    assert parse_notice(text).days == parse_notice(TEXT_2027).days


def test_a_json_file_is_a_text(tmp_path: Path) -> None:
    path = saved(tmp_path, json.dumps(json_of(2026)).encode("utf-8-sig"), "2026.json")
    assert parse_holiday_cn(read_notice_file(path)).days == annual(2026).days


ENTITY = '<!DOCTYPE w:document [<!ENTITY a "放假">]>'
BOMB = {"word/media/x.xml": b"<a>" + b" " * 60_000_000 + b"</a>"}


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"", "通知.txt", "empty"),
        (b"\xef\xbb\xbf  \r\n", "通知.txt", "empty"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504), "通知.doc", "ole2"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504), "通知.wps", "ole2"),
        (b"%PDF-1.7", "通知.pdf", "pdf"),
        (b"\x89PNG\r\n", "通知.png", "image"),
        (b"<!DOCTYPE html><html><body>1</body></html>", "通知.txt", "html"),
        (bytes(range(256)) * 4, "通知.txt", "unknown"),
        (b"PK\x03\x04 torn", "通知.docx", "damaged"),
        (docx("")[:-40], "通知.docx", "damaged"),
        (docx("<w:p>"), "通知.docx", "damaged"),
        (docx(paragraphs("&a;"), prolog=ENTITY), "通知.docx", "dtd"),
        (docx(paragraphs("放假"), extra=BOMB), "通知.docx", "bomb"),
        (docx("<w:p/>"), "通知.docx", "empty"),
        ("放假".encode() * 100_000, "通知.txt", "too_large"),
    ],
)  # fmt: skip
def test_files_that_are_refused_by_name(data: bytes, name: str, kind: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as error:
        read_notice_file(saved(tmp_path, data, name))
    assert error.value.kind == kind
    assert name in error.value.message
    assert error.value.remedy
    assert "xlsx" not in error.value.message + error.value.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="没有这个文件"):
        read_notice_file(tmp_path / "没有.txt")
    with pytest.raises(UnreadableFileError):
        read_notice_file(tmp_path)


def test_every_day_of_the_break_is_held() -> None:
    found = parse_notice(TEXT_2027)
    golden = [date(2027, 10, 1) + timedelta(days=n) for n in range(7)]
    assert off(found, "国庆节") == [d.isoformat() for d in golden]
