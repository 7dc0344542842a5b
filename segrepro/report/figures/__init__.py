"""The kinds of figure: each is a module here, found by its name, with its `Options` and `draw`.

`draw(drawing, spec, options, runs, stem)` writes the figure as <stem>.png and <stem>.svg and returns its caption.
A kind that draws scores or histories alone, and looks at no scan, says so: `FROM_SCORES = True`.
Modules whose names begin with `_` are what the kinds share.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from segrepro.utils.validation import Strict


def figure_kinds() -> list[str]:
    """The kinds of figure there are, by the names of their files.

    >>> "contours" in figure_kinds()
    True
    """
    return sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))


def figure_module(kind: str) -> ModuleType:
    """The module that draws a kind of figure."""
    return import_module(f"segrepro.report.figures.{kind}")


def figure_options(kind: str) -> type[Strict]:
    """The options of a kind of figure."""
    return figure_module(kind).Options


def drawn_from_scores(kind: str) -> bool:
    """Whether a kind of figure can be drawn without scans and masks.

    >>> drawn_from_scores("boxes"), drawn_from_scores("contours")
    (True, False)
    """
    return getattr(figure_module(kind), "FROM_SCORES", False)
