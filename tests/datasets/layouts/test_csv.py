import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.folder_digest import files_elsewhere, folder_digest
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.layouts import find_label_names
from segrepro.images.io import write_image
from segrepro.utils.errors import DataError
from tests.scans import affine_of

HEADER = "case,patient,site,T1,flair,label\n"


def write(folder, text, **more):
    for name, content in {"cases.csv": text, **more}.items():
        (folder / name).write_text(content)
    return folder


def test_cases_lie_where_the_table_says(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    folder = tmp_path / "set"
    folder.mkdir()
    rows = f"v1,p3,Oslo,a/1.nii.gz,{elsewhere}/1.nii.gz,m/1.nii.gz\nv 2,,,a/2.nii.gz,,\n"
    first, second = sorted(open_dataset("csv", write(folder, HEADER + rows)).cases, key=lambda case: case.patient)
    assert (first.id, first.patient, first.site) == ("v1", "p3", "Oslo")
    assert first.images == {"t1": folder / "a/1.nii.gz", "flair": elsewhere / "1.nii.gz"}
    assert first.labels == (folder / "m/1.nii.gz",)
    assert second.id == second.patient != "v 2"  # as part of a file name
    assert (second.site, list(second.images), second.labels) == ("", ["t1"], ())


def test_official_parts_and_named_labels(tmp_path):
    text = "case,part,ct,label\na,train,a.nii,la.nii\nb,test,b.nii,lb.nii\n"
    write(tmp_path, text, **{"labels.csv": "value,name\n1,liver\n4,spleen\n"})
    a, b = open_dataset("csv", tmp_path).cases
    assert (a.part, b.part) == ("train", "test")
    assert a.label_ranges == ((1, 1, 1), (4, 4, 4))
    assert find_label_names("csv", tmp_path) == {1: "liver", 4: "spleen"}


def test_several_values_without_names_are_a_fault(tmp_path):
    image = np.random.default_rng(0).integers(0, 99, (4, 4, 4)).astype(np.int16)
    write_image(tmp_path / "a.nii.gz", image, affine_of())
    write_image(tmp_path / "m.nii.gz", (image % 3).astype(np.uint8), affine_of())
    write(tmp_path, "case,t1,label\na,a.nii.gz,m.nii.gz\n")
    (fault,) = check_dataset(open_dataset("csv", tmp_path))
    assert (fault.found, fault.expected) == ("the values 0, 1, 2", "0 and one more")
    write(tmp_path, "case,t1,label\na,a.nii.gz,m.nii.gz\n", **{"labels.csv": "value,name\n1,core\n2,edge\n"})
    assert check_dataset(open_dataset("csv", tmp_path)) == []


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    write(tmp_path, "case,t1,label\na,a.nii.gz,m.nii.gz\n")
    faults = check_dataset(open_dataset("csv", tmp_path))
    assert {fault.file for fault in faults} == {str(tmp_path / "a.nii.gz"), str(tmp_path / "m.nii.gz")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("case,t1\na,b\n", "no column label"),
        ("patient,site\n", "no column case, label, one of a modality, such as t1"),
        ("case,t1,t1,label\n", "2 columns 't1'"),
        ("case,t1,label\na,b\n", "2 cells in row 2"),
        ("case,t1,label\na,b,c\n,b,c\n", "no case in row 3"),
        ("case,part,t1,label\na,dev,b,c\n", "part 'dev' in row 2"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path, text, found):
    with pytest.raises(DataError) as error:
        open_dataset("csv", write(tmp_path, text))
    assert (error.value.found, error.value.where) == (found, str(tmp_path / "cases.csv"))


@pytest.mark.parametrize("text", ["value;name\n1;a\n", "value,name\none,a\n", "", "name,value\na,1\n"])
def test_names_of_labels_that_cannot_be_used_are_refused(tmp_path, text):
    with pytest.raises(DataError) as error:
        open_dataset("csv", write(tmp_path, "case,t1,label\na,b,c\n", **{"labels.csv": text}))
    assert error.value.where == str(tmp_path / "labels.csv")


def test_all_faults_of_a_table_are_said_at_once(tmp_path):
    with pytest.raises(DataError) as error:
        open_dataset("csv", write(tmp_path, "case,t1,label\na,b\n,b,c\n"))
    assert len(str(error.value).splitlines()) == 2


def test_a_change_of_a_file_elsewhere_is_another_version(tmp_path):
    folder, file = tmp_path / "set", tmp_path / "elsewhere" / "1.nii.gz"
    for path in (folder, file.parent):
        path.mkdir()
    file.write_bytes(b"scan")
    (folder / "m.nii.gz").write_bytes(b"mask")
    dataset = open_dataset("csv", write(folder, f"case,t1,label\na,{file},m.nii.gz\n"))
    assert files_elsewhere(dataset) == [file]
    found = []
    for content in (b"scan", b"another", b"scan"):
        file.write_bytes(content)
        found.append(folder_digest(folder, tmp_path / "memory", files_elsewhere(dataset)))
    assert found[0] == found[2] != found[1]
