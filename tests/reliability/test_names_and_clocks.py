"""Names that a shell or Snakemake could misread, and clocks that were set back."""

import os
import random
import time

import pytest

from segrepro.utils import gpus
from tests.reliability import workflow

pytestmark = pytest.mark.workflow
HOSTILE = 'a b; ü\' "x" $ HOME $(touch sprung) `touch sprung` &*#'


def scans(folder):
    """The folder of the phantom scans."""
    return next(folder.glob("work/phantoms/atlas-*"))


def test_folders_of_any_name_serve_from_scans_to_report(undisturbed, tmp_path):
    folder = workflow.new_folder(tmp_path / f"cwd {HOSTILE}")
    data = tmp_path / f"scans {HOSTILE}"
    data.symlink_to(scans(undisturbed))
    named = (f"data={data}", f"work=work {HOSTILE}", f"results=results {HOSTILE}", 'experiments=["threshold"]')
    code, text = workflow.run(folder, words=named)
    assert code == 0, text
    assert (folder / f"results {HOSTILE}/report/index.html").exists()
    assert not list(tmp_path.rglob("sprung"))
    code, text = workflow.run(folder, words=named)
    assert "Nothing to be done" in text


@pytest.mark.parametrize("name", ["{x}", "tab\there", "-x"])
def test_a_name_that_cannot_serve_is_one_line(tmp_path, name):
    code, text = workflow.run(workflow.new_folder(tmp_path), "-n", words=(f'work="{name}"',))
    assert code == 2
    assert "--config: work" in workflow.one_line(text)


def set_clocks(folder, of):
    """Give every file below `folder` a time of its own."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".snakemake" not in path.parts:
            os.utime(path, (of(path),) * 2)


@pytest.mark.parametrize("days", [-20000, -1, 1, 400])
def test_files_of_another_time_are_not_made_again(finished, days):
    moments = random.Random(days)
    set_clocks(finished, lambda _: time.time() + 86400 * days * moments.random())
    code, text = workflow.run(finished, "tables", "-n")
    assert code == 0
    assert "Nothing to be done" in text, text


@pytest.mark.parametrize(("change", "trains"), [(("train", "validation"), True), (("train", "train"), False)])
def test_a_file_in_work_that_is_newer_than_what_was_made_of_it_counts_if_it_was_changed(finished, change, trains):
    """A change by hand in a file of an older time is not seen: Snakemake goes by times first, then by contents."""
    (folds,) = finished.glob("work/folds/*.csv")
    folds.write_text(folds.read_text().replace(*change, 1))
    set_clocks(finished, lambda path: time.time() - (0 if path == folds else 86400))
    assert ("train_model" in workflow.run(finished, "tables", "-n")[1]) == trains


def test_a_changed_scan_with_an_old_time_makes_all_anew(undisturbed, finished):
    named = (f"data={scans(finished)}",)
    image = sorted(scans(finished).rglob("*_t1w_deface_stx.nii.gz"))[0]
    before = workflow.run(finished, "tables", "-n", "--quiet", "rules", words=named)[1]
    image.write_bytes(image.read_bytes() + b"\0")
    os.utime(image, (0, 0))
    after = workflow.run(finished, "tables", "-n", words=named)[1]
    assert "check_dataset" in after
    assert before != after


@pytest.mark.parametrize(
    "visible",
    [
        "0",
        "1, 0",
        "GPU-5e1f",
        "MIG-GPU-5e1f2c/7/0,MIG-GPU-5e1f2c/8/0",
        "MIG-5e1f",
        "-1",
        "",
        ",,",
        "../../etc",
        "x" * 999,
    ],
)
def test_every_form_of_visible_devices_gives_each_run_a_gpu_of_its_own(visible, monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(gpus, "_held", [])
    names = gpus.gpu_names(2, lambda index: f"GPU-{index}")
    assert [gpus.claim_gpus(names)[0] for _ in range(4)] == [0, 1, 0, 1]
    for lock in gpus._held:
        lock.close()
