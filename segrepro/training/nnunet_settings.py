"""What a run of nnU-Net depends on. No torch and no nnU-Net here: the plan makes these settings."""

from importlib.util import find_spec
from typing import Literal

from pydantic import Field, model_validator

from segrepro.datasets.label_map import LabelMap
from segrepro.datasets.layouts import DatasetFolder
from segrepro.utils.errors import ConfigError
from segrepro.utils.validation import Strict

Configuration = Literal["2d", "3d_fullres", "3d_lowres"]
EPOCHS, BATCH = 1000, 2  # nnU-Net's own length; its smallest batch


class Options(Strict):
    """What may be said to nnU-Net; all else it chooses by itself."""

    configuration: Configuration = Field("2d", description="which of its plans")
    epochs: int | None = Field(None, ge=1, description="its budget a fold, over which its rate falls to 0; or minutes")
    minutes: float | None = Field(None, gt=0, description="its budget a fold by the clock, validation included")
    steps_per_epoch: int = Field(250, ge=1, description="steps of training an epoch; a fifth as many validate")
    batch_size: int | None = Field(None, ge=1, description="in place of the planned one")

    @model_validator(mode="after")
    def _one_budget(self) -> "Options":
        if (self.epochs is None) == (self.minutes is None):
            found = "epochs and minutes" if self.epochs else "neither epochs nor minutes"
            raise ValueError(found, "one of them, the budget of a fold", "nnU-Net's own is epochs: 1000.")
        return self

    @property
    def budget(self) -> str:
        """The budget in words."""
        return f"{self.minutes:g} minutes a fold" if self.minutes else f"{self.epochs} epochs"


def nnunet_recipe(options: dict[str, object]) -> dict[str, object]:
    """nnU-Net's own training in a recipe's words, whatever the study's recipe is.

    The card of its model has the planned batch, which nobody knows before, and the budget.
    """
    return {
        "optimiser": {"name": "sgd", "lr": 0.01, "momentum": 0.99, "nesterov": True, "weight_decay": 3e-5},
        "schedule": {"name": "polynomial", "power": 0.9},
        "clip_gradients": 12,
        "epochs": _number(options.get("epochs"), EPOCHS),
        "batch_size": _number(options.get("batch_size"), BATCH),
    }


def _number(value: object, otherwise: int) -> int:
    """A number that is one; what is wrong with others is said of the options."""
    return value if isinstance(value, int) and value > 0 else otherwise


class PlanSettings(Strict):
    """What nnU-Net plans and preprocesses for: the cases of a data set with their folds.

    modalities: those of a case that are its channels; None for all.
    """

    dataset: DatasetFolder
    labels: LabelMap
    modalities: list[str] | None
    configuration: Configuration


def missing_nnunet(where: str) -> list[ConfigError]:
    """The fault that nnU-Net is not installed, if it is not."""
    if find_spec("nnunetv2"):
        return []
    remedy = "Install it: pip install 'segrepro[nnunet]' -c constraints.txt."
    return [ConfigError(where, "no package nnunetv2", "nnU-Net, version 2", remedy)]
