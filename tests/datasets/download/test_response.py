"""What a server answers is looked at before anything is written."""

from types import SimpleNamespace

import pytest

from segrepro.datasets.download.response import accept
from segrepro.datasets.download.transfer import InterruptionError, Transfer
from segrepro.utils.errors import DataError


@pytest.fixture
def transfer(tmp_path):
    return Transfer("https://example.org/a.zip", tmp_path / "a.zip", (), None, None)


def answered(transfer, status, **headers):
    """What is made of an answer where four bytes of the file lie here."""
    transfer.part.write_bytes(b"half")
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    with open(transfer.part, "ab") as file:
        return accept(transfer, SimpleNamespace(status_code=status, headers=named), file)


def test_a_whole_file_takes_the_place_of_the_part(transfer):
    assert answered(transfer, 200, Content_Length="9", ETag='"new"') == 9
    assert (transfer.have, transfer.tag.read_text()) == (0, '"new"')


def test_the_rest_is_added_to_the_part(transfer):
    assert answered(transfer, 206, Content_Range="bytes 4-8/9") == 9
    assert transfer.have == 4


def test_another_part_than_was_asked_for_is_dropped(transfer):
    with pytest.raises(InterruptionError):
        answered(transfer, 206, Content_Range="bytes 2-8/9")
    assert not transfer.part.exists()


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", None)])
def test_a_busy_server_says_when_to_come_back(transfer, said, seconds):
    with pytest.raises(InterruptionError) as caught:
        answered(transfer, 503, Retry_After=said)
    assert caught.value.wait_s == seconds


@pytest.mark.parametrize(
    ("status", "headers", "found"),
    [(403, {}, "HTTP 403"), (404, {}, "HTTP 404"), (200, {"Content_Type": "text/html"}, "a web page")],
)
def test_a_refusal_leaves_nothing(transfer, status, headers, found):
    with pytest.raises(DataError) as caught:
        answered(transfer, status, **headers)
    assert caught.value.found == found
    assert not transfer.part.exists()
