"""Segment a hidden test set and pack the masks as its challenge wants them."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, model: Path, output: Path) -> None:
    """Write output, a zip of masks."""
    from segrepro.inference.isles_submission import make_submission

    make_submission(settings, model, output)


if __name__ == "__main__":
    run_job(main)
