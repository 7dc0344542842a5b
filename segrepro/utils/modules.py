"""Modules that are found by their file: what lies in a folder is what there is, and no list repeats it."""

from collections.abc import Iterable
from pkgutil import iter_modules


def modules_in(package_path: Iterable[str]) -> tuple[str, ...]:
    """The names of the modules of a package, by its `__path__`, sorted; those that begin with `_` only help others.

    >>> from segrepro import utils
    >>> "errors" in modules_in(utils.__path__)
    True
    """
    return tuple(sorted(module.name for module in iter_modules(package_path) if not module.name.startswith("_")))
