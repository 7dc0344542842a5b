"""Cases and their folds as nnU-Net wants them: its raw format, splits_final.json and dataset.json."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.fold_files import read_folds
from segrepro.datasets.layouts.nnunet import DESCRIPTION, IGNORE, SPLITS
from segrepro.images.geometry import require_same_grid
from segrepro.images.image import Image, is_picture
from segrepro.images.io import read_image, write_image
from segrepro.images.labels import read_reference
from segrepro.images.scans import SERIES, read_scan
from segrepro.utils.errors import DataError
from segrepro.utils.files import whole_folder
from segrepro.utils.folders import listed
from segrepro.utils.parallel import for_each

COLOURS = ("red", "green", "blue")


def export_nnunet(
    cases: Sequence[Case],
    folds_csv: str | Path,
    folder: str | Path,
    labels: dict[int, str],
    workers: int = 1,
    ignore_label: int | None = None,
    validated: str = "test",
) -> None:
    """Write cases in nnU-Net's raw format (version 2), with our folds as `splits_final.json`; all or nothing.

    cases: each with a label and the same modalities. Pictures become grey PNG, everything else NIfTI, one file a
    channel; "rgb" becomes red, green and blue; a series in time is left out, which is printed, since nnU-Net has no
    channel for it. Labels are written by the cases' label_ranges.
    folds_csv: what `write_folds` wrote, of the same cases. nnU-Net knows no third part: a fold's `train` is
    ours, its `val` are the cases that we score, and those that validate here are in neither; with `validated` its `val`
    are those of our part "validation", and the scored ones are in neither.
    folder: not there or empty, and named as nnU-Net wants it, such as Dataset101_Lesions.
    labels: name of every label value from 1 on, without a gap. ignore_label: the value that is neither learned nor
    scored; it becomes nnU-Net's label "ignore", whose value is the highest.
    Raises DataError when any of this is not so, or a mask holds another label.
    """
    folder, folds = Path(folder), read_folds(folds_csv)
    cases = _without_series(cases)
    _check_export(cases, folder, labels, ignore_label)
    if wrong := sorted(set(folds.case) ^ {case.id for case in cases}):
        raise DataError(folds_csv, f"{len(wrong)} other cases ({listed(wrong)})", "the same cases", "Split them anew.")
    splits = _splits(folds, folds_csv, validated)
    ending = ".png" if is_picture(next(iter(cases[0].images.values()))) else ".nii.gz"
    written = {value: value for value in (0, *labels)}
    names = {"background": 0} | {name: value for value, name in sorted(labels.items())}
    if ignore_label is not None:
        written[ignore_label] = names[IGNORE] = len(labels) + 1
    with whole_folder(folder) as partial_folder:
        work = partial(_export_case, folder=partial_folder, written=written, ending=ending)
        channels = for_each(work, cases, workers, "exported cases")[0]
        description = {
            "channel_names": {str(number): name for number, name in enumerate(channels)},
            "labels": names,
            "numTraining": len(cases),
            "file_ending": ending,
            "patients": {case.id: case.patient for case in cases},
        }
        for name, content in ((DESCRIPTION, description), (SPLITS, splits)):
            (partial_folder / name).write_text(json.dumps(content, indent=1) + "\n")


def _without_series(cases: Sequence[Case]) -> list[Case]:
    """The cases without their series in time; prints how many have one."""
    count = sum(SERIES in case.images for case in cases)
    if count:
        print(
            f"the series in time ({SERIES}) of {count} cases are left out: nnU-Net has no channel for them", flush=True
        )
    return [
        replace(case, images={modality: path for modality, path in case.images.items() if modality != SERIES})
        for case in cases
    ]


def _check_export(cases: Sequence[Case], folder: Path, labels: dict[int, str], ignore_label: int | None) -> None:
    if not re.fullmatch(r"Dataset\d{3}_\w+", folder.name):
        raise DataError(folder, "this name", "one such as Dataset101_Lesions", "nnU-Net finds data sets by it.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(folder, "a folder in use", "a new or empty folder", "Choose another folder.")
    if not cases or sorted(labels) != list(range(1, len(labels) + 1)):
        raise DataError(folder, f"{len(cases)} cases, labels {sorted(labels)}", "cases, labels 1, 2, ...", "")
    if ignore_label in {0, *labels}:
        raise DataError(folder, f"ignore_label {ignore_label}", "a value that is no label", "Name another value.")
    modalities = (tuple(cases[0].images), is_picture(next(iter(cases[0].images.values()), "")))
    for wrong, what in (
        ([c.id for c in cases if not (c.images and c.labels)], "without image or label"),
        (
            [c.id for c in cases if any((tuple(c.images), is_picture(p)) != modalities for p in c.images.values())],
            "unlike the first",
        ),
    ):
        if wrong:
            found = f"{len(wrong)} cases {what} ({listed(wrong)})"
            expected = "a label and the same kind and modalities of images in all"
            raise DataError(folder, found, expected, "Leave these out, here and in the folds.")


def _export_case(case: Case, folder: Path, written: dict[int, int], ending: str) -> list[str]:
    """Write one case, its label values as `written` says; returns the names of its channels."""
    channels = {
        name: (path, plane) for modality, path in case.images.items() for name, plane in _planes(modality, path)
    }
    reference_path = next(iter(case.images.values()))
    reference, label = read_reference(case)
    if unknown := set(np.unique(label).tolist()) - set(written):
        found, expected = f"labels {sorted(unknown)}", f"labels {sorted(written)}"
        raise DataError(case.labels[0], found, expected, "Name every label, or the one to ignore.")
    label = np.select([label == value for value in written], list(written.values())).astype(np.uint8)
    for number, (path, plane) in enumerate(channels.values()):
        require_same_grid(plane, reference, path, reference_path)
        # nnU-Net wants one grid to the last digit.
        write_image(folder / "imagesTr" / f"{case.id}_{number:04d}{ending}", plane.array, reference.affine)
    write_image(folder / "labelsTr" / f"{case.id}{ending}", label, reference.affine)
    return list(channels)


def _planes(modality: str, path: Path) -> list[tuple[str, Image]]:
    """The image of a modality; of a colour picture, (H, W, 3), its three colours."""
    if modality != "rgb":
        return [(modality, read_scan(path))]
    image = read_image(path)
    if image.array.ndim != 3:
        raise DataError(path, "a grey picture", "a coloured one", "Name its modality otherwise than rgb.")
    planes = np.ascontiguousarray(np.moveaxis(image.array, 2, 0))
    return [(colour, Image(plane, image.affine)) for colour, plane in zip(COLOURS, planes)]


def _splits(folds, path: str | Path, validated: str) -> list[dict[str, list[str]]]:
    ours, splits = {"train": "train", "val": validated}, []
    for number, rows in folds.groupby("fold", sort=True):
        splits.append({name: sorted(set(rows.case[rows.part == part])) for name, part in ours.items()})
        if both := set(splits[-1]["train"]) & set(splits[-1]["val"]):
            found = f"case {min(both)} in train and {validated} of fold {number}"
            raise DataError(path, found, "folds of whole cases", "nnU-Net cannot divide single slices.")
    return splits
