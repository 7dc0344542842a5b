"""segrepro: five medical-image-segmentation papers, from raw scans to their published tables and figures.

What a user of the library starts from can be had from here:

>>> import segrepro
>>> segrepro.build_network("unet", 1, 1, base_width=8).__class__.__name__
'UNet'
"""

from importlib import import_module

__version__ = "0.1.0"

# Found when they are asked for, so that `import segrepro` brings neither torch nor pandas.
_FROM = {
    "open_dataset": "segrepro.datasets",
    "check_dataset": "segrepro.datasets.integrity.check",
    "read_image": "segrepro.images.io",
    "prepare_case": "segrepro.preprocessing.preparation",
    "build_network": "segrepro.networks",
    "build_loss": "segrepro.losses",
    "load_model": "segrepro.training.model",
    "segmentation_metrics": "segrepro.evaluation.metrics",
    "compare_methods": "segrepro.evaluation.statistics",
}
__all__ = ["__version__", *_FROM]


def __getattr__(name: str) -> object:
    if name not in _FROM:
        raise AttributeError(f"module 'segrepro' has no attribute {name!r}")
    return getattr(import_module(_FROM[name]), name)
