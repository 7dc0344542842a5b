"""Note the settings that a study's results are made with, beside them."""

import json
from pathlib import Path

from segrepro.report.evidence.record import StudySettings
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job
from segrepro.workflow.seals import remove_sealed


def main(settings: StudySettings, output: Path) -> list[Path]:
    """Write output, in the order of the settings, and remove the settings of former results beside it."""
    for former in output.parent.glob("settings-*.json"):
        remove_sealed(former)
    with whole_file(output) as partial:
        partial.write_text(json.dumps(settings.model_dump(mode="json"), indent=1) + "\n")
    return [output]


if __name__ == "__main__":
    run_job(main)
