"""Data sets (and weights) as they are given out: a file a release beside this one, whose name is the release's.

What is not known of a release is left out, never guessed. `segrepro.datasets.releases.release` says what each key
means; whatever is downloaded first is pinned besides by its sha256 in data.lock.yaml, which belongs into git.
"""

from functools import cache
from pathlib import Path

from segrepro.datasets.releases.release import Release
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import checked
from segrepro.utils.yaml_files import read_yaml


def read_release(path: Path) -> Release:
    """The release in a file; ConfigError, a line a fault, when it is faulty."""
    content = read_yaml(path)
    return checked(Release, content, KeyLocations(Layer(path.name, content)))


@cache
def releases() -> dict[str, Release]:
    """Every release by name.

    >>> releases()["chaos"].version
    'v1.03'
    """
    return {path.stem: read_release(path) for path in sorted(Path(__file__).parent.glob("*.yaml"))}


def weights_names() -> list[str]:
    """The releases that are weights of networks.

    >>> weights_names()
    ['vgg16']
    """
    return [name for name, release in releases().items() if not release.sets]
