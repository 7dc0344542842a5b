"""Trained models together on prepared cases: their mean, mirrored or not, and what post-processing makes of it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from segrepro.images.labels import read_reference
from segrepro.inference.combined_settings import Options
from segrepro.inference.ensemble import voxel_ml
from segrepro.inference.postprocess import Example, Postprocess, Step, choose, postprocess
from segrepro.inference.predictor import Prediction, Predictor
from segrepro.preprocessing.prepared_cases import PreparedCases
from segrepro.training.model import Model, digests
from segrepro.training.model_card import ModelCard, Parameters, Provenance
from segrepro.training.settings import Checkpoint, Settings, Trained
from segrepro.utils.provenance import current_provenance


class Combination:
    """The models of a run's members, which share data set, preparation and folds; inputs may differ."""

    def __init__(self, settings: Settings, members: Sequence[Model], cases: PreparedCases, device: torch.device):
        self.settings, self.cases = settings, cases
        self.options = Options.model_validate(settings.options)
        self.predictors = [Predictor([model], device, self.options.tta) for model in members]
        self.labels = list(settings.dataset.labels)
        self.steps: list[Step] = []

    def choose(self, folds: pd.DataFrame) -> str:
        """Choose post-processing by the validation part of the fold; in words, empty where none is wanted."""
        if self.options.postprocess == Postprocess():
            return ""
        part = folds[(folds["fold"] == self.settings.fold) & (folds["part"] == "validation")]
        found = choose(self.options.postprocess, [self._example(name) for name in part["case"]], self.labels)
        self.steps = list(found.steps.values())
        return f"post-processing chosen on the validation part of fold {self.settings.fold}: {found}"

    def _example(self, name: str) -> Example:
        record = self.cases.record(name)
        mask, reference = self._mean(name).mask(), read_reference(record)[1]
        ignored = self.settings.dataset.ignore_label
        return Example(np.where(reference == ignored, 0, mask).astype(np.uint8), reference, voxel_ml(record))

    def mask(self, name: str) -> np.ndarray:
        """Label values of a case on its scan's grid."""
        mask = self._mean(name).mask()
        return postprocess(mask, voxel_ml(self.cases.record(name)), self.steps, self.labels)

    def _mean(self, name: str) -> Prediction:
        record, total = self.cases.record(name), np.float32(0)
        for predictor in self.predictors:
            images = np.stack([self.cases.array(name, channel) for channel in predictor.card.channels], axis=1)
            total = total + predictor.predict(images, record).probabilities
        return Prediction(record, self.settings.dataset.label_map, total / np.float32(len(self.predictors)))


def combined_card(settings: Settings, members: Sequence[ModelCard], weights: Mapping[Checkpoint, bytes]) -> ModelCard:
    """The card of what several models make together: nothing was trained, and all their parameters count."""
    counts = [card.parameters for card in members]
    total = Parameters(
        trainable=sum(one.trainable for one in counts), total=sum(one.total for one in counts), at_full_width=None
    )
    own = {key: getattr(settings, key) for key in Trained.model_fields}
    nothing = {"epochs": 0, "best_epoch": 0, "validation": {}, "training_seconds": 0, "waiting_for_data_seconds": 0}
    memory = {"peak_memory_mb": None, "peak_gpu_memory_mb": None, "pretrained_sha256": None}
    made = {"parameters": total, "provenance": Provenance(**current_provenance()), "sha256": digests(weights)}
    return members[0].model_copy(update=own | nothing | memory | made)
