"""Write the report on all studies: a folder of pages that open from disk."""

from pathlib import Path

from segrepro.report.page.from_results import report_from_results
from segrepro.workflow.job import run_job


def main(studies: list[Path], output: Path) -> list[Path]:
    """Write output, the first page, and the others beside it; studies: the evidence.json of each study."""
    written = report_from_results([path.parent for path in studies], output)
    return [output, *(output.parent / name for name in written)]


if __name__ == "__main__":
    run_job(main)
