"""Names of BIDS derivatives for the masks of BIDS scans, and the files that make a folder a set of derivatives."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import segrepro
from segrepro.datasets.case import Case
from segrepro.datasets.label_map import LabelMap
from segrepro.utils.errors import ConfigError, DataError
from segrepro.utils.files import whole_file

VERSION = "1.9.0"
# What else stands there, which a validator of BIDS shall pass over.
IGNORED = ("overlays", "probabilities", "records")


def as_derivatives(cases: Sequence[Case], labels: LabelMap) -> list[Case]:
    """The cases with ids that are the paths of their masks among derivatives.

    A scan `sub-07_ses-1_T1w.nii.gz` gets `sub-07/ses-1/anat/sub-07_ses-1_desc-segrepro_mask`, or `_dseg` where the
    model has several labels. Raises DataError for a scan of another name.
    """
    return [replace(case, id=_derivative(case, "dseg" if len(labels.values) > 1 else "mask")) for case in cases]


def _derivative(case: Case, suffix: str) -> str:
    path = next(iter(case.images.values()))
    *entities, _ = path.name.partition(".")[0].split("_")
    if not (entities and entities[0].startswith("sub-") and all("-" in entity for entity in entities)):
        expected = "a name as BIDS has it, such as sub-07_T1w.nii.gz"
        raise DataError(path, "another name", expected, "Rename it, or leave out --bids.")
    kept = [entity for entity in entities if not entity.startswith("desc-")]
    folders = [entity for entity in kept if entity.startswith(("sub-", "ses-"))]
    return "/".join([*folders, "anat", "_".join([*kept, "desc-segrepro", suffix])])


def require_folder_name(output: Path) -> None:
    """Raise ConfigError when the output is the name of a file."""
    if output.suffix:
        raise ConfigError("--output", str(output), "a folder, with --bids", "Such as derivatives/segrepro.")


def describe_derivatives(folder: Path, model: str, labels: LabelMap) -> None:
    """Write dataset_description.json, .bidsignore and, for several labels, dseg.tsv into a folder.

    model: its name, which the description says.
    """
    program = {"Name": "segrepro", "Version": segrepro.__version__, "Description": f"model {model}"}
    description = {"Name": f"Masks by {model}", "BIDSVersion": VERSION, "DatasetType": "derivative"}
    texts = {
        "dataset_description.json": json.dumps(description | {"GeneratedBy": [program]}, indent=2) + "\n",
        ".bidsignore": "".join(f"{name}/\n" for name in IGNORED),
    }
    if len(labels.values) > 1:
        rows = [f"{value}\t{name}\n" for value, name in labels.values.items()]
        texts["dseg.tsv"] = "".join(["index\tname\n", *rows])
    for name, text in texts.items():
        with whole_file(folder / name) as partial:
            partial.write_text(text, encoding="utf-8")
