"""What has to be made for a config: every data set, prepared form, fold file and run."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from segrepro.datasets.download import fetch
from segrepro.datasets.download.registry import download_folder, find_release
from segrepro.datasets.folds import Folds
from segrepro.datasets.folds import Settings as FoldSettings
from segrepro.datasets.integrity import check
from segrepro.datasets.label_map import LabelMap
from segrepro.datasets.layouts import find_test_cases, has_test_cases
from segrepro.datasets.releases import releases
from segrepro.evaluation.case_scores import Settings as ScoringSettings
from segrepro.inference.isles_submission import Settings as SubmissionSettings
from segrepro.preprocessing.prepared_cases import Feature
from segrepro.preprocessing.write_cases import FeatureSettings, PreparationSettings
from segrepro.report.spec import FailedRow
from segrepro.training.model import WEIGHTS
from segrepro.training.settings import Settings as TrainingSettings
from segrepro.workflow.config.config import Config
from segrepro.workflow.config.study import Study
from segrepro.workflow.plan.runs import DatasetPlan, Run


@dataclass(frozen=True)
class Plan:
    """Everything a config asks for.

    lacking: by study, what each experiment needs that was asked for and cannot run. failed_rows: by study, those left
    out since their run failed.
    """

    config: Config
    studies: dict[str, Study]
    runs: dict[str, list[Run]]
    lacking: dict[str, dict[str, str]]
    failed_rows: dict[str, list[FailedRow]] = field(default_factory=dict)

    @cached_property
    def datasets(self) -> dict[str, DatasetPlan]:
        """Data sets by path part."""
        return {run.dataset.key: run.dataset for run in self.all_runs.values()}

    @cached_property
    def all_runs(self) -> dict[str, Run]:
        """Runs of all studies by path part, also those that are not scored."""
        unscored = filter(None, map(self.submission_run, self.studies))
        return {run.key: run for run in [*(run for runs in self.runs.values() for run in runs), *unscored]}

    @cached_property
    def prepared(self) -> dict[str, Run]:
        """For each prepared form of a data set one of the runs that use it."""
        return {run.prepared_key: run for run in self.all_runs.values()}

    @cached_property
    def features(self) -> dict[str, tuple[Run, Feature]]:
        """For each feature, by path part, one of the runs that use it and the feature's settings."""
        return {key: (run, spec) for run in self.all_runs.values() for key, spec in run.features.items()}

    @cached_property
    def fold_files(self) -> dict[str, Run]:
        """For each fold file one of the runs that use it."""
        return {run.folds_key: run for run in self.all_runs.values()}

    @property
    def left_out(self) -> list[str]:
        """What does not run, for want of weights, modalities or a protocol, and hints about the cases; a line each."""
        published = "published" in (self.config.protocols or [])
        protocols = [name for name, study in self.studies.items() if published and not study.published]
        lacking: dict[tuple[str, str], list[str]] = {}
        for name, needs in self.lacking.items():
            for one, need in needs.items():
                lacking.setdefault((name, need), []).append(one)
        return [
            *(f"{name}: runs with protocol clean only: its paper has no other" for name in protocols),
            *(f"{name}: not run for want of {need}: {', '.join(names)}" for (name, need), names in lacking.items()),
            *(f"data.{one.name}: {one.hint}" for one in self.datasets.values() if one.hint),
        ]

    def fold_count(self, dataset: str) -> int:
        """The largest number of folds that a data set must have patients for."""
        return max([folds.count for folds in self._folds_of(dataset) if folds.by == "patient"], default=1)

    def _folds_of(self, dataset: str) -> list[Folds]:
        return [run.folds for run in self.all_runs.values() if run.dataset.key == dataset]

    def fetch_settings(self, dataset: str) -> fetch.Settings:
        """Settings of the job that makes a data set available."""
        one = self.datasets[dataset]
        facts = {key: getattr(one, key) for key in ("name", "source", "access", "contents")}
        facts |= {key: getattr(one.spec, key) for key in ("title", "layout", "release", "phantom", "replica")}
        return fetch.Settings(folder=one.path, **facts)

    def check_settings(self, dataset: str) -> check.Settings:
        """Settings of the job that looks for faults in a data set."""
        one = self.datasets[dataset]
        return check.Settings(
            **one.folder.model_dump(),
            phantom=one.is_phantom and not one.spec.replica,
            replica=one.is_phantom and bool(one.spec.replica),
            labels=list(one.spec.labels),
            allow_empty=one.spec.allow_empty,
            folds=self.fold_count(dataset),
            official=any(folds.by == "official" for folds in self._folds_of(dataset)),
            count_slices=any(folds.by == "slice" or folds.keep_slices for folds in self._folds_of(dataset)),
            measure_volumes=any(folds.test_sizes for folds in self._folds_of(dataset)),
        )

    def feature_settings(self, features: str, batch: int) -> FeatureSettings:
        """Settings of one job that computes a feature."""
        run, feature = self.features[features]
        dataset = run.dataset
        return FeatureSettings(dataset=dataset.folder, batch=batch, batches=len(dataset.batches), feature=feature)

    def batch_settings(self, prepared: str, batch: int) -> PreparationSettings:
        """Settings of one preparation job."""
        run = self.prepared[prepared]
        batches, preparation = len(run.dataset.batches), run.resolved.preparation
        return PreparationSettings(dataset=run.dataset.folder, batch=batch, batches=batches, preparation=preparation)

    def fold_settings(self, folds: str) -> FoldSettings:
        """Settings of the job that writes a fold file."""
        run = self.fold_files[folds]
        return FoldSettings(folds=run.folds, protocol=run.protocol, train_on_scored=run.train_on_all)

    def run_settings(self, run: str, fold: int) -> TrainingSettings:
        """Settings of the training and prediction of one fold."""
        chosen, machine = self.all_runs[run], {"device": self.config.device, "threads": self.config.train_threads}
        return TrainingSettings.model_validate(chosen.settings | {"fold": fold} | machine)

    def evaluation_settings(self, run: str) -> ScoringSettings:
        """Settings of the job that scores a run."""
        chosen = self.all_runs[run]
        study, spec, target = self.studies[chosen.study], chosen.dataset.spec, chosen.training["target"]
        units = sorted({table.unit for table in study.tables.values()} | {"case"})
        by_slice = chosen.folds.by == "slice"
        return ScoringSettings(
            experiment=chosen.method,
            seed=chosen.seed,
            division=chosen.division,
            labels=LabelMap(values=spec.labels, ignored=spec.ignore_label),
            empty=study.empty_masks,
            challenges=[] if by_slice else spec.challenge_metrics,
            units=["slice"] if by_slice else units,
            target=target,
            target_normalization=target and chosen.resolved.preparation.normalization_of(target),
            scored_size=chosen.resolved.preparation.scored_size,
        )

    def shown_runs(self, study: str) -> list[Run]:
        """The runs of a study whose masks are shown, those from the first seed; tables count all."""
        return [run for run in self.runs[study] if not (run.repeat or run.choices)]

    def prepared_batches(self, run: str) -> list[str]:
        """Files of the batches, prepared and computed, that a run reads."""
        chosen = self.all_runs[run]
        features = dict.fromkeys(key for one in (chosen, *chosen.members) for key in one.features)
        folders = [f"prepared/{chosen.prepared_key}", *(f"features/{key}" for key in features)]
        batches = chosen.dataset.batches
        return [f"{self.config.work}/{folder}/batch{batch}/cases.json" for folder in folders for batch in batches]

    def submission_files(self) -> list[str]:
        """The packages for hidden test sets, of the studies that have one, its cases and the model's run."""
        return [f"{self.config.results}/{study}/submission.zip" for study in self.studies if self.submission_run(study)]

    def submission_run(self, study: str) -> Run | None:
        """The run whose model segments the hidden test set; None where there is none."""
        spec = self.studies[study].submission
        found = [run for run in self.runs[study] if spec and run.experiment == spec.experiment]
        chosen = next((run for run in found if _has_hidden_cases(run.dataset)), None)
        return replace(chosen, train_on_all=True) if chosen and spec.train_on_all else chosen

    def submission_settings(self, study: str) -> SubmissionSettings:
        """Settings of the job that segments the hidden test set."""
        return SubmissionSettings(folder=self.submission_run(study).dataset.path, device=self.config.device)

    def submission_model(self, study: str) -> str:
        """The weights that segment the hidden test set: those that the run's protocol scores."""
        run = self.submission_run(study)
        return f"{self.config.work}/runs/{run.key}/fold0/{WEIGHTS[run.checkpoint]}"

    def first_model(self, run: str, fold: int) -> list[str]:
        """The weights that a fold of a run starts from; none if it starts afresh."""
        first = self.all_runs[run].init_from
        return [f"{self.config.work}/runs/{first.key}/fold{fold}/model.safetensors"] if first else []

    def weights_settings(self, weights: str) -> fetch.WeightsSettings:
        """Settings of the job that downloads pretrained weights."""
        folder = download_folder(self.config.work, *find_release(weights))
        return fetch.WeightsSettings(name=weights, folder=folder)

    def downloaded_weights(self, run: str) -> list[str]:
        """The file that tells where a run's pretrained weights were downloaded to; none if it needs no download."""
        chosen = self.all_runs[run]
        name = chosen.resolved.spec.pretrained
        download = name is not None and self.config.pretrained[name] == "download"
        return [f"{self.config.work}/weights/{name}/source.json"] if download else []

    def dataset_files(self, study: str, name: str) -> list[str]:
        """The file `name` of each data set of a study."""
        keys = [run.dataset.key for run in one_per_dataset(self.runs[study])]
        return [f"{self.config.work}/datasets/{key}/{name}" for key in keys]

    def source_file(self, run: Run) -> str:
        """What was fetched of a run's data set: whoever reads scans or labels looks whether they are still the same."""
        return f"{self.config.work}/datasets/{run.dataset.key}/source.json"

    def score_files(self, runs: list[Run]) -> list[str]:
        """The scores of runs, in their order."""
        return [f"{self.config.work}/runs/{run.key}/scores.csv" for run in runs]

    def run_files(self, runs: list[Run], name: str) -> list[str]:
        """The file `name` of every fold of runs."""
        return [file for run in runs for file in self._fold_files(run, name)]

    def models_of(self, study: str, name: str) -> list[str]:
        """The files that describe the models of one run."""
        runs = [run for run in self.all_runs.values() if (run.study, run.name) == (study, name)]
        return [file for run in runs for file in self._fold_files(run, "model.json")]

    def model_lists(self, study: str) -> list[str]:
        """The lists of the models that a study leaves in the results."""
        names = [run.name for run in self.all_runs.values() if run.study == study]
        return [f"{self.config.results}/{study}/{name}/models.csv" for name in names]

    def studies_of(self, wildcards: dict[str, str]) -> list[str]:
        """The studies that a job with these wildcards works for; all of them for a job without any."""
        if "study" in wildcards:
            return [wildcards["study"]]
        return sorted(self.studies_with(wildcards.values()) or {run.study for run in self.all_runs.values()})

    def studies_with(self, parts: Iterable[str]) -> set[str]:
        """The studies that need what one of these path parts stands for, such as a run or a fold file."""
        meant = set(parts)
        return {run.study for run in self.all_runs.values() if meant & run.path_parts}

    def needed(self, files: Iterable[Path], *studies: str) -> list[str]:
        """Those of these files below `work` that lie on the way to the results of these studies, or of any."""
        wanted = set(studies or self.studies)
        return [str(file) for file in files if self.studies_with(file.with_suffix("").parts) & wanted]

    def _fold_files(self, run: Run, name: str) -> list[str]:
        return [f"{self.config.work}/runs/{run.key}/fold{fold}/{name}" for fold in run.fold_numbers]


def _has_hidden_cases(dataset: DatasetPlan) -> bool:
    spec = dataset.spec
    if dataset.is_phantom and spec.replica:  # its folder need not be there yet
        return has_test_cases(spec.layout) and "test" in releases()[spec.release].set_of(spec.layout).parts
    if dataset.is_phantom:
        return has_test_cases(spec.layout) and spec.phantom.get("test_patients", 0) > 0
    return bool(find_test_cases(dataset.spec.layout, dataset.path))


def one_per_dataset(runs: list[Run]) -> list[Run]:
    """The first of these runs on each data set."""
    return list({run.dataset.key: run for run in runs}.values())
