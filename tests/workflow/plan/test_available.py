"""What does not run for want of a modality, and what still does."""

from pathlib import Path

import pytest

from segrepro.datasets.held import Held
from segrepro.datasets.phantoms import write_phantom
from segrepro.utils.errors import ConfigError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.load import load_studies
from segrepro.workflow.plan.available import needed_modalities, not_run, runnable_tables
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.report_settings import table_settings

MAPS = frozenset({"cbf", "cbv", "mtt", "tmax", "ct", "ctp"})
LACKS_DWI = "dwi, which this edition lacks"


@pytest.fixture(scope="module")
def study():
    return load_studies(load_config({"studies": "pseudo_dwi", "scale": "paper"}))["pseudo_dwi"]


@pytest.fixture(scope="module")
def edition_without_dwi(tmp_path_factory):
    folder = tmp_path_factory.mktemp("isles") / "set"
    settings = {"patients": 4, "test_patients": 1, "size": 32, "slices": [2, 2], "frames": [43, 43], "two_scans": 0.0}
    write_phantom("isles2018", folder, **settings, seed=0)
    for path in [*folder.rglob("*MR_DWI*.nii"), *folder.rglob("*MR_DWI*.nii.gz")]:
        path.unlink()
    return folder


def test_an_experiment_needs_what_its_inputs_features_and_target_are_made_from(study):
    assert needed_modalities(study, "unet_ce") == ["cbf", "cbv", "mtt", "tmax"]
    assert needed_modalities(study, "slnet_cta") == ["ctp"]
    assert needed_modalities(study, "full") == ["cbf", "cbv", "mtt", "tmax", "ctp", "dwi"]
    assert needed_modalities(study, "unet_real_dwi") == ["dwi"]


def test_a_colour_needs_the_picture(study):
    hlenet = load_studies(load_config({"studies": "hlenet"}))["hlenet"]
    assert needed_modalities(hlenet, "hlenet") == ["rgb"]


def test_without_dwi_tables_1_and_2_do_not_run_and_3_and_4_do(study):
    lacking = not_run(study, list(study.experiments), load_config({}), {"isles2018": Held(MAPS)})
    assert set(lacking.values()) == {LACKS_DWI}
    for table, able in (("table1", 0), ("table2", 0), ("table3", 8), ("table4", 6)):
        assert sum(row.experiment not in lacking for row in study.tables[table].rows) == able
    table5 = {row.experiment for row in study.tables["table5"].rows}
    assert table5 - lacking.keys() == {"threshold", "slnet_cta", "slnet_wce_hgd"}


def test_what_starts_from_an_experiment_that_does_not_run_does_not_run(study):
    lacking = not_run(study, ["unet_l1"], load_config({}), {"isles2018": Held(MAPS | {"dwi"})})
    assert lacking == {}
    lacking = not_run(study, ["synthesis_l1", "unet_l1"], load_config({}), {"isles2018": Held(MAPS)})
    assert lacking == {"synthesis_l1": LACKS_DWI, "unet_l1": LACKS_DWI}


def test_the_plan_of_an_edition_without_dwi_prepares_the_maps_alone(edition_without_dwi, tmp_path):
    values = {"studies": "pseudo_dwi", "experiments": "all", "data": str(edition_without_dwi), "work": str(tmp_path)}
    plan = make_plan(load_config(values))
    names = {run.experiment for run in plan.runs["pseudo_dwi"]}
    assert {"slnet_ce", "unet_ce", "slnet_cta", "threshold"} <= names
    assert plan.lacking["pseudo_dwi"]["full"] == LACKS_DWI
    assert not names & set(plan.lacking["pseudo_dwi"])
    for run in plan.runs["pseudo_dwi"]:
        assert run.resolved.preparation.modalities == ("cbf", "cbv", "mtt", "tmax")
    (line,) = [line for line in plan.left_out if LACKS_DWI in line]
    assert line.startswith(f"pseudo_dwi: not run for want of {LACKS_DWI}: synthesis_l1, ")
    assert ", full, " in line
    assert table_settings(plan, "pseudo_dwi").lacking["unet_l2"] == LACKS_DWI
    assert plan.submission_run("pseudo_dwi") is None


def test_where_nothing_can_run_the_error_says_what_is_missing(edition_without_dwi, tmp_path):
    values = {"studies": "pseudo_dwi", "experiments": ["full"], "data": str(edition_without_dwi), "work": str(tmp_path)}
    with pytest.raises(ConfigError) as caught:
        make_plan(load_config(values))
    assert LACKS_DWI in caught.value.remedy


def test_a_set_that_has_the_dwi_runs_everything(tmp_path):
    folder = Path(tmp_path) / "set"
    settings = {"patients": 4, "test_patients": 1, "size": 32, "slices": [2, 2], "frames": [43, 43], "two_scans": 0.0}
    write_phantom("isles2018", folder, **settings, seed=0)
    values = {"studies": "pseudo_dwi", "experiments": "all", "data": str(folder), "work": str(tmp_path / "work")}
    plan = make_plan(load_config(values))
    # The one folder for all data sets holds nothing of ISLES'24.
    assert set(plan.lacking["pseudo_dwi"].values()) == {"data.isles2024"}
    assert {run.dataset.name for run in plan.runs["pseudo_dwi"]} == {"isles2018"}
    own = [name for name, one in plan.studies["pseudo_dwi"].resolved.items() if one.dataset == "isles2018"]
    assert len(plan.runs["pseudo_dwi"]) == len(own)


def test_what_an_official_division_or_a_persons_row_needs_is_told():
    wmh = load_studies(load_config({"studies": "wmh"}))["wmh"]
    whole = Held({"flair", "t1"}, {"train", "test"}, {"observer_o3", "observer_o4"})
    rows, config = ["fcn", "fcn_challenge", "o3"], load_config({})
    assert not_run(wmh, rows, config, {"wmh2017": whole}) == {}
    lacking = not_run(wmh, rows, config, {"wmh2017": Held({"flair", "t1"}, {"train"})})
    assert lacking == {
        "fcn_challenge": "the test part, which this edition lacks", "o3": "observer_o3, which this edition lacks"
    }  # fmt: skip
    told = runnable_tables(wmh, "wmh2017", Held({"flair", "t1"}, {"train"}), 60)
    assert "The challenge's own division" in told.split(" cannot be run")[0]


def test_too_few_cases_for_its_folds_are_told_with_the_number_wanted(study):
    xnet = load_studies(load_config({"studies": "xnet", "scale": "paper"}))["xnet"]
    assert runnable_tables(xnet, "atlas", Held({"t1"}), 5) == "all tables can be run"
    told = runnable_tables(xnet, "atlas", Held({"t1"}), 4)
    assert told == "Tables 1 and 2 cannot be run (the folds want at least 5 cases)"
    # 23 of the paper's 94 are scored, 6 validate.
    assert "at least 30 cases" in runnable_tables(study, "isles2018", Held(MAPS), 29)


def test_data_that_nothing_names_are_told_by_their_setting(study):
    assert not_run(study, ["unet_ce", "unet_ce_isles2024"], load_config({}), {}, {"isles2024"}) == {
        "unet_ce_isles2024": "data.isles2024"
    }
