"""A study of one's own: its file, with each choice's reason as a comment."""

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from segrepro.datasets.fingerprint.measure import Fingerprint
from segrepro.utils.errors import ConfigError, DataError
from segrepro.utils.files import whole_file
from segrepro.utils.repository import shipped
from segrepro.workflow.config.load import OWN_STUDIES, load_study, study_names
from segrepro.workflow.new_study.choices import (
    Frame,
    choose_flips,
    choose_folds,
    choose_frame,
    choose_loss,
    choose_normalization,
    choose_plane,
    smaller,
)

RULE = re.compile(r"^rule (\w+):", re.MULTILINE)
TARGETS = {"all", "tables", "figures", "report"}  # the rules of workflow/Snakefile
WIDTH = 116
# Names, labels and what they are; the first is what the others are tested against.
NETWORKS = {"unet": "U-Net", "xnet": "X-Net", "scse_unet": "scSE U-Net"}
NNUNET = (
    "nnU-Net on the same folds, where it is installed (pip install 'segrepro[nnunet]') and there is time for it: take"
    " the # away, and add nnunet to the rows below."
)


def write_study(name: str, folder: Path, found: Fingerprint) -> Path:
    """Write studies/<name>.yaml in the current folder for the data set in `folder`; gives its path.

    found: of the data set. Raises ConfigError when the name does not fit or is taken, DataError when the data set is
    too small, before anything is written.
    """
    require_free(name)
    path = OWN_STUDIES / f"{name}.yaml"
    if not found.foreground:
        raise DataError(folder, "no labelled voxel in any case", "some", "Check the masks and the labels' values.")
    text = study_text(name, folder, found)
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")
    load_study(name, "demo")
    return path


def require_free(name: str) -> None:
    """Raise ConfigError for a name that no study can have, or that is taken."""
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise ConfigError("NAME", repr(name), "small letters, digits and _, a letter first", "Choose another name.")
    rules = {rule for file in shipped("rules").glob("*.smk") for rule in RULE.findall(file.read_text(encoding="utf-8"))}
    if name in rules | TARGETS:
        raise ConfigError("NAME", repr(name), "a name that no rule of the workflow has", "Choose another name.")
    if name in study_names() or (OWN_STUDIES / f"{name}.yaml").exists():
        where = f"studies/{name}.yaml"
        raise ConfigError(where, "a study of this name", "a new name", "Choose another name, or remove that file.")


def study_text(name: str, folder: Path, found: Fingerprint) -> str:
    """The content of a study's file."""
    parts = (_head(name, folder, found), _preparation(found), _training(found), _results(found), _demo(found))
    return "".join(f"{line}\n" for part in parts for line in part)


def _head(name: str, folder: Path, found: Fingerprint) -> Iterator[str]:
    cases, patients = len(found.cases), len(found.patients)
    yield "# yaml-language-server: $schema=../schemas/study.schema.json"
    yield from _comment(
        f"Written by `segrepro new-study` from {cases} cases of {patients} patients. Every value may be changed; "
        "docs/own-study.md says how. The values are those of `scale: paper`; `scales.demo` at the end changes some for "
        "a first look.",
        "",
    )
    yield f"title: {_yaml(f'{name}: {cases} cases of {patients} patients')}"
    yield f"dataset: {name}"
    yield "datasets:"
    yield f"  {name}:"
    yield f"    title: {_yaml(f'{found.name}, {cases} cases of {patients} patients')}"
    yield f"    layout: {found.layout}"
    yield f"    folder: {_yaml(str(folder.resolve()))}"
    yield f"    labels: {_yaml(found.labels)}"
    if found.ignore_label is not None:
        yield f"    ignore_label: {found.ignore_label}"
    empty = sum(not any(case.voxels.get(value) for value in found.labels) for case in found.cases)
    if empty:
        yield from _comment(f"{empty} cases have no labelled voxel. If that is a mistake, remove this line.", "    ")
        yield "    allow_empty: true"


def _preparation(found: Fingerprint) -> Iterator[str]:
    plane = choose_plane(found)
    (frame, why), normalization = choose_frame(found, plane.value), choose_normalization(found)
    yield "preparation:"
    yield from _commented("slices", plane.value, plane.reason, "  ")
    yield from _comment(why, "  ")
    yield from _frame(frame, "  ")
    yield from _commented("normalization", normalization.value, normalization.reason, "  ")


