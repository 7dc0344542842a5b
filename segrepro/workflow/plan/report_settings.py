"""What the jobs that make tables, claims, figures and pages of a study are told."""

from segrepro.networks.registry import depends_on_seed
from segrepro.report.claims.judge import Settings as ClaimSettings
from segrepro.report.figures._drawing import Settings as FigureSettings
from segrepro.report.page.contents import StudyFacts
from segrepro.report.page.viewer_cases import ExportedDataset
from segrepro.report.page.viewer_cases import Settings as ExportSettings
from segrepro.report.spec import ReportedRun, TableSpec, UnrunNetworks
from segrepro.report.tables.build import Settings as TableSettings
from segrepro.workflow.config.load import differing_from_paper
from segrepro.workflow.plan.network_sizes import unrun_networks
from segrepro.workflow.plan.plan import Plan, one_per_dataset
from segrepro.workflow.plan.runs import Run


def table_settings(plan: Plan, study: str) -> TableSettings:
    """Settings of the job that builds a study's tables."""
    spec, failed = plan.studies[study], plan.failed_rows.get(study, [])
    shown = _tables(plan, study)
    asked = {one.experiment for one in [*plan.runs[study], *failed]} | plan.lacking[study].keys()
    return TableSettings(
        study=study,
        scale=plan.config.scale,
        runs=_reported(plan, plan.runs[study]),
        lacking=plan.lacking[study],
        failed=failed,
        margins=spec.margins,
        # A table without the paper's numbers and without a row that was asked for is empty.
        tables={k: t for k, t in shown.items() if t.published or asked & t.experiments},
        unrun={
            name: network
            for name, network in unrun_networks(spec, {run.experiment for run in plan.runs[study]}).items()
            if any(name in table.experiments for table in shown.values())
        },
        seed=spec.seed,
    )


def count_settings(plan: Plan, study: str) -> UnrunNetworks:
    """Settings of the job that counts the parameters of a study's networks that do not run."""
    return UnrunNetworks(networks=table_settings(plan, study).unrun)


def _tables(plan: Plan, study: str) -> dict[str, TableSpec]:
    """The tables of a study, as far as their experiments can run."""
    shown = plan.studies[study].shown_tables
    return {name: table.as_run(plan.lacking[study]) for name, table in shown.items()}


def claim_settings(plan: Plan, study: str) -> ClaimSettings:
    """Settings of the job that judges a study's claims."""
    spec = plan.studies[study]
    return ClaimSettings(
        study=study,
        scale=plan.config.scale,
        of_phantoms=any(run.dataset.is_phantom for run in plan.runs[study]),
        runs=_reported(plan, plan.runs[study]),
        changed=not spec.is_as_published,
        tables=_tables(plan, study),
        claims=spec.shown_claims,
        margins=spec.margins,
        labels={name: experiment.label for name, experiment in spec.experiments.items()},
        seed=spec.seed,
    )


def figure_settings(plan: Plan, study: str) -> FigureSettings:
    """Settings of the job that draws a study's figures."""
    shown = _reported(plan, plan.shown_runs(study))
    return FigureSettings(study=study, runs=shown, figures=plan.studies[study].figures)


def _reported(plan: Plan, runs: list[Run]) -> list[ReportedRun]:
    return [
        ReportedRun(
            name=run.name,
            experiment=run.experiment,
            protocol=run.protocol,
            seed=run.seed,
            label=run.label,
            trained=depends_on_seed(run.resolved.spec.network, run.resolved.options),
            choices=run.choices,
            prepared=plan.prepared_batches(run.key),
        )
        for run in runs
    ]


def export_settings(plan: Plan, study: str) -> ExportSettings:
    """Settings of the job that writes a study's cases for the report."""
    return ExportSettings(
        study=study,
        scale=plan.config.scale,
        runs=[run.name for run in plan.shown_runs(study)],
        datasets=[
            ExportedDataset(**run.dataset.folder.model_dump(), labels=dict(run.dataset.spec.labels))
            for run in one_per_dataset(plan.runs[study])
        ],
    )


def study_facts(plan: Plan, name: str) -> StudyFacts:
    """What the report says of a study."""
    study = plan.studies[name]
    of_paper = ("citation", "differences") if study.is_as_published else ()
    return StudyFacts(
        title=study.title,
        changed=not study.is_as_published,
        departures=[str(one) for one in study.departures],
        published_protocol=study.published and study.published.description,
        datasets=[run.dataset.facts for run in one_per_dataset(plan.runs[name])],
        published=[table.published for table in study.shown_tables.values() if table.published],
        proposed={key: table.proposed_label for key, table in _tables(plan, name).items()},
        differing=differing_from_paper(name, study.resolved),
        **{key: getattr(study, key) for key in of_paper},
    )
