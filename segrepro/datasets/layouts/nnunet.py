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
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, field_validator

from segrepro.datasets.case import Case, safe_id
from segrepro.images.image import PICTURES
from segrepro.utils.errors import DataError, raise_together
from segrepro.utils.folders import listed, walk_files
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import Strict, faults_of

EXAMPLE = "dataset.json, imagesTr/patient7_0000.nii.gz and labelsTr/patient7.nii.gz"
LABEL_NAMES = ("background", "foreground")
BINARY_LABELS = False
IGNORE = "ignore"
DESCRIPTION, SPLITS = "dataset.json", "splits_final.json"


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

    Modalities: the channels' names in small letters, with the channel's number where two share a name. One colour
    picture for three channels R, G and B has the modality "rgb". Raises DataError when dataset.json cannot be used,
    or names fewer channels than there are.
    """
    path = folder / DESCRIPTION
    if not path.is_file():
        return []
    description = _read_description(path)
    ending, modalities = description.file_ending, _modalities(description)
    channels, labels = _channels(folder / "imagesTr", ending), _labels(folder / "labelsTr", ending)
    _require_channels(path, channels, len(modalities))
    ranges = tuple((value, value, value) for value in sorted(set(description.labels.values())) if value)
    return [
        Case(
            id=safe_id(name),
            patient=safe_id(description.patients.get(name, name)),
            site="",
            images=_images(folder / "imagesTr" / name, channels.get(name, set()), modalities, ending),
            labels=(labels[name],) if name in labels else (),
            label_ranges=ranges,
        )
        for name in sorted({*channels, *labels})
    ]


def find_ignore_label(folder: Path) -> int | None:
    """The value of the label "ignore" of a folder, which is no label to learn; None if it has none."""
    labels = _read_description(folder / DESCRIPTION).labels
    return next((value for name, value in labels.items() if name.lower() == IGNORE), None)


def find_label_names(folder: Path) -> dict[int, str]:
    """Value to name of the labels to learn."""
    labels = _read_description(folder / DESCRIPTION).labels
    learned = {value: name for name, value in labels.items() if value and name.lower() != IGNORE}
    return dict(sorted(learned.items()))


def _read_description(path: Path) -> _Description:
    """DataError, with a line for each key, for what is no such description."""
    remedy = "Write it as nnU-Net's documentation says."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(content, ensure_ascii=False).encode()  # half a character, which no name of a file can hold
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(path, f"no readable JSON ({error})", "nnU-Net's description", remedy) from error
    if not isinstance(content, dict):
        raise DataError(path, f"JSON of the type {type(content).__name__}", "nnU-Net's description", remedy)
    faults = faults_of(_Description, content, KeyLocations(Layer(str(path), content)))
    raise_together([DataError(fault.where, fault.found, fault.expected, fault.remedy) for fault in faults])
    return _Description.model_validate(content)


def _modalities(description: _Description) -> list[str]:
    """The modality of every channel, in the order of their numbers."""
    modalities = [safe_id(name.lower()) for _, name in sorted(description.channel_names.items())]
    counts = Counter(modalities)
    return [modality if counts[modality] == 1 else f"{modality}{number}" for number, modality in enumerate(modalities)]


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
        found = f"{named} channels named, but more in {len(more)} cases ({listed(more)})"
        raise DataError(path, found, "a name for every channel", "Name them, or remove their files.")


def _images(stem: Path, numbers: set[int], modalities: list[str], ending: str) -> dict[str, Path]:
    if not numbers:
        return {}
    if numbers == {0} and ending in PICTURES and [modality[0] for modality in modalities] == ["r", "g", "b"]:
        modalities = ["rgb"]
    return {modality: Path(f"{stem}_{number:04d}{ending}") for number, modality in enumerate(modalities)}
