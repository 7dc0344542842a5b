"""An experiment: data set x network x loss x recipe, as a study writes it and as it is once everything is merged."""

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from segrepro.datasets.folds import Folds
from segrepro.datasets.releases import weights_names
from segrepro.losses import list_losses
from segrepro.networks import network_names
from segrepro.networks.registry import COMBINED
from segrepro.preprocessing.preparation import Preparation
from segrepro.training.recipe import Recipe
from segrepro.training.tasks import check_task
from segrepro.utils.errors import ConfigError
from segrepro.utils.own_code import is_own
from segrepro.utils.validation import Strict, known
from segrepro.workflow.config.config import Protocol


class ExperimentSpec(Strict):
    """data set x network x loss x recipe; it stands in as many tables as name it."""

    renamed = {"starts_from": "init_from", "outputs": "activation"}

    label: str = Field("", description="its name in tables; that of its key if not given")
    network: str = Field(description="one of the library's, or module:Class; {call: ..., key: value} with its options")
    options: dict = Field({}, description="of this network, laid over network_options")
    task: str = "segmentation"
    task_options: dict = {}
    loss: str = Field("dice_ce", description="one of the library's, or module:Name; {call: ..., key: value} likewise")
    loss_options: dict = {}
    activation: Literal["sigmoid", "softmax"] = Field(
        "sigmoid", description="of a single label; several have a softmax"
    )
    dataset: str | None = Field(None, description="the study's `dataset` if not given")
    inputs: list[str] | None = Field(None, description="the network's channels; all but the target if not given")
    neighbours: int = Field(
        0, ge=0, le=8, description="slices on each side that are channels too (2.5D), in the data set's plane"
    )
    target: str | None = Field(None, description="channel of the image that is to be synthesised")
    pretrained: str | None = Field(None, description="name in config's `pretrained`; without that file it does not run")
    folds: dict = Field({}, description="laid over those of the data set")
    init_from: str | None = Field(None, description="experiment whose trained network this one is built upon")
    checkpoint: Literal["best", "last"] | None = Field(
        None, description="the weights that are scored under protocol clean; the best if not given"
    )
    protocols: list[Protocol] | None = Field(
        None, min_length=1, description="those that it runs under, of those that are asked for; all if not given"
    )
    seeds: int | None = Field(None, ge=1, description="how often it is trained; the study's `seeds` if not given")
    gpus: int = Field(
        1, ge=1, description="that train it together, sharing each batch; changes results by rounding only"
    )
    main: bool = Field(False, description="whether it runs with `experiments: main`")
    recipe: dict = Field({}, description="laid over the study's recipe")

    @property
    def built_on(self) -> list[str]:
        """The experiments that are trained before: that which it starts from, those that it combines."""
        members = self.options.get("from") if self.network == COMBINED else []
        named = [one for one in members if isinstance(one, str)] if isinstance(members, list) else []
        return [*filter(None, [self.init_from]), *named]

    @field_validator("network")
    @classmethod
    def _network_exists(cls, name: str) -> str:
        return _called_or_known(name, network_names(), "a network")

    @field_validator("loss")
    @classmethod
    def _loss_exists(cls, name: str) -> str:
        return _called_or_known(name, list(list_losses()), "a loss")

    @field_validator("pretrained")
    @classmethod
    def _weights_exist(cls, name: str | None, others: ValidationInfo) -> str | None:
        if name is None or is_own(others.data.get("network", "")):
            return name
        return known(name, weights_names(), "weights that are given out")

    @model_validator(mode="after")
    def _task_fits(self) -> "ExperimentSpec":
        try:
            check_task(self.task, self.network, self.loss)
        except ConfigError as error:
            raise ValueError(error.found, error.expected, error.remedy) from None
        return self


def _called_or_known(name: str, names: list[str], what: str) -> str:
    if is_own(name):
        return name
    if "." in name:
        module, _, last = name.rpartition(".")
        raise ValueError(repr(name), f"{what} of the library, or module:Name", f"Write {module}:{last}.")
    return known(name, names, what)


@dataclass(frozen=True)
class Experiment:
    """An experiment of a study, complete.

    dataset: its name in the study. options: of the network, with those that the study's networks share.
    published_recipe: the recipe under the paper's own protocol.
    """

    name: str
    spec: ExperimentSpec
    dataset: str
    preparation: Preparation
    folds: Folds
    recipe: Recipe
    published_recipe: Recipe
    options: dict

    def under(self, protocol: Protocol) -> "Experiment":
        """The experiment with the recipe of a protocol."""
        return replace(self, recipe=self.published_recipe) if protocol == "published" else self
