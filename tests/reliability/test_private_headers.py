"""Names, dates and numbers of patients in headers reach no log, table or exported file."""

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from segrepro.datasets.phantoms import write_phantom
from segrepro.utils.errors import SegreproError
from tests.reliability import workflow
from tests.scans import affine_of

# Names and dates that were planted in headers; none may come out anywhere. The last are those of phantoms.
NAME, BIRTH, NUMBER = "Mustermann^Erika", "19640812", "MRN-4711-X"
PLANTED = [NAME, "Mustermann", BIRTH, "1964-08-12", NUMBER, "Invented^", "INVENTED-ID", "19630229", "1963-02-29"]
DICOM_STUDY = ["studies=scse", 'experiments=["unet_mr"]', "protocols=clean"]
DICOM_STUDY += ['overrides={"scse": {"recipe": {"epochs": 1}}}']


def plant_nifti(path, array):
    image = nib.Nifti1Image(array, affine_of())
    image.header["descrip"] = f"{NAME} {BIRTH}".encode()
    image.header["db_name"] = NUMBER.encode()
    image.header["aux_file"] = b"Mustermann.nii"
    image.header["intent_name"] = b"Mustermann"
    comment = nib.nifti1.Nifti1Extension("comment", f"{NAME} {BIRTH} {NUMBER}".encode())
    image.header.extensions.append(comment)
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, path)


def planted_set(folder):
    for seed, name in enumerate("abc"):
        rng = np.random.default_rng(seed)
        plant_nifti(folder / f"images/{name}.nii.gz", rng.normal(0, 9, (9, 8, 7)).astype(np.float32))
        plant_nifti(folder / f"masks/{name}.nii.gz", rng.integers(0, 2, (9, 8, 7), np.uint8))
        header = {"PatientName": NAME, "PatientBirthDate": BIRTH, "PatientID": NUMBER}
        (folder / f"images/{name}.json").write_text(json.dumps(header))


def leaks(*things):
    """Which planted words stand in texts or anywhere below folders, packed files unpacked."""
    import gzip

    found = []
    for thing in things:
        files = [path for path in thing.rglob("*") if path.is_file()] if isinstance(thing, Path) else []
        contents = {str(path): path.read_bytes() for path in files} or {"text": str(thing).encode()}
        for where, content in contents.items():
            content = gzip.decompress(content) if where.endswith(".gz") else content
            found += [(where, word) for word in PLANTED if word.encode() in content]
    return found


def test_the_search_for_leaks_finds_what_was_planted(tmp_path):
    planted_set(tmp_path)
    assert {Path(where).name for where, _ in leaks(tmp_path)} == {
        f"{n}{e}" for n in "abc" for e in (".nii.gz", ".json")
    }
    assert leaks(f"case of {NAME}")


def test_names_and_dates_in_headers_reach_no_output(tmp_path, capfd):
    from segrepro.datasets import open_dataset
    from segrepro.datasets.download import fetch
    from segrepro.datasets.integrity import check
    from segrepro.images.io import read_image, write_image
    from segrepro.preprocessing.preparation import Preparation
    from segrepro.preprocessing.write_cases import write_batch
    from workflow_scripts import check_dataset as checking
    from workflow_scripts import fetch_dataset

    raw, out = tmp_path / "raw", tmp_path / "out"
    planted_set(raw)
    where = {"name": "set", "layout": "slices", "folder": raw}
    found_there = fetch.Settings(source="folder", title="", access="", **where)
    fetch_dataset.main(found_there, 1, out / "source.json")
    settings = check.Settings(phantom=False, labels=[1], folds=3, count_slices=True, **where | {"folder": str(raw)})
    checking.main(settings, out / "source.json", out / "faults.csv", 1, out / "cases.csv")
    cases = open_dataset("slices", raw).cases
    write_batch(cases, Preparation(size=(8, 9)), out / "prepared")
    scan = read_image(raw / "images/a.nii.gz")
    write_image(out / "exported.nii.gz", scan.array, scan.affine)
    (raw / "masks/b.nii.gz").unlink()
    fetch_dataset.main(found_there, 1, out / "source.json")
    with pytest.raises(SegreproError) as caught:
        checking.main(settings, out / "source.json", out / "faults.csv", 1, out / "again.csv")
    assert (out / "faults.csv").exists()
    assert leaks(out, *capfd.readouterr(), caught.value) == []


