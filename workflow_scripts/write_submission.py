"""Segment a challenge's hidden test set and write the package to send in."""

from pathlib import Path

import numpy as np

from segrepro.datasets.layouts.isles2018 import find_test_cases
from segrepro.datasets.source import as_fetched
from segrepro.inference.ensemble import load_ensemble, segment
from segrepro.inference.isles_submission import Settings, write_package
from segrepro.inference.predictor import Predictor
from segrepro.utils.devices import choose_device
from segrepro.workflow.job import run_job


def main(settings: Settings, model: Path, source: Path, output: Path) -> list[Path]:
    """Write output, the package, with a mask for every case of the hidden test set."""
    predictor = Predictor(load_ensemble([model]), choose_device(settings.device))
    made = []
    with as_fetched(source):
        for case in find_test_cases(settings.folder):
            found = segment(case, predictor)
            made.append((case, found.labels, np.array(found.record.affine)))
            print(f"{len(made)} cases segmented", flush=True)
    print(f"{len(write_package(made, output))} masks in {output}", flush=True)
    return [output]


if __name__ == "__main__":
    run_job(main)
