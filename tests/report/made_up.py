"""A made-up study with tiny volumes and pictures, turned into a report by the project's own functions."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.found import phantom_found
from segrepro.datasets.releases.release import Facts
from segrepro.evaluation.claims import Claim
from segrepro.images.io import read_image, write_image
from segrepro.report.claims.judge import Settings as ClaimSettings
from segrepro.report.evidence.record import COUNTS
from segrepro.report.page.viewer_cases import ExportedDataset
from segrepro.report.spec import TableSpec, UnrunNetworks
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.report_settings import claim_settings, export_settings, table_settings
from segrepro.workflow.result_settings import origin_of, result_settings
from tests.scans import affine_of
from workflow_scripts import (
    build_tables,
    count_parameters,
    export_cases,
    judge_claims,
    keep_evidence,
    note_settings,
    write_report,
)

SHAPE, CODES = (12, 14, 9), "PIR"
HOSTILE = "</script><script>alert(1)</script> <b>& `code`"


def disc(shape: tuple[int, ...], centre, radius: float) -> np.ndarray:
    """1 within `radius` pixels of `centre`, else 0."""
    grid = np.indices(shape) - np.reshape(centre, (-1, *[1] * len(shape)))
    return (np.sqrt((grid**2).sum(0)) <= radius).astype(np.uint8)


@dataclass(frozen=True)
class MadeUpRun:
    """A run on a data set: by how many voxels its masks are off (None: it has none), and whether it makes images."""

    dataset: str
    shift: int | None
    synthesises: bool = False


class MadeUpStudy:
    """Two runs of xnet on volumes, and one on pictures, with their predictions, cards, scores, tables and report."""

    name = "xnet"
    channels = {"atlas": ["T1"], "skin": ["R", "G", "B"]}
    cases = {"atlas": [f"v{i}" for i in range(8)], "skin": ["p0", "p1"]}
    runs = {"unet": MadeUpRun("atlas", 0), "xnet": MadeUpRun("atlas", 1), "threshold": MadeUpRun("skin", 0)}

    def __init__(self, folder: Path, scale: str = "demo"):
        self.folder, self.report = folder, folder / "results/report"
        self.results = folder / "results" / self.name
        chosen = {"studies": self.name, "scale": scale, "experiments": [*self.runs], "protocols": "clean"}
        config = load_config(chosen | {"data": "phantom"})
        self.plan = make_plan(config)
        self.settings = export_settings(self.plan, self.name)
        datasets = [
            ExportedDataset(name=name, layout="nnunet", folder=str(folder / name), labels={1: "lesion"})
            for name in self.channels
        ]
        self.settings = self.settings.model_copy(update={"datasets": datasets})
        tables = table_settings(self.plan, self.name)
        once = [run for run in tables.runs if run.name in self.runs]
        self.table_settings = tables.model_copy(update={"tables": self._chosen_tables(tables.tables), "runs": once})
        for dataset, names in self.cases.items():
            self.describe(dataset, {"background": 0, "lesion": 1})
            for name in names:
                (self._volume if name[0] == "v" else self._picture)(dataset, name)
        self.predictions = [self._run(*item) for item in self.runs.items()]

    def _chosen_tables(self, tables: dict[str, TableSpec]) -> dict[str, TableSpec]:
        table = tables["table2"]  # its rows must be scored on the same cases
        rows = [row for row in table.rows if row.experiment != "threshold"]
        return tables | {"table2": table.model_copy(update={"rows": rows})}

    def learn(self, labels: dict[int, str]) -> None:
        """Let these be the labels of the first data set that networks are to find."""
        first, *others = self.settings.datasets
        changed = [first.model_copy(update={"labels": labels}), *others]
        self.settings = self.settings.model_copy(update={"datasets": changed})

    def describe(self, dataset: str, labels: dict[str, int]) -> None:
        """Write dataset.json."""
        ending = ".nii.gz" if self.cases[dataset][0][0] == "v" else ".png"
        description = {"channel_names": dict(enumerate(self.channels[dataset])), "labels": labels}
        (self.folder / dataset).mkdir(exist_ok=True)
        (self.folder / dataset / "dataset.json").write_text(json.dumps(description | {"file_ending": ending}))

    def _volume(self, dataset: str, name: str) -> None:
        """A volume turned away from RAS+, label of radius 2 to 5; each channel has a range of its own."""
        number, affine = int(name[1:]), affine_of(CODES, (3.0, 2.0, 1.5))
        label = disc(SHAPE, (6, 7, 4), 2 + 0.4 * number)
        write_image(self.folder / dataset / f"labelsTr/{name}.nii.gz", label, affine)
        for index, channel in enumerate(self.channels[dataset]):
            noise = np.random.default_rng(number + 100 * index).normal(100, 10, SHAPE)
            scan = ((noise + 80 * label) * 10**index).astype(np.float32)
            file = self.folder / dataset / f"imagesTr/{name}_{index:04d}.nii.gz"
            write_image(file, np.stack([scan, scan], 3) if channel == "CTP" else scan, affine)

    def _picture(self, dataset: str, name: str) -> None:
        colours = np.random.default_rng(5).integers(0, 255, (20, 30, 3), dtype=np.uint8)
        channels = [colours] if self.channels[dataset] == ["R", "G", "B"] else np.moveaxis(colours, 2, 0)
        for index, picture in enumerate(channels[: len(self.channels[dataset])]):
            write_image(self.folder / dataset / f"imagesTr/{name}_{index:04d}.png", picture, np.eye(4))
        write_image(self.folder / dataset / f"labelsTr/{name}.png", disc((20, 30), (8, 12), 5), np.eye(4))

    def _run(self, name: str, run: MadeUpRun) -> Path:
        """predictions.csv of a run: the truth, moved along the first axis; as an image, the truth in other values."""
        folder, rows = self.folder / f"work/{name}/fold0", []
        for case in open_dataset("nnunet", self.folder / run.dataset).cases:
            (label,) = case.labels
            end, truth = "".join(label.suffixes), read_image(label)
            files = {"prediction": "", "image": ""}
            if run.shift is not None:
                files["prediction"] = str(folder / f"{case.id}{end}")
                write_image(files["prediction"], np.roll(truth.array, run.shift, 0), truth.affine)
            if run.synthesises:
                files["image"] = str(folder / f"images/{case.id}{end}")
                made = 100 * truth.array + 20 if end == ".png" else (0.6 * truth.array + 0.2).astype(np.float32)
                write_image(files["image"], made, truth.affine)
            rows.append({"case": case.id, "patient": case.id, "site": "", "checkpoint": "best", "fold": 0} | files)
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows).to_csv(folder / "predictions.csv", index=False)
        (folder / "history.csv").write_text("round,train_loss\n0,1\n")
        (folder / "model.json").write_text(json.dumps(self._card(name, run.dataset)))
        return folder / "predictions.csv"

    def _card(self, run: str, dataset: str) -> dict:
        facts = {
            "study": self.name,
            "experiment": run,
            "name": run,
            "protocol": "clean",
            "fold": 0,
            "seed": 0,
            "checkpoint": "best",
        }
        facts["checkpoint"] = "best"
        provenance = {
            "commit": "abc",
            "versions": {"torch": "1"},
            "machine": {"cpu": HOSTILE, "cores": 1, "system": "s"},
        }
        network = {
            "network": "xnet" if run == "xnet" else "unet_upconv",
            "parameters": {"total": 1234567, "at_full_width": 15117646},
        }
        network |= {"in_channels": 1, "out_channels": 1, "options": {}}
        training = {"hash": f"hash{run}", "training_seconds": 12.34, "device": "cpu", "provenance": provenance}
        return facts | network | training | {"dataset": {"name": dataset, "labels": {"1": "lesion"}}}

    def scores(self) -> list[Path]:
        """Scores of every run: unet is better than xnet in each case but one, where its Dice is undefined."""
        files = []
        for name in [run.name for run in self.table_settings.runs]:
            made = self.runs[name]
            cases = self.cases[made.dataset]
            values = np.linspace(0.3, 0.8, len(cases)) + 0.1 * (name == "unet")
            rows = pd.DataFrame({"case": cases, "patient": cases, "checkpoint": "best", "fold": 0, "label": "lesion"})
            rows = rows.assign(unit="case", site="")
            rows = rows.assign(experiment=name, dice=values, iou=values / 2, precision=0.5, recall=0.5)
            if made.synthesises:
                rows = rows.assign(ssim=0.9 * values)
            if made.shift is None:
                rows = rows.assign(label="image", dice=np.nan, iou=np.nan, precision=np.nan, recall=np.nan)
            if name == "unet":
                rows.loc[rows["case"] == "v3", "dice"] = np.nan
            files.append(self.folder / f"work/{name}/scores.csv")
            rows.to_csv(files[-1], index=False)
        return files

    def export(self) -> dict:
        """Write the viewer's cases; their list."""
        output = self.results / "cases/cases.json"
        export_cases.main(self.settings, self.scores(), self.predictions, [], 1, output)
        return json.loads(output.read_text())

    def make_results(self, facts: dict | None = None) -> None:
        """Write all results of the study but its models' weights; facts: laid over what the plan says of the study."""
        self.export()
        facts = dict(facts or {})
        claims = [Claim(**claim) for claim in facts.pop("claims", [])]
        models = [path.with_name("model.json") for path in self.predictions]
        scores = self.scores()
        parameters = self.results / COUNTS
        count_parameters.main(UnrunNetworks(networks=self.table_settings.unrun), parameters)
        build_tables.main(self.table_settings, scores, models, parameters, self.results / "tables")
        judge_claims.main(self._claim_settings(claims), scores, models, self.results / "claims/claims.json")
        self._write_figures(self.results / "figures")
        for run, model in zip(self.runs, models):
            published = self.results / run / "fold0/model.json"
            published.parent.mkdir(parents=True)
            published.write_bytes(model.read_bytes())
            (self.results / run / "models.csv").write_text("fold,model,hash\n")
        self._keep_evidence(scores, facts)

    def _write_figures(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        figure = {"name": "fig4", "title": "Figure 4", "caption": "Yellow: truth."}
        (folder / "figures.json").write_text(json.dumps({"study": self.name, "figures": [figure]}))
        write_image(folder / "fig4.png", np.zeros((30, 40), np.uint8), np.eye(4))
        (folder / "fig4.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        curves = [f"{epoch},{1 / epoch},{1.2 / epoch},xnet,0" for epoch in (1, 2, 3)]
        (folder / "curves.csv").write_text("\n".join(["epoch,train_loss,validation_loss,run,fold", *curves]))

    def _keep_evidence(self, scores: list[Path], facts: dict) -> None:
        dataset = next(iter(self.plan.datasets))
        source = self.folder / f"work/{dataset}/source.json"
        source.parent.mkdir(parents=True)
        source.write_text(json.dumps({"contents": "0123abcd"}))
        folds = self.folder / "work/folds.csv"
        parts = ["train"] * 4 + ["validation"] + ["test"] * 3
        rows = [f"0,v{number},v{number},{part}," for number, part in enumerate(parts)]
        folds.write_text("\n".join(["fold,case,patient,part,slices", *rows]) + "\n")
        origin = origin_of(self.plan, self.name)
        runs = [run.name for run in self.table_settings.runs]
        origin = origin.model_copy(update={"facts": origin.facts.model_copy(update=facts), "runs": runs})
        settings = result_settings(self.plan, self.name).model_copy(update={"tables": self.table_settings})
        note_settings.main(settings, self.results / origin.settings)
        parts = [
            COUNTS,
            "tables/tables.json",
            "claims/claims.json",
            "figures/figures.json",
            "cases/cases.json",
            origin.settings,
        ]
        made = [self.results / part for part in [*parts, *(f"{run}/models.csv" for run in self.runs)]]
        output = self.results / "evidence.json"
        found = source.with_name("found.json")
        found.write_text(phantom_found(Facts(cases=1)).model_dump_json())
        keep_evidence.main(origin, made, scores, [folds] * len(scores), [source], [found], output)

    def write(self, facts: dict | None = None) -> None:
        """Write the whole report; facts: laid over what the plan says of the study."""
        self.make_results(facts)
        write_report.main([self.results / "evidence.json"], self.report / "index.html")

    def _claim_settings(self, claims: list[Claim]) -> ClaimSettings:
        """The study's own claims about the tables there are, unless others are made up."""
        tables, settings = self.table_settings.tables, claim_settings(self.plan, self.name)
        own = [claim for claim in settings.claims if claim.table is None or claim.table in tables]
        shown = {"claims": claims or own, "tables": tables, "runs": self.table_settings.runs}
        return settings.model_copy(update=shown)


class MadeUpSynthesis(MadeUpStudy):
    """Runs of pseudo_dwi that make images of volumes and of pictures of several channels, one of them no masks."""

    name = "pseudo_dwi"
    channels = {"heads": ["CBF", "DWI", "CTP"], "photos": ["Before", "After"]}
    cases = {"heads": ["v1", "v4"], "photos": ["p0"]}
    runs = {
        "full": MadeUpRun("heads", 0, True),
        "slnet_ce": MadeUpRun("photos", 1, True),
        "synthesis_l2": MadeUpRun("heads", None, True),
    }

    def _chosen_tables(self, tables: dict[str, TableSpec]) -> dict[str, TableSpec]:
        return {}
