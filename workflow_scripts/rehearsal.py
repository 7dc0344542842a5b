"""Rehearse every experiment that the configuration asks for."""

from pathlib import Path

from segrepro.workflow.config.config import Config
from segrepro.workflow.job import run_job
from segrepro.workflow.rehearsal.run import rehearse_config


def main(settings: Config, output: Path) -> list[Path]:
    """Write output, what the whole run would take, as Markdown, beside what was measured of each experiment."""
    rehearse_config(settings)
    return []  # `segrepro rehearse` writes it too, which is no damage


if __name__ == "__main__":
    run_job(main)
