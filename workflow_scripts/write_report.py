"""Write the report on all studies: a folder of pages that open from disk."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(
    settings: dict,
    tables: list[Path],
    figures: list[Path],
    cases: list[Path],
    models: list[Path],
    sources: list[Path],
    output: Path,
) -> None:
    """Write output, the first page, and the others beside it."""
    from segrepro.report.page.write import write_report

    write_report(settings, tables, figures, cases, models, sources, output)


if __name__ == "__main__":
    run_job(main)
