"""What a server answers: a file, a part of it, a page that asks for a login, or a refusal."""

import os
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from segrepro.datasets.download.disk import require_space
from segrepro.datasets.download.transfer import InterruptionError, Transfer
from segrepro.utils.errors import DataError


def accept(transfer: Transfer, response, file: BinaryIO) -> int | None:
    """Check status, kind and size before anything is written; returns the whole file's size, None if unsaid."""
    _check_status(transfer, response)
    total = _whole_size(response)
    if response.status_code == 416:
        if total != transfer.have:
            transfer.drop()
            raise InterruptionError("a file of another size than before")
        return total
    if response.status_code == 206:
        begins = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        if not begins or int(begins[1]) != transfer.have:
            transfer.drop()
            raise InterruptionError("another part of the file than asked for")
    else:
        file.truncate(0)
    file.seek(0, os.SEEK_END)
    _check_kind(transfer, response)
    if transfer.size and total and total != transfer.size:
        transfer.drop()
        raise transfer.fault(f"{total} bytes", f"{transfer.size}", "The source has changed: see the data set's page.")
    require_space(transfer.part.parent, (total or transfer.size or 0) - file.tell())
    mark = response.headers.get("ETag", "")
    mark = mark if mark.startswith('"') else response.headers.get("Last-Modified", "")
    transfer.tag.write_text(mark) if mark else transfer.tag.unlink(missing_ok=True)
    return total


def _whole_size(response) -> int | None:
    if response.status_code in (206, 416):
        said = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
        return int(said[1]) if said else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _check_status(transfer: Transfer, response) -> None:
    status = response.status_code
    if status in (200, 206, 416):
        return
    if status in (408, 429) or status >= 500:
        raise InterruptionError(f"HTTP {status}", _retry_after(response.headers.get("Retry-After")))
    transfer.drop()
    if status in (401, 403):
        raise transfer.fault(
            f"HTTP {status}", "a file that is open to all", "Log in on the data set's page and get it there."
        )
    raise transfer.fault(f"HTTP {status}", "a file", "It has moved or gone: look on the data set's page.")


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


def _check_kind(transfer: Transfer, response) -> None:
    kind = response.headers.get("Content-Type", "").lower()
    if kind.startswith(("text/html", "application/xhtml")):
        raise web_page(transfer)


def web_page(transfer: Transfer) -> DataError:
    """The error for a page in the place of the file, which is removed."""
    transfer.drop()
    remedy = f"It asks for a login or consent: get the file with a browser and put it at {transfer.path}."
    return transfer.fault("a web page", "the file itself", remedy)
