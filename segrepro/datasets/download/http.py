"""Files over HTTP: resumed where they broke off, verified, and complete or not there at all."""

import hashlib
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from segrepro import __version__
from segrepro.datasets.download.disk import require_space
from segrepro.utils.errors import DataError
from segrepro.utils.locks import locked

CHUNK = 1 << 18
WEB_PAGES = (b"<!doctype html", b"<html")


@dataclass(frozen=True)
class Patience:
    """When to try again, and when to give up.

    tries: failures in a row, with less than 1 MB gained between them. pause_s: before the second try, doubled from
    then on up to longest_pause_s; what a server asks for goes first. timeout_s: without a byte, or the time over
    which the mean rate must reach least_rate (bytes/s).
    """

    tries: int = 6
    pause_s: float = 2.0
    longest_pause_s: float = 600.0
    timeout_s: float = 60.0
    least_rate: float = 500.0
    progress_s: float = 10.0


PATIENT = Patience()


class InterruptionError(Exception):
    """A fault that may pass; `wait_s` is what the server asked for."""

    def __init__(self, reason: str, wait_s: float | None = None):
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(frozen=True)
class _Job:
    url: str
    path: Path
    checksums: tuple[str, ...]
    size: int | None
    patience: Patience

    @property
    def part(self) -> Path:
        return self.path.with_name(self.path.name + ".part")

    @property
    def tag(self) -> Path:
        """The file with the server's mark of the version that `part` is of."""
        return self.path.with_name(self.path.name + ".part.tag")

    @property
    def have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def drop(self) -> None:
        self.part.unlink(missing_ok=True)
        self.tag.unlink(missing_ok=True)

    def fault(self, found: str, expected: str, remedy: str) -> DataError:
        return DataError(self.url, found, expected, remedy)


def download(
    url: str, path: str | Path, checksums: Sequence[str] = (), size: int | None = None, patience: Patience = PATIENT
) -> str:
    """Fetch `url` into `path`, or see that what lies there is right; returns its sha256.

    checksums: such as "sha256:<64 digits>" or "md5:<32 digits>"; all must fit. size: in bytes, where known.
    What arrives is kept in `<path>.part`, from where the next call goes on if the server's file is still the same.
    Raises DataError when the file is not there, needs a login, is a web page, has another size or checksum, does
    not fit on the disk, or when the server fails too often. Nothing then lies at `path`.
    """
    job = _Job(url, Path(path), tuple(checksums), size, patience)
    if job.path.exists():
        return _verified(job, job.path)
    job.path.parent.mkdir(parents=True, exist_ok=True)
    resumed = job.have > 0
    try:
        digest = _fetched(job)
    except DataError:
        # What was left by an earlier run may be damaged: only a whole new download tells.
        if not resumed or job.part.exists():
            raise
        digest = _fetched(job)
    os.replace(job.part, job.path)
    job.tag.unlink(missing_ok=True)
    return digest


def _fetched(job: _Job) -> str:
    failures = 0
    while True:
        before = job.have
        try:
            _receive(job)
            return _verified(job, job.part)
        except InterruptionError as fault:
            failures = 1 if job.have - before >= 1_000_000 else failures + 1
            if failures >= job.patience.tries:
                found = f"{fault}, {failures} times in a row"
                raise job.fault(found, "a file", "Run the same command later: it goes on from here.") from None
            pause = min(job.patience.pause_s * 2 ** (failures - 1), job.patience.longest_pause_s)
            pause = min(pause if fault.wait_s is None else fault.wait_s, job.patience.longest_pause_s)
            _tell(f"{job.path.name}: {fault}; trying again in {pause:.0f} s")
            time.sleep(pause)
        except OSError as error:
            remedy = "Make room or choose another folder."
            raise DataError(job.part, f"a failed write ({error.strerror})", "a whole file", remedy) from error


def _receive(job: _Job) -> None:
    """One request and what it brings, appended to what is there."""
    import requests

    with open(job.part, "ab") as file:
        if not locked(file):
            raise job.fault("another process that downloads it", "one", "Wait for the other one.")
        try:
            with _request(job) as response:
                total = _accept(job, response, file)
                if total is None or file.tell() < total:
                    _store(job, response, file, total)
        except (
            requests.exceptions.SSLError,
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
        ) as error:
            raise job.fault(type(error).__name__, "a secure connection", "Check address and certificates.") from error
        except requests.exceptions.TooManyRedirects as error:
            raise job.fault("a circle of redirects", "a file", "Open the address in a browser.") from error
        except requests.RequestException as error:
            raise InterruptionError(f"no connection ({type(error).__name__})") from error


def _request(job: _Job):
    import requests

    headers = {"Accept-Encoding": "identity", "User-Agent": f"segrepro/{__version__}"}
    tag = job.tag.read_text() if job.tag.exists() else None
    # Without a mark or checksum nobody would notice that the two halves belong to different files.
    if job.have and not (tag or job.checksums):
        os.truncate(job.part, 0)
    if job.have:
        headers |= {"Range": f"bytes={job.have}-"} | ({"If-Range": tag} if tag else {})
    timeout = job.patience.timeout_s
    # An own `auth` keeps requests from sending passwords out of a .netrc.
    return requests.get(job.url, headers=headers, stream=True, timeout=(timeout, timeout), auth=lambda request: request)


