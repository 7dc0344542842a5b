"""Whether models are results of the project in the current folder, whose code its owner chose to run."""

from collections.abc import Iterable
from pathlib import Path

from segrepro.utils.errors import SegreproError
from segrepro.utils.yaml_files import read_yaml
from segrepro.workflow.config.config import load_config

CONFIG = Path("config.yaml")


def are_own_results(models: Iterable[Path]) -> bool:
    """Whether all of these lie in the folders `results` or `work` that config.yaml in the current folder names.

    Without a config.yaml that can be read there is no project, and nothing is its own.
    """
    if not CONFIG.is_file():
        return False
    try:
        config = load_config(read_yaml(CONFIG))
    except SegreproError:
        return False
    own = [Path(folder).resolve() for folder in (config.results, config.work)]
    return all(any(model.resolve().is_relative_to(folder) for folder in own) for model in models)
