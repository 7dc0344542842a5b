"""What jobs wrote is changed or removed behind their backs: the same command notices and makes it anew, the same."""

import os
import time

import pytest

from segrepro.workflow import seals
from tests.reliability import workflow

pytestmark = pytest.mark.workflow


def change_a_digit(path):
    text = path.read_text()
    place = text.rindex("0.")
    digit = text[place + 2]
    path.write_text(text[: place + 2] + str((int(digit) + 1) % 10) + text[place + 3 :])


def lose_the_last_row(path):
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def move_a_case(path):
    text = path.read_text()
    assert ",train" in text
    assert ",test" in text
    path.write_text(text.replace(",train", ",moved", 1).replace(",test", ",train", 1).replace(",moved", ",test", 1))


def empty_a_mask(path):
    import nibabel as nib
    import numpy as np

    mask = nib.load(path)
    nib.save(nib.Nifti1Image(np.zeros(mask.shape, np.uint8), mask.affine, mask.header), path)


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[-len(content) // 3] ^= 4
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove(path):
    path.unlink()


RUN = "work/runs/threshold-*"
# What is done to which file, and the output that the next run must say it makes anew.
DAMAGES = {
    "a digit of a score": (f"{RUN}/scores.csv", change_a_digit, "scores.csv"),
    "the last score": (f"{RUN}/scores.csv", lose_the_last_row, "scores.csv"),
    "the last prediction": (f"{RUN}/fold0/predictions.csv", lose_the_last_row, "predictions.csv"),
    "a case in another part": ("work/folds/*.csv", move_a_case, None),
    "an empty mask": (f"{RUN}/fold1/predictions/*.nii.gz", empty_a_mask, "predictions.csv"),
    "no mask": (f"{RUN}/fold1/predictions/*.nii.gz", remove, "predictions.csv"),
    "other weights": ("work/runs/xnet-*/fold0/model.safetensors", flip_a_bit, "model.safetensors"),
    "half a card": ("work/runs/xnet-*/fold0/model.json", cut, "model.safetensors"),
    "a number in a table": ("results/xnet/tables/table2.csv", change_a_digit, "tables.json"),
    "no table": ("results/xnet/tables/table2.md", remove, "tables.json"),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_what_was_changed_is_named_and_made_anew_by_the_same_command(finished, undisturbed, what):
    files, damage, output = DAMAGES[what]
    path = sorted(finished.glob(files))[0]
    damage(path)
    code, text = workflow.run(finished, "tables")
    assert code == 0, text
    line = f"{path.relative_to(finished)}: found {'no such file' if damage is remove else 'other content'}"
    assert line in workflow.one_line(text)
    assert f"{output or path.name} is made anew" in workflow.one_line(text)
    assert workflow.outputs(finished) == workflow.outputs(undisturbed)
    assert "Nothing to be done" in workflow.run(finished, "tables", "-n")[1]


@pytest.mark.parametrize(
    ("files", "damage", "removed"),
    [
        (f"{RUN}/scores.csv", change_a_digit, "results/xnet/tables/[a-z]*"),
        (f"{RUN}/fold1/predictions/*.nii.gz", empty_a_mask, f"{RUN}/scores.csv"),
    ],
)
def test_what_a_disk_lost_in_silence_is_named_by_the_job_that_reads_it(finished, undisturbed, files, damage, removed):
    path = sorted(finished.glob(files))[0]
    damage(path)
    for seal in [*path.parent.glob(".seals/*"), *path.parent.parent.glob(".seals/*")]:
        os.utime(seal, (time.time() + 60, time.time() + 60))  # as if the file had not been touched since
    for other in finished.glob(removed):
        seals.remove_sealed(other)
    code, text = workflow.run(finished, "tables")
    assert code != 0
    assert f"{path.relative_to(finished)}: found other content" in workflow.one_line(text)
    assert "Repeat the command" in workflow.one_line(text)
    code, text = workflow.run(finished, "tables")
    assert code == 0, text
    assert workflow.outputs(finished) == workflow.outputs(undisturbed)


def test_a_label_that_was_edited_scores_nothing_until_it_is_put_back(finished, undisturbed):
    label = sorted(finished.glob("work/phantoms/**/*LesionSmooth*.nii.gz"))[0]
    content = label.read_bytes()
    for scores in finished.glob(f"{RUN}/scores.csv"):
        seals.remove_sealed(scores)
    empty_a_mask(label)
    code, text = workflow.run(finished, "tables")
    assert code != 0
    assert label.name in workflow.one_line(text)
    assert not list(finished.glob(f"{RUN}/scores.csv"))
    label.write_bytes(content)
    code, text = workflow.run(finished, "tables")
    assert code == 0, text
    assert workflow.outputs(finished) == workflow.outputs(undisturbed)


def test_folders_that_were_cleared_are_not_missed(finished, undisturbed):
    import shutil

    shutil.rmtree(finished / "work/prepared")
    assert "Nothing to be done" in workflow.run(finished, "tables", "-n")[1]
