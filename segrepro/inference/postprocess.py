"""Post-processing of masks, and which of it helps: chosen on cases that are not scored."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.ndimage import binary_fill_holes, generate_binary_structure, label

from segrepro.utils.validation import Strict

# A label's mask, and the volume of a voxel in ml, to the label's mask.
Step = Callable[[np.ndarray, float], np.ndarray]


class Postprocess(Strict):
    """What is tried, of each label by itself; parts touch at faces, edges or corners.

    fill_holes: background that the label encloses. largest_component: the label's largest part alone.
    remove_below_ml: parts of fewer ml go; of several values the best.
    """

    fill_holes: bool = False
    largest_component: bool = False
    remove_below_ml: list[Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        [], description="ml; one or several to choose from"
    )

    @property
    def candidates(self) -> Iterator[dict[str, Step]]:
        """One step after the other, each as what it may be, by its name."""
        if self.fill_holes:
            yield {"fill_holes": _filled}
        if self.largest_component:
            yield {"largest_component": _largest}
        if self.remove_below_ml:
            yield {f"remove_below_ml {ml:g}": _without_below(ml) for ml in self.remove_below_ml}


@dataclass(frozen=True)
class Example:
    """A case to choose by: the mask that was predicted, the reference, both label values, and a voxel's ml."""

    mask: np.ndarray
    reference: np.ndarray
    voxel_ml: float


@dataclass(frozen=True)
class Chosen:
    """The steps that helped, by name, and the mean Dice of the examples before and after them."""

    steps: dict[str, Step]
    before: float
    after: float

    def __str__(self) -> str:
        named = ", ".join(self.steps) or "nothing"
        return f"{named} (Dice {self.before:.4f} to {self.after:.4f})" if self.steps else f"{named} helped"


def choose(wanted: Postprocess, examples: Sequence[Example], labels: Sequence[int]) -> Chosen:
    """The steps that raise the mean Dice over examples and labels, each tried on what those before it left.

    Of two empty masks Dice is 1 here, so that what is found in a healthy case counts.
    """
    masks = [example.mask for example in examples]
    before = best = _mean_dice(masks, examples, labels)
    steps: dict[str, Step] = {}
    for candidates in wanted.candidates:
        tried = {
            name: [_stepped(m, e, step, labels) for m, e in zip(masks, examples)] for name, step in candidates.items()
        }
        scores = {name: _mean_dice(found, examples, labels) for name, found in tried.items()}
        name = max(scores, key=scores.get)
        if scores[name] > best:
            steps[name], masks, best = candidates[name], tried[name], scores[name]
    return Chosen(steps, before, best)


def postprocess(mask: np.ndarray, voxel_ml: float, steps: Sequence[Step], labels: Sequence[int]) -> np.ndarray:
    """A mask, label values, after steps; where a filled hole holds another label, that label stays."""
    for step in steps:
        mask = _apply(mask, voxel_ml, step, labels)
    return mask


def _stepped(mask: np.ndarray, example: Example, step: Step, labels: Sequence[int]) -> np.ndarray:
    return _apply(mask, example.voxel_ml, step, labels)


def _apply(mask: np.ndarray, voxel_ml: float, step: Step, labels: Sequence[int]) -> np.ndarray:
    found = mask.copy()
    for value in labels:
        before = mask == value
        after = step(before, voxel_ml)
        found[before & ~after] = 0
        found[after & (mask == 0)] = value
    return found


def _filled(mask: np.ndarray, voxel_ml: float) -> np.ndarray:
    return binary_fill_holes(mask)


def _largest(mask: np.ndarray, voxel_ml: float) -> np.ndarray:
    parts, sizes = _parts(mask)
    return parts == 1 + np.argmax(sizes) if sizes.size else mask


def _without_below(ml: float) -> Step:
    def without(mask: np.ndarray, voxel_ml: float) -> np.ndarray:
        parts, sizes = _parts(mask)
        return np.concatenate([[False], sizes * voxel_ml >= ml])[parts]

    return without


def _parts(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of each voxel's part, from 1, and the voxels of each part."""
    parts, count = label(mask, generate_binary_structure(mask.ndim, mask.ndim))
    return parts, np.bincount(parts.ravel(), minlength=count + 1)[1:]


def _mean_dice(masks: Sequence[np.ndarray], examples: Sequence[Example], labels: Sequence[int]) -> float:
    pairs = [(mask == value, one.reference == value) for mask, one in zip(masks, examples) for value in labels]
    return float(np.mean([_dice(found, truth) for found, truth in pairs]))


def _dice(found: np.ndarray, truth: np.ndarray) -> float:
    size = np.count_nonzero(found) + np.count_nonzero(truth)
    return 2 * np.count_nonzero(found & truth) / size if size else 1.0
