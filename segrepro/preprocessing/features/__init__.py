"""Inputs computed from scans before training, such as the residue of an area opening.

A kind of feature is a module beside this one, by its name; modules whose names begin with `_` help them. It has
`compute(case, settings)`, the model `Settings` of its settings, `modalities(settings)`, what it is computed from, and
CHANNELS, the channels that it gives. `compute` returns arrays by channel, in the file order and on the grid of the
case's first image, as the network is to see them, and facts about them, fit for JSON.
"""

from importlib import import_module
from types import ModuleType

import numpy as np

from segrepro.datasets.case import Case
from segrepro.utils.errors import ConfigError, nearest
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.modules import modules_in
from segrepro.utils.validation import Strict, checked


def feature_names() -> tuple[str, ...]:
    """The kinds of features that `compute_features` knows."""
    return modules_in(__path__)


def feature_settings(kind: str) -> type[Strict]:
    """What a kind of feature may be told; ConfigError for an unknown kind."""
    return _feature(kind).Settings


def feature_channels(name: str, kind: str) -> list[str]:
    """The channels of a feature called `name`: its own name, with `_<channel>` behind it where its kind gives several.

    >>> feature_channels("residue_25", "area_opening"), feature_channels("series", "perfusion")[:2]
    (['residue_25'], ['series_mip', 'series_frame0'])
    """
    channels = _feature(kind).CHANNELS
    return [name] if len(channels) == 1 else [f"{name}_{channel}" for channel in channels]


def feature_modalities(kind: str, settings: dict) -> list[str]:
    """The modalities of a case that a feature is computed from.

    >>> feature_modalities("area_opening", {"of": "t1"}), feature_modalities("perfusion", {})
    (['t1'], ['ctp'])
    """
    module = _feature(kind)
    return module.modalities(module.Settings.model_validate(settings))


def compute_features(kind: str, case: Case, settings: dict) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays of one kind for one case, by channel, and facts about them.

    settings: those of the kind's own `Settings`.
    Raises ConfigError for an unknown kind or setting, DataError for scans that cannot be used.
    """
    feature = _feature(kind)
    place = KeyLocations(Layer(f"features.{kind}", settings))
    return feature.compute(case, checked(feature.Settings, settings, place))


def _feature(kind: str) -> ModuleType:
    if kind not in feature_names():
        raise ConfigError("features", repr(kind), "a kind of feature", nearest(kind, feature_names()))
    return import_module(f"segrepro.preprocessing.features.{kind}")
