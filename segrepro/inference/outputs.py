"""The files that `segrepro predict` writes for a scan: which they are, that they take nobody's place, and how."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from segrepro.datasets.case import Case, file_stem, safe_id
from segrepro.evaluation.folders import BESIDE_MASKS
from segrepro.images.image import NIFTI, PICTURES, is_picture
from segrepro.inference.colour_tables import COLOUR_TABLES
from segrepro.inference.ensemble import Segmentation
from segrepro.inference.predictor import Predictor
from segrepro.training.model import Model
from segrepro.utils.errors import ConfigError, DataError, SegreproError, raise_together
from segrepro.utils.files import file_sha256, folder_beside, require_folder, writing
from segrepro.utils.provenance import current_provenance

WRITTEN_BY = "segrepro predict"
REMEDY = "Move it, or name another output."
STAGED = "masks"  # by which `folder_beside` knows what a killed call had half written


OVERLAYS, PROBABILITIES, RECORDS, COLOURS = BESIDE_MASKS  # what stands there is no mask


def run_record(
    case: Case, found: Segmentation, paths: Sequence[Path], models: Sequence[Model], predictor: Predictor
) -> dict:
    """What was done, with what, and what came out; fit for JSON."""
    kept = {"study", "name", "fold", "network", "hash"}
    return {
        "scan": {modality: str(path) for modality, path in case.images.items()},
        "models": [
            {"path": str(path)} | model.card.model_dump(include=kept) | {"sha256": model.card.sha256[model.checkpoint]}
            for path, model in zip(paths, models)
        ],
        "tta": len(predictor.mirrorings) > 1,
        "device": str(predictor.device),
        "precision": predictor.precision,
        "shape": found.record.source_shape,
        "spacing_mm": found.record.spacing_mm,
        "unlike_training": found.unlike_training,
        "voxels": found.voxels,
        "volumes_ml": found.volumes_ml,
    } | current_provenance()


@dataclass(frozen=True)
class MaskFiles:
    """The mask of a scan and what is written with it.

    root: the folder that they all lie in or below. beside: the folder of probabilities, and probabilities: a file by
    label, empty where none are wanted. colours: for 3D Slicer and for ITK-SNAP, where there are several labels.
    segmentation: of DICOM, where it is wanted.
    """

    root: Path
    mask: Path
    overlay: Path
    record: Path
    beside: Path
    probabilities: dict[str, Path] = field(default_factory=dict)
    colours: tuple[Path, ...] = ()
    segmentation: Path | None = None

    @property
    def paths(self) -> list[Path]:
        """Every file, the record first and the mask last, which is the order they appear in."""
        segmentation = [self.segmentation] if self.segmentation else []
        return [self.record, self.overlay, *self.colours, *self.probabilities.values(), *segmentation, self.mask]

    def former(self) -> list[Path]:
        """What stands there from an earlier call: the record, and what it names and nobody has changed since."""
        try:
            record = json.loads(self.record.read_text())
            own, digests = record["written_by"] == WRITTEN_BY, record["files"].items()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or somebody else's
            return []
        # A record leads to no folder but those of its own scan.
        folders = {self.mask.parent, self.overlay.parent, self.beside, *(path.parent for path in self.colours)}
        named = [(self.root / name, digest) for name, digest in digests]
        own_files = [path for path, digest in named if path.parent in folders and _has(path, digest)]
        return [self.record, *own_files] if own else []


def _has(path: Path, digest: str) -> bool:
    return path.is_file() and file_sha256(path) == digest


def mask_files(
    case: Case, output: Path, alone: bool, labels: Sequence[str] = (), coloured: bool = False, dicom: bool = False
) -> MaskFiles:
    """The files of a case.

    output: the mask's file, beside which the others stand, or a folder, in which each mask has its case's name and the
    others stand in the folders `overlays`, `probabilities`, `records` and `colours`, where nobody takes them for masks.
    alone: whether this is the only case; labels: whose probabilities are wanted. coloured: whether colours of labels
    are; dicom: whether a DICOM segmentation is.
    Raises ConfigError when the mask's name does not fit, DataError when the case lies in a folder named as those, or
    is no DICOM series where a DICOM segmentation is wanted.
    """
    image = next(iter(case.images.values()))
    if dicom and not image.is_dir():
        raise DataError(image, "no folder of DICOM slices", "one, for --dicom-seg", "Leave --dicom-seg out.")
    files, colours = _mask_files(case, output, alone, labels)
    segmentation = files.mask.with_name(f"{file_stem(files.mask)}.dcm") if dicom else None
    return replace(files, colours=colours if coloured else (), segmentation=segmentation)


def _mask_files(case: Case, output: Path, alone: bool, labels: Sequence[str]) -> tuple[MaskFiles, tuple[Path, ...]]:
    """The files that every mask has, and those of colours."""
    endings = (".png",) if is_picture(next(iter(case.images.values()))) else NIFTI
    if output.name.lower().endswith(NIFTI + PICTURES):
        files = _files_beside(_one_mask(output, endings, alone), labels)
        return files, tuple(_below(files.root, file_stem(files.mask), ending) for ending in COLOUR_TABLES)
    if case.id.split("/")[0] in BESIDE_MASKS and "/" in case.id:
        found = f"the name of a folder of {output}"
        raise DataError(next(iter(case.images.values())), found, "a folder of another name", "Rename the folder.")
    mask = _below(output, case.id, endings[0])
    overlay, record = _below(output / OVERLAYS, case.id, ".png"), _below(output / RECORDS, case.id, ".json")
    probabilities = {name: _below(output / PROBABILITIES, f"{case.id}-{safe_id(name)}", endings[0]) for name in labels}
    beside = _below(output / PROBABILITIES, case.id, "").parent
    colours = tuple(_below(output / COLOURS, case.id, ending) for ending in COLOUR_TABLES)
    return MaskFiles(output, mask, overlay, record, beside, probabilities), colours


def _below(folder: Path, name: str, ending: str) -> Path:
    return folder / f"{name}{ending}"


def _files_beside(mask: Path, labels: Sequence[str]) -> MaskFiles:
    folder, stem, ending = mask.parent, file_stem(mask), mask.name.removeprefix(file_stem(mask))
    probabilities = {name: folder / f"{stem}-{safe_id(name)}{ending}" for name in labels}
    overlay, record = folder / f"{stem}-overlay.png", folder / f"{stem}.json"
    return MaskFiles(folder, mask, overlay, record, folder, probabilities)


def _one_mask(output: Path, endings: tuple[str, ...], alone: bool) -> Path:
    if alone and output.name.lower().endswith(endings):
        return output
    expected = f"a name that ends in {' or '.join(endings)}" if alone else "a folder, since there are several scans"
    raise ConfigError("--output", str(output), expected, "Change it.")


def require_free(files: Sequence[MaskFiles], cases: Sequence[Case]) -> None:
    """Raise an error, a line each, for all that is in the way of the files.

    In the way are the images of the cases, files that no earlier call wrote, and files where a folder should be. Two
    scans may not have a file of the same name either.
    """
    inputs = {path.resolve() for case in cases for path in case.images.values()}
    names = Counter(path for one in files for path in one.paths)
    faults = [fault for one in files for fault in _faults(one, inputs, names)]
    raise_together(list({str(fault): fault for fault in faults}.values()))


def _faults(files: MaskFiles, inputs: set[Path], names: Counter) -> Iterator[SegreproError]:
    try:
        for folder in dict.fromkeys(path.parent for path in files.paths):
            require_folder(folder)
    except SegreproError as error:
        yield error
        return
    former = files.former()
    for path in dict.fromkeys([*files.paths, *former]):
        if path.resolve() in inputs:
            yield DataError(path, "one of the scans there", "a place for an output", "Name another output.")
        elif os.path.lexists(path) and path not in former:
            yield DataError(path, f"a file that {WRITTEN_BY} did not write", "a place for an output", REMEDY)
        elif names[path] > 1:
            yield DataError(path, f"{names[path]} outputs of this name", "one", "Segment these scans in two calls.")


@contextmanager
def writing_files(files: MaskFiles, record: dict) -> Iterator[Callable[[Path], Path]]:
    """Gives where to write each of the files; they appear together with their record when the block ends without an
    error, and those of an earlier call go. Raises DiskError when the disk does not take them.
    """
    with writing(files.mask):
        files.root.mkdir(parents=True, exist_ok=True)
        with folder_beside(files.root / STAGED) as partial:
            # Names of their own, since those of the files may be as long as the disk allows.
            endings = [path.name.removeprefix(file_stem(path)) for path in files.paths]
            staged = {path: partial / f"{n}{ending}" for n, (path, ending) in enumerate(zip(files.paths, endings))}
            yield staged.__getitem__
            made = {path: written for path, written in staged.items() if written.exists()}
            digests = {path.relative_to(files.root).as_posix(): file_sha256(made[path]) for path in sorted(made)}
            record = {"written_by": WRITTEN_BY} | record | {"files": digests}
            staged[files.record].write_text(json.dumps(record, indent=2) + "\n")
            # The record goes last and comes first, so that whatever is left by an interruption is known as our own.
            for path in reversed(files.former()):
                path.unlink()
            for path, written in staged.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                os.replace(written, path)
