"""Which runs an experiment makes."""

from segrepro.workflow.config.load import load_study
from segrepro.workflow.plan.report_settings import study_facts
from tests.workflow.config.plans import plan


def test_a_recipe_changes_its_own_run_and_no_other():
    before = plan().all_runs
    changed = {"xnet": {"experiments": {"unet": {"recipe": {"batch_size": 5}}}}}
    after = plan(overrides=changed).all_runs
    gone, new = set(before) - set(after), set(after) - set(before)
    assert [key.rsplit("-", 1)[0] for key in gone] == [key.rsplit("-", 1)[0] for key in new] == ["unet"]


def test_each_experiment_is_trained_once_though_it_stands_in_two_tables():
    runs = plan(experiments="all").runs["xnet"]
    assert len({run.name for run in runs}) == len(runs) == len(load_study("xnet", "demo").experiments)


def test_both_protocols_are_runs_of_their_own():
    names = {run.name for run in plan(protocols=["clean", "published"]).runs["xnet"]}
    assert {"xnet", "xnet-published"} <= names


def test_the_scored_weights_are_those_that_each_paper_scores():
    found = plan(protocols=["clean", "published"], experiments="all")
    weights = {name: {(run.protocol, run.checkpoint) for run in runs} for name, runs in found.runs.items()}
    both, clean = {("clean", "best"), ("published", "last")}, {("clean", "best")}
    scse = both | {("clean", "last")}  # rows that tell the weights from the division
    assert weights == {"hlenet": clean, "pseudo_dwi": clean, "scse": scse, "wmh": both, "xnet": both}
    assert [line for line in found.left_out if "protocol" in line] == [
        f"{name}: runs with protocol clean only: its paper has no other" for name in ("hlenet", "pseudo_dwi")
    ]
    assert {name: bool(study_facts(found, name).published_protocol) for name in found.studies} == {
        name: runs >= both for name, runs in weights.items()
    }
