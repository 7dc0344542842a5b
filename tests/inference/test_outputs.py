"""Where masks and what comes with them are written: names, folders, and what a killed call leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from segrepro.datasets.case import Case
from segrepro.evaluation.folders import evaluate_folders
from segrepro.images.io import read_image, write_image
from segrepro.inference.outputs import mask_files, writing_files
from segrepro.inference.scan_inputs import own_cases
from segrepro.inference.scans import segment_files
from segrepro.utils.csv_files import read_csv
from segrepro.utils.errors import DataError
from segrepro.utils.repository import REPOSITORY
from tests.models import write_model
from tests.scans import affine_of

NAMES = [
    *("1.2.840.113619.2.55.3", "patient 7", "sub-03_T1w.preproc", "001", "Müller", "case_0000", "sub(4)", "T1+C"),
    *("sub-01/anat/sub-01_T1w", "sub-02/anat/sub-02_T1w", "a$b$", "x" * 248, os.fsdecode(b"Latin-1 \xfc")),
]


def write_scan(path: Path, seed: int = 0) -> Path:
    array = np.random.default_rng(seed).normal(100, 20, (18, 21, 5)).astype(np.float32)
    if len(path.name) > 200:  # `write_image` needs room for a longer name until the file is whole
        short = write_scan(path.with_name("short.nii.gz"), seed)
        return short.rename(path)
    write_image(path, array, affine_of("LAS", (1, 1, 3)))
    return path


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_mask_has_its_scans_name_and_folders_and_evaluate_pairs_it_with_the_reference(tmp_path):
    scans, masks, model = tmp_path / "scans", tmp_path / "masks", write_model(tmp_path / "model")
    for seed, name in enumerate(NAMES):
        write_scan(scans / f"{name}.nii.gz", seed)
    given = own_cases(model, [scans], []).cases
    list(segment_files(given, [model], masks, "cpu"))
    expected = {f"{name}.nii.gz" for name in NAMES}
    expected |= {f"overlays/{name}.png" for name in NAMES} | {f"records/{name}.json" for name in NAMES}
    assert files_below(masks) == expected
    for name in NAMES:
        record = json.loads((masks / f"records/{name}.json").read_text())
        assert set(record["files"]) == {f"{name}.nii.gz", f"overlays/{name}.png"}


def test_overlays_probabilities_and_records_are_not_among_the_masks(tmp_path):
    scans, masks, model = tmp_path / "scans", tmp_path / "masks", write_model(tmp_path / "model")
    for seed, name in enumerate(("sub-01", "sub.02")):
        write_scan(scans / f"{name}.nii.gz", seed)
    segmented = list(segment_files(own_cases(model, [scans], []).cases, [model], masks, "cpu", probabilities=True))
    truth = tmp_path / "truth"
    for mask, _ in segmented:
        image = read_image(mask)
        write_image(truth / mask.name, image.array, image.affine)
    table = read_csv(evaluate_folders(masks, truth, tmp_path / "scores.csv"))
    assert dict(zip(table["case"], table["dice"])) == {"sub-01": 1.0, "sub.02": 1.0}


def test_a_single_masks_companions_stand_beside_it(tmp_path):
    case = Case("a.b", "", "", {"t1": Path("a.b.nii")})
    files = mask_files(case, tmp_path / "out/my mask.nii.gz", True, ["left kidney"])
    names = [path.relative_to(tmp_path / "out").as_posix() for path in files.paths]
    assert names[:2] == ["my mask.json", "my mask-overlay.png"]
    assert names[2].startswith("my mask-left-kidney")
    assert names[3] == "my mask.nii.gz"


@pytest.mark.parametrize("folder", ["overlays", "probabilities", "records"])
def test_a_scan_in_a_folder_of_a_companions_name_is_refused(tmp_path, folder):
    case = Case(f"{folder}/a", "", "", {"t1": Path(f"scans/{folder}/a.nii.gz")})
    with pytest.raises(DataError) as caught:
        mask_files(case, tmp_path, False)
    assert caught.value.where == f"scans/{folder}/a.nii.gz"
    assert mask_files(Case(folder, "", "", case.images), tmp_path, False).mask == tmp_path / f"{folder}.nii.gz"


def test_a_repeated_call_removes_what_it_wrote_before_and_nothing_that_a_record_names_elsewhere(tmp_path):
    scan, model, out = write_scan(tmp_path / "a.nii.gz"), write_model(tmp_path / "model"), tmp_path / "out"
    cases = own_cases(model, [scan], []).cases
    list(segment_files(cases, [model], out, "cpu", probabilities=True))
    assert "probabilities/a-lesion.nii.gz" in files_below(out)
    record = out / "records/a.json"
    content = json.loads(record.read_text())
    (tmp_path / "other.txt").write_bytes((out / "overlays/a.png").read_bytes())
    digest = content["files"]["overlays/a.png"]
    content["files"] |= {
        "../other.txt": digest,
        str(tmp_path / "other.txt"): digest,
        "overlays/../../other.txt": digest,
    }
    record.write_text(json.dumps(content))
    list(segment_files(cases, [model], out, "cpu"))
    assert files_below(out) == {"a.nii.gz", "overlays/a.png", "records/a.json"}
    assert (tmp_path / "other.txt").exists()


def test_what_a_killed_call_had_half_written_goes_with_the_next(tmp_path):
    script = """if True:
        import os, sys
        from pathlib import Path
        from segrepro.datasets.case import Case
        from segrepro.inference.outputs import mask_files, writing_files

        files = mask_files(Case("a", "", "", {"t1": Path("a.nii.gz")}), Path(sys.argv[1]), True)
        with writing_files(files, {}) as place:
            place(files.mask).write_text("half")
            os._exit(1)
    """
    subprocess.run([sys.executable, "-c", script, tmp_path], env=os.environ | {"PYTHONPATH": str(REPOSITORY)})
    (partial,) = tmp_path.iterdir()
    assert [path.read_text() for path in partial.iterdir()] == ["half"]
    machine = partial.name.split("-")[1]
    other = tmp_path / f".partial-{machine}-{os.getppid()}-masks"  # of a process that is still at work
    other.mkdir()
    files = mask_files(Case("a", "", "", {"t1": Path("a.nii.gz")}), tmp_path, True)
    with writing_files(files, {}) as place:
        for path in (files.mask, files.overlay):
            place(path).write_text("whole")
    assert {path for path in tmp_path.rglob("*") if not path.is_dir()} == set(files.paths)
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == [other]
