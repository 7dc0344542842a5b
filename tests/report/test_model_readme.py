"""A model's page: its scores are those of the cases that its fold held out, or it says that it has none."""

import numpy as np
import pandas as pd
import pytest

from segrepro.report.evidence.predictions import PREDICTIONS, WrittenRun, pack_predictions
from segrepro.report.model_readme import held_out_scores, model_readme
from segrepro.training.model import read_card
from tests.models import write_model

DICE = np.round(np.linspace(0.2, 0.9, 8), 3)


@pytest.fixture
def model(tmp_path):
    """A model in the results of a study, with the scores of two folds of eight patients each."""
    study, work = tmp_path / "results/xnet", tmp_path / "work"
    path = write_model(study / "xnet/fold0")
    rows = [
        {"fold": fold, "checkpoint": kind, "unit": "case", "case": f"c{n}", "patient": f"p{n}", "label": "lesion",
         "dice": value if (fold, kind) == (0, "best") else 0.0, "hd95_mm": value if n else np.nan}
        for fold in (0, 1) for kind in ("best", "last") for n, value in enumerate(DICE)
    ]  # fmt: skip
    (work / "fold0").mkdir(parents=True)
    pd.DataFrame(rows).to_csv(work / "scores.csv", index=False)
    (work / "folds.csv").write_text("case,fold\n")
    (work / "fold0/history.csv").write_text("epoch\n")
    (work / "fold0/predictions.csv").write_text("case,prediction\nc0,\n")
    run = WrittenRun("xnet", work / "scores.csv", work / "folds.csv", (work / "fold0",))
    pack_predictions([run], study / PREDICTIONS)
    return path


def test_the_scores_are_of_the_models_fold_and_weights(model):
    assert held_out_scores(model, read_card(model))["dice"].tolist() == DICE.tolist()


def test_the_page_has_the_mean_with_its_interval_and_counts_what_is_undefined(model):
    page = model_readme(model / "model.json")
    (dice,) = [line for line in page.splitlines() if line.startswith("| lesion | dice |")]
    assert f"{DICE.mean():.3f} ± {DICE.std(ddof=1):.3f} [" in dice
    (hd95,) = [line for line in page.splitlines() if "hd95_mm (mm)" in line]
    assert hd95.endswith("(1 of 8 undefined) | 7 |")
    assert "synthetic scans" in page


def test_another_models_scores_are_not_its_own(model):
    card = read_card(model)
    assert held_out_scores(model, card.model_copy(update={"name": "xnet-seed1"})) is None
    assert held_out_scores(model, card.model_copy(update={"fold": 1})) is None


def test_without_scores_the_page_says_so(tmp_path):
    page = model_readme(write_model(tmp_path / "model"))
    assert "do not lie beside this model" in page
    assert "dice 0.6123" in page
