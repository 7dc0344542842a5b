"""What rows without a network of their own cannot have: those of nnU-Net, and those made of trained ones."""

from collections.abc import Iterator

from segrepro.datasets import modalities_of
from segrepro.networks.registry import STAND_INS
from segrepro.training.tasks import list_tasks
from segrepro.utils.errors import ConfigError
from segrepro.utils.key_locations import KeyLocations
from segrepro.workflow.config.experiment import Experiment
from segrepro.workflow.config.study import DatasetSpec, Study


def nnunet_faults(experiment: Experiment, dataset: DatasetSpec, here: KeyLocations) -> Iterator[ConfigError]:
    """Faults of a row of nnU-Net that can be known before it plans."""
    spec, folds = experiment.spec, experiment.folds
    if folds.by == "slice" or folds.keep_slices:
        yield ConfigError(here(), "folds of single slices", "folds of whole cases", "Divide by patient.")
    if sorted(dataset.labels) != list(range(1, len(dataset.labels) + 1)):
        found = f"labels {', '.join(map(str, dataset.labels))}"
        yield ConfigError(here(), found, "1, 2, ... without a gap for nnU-Net", "Renumber them in the masks.")
    images = experiment.preparation.modalities or modalities_of(dataset.layout)
    for i, channel in enumerate(spec.inputs or []):
        if images is not None and channel not in images:
            remedy = "nnU-Net gets scans as they are: leave inputs out, or name modalities."
            yield ConfigError(here("inputs", i), repr(channel), f"a modality ({', '.join(images)})", remedy)


def combined_faults(
    name: str, study: Study, resolved: dict[str, Experiment], place: KeyLocations
) -> Iterator[ConfigError]:
    """Members must give masks by a network, for the same cases, folds and labels as the row that they make."""
    spec, here, own = study.experiments[name], place.under("experiments", name), resolved.get(name)
    for i, member in enumerate(spec.built_on):
        other, theirs = study.experiments[member], resolved.get(member)
        if other.network in STAND_INS or list_tasks()[other.task].image_loss:
            found, remedy = f"{member}, which has no network that segments", "Take it out, or name another."
            yield ConfigError(here("from", i), found, "an experiment that is trained here", remedy)
        elif own and theirs and (differing := _differing(own, theirs)):
            found, remedy = f"{member}, with other {differing}", f"Give {name} the same {differing}, or take it out."
            yield ConfigError(here("from", i), found, f"the {differing} of {name}", remedy)
    pictures, steps = own is not None and own.preparation.slices == "none", spec.options.get("postprocess")
    if pictures and isinstance(steps, dict) and steps.get("remove_below_ml"):
        yield ConfigError(here("postprocess"), "remove_below_ml of pictures", "volumes", "Leave it out.")


def _differing(one: Experiment, other: Experiment) -> str:
    several = len({one.spec.activation, other.spec.activation}) > 1
    pairs = {"dataset": (one.dataset, other.dataset), "folds": (one.folds, other.folds)}
    return next((key for key, (a, b) in pairs.items() if a != b), "activation" if several else "")
