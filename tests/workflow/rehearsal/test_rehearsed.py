"""What tells one rehearsal from another: all that costs depend on, and no seed."""

from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.rehearsal.rehearsed import costs_key


def test_seeds_share_a_key_and_recipes_do_not():
    plan = make_plan(
        load_config({"scale": "paper", "studies": "xnet", "experiments": ["xnet", "unet"], "protocols": "clean"})
    )
    keys = [costs_key(plan.run_settings(run.key, 0)) for run in plan.runs["xnet"]]
    assert len(keys) == 6
    assert len(set(keys)) == 2
    settings = plan.run_settings(plan.runs["xnet"][0].key, 0)
    assert costs_key(settings.model_copy(update={"seed": 7})) == costs_key(settings)
    larger = settings.recipe.model_copy(update={"batch_size": 16})
    assert costs_key(settings.model_copy(update={"recipe": larger})) != costs_key(settings)
