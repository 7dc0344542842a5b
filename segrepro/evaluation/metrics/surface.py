"""Distances between the surfaces of two masks, exact.

A surface voxel is a voxel of the mask with a background neighbour. Voxels that lie on both surfaces are at
distance 0. For the others the neighbourhood is searched in order of distance, all voxels at once; what has
nothing near is looked up in a KD-tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from segrepro.evaluation.metrics.masks import Box, Pair, Survey, runs, select
from segrepro.utils.errors import MetricError, nearest

#: Which neighbours make a surface, and what lies outside of the volume.
#: `faces`: 6 neighbours (4 in 2D), outside is background: a mask cut off by the volume's border is closed
#: there.
#: `faces_open`: the same, but outside counts as mask (the CHAOS scorer).
#: `slices_open`: 8 neighbours inside a slice, slices across the last axis, outside counts as mask (the WMH
#: scorer).
SURFACES = ("faces", "faces_open", "slices_open")
HD95 = ("maximum", "pooled")
ASSD = ("pooled", "mean_of_means")
_RINGS = (18, 56, 128, 256, 512)  # neighbours looked at in each round, nearest first
_REACH = 8  # and at most so many voxels away
_FOUND = 0.98  # a ring that leaves more than this share unfound is the last one searched
_PAIRS = 1 << 18  # distances computed one by one
_STEP = 1 << 17  # voxels eroded together: they stay in the cache
_LOOKUPS = 1 << 17  # at once: 1 MB of positions


@dataclass(frozen=True)
class SurfaceDistances:
    """Distances in mm from each surface voxel of one mask to the nearest one of the other."""

    prediction_to_reference: np.ndarray
    reference_to_prediction: np.ndarray

    def hausdorff(self) -> float:
        """max of both directed maxima (Eq. 17 of the pseudo-DWI paper), in mm."""
        return float(max(self.prediction_to_reference.max(), self.reference_to_prediction.max()))

    def hausdorff95(self, definition: str = "maximum") -> float:
        """95th percentile in mm: the larger of the two directed ones, or of all distances `pooled`."""
        directed = (self.prediction_to_reference, self.reference_to_prediction)
        if definition == "pooled":
            return percentile(np.concatenate(directed), 95)
        return max(percentile(d, 95) for d in directed)

    def average(self, definition: str = "pooled") -> float:
        """ASSD in mm: the mean over all surface voxels (Eq. 18), or the `mean_of_means` both ways."""
        a, b = self.prediction_to_reference, self.reference_to_prediction
        if definition == "mean_of_means":
            return float((a.mean() + b.mean()) / 2)
        return float((a.sum() + b.sum()) / (a.size + b.size))


def check_choice(argument: str, value: str, choices: Sequence[str]) -> None:
    """MetricError when the value of an option is not one of its choices."""
    if value not in choices:
        raise MetricError(argument, repr(value), f"one of {', '.join(choices)}", nearest(value, choices))


def percentile(values: np.ndarray, q: float) -> float:
    """The q-th percentile with linear interpolation, as numpy.percentile gives it, at a fraction of its
    overhead.

    >>> percentile(np.array([4.0, 1.0, 3.0]), 50)
    3.0
    """
    position = q / 100 * (values.size - 1)
    low = int(position)
    high = min(low + 1, values.size - 1)
    ordered = np.partition(values, (low, high))
    return float(ordered[low] + (position - low) * (ordered[high] - ordered[low]))


def neighbour_vectors(ndim: int, surface: str = "faces") -> np.ndarray:
    """The steps, one a row, from a voxel to the neighbours that decide whether it lies on the surface."""
    if surface != "slices_open":
        return np.concatenate([np.eye(ndim, dtype=int), -np.eye(ndim, dtype=int)])
    steps = np.stack(np.meshgrid(*[[-1, 0, 1]] * 2, indexing="ij"), -1).reshape(-1, 2)
    return np.pad(steps[np.any(steps, axis=1)], ((0, 0), (0, ndim - 2)))


@lru_cache(maxsize=64)
def search_vectors(spacing_mm: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The nearest steps on the grid, without the null step, in order of length, and their lengths in mm.

    Complete: every step that is shorter than the last one is there.
    """
    spacing = np.array(spacing_mm)
    reach = (_REACH + 1) * spacing.min()
    sides = [np.arange(-n, n + 1) for n in np.minimum(reach / spacing, _REACH).astype(int)]
    steps = np.stack(np.meshgrid(*sides, indexing="ij"), -1).reshape(-1, spacing.size)
    lengths = np.sqrt(((steps * spacing) ** 2).sum(axis=1))
    order = np.argsort(lengths, kind="stable")
    order = order[(lengths[order] < reach) & (lengths[order] > 0)][: _RINGS[-1]]
    return steps[order], lengths[order]


def padding(spacing_mm: tuple[float, ...]) -> np.ndarray:
    """How many empty voxels around the box keep every step of the search inside the array."""
    pad = np.maximum(np.abs(search_vectors(spacing_mm)[0]).max(axis=0), 1)
    pad[0] = max(pad[0], 2)  # so does a diagonal step backwards from the first voxel
    return pad


def reduce_to_surface(mask: np.ndarray, layers: Sequence[slice], vectors: np.ndarray) -> np.ndarray:
    """Turn a padded bool mask (C order) into its surface, in place: the mask without its erosion.

    layers: where along the first axis the mask has voxels. Returns the flat positions of the surface.
    """
    flat, layer = mask.reshape(-1), mask[0].size
    shifts = [int(s) for s in vectors @ _strides(mask.shape)]
    step, done, found = max(*map(abs, shifts), _STEP), None, []
    for run in layers:
        for start in range(run.start * layer, run.stop * layer, step):
            part = slice(start, min(start + step, run.stop * layer))
            inside = flat[part].copy()
            for shift in shifts:
                np.logical_and(inside, flat[part.start + shift : part.stop + shift], out=inside)
            np.logical_xor(inside, flat[part], out=inside)
            found.append(set_positions(inside) + start)
            if done:  # what the neighbours of this part still needed
                flat[done[0]] = done[1]
            done = (part, inside)
    flat[done[0]] = done[1]
    return np.concatenate(found)


