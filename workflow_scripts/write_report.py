"""Write the report on all studies as one page that opens from disk."""

from pathlib import Path

from segrepro.jobs import run_job


def main(settings: dict, tables: list[Path], figures: list[Path], output: Path) -> None:
    """Write output, the page."""
    from segrepro.report.page import write_report

    write_report(settings, tables, figures, output)


if __name__ == "__main__":
    run_job(main)
