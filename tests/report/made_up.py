"""A made-up study with tiny volumes and pictures, turned into a report by the project's own functions."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from segrepro.config import load_config
from segrepro.images import write_image
from segrepro.planning import make_plan
from segrepro.report.cases import export_cases
from segrepro.report.page import write_report
from segrepro.report.tables import build_tables
from tests.scans import affine_of

SHAPE, CODES = (12, 14, 9), "PIR"
HOSTILE = "</script><script>alert(1)</script> <b>& `code`"


def disc(shape: tuple[int, ...], centre, radius: float) -> np.ndarray:
    """1 within `radius` pixels of `centre`, else 0."""
    grid = np.indices(shape) - np.reshape(centre, (-1, *[1] * len(shape)))
    return (np.sqrt((grid**2).sum(0)) <= radius).astype(np.uint8)


class MadeUpStudy:
    """Two runs of xnet on volumes, and one on pictures, with their predictions, cards, scores, tables and report."""

    def __init__(self, folder: Path, scale: str = "demo"):
        self.folder, self.report = folder, folder / "results/report"
        config = load_config(
            {"studies": "xnet", "scale": scale, "experiments": ["unet", "xnet", "threshold"], "data": "phantom"}
        )
        self.plan = make_plan(config)
        self.settings = self.plan.study_settings("xnet")
        table = self.settings["tables"]["table2"]  # its rows must be scored on the same cases
        table["rows"] = [row for row in table["rows"] if row["experiment"] != "threshold"]
        self.cases = {"atlas": [f"v{i}" for i in range(8)], "skin": ["p0", "p1"]}
        for name in self.cases["atlas"]:
            self._volume(name)
        for name in self.cases["skin"]:
            self._picture(name)
        runs = {"unet": ("atlas", 0), "xnet": ("atlas", 1), "threshold": ("skin", 0)}
        self.predictions = [self._run(run, *facts) for run, facts in runs.items()]

    def _volume(self, name: str) -> None:
        """A volume turned away from RAS+, label of radius 2 to 5, brighter inside."""
        number = int(name[1:])
        label = disc(SHAPE, (6, 7, 4), 2 + 0.4 * number)
        scan = np.random.default_rng(number).normal(100, 10, SHAPE) + 80 * label
        affine = affine_of(CODES, (3.0, 2.0, 1.5))
        write_image(self.folder / f"data/{name}.nii.gz", scan.astype(np.float32), affine)
        write_image(self.folder / f"data/{name}_label.nii.gz", label, affine)

    def _picture(self, name: str) -> None:
        scan = np.random.default_rng(5).integers(0, 255, (20, 30, 3), dtype=np.uint8)
        write_image(self.folder / f"data/{name}.png", scan, np.eye(4))
        write_image(self.folder / f"data/{name}_label.png", 255 * disc((20, 30), (8, 12), 5), np.eye(4))

    def _run(self, run: str, dataset: str, shift: int) -> Path:
        """predictions.csv of a run: the truth, moved by `shift` voxels along the first axis."""
        from segrepro.images import read_image

        folder, end = self.folder / f"work/{run}/fold0", "nii.gz" if dataset == "atlas" else "png"
        rows = []
        for case in self.cases[dataset]:
            label = self.folder / f"data/{case}_label.{end}"
            truth, made = read_image(label), folder / f"{case}.nii.gz"
            write_image(made, np.roll((truth.array > 0).astype(np.uint8), shift, 0), truth.affine)
            files = {"images": json.dumps({"t1": str(self.folder / f"data/{case}.{end}")})}
            files |= {"labels": json.dumps([str(label)]), "label_ranges": "[]", "prediction": str(made)}
            rows.append({"case": case, "patient": case, "weights": "best", "fold": 0} | files)
        pd.DataFrame(rows).to_csv(folder / "predictions.csv", index=False)
        (folder / "model.json").write_text(json.dumps(self._card(run, dataset)))
        return folder / "predictions.csv"

    def _card(self, run: str, dataset: str) -> dict:
        facts = {
            "study": "xnet",
            "experiment": run,
            "name": run,
            "protocol": "clean",
            "fold": 0,
            "seed": 0,
            "weights": "best",
        }
        facts["weights"] = "best"
        made_with = {
            "commit": "abc",
            "versions": {"torch": "1"},
            "machine": {"cpu": HOSTILE, "cores": 1, "system": "s"},
        }
        network = {"network": "xnet" if run == "xnet" else "unet_upconv", "parameters": {"total": 1234567}}
        network |= {"in_channels": 1, "out_channels": 1, "options": {}}
        training = {"hash": f"hash{run}", "training_seconds": 12.34, "device": "cpu", "made_with": made_with}
        return facts | network | training | {"dataset": {"name": dataset, "labels": {"1": "lesion"}}}

    def scores(self) -> list[Path]:
        """Scores of every run: unet is better than xnet in each case but one, where its Dice is undefined."""
        files = []
        for run in self.settings["runs"]:
            cases = self.cases["skin" if run["name"] == "threshold" else "atlas"]
            values = np.linspace(0.3, 0.8, len(cases)) + 0.1 * (run["name"] == "unet")
            rows = pd.DataFrame({"case": cases, "patient": cases, "weights": "best", "fold": 0, "label": "lesion"})
            rows = rows.assign(unit="case", site="")
            rows = rows.assign(experiment=run["name"], dice=values, iou=values / 2, precision=0.5, recall=0.5)
            if run["name"] == "unet":
                rows.loc[rows["case"] == "v3", "dice"] = np.nan
            files.append(self.folder / f"work/{run['name']}/scores.csv")
            rows.to_csv(files[-1], index=False)
        return files

    def export(self) -> dict:
        """Write the viewer's cases; their list."""
        output = self.report / "cases/xnet/cases.json"
        export_cases(self.settings, self.predictions, 1, output)
        return json.loads(output.read_text())

    def write(self, facts: dict | None = None) -> None:
        """Write the whole report; facts: laid over what the plan says of the study."""
        self.export()
        models = [path.with_name("model.json") for path in self.predictions]
        tables, figures = self.folder / "results/xnet/tables", self.folder / "results/xnet/figures"
        build_tables(self.settings, self.scores(), models, tables)
        figures.mkdir(parents=True)
        figure = {"name": "fig4", "title": "Figure 4", "caption": "Yellow: truth."}
        (figures / "figures.json").write_text(json.dumps({"study": "xnet", "figures": [figure]}))
        write_image(figures / "fig4.png", np.zeros((30, 40), np.uint8), np.eye(4))
        (figures / "fig4.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        settings = self.plan.report_settings
        settings["studies"]["xnet"] |= facts or {}
        (dataset,) = self.plan.datasets
        source = self.folder / f"work/{dataset}/source.json"
        source.parent.mkdir(parents=True)
        source.write_text(json.dumps({"contents": "0123abcd"}))
        lists = [[tables / "tables.json"], [figures / "figures.json"], [self.report / "cases/xnet/cases.json"]]
        write_report(settings, *lists, models, [source], self.report / "index.html")
