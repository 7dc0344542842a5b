"""A data set with its source, and a run: an experiment under a protocol; each with a hash that stands in its path.

A hash covers a thing's settings, the hash of what it is made from and the version of the code that makes it, so
results of other settings are neither overwritten nor mistaken for current ones.
"""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from segrepro.datasets.download.registry import access_to
from segrepro.datasets.folds import Folds
from segrepro.datasets.held import Held
from segrepro.datasets.layouts import DatasetFolder
from segrepro.datasets.releases import paper_facts
from segrepro.networks.registry import NNUNET
from segrepro.preprocessing.prepared_cases import Feature
from segrepro.report.page.data_facts import DatasetFacts
from segrepro.utils.own_code import digests
from segrepro.workflow.config.config import Protocol
from segrepro.workflow.config.experiment import Experiment
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
    """A data set and where it comes from.

    contents: the digest of a folder of scans. held: what its cases have, or those of the release that it will be. Both
    None where nothing is known yet.
    hint: what its cases make one suspect, for whoever starts a run.
    """

    name: str
    spec: DatasetSpec
    source: Literal["phantom", "download", "folder"]
    path: str
    version: str
    case_count: int
    contents: str | None = None
    held: Held | None = None
    hint: str = ""

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
    def folder(self) -> DatasetFolder:
        """Where it lies, and how."""
        return DatasetFolder(name=self.name, layout=self.spec.layout, folder=self.path)

    @property
    def facts(self) -> DatasetFacts:
        """What the report says of it."""
        paper = paper_facts(self.spec.release, self.spec.layout) if self.spec.release else None
        facts = {"name": self.name, "title": self.spec.title, "source": self.source, "version": self.version}
        return DatasetFacts(**facts, paper=paper)

    @property
    def access(self) -> str:
        """Who gives it out, and on what terms."""
        return access_to(self.spec.release) if self.spec.release else self.spec.access


