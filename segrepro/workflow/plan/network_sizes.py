"""The networks of experiments that do not run, as far as they can be counted without any scan."""

from collections.abc import Collection

from segrepro.datasets.layouts import modalities_of
from segrepro.networks.registry import list_networks
from segrepro.preprocessing.preparation import prepared_channels
from segrepro.report.spec import UnrunNetwork
from segrepro.training.settings import output_channels
from segrepro.workflow.config.experiment import Experiment
from segrepro.workflow.config.study import Study


def channel_count(experiment: Experiment, layout: str, held: Collection[str] | None = None) -> int | None:
    """The number of a network's inputs; None where only the scans will tell.

    held: the modalities of the data set where it has been looked at, for layouts in which each has its own.
    """
    spec, images = experiment.spec, experiment.preparation.modalities or modalities_of(layout) or held
    if not spec.inputs and images is None:
        return None
    channels = spec.inputs or [channel for channel in prepared_channels(images) if channel != spec.target]
    return len(channels) * (2 * spec.neighbours + 1)


def unrun_networks(study: Study, run: set[str]) -> dict[str, UnrunNetwork]:
    """The library's networks of a study's other experiments, by experiment; without those that have no count."""
    found = {name: _network(study, experiment) for name, experiment in study.resolved.items() if name not in run}
    return {name: network for name, network in found.items() if network}


def _network(study: Study, experiment: Experiment) -> UnrunNetwork | None:
    spec, dataset = experiment.spec, study.datasets[experiment.dataset]
    info, channels = list_networks().get(spec.network), channel_count(experiment, dataset.layout)
    if info is None or info.fitted or channels is None:
        return None
    return UnrunNetwork(
        network=spec.network,
        in_channels=channels,
        out_channels=output_channels(len(dataset.labels), spec.activation, spec.loss),
        options=experiment.options,
    )
