"""From a config to its plan: studies resolved, data sets looked at, runs with their hashes."""

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from segrepro.datasets.download.registry import download_folder, find_release, how_to_get
from segrepro.datasets.folder_digest import files_elsewhere, folder_digest
from segrepro.datasets.folds import Folds
from segrepro.datasets.held import held_by, held_by_release
from segrepro.datasets.layouts import find_ignore_label, layout_module, open_dataset
from segrepro.datasets.own_folds import matched, read_own_folds
from segrepro.datasets.patients import visits_hint
from segrepro.datasets.releases import releases
from segrepro.networks.registry import COMBINED, GIVEN_MASKS, NNUNET
from segrepro.utils.errors import ConfigError, nearest, raise_together
from segrepro.utils.folders import listed
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.own_code import digests, is_own
from segrepro.utils.say import say_once
from segrepro.workflow.config.checks import ignored_faults
from segrepro.workflow.config.config import Config, Protocol
from segrepro.workflow.config.experiment import Experiment, ExperimentSpec
from segrepro.workflow.config.load import load_studies, load_variants
from segrepro.workflow.config.study import DatasetSpec, Study
from segrepro.workflow.plan.available import not_run
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.pretrained import pretrained_files, weights_digest
from segrepro.workflow.plan.runs import DatasetPlan, Run, digest
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS


def make_plan(config: Config) -> Plan:
    """Resolve the config. Looks at the data folders that it names; raises ConfigError or DataError."""
    studies = load_studies(config)
    _check_data_names(config, studies)
    pretrained_files(config)  # finds fault with them before anything runs
    runs, lacking = {}, {}
    for name, study in studies.items():
        wanted = study.chosen(config.experiments)
        runs[name], lacking[name] = _runs(name, study, wanted, config)
        claimed = [key for key in wanted if any(key in claim.experiments for claim in study.claims)]
        for choices, variant in load_variants(name, study, config):
            found, lacks = _runs(name, variant, variant.chosen(claimed), config)
            runs[name] += _under(choices, found, runs[name])
            lacking[name] |= {
                f"{key} with {choices}": needs for key, needs in lacks.items() if key not in lacking[name]
            }
    # A list of experiments may leave studies without any.
    runs = {name: found for name, found in runs.items() if found}
    if not runs:
        needs = "; ".join(dict.fromkeys(reason for found in lacking.values() for reason in found.values()))
        remedy = f"They need {needs}." if needs else "Name others."
        raise ConfigError(config.place("experiments"), "no experiment that can run", "at least one", remedy)
    return Plan(config, {name: studies[name] for name in runs}, runs, lacking)


def _runs(name: str, study: Study, wanted: list[str], config: Config) -> tuple[list[Run], dict[str, str]]:
    """The runs of a study's experiments, and what each lacks that was asked for and has none."""
    sources = {key: _source(key, spec, config) for key, spec in study.datasets.items()}
    absent = _absent(study, wanted, sources)
    lacking = not_run(study, wanted, config, {}, absent)
    used = {study.resolved[key].dataset for key in wanted if key not in lacking}
    datasets = {key: _dataset(key, study.datasets[key], sources[key], config) for key in study.datasets if key in used}
    held = {key: dataset.held for key, dataset in datasets.items() if dataset.held}
    lacking = not_run(study, wanted, config, held, absent)
    able = [key for key in wanted if key not in lacking]
    protocols = study.protocols_for(config)
    runs = [run for protocol in protocols for run in _runs_of(name, study, able, protocol, datasets, config)]
    return runs, lacking


def _runs_of(
    name: str, study: Study, wanted: list[str], protocol: Protocol, datasets: dict[str, DatasetPlan], config: Config
) -> list[Run]:
    wanted = [key for key in wanted if protocol in (study.experiments[key].protocols or [protocol])]
    divided_anew = _divided_anew(name, study, wanted, protocol)
    seeds = _seeds(study, wanted) | dict.fromkeys(divided_anew, study.repeats)
    runs: dict[tuple[str, int], Run] = {}
    for key in sorted(wanted, key=lambda key: _depth(study, key)):
        experiment = study.resolved[key].under(protocol)
        spec, dataset = experiment.spec, datasets[experiment.dataset]
        place = KeyLocations(Layer(f"studies/{name}.yaml", {}, ("experiments", key)))
        raise_together([*ignored_faults(spec, dataset.spec, place)])  # nnU-Net's folders have their own ignore_label
        if protocol == "published" and spec.network == COMBINED and spec.options.get("postprocess"):
            found = "postprocess under protocol published"
            remedy = "The paper's own protocol scores the part that it would be chosen by: leave one of them out."
            raise ConfigError(place("postprocess"), found, "protocol clean", remedy)
        for repeat in range(seeds[key]):
            division = repeat if key in divided_anew else None
            runs[key, repeat] = Run(
                study=name,
                resolved=_on(dataset, experiment),
                protocol=protocol,
                dataset=dataset,
                folds=_folds(_divided(experiment.folds.under(protocol), division), dataset),
                seed=study.seed + repeat,
                repeat=repeat,
                division=division,
                pretrained_sha256=spec.pretrained and weights_digest(spec.pretrained, config),
                checkpoint=study.checkpoint_under(protocol, key),
                init_from=runs.get((spec.init_from, repeat)),
                members=tuple(runs[one, repeat] for one in spec.built_on) if spec.network == COMBINED else (),
                masks_sha256=_masks_digest(spec, config),
            )
    return [runs[key, repeat] for key in wanted for repeat in range(seeds[key])]


