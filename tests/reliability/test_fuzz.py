"""Whatever is put in: success, or an error that says in one line what is wrong with it.

500 inputs a run; `make fuzz` draws 20,000. An input that was once answered otherwise stands in corpus/<kind>.
"""

import os
import random
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.case import Case
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.own_folds import read_own_folds
from segrepro.datasets.patients import with_patients
from segrepro.evaluation.compare import read_scores
from segrepro.images.dicom_masks import is_dicom_mask, label_names, read_dicom_mask
from segrepro.images.geometry import orientation_of
from segrepro.images.labels import read_mask
from segrepro.images.scans import read_modality, read_scan
from segrepro.training.model import read_card
from segrepro.training.model_card import describe
from segrepro.utils.csv_files import read_csv, read_rows
from segrepro.utils.errors import SegreproError
from segrepro.utils.yaml_files import read_yaml
from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.load import STUDIES, load_studies, load_study
from segrepro.workflow.monitor.status import read_status
from segrepro.workflow.monitor.status_text import progress_lines, status_lines
from tests.images.test_dicom_masks import write_contours, write_segmentation
from tests.models import card_of
from tests.reliability import fuzzing
from tests.workflow.monitor.test_status import job

CORPUS = Path(__file__).parent / "corpus"
COUNT, SEED = int(os.environ.get("SEGREPRO_FUZZ", 500)), os.environ.get("SEGREPRO_FUZZ_SEED", "0")
CONFIG = {
    "studies": ["xnet"], "scale": "demo", "experiments": "main", "protocols": ["clean"], "data": {"atlas": "phantom"},
    "pretrained": {}, "device": "cpu", "train_threads": 1, "results": "results", "work": "work",
    "overrides": {"xnet": {"folds": {"count": 2}, "recipe": {"epochs": 2, "optimiser": {"lr": 0.1}}}},
}  # fmt: skip
RUN = {
    "started": 1.7e9, "host": "h", "pid": 1,
    "jobs": [job("train_model", 0), job("evaluate_predictions", 0), job("prepare_cases", 0, needed=False)],
}  # fmt: skip
RECORD = {"rule": "train_model", "outcome": "done", "finished": "2026-01-01T00:00:00+00:00", "seconds": 3.5}
EVENT = {"time": 1.7e9, "event": "job_failed", "job": RUN["jobs"][0]["id"], "killed": True}
DESCRIPTION = {
    "channel_names": {"0": "T1"}, "labels": {"background": 0, "lesion": 1}, "file_ending": ".nii",
    "patients": {"a": "p"}, "numTraining": 1,
}  # fmt: skip
FOLDS = [{"train": ["a", "b"], "val": ["c"]}, {"train": ["c"], "val": ["a", "b"]}]
CARD = card_of(fold=0, network="unet").model_dump(mode="json")
SCORES = b"experiment,fold,case,patient,label,dice,hd_mm\nunet,0,a,p,1,0.5,2\nunet,1,b,q,1,,\n"
LOG = b"epoch 2/10 step 5/100; 20.0 ms a step\n"


def config(content: bytes, folder: Path) -> None:
    (folder / "config.yaml").write_bytes(content)
    load_studies(load_config(read_yaml(folder / "config.yaml")))


def study(content: bytes, folder: Path) -> None:
    (folder / "study.yaml").write_bytes(content)
    load_study("xnet", "demo", read_yaml(folder / "study.yaml"))


def scores(content: bytes, folder: Path) -> None:
    (folder / "s.csv").write_bytes(content)
    for read in (read_csv, read_rows, read_scores):
        answered(lambda read=read: read(folder / "s.csv"))


def run_status(content: bytes, folder: Path, name: str = "logs/run.json") -> None:
    for file, text in (("logs/run.json", fuzzing.as_json(RUN)), ("logs/records.jsonl", fuzzing.as_json(RECORD))):
        (folder / file).parent.mkdir(exist_ok=True, parents=True)
        (folder / file).write_bytes(text)
    for entry in RUN["jobs"]:
        for file, text in ((entry["output"], SCORES), (entry["log"], LOG)):
            (folder / file).parent.mkdir(exist_ok=True, parents=True)
            (folder / file).write_bytes(text)
    (folder / name).write_bytes(content)
    for say in (status_lines, progress_lines):
        answered(lambda say=say: "\n".join(say(read_status(folder))).encode())


def records(content: bytes, folder: Path) -> None:
    run_status(fuzzing.as_json(RECORD) + b"\n" + content, folder, "logs/records.jsonl")


def events(content: bytes, folder: Path) -> None:
    run_status(fuzzing.as_json(EVENT) + b"\n" + content, folder, "logs/events.jsonl")


def log(content: bytes, folder: Path) -> None:
    run_status(content, folder, RUN["jobs"][0]["log"])


def run_scores(content: bytes, folder: Path) -> None:
    run_status(content, folder, RUN["jobs"][1]["output"])


def volume(content: bytes, folder: Path) -> None:
    (folder / "a.nii").write_bytes(content)
    answered(lambda: orientation_of(read_scan(folder / "a.nii"), folder / "a.nii"))
    for role in ("t1", "rgb", "ctp"):
        answered(lambda role=role: read_modality(role, folder / "a.nii"))


