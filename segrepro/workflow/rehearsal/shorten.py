"""A recipe shortened to its first steps, with every change that it foresees among them."""

from segrepro.training.recipe import Recipe, Schedule

STEPS = 3
# No improvement of a loss is as great: each epoch after the first is one without.
NEVER_BETTER = 1e9


def shortened(recipe: Recipe, micro_batch_size: int | None = None) -> Recipe:
    """The recipe in `STEPS` steps, or one a phase if it has more, each an epoch that ends with a validation.

    Each phase is entered, and a schedule lowers the rate from one step to the next, after one step of warm-up if it has
    any. Batches stay as they are. micro_batch_size: how many images pass at once, where all do not fit.

    >>> recipe = Recipe(optimiser={"name": "adam", "lr": 1e-3}, epochs=60, batch_size=6, schedule={"name": "plateau"})
    >>> short = shortened(recipe)
    >>> short.iterations, short.validate_every, short.batch_size, short.schedule.threshold
    (3, 1, 6, 1000000000.0)
    """
    steps = max(STEPS, len(recipe.phases))
    changes = {"epochs": None, "iterations": steps, "validate_every": 1, "schedule": _schedule(recipe.schedule)}
    if recipe.phases:
        lengths = [1] * (len(recipe.phases) - 1) + [steps - len(recipe.phases) + 1]
        changes["phases"] = [phase.model_copy(update={"length": n}) for phase, n in zip(recipe.phases, lengths)]
    if recipe.early_stopping is not None:
        changes["early_stopping"] = steps - 1
    if micro_batch_size is not None:
        changes["micro_batch_size"] = micro_batch_size
    return Recipe.model_validate(recipe.model_copy(update=changes).model_dump())


def _schedule(schedule: Schedule) -> Schedule:
    changes = {"patience": 0, "threshold": NEVER_BETTER} if schedule.name == "plateau" else {}
    return schedule.model_copy(update=changes | {"every": 1, "warm_up": min(schedule.warm_up, 1)})
