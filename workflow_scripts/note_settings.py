"""Keep the settings of a study's results beside them."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, output: Path) -> None:
    """Write output, a JSON file, in place of that of former settings."""
    from segrepro.workflow.result_settings import note_settings

    note_settings(settings, output)


if __name__ == "__main__":
    run_job(main)
