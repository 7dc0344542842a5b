"""What each study says of itself: its differences from the paper, and the rows of its tables."""

from pathlib import Path

import pandas as pd
import pytest

from segrepro.report.tables.published import PUBLISHED
from segrepro.utils.files import file_sha256
from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.load import load_study, study_names
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.report_settings import table_settings

SHA256 = file_sha256(Path(__file__))


@pytest.mark.parametrize("name", study_names())
@pytest.mark.parametrize("scale", ["demo", "paper"])
def test_recipes_compute_in_the_precision_of_their_papers(name, scale):
    study = load_study(name, scale)
    assert {experiment.recipe.precision for experiment in study.resolved.values()} == {"float32"}


@pytest.mark.parametrize("name", study_names())
def test_every_printed_method_has_its_row(name):
    for table in load_study(name, "paper").tables.values():
        if table.published:
            frame = pd.read_csv(PUBLISHED / table.published)
            methods = set(frame["method"][frame["dataset"].str.startswith(table.dataset or "")])
            assert methods == {row.published_as for row in table.rows} - {None}


@pytest.mark.parametrize("weights", [{}, {"vgg16": __file__}])
def test_with_weights_the_papers_method_is_the_pretrained_network(weights):
    plan = make_plan(load_config({"studies": "wmh", "pretrained": weights, "weights_sha256": SHA256}))
    proposed = {table.proposed for table in table_settings(plan, "wmh").tables.values()}
    pretrained = {"fcn_pretrained", "fcn_pretrained_no_residue"}
    run = {run.experiment for run in plan.runs["wmh"]}
    assert {"fcn", "fcn_no_residue"} < run | {""}
    assert (pretrained <= run, "fcn_pretrained" in proposed) == (bool(weights),) * 2


@pytest.mark.parametrize("weights", [{}, {"vgg16": __file__}])
def test_the_pretrained_network_has_rows_by_scanner_that_run_once_there_are_weights(weights):
    plan = make_plan(
        load_config({"studies": "wmh", "experiments": "all", "pretrained": weights, "weights_sha256": SHA256})
    )
    rows = {row.experiment for row in plan.studies["wmh"].tables["scanners"].rows}
    pretrained = {"fcn_pretrained", "fcn_pretrained_scanners"}
    folds = {run.experiment: run.folds.by for run in plan.runs["wmh"]}
    assert pretrained < rows
    if weights:
        assert [folds[name] for name in sorted(pretrained)] == ["patient", "site"]
    else:
        assert not pretrained & set(folds)
        assert all(any("not run" in line and f" {name}" in line for line in plan.left_out) for name in pretrained)


def test_under_the_choice_of_recipe_scse_trains_as_its_notebooks_do():
    study = load_study("scse", "paper", option=("recipe", "notebooks"))
    ct, mr = (study.resolved[name] for name in ("scse_ct", "scse_mr"))
    assert (ct.recipe.optimiser.lr, ct.recipe.batch_size, ct.recipe.epochs) == (0.004, 20, 20)
    assert (mr.recipe.optimiser.lr, mr.recipe.batch_size, mr.recipe.epochs) == (0.002, 7, 30)
    assert (ct.recipe.schedule.name, mr.recipe.schedule.name) == ("step", "constant")
    assert ct.spec.loss_options == {"class_weights": [0.1, 0.9]}
    assert set(mr.spec.loss_options["class_weights"]) == {1}  # none weighs more than another
    assert study.resolved["unet_ct"].recipe == ct.recipe
    assert study.resolved["cse_ct"].recipe.epochs == 30  # no claim names it
