"""From a config to its plan: studies resolved, data sets looked at, runs with their hashes."""

import os
from pathlib import Path

from segrepro.datasets.fingerprint import fingerprint
from segrepro.datasets.folds import Folds
from segrepro.datasets.layouts import find_ignore_label, open_dataset
from segrepro.preprocessing.preparation import Preparation
from segrepro.utils.errors import ConfigError, nearest, raise_together
from segrepro.utils.key_locations import Layer, Places
from segrepro.utils.validation import merged
from segrepro.workflow.config.checks import ignored_faults
from segrepro.workflow.config.config import Config, Protocol
from segrepro.workflow.config.load import load_studies
from segrepro.workflow.config.study import DatasetSpec, ExperimentSpec, Study
from segrepro.workflow.plan.plan import Plan, lacks_weights
from segrepro.workflow.plan.runs import DatasetPlan, Run, digest
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS


def make_plan(config: Config) -> Plan:
    """Resolve the config. Looks at the data folders that it names; raises ConfigError or DataError."""
    studies = load_studies(config)
    _check_data_names(config, studies)
    pretrained_files(config)  # finds fault with them before anything runs
    runs = {name: _runs(name, study, config) for name, study in studies.items()}
    # A list of experiments may leave studies without any.
    runs = {name: found for name, found in runs.items() if found}
    if not runs:
        raise ConfigError(config.place("experiments"), "no experiment that can run", "at least one", "Name others.")
    return Plan(config, {name: studies[name] for name in runs}, runs)


def _runs(name: str, study: Study, config: Config) -> list[Run]:
    wanted = [key for key in study.chosen(config.experiments) if not lacks_weights(study.experiments[key], config)]
    used = {study.experiments[experiment].dataset or study.dataset for experiment in wanted}
    datasets = {key: _dataset(key, study.datasets[key], config) for key in study.datasets if key in used}
    return [
        run for protocol in study.protocols_for(config) for run in _runs_of(name, study, wanted, protocol, datasets)
    ]


def _runs_of(
    name: str, study: Study, wanted: list[str], protocol: Protocol, datasets: dict[str, DatasetPlan]
) -> list[Run]:
    runs: dict[str, Run] = {}
    for experiment in sorted(wanted, key=lambda key: study.experiments[key].starts_from is not None):
        spec = study.experiments[experiment]
        dataset = datasets[spec.dataset or study.dataset]
        place = Places(Layer(f"studies/{name}.yaml", {}, ("experiments", experiment)))
        raise_together([*ignored_faults(spec, dataset.spec, place)])  # a folder may have its own ignore_label
        folds = Folds.model_validate(merged(merged(study.folds, dataset.spec.folds), spec.folds)).under(protocol)
        preparation = merged(study.preparation, dataset.spec.preparation)
        preparation = Preparation.model_validate(preparation).model_dump(mode="json")
        training, first = _training(study, spec), runs.get(spec.starts_from)
        settings = (preparation, folds.model_dump(mode="json"), training, study.weights_under(protocol))
        runs[experiment] = Run(name, experiment, protocol, dataset, *settings, first)
    return [runs[experiment] for experiment in wanted]


def pretrained_files(config: Config) -> dict[str, str]:
    """The files of pretrained weights that the config names, by their SHA-256 digest; ConfigError for one not there."""
    files = {name: _weights_file(name, source, config) for name, source in config.weights.items()}
    return {_digest_of(name): file for name, file in files.items()}


def _weights_file(name: str, source: str, config: Config) -> str:
    """The file of pretrained weights; one that is to be downloaded need not be there yet."""
    from segrepro.datasets.download.registry import download_folder, registry, weights_names

    where = config.place("weights", name)
    if name not in weights_names():
        raise ConfigError(where, repr(name), "weights", nearest(name, weights_names()))
    if source == "download":
        entry = registry()[name]
        return str(download_folder(config.work, name, entry) / entry.files[0].name)
    if not os.path.isfile(source):
        raise ConfigError(where, f"no file {source!r}", "a file of weights", "Correct the path, or write download.")
    return source


def _digest_of(weights: str) -> str:
    from segrepro.datasets.download.registry import registry

    return registry()[weights].files[0].checksum.partition(":")[2]


def _training(study: Study, spec: ExperimentSpec) -> dict:
    """What an experiment's training depends on, besides the data."""
    from segrepro.networks import list_networks

    info = list_networks().get(spec.network)
    shared = {key: value for key, value in study.network_options.items() if info and key in info.options}
    kept = ("task", "task_options", "network", "loss", "loss_options", "outputs", "inputs", "target", "starts_from")
    training = {key: getattr(spec, key) for key in kept} | {
        "options": shared | spec.options,
        "recipe": merged(study.recipe.model_dump(mode="json"), spec.recipe),
        "seed": study.seed,
    }
    if spec.pretrained:
        # They fit the published width only. Their digest tells what they are, wherever their file lies.
        training |= {"options": spec.options, "pretrained_sha256": _digest_of(spec.pretrained)}
    return training


def _dataset(name: str, spec: DatasetSpec, config: Config) -> DatasetPlan:
    source = config.data if isinstance(config.data, str) else config.data.get(name, "phantom")
    if source == "phantom":
        if spec.phantom is None:
            raise ConfigError(config.place("data"), "'phantom'", "a folder", "There is no phantom of this data set.")
        stage = "hidden_phantom" if spec.phantom.get("hidden_core") else "phantom"
        version = digest(spec.layout, spec.phantom, STAGE_VERSIONS[stage])
        folder = f"{config.work}/phantoms/{name}-{version}"
        return DatasetPlan(name, spec, source, folder, version, spec.phantom["patients"])
    if source == "download":
        return _downloaded(name, spec, config)
    # Without any case there is nothing worth reading for a version.
    case_count = len(open_dataset(spec.layout, source).cases)
    version = digest(spec.layout, fingerprint(source, Path(config.work, "datasets")))
    return DatasetPlan(name, _with_ignore_label(name, spec, source), "folder", source, version, case_count)


def _with_ignore_label(name: str, spec: DatasetSpec, folder: str) -> DatasetSpec:
    """The data set with the label that its folder says to ignore; ConfigError if the study says another."""
    found = find_ignore_label(spec.layout, folder)
    if found is None or spec.ignore_label == found:
        return spec
    if spec.ignore_label is not None or found in spec.labels:
        where = f"datasets.{name}: ignore_label {spec.ignore_label}, labels {list(spec.labels)}"
        raise ConfigError(where, f"the label ignore of value {found} in {folder}", "the same", "Correct the study.")
    return spec.model_copy(update={"ignore_label": found})


def _downloaded(name: str, spec: DatasetSpec, config: Config) -> DatasetPlan:
    from segrepro.datasets.download.registry import download_folder, find_entry, how_to_get

    known, entry = find_entry(name, spec.layout)
    folder = download_folder(config.work, known, entry)
    if entry.request and not folder.is_dir():
        raise ConfigError(f"data.{name}", "'download'", "a set that is open to all", how_to_get(entry, folder))
    return DatasetPlan(name, spec, "download", str(folder), digest(spec.layout, known, entry.version), entry.cases or 1)


def _check_data_names(config: Config, studies: dict[str, Study]) -> None:
    known = {name for study in studies.values() for name in study.datasets}
    for name in config.data if isinstance(config.data, dict) else []:
        if name not in known:
            raise ConfigError(config.place("data", name), repr(name), "a data set", nearest(name, known))
