"""What the training of one fold of a run depends on, as a job gets it. No torch here: the plan makes these settings."""

from typing import Literal

from pydantic import Field

from segrepro.datasets.label_map import LabelMap
from segrepro.losses import loss_info
from segrepro.preprocessing.preparation import Preparation
from segrepro.preprocessing.prepared_cases import Feature
from segrepro.training.recipe import Recipe
from segrepro.utils.validation import Seed, Strict

Checkpoint = Literal["best", "last"]


def output_channels(labels: int, activation: str, loss: str) -> int:
    """One channel for an image or a single label's sigmoid, else a softmax over background and labels.

    >>> output_channels(1, "sigmoid", "dice"), output_channels(3, "softmax", "ce"), output_channels(1, "softmax", "l2")
    (1, 4, 1)
    """
    single = labels == 1 and activation == "sigmoid"
    return 1 if single or loss_info(loss).output == "image" else labels + 1


class TrainingData(Strict):
    """The data set that a model learns from: its name, terms and version, and the label values that are learned.

    source: "phantom", "folder" or "download". labels, ignore_label: see `LabelMap`.
    """

    name: str
    title: str
    access: str
    version: str
    source: str
    labels: dict[int, str] = Field(min_length=1)
    ignore_label: int | None

    @property
    def label_map(self) -> LabelMap:
        """The labels as channels of the network."""
        return LabelMap(values=self.labels, ignored=self.ignore_label)


class Trained(Strict):
    """What is said of a training before it and of the model after it.

    options: of the network. inputs and target: channels of the prepared arrays. neighbours: slices on each side of
    every one that are channels too. checkpoint: the weights that are scored, of the best epoch or of the last. hash: of
    all that the training depends on. own_code: the files of network and loss where they are of one's own, with their
    digests, by their path; see `segrepro.utils.own_code`. choices: an option by the choice of
    the study that it belongs to; empty where all is done as its file says.
    """

    study: str
    experiment: str
    name: str
    protocol: str
    fold: int = Field(ge=0)
    network: str
    options: dict
    task: str
    activation: Literal["sigmoid", "softmax"]
    target: str | None
    neighbours: int = Field(0, ge=0, exclude_if=lambda count: count == 0)
    loss: str
    own_code: dict[str, str]
    choices: dict[str, str] = Field({}, exclude_if=lambda choices: not choices)
    recipe: Recipe
    seed: Seed
    features: list[Feature]
    checkpoint: Checkpoint
    hash: str
    dataset: TrainingData
    preparation: Preparation


class Settings(Trained):
    """Settings of the training of one fold.

    inputs: the network's channels; None for all prepared images but the target. init_from: experiment whose model
    this one is built upon. pretrained_sha256: digest of the weights that the network's trunk starts with.
    masks_sha256: digest of the folder of finished masks that stand in the network's place.
    device: "auto", "cpu" or "cuda". threads: of the CPU; another number sums floats in another order.
    """

    task_options: dict
    loss_options: dict
    inputs: list[str] | None
    init_from: str | None
    pretrained_sha256: str | None = None
    masks_sha256: str | None = None
    device: Literal["auto", "cpu", "cuda"]
    threads: int = Field(ge=1)

    @property
    def out_channels(self) -> int:
        """See `output_channels`."""
        return output_channels(len(self.dataset.labels), self.activation, self.loss)

    @property
    def run_hash(self) -> str:
        """What a checkpoint of this training is known by."""
        return f"{self.hash}-fold{self.fold}"
