"""Each study on the replica of its release, to the end: an epoch of training, predictions, scores, the report."""

import html
from typing import NamedTuple

import pytest
import yaml

from segrepro.utils.repository import REPOSITORY
from segrepro.utils.yaml_files import read_yaml
from tests.workflow.test_snakemake import snakemake

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(1800)]


class Tiny(NamedTuple):
    """datasets: the replica of each, and what it needs besides. table: one that has the rows, by their labels.

    told: what the page says of the data.
    """

    study: str
    experiments: list[str]
    datasets: dict
    table: str
    rows: list[str]
    told: list[str]
    overrides: dict = {}


STUDIES = [
    Tiny(
        "xnet",
        ["xnet"],
        {"atlas": {"replica": {"shrink": 8, "cases": 4}}},
        "table2",
        ["X-Net"],
        ["ATLAS R1.1: 4 of 229 scans"],
    ),
    # The upload with DWI; no other edition of the releases has it.
    Tiny(
        "pseudo_dwi",
        ["synthesis_l2", "unet_l2", "unet_ce_isles2024"],
        {
            "isles2018": {"release": "isles2018_first", "replica": {"shrink": 8, "cases": 6}},
            "isles2024": {"replica": {"shrink": 16, "cases": 4}},
        },
        "table1",
        ["L2"],
        ["ISLES 2018, first upload: 6 of 94 training cases", "ISLES'24: 4 of 149 cases"],
        # Six cases cannot be divided by the sizes of their lesions, as the paper's 94 are.
        {
            "preparation": {"size": [32, 32]},
            "folds": {
                "test_cases": None,
                "test_sizes": None,
                "validation_cases": None,
                "test_fraction": 0.34,
                "validation_fraction": 0.34,
            },
        },
    ),
    Tiny(
        "wmh",
        ["fcn_challenge", "o3"],
        {"wmh2017": {"replica": {"shrink": 8, "cases": 3}}},
        "official",
        ["VGG FCN"],
        ["WMH 2017 of DataverseNL: 3 of 60 training scans; 3 of 110 test scans"],
        {"preparation": {"size": [32, 32]}},
    ),
    Tiny(
        "scse",
        ["unet_mr"],
        {"chaos_mr": {"replica": {"shrink": 8, "cases": 3}, "preparation": {"size": [32, 32]}}},
        "challenge_mr",
        ["U-Net"],
        ["CHAOS MR, T2-SPIR: 3 of 20 patients"],
    ),
    Tiny(
        "hlenet",
        ["unet28", "unet28_spleen"],
        {
            "isic2017": {"replica": {"shrink": 32, "cases": 3}},
            "spleen": {"replica": {"shrink": 16, "cases": 4}, "preparation": {"resize": [32, 32], "size": [32, 32]}},
        },
        "table1_spleen",
        ["Unet-28"],
        ["ISIC 2017: 3 of 2000 training pictures", "MSD Task09 Spleen: 4 of 41 training cases"],
    ),
]


@pytest.mark.parametrize("tiny", STUDIES, ids=lambda tiny: tiny.study)
def test_a_study_runs_to_its_report_on_its_replica(tiny, tmp_path):
    overrides = {"datasets": tiny.datasets, "seeds": 1, "recipe": {"epochs": 1}, "network_options": {"base_width": 4}}
    config = {
        "studies": tiny.study,
        "experiments": tiny.experiments,
        "protocols": "clean",
        "overrides": {tiny.study: overrides | tiny.overrides},
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(read_yaml(REPOSITORY / "config.yaml") | config))
    done = snakemake(tmp_path, "report")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (tmp_path / f"results/{tiny.study}/tables/{tiny.table}.md").read_text().splitlines()
    for label in tiny.rows:
        (line, *_) = [line for line in lines if line.startswith((f"| {label} |", f"| {label} / "))]
        assert "not run" not in line, line
    page = (tmp_path / f"results/report/{tiny.study}.html").read_text()
    assert "Phantoms." in page
    head = html.unescape(page.split("</h1>")[0])
    for words in tiny.told:
        assert f"a replica of {words}" in head
