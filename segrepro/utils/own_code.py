"""Code of one's own, named `module:Name`: found beside the config, looked at without running it, known by its digest.

A module is looked for in the current folder and in its folder `studies`, then wherever python looks. One's own is what
is not installed: also what lies in a folder of PYTHONPATH, or is installed as a link to where it is edited.
"""

import ast
import hashlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from importlib.util import find_spec
from pathlib import Path

from segrepro.utils.errors import ConfigError, ModelError, nearest

LIBRARY = "segrepro"  # its own changes are told by the versions of the stages


def is_own(name: str) -> bool:
    """Whether a name means code that is called, `module:Name`, and none that the library knows."""
    return ":" in name


def look_here() -> None:
    """Let modules be found in the current folder and in its folder `studies`."""
    for folder in reversed(_folders()):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))


def _folders() -> list[Path]:
    return [Path.cwd(), Path.cwd() / "studies"]


def load(name: str, where: str) -> object:
    """What `module:Name` means. Raises ConfigError when the module cannot be imported or has no such name."""
    look_here()
    module, _, wanted = name.partition(":")
    try:
        found = import_module(module)
    except (Exception, SystemExit) as error:  # a module of one's own may raise anything, and a script leaves python
        raise _not_imported(name, where, error) from error
    if not hasattr(found, wanted):
        raise _no_name(where, wanted, [key for key, value in vars(found).items() if callable(value)])
    return getattr(found, wanted)


def called(name: str, where: str, arguments: Iterable, options: Mapping) -> object:
    """What `module:Name` gives when it is called; ConfigError, with the reason, when it cannot be."""
    function = load(name, where)
    if not callable(function):
        raise ConfigError(where, f"a {type(function).__name__}", "a class or a function", "Name another.")
    try:
        return function(*arguments, **options)
    except (Exception, SystemExit) as error:
        given = ", ".join([*map(repr, arguments), *(f"{key}={value!r}" for key, value in options.items())])
        raise ConfigError(
            where, reason_of(error), f"what can be called with ({given})", "Change its options."
        ) from error


def check_name(name: str, where: str) -> None:
    """Raise ConfigError when there is no module, or no such name in it, behind `module:Name`.

    The module's text is read, it is not run: this is quick, and needs none of what the module imports. Of a package
    `a.b` python imports `a`. A module without text, or one that takes over all names of another, is taken on trust.

    >>> check_name("segrepro.networks.unet:UNet", "network")
    >>> check_name("no_such:Net", "network no_such:Net")
    Traceback (most recent call last):
    ...
    segrepro.utils.errors.ConfigError: network no_such:Net: found no module to import (no such file); expected ...
    """
    look_here()
    module, _, wanted = name.partition(":")
    try:
        spec = find_spec(module)
    except (Exception, SystemExit) as error:  # of a package, python runs what stands above the module
        raise _not_imported(name, where, error) from None
    if spec is None:
        raise _no_module(name, where, "no such file")
    if not (spec.origin or "").endswith(".py"):
        return
    try:
        names = _names(Path(spec.origin))
    except (SyntaxError, ValueError) as error:
        raise _not_imported(name, where, error) from None
    if wanted not in names and "*" not in names:
        raise _no_name(where, wanted, names)


def _names(path: Path) -> set[str]:
    """All names that the text of a module gives to something."""
    nodes = list(ast.walk(ast.parse(path.read_bytes(), path.name)))
    defined = {node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    imported = {node.asname or node.name for node in nodes if isinstance(node, ast.alias)}
    assigned = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return defined | imported | assigned


def _no_module(name: str, where: str, found: str) -> ConfigError:
    module = name.partition(":")[0]
    remedy = f"Put {module.replace('.', '/')}.py into {Path.cwd()}, or install it."
    return ConfigError(where, f"no module to import ({found})", f"a module {module}", remedy)


def _not_imported(name: str, where: str, error: BaseException) -> ConfigError:
    """The fault that there is no such module, or that it is there and cannot be imported."""
    module = name.partition(":")[0]
    missing = missing_package(error)
    if not module or (missing and f"{module}.".startswith(f"{missing}.")):
        return _no_module(name, where, reason_of(error))
    remedy = install_remedy(error) or "Correct it: python -c 'import " + module + "' must end without an error."
    return ConfigError(where, f"a module that cannot be imported ({reason_of(error)})", f"a module {module}", remedy)


def missing_package(error: BaseException) -> str:
    """The module that an import did not find; empty for any other error."""
    return error.name or "" if isinstance(error, ModuleNotFoundError) else ""


def install_remedy(error: BaseException) -> str:
    """What to do about a package that is missing; empty for any other error."""
    package = missing_package(error).partition(".")[0]
    return f"Install {package}, or put its file into {Path.cwd()}." if package else ""


def _no_name(where: str, wanted: str, names: Iterable[str]) -> ConfigError:
    names = [name for name in names if not name.startswith("_")]
    return ConfigError(
        where, f"no {wanted or 'name'} there", "a class or function of the module", nearest(wanted, names)
    )


def reason_of(error: BaseException) -> str:
    """What kind of error it is, and the first line of what it says."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}" if lines[0] else type(error).__name__


def sources(name: str) -> dict[str, Path]:
    """The files of `module:Name` and of all that it imports of one's own, each by its path in the folder that python
    finds it in.

    Empty for what is installed. What is imported by a name that is only made while running is not seen.
    """
    found, waiting = {}, [name.partition(":")[0]]
    while waiting:
        module = waiting.pop()
        folder = _home(module)
        for file in _files_of(folder, module) if folder else ():
            path = file.relative_to(folder).as_posix()
            if path not in found:
                found[path] = file
                waiting += _imports(folder, file)
    return dict(sorted(found.items()))


def _home(module: str) -> Path | None:
    """The folder that a module of one's own is imported from; None for what is installed or is not there."""
    top = module.partition(".")[0]
    if top == LIBRARY or not top:
        return None
    if own := next((folder for folder in _folders() if _files_of(folder, module)), None):
        return own
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):  # such as __main__
        return None
    if spec is None or not (spec.origin or "").endswith(".py") or _is_installed(Path(spec.origin)):
        return None
    return Path(spec.origin).parents[1 if spec.submodule_search_locations else 0]


