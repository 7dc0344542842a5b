"""Rows of nnU-Net, and rows that are made of trained ones: what is wrong with them is said before the first job."""

import pytest

from tests.workflow.config.plans import unsound


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"trainer": "nnunet"}, "found neither epochs nor minutes; expected one of them, the budget of a fold"),
        ({"trainer": "nnunet", "epochs": 1, "minutes": 2}, "found epochs and minutes; expected one of them"),
        ({"trainer": "nnunett", "epochs": 1}, "experiments.mine.trainer 'nnunett'; expected nnunet"),
        ({"trainer": "nnunet", "epochs": 1, "configuration": "4d"}, "experiments.mine.configuration: found '4d'"),
        (
            {"trainer": "nnunet", "epoch": 1},
            "the unknown key 'epoch'; expected a known key. Did you mean epochs?",
        ),
        ({"trainer": "nnunet", "epochs": 1, "network": "unet"}, "found experiments.mine with trainer and network"),
        ({"trainer": "nnunet", "epochs": 1, "inputs": ["flair"]}, "found 'flair'; expected a modality (t1)"),
        (
            {"trainer": "nnunet", "epochs": 1, "folds": {"keep_slices": 9}},
            "found folds of single slices; expected",
        ),
        ({"from": ["unett"]}, "found 'unett'; expected an experiment of this study. Did you mean unet?"),
        ({"from": []}, "experiments.mine.from: found []; expected"),
        ({"from": 3}, "experiments.mine.from: found 3; expected a valid list."),
        ({"from": ["unet", "unet"]}, "found unet, unet; expected each experiment once"),
        (
            {"from": "theirs"},
            "found theirs, which has no network that segments; expected an",
        ),
        ({"from": "unet", "folds": {"seed": 3}}, "found unet, with other folds; expected the folds of mine"),
        ({"from": "unet", "predictions": "masks"}, "found experiments.mine with predictions and from"),
        (
            {"tta": True, "network": "unet"},
            "found experiments.mine with tta and no from; expected {from: [",
        ),
        (
            {"from": "unet", "postprocess": "largest"},
            "the unknown key 'largest'; expected a known key. Valid names",
        ),
        ({"from": "unet", "postprocess": {"remove_below_ml": "x"}}, "found 'x'; expected a valid list."),
        ({"from": "unet", "postprocess": {"remove_below_ml": -1}}, "found -1; expected greater than 0."),
    ],
)
def test_what_cannot_be_is_one_line(row, line):
    theirs = {"predictions": "masks", "label": "theirs"}
    said = unsound(experiments={"mine": row, "theirs": theirs})
    assert line in said, said
    assert len(said.splitlines()) == 1, said


def test_labels_with_a_gap_are_none_of_nnunets():
    labels = {"datasets": {"atlas": {"labels": {1: "lesion", 3: "edge"}}}}
    said = unsound(experiments={"mine": {"trainer": "nnunet", "epochs": 1}}, **labels)
    assert "experiments.mine: found labels 1, 3; expected 1, 2, ... without a gap for nnU-Net" in said
