"""Every metric has one entry, and the lists that follow from it are those of the functions."""

import subprocess
import sys

import numpy as np

from segrepro.evaluation.metrics import challenges, lesion_metrics, segmentation_metrics
from segrepro.evaluation.metrics.registry import CHALLENGES, LESIONS, MASKS, METRICS, SYNTHESIS, names_of
from segrepro.evaluation.metrics.synthesis import synthesis_scores


def mask() -> np.ndarray:
    mask = np.zeros((16, 16, 4), bool)
    mask[2:9, 3:12] = True
    return mask


def test_the_entries_are_what_the_functions_give():
    assert {*segmentation_metrics(mask(), mask(), (1, 1, 1))} == {*names_of(MASKS)}
    assert {*lesion_metrics(mask(), mask())} == {*names_of(LESIONS)}
    images = [np.linspace(0, 1, 2048).reshape(2, 32, 32)] * 3
    assert {*synthesis_scores(*images)} == {*names_of(SYNTHESIS)}


def test_a_challenge_has_an_entry_for_each_of_its_measures_under_its_name():
    for name, metrics in CHALLENGES.items():
        arguments = (mask()[0], mask()[0]) if name == "isic2017" else (mask(), mask(), (1, 1, 1))
        assert tuple(getattr(challenges, f"{name}_scores")(*arguments)) == names_of(metrics)
        assert {f"{name}_{metric.name}" for metric in metrics} <= METRICS.keys()


def test_units_and_names_agree_and_what_has_a_unit_is_an_error_or_no_judgement():
    ends = {"mm": "_mm", "ml": "_ml", "%": "_percent"}
    for name, metric in METRICS.items():
        assert metric.name == name
        found = {unit for unit, end in ends.items() if name.endswith(end)}
        assert found == {metric.unit} - {"", "dB"}
        if found:
            assert not metric.higher_is_better


def test_lists_of_metrics_need_neither_torch_nor_pandas():
    code = "import sys, segrepro.evaluation.metrics; print({'torch', 'pandas'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
