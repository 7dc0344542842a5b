"""Prepared cases written in batches, and features of them beside."""

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.layouts import DatasetFolder
from segrepro.preprocessing.features import compute_features
from segrepro.preprocessing.preparation import Preparation, PreparedCase, prepare_case
from segrepro.preprocessing.prepared_cases import RECORDS, Feature, FeatureRecord
from segrepro.preprocessing.resize_crop import NetworkGrid, to_network_grid
from segrepro.utils.files import whole_file, whole_folder
from segrepro.utils.parallel import for_each
from segrepro.utils.validation import Strict


class BatchSettings(Strict):
    """Which cases of a data set one job works on: every `batches`-th, from number `batch` on."""

    dataset: DatasetFolder
    batch: int
    batches: int

    @property
    def cases(self) -> list[Case]:
        """The cases of the batch."""
        return self.dataset.open().cases[self.batch :: self.batches]


class PreparationSettings(BatchSettings):
    """How a batch is prepared."""

    preparation: Preparation


class FeatureSettings(BatchSettings):
    """What is computed of a batch."""

    feature: Feature


def write_batch(
    cases: Sequence[Case], preparation: Preparation, folder: str | Path, workers: int = 1
) -> list[PreparedCase]:
    """Prepare cases into a folder that is complete or not there at all; what stood there before is replaced.

    Writes `<case>.<channel>.npy`, `<case>.label.npy` and `cases.json`, the list of records. Each record has in
    `sha256` the digest of the bytes of each array, by channel. Returns the records, in the order of the cases.
    """
    with whole_folder(folder) as partial_folder:
        work = partial(_write_case, preparation=preparation, folder=partial_folder)
        records = for_each(work, cases, workers, "prepared cases")
        _write_records(records, partial_folder)
    return records


def _write_records(records: Sequence[Strict], folder: Path) -> None:
    with whole_file(folder / RECORDS) as path:
        path.write_text(json.dumps([record.model_dump(mode="json") for record in records], indent=1) + "\n")


def _write_case(case: Case, preparation: Preparation, folder: Path) -> PreparedCase:
    prepared = prepare_case(case, preparation)
    return prepared.record.model_copy(update={"sha256": _save(case.id, prepared.arrays, folder)})


def _save(case: str, arrays: dict[str, np.ndarray], folder: Path) -> dict[str, str]:
    """Write one file a channel; their digests."""
    digests = {}
    for channel, array in arrays.items():
        array = np.ascontiguousarray(array)
        np.save(folder / f"{case}.{channel}.npy", array)
        digests[channel] = hashlib.sha256(array).hexdigest()
    return digests


def write_features(
    cases: Sequence[Case], records: Sequence[PreparedCase], feature: Feature, folder: str | Path, workers: int = 1
) -> list[FeatureRecord]:
    """Compute a feature of prepared cases into a folder that is complete or not there at all.

    records: of the same cases as prepared, whose grid the arrays are put on. Writes `<case>.<channel>.npy` (float16)
    and `cases.json`; a record names the feature's `facts` of the case.
    """
    by_case = {record.case: record for record in records}
    pairs = [(case, by_case[case.id]) for case in cases]
    with whole_folder(folder) as partial_folder:
        work = partial(_write_feature, feature=feature, folder=partial_folder)
        found = for_each(work, pairs, workers, f"cases with {feature.feature}")
        _write_records(found, partial_folder)
    return found


def _write_feature(pair: tuple[Case, PreparedCase], feature: Feature, folder: Path) -> FeatureRecord:
    case, record = pair
    arrays, facts = feature_arrays(case, record, feature)
    return FeatureRecord(case=case.id, feature=feature.feature, facts=facts, sha256=_save(case.id, arrays, folder))


def feature_arrays(case: Case, grid: NetworkGrid, feature: Feature) -> tuple[dict[str, np.ndarray], dict]:
    """A feature of a case by channel, float16 (S, H, W) on the network's grid, and the feature's facts."""
    arrays, facts = compute_features(feature.kind, case, feature.settings)
    name, single = feature.feature, len(arrays) == 1
    return {
        name if single else f"{name}_{channel}": to_network_grid(array.astype(np.float16), grid)
        for channel, array in arrays.items()
    }, facts