def dicom_series(folder, count=6):
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    folder.mkdir(parents=True)
    series, study = generate_uid(), generate_uid()
    for number in range(count):
        slice_ = Dataset()
        slice_.file_meta = FileMetaDataset()
        slice_.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        slice_.file_meta.MediaStorageSOPClassUID = slice_.SOPClassUID = CTImageStorage
        slice_.file_meta.MediaStorageSOPInstanceUID = slice_.SOPInstanceUID = generate_uid()
        slice_.PatientName, slice_.PatientBirthDate, slice_.PatientID = NAME, BIRTH, NUMBER
        slice_.PatientComments, slice_.Modality = NAME, "CT"
        slice_.SeriesInstanceUID, slice_.StudyInstanceUID = series, study
        slice_.ImagePositionPatient, slice_.InstanceNumber = [0, 0, 3 * number], number + 1
        slice_.ImageOrientationPatient, slice_.PixelSpacing = [1, 0, 0, 0, 1, 0], [1, 1]
        slice_.SliceThickness, slice_.RescaleSlope, slice_.RescaleIntercept = 3, 1, -1024
        slice_.Rows, slice_.Columns, slice_.SamplesPerPixel = 8, 9, 1
        slice_.PhotometricInterpretation, slice_.PixelRepresentation = "MONOCHROME2", 0
        slice_.BitsAllocated, slice_.BitsStored, slice_.HighBit = 16, 16, 15
        slice_.PixelData = np.random.default_rng(number).integers(0, 2000, (8, 9), np.uint16).tobytes()
        slice_.save_as(folder / f"i{number:04d}.dcm", enforce_file_format=True)


@pytest.mark.parametrize("fault", [None, "missing", "doubled", "truncated", "no dicom"])
def test_dicom_series_are_checked_and_keep_their_names(tmp_path, fault, capfd):
    from segrepro.datasets.case import Case, Dataset
    from segrepro.datasets.integrity.check import check_dataset, require_sound

    folder = tmp_path / "series; $x ü"
    dicom_series(folder)
    if fault == "missing":
        (folder / "i0003.dcm").unlink()
    elif fault == "doubled":
        shutil.copy(folder / "i0003.dcm", folder / "copy.dcm")
    elif fault:
        path = folder / "i0003.dcm"
        path.write_bytes(path.read_bytes()[:-40] if fault == "truncated" else b"no dicom" * 40)
    case = Case("a", "a", "", {"ct": folder}, (), part="test")
    faults = check_dataset(Dataset("set", "slices", tmp_path, [case, case_of_training(tmp_path)], ("a", "b")))
    assert len(faults) == (1 if fault else 0), faults
    if fault:
        assert str(folder) in faults[0].file
        with pytest.raises(SegreproError):
            require_sound(faults, tmp_path / "out" / "faults.csv")
        assert leaks(tmp_path / "out") == []
    assert leaks(*map(str, faults), *capfd.readouterr()) == []


def case_of_training(folder):
    from segrepro.datasets.case import Case
    from segrepro.images.io import write_image

    rng = np.random.default_rng(9)
    write_image(folder / "ct.nii.gz", rng.normal(0, 500, (9, 8, 7)).astype(np.float32), affine_of())
    write_image(folder / "label.nii.gz", rng.integers(0, 2, (9, 8, 7), np.uint8), affine_of())
    return Case("b", "b", "", {"ct": folder / "ct.nii.gz"}, (folder / "label.nii.gz",), part="train")


@pytest.mark.parametrize("fault", [None, "truncated"])
def test_predict_on_a_dicom_series_brings_no_name_or_date_to_light(tmp_path, fault, capfd):
    from typer.testing import CliRunner

    from segrepro.cli.main import app
    from tests.models import write_model

    model, series, out = write_model(tmp_path / "model", channel="ct"), tmp_path / "series", tmp_path / "out"
    dicom_series(series)
    header = {"PatientName": NAME, "PatientBirthDate": BIRTH, "PatientID": NUMBER}
    (tmp_path / "series.json").write_text(json.dumps(header))
    if fault:
        path = series / "i0003.dcm"
        path.write_bytes(path.read_bytes()[:-40])
    command = ["predict", "--model", model, series, "-o", out, "--probabilities", "--device", "cpu"]
    done = CliRunner().invoke(app, [str(argument) for argument in command])
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    made = ["overlays/series.png", "probabilities/series-lesion.nii.gz", "records/series.json", "series.nii.gz"]
    assert written == ([] if fault else made)
    assert bool(done.exception) == bool(fault)
    assert leaks(series) != []
    assert leaks(out, *written, done.output, done.exception, *capfd.readouterr()) == []


@pytest.mark.workflow
def test_a_study_from_dicom_series_to_report_brings_no_name_or_date_to_light(tmp_path):
    series, folder = tmp_path / "series", workflow.new_folder(tmp_path / "run")
    write_phantom("chaos_mr", series, patients=6, shape=(64, 64, 10), spacing_mm=(5.8, 5.8, 16.0))
    assert {word for _, word in leaks(series)} == {"Invented^", "INVENTED-ID", "19630229"}
    code, text = workflow.run(folder, words=(f"data={series}",), study=DICOM_STUDY)
    assert code == 0, text
    for made in ("results/report/scse.html", "results/scse/tables/scores.csv", "logs/records.jsonl", ".snakemake/log"):
        assert (folder / made).exists()
    assert list(folder.glob("results/report/cases/scse/*.js"))
    assert leaks(folder, *(path.name for path in folder.rglob("*"))) == []
