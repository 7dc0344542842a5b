"""From a study to its experiments: what study, data set and experiment say is merged here, once."""

from segrepro.datasets.folds import Folds
from segrepro.networks import list_networks
from segrepro.networks.registry import NNUNET
from segrepro.preprocessing.preparation import Preparation
from segrepro.training.nnunet_settings import nnunet_recipe
from segrepro.training.recipe import Recipe
from segrepro.utils.errors import ConfigError
from segrepro.utils.key_locations import KeyLocations
from segrepro.utils.validation import Strict, faults_of, merged, parsed
from segrepro.workflow.config.experiment import Experiment, ExperimentSpec
from segrepro.workflow.config.study import Study

# What an experiment has of each layer that has such a key.
_PARTS: dict[str, type] = {"preparation": Preparation, "folds": Folds, "recipe": Recipe}


def resolve(study: Study, place: KeyLocations) -> tuple[dict[str, Experiment], list[ConfigError]]:
    """The experiments of a study by name, and the faults of what was merged, each where its key stands.

    Data sets that no experiment uses are looked at too. A fault of what several share is told for each of them.
    """
    found, faults = {}, []
    for name in study.datasets:
        faults += [fault for key in ("preparation", "folds") for fault in _part(study, key, place, name)[1]]
    for name, spec in study.experiments.items():
        dataset, parts = spec.dataset or study.dataset, {}
        for key in _PARTS:
            parts[key], wrong = _part(study, key, place, dataset, name)
            faults += wrong
        parts["published_recipe"], wrong = _published_recipe(study, spec, parts["recipe"], place)
        faults += wrong
        if all(parts.values()):
            found[name] = Experiment(name, spec, dataset, options=_options(study, spec), **parts)
    return found, faults


def _part(
    study: Study, key: str, place: KeyLocations, dataset: str, experiment: str | None = None
) -> tuple[Strict | None, list[ConfigError]]:
    """One part of an experiment: the study's, then the data set's, then its own, as far as each has that part."""
    value, where = getattr(study, key), place.under(key)
    value = value.model_dump(mode="json") if isinstance(value, Strict) else value
    layers = [("datasets", dataset)] + ([("experiments", experiment)] if experiment else [])
    for kind, name in layers:
        layer = getattr(study, kind)[name]
        if key in type(layer).model_fields:
            value, where = merged(value, getattr(layer, key)), where + place.under(kind, name, key)
    if key == "recipe" and experiment and study.experiments[experiment].network == NNUNET:
        value = nnunet_recipe(study.experiments[experiment].options)
    part, faults = parsed(_PARTS[key], value, where)
    if part and value.get("published"):
        # What the folds are under the paper's own protocol.
        faults = faults_of(_PARTS[key], merged(value, value["published"]), where + where.under("published"))
    return (None if faults else part), faults


def _published_recipe(
    study: Study, spec: ExperimentSpec, recipe: Recipe | None, place: KeyLocations
) -> tuple[Recipe | None, list[ConfigError]]:
    """The recipe under the paper's own protocol, which is laid over that of the experiment."""
    if recipe is None or not study.published or spec.network == NNUNET:
        return recipe, []
    value = merged(recipe.model_dump(mode="json"), study.published.recipe)
    return parsed(Recipe, value, place.under("published", "recipe"))


def _options(study: Study, spec: ExperimentSpec) -> dict:
    """The network's options; pretrained weights fit the published width only, so that none is shared then."""
    info = list_networks().get(spec.network)
    shared = {} if spec.pretrained or not info else info.options
    return {key: value for key, value in study.network_options.items() if key in shared} | spec.options
