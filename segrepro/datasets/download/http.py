"""Files over HTTP: resumed where they broke off, verified, and complete or not there at all."""

import hashlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from segrepro import __version__
from segrepro.datasets.download.response import accept, web_page
from segrepro.datasets.download.transfer import RETRIES, InterruptionError, RetryPolicy, Transfer
from segrepro.utils.errors import DataError
from segrepro.utils.locks import locked

CHUNK = 1 << 18
WEB_PAGES = (b"<!doctype html", b"<html")


def download(
    url: str, path: str | Path, checksums: Sequence[str] = (), size: int | None = None, retries: RetryPolicy = RETRIES
) -> str:
    """Fetch `url` into `path`, or see that what lies there is right; returns its sha256.

    checksums: such as "sha256:<64 digits>" or "md5:<32 digits>"; all must fit. size: in bytes, where known.
    What arrives is kept in `<path>.part`, from where the next call goes on if the server's file is still the same.
    Raises DataError when the file is not there, needs a login, is a web page, has another size or checksum, does
    not fit on the disk, or when the server fails too often. Nothing then lies at `path`.
    """
    transfer = Transfer(url, Path(path), tuple(checksums), size, retries)
    if transfer.path.exists():
        return _verified(transfer, transfer.path)
    transfer.path.parent.mkdir(parents=True, exist_ok=True)
    resumed = transfer.have > 0
    try:
        digest = _fetched(transfer)
    except DataError:
        # What was left by an earlier run may be damaged: only a whole new download tells.
        if not resumed or transfer.part.exists():
            raise
        digest = _fetched(transfer)
    os.replace(transfer.part, transfer.path)
    transfer.tag.unlink(missing_ok=True)
    return digest


def _fetched(transfer: Transfer) -> str:
    failures = 0
    while True:
        before = transfer.have
        try:
            _receive(transfer)
            return _verified(transfer, transfer.part)
        except InterruptionError as fault:
            failures = 1 if transfer.have - before >= 1_000_000 else failures + 1
            if failures >= transfer.retries.tries:
                found = f"{fault}, {failures} times in a row"
                raise transfer.fault(found, "a file", "Run the same command later: it goes on from here.") from None
            pause = min(transfer.retries.pause_s * 2 ** (failures - 1), transfer.retries.longest_pause_s)
            pause = min(pause if fault.wait_s is None else fault.wait_s, transfer.retries.longest_pause_s)
            _tell(f"{transfer.path.name}: {fault}; trying again in {pause:.0f} s")
            time.sleep(pause)
        except OSError as error:
            remedy = "Make room or choose another folder."
            raise DataError(transfer.part, f"a failed write ({error.strerror})", "a whole file", remedy) from error


def _receive(transfer: Transfer) -> None:
    """One request and what it brings, appended to what is there."""
    import requests

    with open(transfer.part, "ab") as file:
        if not locked(file):
            raise transfer.fault("another process that downloads it", "one", "Wait for the other one.")
        try:
            with _request(transfer) as response:
                total = accept(transfer, response, file)
                if total is None or file.tell() < total:
                    _store(transfer, response, file, total)
        except (
            requests.exceptions.SSLError,
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
        ) as error:
            raise transfer.fault(
                type(error).__name__, "a secure connection", "Check address and certificates."
            ) from error
        except requests.exceptions.TooManyRedirects as error:
            raise transfer.fault("a circle of redirects", "a file", "Open the address in a browser.") from error
        except requests.RequestException as error:
            raise InterruptionError(f"no connection ({type(error).__name__})") from error


def _request(transfer: Transfer):
    import requests

    headers = {"Accept-Encoding": "identity", "User-Agent": f"segrepro/{__version__}"}
    tag = transfer.tag.read_text() if transfer.tag.exists() else None
    # Without a mark or checksum nobody would notice that the two halves belong to different files.
    if transfer.have and not (tag or transfer.checksums):
        os.truncate(transfer.part, 0)
    if transfer.have:
        headers |= {"Range": f"bytes={transfer.have}-"} | ({"If-Range": tag} if tag else {})
    timeout = transfer.retries.timeout_s
    # An own `auth` keeps requests from sending passwords out of a .netrc.
    return requests.get(
        transfer.url, headers=headers, stream=True, timeout=(timeout, timeout), auth=lambda request: request
    )


def _store(transfer: Transfer, response, file: BinaryIO, total: int | None) -> None:
    limit = total or transfer.size
    first = file.tell() == 0
    for data in _timely(transfer, response, file.tell(), limit):
        if first and data.lstrip()[:20].lower().startswith(WEB_PAGES):
            raise web_page(transfer)
        first = False
        file.write(data)
        if limit and file.tell() > limit:
            transfer.drop()
            raise transfer.fault(f"more than {limit} bytes", f"{limit}", "See the data set's page.")
    file.flush()
    os.fsync(file.fileno())
    if limit and file.tell() < limit:
        raise InterruptionError(f"an end after {file.tell()} of {limit} bytes")


def _timely(transfer: Transfer, response, have: int, limit: int | None) -> Iterator[bytes]:
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
        if now - window > transfer.retries.timeout_s:
            if in_window < transfer.retries.least_rate * (now - window):
                raise InterruptionError(f"{in_window / (now - window):.0f} bytes a second")
            window, in_window = now, 0
        if now - told > transfer.retries.progress_s:
            told = now
            _tell(f"{transfer.path.name}: {have / 1e6:.0f}{f' of {limit / 1e6:.0f}' if limit else ''} MB")


def _verified(transfer: Transfer, file: Path) -> str:
    """The sha256 of a file of the right size and checksums; what is wrong is removed if it is ours."""
    found = {"sha256": _digest(file, "sha256")}
    size = file.stat().st_size
    wrong = [(f"{size} bytes", str(transfer.size))] if transfer.size and size != transfer.size else []
    for checksum in transfer.checksums:
        algorithm, _, expected = checksum.partition(":")
        found.setdefault(algorithm, _digest(file, algorithm))
        if found[algorithm] != expected:
            wrong.append((f"{algorithm} {found[algorithm]}", expected))
    if not wrong:
        return found["sha256"]
    if file == transfer.part:
        transfer.drop()
    remedy = "Fetch it again; if that does not help the source has changed: see the data set's page."
    raise transfer.fault(wrong[0][0], wrong[0][1], remedy if file == transfer.part else f"Remove {file}. {remedy}")


def _digest(path: Path, algorithm: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