def _divided_anew(name: str, study: Study, wanted: list[str], protocol: Protocol) -> list[str]:
    """The experiments whose cases are divided anew for each training: with `repeats` those whose folds are drawn."""
    if study.repeats == 1:
        return []
    folds = {key: study.resolved[key].folds.under(protocol) for key in wanted}
    found = [key for key, one in folds.items() if _is_drawn(one)]
    if not found and wanted:
        where = f"studies/{name}.yaml: repeats"
        ways = ", ".join(sorted({"of a file" if one.file else f"by {one.by}" for one in folds.values()}))
        raise ConfigError(where, f"folds {ways}", "folds that the seed draws", "Set repeats: 1, and seeds instead.")
    return found


def _is_drawn(folds: Folds) -> bool:
    return folds.file is None and folds.by in ("patient", "case", "slice") and (folds.count == 1 or folds.shuffle)


def _divided(folds: Folds, division: int | None) -> Folds:
    """The folds of a division, counted from 0: drawn from a seed of its own, else under the same rules."""
    return folds.model_copy(update={"seed": folds.seed + division}) if division else folds


def _under(choices: dict[str, str], runs: list[Run], made: list[Run]) -> list[Run]:
    """The runs of a study that was loaded under an option, without those that the option leaves as they were made."""
    known = {_results_of(run): run for run in made}

    def under(run: Run | None) -> Run | None:
        if run is None or _results_of(run) in known:
            return run and known[_results_of(run)]
        members = tuple(map(under, run.members))
        return replace(run, choices=choices, init_from=under(run.init_from), members=members)

    return [run for run in map(under, runs) if run.choices]


def _results_of(run: Run) -> tuple[str, str, str]:
    return run.name, run.dependence, run.checkpoint


def _seeds(study: Study, wanted: list[str]) -> dict[str, int]:
    """How often each experiment is trained: as it says, and for each training of another that starts from it."""
    networks = {key: study.experiments[key].network for key in wanted}
    # What takes hours beside all others is trained once unless it says otherwise.
    usual = {key: 1 if networks[key] == NNUNET else study.seeds for key in wanted}
    own = {key: 1 if networks[key] == GIVEN_MASKS else study.experiments[key].seeds or usual[key] for key in wanted}
    built_upon = {key: [own[other] for other in wanted if study.experiments[other].init_from == key] for key in wanted}
    often = {key: max(own[key], *built_upon[key], 1) for key in wanted}
    # What is made of others is made as often as they are trained.
    made = {
        key: min(often[one] for one in study.experiments[key].built_on) for key in wanted if networks[key] == COMBINED
    }
    return often | made


def _depth(study: Study, key: str) -> int:
    """0 for an experiment that needs no other, 1 for one that is built on such, and so on."""
    return 1 + max((_depth(study, one) for one in study.experiments[key].built_on), default=-1)


def _source(name: str, spec: DatasetSpec, config: Config) -> str:
    """Where a data set comes from: `phantom`, `download` or a folder."""
    return config.data if isinstance(config.data, str) else config.data.get(name, spec.folder or "phantom")


def _absent(study: Study, wanted: Collection[str], sources: dict[str, str]) -> set[str]:
    """The data sets that nothing names: no phantom is drawn of them, or the one folder for all holds none of them.

    Empty where that holds for all that are wanted: what is wrong with the folder is said then.
    """
    used = {study.resolved[key].dataset for key in wanted}
    absent = {name for name in used if not _is_named(study.datasets[name], sources[name], one_for_all=len(used) > 1)}
    return set() if absent == used else absent


