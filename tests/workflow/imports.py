"""Which installed packages a job may import: found by reading the code that it can reach, without running it.

From a script on, every function and class that is named is followed into its module. A module's own imports count as
soon as it is imported, those inside a function once the function is named.
`import_module(f"segrepro.preprocessing.features.{kind}")` means every module there.
"""

import ast
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from segrepro.utils.repository import REPOSITORY

OURS = ("segrepro", "workflow_scripts")


@dataclass
class Module:
    """A module's text: what it defines, by name, and what its names are imported from."""

    name: str
    package: str
    tree: ast.Module
    defined: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imported: dict[str, tuple[str, str | None]] = field(default_factory=dict)


def packages_of(script: str) -> set[str]:
    """The names of the packages outside of the standard library that a job of workflow_scripts may import."""
    walk = Walk()
    walk.enter(f"workflow_scripts.{script}")
    walk.follow(f"workflow_scripts.{script}", "main")
    walk.follow("segrepro.workflow.job", "run_job")
    return walk.packages


class Walk:
    """One walk from name to name; `packages` gathers what is imported on the way."""

    def __init__(self):
        self.packages, self._entered, self._followed = set(), set(), set()

    def enter(self, name: str) -> None:
        """Import a module: its packages above it, and what stands in it outside of functions."""
        if name.partition(".")[0] not in OURS:
            if (top := name.partition(".")[0]) not in sys.stdlib_module_names:
                self.packages.add(top)
            return
        if name in self._entered or _file(name) is None:
            return
        self._entered.add(name)
        if "." in name:
            self.enter(name.rpartition(".")[0])
        module = _module(name)
        for target, wanted in module.imported.values():
            self.enter(target)
            if wanted and _file(f"{target}.{wanted}"):
                self.enter(f"{target}.{wanted}")
        for statement in module.tree.body:
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.If):
                self._read(module, statement)
            elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
                for decorator in statement.decorator_list:
                    self._read(module, decorator)

    def follow(self, name: str, symbol: str) -> None:
        """Everything that a function, class or constant of a module may use."""
        if (name, symbol) in self._followed or name.partition(".")[0] not in OURS:
            return
        self._followed.add((name, symbol))
        self.enter(name)
        if _file(name) is None:
            return
        module = _module(name)
        for statement in module.defined.get(symbol, []):
            self._read(module, statement)
        if symbol in module.imported:
            target, wanted = module.imported[symbol]
            self.follow(target, wanted or "")

    def _read(self, module: Module, node: ast.AST) -> None:
        inner = dict(module.imported)
        for part in ast.walk(node):
            if isinstance(part, ast.Import | ast.ImportFrom):
                found = _imported(module, part)
                inner |= found
                for target, wanted in found.values():
                    self.enter(target)
                    if wanted and _file(f"{target}.{wanted}"):
                        self.enter(f"{target}.{wanted}")
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in module.defined:
                self.follow(module.name, part.id)
            elif isinstance(part, ast.Name) and part.id in inner:
                target, wanted = inner[part.id]
                self.follow(target, wanted or "")
            elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in inner:
                target, wanted = inner[part.value.id]
                self.follow(f"{target}.{wanted}" if wanted else target, part.attr)
            elif isinstance(part, ast.Call) and _called(part) == "import_module":
                self._all_of(_package_meant(module, part.args[0]))

    def _all_of(self, package: str | None) -> None:
        """Every module of a package, with all that they define."""
        folder = _file(package).parent if package else Path("/nowhere")
        for path in folder.glob("*.py"):
            if path.stem != "__init__":
                for symbol in _module(f"{package}.{path.stem}").defined:
                    self.follow(f"{package}.{path.stem}", symbol)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _package_meant(module: Module, argument: ast.expr) -> str | None:
    """The package of f"package.{name}"; None where a user's own module is meant."""
    if not isinstance(argument, ast.JoinedStr):
        return None
    first = argument.values[0]
    return first.value.removesuffix(".") if isinstance(first, ast.Constant) else module.package


def _file(name: str) -> Path | None:
    path = REPOSITORY.joinpath(*name.split("."))
    found = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in found if file.is_file()), None)


@cache
def _module(name: str) -> Module:
    path = _file(name)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    module = Module(name, package, ast.parse(path.read_text(encoding="utf-8")))
    for statement in module.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            module.imported |= _imported(module, statement)
        for symbol in _symbols(statement):
            module.defined.setdefault(symbol, []).append(statement)
    return module


def _symbols(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return [
            part.id for part in ast.walk(statement) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        ]
    return []


def _imported(module: Module, statement: ast.Import | ast.ImportFrom) -> dict[str, tuple[str, str | None]]:
    """What each name stands for: a module, or a name in one."""
    if isinstance(statement, ast.Import):
        return {alias.asname or alias.name.partition(".")[0]: (alias.name, None) for alias in statement.names}
    return {alias.asname or alias.name: (statement.module, alias.name) for alias in statement.names}
