"""Phantoms by the name of their layout: whole or not at all, never over something."""

import pytest

from segrepro.datasets.phantoms import msd, write_phantom
from segrepro.utils.errors import ConfigError, DataError
from tests.scans import SMALL_PHANTOMS


def test_an_unknown_layout_names_the_nearest(tmp_path):
    with pytest.raises(ConfigError) as error:
        write_phantom("chaos_mri", tmp_path / "set")
    assert (error.value.found, error.value.remedy) == ("'chaos_mri'", "Did you mean chaos_mr?")
    assert not (tmp_path / "set").exists()


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path, tmp_path / "file"):
        with pytest.raises(DataError) as error:
            write_phantom("msd", folder, **SMALL_PHANTOMS["msd"])
        assert error.value.where == str(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "mine"


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "set").mkdir()
    write_phantom("msd", tmp_path / "set", **SMALL_PHANTOMS["msd"])
    assert (tmp_path / "set/Task09_Spleen/dataset.json").exists()


def test_what_breaks_off_leaves_no_folder(tmp_path, monkeypatch):
    def broken(path, *rest):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        raise OSError("broken off")

    monkeypatch.setattr(msd, "write_image", broken)
    with pytest.raises(OSError, match="broken off"):
        write_phantom("msd", tmp_path / "set", **SMALL_PHANTOMS["msd"])
    assert not (tmp_path / "set").exists()
