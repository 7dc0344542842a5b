"""Which layout a folder has."""

import sys

import pytest

from segrepro.datasets.layouts import find_label_names, fitting_layout, open_dataset
from segrepro.datasets.phantoms import phantom_names, write_phantom
from segrepro.utils.errors import ConfigError, DataError
from tests.datasets.layouts.test_nnunet import V1, V2, write_raw
from tests.scans import SMALL_PHANTOMS, write_slices


@pytest.mark.parametrize("layout", [name for name in phantom_names() if name != "chaos_mr"])  # holds two sequences
def test_a_phantom_fits_its_own_layout(tmp_path, layout):
    write_phantom(layout, tmp_path / "set", **SMALL_PHANTOMS[layout])
    assert fitting_layout(tmp_path / "set") == layout


@pytest.mark.parametrize("description", [V1, V2])
def test_nnunets_raw_format(tmp_path, description):
    write_raw(tmp_path, description)
    assert fitting_layout(tmp_path) == "nnunet"
    assert find_label_names("nnunet", tmp_path) == {1: "core", 2: "edge"}


def test_a_label_to_ignore_is_not_learned(tmp_path):
    write_raw(tmp_path, V2 | {"labels": {"background": 0, "core": 1, "ignore": 2}})
    assert find_label_names("nnunet", tmp_path) == {1: "core"}


def test_a_layouts_own_names(tmp_path):
    assert find_label_names("atlas", tmp_path) == {1: "lesion"}


def test_a_folder_of_no_layout_and_one_of_two(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError) as error:
        fitting_layout(tmp_path)
    assert "slices" in error.value.remedy
    write_slices(tmp_path, ["a"])
    assert fitting_layout(tmp_path) == "slices"
    (tmp_path / "cases.csv").write_text("case,image,label\na,images/a.png,masks/a.png\n")
    with pytest.raises(DataError) as error:
        fitting_layout(tmp_path)
    assert error.value.found == "a data set in the layouts csv, slices"


def test_what_is_wrong_with_the_only_description_is_said(tmp_path):
    (tmp_path / "dataset.json").write_text('{"labels": {"background": 0}}')
    with pytest.raises(DataError) as error:
        fitting_layout(tmp_path)
    assert "dataset.json" in str(error.value)


OWN = """
from segrepro.datasets.case import Case
EXAMPLE, LABEL_NAMES, BINARY_LABELS = "a.nii.gz", ("background", "lesion"), True


def find_cases(folder):
    return [Case(path.name, path.name, "", {"t1": path}, (path,)) for path in folder.glob("*.gz")]
"""


@pytest.fixture
def own_layout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "my_layout", raising=False)
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans/a.gz").touch()
    return tmp_path / "my_layout.py"


def test_a_layout_of_ones_own_is_a_file_beside_the_config(own_layout):
    own_layout.write_text(OWN)
    assert [case.id for case in open_dataset("my_layout:find_cases", "scans").cases] == ["a.gz"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, "no module to import"),
        (OWN.replace("EXAMPLE", "SAMPLE"), "no EXAMPLE in "),
        (OWN.replace("find_cases", "cases"), "no find_cases there"),
    ],
)
def test_what_is_no_layout_is_one_line(own_layout, text, found):
    if text:
        own_layout.write_text(text)
    with pytest.raises(ConfigError) as error:
        open_dataset("my_layout:find_cases", "scans")
    assert found in error.value.found


@pytest.mark.parametrize("value", [255, 300, -1])
def test_a_label_that_a_byte_cannot_hold_is_a_fault_before_any_mask_is_read(own_layout, value):
    text = OWN.replace("(path,))", f"(path,), label_ranges=(({value}, {value}, {value}),))")
    own_layout.write_text(text)
    with pytest.raises(DataError) as error:
        open_dataset("my_layout:find_cases", "scans")
    assert (error.value.found, error.value.expected) == (f"a label of value {value}", "values from 1 to 254")
