"""Take over the training of a run that differs only in which of its weights are scored."""

import shutil
from pathlib import Path

from segrepro.training.model import share_model
from segrepro.training.settings import Settings
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job


def main(settings: Settings, model: Path, output: Path) -> list[Path]:
    """Write what `train_model` writes into the folder output, from the model of the other run.

    model: its card. settings: of this run, which the new card says.
    """
    with whole_file(output / "history.csv") as partial:
        shutil.copyfile(model.parent / "history.csv", partial)
    return [*share_model(model, output, settings), output / "history.csv"]


if __name__ == "__main__":
    run_job(main)
