"""Changes of what a job wrote are noticed, by the next job that reads it and by the next plan."""

import os

import pytest

from segrepro.utils.errors import DataError
from segrepro.workflow.seals import SEALS, drop_changed, require_sealed, seal


@pytest.fixture
def sealed(tmp_path, monkeypatch):
    """An output and a mask beside it, sealed, and the folder of seals."""
    monkeypatch.setenv(SEALS, str(tmp_path / "seals"))
    output, mask = tmp_path / "predictions.csv", tmp_path / "predictions/a.nii.gz"
    mask.parent.mkdir()
    output.write_text("case\na\n")
    mask.write_bytes(b"mask")
    seal([output, mask])
    return output, mask, tmp_path / "seals"


def flip(path, keep_time=False):
    before = path.stat()
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_is_as_it_was_is_kept(sealed):
    output, mask, seals = sealed
    require_sealed([output, output.with_name("other.csv")])
    os.utime(mask)  # a copy of the folder has other times
    assert drop_changed(seals) == []
    assert output.exists()


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", [flip, lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_changed_file_is_named_and_its_output_dropped(sealed, which, damage):
    damage(sealed[which])
    with pytest.raises(DataError) as caught:
        require_sealed([sealed[0]])
    assert caught.value.where == str(sealed[which])
    assert drop_changed(sealed[2]) == [sealed[0]]
    assert not sealed[0].exists()
    assert drop_changed(sealed[2]) == []


def test_a_bit_that_flips_without_a_new_time_is_found_by_who_reads_it(sealed):
    output, mask, seals = sealed
    flip(mask, keep_time=True)
    assert drop_changed(seals) == []
    with pytest.raises(DataError):
        require_sealed([output])
    assert drop_changed(seals) == [output]


def test_a_damaged_seal_is_none(sealed):
    (file,) = sealed[2].iterdir()
    file.write_text("{")
    require_sealed([sealed[0]])
    assert drop_changed(sealed[2]) == []
