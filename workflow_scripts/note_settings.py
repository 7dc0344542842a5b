"""Note the settings that a study's results are made with, beside them."""

import json
from pathlib import Path

from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job
from segrepro.workflow.seals import remove_sealed


def main(settings: dict, output: Path) -> list[Path]:
    """Write output and remove the settings of former results beside it."""
    for former in output.parent.glob("settings-*.json"):
        remove_sealed(former)
    with whole_file(output) as partial:
        partial.write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
    return [output]


if __name__ == "__main__":
    run_job(main)
