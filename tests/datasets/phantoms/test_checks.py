"""The phantoms pass the checks that real scans have to pass; those of the other real scans stand by their layouts."""

import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.layouts.isles2018 import find_test_cases
from segrepro.datasets.phantoms import phantom_names, write_phantom
from tests.scans import SMALL_PHANTOMS


@pytest.mark.parametrize("layout", phantom_names())
def test_every_phantom_is_sound(tmp_path, layout):
    write_phantom(layout, tmp_path / "phantom", **SMALL_PHANTOMS[layout])
    assert check_dataset(open_dataset(layout, tmp_path / "phantom"), folds=2) == []


def test_the_hidden_test_set_of_isles_has_neither_dwi_nor_label(tmp_path):
    write_phantom("isles2018", tmp_path / "phantom", **SMALL_PHANTOMS["isles2018"])
    cases = find_test_cases(tmp_path / "phantom")
    assert len(cases) >= SMALL_PHANTOMS["isles2018"]["test_patients"]
    assert not any(case.labels or "dwi" in case.images for case in cases)


def test_the_real_ct_of_chaos_is_sound(real_data):
    assert check_dataset(open_dataset("chaos_ct", real_data / "chaos")) == []
