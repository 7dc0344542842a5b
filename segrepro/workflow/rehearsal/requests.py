"""Memory and time that jobs of a run ask for: what the rehearsal measured, where there was one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.rehearsal.forecast import training_seconds
from segrepro.workflow.rehearsal.rehearsed import FOLDER, Rehearsed, costs_key, read_rehearsed

# More than was measured: allocators keep some, and steps differ.
MEMORY_MARGIN, TIME_MARGIN = 1.3, 2.0
LEAST_MB, LEAST_MINUTES = 1000, 30
# How Snakemake asks for a resource: by a job's wildcards and the number of its attempt, from 1.
Growing = Callable[..., int]


def growing(amount: int) -> Growing:
    """Memory in MB or time in minutes that grows with each attempt of a job.

    >>> growing(4000)(wildcards=None, attempt=2)
    8000
    """
    return lambda wildcards, attempt: amount * attempt


@dataclass(frozen=True)
class Requests:
    """What the jobs of a plan ask for. measured: by `costs_key`; empty where nothing was rehearsed."""

    plan: Plan
    measured: dict[str, Rehearsed]

    def memory_mb(self, run: str, stage: Literal["train", "predict", "score"], otherwise: int) -> int:
        """MB of a job of a run; `otherwise` where it was not rehearsed as it is planned."""
        one = self._of(run)
        return otherwise if one is None else max(LEAST_MB, round(MEMORY_MARGIN * getattr(one, f"{stage}_mb")))

    def training_minutes(self, run: str, otherwise: int, on_gpu: bool) -> int:
        """Minutes of a training, where it was rehearsed on the kind of device that it will run on."""
        one = self._of(run)
        if one is None or on_gpu == (one.device == "cpu"):
            return otherwise
        return max(LEAST_MINUTES, round(TIME_MARGIN * training_seconds(self.plan.all_runs[run], one) / 60))

    def growing_mb(self, stage: Literal["train", "predict", "score"], otherwise: int) -> Growing:
        """`memory_mb` of a job with the wildcard `run`, growing with each attempt."""
        if not self.measured:
            return growing(otherwise)
        return lambda wildcards, attempt: attempt * self.memory_mb(wildcards.run, stage, otherwise)

    def growing_minutes(self, otherwise: int, gpus: Callable[[object], int]) -> Growing:
        """`training_minutes`, likewise. gpus: how many a job with these wildcards has."""
        if not self.measured:
            return growing(otherwise)
        return lambda wildcards, attempt: (
            attempt * self.training_minutes(wildcards.run, otherwise, bool(gpus(wildcards)))
        )

    def _of(self, run: str) -> Rehearsed | None:
        return self.measured.get(costs_key(self.plan.run_settings(run, 0)))


def requests_of(plan: Plan) -> Requests:
    """The requests of a plan, by what was rehearsed in its folder `work`."""
    found = read_rehearsed(Path(plan.config.work) / FOLDER)
    return Requests(plan, {one.key: one for one in found})