def _is_named(spec: DatasetSpec, source: str, one_for_all: bool) -> bool:
    if source == "phantom":
        return bool(spec.phantom or spec.replica)
    if source == "download" or not one_for_all or not os.path.isdir(source):
        return True
    return bool(layout_module(spec.layout).find_cases(Path(source)))


def _masks_digest(spec: ExperimentSpec, config: Config) -> str | None:
    """The digest of the finished masks of an experiment in a folder of their own; None for one without."""
    if spec.network != GIVEN_MASKS or spec.options.get("folder") is None:
        return None
    return folder_digest(spec.options["folder"], Path(config.work, "datasets"))


def _folds(folds: Folds, dataset: DatasetPlan) -> Folds:
    """The folds as planned; those of a file are held against the cases where these are there already."""
    folds = folds.planned()
    if folds.file is not None and dataset.source == "folder":
        path, cases = Path(folds.file), open_dataset(dataset.spec.layout, dataset.path).cases
        divided = matched(path, read_own_folds(path), {case.id: case.patient for case in cases})
        named = {case for fold in divided for part in fold.values() for case in part}
        if left_out := [case.id for case in cases if case.id not in named]:
            line = f"{path}: {len(left_out)} of {len(cases)} cases stand in no fold and are left out: "
            say_once(line, line + listed(left_out))
    return folds


def _on(dataset: DatasetPlan, experiment: Experiment) -> Experiment:
    """The experiment with no modality to prepare that its data set has not."""
    preparation = experiment.preparation
    if dataset.held is None or preparation.modalities is None:
        return experiment
    held = tuple(modality for modality in preparation.modalities if modality in dataset.held.modalities)
    return replace(experiment, preparation=preparation.model_copy(update={"modalities": held}))


def _dataset(name: str, spec: DatasetSpec, source: str, config: Config) -> DatasetPlan:
    if source == "phantom":
        return _replica(name, spec, config) if spec.replica else _phantom(name, spec, config)
    if source == "download":
        return _downloaded(name, spec, config)
    # Without any case there is nothing worth reading for a version.
    dataset = open_dataset(spec.layout, source)
    contents = folder_digest(source, Path(config.work, "datasets"), files_elsewhere(dataset))
    own = [digests([spec.layout])] if is_own(spec.layout) else []  # what finds the cases decides what they are
    version, spec = digest(spec.layout, contents, *own), _with_ignore_label(name, spec, source)
    count, hint = len(dataset.cases), visits_hint({case.id: case.patient for case in dataset.cases})
    return DatasetPlan(name, spec, "folder", source, version, count, contents, held_by(dataset.cases), hint)


def _phantom(name: str, spec: DatasetSpec, config: Config) -> DatasetPlan:
    if spec.phantom is None:
        remedy = "There is no phantom of this data set: name its folder."
        raise ConfigError(config.place("data"), f"nothing for {name}", "a folder", remedy)
    stage = "hidden_phantom" if spec.phantom.get("hidden_core") else "phantom"
    version = digest(spec.layout, spec.phantom, STAGE_VERSIONS[stage])
    folder = f"{config.work}/phantoms/{name}-{version}"
    return DatasetPlan(name, spec, "phantom", folder, version, spec.phantom["patients"])


def _replica(name: str, spec: DatasetSpec, config: Config) -> DatasetPlan:
    one = releases()[spec.release].set_of(spec.layout)
    version = digest(spec.release, spec.replica.model_dump(), STAGE_VERSIONS["replica"])
    folder = f"{config.work}/phantoms/{name}-replica-{version}"
    cases = sum(len(spec.replica.some(range(part.cases))) for part in one.parts.values() if part.masks)
    return DatasetPlan(name, spec, "phantom", folder, version, cases, held=held_by_release(one))


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
    known, release = find_release(spec.release or name, spec.layout)
    folder = download_folder(config.work, known, release)
    if release.request and not folder.is_dir():
        remedy = " ".join(how_to_get(release, folder))
        raise ConfigError(f"data.{name}", "'download'", "a set that is open to all", remedy)
    version = digest(spec.layout, known, release.version)
    one = release.set_of(spec.layout)
    cases, held = (one.labelled_cases, held_by_release(one)) if one else (1, None)
    if folder.is_dir():  # what an earlier version brought may be less
        held = held_by(open_dataset(spec.layout, folder).cases)
    return DatasetPlan(name, spec, "download", str(folder), version, cases, held=held)


def _check_data_names(config: Config, studies: dict[str, Study]) -> None:
    known = {name for study in studies.values() for name in study.datasets}
    for name in config.data if isinstance(config.data, dict) else []:
        if name not in known:
            raise ConfigError(config.place("data", name), repr(name), "a data set", nearest(name, known))
