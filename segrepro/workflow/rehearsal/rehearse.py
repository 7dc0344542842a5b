"""Every experiment takes its first real steps: it trains, is killed, goes on, predicts a case and is scored."""

import json
import os
import re
import shutil
import statistics
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from segrepro.networks.registry import list_networks
from segrepro.networks.vgg_weights import PRETRAINED
from segrepro.training.model import CARD, WEIGHTS
from segrepro.training.model_card import parse_card
from segrepro.training.settings import Settings
from segrepro.utils.devices import gpu_in_sight
from segrepro.utils.errors import SegreproError
from segrepro.utils.files import file_sha256
from segrepro.utils.memory import free_memory_mb
from segrepro.workflow.config.config import Config
from segrepro.workflow.plan.make_plan import make_plan, pretrained_files
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.runs import Run
from segrepro.workflow.rehearsal.few_cases import FewCases, prepare_few, write_few_folds
from segrepro.workflow.rehearsal.jobs import OUT_OF_MEMORY, Job, Jobs, require_done
from segrepro.workflow.rehearsal.rehearsed import Preparing, Rehearsed, costs_key, read_rehearsed, write_rehearsed
from segrepro.workflow.rehearsal.shorten import shortened
from segrepro.workflow.rehearsal.stand_ins import with_data

STEP = re.compile(r"^epoch \d+/\d+ loss .*; ([\d.]+) ms a step", re.MULTILINE)
RESUMED = re.compile(r"^going on at epoch \d+, step (\d+)", re.MULTILINE)
OF_MEMORY = 0.9  # of what is free may a training take


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal of the experiments of a config, in a folder. shrink: of the replicas, for tests."""

    config: Config
    folder: Path
    shrink: int = 1
    _few: dict[tuple, FewCases] = field(default_factory=dict)

    @cached_property
    def plan(self) -> Plan:
        """The plan on a few cases: of the user's data, or of replicas."""
        config = self.config.model_copy(update={"work": str(self.folder), "results": str(self.folder / "results")})
        return make_plan(with_data(config, self.folder, self.shrink))

    def run(self) -> tuple[list[Rehearsed], dict[str, str]]:
        """Rehearse every experiment that was not yet; what was measured, and by experiment why it was not.

        What was trained goes in the end, what was measured stays.
        """
        found, failed = [], {}
        runs, done = self._runs(), self._done()
        for number, run in enumerate(runs, 1):
            name = f"{run.study}/{run.experiment}"
            if (one := done.get((run.study, run.experiment))) is None:
                print(f"{number}/{len(runs)} {name}", flush=True)
                try:
                    one = self._rehearse(run)
                except SegreproError as error:
                    print(f"segrepro: {error}", flush=True)
                    failed[name] = str(error)
                    continue
                write_rehearsed(self.folder, one)
            found.append(one)
        for part in ("runs", "prepared"):
            shutil.rmtree(self.folder / part, ignore_errors=True)
        return found, failed

    def _runs(self) -> list[Run]:
        """A run of each experiment, those that others begin with first."""
        trained = [run for run in self.plan.all_runs.values() if _is_trained_here(run)]
        runs = {(run.study, run.experiment): run for run in reversed(trained)}
        return sorted(runs.values(), key=lambda run: (run.study, run.init_from is not None))

    def _done(self) -> dict[tuple[str, str], Rehearsed]:
        """What need not be rehearsed: that with the same costs, unless another one still has to begin with it."""
        keys = {(run.study, run.experiment): costs_key(self.settings_of(run)) for run in self._runs()}
        known = [((one.study, one.experiment), one) for one in read_rehearsed(self.folder)]
        done = {name: one for name, one in known if keys.get(name) == one.key}
        begun = [run.init_from for run in self._runs() if run.init_from and (run.study, run.experiment) not in done]
        for first in begun:
            if not (self.folder_of(first) / CARD).exists():
                done.pop((first.study, first.experiment), None)
        return done

    def settings_of(self, run: Run) -> Settings:
        """The settings of a run's training at its published recipe."""
        return self.plan.run_settings(run.key, 0)

    def _rehearse(self, run: Run) -> Rehearsed:
        started = time.monotonic()
        jobs = Jobs(self.folder)
        few = self._prepared(run, jobs)
        trained = _Training(self, run, few).trained()
        predict, score = self._scored(run, few, trained.settings)
        model = trained.output / CARD
        card = parse_card(model)
        shutil.rmtree(trained.output / "checkpoint", ignore_errors=True)
        return Rehearsed(
            study=run.study,
            experiment=run.experiment,
            key=costs_key(trained.planned),
            device=card.device,
            micro_batch_size=trained.micro_batch_size,
            steps=trained.settings.recipe.iterations,
            resumed_at=trained.resumed_at,
            step_seconds=trained.step_seconds,
            validation_seconds=trained.validation_seconds(card.training_seconds),
            train_mb=card.peak_memory_mb,
            gpu_mb=card.peak_gpu_memory_mb,
            predict_seconds=predict.seconds,
            predict_mb=predict.peak_mb,
            score_seconds=score.seconds,
            score_mb=score.peak_mb,
            checkpoint_bytes=trained.checkpoint_bytes,
            model_bytes=sum((trained.output / name).stat().st_size for name in WEIGHTS.values()),
            prediction_bytes=_bytes_in(trained.output / "predictions"),
            seconds=time.monotonic() - started,
            load=os.getloadavg()[0],
            preparing=Preparing(**{name: getattr(few, name) for name in Preparing.model_fields}),
        )

    def _prepared(self, run: Run, jobs: Jobs) -> FewCases:
        key = (run.prepared_key, *run.features)
        if key not in self._few:
            self._few[key] = prepare_few(self.plan, run, jobs)
        return self._few[key]

    def folder_of(self, run: Run) -> Path:
        """Where a run's model goes."""
        return self.folder / "runs" / run.study / run.experiment

    def _scored(self, run: Run, few: FewCases, settings: Settings) -> tuple[Job, Job]:
        """The jobs that predict the held-out case and score it."""
        folder, jobs, what = self.folder_of(run), Jobs(self.folder), f"{run.study}/{run.experiment}"
        predictions = folder / "predictions.csv"
        given = {"settings": settings, "model": folder / CARD, "folds": folder / "folds.csv"}
        predict = jobs.run("predict_cases", **given, prepared=few.files, output=predictions)
        require_done(predict, f"{what}: prediction")
        scores = {"settings": self.plan.evaluation_settings(run.key), "predictions": [predictions]}
        score = jobs.run("evaluate_predictions", **scores, source=few.source, workers=1, output=folder / "scores.csv")
        return predict, require_done(score, f"{what}: scoring")


