"""What can go wrong, as a clerk reads it: one Chinese sentence, one remedy, one exit code.

Everything zmn raises on purpose is a :class:`ZmnError`; ``cli.py`` is the only place that catches it.
Messages never carry personal data (domain.md §8): they name rows, columns, numbers and files.
"""

from __future__ import annotations

import errno
from typing import ClassVar

from msgspec import Struct


def reason_of(error: OSError) -> str:
    """Why the system refused, in Chinese."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def quoted(name: str) -> str:
    """A title or file name in a sentence: “…”, and 《…》 where it has quotation marks of its own."""
    return f"《{name}》" if "“" in name else f"“{name}”"


_REASONS = {
    getattr(errno, name): reason
    for reason, names in {
        "没有这个文件或文件夹": ("ENOENT",),
        "没有权限": ("EACCES", "EPERM"),
        "这是一个文件夹": ("EISDIR",),
        "路径里有一段不是文件夹": ("ENOTDIR",),
        "已经有同名的文件或文件夹": ("EEXIST",),
        "文件夹里还有东西": ("ENOTEMPTY",),
        "链接绕成了圈，或不许用链接": ("ELOOP",),
        "跨了两个磁盘": ("EXDEV",),
        "文件名太长": ("ENAMETOOLONG",),
        "文件名里有这个磁盘不认的字": ("EILSEQ",),
        "磁盘不认这样的文件名或做法": ("EINVAL",),
        "磁盘满了": ("ENOSPC",),
        "超过了磁盘配额": ("EDQUOT",),
        "文件超过了允许的大小": ("EFBIG",),
        "磁盘是只读的": ("EROFS",),
        "磁盘或网络读写出错": ("EIO", "EREMOTEIO"),
        "共享盘的连接失效了": ("ESTALE", "ENOTCONN", "ECONNRESET", "ECONNABORTED", "EPIPE", "ESHUTDOWN"),
        "连不上共享盘": ("EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ECONNREFUSED"),
        "共享盘没有应答": ("ETIMEDOUT",),
        "磁盘或设备不在了": ("ENODEV", "ENXIO", "ENOMEDIUM"),
        "正被别的程序占用": ("EBUSY", "ETXTBSY", "EAGAIN", "EDEADLK"),
        "打开的文件太多": ("EMFILE", "ENFILE"),
        "共享盘的文件锁用完了": ("ENOLCK",),
        "内存不够": ("ENOMEM",),
        "这个磁盘不支持这样做": ("ENOTSUP", "EOPNOTSUPP", "ENOSYS"),
    }.items()
    for name in names
    # Not every system knows every one of them.
    if hasattr(errno, name)
}


class ZmnError(Exception):
    """A named failure: ``message`` says what was found and expected, ``remedy`` what to do next."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, remedy: str = "", **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.facts = facts


def _listed(told: list[str]) -> str:
    """One thing after a colon, several on a line each."""
    if len(told) == 1:
        return f"：{told[0]}"
    return f"（共{len(told)}处）：\n" + "\n".join(f"  · {one}" for one in told)


class FaultError(ZmnError):
    """A fault in zmn itself (exit 70)."""

    code = "fault"


class BadValueError(ZmnError):
    """A value that cannot be what it should be: a date, a phone, a code, an unknown number (exit 2)."""

    code = "bad_value"
    exit_code = 2


class UnknownCaseError(BadValueError):
    """No case bears this 事项编号 (exit 2)."""

    code = "unknown_case"


class MissingValuesError(BadValueError):
    """Required values are missing and nobody can be asked; names all of them (exit 2)."""

    code = "missing_values"


class WorkspaceError(BadValueError):
    """No workspace here, or its ``zmn.toml`` cannot be used (exit 2)."""

    code = "workspace"


class CalendarNotPublishedError(ZmnError):
    """A date falls in a year whose arrangement is not published, under ``--strict-calendar`` (exit 3)."""

    code = "calendar_not_published"
    exit_code = 3


class BookOpenError(ZmnError):
    """Somebody has the book open; the entry waits in the outbox (exit 4)."""

    code = "book_open"
    exit_code = 4


class UnreadableFileError(ZmnError):
    """A file or text is not what its name says, or is not safe to open (exit 5).

    ``kind`` names the diagnosis for scripts: ``ole2``, ``encrypted``, ``html``, ``csv``, ``bomb``, ``dtd``,
    ``damaged``, ``not_a_ledger`` …
    """

    code = "unreadable_file"
    exit_code = 5

    def __init__(self, message: str, remedy: str = "", *, kind: str = "damaged", **facts: object) -> None:
        super().__init__(message, remedy, kind=kind, **facts)
        self.kind = kind


class FileProblem(Struct, frozen=True):
    """One mistake in a data file of ours or of a county: where it is, what it is, what to do.

    ``code`` names the sort of mistake for scripts; ``expected`` what should stand there, where that is known.
    """

    file: str
    key: str
    what: str
    remedy: str
    code: str = "data_file"
    expected: str = ""


class DataFileError(ZmnError):
    """A locality, layout or workspace file has mistakes; carries every one of them (exit 5)."""

    code = "data_file"
    exit_code = 5

    def __init__(self, problems: tuple[FileProblem, ...]) -> None:
        told = [f"{p.file} 的 {p.key}：{p.what}，{p.remedy}" for p in problems]
        super().__init__(f"数据文件有误{_listed(told)}", "改好所列各处后再试", file=problems[0].file)
        self.problems = problems


class RefusedByRuleError(ZmnError):
    """A rule or a named policy of the locality forbids this step (exit 6)."""

    code = "refused_by_rule"
    exit_code = 6


class IntegrityError(ZmnError):
    """What was written is not what was meant, or the journal's chain is broken (exit 7)."""

    code = "integrity"
    exit_code = 7


class CannotWriteError(ZmnError):
    """Disk, permission, share, lock time-out; nothing was changed (exit 8)."""

    code = "cannot_write"
    exit_code = 8


class CannotPatchError(CannotWriteError):
    """The book holds something that zmn cannot move or grow without damage; names it (exit 8)."""

    code = "cannot_patch"


class NoticeProblem(Struct, frozen=True):
    """One thing wrong with a holiday notice: its line (0 = the whole text), the words, what it is, what to do."""

    line: int
    text: str
    what: str
    remedy: str


class NoticeError(ZmnError):
    """A holiday notice failed its self-checks; carries every problem, and nothing was changed (exit 5)."""

    code = "notice"
    exit_code = 5

    def __init__(self, problems: tuple[NoticeProblem, ...]) -> None:
        told = [f"{f'第{p.line}行“{p.text}”' if p.line else ''}{p.what}。{p.remedy}" for p in problems]
        super().__init__(f"放假通知没有通过核对{_listed(told)}", "改好后再载入；没有改动任何内容")
        self.problems = problems
