"""A data set with its source, and a run: an experiment under a protocol; each with a hash that stands in its path.

A hash covers a thing's settings, the hash of what it is made from and the version of the code that makes it, so
results of other settings are neither overwritten nor mistaken for current ones.
"""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property

from segrepro.datasets.download.registry import access_to
from segrepro.workflow.config.config import Protocol
from segrepro.workflow.config.study import DatasetSpec
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS

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
    def learned(self) -> dict:
        """Which label values are learned, and which are left out."""
        return {"labels": {str(k): v for k, v in self.spec.labels.items()}, "ignore_label": self.spec.ignore_label}

    @property
    def settings(self) -> dict:
        """What jobs on the data set need to know."""
        access = access_to(self.spec.release) if self.spec.release else self.spec.access
        own = {"name": self.name, "folder": self.folder, "version": self.version, "source": self.source}
        return self.spec.model_dump(mode="json") | own | {"access": access}


@dataclass(frozen=True)
class Run:
    """An experiment under a protocol, over all its folds.

    weights: those that are scored, of the best round or of the last. whole_set: the scored cases of its single division
    train as well; nothing scores it.
    """

    study: str
    experiment: str
    protocol: Protocol
    dataset: DatasetPlan
    preparation: dict
    folds: dict
    training: dict = field(repr=False)
    weights: str = "best"
    starts_from: "Run | None" = None
    whole_set: bool = False

    @property
    def name(self) -> str:
        """The experiment's name; that of the printed protocol, or of a model of the whole set, says so."""
        protocol = "" if self.protocol == "clean" else f"-{self.protocol}"
        return f"{self.experiment}{protocol}{'-whole_set' if self.whole_set else ''}"

    @cached_property
    def prepared_key(self) -> str:
        """Path part of the prepared arrays."""
        parts = (self.dataset.version, self.preparation, STAGE_VERSIONS["prepare"])
        return f"{self.dataset.name}-{digest(*parts)}"

    @cached_property
    def features(self) -> dict[str, dict]:
        """The data set's features that give one of the run's inputs, by path part."""
        wanted = [*(self.training["inputs"] or []), *filter(None, [self.training["target"]])]
        specs = self.dataset.spec.features
        used = [name for name in specs if any(role == name or role.startswith(f"{name}_") for role in wanted)]
        return {self._feature_key(name): {"feature": name} | specs[name].model_dump(mode="json") for name in used}

    def _feature_key(self, name: str) -> str:
        spec = self.dataset.spec.features[name].model_dump(mode="json")
        return f"{self.dataset.name}-{name}-{digest(self.prepared_key, spec, STAGE_VERSIONS['features'])}"

    @cached_property
    def folds_key(self) -> str:
        """Path part of the fold file."""
        parts = [self.dataset.version, self.folds, self.protocol, STAGE_VERSIONS["folds"]]
        parts += ["whole_set"] if self.whole_set else []
        return f"{self.dataset.name}-{self.protocol}-{digest(*parts)}"

    @cached_property
    def hash(self) -> str:
        """Identity of what is trained."""
        made_from = [
            self.prepared_key,
            *self.features,
            self.folds_key,
            *([self.starts_from.hash] if self.starts_from else []),
        ]
        return digest(made_from, self.training, self.dataset.learned, STAGE_VERSIONS["train"])

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
            "weights": self.weights,
            "features": list(self.features.values()),
            "dataset": {key: self.dataset.settings[key] for key in ("name", "title", "access", "version", "source")}
            | self.dataset.learned,
            "preparation": self.preparation,
        } | self.training
