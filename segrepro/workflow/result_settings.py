"""The settings that a study's results were made with, kept beside them.

Results may come to a folder without Snakemake's own record of how they were made: from a DVC remote, from a colleague.
Snakemake then takes any file that is there for a current one. The hash in the name of the settings' file prevents
that: under other settings another file is wanted, it is not there, and all that depends on it is made anew.
"""

from pathlib import Path

from segrepro.report.evidence.record import Origin, RunSettings, StudySettings
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.report_settings import claim_settings, figure_settings, study_facts, table_settings
from segrepro.workflow.plan.runs import digest
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS


def result_settings(plan: Plan, study: str) -> StudySettings:
    """Everything that a study's tables, figures and models depend on; no path of a data set, which may move."""
    return StudySettings(
        tables=table_settings(plan, study),
        claims=claim_settings(plan, study),
        figures=figure_settings(plan, study),
        runs={
            run.name: RunSettings(
                training=plan.run_settings(run.key, run.fold_numbers[0]), scoring=plan.evaluation_settings(run.key)
            )
            for run in plan.runs[study]
        },
        stages={stage: STAGE_VERSIONS[stage] for stage in ("predict", "evaluate")},
    )


def settings_file(plan: Plan, study: str) -> str:
    """Where the settings of a study's results stand."""
    return f"{plan.config.results}/{study}/settings-{digest(result_settings(plan, study).model_dump(mode='json'))}.json"


def origin_of(plan: Plan, study: str) -> Origin:
    """Where a study's results come from."""
    datasets = {run.dataset.key: plan.fetch_settings(run.dataset.key) for run in plan.runs[study]}
    return Origin(
        study=study,
        settings=Path(settings_file(plan, study)).name,
        runs=[run.name for run in plan.runs[study]],
        # What else runs, and where arrays are read from, is no origin: otherwise it would be noted anew each time.
        config=plan.config.model_dump(mode="json", exclude={"copy_to_scratch", "track", "track_uri"})
        | {"studies": study},
        facts=study_facts(plan, study),
        datasets=datasets,
    )
