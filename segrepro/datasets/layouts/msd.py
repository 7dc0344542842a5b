"""Medical Segmentation Decathlon, Task09: portal-venous CT with the spleen drawn.

    Task09_Spleen/dataset.json
    Task09_Spleen/imagesTr/spleen_2.nii.gz
    Task09_Spleen/labelsTr/spleen_2.nii.gz

`dataset.json` lists the 41 labelled patients under "training". The 20 of its "test" have no public masks and
are left out.
"""

import json
from pathlib import Path

from segrepro.datasets.case import Case, file_stem, safe_id
from segrepro.utils.errors import DataError
from segrepro.utils.folders import walk_files

EXAMPLE = "Task09_Spleen/imagesTr/spleen_2.nii.gz"
MODALITIES = ("ct",)
LABEL_NAMES = ("background", "spleen")
BINARY_LABELS = True


def find_cases(folder: Path) -> list[Case]:
    """One case, of its own patient, for each entry of "training". Modality: "ct", in Hounsfield units."""
    paths = list(walk_files(folder))
    tasks = [path for path in paths if path.name == "dataset.json"]
    if not tasks and any(path.parent.name == "imagesTr" for path in paths):
        remedy = "Unpack the task again, or copy dataset.json too."
        raise DataError(folder, "imagesTr without dataset.json", "dataset.json, which lists the cases", remedy)
    return [case for task in tasks for case in _listed(task)]


def _listed(task: Path) -> list[Case]:
    try:
        pairs = [
            (task.parent / e["image"], task.parent / e["label"]) for e in json.loads(task.read_bytes())["training"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        expected = 'a list "training" of image and label'
        raise DataError(task, f"{type(error).__name__} on reading", expected, "Unpack the task again.") from None
    return [_case(image, label) for image, label in pairs]


def _case(image: Path, label: Path) -> Case:
    """Of a case that is listed and lacks one of its files the other one is there; without both, both are missing."""
    name, there = safe_id(file_stem(image)), (image.exists(), label.exists())
    images = {"ct": image} if there[0] or not there[1] else {}
    return Case(id=name, patient=name, site="", images=images, labels=(label,) if there[1] or not there[0] else ())
