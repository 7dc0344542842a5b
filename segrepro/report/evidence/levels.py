"""The ladder of trust: four levels at which a study's results are checked, each with what it proves and what not."""

import importlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from segrepro.report.evidence.study_results import StudyResults
from segrepro.utils.errors import SegreproError
from segrepro.utils.provenance import commit


@dataclass(frozen=True)
class Level:
    """A level of the ladder: the module here that checks it, and in words what was done, proves and leaves open."""

    check: str
    done: str
    proves: str
    open: str


LEVELS = {
    1: Level(
        "numbers:check_numbers",
        "tables, verdicts and figures of scores made again from stored scores, all files compared by digest",
        "each number follows from the stored scores by this code, and nothing was changed since the run",
        "whether the scores belong to the masks",
    ),
    2: Level(
        "masks:check_masks",
        "every stored mask scored again against the reference masks",
        "the scores are those of the stored masks",
        "whether the models made these masks, and the scores of synthesised images, which are not stored",
    ),
    3: Level(
        "weights:check_weights",
        "random held-out cases predicted again from their scans by the stored models",
        "the stored models make the stored masks of these cases",
        "whether the models learned from the training part alone",
    ),
    4: Level(
        "training:check_training",
        "one fold trained again from the scans",
        "recipe, data and code give this fold's scores",
        "the other folds and runs; on another machine sums round differently, so that weights need not be equal",
    ),
}


@dataclass(frozen=True)
class Asked:
    """How far to check, and with what.

    data: folder of each data set, by its name. run: whose fold is trained again, None for the quickest. seed: which
    held-out cases are drawn. device: auto, cpu or cuda. workers: processes.
    """

    data: Mapping[str, Path]
    run: str | None = None
    seed: int = 0
    device: str = "auto"
    workers: int = 1


@dataclass(frozen=True)
class Outcome:
    """What a level found. faults: none if it holds. notes: what was seen, in lines."""

    level: int
    faults: list[SegreproError]
    notes: list[str]


def verify(folder: Path, level: int, asked: Asked) -> Iterable[Outcome]:
    """Check a study's results from level 1 up to `level`; stops at the first level that does not hold."""
    scratch = Path(tempfile.mkdtemp(prefix="segrepro-verify-"))
    try:
        results = StudyResults(folder, scratch)
        for number in range(1, level + 1):
            outcome = Outcome(number, *_check_of(number)(results, asked))
            yield outcome
            if outcome.faults:
                return
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def made_by(folder: Path) -> str:
    """By which code the results were made, and which code checks them."""
    made = StudyResults(folder, folder).evidence.provenance
    return f"made at commit {made['commit']}, checked at commit {commit()}"


def _check_of(number: int) -> Callable[[StudyResults, Asked], tuple[list[SegreproError], list[str]]]:
    # Imported by name, since only the upper levels need torch.
    module, _, function = LEVELS[number].check.partition(":")
    return getattr(importlib.import_module(f"segrepro.report.evidence.{module}"), function)
