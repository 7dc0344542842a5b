"""The raw format of nnU-Net: one file a channel, labels as whole numbers, their names in dataset.json.

    dataset.json
    imagesTr/patient7_0000.nii.gz, imagesTr/patient7_0001.nii.gz, ...
    labelsTr/patient7.nii.gz

Version 1 of dataset.json has `modality` and {"1": "lesion"}, version 2 `channel_names` and {"lesion": 1}.
The optional key `patients`, {case: patient}, is ours, and nnU-Net ignores it: without it, each case counts
as a patient of its own. `imagesTs`, which has no labels, is not read. The label named "ignore" marks voxels that are
neither learned nor scored.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AliasChoices, BeforeValidator, Field, field_validator

from segrepro.config import Strict, faults_of
from segrepro.datasets.base import Case, safe_id, walk_files
from segrepro.errors import DataError, raise_together
from segrepro.files import whole_folder
from segrepro.folds import read_folds
from segrepro.grids import SERIES, read_label, read_scan, require_same_grid
from segrepro.images import PICTURES, Image, is_picture, read_image, write_image
from segrepro.parallel import for_each
from segrepro.places import Layer, Places

EXAMPLE = "dataset.json, imagesTr/patient7_0000.nii.gz and labelsTr/patient7.nii.gz"
LABEL_NAMES = ("background", "foreground")
BINARY_LABELS = False
IGNORE = "ignore"

DESCRIPTION, SPLITS = "dataset.json", "splits_final.json"
COLOURS = ("red", "green", "blue")


def _one_value(value: object) -> object:
    if isinstance(value, list):
        raise ValueError(f"the region {value}", "one value a label", "Give each label a value of its own.")
    return value


class _Description(Strict, extra="ignore"):
    """What is read of dataset.json, in the shape of version 2."""

    labels: dict[str, Annotated[int, BeforeValidator(_one_value)]]
    channel_names: dict[int, str] = Field(validation_alias=AliasChoices("channel_names", "modality"))
    file_ending: str = ".nii.gz"
    patients: dict[str, str] = {}

    @field_validator("labels", mode="before")
    @classmethod
    def _values_by_name(cls, labels: object) -> object:
        """Version 1 has the names by value."""
        if isinstance(labels, dict) and all(isinstance(name, str) for name in labels.values()):
            return {name: value for value, name in labels.items()}
        return labels


def find_cases(folder: Path) -> list[Case]:
    """One case a name; a label without image is a case too, and a missing channel is a file that is not there.

    Roles: the channels' names in small letters, with the channel's number where two share a name. One colour
    picture for three channels R, G and B has the role "rgb". Raises DataError when dataset.json cannot be used,
    or names fewer channels than there are.
    """
    path = folder / DESCRIPTION
    if not path.is_file():
        return []
    description = _read_description(path)
    ending, roles = description.file_ending, _roles(description)
    channels, labels = _channels(folder / "imagesTr", ending), _labels(folder / "labelsTr", ending)
    _require_channels(path, channels, len(roles))
    ranges = tuple((value, value, value) for value in sorted(set(description.labels.values())) if value)
    return [
        Case(
            id=safe_id(name),
            patient=safe_id(description.patients.get(name, name)),
            site="",
            images=_images(folder / "imagesTr" / name, channels.get(name, set()), roles, ending),
            labels=(labels[name],) if name in labels else (),
            label_ranges=ranges,
        )
        for name in sorted({*channels, *labels})
    ]


def find_ignore_label(folder: Path) -> int | None:
    """The value of the label "ignore" of a folder, which is no label to learn; None if it has none."""
    labels = _read_description(folder / DESCRIPTION).labels
    return next((value for name, value in labels.items() if name.lower() == IGNORE), None)


def _read_description(path: Path) -> _Description:
    """DataError, with a line for each key, for what is no such description."""
    remedy = "Write it as nnU-Net's documentation says."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(path, f"no readable JSON ({error})", "nnU-Net's description", remedy) from error
    if not isinstance(content, dict):
        raise DataError(path, f"JSON of the type {type(content).__name__}", "nnU-Net's description", remedy)
    faults = faults_of(_Description, content, Places(Layer(str(path), content)))
    raise_together([DataError(fault.where, fault.found, fault.expected, fault.remedy) for fault in faults])
    return _Description.model_validate(content)


def _roles(description: _Description) -> list[str]:
    """The role of every channel, in the order of their numbers."""
    roles = [safe_id(name.lower()) for _, name in sorted(description.channel_names.items())]
    counts = Counter(roles)
    return [role if counts[role] == 1 else f"{role}{number}" for number, role in enumerate(roles)]


def _channels(folder: Path, ending: str) -> dict[str, set[int]]:
    """The numbers of the channels that every name has."""
    found: dict[str, set[int]] = {}
    for path in walk_files(folder):
        if name := re.fullmatch(rf"(.+)_(\d{{4}}){re.escape(ending)}", path.name):
            found.setdefault(name[1], set()).add(int(name[2]))
    return found


def _labels(folder: Path, ending: str) -> dict[str, Path]:
    return {path.name.removesuffix(ending): path for path in walk_files(folder) if path.name.endswith(ending)}


def _require_channels(path: Path, channels: dict[str, set[int]], named: int) -> None:
    more = sorted(name for name, numbers in channels.items() if max(numbers) >= named)
    if more:
        found = f"{named} channels named, but more in {len(more)} cases ({_listed(more)})"
        raise DataError(path, found, "a name for every channel", "Name them, or remove their files.")


def _images(stem: Path, numbers: set[int], roles: list[str], ending: str) -> dict[str, Path]:
    if not numbers:
        return {}
    if numbers == {0} and ending in PICTURES and [role[0] for role in roles] == ["r", "g", "b"]:
        roles = ["rgb"]
    return {role: Path(f"{stem}_{number:04d}{ending}") for number, role in enumerate(roles)}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def export_nnunet(
    cases: Sequence[Case],
    folds_csv: str | Path,
    folder: str | Path,
    labels: dict[int, str],
    workers: int = 1,
    ignore_label: int | None = None,
) -> None:
    """Write cases in nnU-Net's raw format (version 2), with our folds as `splits_final.json`; all or nothing.

    cases: each with a label and the same roles. Pictures become grey PNG, everything else NIfTI, one file a
    channel; "rgb" becomes red, green and blue; a series in time is left out, which is printed, since nnU-Net has no
    channel for it. Labels are written by the cases' label_ranges.
    folds_csv: what `write_folds` wrote, of the same cases. nnU-Net knows no third part: a fold's `train` is
    ours, its `val` are the cases that we score, and those that validate here are in neither.
    folder: not there or empty, and named as nnU-Net wants it, such as Dataset101_Lesions.
    labels: name of every label value from 1 on, without a gap. ignore_label: the value that is neither learned nor
    scored; it becomes nnU-Net's label "ignore", whose value is the highest.
    Raises DataError when any of this is not so, or a mask holds another label.
    """
    folder, folds = Path(folder), read_folds(folds_csv)
    cases = _without_series(cases)
    _check_export(cases, folder, labels, ignore_label)
    if wrong := sorted(set(folds.case) ^ {case.id for case in cases}):
        raise DataError(folds_csv, f"{len(wrong)} other cases ({_listed(wrong)})", "the same cases", "Split them anew.")
    splits = _splits(folds, folds_csv)
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
        replace(case, images={role: path for role, path in case.images.items() if role != SERIES}) for case in cases
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
    roles = (tuple(cases[0].images), is_picture(next(iter(cases[0].images.values()), "")))
    for wrong, what in (
        ([c.id for c in cases if not (c.images and c.labels)], "without image or label"),
        (
            [c.id for c in cases if any((tuple(c.images), is_picture(p)) != roles for p in c.images.values())],
            "unlike the first",
        ),
    ):
        if wrong:
            found = f"{len(wrong)} cases {what} ({_listed(wrong)})"
            expected = "a label and the same kind and roles of images in all"
            raise DataError(folder, found, expected, "Leave these out, here and in the folds.")


def _export_case(case: Case, folder: Path, written: dict[int, int], ending: str) -> list[str]:
    """Write one case, its label values as `written` says; returns the names of its channels."""
    channels = {name: (path, plane) for role, path in case.images.items() for name, plane in _planes(role, path)}
    (reference_path, reference), *_ = channels.values()
    label = read_label(case.labels, reference, reference_path, case.label_ranges)
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


def _planes(role: str, path: Path) -> list[tuple[str, Image]]:
    """The image of a role; of a colour picture, (H, W, 3), its three colours."""
    if role != "rgb":
        return [(role, read_scan(path))]
    image = read_image(path)
    if image.array.ndim != 3:
        raise DataError(path, "a grey picture", "a coloured one", "Name its role otherwise than rgb.")
    planes = np.ascontiguousarray(np.moveaxis(image.array, 2, 0))
    return [(colour, Image(plane, image.affine)) for colour, plane in zip(COLOURS, planes)]


def _splits(folds, path: str | Path) -> list[dict[str, list[str]]]:
    ours, splits = {"train": "train", "val": "test"}, []
    for number, rows in folds.groupby("fold", sort=True):
        splits.append({name: sorted(set(rows.case[rows.part == part])) for name, part in ours.items()})
        if both := set(splits[-1]["train"]) & set(splits[-1]["val"]):
            found = f"case {min(both)} in train and test of fold {number}"
            raise DataError(path, found, "folds of whole cases", "nnU-Net cannot divide single slices.")
    return splits
