"""What has to be made for a config: every data set, prepared form, fold file and run."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from segrepro.config import Config, Protocol, merged
from segrepro.errors import ConfigError, nearest
from segrepro.runs import DatasetPlan, Run, digest
from segrepro.studies import DatasetSpec, Study, load_studies
from segrepro.versions import STAGE_VERSIONS


@dataclass(frozen=True)
class Plan:
    """Everything a config asks for."""

    config: Config
    studies: dict[str, Study]
    runs: dict[str, list[Run]]

    @cached_property
    def datasets(self) -> dict[str, DatasetPlan]:
        """Data sets by path part."""
        return {run.dataset.key: run.dataset for run in self.all_runs.values()}

    @cached_property
    def all_runs(self) -> dict[str, Run]:
        """Runs of all studies by path part."""
        return {run.key: run for runs in self.runs.values() for run in runs}

    @cached_property
    def prepared(self) -> dict[str, Run]:
        """For each prepared form of a data set one of the runs that use it."""
        return {run.prepared_key: run for run in self.all_runs.values()}

    @cached_property
    def fold_files(self) -> dict[str, Run]:
        """For each fold file one of the runs that use it."""
        return {run.folds_key: run for run in self.all_runs.values()}

    def fold_count(self, dataset: str) -> int:
        """The largest number of folds that a data set must have patients for."""
        return max(run.folds["count"] for run in self.all_runs.values() if run.dataset.key == dataset)

    def batch_settings(self, prepared: str, batch: int) -> dict:
        """Settings of one preparation job."""
        run = self.prepared[prepared]
        return {
            "dataset": run.dataset.settings,
            "preparation": run.preparation,
            "batch": batch,
            "batches": len(run.dataset.batches),
        }

    def fold_settings(self, folds: str) -> dict:
        """Settings of the job that writes a fold file."""
        run = self.fold_files[folds]
        return run.folds | {"protocol": run.protocol}

    def run_settings(self, run: str, fold: int) -> dict:
        """Settings of the training and prediction of one fold."""
        return self.all_runs[run].settings | {
            "fold": fold,
            "device": self.config.device,
            "threads": self.config.train_threads,
        }

    def evaluation_settings(self, run: str) -> dict:
        """Settings of the job that scores a run."""
        chosen = self.all_runs[run]
        empty = self.studies[chosen.study].empty_masks
        return {"experiment": chosen.name, "labels": chosen.dataset.settings["labels"], "empty": empty}

    def study_settings(self, study: str) -> dict:
        """Settings of the jobs that make a study's tables and figures."""
        spec = self.studies[study]
        runs = [{"name": run.name, "experiment": run.experiment, "protocol": run.protocol} for run in self.runs[study]]
        return {
            "study": study,
            "scale": self.config.scale,
            "runs": runs,
            "tables": {name: table.model_dump(mode="json") for name, table in spec.tables.items()},
            "figures": {name: figure.model_dump(mode="json") for name, figure in spec.figures.items()},
            "seed": spec.seed,
        }

    @property
    def report_settings(self) -> dict:
        """Settings of the job that writes the report."""
        kept = ("title", "citation", "claims", "differences")
        return {
            "config": self.config.model_dump(mode="json"),
            "studies": {
                name: {key: getattr(study, key) for key in kept}
                | {"datasets": [_described(run.dataset) for run in _one_per_dataset(self.runs[name])]}
                for name, study in self.studies.items()
            },
        }

    def prepared_batches(self, run: str) -> list[str]:
        """Files of the prepared batches that a run reads."""
        chosen = self.all_runs[run]
        folder = f"{self.config.work}/prepared/{chosen.prepared_key}"
        return [f"{folder}/batch{batch}/cases.json" for batch in chosen.dataset.batches]

    def score_files(self, study: str) -> list[str]:
        """The scores of every run of a study, in the order of study_settings."""
        return [f"{self.config.work}/runs/{run.key}/scores.csv" for run in self.runs[study]]

    def run_files(self, study: str, name: str) -> list[str]:
        """The file `name` of every fold of every run of a study."""
        return [file for run in self.runs[study] for file in self._fold_files(run, name)]

    def models_of(self, study: str, name: str) -> list[str]:
        """The files that describe the models of one run."""
        return [file for run in self.runs[study] if run.name == name for file in self._fold_files(run, "model.json")]

    def studies_of(self, wildcards: dict[str, str]) -> list[str]:
        """The studies that a job with these wildcards works for; all of them for a job without any."""
        if "study" in wildcards:
            return [wildcards["study"]]
        keys = set(wildcards.values())
        runs = self.all_runs.values()
        meant = [
            run for run in runs if not keys.isdisjoint((run.key, run.dataset.key, run.prepared_key, run.folds_key))
        ]
        return sorted({run.study for run in (meant or runs)})

    def _fold_files(self, run: Run, name: str) -> list[str]:
        return [f"{self.config.work}/runs/{run.key}/fold{fold}/{name}" for fold in run.fold_numbers]


