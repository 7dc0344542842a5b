"""Which scans a command line names, how they are called, and what is said of everything else."""

import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.images.io import read_image
from segrepro.inference.scan_inputs import find_scans, own_cases
from segrepro.utils.errors import DataError
from tests.inference.test_outputs import write_scan
from tests.models import write_model
from tests.scans import write_in_every_kind


def fill(folder: Path, *names: str, content: bytes = b"some text") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_scans_are_found_in_files_folders_patterns_and_series(tmp_path):
    fill(tmp_path, "a/x.nii.gz", "a/deep/y.nii", "b/z.png", "b/notes.txt")
    fill(tmp_path, "a/series/IM0", "a/series/IM1", content=bytes(128) + b"DICM")
    found = find_scans([tmp_path / "a", tmp_path / "b/*.png"]).scans
    assert found == {
        "deep/y": tmp_path / "a/deep/y.nii",
        "series": tmp_path / "a/series",
        "x": tmp_path / "a/x.nii.gz",
        "z": tmp_path / "b/z.png",
    }
    assert find_scans([tmp_path / "a/series"]).scans == {"series": tmp_path / "a/series"}
    with pytest.raises(DataError) as caught:
        find_scans([tmp_path / "b/*.nii"])
    assert caught.value.found == "no scan"
    fill(tmp_path, "b/x.nii.gz")
    with pytest.raises(DataError) as caught:
        find_scans([tmp_path / "a", tmp_path / "b/x.nii.gz"])
    assert caught.value.found == "a second scan called x"


def test_a_series_keeps_the_dots_of_its_folders_name(tmp_path, monkeypatch):
    fill(tmp_path, "1.2.840/IM0", content=bytes(128) + b"DICM")
    assert list(find_scans([tmp_path / "1.2.840"]).scans) == ["1.2.840"]
    monkeypatch.chdir(tmp_path / "1.2.840")
    assert list(find_scans(["."]).scans) == ["1.2.840"]
    model = write_model(tmp_path / "model", channel=("flair", "t1"))
    (case,) = own_cases(model, [], [f"flair={tmp_path / '1.2.840'}", f"t1={tmp_path / 'a.b.nii'}"]).cases
    assert case.id == "1.2.840"


def test_files_that_may_be_scans_and_are_not_read_are_faults_and_others_are_passed_over(tmp_path):
    fill(tmp_path, "p1.nii.gz", "p2.mnc", "p3.img.gz", "p3.hdr", "p4.tif", "p1.json", "README", "deep/Thumbs.db")
    fill(tmp_path, "p5/IM1.dcm", "p5/IM2.dcm", "p5/IM3.dcm")
    fill(tmp_path, "DICOMDIR", "p6/DICOMDIR", "p6/IM1", content=bytes(128) + b"DICM")
    fill(tmp_path, "p6/AAA", "p6/ZZZ")  # for the reader of the series to judge
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    found = find_scans([tmp_path])
    assert sorted(found.scans) == ["p1", "p3", "p6"]
    where = {Path(fault.where).relative_to(tmp_path).as_posix() for fault in found.unread}
    assert where == {"p2.mnc", "p3.img.gz", "p4.tif", "p5", "pipe", "gone"}
    (series,) = [fault for fault in found.unread if fault.where.endswith("p5")]
    assert series.found.startswith("3 files")
    passed_over = {path.relative_to(tmp_path).as_posix() for path in found.passed_over}
    assert passed_over == {"p1.json", "README", "deep/Thumbs.db", "DICOMDIR"}


def test_a_folder_without_any_scan_says_what_lies_there(tmp_path):
    fill(tmp_path, "p2.mnc", "p4.tif")
    with pytest.raises(DataError) as caught:
        find_scans([tmp_path])
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        str(tmp_path / name) for name in ("p2.mnc", "p4.tif")
    ]


def test_predict_segments_what_it_reads_and_ends_with_a_line_for_all_else(tmp_path):
    model, scans = write_model(tmp_path / "model"), tmp_path / "scans"
    write_scan(scans / "p1.nii.gz")
    fill(scans, "p2.mnc", "p1.json")
    command = ["predict", "--model", model, scans, "-o", tmp_path / "masks", "--device", "cpu"]
    done = CliRunner().invoke(app, [str(word) for word in command])
    assert (tmp_path / "masks/p1.nii.gz").exists()
    assert isinstance(done.exception, DataError)
    assert done.exception.where == str(scans / "p2.mnc")
    assert "p1.json" in done.output


def test_a_name_of_any_bytes_is_kept_and_printed_in_one_line(tmp_path):
    model, name = write_model(tmp_path / "model"), os.fsdecode(b"a\nb\xfc\xc3\xbc")
    write_scan(tmp_path / "scans" / f"{name}.nii.gz")
    command = ["predict", "--model", model, tmp_path / "scans", "-o", tmp_path / "masks", "--device", "cpu"]
    done = CliRunner().invoke(app, [str(word) for word in command])
    assert done.exception is None
    assert (tmp_path / "masks" / f"{name}.nii.gz").exists()
    assert "a\\nb\\udcfcü.nii.gz: lesion" in done.output


def test_a_scan_has_the_same_mask_in_every_kind_of_file(tmp_path):
    import nibabel as nib

    scan = read_image(write_scan(tmp_path / "scan.nii.gz"))
    names = write_in_every_kind(tmp_path / "scans", scan.array, scan.affine)
    command = ["predict", "--model", write_model(tmp_path / "model"), tmp_path / "scans", "-o", tmp_path / "masks"]
    done = CliRunner().invoke(app, [str(word) for word in (*command, "--device", "cpu")])
    assert done.exception is None, done.output
    masks = {name: nib.load(tmp_path / f"masks/{name}.nii.gz") for name in names}
    assert np.count_nonzero(masks["nifti"].dataobj)
    for mask in masks.values():
        np.testing.assert_array_equal(mask.dataobj, masks["nifti"].dataobj)
        np.testing.assert_allclose(mask.affine, masks["nifti"].affine, atol=1e-5)


def test_two_scans_of_one_name_in_a_folder_are_named(tmp_path):
    fill(tmp_path, "p1.nii.gz", "p1.nrrd")
    with pytest.raises(DataError) as caught:
        find_scans([tmp_path])
    assert caught.value.found == "a second scan called p1"