def picture(content: bytes, folder: Path) -> None:
    (folder / "a.png").write_bytes(content)
    for role in ("t1", "rgb"):
        answered(lambda role=role: read_modality(role, folder / "a.png"))


def series(content: bytes, folder: Path) -> None:
    (folder / "0.dcm").write_bytes(fuzzing.dicom(folder, 0.0))
    (folder / "a.dcm").write_bytes(content)
    read_scan(folder)


def image(ending: str) -> Callable[[bytes, Path], None]:
    def feed(content: bytes, folder: Path) -> None:
        (folder / f"a{ending}").write_bytes(content)
        orientation_of(read_mask(folder / f"a{ending}"), folder / f"a{ending}")

    return feed


def drawn_mask(content: bytes, folder: Path) -> None:
    (folder / "mask.dcm").write_bytes(content)
    if is_dicom_mask(folder / "mask.dcm"):
        answered(lambda: label_names(folder / "mask.dcm"))
        read_dicom_mask(folder / "mask.dcm", folder.parent / "series")


def card(content: bytes, folder: Path) -> None:
    (folder / "model.json").write_bytes(content)
    describe(read_card(folder))


def own_folds(content: bytes, folder: Path) -> None:
    (folder / "splits.json").write_bytes(content)
    read_own_folds(folder / "splits.json")


def patients(content: bytes, folder: Path) -> None:
    (folder / "patients.csv").write_bytes(content)
    with_patients(folder, [Case(name, name, "", {}) for name in ("a", "b")])


def description(content: bytes, folder: Path) -> None:
    for part, name in (("imagesTr", "a_0000.nii"), ("labelsTr", "a.nii")):
        (folder / part).mkdir(exist_ok=True)
        (folder / part / name).write_bytes(fuzzing.nifti(folder))
    (folder / "dataset.json").write_bytes(content)
    check_dataset(open_dataset("nnunet", folder))


def of_bytes(content: bytes) -> Callable[[random.Random], bytes]:
    return lambda rng: fuzzing.changed_bytes(content, rng)


KINDS = {
    "config": (config, lambda folder: fuzzing.text_of_kind(fuzzing.as_yaml, CONFIG)),
    "study": (study, lambda folder: fuzzing.text_of_kind(fuzzing.as_yaml, read_yaml(STUDIES / "xnet.yaml"))),
    "scores": (scores, lambda folder: of_bytes(SCORES)),
    "run": (run_status, lambda folder: fuzzing.text_of_kind(fuzzing.as_json, RUN)),
    "records": (records, lambda folder: fuzzing.text_of_kind(fuzzing.as_json, RECORD)),
    "events": (events, lambda folder: fuzzing.text_of_kind(fuzzing.as_json, EVENT)),
    "log": (log, lambda folder: of_bytes(LOG)),
    "run_scores": (run_scores, lambda folder: of_bytes(SCORES)),
    "volume": (volume, lambda folder: of_bytes(fuzzing.nifti(folder))),
    "picture": (picture, lambda folder: of_bytes(fuzzing.png(folder))),
    "series": (series, lambda folder: of_bytes(fuzzing.dicom(folder, 1.0))),
    "description": (description, lambda folder: fuzzing.text_of_kind(fuzzing.as_json, DESCRIPTION)),
    **{
        kind: (image(ending), lambda folder, ending=ending: of_bytes(fuzzing.image(folder, ending)))
        for kind, ending in {
            "nrrd": ".nrrd",
            "meta_image": ".mha",
            "mgh": ".mgh",
            "jpeg": ".jpg",
            "gz": ".nii.gz",
        }.items()
    },
    "segmentation": (drawn_mask, lambda folder: of_bytes(fuzzing.drawn_mask(folder, write_segmentation))),
    "contours": (drawn_mask, lambda folder: of_bytes(fuzzing.drawn_mask(folder, write_contours))),
    "card": (card, lambda folder: fuzzing.text_of_kind(fuzzing.as_json, CARD)),
    "own_folds": (own_folds, lambda folder: fuzzing.text_of_kind(fuzzing.as_json, FOLDS)),
    "patients": (patients, lambda folder: of_bytes(b"case,patient\na,p\nb,q\n")),
}


def answered(call) -> None:
    """Success, or a fault of the input whose every line says where and what."""
    said = ""
    try:
        call()
    except SegreproError as error:
        said = str(error)
    assert all(": found " in line for line in said.splitlines()), said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")
def test_every_input_is_read_or_refused_with_a_line(kind, tmp_path):
    feed, drawn_from = KINDS[kind]
    draw = drawn_from(tmp_path)
    for number in range(-(-COUNT // len(KINDS))):
        folder = tmp_path / str(number)
        folder.mkdir()
        content = draw(random.Random(f"{SEED} {kind} {number}"))
        try:
            answered(lambda content=content, folder=folder: feed(content, folder))
        except Exception as error:
            (tmp_path / "input").write_bytes(content)
            raise AssertionError(f"{kind} {number} of seed {SEED}, kept as {tmp_path / 'input'}: {error!r}") from error


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_once_was_a_traceback_stays_a_line(path, tmp_path):
    with warnings.catch_warnings(action="ignore"):
        answered(lambda: KINDS[path.parent.name][0](path.read_bytes(), tmp_path))