def _one_per_dataset(runs: list[Run]) -> list[Run]:
    return list({run.dataset.key: run for run in runs}.values())


def _described(dataset: DatasetPlan) -> dict:
    return {key: dataset.settings[key] for key in ("name", "title", "source", "version")}


def make_plan(config: Config) -> Plan:
    """Resolve the config. Looks at the data folders that it names; raises ConfigError or DataError."""
    studies = load_studies(config)
    _check_data_names(config, studies)
    return Plan(config, studies, {name: _runs(name, study, config) for name, study in studies.items()})


def _runs(name: str, study: Study, config: Config) -> list[Run]:
    wanted = study.chosen(config.experiments)
    used = {study.experiments[experiment].dataset or study.dataset for experiment in wanted}
    datasets = {key: _dataset(key, study.datasets[key], config) for key in study.datasets if key in used}
    return [
        _run(
            name,
            study,
            experiment,
            protocol,
            datasets[study.experiments[experiment].dataset or study.dataset],
        )
        for protocol in config.protocols
        for experiment in wanted
    ]


def _run(name: str, study: Study, experiment: str, protocol: Protocol, dataset: DatasetPlan) -> Run:
    from segrepro.networks import list_networks

    spec = study.experiments[experiment]
    info = list_networks().get(spec.network)
    shared = {key: value for key, value in study.network_options.items() if info and key in info.options}
    training = {
        "task": spec.task,
        "network": spec.network,
        "options": shared | spec.options,
        "loss": spec.loss,
        "recipe": merged(study.recipe.model_dump(mode="json"), spec.recipe),
        "seed": study.seed,
    }
    preparation = study.preparation.model_dump(mode="json")
    return Run(name, experiment, protocol, dataset, preparation, study.folds.model_dump(mode="json"), training)


def _dataset(name: str, spec: DatasetSpec, config: Config) -> DatasetPlan:
    from segrepro.datasets import fingerprint, open_dataset

    source = config.data if isinstance(config.data, str) else config.data.get(name, "phantom")
    if source == "phantom":
        if spec.phantom is None:
            raise ConfigError(f"data.{name}", "'phantom'", "a folder", "There is no phantom of this data set.")
        version = digest(spec.layout, spec.phantom, STAGE_VERSIONS["phantom"])
        folder = f"{config.work}/phantoms/{name}-{version}"
        return DatasetPlan(name, spec, source, folder, version, spec.phantom["patients"])
    if source == "download":
        raise ConfigError(f"data.{name}", "'download'", "phantom or a folder", f"Get it yourself: {spec.access}")
    version = digest(spec.layout, fingerprint(Path(source)))
    return DatasetPlan(name, spec, "folder", source, version, len(open_dataset(spec.layout, Path(source)).cases))


def _check_data_names(config: Config, studies: dict[str, Study]) -> None:
    known = {name for study in studies.values() for name in study.datasets}
    for name in config.data if isinstance(config.data, dict) else []:
        if name not in known:
            raise ConfigError("config.yaml: data", repr(name), "a data set", nearest(name, known))
