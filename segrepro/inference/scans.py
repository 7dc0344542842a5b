"""Segment anybody's own scans: prepare them as in training, predict, and write what came out."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.images.io import write_image
from segrepro.images.nifti import geometry_of
from segrepro.inference.colour_tables import COLOUR_TABLES
from segrepro.inference.dicom_segmentation import write_dicom_segmentation
from segrepro.inference.ensemble import Segmentation, load_ensemble, segment
from segrepro.inference.outputs import MaskFiles, mask_files, require_free, run_record, writing_files
from segrepro.inference.overlay import draw_overlay
from segrepro.inference.predictor import Predictor
from segrepro.utils.devices import choose_device
from segrepro.utils.errors import SegreproError, raise_together


def segment_files(
    cases: Sequence[Case],
    model_paths: Sequence[Path],
    output: Path,
    device: str = "auto",
    tta: bool = False,
    probabilities: bool = False,
    unread: Sequence[SegreproError] = (),
    trust_code: bool = False,
    dicom: bool = False,
) -> Iterator[tuple[Path, Segmentation]]:
    """Segment cases one after the other; yields each mask's file and what it holds.

    output: the mask's file for one case, or a folder. With the mask (`.nii.gz`, or `.png` for a picture) come an
    overlay, the record of the run, colours for viewers where there are several labels and, where asked for, each
    label's probability (as a picture: 65535 is 1) and, with `dicom`, a DICOM segmentation; `outputs.mask_files` says
    where. A case's files are all written or none, and replace those of an earlier call.
    trust_code: as of `load_model`.
    Raises a SegreproError, before any case is looked at, when other files are in their way. A case that is refused does
    not stop the others; when all are done a DataError names every one, after what is `unread`, a line each.
    """
    models = load_ensemble(model_paths, trust_code)
    card = models[0].card
    coloured = len(card.dataset.labels) > 1
    labels = card.dataset.label_map.names if probabilities else []
    outputs = [mask_files(case, output, len(cases) == 1, labels, coloured, dicom) for case in cases]
    require_free(outputs, cases)
    predictor, faults = Predictor(models, choose_device(device), tta), [*unread]
    for case, files in zip(cases, outputs):
        started = time.perf_counter()
        try:
            found = segment(case, predictor)
        except SegreproError as error:
            faults.append(error)
            continue
        record = run_record(case, found, model_paths, models, predictor)
        record["seconds"] = round(time.perf_counter() - started, 2)
        _write(case, found, files, record)
        yield files.mask, found
    raise_together(faults)


def _write(case: Case, found: Segmentation, files: MaskFiles, record: dict) -> None:
    """Write all files of a case, or none."""
    affine = np.array(found.record.affine)
    geometry = geometry_of(next(iter(found.record.images.values())))
    with writing_files(files, record) as place:
        probabilities = found.prediction.probabilities_by_label() if files.probabilities else {}
        for name, path in files.probabilities.items():
            array = probabilities[name]
            array = array if array.ndim == 3 else (array * 65535).round().astype(np.uint16)
            write_image(place(path), array, affine, geometry)
        for path, table in zip(files.colours, COLOUR_TABLES.values()):
            place(path).write_text(table(found.prediction.labels), encoding="utf-8")
        if files.segmentation:
            series, model = next(iter(case.images.values())), record["models"][0]
            name = f"{model['study']} {model['name']}"
            write_dicom_segmentation(place(files.segmentation), found.labels, series, found.prediction.labels, name)
        draw_overlay(place(files.overlay), case, found.labels, found.record, found.prediction.labels)
        write_image(place(files.mask), found.labels, affine, geometry)
