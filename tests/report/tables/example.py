"""A small study whose tables are built."""

import json

import numpy as np
import pandas as pd

from segrepro.networks import count_at_full_width
from segrepro.report.page.table_view import TableView, table_view
from segrepro.report.spec import UnrunNetworks
from segrepro.report.tables.build import Settings
from segrepro.report.tables.costs import run_cost
from segrepro.report.tables.table import Table
from workflow_scripts import build_tables, count_parameters

RUNS = [{"name": name, "experiment": name, "protocol": "clean"} for name in ("ours", "other")]


SPEC = {
    "parameters_relative_to": None,
    "title": "Table_1: 50 % & more",
    "published": "hlenet_table1.csv",
    "dataset": "ISIC 2017",
    "metrics": {"dice": "Dice", "hd_mm": "HD (mm)"},
    "proposed": "ours",
    "rows": [
        {"label": "Team", "experiment": None, "published_as": "Yuan et al."},
        {"label": "Ours", "experiment": "ours", "published_as": "HLE-Net"},
        {"label": "Other", "experiment": "other", "published_as": None},
        {"label": "Third", "experiment": "third", "published_as": "Unet-28"},
    ],
    "unit": "case",
    "groups": {},
    "note": "",
}


CARD = {
    "fold": 0,
    "options": {"base_width": 8},
    "in_channels": 1,
    "out_channels": 5,
    "training_seconds": 1.0,
    "device": "cpu",
    "checkpoint": "best",
}


def scores_of(name, dice, labels=("lesion",)):
    rows = [
        {
            "experiment": name,
            "fold": 0,
            "case": f"c{i}",
            "patient": f"c{i}",
            "site": "A" if i % 2 else "B",
            "checkpoint": "best",
            "unit": "case",
            "label": label,
            "dice": value + 0.1 * number,
            "hd_mm": 10 - value,
            "reference_volume_ml": i,
        }
        for i, value in enumerate(dice)
        for number, label in enumerate(labels)
    ]
    return pd.DataFrame(rows)


def build(tmp_path, spec=SPEC, labels=("lesion",), frames=None, networks=None, runs=None, margins=None, unrun=None):
    rng = np.random.default_rng(0)
    base = rng.uniform(0.5, 0.9, 20)
    frames = frames or {"ours": scores_of("ours", base, labels), "other": scores_of("other", base - 0.2, labels)}
    scores, models = [], []
    for name, frame in frames.items():
        scores.append(tmp_path / f"{name}.csv")
        frame.to_csv(scores[-1], index=False)
        models.append(tmp_path / name / "model.json")
        models[-1].parent.mkdir(exist_ok=True)
        network = (networks or {}).get(name, "unet")
        parameters = {"total": 7, "at_full_width": count_at_full_width(network, 1, 5)}
        card = CARD | {"name": name, "network": network, "parameters": parameters}
        models[-1].write_text(json.dumps(card))
    settings = {"study": "made_up", "scale": "demo", "runs": runs or RUNS, "tables": {"t": spec}, "seed": 0}
    settings["margins"] = margins or {}
    settings["unrun"] = unrun or {}
    settings["lacking"] = {"fourth": "pretrained.vgg16"}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    settings = Settings.model_validate(settings)
    count_parameters.main(UnrunNetworks(networks=settings.unrun), tmp_path / "parameters.json")
    build_tables.main(settings, scores, models, tmp_path / "parameters.json", tmp_path / "out")
    return json.loads((tmp_path / "out" / "tables.json").read_text())["tables"][0], base


def view_of(table: dict) -> TableView:
    """The table as the page shows it."""
    card = CARD | {"training_seconds": 1234.5, "peak_memory_mb": 2048}
    return table_view(Table.model_validate(table), "Ours", {("ours", "clean"): run_cost([card])})


def row_of(table, label):
    return next(row for row in table["rows"] if row["label"] == label)
