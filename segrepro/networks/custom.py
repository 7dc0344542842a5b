"""Networks of one's own, looked at without running them."""

import ast
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from segrepro.utils.errors import NetworkError, nearest


def look_here() -> None:
    """Let modules be found in the current folder."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())


def no_module(name: str, found: str) -> NetworkError:
    """The error for a network 'module:Class' whose module cannot be imported."""
    module = name.partition(":")[0]
    remedy = f"Put {module}.py into {os.getcwd()} or install it."
    return NetworkError(f"network {name}", f"no module to import ({found})", f"a module {module}", remedy)


def check_own_network(name: str) -> None:
    """Raise NetworkError when there is no module, or no such name in it, behind 'module:Class'.

    The module's text is read, it is not run: planning is quick, and needs none of what the module imports. Of a package
    `a.b` python imports `a`. A module without text, or one that takes over all names of another, is taken on trust.

    >>> check_own_network("segrepro.networks.unet:UNet")
    >>> check_own_network("no_such:Net")
    Traceback (most recent call last):
    ...
    segrepro.utils.errors.NetworkError: network no_such:Net: found no module to import (no such file); expected ...
    """
    look_here()
    module, _, wanted = name.partition(":")
    try:
        spec = find_spec(module)
    except (ImportError, ValueError) as error:
        raise no_module(name, str(error)) from None
    if spec is None:
        raise no_module(name, "no such file")
    if not (spec.origin or "").endswith(".py"):
        return
    names, classes = _names(name, Path(spec.origin))
    if wanted not in names and "*" not in names:
        found, remedy = "no such torch.nn.Module there", nearest(wanted, classes)
        raise NetworkError(f"network {name}", found, f"a class {wanted}", remedy)


def _names(name: str, path: Path) -> tuple[set[str], set[str]]:
    """All names that the text of a module gives to something, and those of its classes."""
    try:
        nodes = list(ast.walk(ast.parse(path.read_bytes())))
    except (SyntaxError, ValueError) as error:
        raise no_module(name, f"{path}: {error}") from None
    classes = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    imported = {node.asname or node.name for node in nodes if isinstance(node, ast.alias)}
    assigned = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return classes | imported | assigned, classes
