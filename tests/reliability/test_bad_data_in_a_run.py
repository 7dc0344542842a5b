"""Scans that cannot be used, through the workflow: one line, a list of faults, nothing half made."""

import shutil

import nibabel as nib
import numpy as np
import pytest

from tests.reliability import workflow

pytestmark = pytest.mark.workflow


def move_label(data):
    path = sorted(data.rglob("*LesionSmooth*"))[0]
    image = nib.load(path)
    moved = image.affine + np.array([[0, 0, 0, 9], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), moved), path)
    return path


def truncate(data):
    path = sorted(data.rglob("*t1w_deface_stx.nii.gz"))[0]
    path.write_bytes(path.read_bytes()[:-2000])
    return path


def too_few(data):
    for patient in sorted(data.glob("Site*/*"))[1:]:
        shutil.rmtree(patient)
    return "1 patient"


@pytest.mark.parametrize("fault", [move_label, truncate, too_few])
def test_a_faulty_data_set_stops_before_anything_is_made(undisturbed, tmp_path, fault):
    folder, data = workflow.new_folder(tmp_path / "run"), tmp_path / "scans"
    shutil.copytree(next(undisturbed.glob("work/phantoms/atlas-*")), data)
    found = fault(data)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    code, text = workflow.run(folder, "tables", words=(f"data={data}",))
    assert code != 0
    assert str(found) in workflow.one_line(text)
    assert len(list(folder.glob("work/datasets/*/faults.csv"))) == 1
    made = {path.name for path in folder.glob("work/*/*/*")} | {path.name for path in folder.glob("results/*")}
    assert made == {"source.json", ".seals", "faults.csv", "run.lock"}
    assert not workflow.remnants(folder)
    assert before == {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}


def test_a_missing_data_folder_is_one_line(tmp_path):
    folder = workflow.new_folder(tmp_path)
    code, text = workflow.run(folder, "tables", words=("data=/no/such folder",))
    assert code == 2
    assert "/no/such folder" in workflow.one_line(text)
    assert not (folder / "work").exists()
