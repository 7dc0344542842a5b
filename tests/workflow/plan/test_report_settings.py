"""What the jobs of the report are told."""

from segrepro.workflow.plan.report_settings import claim_settings, export_settings, figure_settings, table_settings
from tests.workflow.plan.test_make_plan import CHOICES, planned, with_choices


def test_scores_say_method_and_seed_and_figures_show_the_first():
    plan = planned("xnet", ["unet"], seeds=2)
    first, second = plan.runs["xnet"]
    settings = [plan.evaluation_settings(run.key) for run in (first, second)]
    assert [(one.experiment, one.seed) for one in settings] == [("unet", 0), ("unet", 1)]
    assert [run.name for run in figure_settings(plan, "xnet").runs] == ["unet"]
    assert export_settings(plan, "xnet").runs == ["unet"]
    assert [(run.name, run.seed) for run in table_settings(plan, "xnet").runs] == [("unet", 0), ("unet-seed1", 1)]
    assert claim_settings(plan, "xnet").runs == table_settings(plan, "xnet").runs


def test_variants_are_judged_and_stand_in_no_table_figure_or_viewer():
    plan = with_choices([*CHOICES], ["unet", "xnet"])
    choices = [run.choices for run in claim_settings(plan, "xnet").runs]
    assert choices == [{}, {}, {"similarity": "dot"}, {"epochs": "few"}, {"epochs": "few"}]
    assert [run.name for run in figure_settings(plan, "xnet").runs] == ["unet", "xnet"]
    assert export_settings(plan, "xnet").runs == ["unet", "xnet"]
