"""The one predictor: what trained models make of a prepared case, for the tables and for users' scans alike.

Two things make a network faster that has been trained: channels-last memory, and batch norm folded into the convolution
before it. Arithmetic has the precision of the recipe that the models were trained with, so that the model which a user
runs is the one that was scored. docs/performance.md has the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from segrepro.datasets.label_map import LabelMap
from segrepro.inference.fuse import fast_network
from segrepro.networks.pseudo_dwi import PseudoDwi
from segrepro.preprocessing.neighbours import with_neighbours
from segrepro.preprocessing.normalization import synthesised_range
from segrepro.preprocessing.resize_crop import NetworkGrid, to_scan_grid
from segrepro.training.model import Model
from segrepro.training.precision import computing_in

# Few slices stay in a CPU's cache; a GPU wants many.
SLICES_AT_ONCE = {"cpu": 2, "cuda": 16}
IMAGE, PROBABILITIES = "image", "probabilities"
# Axes of (S, C, H, W) that are mirrored for test-time augmentation.
MIRRORINGS = ((), (2,), (3,), (2, 3))


@dataclass(frozen=True)
class Prediction:
    """What models make of a case.

    probabilities: (S, K, H, W) float32 on the network's grid: for K = 1 that of the label, else of background and
    labels; None for a model that only makes an image. image: synthesised, (S, H, W) from 0 on, None without one.
    grid: where they lie in the scan. labels: the values of the data set's masks.
    """

    grid: NetworkGrid
    labels: LabelMap
    probabilities: np.ndarray | None = None
    image: np.ndarray | None = None

    def mask(self) -> np.ndarray:
        """Label values, uint8, on the scan's grid and in its axis order: those of the likeliest class of each voxel.

        Of a single label the likelier half counts. Where preparation resampled or resized the slices, probabilities are
        brought back before they are compared, so that contours do not follow the coarser pixels: probabilities and not
        logits, since they are what is averaged over models and mirrorings and what is written.
        """
        if self.grid.is_resampled:
            return self.labels.to_values(likeliest(np.stack(self._on_scan_grid())[None])[0])
        return to_scan_grid(self.labels.to_values(likeliest(self.probabilities)), self.grid)

    def probabilities_by_label(self) -> dict[str, np.ndarray]:
        """Each label's probability, float32 on the scan's grid; 0 outside of the crop."""
        names = self.labels.names
        return dict(zip(names, self._on_scan_grid()[-len(names) :]))

    def synthesised(self) -> np.ndarray:
        """The image on the scan's grid, 0 outside of the crop."""
        return to_scan_grid(self.image, self.grid)

    def _on_scan_grid(self) -> list[np.ndarray]:
        return [to_scan_grid(channel, self.grid) for channel in np.moveaxis(self.probabilities, 1, 0)]


def likeliest(probabilities: np.ndarray) -> np.ndarray:
    """The class (N, ...) uint8 of (N, K, ...) probabilities: 1 above 0.5 for K = 1, else the likeliest.

    >>> likeliest(np.array([0.5, 0.6]).reshape(1, 1, 1, 2)).tolist()
    [[[0, 1]]]
    """
    classes = probabilities[:, 0] > 0.5 if probabilities.shape[1] == 1 else probabilities.argmax(1)
    return classes.astype(np.uint8)


class Predictor:
    """One model, or several of one experiment whose probabilities are averaged, ready on a device.

    tta: average over the slices as they are and mirrored along rows, columns and both.
    """

    def __init__(self, models: Sequence[Model], device: torch.device, tta: bool = False):
        self.card, self.device = models[0].card, device
        self.mirrorings = MIRRORINGS if tta else MIRRORINGS[:1]
        self.networks = [fast_network(model.network, device) for model in models]

    @property
    def precision(self) -> str:
        """What convolutions and matrix products are computed in."""
        return self.card.recipe.precision

    def predict(self, images: np.ndarray, grid: NetworkGrid) -> Prediction:
        """Predict a case.

        images: (S, C, H, W), as prepared for training, in the order of the card's channels.
        """
        found = self._mean(with_neighbours(images, self.card.neighbours))
        image = found.get(IMAGE)
        if image is not None:
            image = np.clip(image[:, 0], *synthesised_range(self.card.preparation.normalization_of(self.card.target)))
        return Prediction(grid, self.card.dataset.label_map, found.get(PROBABILITIES), image)

    def _mean(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Image and probabilities, (S, K, H, W) float32, as far as the networks give them; means over networks and
        mirrorings.
        """
        total: dict[str, np.ndarray] = {}
        for network in self.networks:
            for axes in self.mirrorings:
                for name, found in self._apply(network, np.flip(images, axes)).items():
                    total[name] = total.get(name, np.float32(0)) + np.flip(found, axes)
        return {name: summed / np.float32(len(self.mirrorings) * len(self.networks)) for name, summed in total.items()}

    def _apply(self, network: torch.nn.Module, images: np.ndarray) -> dict[str, np.ndarray]:
        step, parts = SLICES_AT_ONCE[self.device.type], []
        for start in range(0, len(images), step):
            part = torch.from_numpy(np.ascontiguousarray(images[start : start + step])).to(self.device).float()
            part = part.contiguous(memory_format=torch.channels_last)
            with torch.inference_mode(), computing_in(self.precision, part):
                found = self._outputs(network, part)
            parts.append({name: output.contiguous().cpu().numpy() for name, output in found.items()})
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _outputs(self, network: torch.nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """What one network makes of some slices; the image that it is segmented on is made once."""
        if self.card.makes_images_only:
            return {IMAGE: network(images).float()}
        if not isinstance(network, PseudoDwi):
            return {PROBABILITIES: _probabilities(network(images).float())}
        made = network(images, parts=True)
        return {IMAGE: made.dwi.float(), PROBABILITIES: _probabilities(made.logits.float())}


def _probabilities(logits: torch.Tensor) -> torch.Tensor:
    return logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(1)
