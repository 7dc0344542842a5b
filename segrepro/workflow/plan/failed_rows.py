"""Rows whose run failed: a second pass of the same command makes all else without them, and their rows say why.

What failed is handed to the second pass in the environment, so that the next command tries it again.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from segrepro.report.spec import FailedRow
from segrepro.workflow.monitor.run_files import text_of
from segrepro.workflow.monitor.status import Status
from segrepro.workflow.plan.other_rows import shared_trainings
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.runs import Run

FAILED = "SEGREPRO_FAILED_RUNS"
SHOWN = 300  # characters of a reason


def failed_before() -> dict[str, str]:
    """The runs that failed in passes before this one, and why, by path part; none in a first pass."""
    return json.loads(os.environ.get(FAILED, "{}"))


def failed_now(status: Status, plan: Plan) -> dict[str, str]:
    """The runs of a plan of which a job failed, and the last line of what it said, by path part."""
    found = {}
    for job in status.jobs["failed"]:
        parts = {*Path(job.output).parts}
        for key, run in plan.all_runs.items():
            if parts & {key, run.nnunet_key}:
                found[key] = reason(text_of(status.folder / job.log) if job.log else "")
    return found


def reason(log: str) -> str:
    """The line that a failed job ended with: its own of a fault, or the last that python printed.

    >>> reason("step 3\\nsegrepro: a.nii: found NaN; expected numbers.\\n")
    'a.nii: found NaN; expected numbers.'
    """
    lines = [line.strip() for line in log.splitlines() if line.strip()] or ["it left no word; was it killed?"]
    told = [line.removeprefix("segrepro: ") for line in lines if line.startswith("segrepro: ")]
    return (told or lines)[-1][:SHOWN]


def without_failed(plan: Plan, failed: Mapping[str, str]) -> Plan:
    """The plan without the runs that failed, and those that begin with one of them; studies without a run go."""
    shared = shared_trainings(plan)
    failed = {
        key: f"{one.name}, whose training it shares, failed" for key, one in shared.items() if one.key in failed
    } | {**failed}
    reasons = {run.key: why for run in plan.all_runs.values() if (why := _why(run, failed))}
    runs = {study: [run for run in found if run.key not in reasons] for study, found in plan.runs.items()}
    rows = {
        study: [
            FailedRow(experiment=run.experiment, protocol=run.protocol, reason=reasons[run.key])
            for run in found
            if run.key in reasons and not run.choices
        ]
        for study, found in plan.runs.items()
    }
    left = {study: found for study, found in runs.items() if found}
    return replace(plan, studies={study: plan.studies[study] for study in left}, runs=left, failed_rows=rows)


def _why(run: Run, failed: Mapping[str, str]) -> str:
    lost = [one for one in run.built_on if _why(one, failed)]
    return f"{lost[0].name}, which it is built on, failed" if lost else failed.get(run.key, "")


def pass_without(failed: Mapping[str, str], folder: str) -> None:
    """Run the same command again, from the folder that it was given in, without the runs that failed."""
    for key, why in failed.items():
        print(f"segrepro: {key} failed: {why}", file=sys.stderr)
    print("segrepro: all else is made without them; their rows say that they failed", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "snakemake", *sys.argv[1:]]
    subprocess.run(command, cwd=folder, env=os.environ | {FAILED: json.dumps(dict(failed))}, check=False)
