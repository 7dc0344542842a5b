"""Checkpoints and prepared arrays that were damaged on disk."""

import os
import time

import pytest

from segrepro.preprocessing.prepared_cases import LOOKED_AT
from segrepro.training.checkpoint import CURRENT, PREVIOUS, load_checkpoint, save_checkpoint
from segrepro.workflow.seals import remove_sealed
from tests.reliability import workflow

pytestmark = pytest.mark.workflow


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def logs(folder, rule):
    return "".join(path.read_text() for path in folder.glob(f"logs/{rule}/**/*.log"))


def test_a_damaged_checkpoint_is_said_and_the_previous_one_used(finished, undisturbed):
    (checkpoint,) = finished.glob(f"work/runs/xnet-*/fold0/checkpoint/{CURRENT}")
    flip_a_byte(checkpoint)
    for file in [*checkpoint.parent.parent.glob("[a-z]*.*"), *finished.glob("results/xnet/tables/[a-z]*")]:
        file.unlink()
    code, text = workflow.run(finished, "tables")
    assert code == 0, text
    said = logs(finished, "train_model")
    assert f"{CURRENT}: the checkpoint is damaged; not used" in said
    assert "going on at epoch 2" in said
    assert workflow.made(finished) == workflow.made(undisturbed)


def test_a_training_without_a_sound_checkpoint_says_that_it_begins_anew(tmp_path, capsys):
    assert load_checkpoint(tmp_path, "a") is None
    assert capsys.readouterr().out == ""
    for step in (1, 2):
        save_checkpoint(tmp_path, {"run_hash": "a", "step": step})
    for name in (CURRENT, PREVIOUS):
        flip_a_byte(tmp_path / name)
    assert load_checkpoint(tmp_path, "a") is None
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / CURRENT}: the checkpoint is damaged; not used",
        f"{tmp_path / PREVIOUS}: the checkpoint is damaged; not used",
        f"{tmp_path}: no checkpoint can be used; the training begins anew",
    ]


@pytest.mark.parametrize(
    ("damage", "found"), [(flip_a_byte, "a damaged array"), (lambda path: path.unlink(), "no whole array")]
)
def test_a_prepared_array_that_was_touched_is_made_anew_by_the_same_command(finished, undisturbed, damage, found):
    path = sorted(finished.glob("work/prepared/*/batch0/*.t1.npy"))[0]
    times = path.stat()
    damage(path)
    if path.exists():
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # whoever copies files may keep their times
    code, text = workflow.run(finished, "tables")
    assert code == 0, text
    said = f"{path.relative_to(finished)}: found {found}; expected the prepared one."
    assert f"{said} The cases of this folder are prepared anew." in workflow.one_line(text)
    assert workflow.outputs(finished) == workflow.outputs(undisturbed)
    assert "Nothing to be done" in workflow.run(finished, "tables", "-n")[1]


def test_a_prepared_array_that_a_disk_lost_in_silence_is_named_and_made_anew(finished, undisturbed):
    path = sorted(finished.glob("work/prepared/*/batch0/*.t1.npy"))[0]
    flip_a_byte(path)
    looked_at = path.with_name(LOOKED_AT)
    looked_at.touch()
    os.utime(looked_at, (time.time() + 60, time.time() + 60))  # as if the array had not been touched since
    for file in [*finished.glob("work/runs/threshold-*/fold*/model.*"), *finished.glob("results/xnet/tables/[a-z]*")]:
        remove_sealed(file)
    code, text = workflow.run(finished, "tables")
    assert code != 0
    # Folds whose cases are sound are trained; the row says why the others failed.
    (line,) = {line for line in text.splitlines() if line.startswith("segrepro: threshold-")}
    assert path.name in line
    assert "Repeat the command: the cases of this folder are prepared anew" in line
    assert "Traceback" not in text
    code, text = workflow.run(finished, "tables")
    assert code == 0, text
    assert workflow.made(finished) == workflow.made(undisturbed)
