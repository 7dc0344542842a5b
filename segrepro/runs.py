"""A data set with its source, and a run: an experiment under a protocol; each with a hash that stands in its path.

A hash covers a thing's settings, the hash of what it is made from and the version of the code that makes it, so
results of other settings are neither overwritten nor mistaken for current ones.
"""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property

from segrepro.config import Protocol
from segrepro.studies import DatasetSpec
from segrepro.versions import STAGE_VERSIONS

HASH_DIGITS = 10


def digest(*parts: object) -> str:
    """A short hash of anything JSON can hold; independent of the order of keys.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:HASH_DIGITS]


@dataclass(frozen=True)
class DatasetPlan:
    """A data set and where it comes from."""

    name: str
    spec: DatasetSpec
    source: str
    folder: str
    version: str
    case_count: int

    @property
    def key(self) -> str:
        """Name and version, as they stand in paths."""
        return f"{self.name}-{self.version}"

    @property
    def is_phantom(self) -> bool:
        """Whether the data set is synthetic."""
        return self.source == "phantom"

    @property
    def batches(self) -> list[int]:
        """Numbers of the batches its cases travel in."""
        return list(range(max(1, -(-self.case_count // self.spec.batch_cases))))

    @property
    def settings(self) -> dict:
        """What jobs on the data set need to know."""
        return {"name": self.name, "folder": self.folder, "version": self.version, "source": self.source} | (
            self.spec.model_dump(mode="json")
        )


@dataclass(frozen=True)
class Run:
    """An experiment under a protocol, over all its folds."""

    study: str
    experiment: str
    protocol: Protocol
    dataset: DatasetPlan
    preparation: dict
    folds: dict
    training: dict = field(repr=False)

    @property
    def name(self) -> str:
        """The experiment's name; that of the printed protocol says so."""
        return self.experiment if self.protocol == "clean" else f"{self.experiment}-{self.protocol}"

    @cached_property
    def prepared_key(self) -> str:
        """Path part of the prepared arrays."""
        parts = (self.dataset.version, self.preparation, STAGE_VERSIONS["prepare"])
        return f"{self.dataset.name}-{digest(*parts)}"

    @cached_property
    def folds_key(self) -> str:
        """Path part of the fold file."""
        parts = (self.dataset.version, self.folds, self.protocol, STAGE_VERSIONS["folds"])
        return f"{self.dataset.name}-{self.protocol}-{digest(*parts)}"

    @cached_property
    def hash(self) -> str:
        """Identity of what is trained."""
        return digest(self.prepared_key, self.folds_key, self.training, STAGE_VERSIONS["train"])

    @property
    def key(self) -> str:
        """Path part of everything the run writes."""
        return f"{self.name}-{self.hash}"

    @property
    def fold_numbers(self) -> list[int]:
        """The folds, counted from 0."""
        return list(range(self.folds["count"]))

    @property
    def settings(self) -> dict:
        """What training and prediction need to know."""
        return {
            "study": self.study,
            "experiment": self.experiment,
            "name": self.name,
            "protocol": self.protocol,
            "hash": self.hash,
            "dataset": {key: self.dataset.settings[key] for key in ("name", "title", "version", "source", "labels")},
            "preparation": self.preparation,
        } | self.training
