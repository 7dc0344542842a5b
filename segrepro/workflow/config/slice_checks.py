"""What cannot go with slices of another plane or spacing, or with neighbours as channels."""

from collections.abc import Iterator

from segrepro.networks import list_networks
from segrepro.utils.errors import ConfigError
from segrepro.utils.key_locations import KeyLocations
from segrepro.workflow.config.experiment import Experiment
from segrepro.workflow.config.study import Study

ATTENTION = "attention"  # the kind of figure that shows prepared slices in the axial slices of the scan


def slice_faults(experiment: Experiment, here: KeyLocations) -> Iterator[ConfigError]:
    """Slices must be those of the scan where single ones are divided, and have neighbours where these are channels."""
    spec, folds = experiment.spec, experiment.folds
    if (folds.by == "slice" or folds.keep_slices) and not _are_the_scans(experiment):
        found, remedy = f"slices {_described(experiment)}, of which single ones are divided", "Divide by patient."
        yield ConfigError(here(), found, "axial slices at their own distance", remedy)
    if not spec.neighbours:
        return
    network = list_networks().get(spec.network)
    unfit = {
        "pictures, which have no neighbours": experiment.preparation.slices == "none",
        "folds of single slices, which would be seen as neighbours": folds.by == "slice",
        f"the task {spec.task}": spec.task != "segmentation",
        f"the network {spec.network}, which is not trained by gradient": network is not None and network.fitted,
    }
    for what in (what for what, is_so in unfit.items() if is_so):
        yield ConfigError(here("neighbours"), f"{spec.neighbours} beside {what}", "0", "Leave neighbours out.")


def attention_faults(study: Study, resolved: dict[str, Experiment], place: KeyLocations) -> Iterator[ConfigError]:
    """Attention maps are drawn on axial slices of the scan, from inputs without neighbours."""
    for name, figure in study.figures.items():
        shown = [resolved[key] for key in figure.experiments if key in resolved] if figure.kind == ATTENTION else []
        for experiment in shown:
            if experiment.spec.neighbours or not _are_the_scans(experiment):
                found = f"{experiment.name}, with {experiment.spec.neighbours} neighbours, {_described(experiment)}"
                remedy = "Leave it out of this figure."
                yield ConfigError(place("figures", name, "experiments"), found, "axial slices alone", remedy)


def _are_the_scans(experiment: Experiment) -> bool:
    """Whether the prepared slices are the axial ones of the scan, one for one."""
    preparation = experiment.preparation
    resampled = preparation.spacing_mm is not None and preparation.spacing_mm[0] is not None
    return preparation.slices in ("axial", "none") and not resampled


def _described(experiment: Experiment) -> str:
    mm = experiment.preparation.spacing_mm and experiment.preparation.spacing_mm[0]
    return experiment.preparation.slices + (f", {mm:g} mm apart" if mm else "")
