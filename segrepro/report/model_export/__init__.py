"""A trained model for other programs: a file here is a format, and its name that of the format."""

from importlib import import_module
from pathlib import Path

from segrepro.training.model import load_model, read_card
from segrepro.utils.errors import ConfigError, ModelError, nearest
from segrepro.utils.files import require_folder, whole_folder
from segrepro.utils.modules import modules_in


def formats() -> list[str]:
    """The formats that a model can be written in.

    >>> formats()
    ['huggingface', 'monai-bundle', 'onnx']
    """
    return [name.replace("_", "-") for name in modules_in(__path__)]


def export_model(path: Path, to: str, output: Path, trust_code: bool = False) -> None:
    """Write a trained model, with the weights that its protocol scores, to the folder `output`, in one of `formats`.

    path, trust_code: as `load_model` takes them. Raises ConfigError for an unknown format and a folder that holds
    something, ModelError for a model that makes images, and what `load_model` raises.
    """
    if to not in formats():
        raise ConfigError("--to", repr(to), f"one of {', '.join(formats())}", nearest(to, formats()))
    require_folder(output.parent)
    if output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise ConfigError("--output", f"{output}, which is there already", "a new folder", "Name another one.")
    model = load_model(path, read_card(path).checkpoint, trust_code)
    if model.card.makes_images_only:
        raise ModelError(path, "a model that makes images", "one that segments", "Choose another model.")
    with whole_folder(output) as partial:
        import_module(f"{__name__}.{to.replace('-', '_')}").write(model, path, partial)
