"""Inputs computed from scans before training, such as the residue of an area opening.

A kind of feature is a module beside this one with `compute(case, settings)`. It returns arrays by role, in the file
order and on the grid of the case's first image, as the network is to see them, and facts about them, fit for JSON.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from segrepro.errors import ConfigError, nearest

if TYPE_CHECKING:
    import numpy as np

    from segrepro.datasets import Case

FEATURES = ("area_opening", "perfusion")


def compute_features(kind: str, case: "Case", settings: dict) -> "tuple[dict[str, np.ndarray], dict]":
    """The arrays of one kind for one case, by role, and facts about them.

    kind: one of FEATURES. settings: what the kind's own `compute` takes.
    Raises ConfigError for an unknown kind or setting, DataError for scans that cannot be used.
    """
    if kind not in FEATURES:
        raise ConfigError("features", repr(kind), "a kind of feature", nearest(kind, FEATURES))
    return import_module(f"segrepro.features.{kind}").compute(case, settings)
