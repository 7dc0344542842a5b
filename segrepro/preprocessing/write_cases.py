"""Prepared cases written in batches, and features of them beside."""

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.preprocessing.features import compute_features
from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.preprocessing.prepared_cases import RECORDS
from segrepro.preprocessing.resize_crop import place
from segrepro.utils.files import whole_file, whole_folder
from segrepro.utils.parallel import for_each


def write_batch(cases: Sequence[Case], preparation: Preparation, folder: str | Path, workers: int = 1) -> list[dict]:
    """Prepare cases into a folder that is complete or not there at all; what stood there before is replaced.

    Writes `<case>.<role>.npy`, `<case>.label.npy` and `cases.json`, the list of records. Each record has in
    `sha256` the digest of the bytes of each array, by role. Returns the records, in the order of the cases.
    """
    with whole_folder(folder) as partial_folder:
        work = partial(_write_case, preparation=preparation, folder=partial_folder)
        records = for_each(work, cases, workers, "prepared cases")
        with whole_file(partial_folder / RECORDS) as path:
            path.write_text(json.dumps(records, indent=1) + "\n")
    return records


def _write_case(case: Case, preparation: Preparation, folder: Path) -> dict:
    prepared = prepare_case(case, preparation)
    return prepared.record | {"sha256": _save(case.id, prepared.arrays, folder)}


def _save(case: str, arrays: dict[str, np.ndarray], folder: Path) -> dict[str, str]:
    """Write one file a role; their digests."""
    digests = {}
    for role, array in arrays.items():
        array = np.ascontiguousarray(array)
        np.save(folder / f"{case}.{role}.npy", array)
        digests[role] = hashlib.sha256(array).hexdigest()
    return digests


def write_features(
    cases: Sequence[Case], records: Sequence[dict], feature: dict, folder: str | Path, workers: int = 1
) -> list[dict]:
    """Compute a feature of prepared cases into a folder that is complete or not there at all.

    records: of the same cases as prepared, whose grid the arrays are put on. feature: name `feature`, `kind` and
    `settings`. Writes `<case>.<role>.npy` (float16) and `cases.json`; a record names the feature's `facts` of the case.
    """
    by_case = {record["case"]: record for record in records}
    pairs = [(case, by_case[case.id]) for case in cases]
    with whole_folder(folder) as partial_folder:
        work = partial(_write_feature, feature=feature, folder=partial_folder)
        found = for_each(work, pairs, workers, f"cases with {feature['feature']}")
        with whole_file(partial_folder / RECORDS) as path:
            path.write_text(json.dumps(found, indent=1) + "\n")
    return found


def _write_feature(pair: tuple[Case, dict], feature: dict, folder: Path) -> dict:
    case, record = pair
    placed, facts = feature_arrays(case, record, feature)
    return {"case": case.id, "feature": feature["feature"], "facts": facts, "sha256": _save(case.id, placed, folder)}


def feature_arrays(case: Case, record: dict, feature: dict) -> tuple[dict[str, np.ndarray], dict]:
    """A feature of a case by role, float16 (S, H, W) on the grid of its record, and the feature's facts."""
    arrays, facts = compute_features(feature["kind"], case, feature["settings"])
    name, single = feature["feature"], len(arrays) == 1
    placed = {name if single else f"{name}_{role}": place(a.astype(np.float16), record) for role, a in arrays.items()}
    return placed, facts