def _strides(shape: Sequence[int]) -> np.ndarray:
    """Distance in a flat C-ordered array of one step along each axis."""
    return np.cumprod([1, *shape[:0:-1]])[::-1]


def surface_distances(pair: Pair, found: Survey, label: int = 1, surface: str = "faces") -> SurfaceDistances | None:
    """Distances between the surfaces of the label's two masks, neither empty, where the survey found them.

    None when a mask has no surface: it is open and fills the volume. Exact up to the rounding of float64.
    Needs one byte a voxel of the common box and its padding.
    """
    pad = padding(pair.spacing_mm)
    mask = np.zeros([side.stop - side.start + 2 * p for side, p in zip(found.box, pad)], bool)
    flat = mask.reshape(-1)
    first = _surface_points(mask, pair.prediction, found.layers[0], pair, found.box, label, surface)
    flat[first] = False
    second = _surface_points(mask, pair.reference, found.layers[1], pair, found.box, label, surface)
    if not (first.size and second.size):
        return None
    grid = _Grid(mask.shape, pair.spacing_mm)
    forth = grid.distances(first, second, flat)
    flat[second], flat[first] = False, True
    return SurfaceDistances(forth, grid.distances(second, first, flat))


def _surface_points(mask, labels, layers, pair: Pair, box: Box, label: int, surface: str) -> np.ndarray:
    """Flat positions of the surface of one of the pair's masks; it is left in `mask`, empty so far."""
    pad = padding(pair.spacing_mm)
    middle = mask[tuple(slice(p, n - p) for p, n in zip(pad, mask.shape))]
    for run in runs(layers):
        middle[run] = select(labels[box][run], label)
    vectors = neighbour_vectors(mask.ndim, surface)
    vectors = vectors[:, ::-1] if pair.reversed_axes else vectors
    filled = [slice(run.start + int(pad[0]), run.stop + int(pad[0])) for run in runs(layers)]
    outside = _outside(mask.shape, pair, box, pad) if surface.endswith("open") else []
    for face in outside:
        mask[face] = True
    points = reduce_to_surface(mask, filled, vectors)
    for face in outside:
        mask[face] = False
    return points[mask.reshape(-1)[points]] if outside else points


def _outside(shape: Sequence[int], pair: Pair, box: Box, pad: np.ndarray) -> list[tuple[slice | int, ...]]:
    """The layers of the padded box just outside of the volume, where the box touches its border."""
    faces = []
    for axis, (side, length) in enumerate(zip(box, pair.reference.shape)):
        before = (slice(None),) * axis
        if side.start == 0:
            faces.append((*before, int(pad[axis]) - 1))
        if side.stop == length:
            faces.append((*before, shape[axis] - int(pad[axis])))
    return faces


def set_positions(mask: np.ndarray) -> np.ndarray:
    """Flat positions of the set voxels of a bool array in C order; looks at eight voxels at a time."""
    flat = mask.reshape(-1)
    whole = flat.size // 8 * 8
    words = np.flatnonzero(flat[:whole].view(np.uint64) != 0)
    bytes_set = flat[:whole].reshape(-1, 8)[words]
    row, column = np.nonzero(bytes_set)
    rest = np.flatnonzero(flat[whole:]) + whole
    return np.concatenate([words[row] * 8 + column, rest])


class _Grid:
    """Looks up nearest surface voxels on one grid."""

    def __init__(self, shape: tuple[int, ...], spacing_mm: tuple[float, ...]):
        self.shape, self.spacing = shape, np.array(spacing_mm)
        steps, self.lengths = search_vectors(spacing_mm)
        self.steps = steps @ _strides(shape)

    def distances(self, points: np.ndarray, others: np.ndarray, other: np.ndarray) -> np.ndarray:
        """From each of `points` (flat positions) to the nearest of `others`, set in the flat mask `other`."""
        result = np.zeros(points.size)
        missing = np.flatnonzero(~other[points])
        for first, last in zip((0, *_RINGS), _RINGS):
            left = self._search(points, missing, other, slice(first, last), result)
            hopeless = left.size > _FOUND * missing.size
            missing = left
            if hopeless:
                break
        if missing.size:
            result[missing] = _nearest(self._millimetres(points[missing]), self._millimetres(others))
        return result

    def _search(self, points, missing, other, ring, result) -> np.ndarray:
        """Fill in the distances of those `missing` that have a neighbour in this ring; returns the rest."""
        steps, lengths, rest = self.steps[ring], self.lengths[ring], [missing[:0]]
        if not steps.size:
            return missing
        for start in range(0, missing.size, count := max(1, _LOOKUPS // steps.size)):
            part = missing[start : start + count]
            near = other[points[part][:, None] + steps]
            first = near.argmax(axis=1)
            found = near[np.arange(part.size), first]
            result[part[found]] = lengths[first[found]]
            rest.append(part[~found])
        return np.concatenate(rest)

    def _millimetres(self, positions: np.ndarray) -> np.ndarray:
        return np.stack(np.unravel_index(positions, self.shape), axis=1) * self.spacing


def _nearest(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distance from each point to the nearest of the others; few pairs are not worth a KD-tree."""
    if len(points) * len(others) <= _PAIRS:
        return cdist(points, others).min(axis=1)
    return cKDTree(others, balanced_tree=False, compact_nodes=False).query(points)[0]
