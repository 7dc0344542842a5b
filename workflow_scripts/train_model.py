"""Train one experiment on one fold, from its newest checkpoint on."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, folds: Path, prepared: list[Path], start: list[Path], output: Path) -> None:
    """Write model.safetensors, last.safetensors, model.json and history.csv into the folder output."""
    from segrepro.training.train import train_run

    train_run(settings, folds, prepared, start, output)


if __name__ == "__main__":
    run_job(main)