class _Training:
    """The training of one run: begun, killed at its first checkpoint, and taken up."""

    def __init__(self, rehearsal: Rehearsal, run: Run, few: FewCases):
        self.rehearsal, self.run, self.few = rehearsal, run, few
        self.output = rehearsal.folder_of(run)
        self.planned = rehearsal.settings_of(run)
        self.micro_batch_size: int | None = None
        self.resumed_at: int | None = None
        self.checkpoint_bytes = 0
        self.step_ms: list[float] = []

    def trained(self) -> "_Training":
        """Train with the whole batch, or in the largest halves of it that fit in memory."""
        batch, given = self.planned.recipe.batch_size, self.planned.recipe.micro_batch_size
        while (job := self._attempt()).code:
            images = (self.micro_batch_size or (1 if given == "auto" else given or batch)) // 2
            if OUT_OF_MEMORY not in job.said or images < 1 or self.planned.task == "adversarial":
                require_done(job, f"{self.run.study}/{self.run.experiment}: training")
            self.micro_batch_size = images
            print(f"  {images * 2} images do not fit in memory at once; {images}, accumulated", flush=True)
        return self

    @property
    def settings(self) -> Settings:
        """The planned settings with the shortened recipe."""
        files = pretrained_files(self.rehearsal.plan.config)
        file = files.get(self.planned.pretrained_sha256)
        changes = {"recipe": shortened(self.planned.recipe, self.micro_batch_size)}
        return self.planned.model_copy(
            update=changes | ({"pretrained_sha256": file_sha256(Path(file))} if file else {})
        )

    @property
    def step_seconds(self) -> float:
        """Of a step, once torch has warmed up: the first of each process is left out where there are others."""
        return statistics.median(self.step_ms[-1:] or [0.0]) / 1000

    def validation_seconds(self, training_seconds: float) -> float:
        """Of one slice; the training's seconds are those of its steps and of its validations."""
        slices = self.planned.recipe.batch_size * max(len(self.step_ms), 1)
        return max(training_seconds - sum(self.step_ms) / 1000, 0.0) / slices

    def _attempt(self) -> Job:
        shutil.rmtree(self.output, ignore_errors=True)
        folds, checkpoint = self.output / "folds.csv", self.output / "checkpoint" / "checkpoint.pt"
        write_few_folds(self.few.files, self.planned.recipe.batch_size, folds)
        start = self.run.init_from
        given = {
            "settings": self.settings,
            "folds": folds,
            "prepared": self.few.files,
            "start": [self.rehearsal.folder_of(start) / WEIGHTS["best"]] if start else [],
            "output": self.output,
        }
        jobs, until = self._jobs(), None if _takes_no_steps(self.planned.network) else checkpoint
        job = jobs.run("train_model", until=until, **given)
        self.step_ms = [float(ms) for ms in STEP.findall(job.said)]
        if until is None or job.code and not job.killed:
            return job
        self.checkpoint_bytes = checkpoint.stat().st_size
        again = jobs.run("train_model", **given)
        self.step_ms += [float(ms) for ms in STEP.findall(again.said)]
        if found := RESUMED.search(again.said):
            self.resumed_at = int(found[1])
        elif not again.code:
            raise SegreproError(self.output, "a training that began anew", "one that goes on from its checkpoint")
        return again

    def _jobs(self) -> Jobs:
        files = pretrained_files(self.rehearsal.plan.config).values()
        environment = {PRETRAINED: json.dumps({file_sha256(Path(file)): file for file in files})}
        # A limit on addresses is none on the memory of a GPU, whose addresses are many times more.
        on_gpu = self.planned.device != "cpu" and gpu_in_sight()
        limit = None if on_gpu else round(OF_MEMORY * free_memory_mb())
        return replace(Jobs(self.rehearsal.folder), environment=environment, memory_mb=limit)


def _is_trained_here(run: Run) -> bool:
    """Whether a run's table rows rest on a training of ours: not on finished masks, other models or nnU-Net."""
    return not (run.train_on_all or run.masks_sha256 or run.members or run.is_nnunet)


def _takes_no_steps(network: str) -> bool:
    """Whether a network takes no steps."""
    info = list_networks().get(network)
    return info is not None and info.fitted


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
