"""Which scans the upper levels read: those that the results were made from, wherever they lie, and no others."""

import shutil

import pytest

from segrepro.report.evidence.scans import Scans
from segrepro.utils.errors import ConfigError, DataError


def test_the_same_scans_may_lie_elsewhere(made, opened, tmp_path):
    (dataset,) = opened.evidence.datasets
    (folder,) = (made.parents[1] / "work/phantoms").iterdir()
    moved = shutil.copytree(folder, tmp_path / "moved")
    cases = Scans(opened, {"atlas": moved}).of(dataset)
    assert len(cases) == 6
    assert all(str(path).startswith(str(moved)) for case in cases.values() for path in case.images.values())


def test_other_scans_are_refused(made, opened, tmp_path):
    (dataset,) = opened.evidence.datasets
    (folder,) = (made.parents[1] / "work/phantoms").iterdir()
    moved = shutil.copytree(folder, tmp_path / "moved")
    next(moved.rglob("*.nii.gz")).write_bytes(b"other")
    with pytest.raises(DataError) as caught:
        Scans(opened, {"atlas": moved}).of(dataset)
    assert caught.value.where == str(moved)


def test_an_unknown_data_set_is_named(opened, tmp_path):
    with pytest.raises(ConfigError) as caught:
        Scans(opened, {"atlsa": tmp_path})
    assert (caught.value.where, caught.value.remedy) == ("--data atlsa", "Did you mean atlas?")
