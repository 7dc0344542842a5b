"""Medical Segmentation Decathlon, Task09: portal-venous CT with the spleen drawn; and its other tasks on CT.

    Task09_Spleen/dataset.json
    Task09_Spleen/imagesTr/spleen_2.nii.gz
    Task09_Spleen/labelsTr/spleen_2.nii.gz

`dataset.json` lists the 41 labelled patients under "training", and the names of labels. The 20 of its "test" have no
public masks and are left out.
"""

import json
from pathlib import Path

from segrepro.datasets.case import Case, file_stem, safe_id
from segrepro.utils.errors import DataError
from segrepro.utils.folders import walk_files

EXAMPLE = "Task09_Spleen/imagesTr/spleen_2.nii.gz"
DESCRIPTION, CT = "dataset.json", "ct"
MODALITIES = (CT,)
LABEL_NAMES = ("background", "spleen")
BINARY_LABELS = True


def find_cases(folder: Path) -> list[Case]:
    """One case, of its own patient, for each entry of "training". Modality: "ct", in Hounsfield units."""
    paths = list(walk_files(folder))
    tasks = [path for path in paths if path.name == DESCRIPTION]
    if not tasks and any(path.parent.name == "imagesTr" for path in paths):
        remedy = "Unpack the task again, or copy dataset.json too."
        raise DataError(folder, "imagesTr without dataset.json", "dataset.json, which lists the cases", remedy)
    return [case for task in tasks for case in _listed(task)]


def find_label_names(folder: Path) -> dict[int, str]:
    """Value to name of the labels that the first dataset.json lists; empty where it lists none."""
    task = next((path for path in walk_files(folder) if path.name == DESCRIPTION), None)
    return _labels(task, _read(task)) if task else {}


def _read(task: Path) -> dict:
    """A task's description; empty for one of nnU-Net, which has the same name and no list of cases."""
    try:
        content = json.loads(task.read_bytes())
    except ValueError as error:
        raise _damaged(task, error) from None
    if not isinstance(content, dict):
        raise _damaged(task, TypeError())
    return {} if "training" not in content and "channel_names" in content else content


def _labels(task: Path, content: dict) -> dict[int, str]:
    try:
        names = {int(value): str(name) for value, name in content.get("labels", {}).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise _damaged(task, error, '"labels", names by value') from None
    return {value: name for value, name in sorted(names.items()) if value}


def _listed(task: Path) -> list[Case]:
    content = _read(task)
    if not content:
        return []
    try:
        pairs = [(task.parent / entry["image"], task.parent / entry["label"]) for entry in content["training"]]
        modalities = [str(name) for name in dict(content.get("modality", {"0": CT})).values()]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(task, error) from None
    if [name.lower() for name in modalities] != [CT]:
        remedy = "Convert it, nnUNetv2_convert_MSD_dataset -i FOLDER, and take the layout nnunet."
        raise DataError(task, f"a task of {', '.join(modalities)}", "one of CT", remedy)
    values = _labels(task, content)
    # A single label is whatever is above 0.
    ranges = tuple((value, value, value) for value in values) if len(values) > 1 else ()
    return [_case(image, label, ranges) for image, label in pairs]


def _damaged(task: Path, error: Exception, expected: str = 'a list "training" of image and label') -> DataError:
    return DataError(task, f"{type(error).__name__} on reading", expected, "Unpack the task again.")


def _case(image: Path, label: Path, ranges: tuple) -> Case:
    """Of a case that is listed and lacks one of its files the other one is there; without both, both are missing."""
    name, there = safe_id(file_stem(image)), (image.exists(), label.exists())
    images = {CT: image} if there[0] or not there[1] else {}
    labels = (label,) if there[1] or not there[0] else ()
    return Case(id=name, patient=name, site="", images=images, labels=labels, label_ranges=ranges)
