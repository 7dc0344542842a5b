"""Rows without a network of their own, from scans to the table: finished masks, trained ones together, nnU-Net."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from segrepro.utils.csv_files import read_csv
from segrepro.utils.repository import REPOSITORY
from tests.workflow.test_snakemake import TINY, snakemake

pytestmark = pytest.mark.workflow
MEASURES = ["case", "label", "dice", "iou", "precision", "recall"]


def configured(folder: Path, **rows) -> Path:
    """A folder with a config of the tiny study, with these rows beside a threshold."""
    tiny = yaml.safe_load(TINY.removeprefix("overrides="))["xnet"]
    names = ["threshold", *rows]
    table = {"title": "Rows", "metrics": {"dice": "Dice"}, "proposed": "threshold", "rows": names}
    overrides = {"xnet": tiny | {"experiments": rows, "tables": {"rows": table}}}
    base = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    content = base | {"studies": "xnet", "experiments": names, "overrides": overrides}
    (folder / "config.yaml").write_text(yaml.safe_dump(content))
    return folder


def made(folder: Path, *targets: str) -> None:
    done = snakemake(folder, *targets)
    assert done.returncode == 0, done.stdout + done.stderr


def scores(folder: Path, row: str):
    (path,) = (folder / "work/runs").glob(f"{row}-*/scores.csv")
    return read_csv(path)


def test_finished_masks_and_trained_ones_together_stand_in_the_table_and_train_nothing(tmp_path):
    made(configured(tmp_path), "tables")
    (masks,) = (tmp_path / "work/runs").glob("threshold-*")
    configured(
        tmp_path,
        theirs={"predictions": str(masks), "label": "Their tool"},
        mirrored={"from": "threshold", "tta": True},
        cleaned={"from": ["threshold"], "postprocess": {"largest_component": True, "remove_below_ml": [1, 1e6]}},
        late={"like": "threshold", "checkpoint": "last"},
    )
    planned = snakemake(tmp_path, "-n", "tables").stdout
    assert re.search(r"^combine_models +4$", planned, re.MULTILINE)
    assert re.search(r"^share_training +2$", planned, re.MULTILINE)
    assert re.search(r"^train_model +2$", planned, re.MULTILINE)  # which looks at finished masks, and takes no step
    made(tmp_path)
    own = scores(tmp_path, "threshold")
    for row in ("theirs", "mirrored", "late"):  # a threshold is the same in a mirror, and has one set of weights
        assert scores(tmp_path, row)[MEASURES].equals(own[MEASURES])
    late = json.loads((tmp_path / "results/xnet/late/fold0/model.json").read_text())
    assert (late["name"], late["checkpoint"]) == ("late", "last")
    notes = set(scores(tmp_path, "cleaned")["note"])
    assert len(notes) == 2
    assert all("post-processing chosen on the validation part of fold" in note for note in notes)
    table = (tmp_path / "results/xnet/tables/rows.md").read_text()
    for label in ("Their tool", "mirrored", "cleaned"):
        assert "not run" not in next(line for line in table.splitlines() if line.startswith(f"| {label} "))
    page = (tmp_path / "results/report/xnet.html").read_text()
    assert "Made of threshold, mirrored; nothing is trained for it." in page
    assert "post-processing chosen on the validation part of fold 0" in page


@pytest.mark.skipif(find_spec("nnunetv2") is None, reason="nnU-Net is not installed: pip install segrepro[nnunet]")
def test_nnunet_itself_is_a_row(tmp_path):
    budget = {"epochs": 1, "steps_per_epoch": 2, "batch_size": 2}
    made(configured(tmp_path, nnunet={"trainer": "nnunet", "configuration": "2d"} | budget))
    own, theirs = scores(tmp_path, "threshold"), scores(tmp_path, "nnunet")
    assert theirs["case"].tolist() == own["case"].tolist()
    folds = {row.case: row.fold for row in own.itertuples()}
    assert {row.case: row.fold for row in theirs.itertuples()} == folds
    card = json.loads((tmp_path / "results/xnet/nnunet/fold0/model.json").read_text())
    assert card["nnunet"]["budget"] == "1 epochs"
    assert card["nnunet"]["batch_size"] == 2
    assert card["parameters"]["trainable"] > 1e6
    (splits,) = (tmp_path / "work/nnunet").rglob("preprocessed/*/splits_final.json")
    for fold, split in enumerate(json.loads(splits.read_text())):
        scored = {case for case, number in folds.items() if number == fold}
        assert not scored & {*split["train"], *split["val"]}
    assert "trained for 1 epochs" in (tmp_path / "results/report/xnet.html").read_text()
    assert "Nothing to be done" in str(snakemake(tmp_path))
