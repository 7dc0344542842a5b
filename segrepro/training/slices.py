"""Batches of slices from prepared arrays, in an order that depends on nothing but the seed and the step."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from segrepro.datasets.label_map import LabelMap
from segrepro.preprocessing.neighbours import neighbour_indices
from segrepro.training.augmentation import Augmentation, augment
from segrepro.training.intensities import change_intensities


class Batch(NamedTuple):
    """Slices side by side.

    images: (N, C, H, W) float16, labels: (N, H, W) uint8, 255 where nothing is learned; cases: (N,), their case
    indices; targets: (N, 1, H, W) float16, the image that is to be synthesised, None without one. weights: the weight
    map of a task's losses, (N, H, W) float32, once `Task.staged` has made it; the fields are tensors then.
    """

    images: np.ndarray
    labels: np.ndarray
    cases: np.ndarray
    targets: np.ndarray | None = None
    weights: np.ndarray | None = None


class Draw(NamedTuple):
    """Which slices make a batch, and the seeds of how they are changed at random; None leaves them as they are."""

    indices: Sequence[int]
    seeds: tuple[int, int] | None = None


class Slices:
    """Slices of some cases.

    images: one list a channel of arrays (S, H, W); labels: arrays (S, H, W), uint8. Memory maps stay on disk.
    targets: arrays (S, H, W) of the image to synthesise. chosen: for each case the slices that belong here; None for
    all. label_map: what makes channels of the stored values; None keeps them.
    augmentation: how slices are changed at random while they are shuffled; None leaves them. neighbours: slices on each
    side of every one that are channels beside it.

    >>> case = np.zeros((3, 4, 4), np.float16)
    >>> slices = Slices([[case, case]], [case.astype(np.uint8)] * 2)
    >>> len(slices), slices.batch([0, 5]).images.shape
    (6, (2, 1, 4, 4))
    """

    def __init__(
        self,
        images: list[list[np.ndarray]],
        labels: list[np.ndarray],
        targets: list[np.ndarray] | None = None,
        chosen: list[list[int] | None] | None = None,
        label_map: LabelMap | None = None,
        augmentation: Augmentation | None = None,
        neighbours: int = 0,
    ):
        self.images, self.labels, self.targets = images, labels, targets
        self.label_map, self.augmentation, self.neighbours = label_map, augmentation, neighbours
        slices = [
            range(len(label)) if kept is None else kept for label, kept in zip(labels, chosen or [None] * len(labels))
        ]
        self.case_of = np.repeat(np.arange(len(labels)), [len(kept) for kept in slices])
        self.slice_of = np.concatenate([np.asarray(kept, int) for kept in slices]) if slices else np.empty(0, int)

    def __len__(self) -> int:
        return len(self.case_of)

    def batch(self, indices: Iterable[int]) -> Batch:
        """The slices with these indices."""
        places = [(self.case_of[i], self.slice_of[i]) for i in indices]
        images = np.stack([np.stack([*self._channels(case, z)]) for case, z in places])
        labels = np.stack([self.labels[case][z] for case, z in places])
        targets = self.targets and np.stack([self.targets[case][z][None] for case, z in places])
        labels = self.label_map.to_channels(labels) if self.label_map else labels
        return Batch(images, labels, np.array([case for case, _ in places]), targets)

    def _channels(self, case: int, z: int) -> Iterator[np.ndarray]:
        for arrays in self.images:
            array = arrays[case]
            yield from (array[n] for n in neighbour_indices(z, len(array), self.neighbours))

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Every slice once."""
        return map(self.drawn, self.each_once(batch_size))

    def each_once(self, batch_size: int) -> Iterator[Draw]:
        """What the batches of `in_order` are made of."""
        for start in range(0, len(self), batch_size):
            yield Draw(range(start, min(start + batch_size, len(self))))

    def shuffled(self, batch_size: int, seed: int, first_step: int, steps: int) -> Iterator[Draw]:
        """What the batches of `steps` optimiser steps from `first_step` on are made of.

        Each epoch is a permutation drawn from the seed and the epoch's number alone, so a resumed run sees the
        same batches. The last batch of an epoch may be smaller.
        """
        per_epoch = self.steps_per_epoch(batch_size)
        epoch, order = -1, np.empty(0, int)
        for step in range(first_step, first_step + steps):
            if step // per_epoch != epoch:
                epoch = step // per_epoch
                order = np.random.default_rng([seed, epoch]).permutation(len(self))
            start = step % per_epoch * batch_size
            yield Draw(order[start : start + batch_size], (seed, step))

    def drawn(self, draw: Draw) -> Batch:
        """The batch of a draw."""
        batch = self.batch(draw.indices)
        if self.augmentation is None or draw.seeds is None:
            return batch
        images = batch.images if batch.targets is None else np.concatenate([batch.images, batch.targets], 1)
        generator = np.random.default_rng(draw.seeds)
        images, labels = augment(images, batch.labels, self.augmentation, generator)
        targets = None if batch.targets is None else images[:, -1:]
        images = change_intensities(images[:, : batch.images.shape[1]], self.augmentation, generator)
        return batch._replace(images=images, labels=labels, targets=targets)

    def steps_per_epoch(self, batch_size: int) -> int:
        """Optimiser steps that show every slice once."""
        return -(-len(self) // batch_size)
