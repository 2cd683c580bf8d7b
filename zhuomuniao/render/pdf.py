"""A printed page of a paper as PDF, by the LibreOffice of this computer: zmn draws no pages of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from zhuomuniao.errors import CannotWriteError, reason_of

_SECONDS = 120
_PLACES = (
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
_REMEDY = "请改用 --format docx 或 xlsx，再用 WPS 打开，另存为 PDF"


def find_office_program() -> str:
    """The LibreOffice of this computer, ``""`` where there is none."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in _PLACES if Path(place).is_file()), "")


def convert_to_pdf(data: bytes, suffix: str, *, seconds: float = _SECONDS) -> bytes:
    """The PDF of an xlsx or docx (``suffix``).

    With a profile of its own, so that a LibreOffice the clerk has open is left alone. Raises
    :class:`CannotWriteError` where there is no LibreOffice, or it fails or does not come back in time.
    """
    program = find_office_program()
    if not program:
        raise CannotWriteError(
            "这台电脑上没有 LibreOffice，不能直接生成 PDF", f"{_REMEDY}；或请管理员装上 LibreOffice"
        )
    with tempfile.TemporaryDirectory(prefix="zmn-pdf-", ignore_cleanup_errors=True) as folder:
        paper = Path(folder) / f"paper.{suffix}"
        paper.write_bytes(data)
        profile = (Path(folder) / "profile").as_uri()
        line = [program, "--headless", "--norestore", f"-env:UserInstallation={profile}"]
        line += ["--convert-to", "pdf", "--outdir", folder, str(paper)]
        try:
            _run(line, seconds)
        except OSError as error:
            raise CannotWriteError(f"启动不了 LibreOffice：{reason_of(error)}", _REMEDY) from error
        made = paper.with_suffix(".pdf")
        if not made.is_file():
            raise CannotWriteError("LibreOffice 没有生成 PDF", _REMEDY)
        return made.read_bytes()


def _run(line: list[str], seconds: float) -> None:
    """soffice is a script that starts the program proper: both are ended when the time is up."""
    has_groups = sys.platform != "win32"
    process = subprocess.Popen(
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=has_groups,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        _end(process)
        raise CannotWriteError(f"LibreOffice {seconds:g} 秒还没有转好，已经停下", _REMEDY) from error
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
