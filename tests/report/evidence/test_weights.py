"""Level 3: the stored models make the stored masks; other weights do not."""

import json

import pytest
from safetensors.torch import load_file, save_file

from segrepro.report.evidence.levels import Asked
from segrepro.report.evidence.study_results import StudyResults
from segrepro.report.evidence.weights import CASES, check_weights
from segrepro.utils.errors import DataError
from segrepro.utils.files import file_sha256


def test_stored_models_make_the_stored_masks(opened):
    faults, notes = check_weights(opened, Asked({}))
    assert faults == []
    assert len(notes) == CASES
    assert all(": 0 of 14080 voxels differ" in note for note in notes)
    assert check_weights(opened, Asked({}, seed=1))[1] != notes


def test_other_weights_whose_card_was_changed_too_are_found(copied, tmp_path):
    for fold in range(2):
        file = copied / f"threshold/fold{fold}/model.safetensors"
        state = load_file(file)
        save_file({name: tensor * 0 - 9 for name, tensor in state.items()}, file)
        card = json.loads(file.with_name("model.json").read_text())
        card["sha256"]["best"] = file_sha256(file)
        file.with_name("model.json").write_text(json.dumps(card))
    faults, _ = check_weights(StudyResults(copied, tmp_path / "again"), Asked({}))
    assert faults
    assert all("threshold/fold" in fault.where for fault in faults)


def test_a_prediction_of_a_case_that_was_learned_from_is_refused(opened, monkeypatch):
    folds = opened.predictions.folds("unet")
    learned = folds.assign(part="train")
    monkeypatch.setattr(type(opened.predictions), "folds", lambda self, run: learned)
    with pytest.raises(DataError) as caught:
        check_weights(opened, Asked({}))
    assert "threshold/fold0/predictions.csv" in caught.value.where
