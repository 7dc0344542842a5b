"""Runs without a training of their own: those of nnU-Net, those made of others, those that share a training."""

from segrepro.datasets.label_map import LabelMap
from segrepro.training.model import WEIGHTS
from segrepro.training.nnunet_settings import PlanSettings
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.runs import Run


def nnunet_runs(plan: Plan) -> dict[str, Run]:
    """The runs of nnU-Net by path part."""
    return {key: run for key, run in plan.all_runs.items() if run.is_nnunet}


def nnunet_sets(plan: Plan) -> dict[str, Run]:
    """For each data set that nnU-Net plans for, by path part, one of the runs that use it."""
    return {run.nnunet_key: run for run in nnunet_runs(plan).values()}


def nnunet_plan(plan: Plan, run: str) -> str:
    """The file of nnU-Net's plans for a run."""
    return f"{plan.config.work}/nnunet/{plan.all_runs[run].nnunet_key}/plans.json"


def nnunet_settings(plan: Plan, nnunet: str) -> PlanSettings:
    """Settings of the job in which nnU-Net plans and preprocesses."""
    run = nnunet_sets(plan)[nnunet]
    return PlanSettings(
        dataset=run.dataset.folder,
        labels=LabelMap(values=run.dataset.spec.labels, ignored=run.dataset.spec.ignore_label),
        modalities=run.modalities,
        configuration=run.resolved.options.get("configuration", "2d"),
    )


def combined_runs(plan: Plan) -> list[str]:
    """The runs that are made of trained ones, by path part."""
    return [key for key, run in plan.all_runs.items() if run.members]


def member_models(plan: Plan, run: str, fold: int) -> list[str]:
    """The weights of a run's members that their protocol scores."""
    members = plan.all_runs[run].members
    return [f"{plan.config.work}/runs/{one.key}/fold{fold}/{WEIGHTS[one.checkpoint]}" for one in members]


def shared_trainings(plan: Plan) -> dict[str, Run]:
    """The runs that differ from one before them only in which weights are scored, by path part; and that one."""
    first: dict[str, Run] = {}
    runs = {key: run for key, run in plan.all_runs.items() if not (run.is_nnunet or run.members)}
    for run in runs.values():
        first.setdefault(run.hash, run)
    return {key: first[run.hash] for key, run in runs.items() if first[run.hash].key != key}
