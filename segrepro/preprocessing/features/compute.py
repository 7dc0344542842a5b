"""Inputs computed from scans before training, such as the residue of an area opening.

A kind of feature is a module beside this one with `compute(case, settings)`, the model `Settings` of its settings and
ROLES, the roles that it gives. `compute` returns arrays by role, in the file
order and on the grid of the case's first image, as the network is to see them, and facts about them, fit for JSON.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from segrepro.datasets.case import Case
from segrepro.utils.errors import ConfigError, nearest

if TYPE_CHECKING:
    import numpy as np

FEATURES = ("area_opening", "perfusion")


def feature_roles(name: str, kind: str) -> list[str]:
    """The roles of a feature called `name`: its own name, with `_<role>` behind it where its kind gives several.

    >>> feature_roles("residue_25", "area_opening"), feature_roles("series", "perfusion")[:2]
    (['residue_25'], ['series_mip', 'series_frame0'])
    """
    roles = import_module(f"segrepro.preprocessing.features.{kind}").ROLES
    return [name] if len(roles) == 1 else [f"{name}_{role}" for role in roles]


def compute_features(kind: str, case: Case, settings: dict) -> "tuple[dict[str, np.ndarray], dict]":
    """The arrays of one kind for one case, by role, and facts about them.

    kind: one of FEATURES. settings: what the kind's own `compute` takes.
    Raises ConfigError for an unknown kind or setting, DataError for scans that cannot be used.
    """
    if kind not in FEATURES:
        raise ConfigError("features", repr(kind), "a kind of feature", nearest(kind, FEATURES))
    return import_module(f"segrepro.preprocessing.features.{kind}").compute(case, settings)
