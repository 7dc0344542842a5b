"""The files that `segrepro predict` writes for a scan: which they are, that they take nobody's place, and how."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from segrepro.datasets.case import Case, file_stem, safe_id
from segrepro.images.image import NIFTI, PICTURES, is_picture
from segrepro.inference.ensemble import Segmentation
from segrepro.inference.predictor import Predictor
from segrepro.training.model import Model
from segrepro.utils.errors import ConfigError, DataError, SegreproError, raise_together
from segrepro.utils.files import file_sha256, folder_beside, require_folder, writing
from segrepro.utils.provenance import provenance

WRITTEN_BY = "segrepro predict"
REMEDY = "Move it, or name another output."


def run_record(
    case: Case, found: Segmentation, paths: Sequence[Path], models: Sequence[Model], predictor: Predictor
) -> dict:
    """What was done, with what, and what came out; fit for JSON."""
    kept = {"study", "name", "fold", "network", "hash"}
    return {
        "scan": {role: str(path) for role, path in case.images.items()},
        "models": [
            {"path": str(path)} | model.card.model_dump(include=kept) | {"sha256": model.card.sha256[model.checkpoint]}
            for path, model in zip(paths, models)
        ],
        "tta": len(predictor.mirrorings) > 1,
        "device": str(predictor.device),
        "precision": predictor.precision,
        "shape": found.record.source_shape,
        "spacing_mm": found.record.spacing_mm,
        "voxels": found.voxels,
        "volumes_ml": found.volumes_ml,
    } | provenance()


@dataclass(frozen=True)
class MaskFiles:
    """The mask of a scan and what stands beside it; probabilities: a file by label, empty where none are wanted."""

    mask: Path
    overlay: Path
    record: Path
    probabilities: dict[str, Path] = field(default_factory=dict)

    @property
    def paths(self) -> list[Path]:
        """Every file, the record first and the mask last, which is the order they appear in."""
        return [self.record, self.overlay, *self.probabilities.values(), self.mask]

    def former(self) -> list[Path]:
        """What stands there from an earlier call: the record, and what it names and nobody has changed since."""
        try:
            record = json.loads(self.record.read_text())
            own, digests = record["written_by"] == WRITTEN_BY, record["files"].items()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or somebody else's
            return []
        # Only names: a record leads to no other folder.
        named = [(self.mask.parent / Path(name).name, digest) for name, digest in digests]
        return [self.record, *(path for path, digest in named if _has(path, digest))] if own else []


def _has(path: Path, digest: str) -> bool:
    return path.is_file() and file_sha256(path) == digest


def mask_files(case: Case, output: Path, alone: bool, labels: Sequence[str] = ()) -> MaskFiles:
    """The files of a case; ConfigError when the mask's name does not fit.

    output: the mask's file, or a folder; alone: whether this is the only case; labels: whose probabilities are wanted.
    """
    mask = _mask(case, output, alone)
    stem, ending = file_stem(mask), mask.name.removeprefix(file_stem(mask))
    beside = {label: mask.with_name(f"{stem}-{safe_id(label)}{ending}") for label in labels}
    return MaskFiles(mask, mask.with_name(f"{stem}-overlay.png"), mask.with_name(f"{stem}.json"), beside)


def _mask(case: Case, output: Path, alone: bool) -> Path:
    endings = (".png",) if is_picture(next(iter(case.images.values()))) else NIFTI
    if not output.name.lower().endswith(NIFTI + PICTURES):
        return output / f"{case.id}{endings[0]}"
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
        require_folder(files.mask.parent)
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
        files.mask.parent.mkdir(parents=True, exist_ok=True)
        with folder_beside(files.mask) as partial:
            yield lambda path: partial / path.name
            digests = {path.name: file_sha256(path) for path in sorted(partial.iterdir())}
            record = {"written_by": WRITTEN_BY} | record | {"files": digests}
            (partial / files.record.name).write_text(json.dumps(record, indent=2) + "\n")
            # The record goes last and comes first, so that whatever is left by an interruption is known as our own.
            for path in reversed(files.former()):
                path.unlink()
            for path in files.paths:
                os.replace(partial / path.name, path)
