"""The settings that a study's results were made with, kept beside them.

Results may come to a folder without Snakemake's own record of how they were made: from a DVC remote, from a colleague.
Snakemake then takes any file that is there for a current one. The hash in the name of the settings' file prevents
that: under other settings another file is wanted, it is not there, and all that depends on it is made anew.
"""

from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.runs import digest
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS


def result_settings(plan: Plan, study: str) -> dict:
    """Everything that a study's tables, figures and models depend on; no path of a data set, which may move."""
    runs = {
        run.key: plan.run_settings(run.key, run.fold_numbers[0]).model_dump(mode="json")
        | plan.evaluation_settings(run.key).model_dump(mode="json")
        for run in plan.runs[study]
    }
    stages = {stage: STAGE_VERSIONS[stage] for stage in ("predict", "evaluate")}
    reported = plan.table_settings(study).model_dump(mode="json") | plan.figure_settings(study).model_dump(mode="json")
    claims = plan.claim_settings(study).model_dump(mode="json")
    return {"study": reported, "claims": claims, "runs": runs, "stages": stages}


def settings_file(plan: Plan, study: str) -> str:
    """Where the settings of a study's results stand."""
    return f"{plan.config.results}/{study}/settings-{digest(result_settings(plan, study))}.json"
