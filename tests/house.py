"""What can be counted of segrepro's code; `python -m tests.house` prints all of it.

Code is read as text, never run. A part of a dotted name that begins with `_` makes it private.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from segrepro.utils.repository import REPOSITORY

LINES_OF_A_FILE, LINES_OF_A_FUNCTION, BARE_DICTS = 300, 50, 15
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(root: Path) -> dict[str, Path]:
    """Every module of the package `segrepro` below `root` by its dotted name."""
    files = {file.relative_to(root).with_suffix(""): file for file in root.glob("segrepro/**/*.py")}
    return {".".join(name.parts).removesuffix(".__init__"): file for name, file in files.items()}


def is_private(name: str) -> bool:
    """Whether a part of a dotted name begins with `_`; names such as `__init__` do not count."""
    return any(part.startswith("_") and not part.endswith("__") for part in name.split("."))


def functions(file: Path) -> Iterator[tuple[str, Function]]:
    """Every function and method of a file with its name in it, such as `Case.read`, those inside functions included."""

    def within(body: list[ast.AST], above: str) -> Iterator[tuple[str, Function]]:
        for node in body:
            own = f"{above}{getattr(node, 'name', '')}"
            if isinstance(node, Function):
                yield own, node
            if isinstance(node, Function | ast.ClassDef):
                yield from within(node.body, f"{own}.")

    yield from within(ast.parse(file.read_text(encoding="utf-8")).body, "")


def bare_dicts(root: Path) -> list[str]:
    """Parameters of public functions and methods annotated `dict` and no more, as `module: function(parameter)`."""
    return [
        f"{module}: {name}({parameter.arg})"
        for module, file in sorted(modules(root).items())
        for name, node in functions(file)
        if not is_private(f"{module}.{name}")
        for parameter in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if isinstance(parameter.annotation, ast.Name) and parameter.annotation.id == "dict"
    ]


def without_tests(root: Path) -> list[str]:
    """The test files that a public module should have at the mirrored path and does not."""
    named = {file.relative_to(root / "segrepro") for file in modules(root).values()}
    public = sorted(path for path in named if path.name != "__init__.py" and not path.name.startswith("_"))
    expected = [Path("tests") / path.parent / f"test_{path.name}" for path in public]
    return [path.as_posix() for path in expected if not (root / path).exists()]


def long_files(root: Path) -> list[tuple[int, str]]:
    """(lines, module), the longest first."""
    return sorted(((len(file.read_text().splitlines()), name) for name, file in modules(root).items()), reverse=True)


def long_functions(root: Path) -> list[tuple[int, str]]:
    """(lines, module: function), the longest first; docstrings count, decorators do not."""
    found = [
        (node.end_lineno - node.lineno + 1, f"{module}: {name}")
        for module, file in modules(root).items()
        for name, node in functions(file)
    ]
    return sorted(found, reverse=True)


def _print_all() -> None:
    dicts, lacking = bare_dicts(REPOSITORY), without_tests(REPOSITORY)
    print(
        f"{len(dicts)} public parameters are annotated `dict` (fewer than {BARE_DICTS} are wanted):", *dicts, sep="\n  "
    )
    print(f"{len(lacking)} modules have no test module at the mirrored path:", *lacking, sep="\n  ")
    print(f"Longest files (at most {LINES_OF_A_FILE} lines):")
    print(*(f"  {lines:4} {name}" for lines, name in long_files(REPOSITORY)[:8]), sep="\n")
    print(f"Longest functions (at most {LINES_OF_A_FUNCTION} lines):")
    print(*(f"  {lines:4} {name}" for lines, name in long_functions(REPOSITORY)[:8]), sep="\n")


if __name__ == "__main__":
    _print_all()