def _accept(job: _Job, response, file: BinaryIO) -> int | None:
    """Check status, kind and size before anything is written; returns the whole file's size, None if unsaid."""
    _check_status(job, response)
    total = _whole_size(response)
    if response.status_code == 416:
        if total != job.have:
            job.drop()
            raise InterruptionError("a file of another size than before")
        return total
    if response.status_code == 206:
        begins = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        if not begins or int(begins[1]) != job.have:
            job.drop()
            raise InterruptionError("another part of the file than asked for")
    else:
        file.truncate(0)
    file.seek(0, os.SEEK_END)
    _check_kind(job, response)
    if job.size and total and total != job.size:
        job.drop()
        raise job.fault(f"{total} bytes", f"{job.size}", "The source has changed: see the data set's page.")
    require_space(job.part.parent, (total or job.size or 0) - file.tell())
    mark = response.headers.get("ETag", "")
    mark = mark if mark.startswith('"') else response.headers.get("Last-Modified", "")
    job.tag.write_text(mark) if mark else job.tag.unlink(missing_ok=True)
    return total


def _whole_size(response) -> int | None:
    if response.status_code in (206, 416):
        said = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
        return int(said[1]) if said else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _check_status(job: _Job, response) -> None:
    status = response.status_code
    if status in (200, 206, 416):
        return
    if status in (408, 429) or status >= 500:
        raise InterruptionError(f"HTTP {status}", _retry_after(response.headers.get("Retry-After")))
    job.drop()
    if status in (401, 403):
        raise job.fault(
            f"HTTP {status}", "a file that is open to all", "Log in on the data set's page and get it there."
        )
    raise job.fault(f"HTTP {status}", "a file", "It has moved or gone: look on the data set's page.")


def _retry_after(text: str | None) -> float | None:
    """Seconds to wait, from a number or a date.

    >>> _retry_after("7"), _retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), _retry_after("soon")
    (7.0, 0.0, None)
    """
    if text and text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text or "") - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _check_kind(job: _Job, response) -> None:
    kind = response.headers.get("Content-Type", "").lower()
    if kind.startswith(("text/html", "application/xhtml")):
        raise _web_page(job)


def _web_page(job: _Job) -> DataError:
    job.drop()
    remedy = f"It asks for a login or consent: get the file with a browser and put it at {job.path}."
    return job.fault("a web page", "the file itself", remedy)


def _store(job: _Job, response, file: BinaryIO, total: int | None) -> None:
    limit = total or job.size
    first = file.tell() == 0
    for data in _timely(job, response, file.tell(), limit):
        if first and data.lstrip()[:20].lower().startswith(WEB_PAGES):
            raise _web_page(job)
        first = False
        file.write(data)
        if limit and file.tell() > limit:
            job.drop()
            raise job.fault(f"more than {limit} bytes", f"{limit}", "See the data set's page.")
    file.flush()
    os.fsync(file.fileno())
    if limit and file.tell() < limit:
        raise InterruptionError(f"an end after {file.tell()} of {limit} bytes")


def _timely(job: _Job, response, have: int, limit: int | None) -> Iterator[bytes]:
    """The body piece by piece, with lines on progress; interrupted when it comes too slowly."""
    from urllib3.exceptions import HTTPError

    told = window = time.monotonic()
    in_window = 0
    while True:
        try:
            data = response.raw.read1(CHUNK, decode_content=False)
        except (HTTPError, TimeoutError, ConnectionError) as error:
            raise InterruptionError(f"a broken connection ({type(error).__name__})") from error
        if not data:
            return
        yield data
        have, in_window, now = have + len(data), in_window + len(data), time.monotonic()
        if now - window > job.patience.timeout_s:
            if in_window < job.patience.least_rate * (now - window):
                raise InterruptionError(f"{in_window / (now - window):.0f} bytes a second")
            window, in_window = now, 0
        if now - told > job.patience.progress_s:
            told = now
            _tell(f"{job.path.name}: {have / 1e6:.0f}{f' of {limit / 1e6:.0f}' if limit else ''} MB")


def _verified(job: _Job, file: Path) -> str:
    """The sha256 of a file of the right size and checksums; what is wrong is removed if it is ours."""
    found = {"sha256": _digest(file, "sha256")}
    size = file.stat().st_size
    wrong = [(f"{size} bytes", str(job.size))] if job.size and size != job.size else []
    for checksum in job.checksums:
        algorithm, _, expected = checksum.partition(":")
        found.setdefault(algorithm, _digest(file, algorithm))
        if found[algorithm] != expected:
            wrong.append((f"{algorithm} {found[algorithm]}", expected))
    if not wrong:
        return found["sha256"]
    if file == job.part:
        job.drop()
    remedy = "Fetch it again; if that does not help the source has changed: see the data set's page."
    raise job.fault(wrong[0][0], wrong[0][1], remedy if file == job.part else f"Remove {file}. {remedy}")


def _digest(path: Path, algorithm: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
