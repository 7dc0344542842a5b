"""Every release as its owner has it, whole: what the check says, and which rows of its study run on it.

The rows are those of `snakemake -n --config scale=paper experiments=all data=...`, counted by table; the others say
what they need. Pictures and volumes are tiny, cases and slices as many as the release has.
"""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.datasets.releases import releases, weights_names
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.workflow.test_snakemake import snakemake

NO_DWI = "dwi, which this edition lacks"
NO_VGG = "pretrained.vgg16"
NO_O3, NO_O4 = (f"observer_o{number}, which this edition lacks" for number in (3, 4))
ON_ISLES_2024 = {"table1": 8, "table2": 6, "table3": 8, "table4": 6, "table5": 10}
NO_ISLES_2024 = {f"{table}_isles2024": (0, {"data.isles2024": rows}) for table, rows in ON_ISLES_2024.items()}
NO_ISLES_2018 = {table: (0, {"data.isles2018": rows}) for table, rows in ON_ISLES_2024.items()}
ATLAS = {"table1": (7, {}), "table2": (8, {})}


class Owned(NamedTuple):
    """found: what the check begins with, and besides. rows: by table how many run, and what others need."""

    release: str
    shrink: int
    found: list[str]
    study: str = ""
    rows: dict[str, tuple[int, dict[str, int]]] = {}


OWNED = [
    Owned("atlas", 24, ["ATLAS R1.1: complete: 229 of 229 scans"], "xnet", ATLAS),
    Owned("atlas_r1_2", 24, ["ATLAS R1.2, standard space: complete: 239 of 239 scans"], "xnet", ATLAS),
    Owned("atlas_r2", 24, ["ATLAS R2.0: complete: 655 of 655 training scans; 300 of 300 test scans"], "xnet", ATLAS),
    Owned(
        "isles2018",
        32,
        [
            "ISLES 2018, re-upload of July 2018: complete: 94 of 94 training cases; 62 of 62 test cases",
            "502 slices as published; no MR_DWI in this edition",
            'Tables 1, 2 and parts of 5, parts of "Section 4.2.5" cannot be run, Tables 3 and 4 can',
        ],
        "pseudo_dwi",
        {
            "table1": (0, {NO_DWI: 8}),
            "table2": (0, {NO_DWI: 6}),
            "table3": (8, {}),
            "table4": (6, {}),
            "table5": (3, {NO_DWI: 7}),
            "lesion_size": (1, {NO_DWI: 2}),
        }
        | NO_ISLES_2024,
    ),
    Owned(
        "isles2018_first",
        32,
        ["ISLES 2018, first upload: complete: 94 of 94 training cases; 62 of 62 test cases", "all tables can be run"],
        "pseudo_dwi",
        {"table1": (8, {}), "table2": (6, {}), "table3": (8, {}), "table4": (6, {}), "table5": (10, {})}
        | {"lesion_size": (3, {})}
        | NO_ISLES_2024,
    ),
    Owned("isles2022", 16, ["ISLES 2022: complete: 250 of 250 cases", "note: empty mask in 3 cases"]),
    Owned(
        "isles2024",
        64,
        ["ISLES'24: complete: 149 of 149 cases", "140 cases of 140 patients: no fault"],
        "pseudo_dwi",
        NO_ISLES_2018
        | {"lesion_size": (0, {"data.isles2018": 3})}
        | {f"{table}_isles2024": (rows, {}) for table, rows in ON_ISLES_2024.items()},
    ),
    Owned(
        "wmh2017",
        30,
        ["WMH 2017 of DataverseNL: complete: 60 of 60 training scans; 110 of 110 test scans", "all tables can be run"],
        "wmh",
        {
            "challenge": (4, {NO_VGG: 2}),
            "official": (2, {NO_VGG: 1}),
            "scanners": (6, {NO_VGG: 2}),
            "settings": (7, {}),
        },
    ),
    Owned(
        "wmh2017_zips",
        30,
        ["WMH 2017, the zips of the challenge: complete: 60 of 60 training scans", "own division", "cannot be run"],
        "wmh",
        {
            "challenge": (2, {NO_VGG: 2, NO_O3: 1, NO_O4: 1}),
            "official": (0, {NO_VGG: 1, "parts, which this edition lacks": 2}),
            "scanners": (4, {NO_VGG: 2, NO_O3: 1, NO_O4: 1}),
            "settings": (7, {}),
        },
    ),
    Owned(
        "isic2017",
        400,
        [
            "ISIC 2017: complete: 2000 of 2000 training pictures; 150 of 150 validation pictures",
            "600 of 600 test pictures; hlenet: all tables can be run",
            "note: same image in 3 cases (ISIC_0012216, ISIC_0012301, ISIC_0012300)",
        ],
        "hlenet",
        {"table1_isic": (6, {}), "table1_spleen": (0, {"data.spleen": 6})},
    ),
    Owned(
        "msd_spleen",
        48,
        ["MSD Task09 Spleen: complete: 41 of 41 training cases; 20 of 20 test cases", "hlenet: all tables can be run"],
        "hlenet",
        {"table1_isic": (0, {"data.isic2017": 6}), "table1_spleen": (6, {})},
    ),
]
CHAOS = Owned(
    "chaos",
    32,
    ["CHAOS CT: complete: 20 of 20 patients; 20 of 20 test patients, 2874 slices as published", "CHAOS MR, T2-SPIR"],
    "scse",
    {
        **{name: (6, {}) for name in ("ct", "mr", "challenge_ct", "challenge_mr")},
        **{name: (2, {}) for name in ("structures_ct", "structures_mr")},
        **{name: (8, {}) for name in ("division_ct", "division_mr")},
    },
)