@dataclass(frozen=True)
class Run:
    """An experiment under a protocol, over all its folds.

    folds: those of the protocol. pretrained_sha256: of the weights that its trunk starts from. checkpoint: the weights
    that are scored, of the best epoch or of the last. repeat: which training of the experiment it is, counted from 0;
    the first has the study's seed. division: the number of its own division, None where all trainings share one.
    choices: an option by the choice of the study that it belongs to; empty where all is done as the study's file says.
    train_on_all: the scored cases of its single division train as well; nothing scores it.
    """

    study: str
    resolved: Experiment
    protocol: Protocol
    dataset: DatasetPlan
    folds: Folds
    seed: int
    pretrained_sha256: str | None = None
    checkpoint: Literal["best", "last"] = "best"
    init_from: "Run | None" = None
    members: tuple["Run", ...] = ()
    masks_sha256: str | None = None
    repeat: int = 0
    division: int | None = None
    choices: dict[str, str] = field(default_factory=dict)
    train_on_all: bool = False

    @property
    def experiment(self) -> str:
        """The experiment's name in its study."""
        return self.resolved.name

    @property
    def method(self) -> str:
        """The experiment's name; that of the published protocol or of a choice says so. Several seeds share it."""
        protocol = [] if self.protocol == "clean" else [self.protocol]
        return "-".join([self.experiment, *protocol, *(part for choice in self.choices.items() for part in choice)])

    @property
    def label(self) -> str:
        """What people call the method."""
        said = [] if self.protocol == "clean" else [f"{self.protocol} protocol"]
        said += [f"{choice}: {option}" for choice, option in self.choices.items()]
        label = self.resolved.spec.label or self.experiment
        return f"{label} ({', '.join(said)})" if said else label

    @property
    def name(self) -> str:
        """The method's name; that of a further seed, or of a model of the whole set, says so."""
        seed = f"-seed{self.seed}" if self.repeat else ""
        return f"{self.method}{seed}{'-train_on_all' if self.train_on_all else ''}"

    @cached_property
    def prepared_key(self) -> str:
        """Path part of the prepared arrays."""
        preparation = self.resolved.preparation.model_dump(mode="json")
        return f"{self.dataset.name}-{digest(self.dataset.version, preparation, STAGE_VERSIONS['prepare'])}"

    @cached_property
    def features(self) -> dict[str, Feature]:
        """The data set's features that give one of the run's inputs, by path part."""
        spec, features = self.resolved.spec, self.dataset.spec.features
        wanted = [*(spec.inputs or []), *filter(None, [spec.target])]
        used = [
            name for name in features if any(channel == name or channel.startswith(f"{name}_") for channel in wanted)
        ]
        return {self._feature_key(name): Feature(feature=name, **features[name].model_dump()) for name in used}

    def _feature_key(self, name: str) -> str:
        spec = self.dataset.spec.features[name].model_dump(mode="json")
        return f"{self.dataset.name}-{name}-{digest(self.prepared_key, spec, STAGE_VERSIONS['features'])}"

    @cached_property
    def folds_key(self) -> str:
        """Path part of the fold file."""
        parts = [self.dataset.version, self.folds.model_dump(mode="json"), self.protocol, STAGE_VERSIONS["folds"]]
        parts += ["train_on_all"] if self.train_on_all else []
        return f"{self.dataset.name}-{self.protocol}-{digest(*parts)}"

    @property
    def built_on(self) -> list["Run"]:
        """The runs that are trained before: that which it starts from, those that it combines."""
        return [*filter(None, [self.init_from]), *self.members]

    @property
    def is_nnunet(self) -> bool:
        """Whether nnU-Net is trained, which prepares scans by itself."""
        return self.resolved.spec.network == NNUNET

    @property
    def modalities(self) -> list[str] | None:
        """Those of a case that nnU-Net gets; None for all."""
        named = self.resolved.spec.inputs or self.resolved.preparation.modalities
        return named and list(named)

    @cached_property
    def nnunet_key(self) -> str:
        """Path part of what nnU-Net plans and preprocesses; empty for any other network."""
        if not self.is_nnunet:
            return ""
        configuration = self.resolved.options.get("configuration")
        parts = [self.folds_key, self.dataset.learned, self.modalities, configuration, STAGE_VERSIONS["nnunet"]]
        return f"{self.dataset.name}-{digest(self.dataset.version, *parts)}"

    @cached_property
    def training(self) -> dict:
        """What its training depends on besides the data, in JSON: fields of `segrepro.training.train.Settings`."""
        kept = (
            "task",
            "task_options",
            "network",
            "loss",
            "loss_options",
            "activation",
            "inputs",
            "target",
            "init_from",
        )
        training = {key: getattr(self.resolved.spec, key) for key in kept} | {
            "options": self.resolved.options,
            "recipe": self.resolved.recipe.model_dump(mode="json"),
            "seed": self.seed,
        }
        # Without them the hash is that of former versions.
        training |= {"neighbours": self.resolved.spec.neighbours} if self.resolved.spec.neighbours else {}
        # Their digests tell what they are, wherever their files lie.
        found = {key: getattr(self, key) for key in ("pretrained_sha256", "masks_sha256", "own_code")}
        return training | {key: value for key, value in found.items() if value}

    @cached_property
    def own_code(self) -> dict[str, str]:
        """The digests of the files of network and loss, where they are of one's own."""
        return digests([self.resolved.spec.network, self.resolved.spec.loss])

    @cached_property
    def hash(self) -> str:
        """Identity of what is trained."""
        made_from = [
            self.nnunet_key if self.is_nnunet else self.prepared_key,
            *self.features,
            self.folds_key,
            *(one.hash for one in self.built_on),
        ]
        return digest(made_from, self.training, self.dataset.learned, STAGE_VERSIONS["train"])

    @cached_property
    def dependence(self) -> str:
        """What its results depend on: as `hash`, but of channels that it does not use neither scaling nor presence.

        Two runs that have it in common give the same results, wherever their arrays lie.
        """
        spec, preparation = self.resolved.spec, self.resolved.preparation
        if self.is_nnunet or not spec.inputs:
            return self.hash
        made_of = [feature.settings.get("of") for feature in self.features.values()]
        channels = [*spec.inputs, *filter(None, [spec.target, *made_of])]
        made_from = [
            self.dataset.version,
            preparation.model_dump(mode="json", exclude={"modalities", "normalization"}),
            [repr(preparation.normalization_of(channel)) for channel in channels],
            [feature.model_dump(mode="json") for feature in self.features.values()],
            self.folds_key,
            [one.dependence for one in self.built_on],
        ]
        return digest(made_from, self.training, self.dataset.learned)

    @property
    def key(self) -> str:
        """Path part of everything the run writes."""
        return f"{self.name}-{self.hash}"

    @property
    def path_parts(self) -> set[str]:
        """Those of all that is made for it."""
        made = {self.key, self.dataset.key, self.prepared_key, self.folds_key, self.nnunet_key, *self.features}
        return made - {""}

    @property
    def fold_numbers(self) -> list[int]:
        """The folds, counted from 0."""
        return list(range(self.folds.count))

    @property
    def settings(self) -> dict:
        """What training and prediction need to know."""
        dataset = {key: getattr(self.dataset, key) for key in ("name", "access", "version", "source")}
        return {
            "study": self.study,
            "experiment": self.experiment,
            "name": self.name,
            "protocol": self.protocol,
            "hash": self.hash,
            "own_code": self.own_code,
            "choices": self.choices,
            "checkpoint": self.checkpoint,
            "features": [feature.model_dump(mode="json") for feature in self.features.values()],
            "dataset": dataset | {"title": self.dataset.spec.title} | self.dataset.learned,
            "preparation": self.resolved.preparation.model_dump(mode="json"),
        } | self.training