def _is_installed(file: Path) -> bool:
    standard = (Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib"))
    return bool({"site-packages", "dist-packages"} & {*file.parts}) or any(map(file.is_relative_to, standard))


def _files_of(folder: Path, module: str) -> list[Path]:
    """The files that python reads from a folder to import `a.b`: those of the package and of the module."""
    parts = module.split(".")
    places = [folder.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]
    return [file for place in places for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()]


def _imports(folder: Path, path: Path) -> Iterator[str]:
    """The modules that a file imports; of `from a import b` both a and a.b, since b may be a module."""
    package = path.relative_to(folder).parts[:-1]
    try:
        nodes = list(ast.walk(ast.parse(path.read_bytes(), path.name)))
    except (SyntaxError, ValueError):  # it is said when it is loaded
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] != LIBRARY)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            if base.partition(".")[0] != LIBRARY:
                yield from (".".join(filter(None, [base, name])) for name in ["", *(one.name for one in node.names)])


def contents(names: Iterable[str]) -> dict[str, bytes]:
    """The content of each file of `sources`, by its path, for all of these names that are `module:Name`."""
    files = {path: file for name in names if is_own(name) for path, file in sources(name).items()}
    return {path: file.read_bytes() for path, file in sorted(files.items())}


def digests(names: Iterable[str]) -> dict[str, str]:
    """The SHA-256 digest of each of the `contents`, by its path."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in contents(names).items()}


def planned_contents(names: Iterable[str], planned: Mapping[str, str]) -> dict[str, bytes]:
    """The `contents`; ConfigError when they are not what was planned with, by their digests."""
    now = contents(names)
    found = {path: hashlib.sha256(content).hexdigest() for path, content in now.items()}
    if changed := sorted(path for path in {*found, *planned} if found.get(path) != planned.get(path)):
        expected = "the file as it was when the run was planned"
        raise ConfigError(changed[0], "another content", expected, "Repeat the command: it plans anew.")
    return now


@contextmanager
def from_copy(folder: Path, files: Mapping[str, str]) -> Iterator[None]:
    """Within it modules are imported from a copy: `files` in `folder`, by path and SHA-256 digest.

    Modules of these names that are already loaded are set aside, so that copies of two versions do not mix. Raises
    ModelError when a file is missing or is not what its digest says.
    """
    for path, digest in files.items():
        _require_copy(folder, path, digest)
    first = {Path(path).parts[0].removesuffix(".py") for path in files}
    before, writes = _taken_out(first), sys.dont_write_bytecode
    look_here()
    sys.path.insert(0, str(folder.resolve()))
    sys.dont_write_bytecode = True  # nothing appears in a folder of models
    invalidate_caches()
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        sys.path.remove(str(folder.resolve()))
        _taken_out(first)
        sys.modules.update(before)


def _require_copy(folder: Path, path: str, digest: str) -> None:
    expected, remedy = (
        f"the code that the model was trained with, sha256 {digest}",
        "Copy the whole model folder again.",
    )
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise ModelError(folder, f"the code {path!r}", "a file below it", remedy)
    file = folder / path
    if not file.is_file():
        raise ModelError(file, "no such file", expected, remedy)
    if (found := hashlib.sha256(file.read_bytes()).hexdigest()) != digest:
        raise ModelError(file, f"other code, sha256 {found}", expected, remedy)


def _taken_out(first: set[str]) -> dict[str, object]:
    names = [name for name in sys.modules if name.partition(".")[0] in first]
    return {name: sys.modules.pop(name) for name in names}
