"""Changes of what a job wrote are noticed, by the next job that reads it and by the next plan."""

import os
import shutil
import time

import pytest

from segrepro.utils.errors import DataError
from segrepro.workflow import seals
from segrepro.workflow.seals import SEALS, drop_changed, remove_sealed, require_sealed, seal


@pytest.fixture
def sealed(tmp_path):
    """An output, a mask that it stands for, and the folder of both."""
    folder = tmp_path / "work/fold0"
    output, mask = folder / "predictions.csv", folder / "predictions/a.nii.gz"
    mask.parent.mkdir(parents=True)
    output.write_text("case\na\n")
    mask.write_bytes(b"mask")
    seal([output, mask.parent])
    return output, mask, folder


def flip(path):
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def flip_and_keep_the_times(path):
    before = path.stat()
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


def test_what_is_as_it_was_is_kept(sealed):
    output, mask, folder = sealed
    require_sealed([output, mask, output.with_name("other.csv")])
    assert drop_changed([folder.parent]) == {}
    assert output.exists()


def test_a_copy_has_other_times_and_is_read_once(sealed, tmp_path, monkeypatch):
    copy = shutil.copytree(tmp_path / "work", tmp_path / "copy", copy_function=shutil.copyfile)
    time.sleep(0.02)  # the tick of a disk's clock
    assert drop_changed([copy]) == {}
    monkeypatch.setattr(seals, "file_sha256", lambda path: pytest.fail(f"{path} was read again"))
    assert drop_changed([copy]) == {}


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", [flip, flip_and_keep_the_times, empty, remove])
def test_a_changed_file_is_named_and_its_output_dropped(sealed, which, damage):
    damage(sealed[which])
    with pytest.raises(DataError) as caught:
        require_sealed([sealed[0]])
    assert caught.value.where == str(sealed[which])
    (dropped,) = drop_changed([sealed[2].parent]).items()
    assert dropped[0] == sealed[0]
    assert dropped[1].where == str(sealed[which])
    assert not sealed[0].exists()
    assert drop_changed([sealed[2].parent]) == {}


def test_a_bit_that_a_disk_lost_is_found_by_who_reads_it(sealed, monkeypatch):
    output, mask, folder = sealed
    flip(mask)
    os.utime(folder / SEALS / "predictions.csv.json", ns=(0, mask.stat().st_ctime_ns + 1))  # as if it was sealed later
    assert drop_changed([folder]) == {}
    with pytest.raises(DataError):
        require_sealed([output])
    assert list(drop_changed([folder])) == [output]


def test_a_file_that_stands_for_no_other_is_looked_at_alone(sealed):
    output, mask, folder = sealed
    history, model = folder / "history.csv", folder / "model.json"
    history.write_text("epoch\n1\n")
    model.write_text("{}")
    seal([model, history])
    flip(model)
    require_sealed([history])
    flip(history)
    with pytest.raises(DataError):
        require_sealed([history])
    assert list(drop_changed([folder])) == [model]
    assert not history.exists()
    assert output.exists()


def test_what_was_removed_with_its_folder_is_forgotten(sealed):
    shutil.rmtree(sealed[2])
    assert drop_changed([sealed[2].parent]) == {}


def test_an_output_and_its_seal_go_together(sealed):
    remove_sealed(sealed[0])
    assert drop_changed([sealed[2]]) == {}
    assert not list((sealed[2] / SEALS).iterdir())


@pytest.mark.parametrize("content", ["{", "{}", '{"sha256": {}}'])
def test_a_damaged_seal_is_none(sealed, content):
    (file,) = (sealed[2] / SEALS).iterdir()
    file.write_text(content)
    require_sealed([sealed[0]])
    assert drop_changed([sealed[2]]) == {}
