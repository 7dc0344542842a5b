"""Copy the models of a run from the work folder to the results."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(models: list[Path], output: Path) -> None:
    """Copy model.safetensors and model.json of each fold into output/fold<n>."""
    from segrepro.workflow.stages import publish

    publish(models, output)


if __name__ == "__main__":
    run_job(main)
