import os
import socket

import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.fingerprint import fingerprint
from segrepro.images.io import read_image
from segrepro.utils.errors import DataError
from segrepro.utils.folders import walk_files
from tests.scans import write_slices


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def listening(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [pipe, device, listening])
def test_what_would_be_read_without_end_is_named(tmp_path, make, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_slices(tmp_path / "set", ["a", "b"])
    odd = tmp_path / "set" / "images" / "c.png"
    make(odd)
    for read in (
        lambda: list(walk_files(tmp_path / "set")),
        lambda: open_dataset("slices", tmp_path / "set"),
        lambda: fingerprint(tmp_path / "set", tmp_path / "memory"),
        lambda: read_image(odd),
    ):
        with pytest.raises(DataError) as caught:
            read()
        assert caught.value.where == str(odd)