def test_no_release_is_left_out():
    assert {one.release for one in [*OWNED, CHAOS]} == set(releases()) - set(weights_names())


@pytest.mark.parametrize("owned", [*OWNED, CHAOS], ids=lambda owned: owned.release)
def test_a_whole_release_is_told_and_its_rows_run_or_say_why_not(owned, replica, tmp_path):
    folder = replica(owned.release, shrink=owned.shrink)
    told = CliRunner().invoke(app, ["check", str(folder)])
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith(owned.found[0])
    for words in owned.found:
        assert words in told.stdout
    assert owned.study == "" or owned.study in told.stdout
    if owned.study:
        assert _rows(owned, folder, tmp_path) == owned.rows


def _rows(owned: Owned, folder: Path, work: Path) -> dict[str, tuple[int, dict[str, int]]]:
    """Of each table with rows of ours how many run, and how many need what."""
    values = {"studies": owned.study, "experiments": "all", "scale": "paper", "data": str(folder), "work": str(work)}
    plan = make_plan(load_config(values))
    ran, lacking = {run.experiment for run in plan.runs[owned.study]}, plan.lacking[owned.study]
    found = {}
    for name, table in plan.studies[owned.study].tables.items():
        rows = [row.experiment for row in table.rows if row.experiment]
        assert all((row in ran) != (row in lacking) for row in rows)
        needs = Counter(lacking[row] for row in rows if row in lacking)
        found |= {name: (sum(row in ran for row in rows), dict(needs))} if rows else {}
    return found


@pytest.mark.workflow
@pytest.mark.parametrize("owned", [one for one in [*OWNED, CHAOS] if one.study], ids=lambda owned: owned.release)
def test_snakemake_plans_what_runs_and_says_what_does_not(owned, replica, tmp_path):
    """As an owner starts it."""
    folder = replica(owned.release, shrink=owned.shrink)
    (tmp_path / "config.yaml").write_text(f"studies: {owned.study}\n")
    words = ["--config", "scale=paper", "experiments=all", f"data={folder}"]
    done = snakemake(tmp_path, "-n", "--quiet", "rules", *words)
    assert done.returncode == 0, done.stderr
    assert re.search(r"train_model +\d+", done.stdout)
    said = re.findall(rf"segrepro: {owned.study}: not run for want of (.*?): ", done.stderr)
    assert set(said) == {needs for _, lacking in owned.rows.values() for needs in lacking}