def _frame(frame: Frame, indent: str) -> Iterator[str]:
    if frame.spacing_mm:
        yield f"{indent}spacing_mm: {_yaml(frame.spacing_mm)}  # between slices, rows, columns; null: their own"
    if frame.resize:
        yield f"{indent}resize: {_yaml(frame.resize)}"
    yield f"{indent}size: {_yaml(frame.size)}  # rows and columns; what is larger is cropped, what is smaller padded"


def _training(found: Fingerprint) -> Iterator[str]:
    folds, loss, flips = choose_folds(found), choose_loss(found), choose_flips(found, choose_plane(found).value)
    yield from _commented("folds", folds.value, folds.reason, "")
    yield "seed: 0"
    yield "recipe:"
    yield "  optimiser: {name: adam, lr: 0.001}"
    yield "  # The rate falls when the validation loss has not got better for 5 epochs; after 15 the training ends."
    yield "  schedule: {name: plateau, factor: 0.2, patience: 5}"
    yield "  early_stopping: 15"
    yield "  epochs: 60"
    yield "  batch_size: 8"
    yield "  monitor: loss  # what picks the best epoch, on cases that are not scored"
    yield from _comment(flips.reason, "  ")
    warp = {"flip_left_right": flips.value, "rotation_degrees": 15, "scale": [0.85, 1.15]}
    yield f"  augmentation: {_yaml(warp)}"
    yield from _commented("experiment_defaults", loss.value, loss.reason, "")


def _results(found: Fingerprint) -> Iterator[str]:
    metrics = {"dice": "Dice", "iou": "IoU", "precision": "precision", "recall": "recall"}
    metrics |= {} if found.pictures else {"hd95_mm": "HD95 (mm)"}
    names = ", ".join(NETWORKS)
    yield from _comment("Networks of the five papers; docs/add-a-network.md says how to add your own.", "")
    yield "experiments:"
    yield from (f"  {key}: {{label: {label}, network: {key}, main: true}}" for key, label in NETWORKS.items())
    yield from _comment(NNUNET, "  ")
    yield "  # nnunet: {trainer: nnunet, configuration: 2d, epochs: 250, label: nnU-Net 2D, main: true}"
    yield "tables:"
    yield "  scores:"
    yield "    title: Scores of held-out cases"
    yield f"    metrics: {_yaml(metrics)}"
    yield f"    proposed: {next(iter(NETWORKS))}  # what the others are tested against"
    yield f"    rows: [{names}]"
    yield "figures:"
    yield f"  examples: {{title: Segmentations, kind: contours, experiments: [{names}], cases: 4}}"
    yield f"  learning_curves: {{title: Learning curves, kind: learning_curves, experiments: [{names}]}}"


def _demo(found: Fingerprint) -> Iterator[str]:
    plane, folds = choose_plane(found).value, choose_folds(found).value
    frame = smaller(found, choose_frame(found, plane)[0], plane)
    yield "scales:"
    yield "  paper: {}"
    yield "  # A first look in minutes: coarser slices, narrow networks, one division, few epochs."
    yield "  demo:"
    if frame:
        yield "    preparation:"
        yield from _frame(frame, "      ")
    if folds.get("count", 0) > 1:
        yield "    folds: {count: 1, test_fraction: 0.3, validation_fraction: 0.25}"
    yield "    network_options: {base_width: 8}"
    yield "    recipe: {epochs: 8, batch_size: 4, optimiser: {lr: 0.003}, batch_norm_momentum: 0.1}"


def _commented(key: str, value: object, reason: str, indent: str) -> list[str]:
    return [*_comment(reason, indent), f"{indent}{key}: {_yaml(value)}"]


def _comment(text: str, indent: str) -> list[str]:
    return [f"{indent}# {line}" for line in textwrap.wrap(text, WIDTH - len(indent))]


def _yaml(value: object) -> str:
    """A value in YAML's short form, in one line; a name without quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    plain = isinstance(value, str) and re.fullmatch("[A-Za-z][A-Za-z0-9_ -]*[A-Za-z0-9]", value)
    reserved = ("null", "true", "false", "yes", "no", "on", "off")
    return value if plain and value.lower() not in reserved else json.dumps(value, ensure_ascii=False)
