"""Count the parameters of a study's networks that do not run."""

from pathlib import Path

from segrepro.report.spec import NetworkCounts, UnrunNetworks
from segrepro.report.tables.parameters import full_counts
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job


def main(settings: UnrunNetworks, output: Path) -> list[Path]:
    """Write output, the counts at the width of the paper."""
    counts = NetworkCounts(at_full_width=full_counts(settings.networks))
    with whole_file(output) as partial:
        partial.write_text(counts.model_dump_json(indent=1) + "\n")
    return [output]


if __name__ == "__main__":
    run_job(main)
