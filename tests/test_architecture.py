"""The house of segrepro: its rooms, the arrows between them, no circle of files, and what is counted in it."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from segrepro.utils.repository import REPOSITORY
from tests.house import (
    BARE_DICTS,
    LINES_OF_A_FILE,
    LINES_OF_A_FUNCTION,
    bare_dicts,
    long_files,
    long_functions,
    modules,
    without_tests,
)

# From the top of the house down: a room imports from the rows below its own, and from itself.
FLOORS = (
    ("cli",),
    ("workflow",),
    ("report",),
    ("inference",),
    ("training",),
    ("evaluation",),
    ("preprocessing",),
    ("datasets",),
    ("images", "networks", "losses"),
    ("utils",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def imports(file: Path, known: set[str]) -> Iterator[str]:
    """The modules among `known` that a file imports, those inside functions and for type checkers included."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            yield from (
                f"{node.module}.{a.name}" if f"{node.module}.{a.name}" in known else node.module for a in node.names
            )


def arrows(root: Path) -> set[tuple[str, str]]:
    """(module, module that it imports)."""
    found = modules(root)
    return {(name, to) for name, file in found.items() for to in imports(file, set(found)) if to != name}


def room(module: str) -> str:
    """The room of a module; "" for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def arrows_up(found: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The arrows that do not run down, nor stay in their room."""
    between = [(name, to) for name, to in found if room(name) and room(to) and room(name) != room(to)]
    return sorted((name, to) for name, to in between if FLOOR_OF[room(name)] >= FLOOR_OF[room(to)])


def circle(found: set[tuple[str, str]]) -> list[str]:
    """A circle of modules, the first one again at its end; empty where there is none."""
    graph = {}
    for name, to in found:
        graph.setdefault(name, set()).add(to)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_arrows_run_down_only():
    assert arrows_up(arrows(REPOSITORY)) == []


def test_no_circle_of_files():
    assert circle(arrows(REPOSITORY)) == []


def test_only_the_workflow_and_its_callers_know_that_there_is_a_workflow():
    known = set(modules(REPOSITORY))
    library = {name: file for name, file in modules(REPOSITORY).items() if room(name) not in ("workflow", "cli")}
    knowing = [name for name, file in library.items() if any(room(to) == "workflow" for to in imports(file, known))]
    assert knowing == []


def test_the_house_has_twelve_rooms():
    package = REPOSITORY / "segrepro"
    entries = {path.name for path in package.iterdir() if path.name != "__pycache__"}
    assert entries == {"__init__.py", *FLOOR_OF}


def test_what_passes_between_rooms_has_a_type():
    found = bare_dicts(REPOSITORY)
    assert len(found) < BARE_DICTS, "\n".join(found)


def test_every_module_has_its_test_module():
    lacking = without_tests(REPOSITORY)
    assert not lacking, "\n".join(lacking)


def test_no_file_is_long():
    assert [(lines, name) for lines, name in long_files(REPOSITORY) if lines > LINES_OF_A_FILE] == []


def test_no_function_is_long():
    assert [(lines, name) for lines, name in long_functions(REPOSITORY) if lines > LINES_OF_A_FUNCTION] == []


def test_what_is_counted(tmp_path):
    for name, text in {
        "a/open": "def f(x: dict, y: dict[str, int], *, z: dict = {}):\n    def g(w: dict): ...\n",
        "a/kept": "class Box:\n    def put(self, x: dict):\n        return 1\n    def _hide(self, x: dict): ...\n",
        "a/_own": "def f(x: dict): ...\n",
        "a/__init__": "\n" * 7,
    }.items():
        file = tmp_path / f"segrepro/{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "tests/a").mkdir(parents=True)
    (tmp_path / "tests/a/test_kept.py").touch()
    assert bare_dicts(tmp_path) == [
        "segrepro.a.kept: Box.put(x)",
        "segrepro.a.open: f(x)",
        "segrepro.a.open: f(z)",
        "segrepro.a.open: f.g(w)",
    ]
    assert without_tests(tmp_path) == ["tests/a/test_open.py"]
    assert long_files(tmp_path)[0] == (7, "segrepro.a")
    assert long_functions(tmp_path)[:2] == [(2, "segrepro.a.open: f"), (2, "segrepro.a.kept: Box.put")]


def test_these_tests_can_fail(tmp_path):
    for name, text in {
        "utils/low": "def late():\n    from segrepro.report import high\n",
        "report/high": "import segrepro.utils.low\n",
        "datasets/case": "from segrepro.workflow.plan import Plan\n",
        "workflow/plan": "",
    }.items():
        file = tmp_path / f"segrepro/{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.with_name("__init__.py").touch()
    found = arrows(tmp_path)
    assert arrows_up(found) == [
        ("segrepro.datasets.case", "segrepro.workflow.plan"),
        ("segrepro.utils.low", "segrepro.report.high"),
    ]
    assert set(circle(found)) == {"segrepro.utils.low", "segrepro.report.high"}
