"""Finished masks in a folder of their own, held against the scans before the first job."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.folds import Folds
from segrepro.datasets.layouts import open_dataset
from segrepro.datasets.own_folds import matched, read_own_folds
from segrepro.images.geometry import on_grid_of
from segrepro.images.image import NIFTI
from segrepro.images.scans import read_grid
from segrepro.inference.given_masks import Settings, masks_by_case, missing_masks
from segrepro.networks.registry import GIVEN_MASKS
from segrepro.utils.errors import DataError, SegreproError, raise_together
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.runs import Run


def require_fitting_masks(plan: Plan) -> None:
    """Look at the finished masks of rows whose scans are there already.

    Raises DataError or GridError, a line each, for cases that will be scored and have no mask, unless the row says what
    they count as, for masks on another grid than their scan, and for several masks of one case.
    """
    rows = [run for run in plan.all_runs.values() if run.resolved.spec.network == GIVEN_MASKS]
    once = {(run.dataset.key, str(run.resolved.options), run.folds_key): run for run in rows}
    faults = [fault for run in once.values() if run.dataset.source == "folder" for fault in _faults(run)]
    raise_together(list({str(fault): fault for fault in faults}.values()))


def _faults(run: Run) -> Iterator[SegreproError]:
    settings = Settings.model_validate(run.resolved.options)
    if settings.folder is None:
        return
    cases = {case.id: case for case in open_dataset(run.dataset.spec.layout, run.dataset.path).cases}
    folder, faults = Path(settings.folder), []
    masks = masks_by_case(folder, {name: list(case.images.values()) for name, case in cases.items()}, faults)
    yield from faults
    if not masks:
        expected = f"names of cases, such as {next(iter(cases))}.nii.gz"
        yield DataError(folder, "no mask of any case", expected, "Name another folder, or rename the masks.")
    elif settings.without_mask is None:
        yield from missing_masks(folder, sorted(_scored(run.folds, list(cases.values())) - set(masks)))
    yield from _off_grid((cases[name], mask) for name, mask in masks.items() if cases[name].images)


def _scored(folds: Folds, cases: Sequence[Case]) -> set[str]:
    """The cases that will be scored, as far as that is known before they are divided."""
    if folds.file is not None:
        path = Path(folds.file)
        divisions = matched(path, read_own_folds(path), {case.id: case.patient for case in cases})
        return {case for fold in divisions for case in fold["test"]}
    if folds.by == "official":
        return {case.id for case in cases if case.part == "test"}
    return {case.id for case in cases if case.part != "test"} if folds.count > 1 else set()


def _off_grid(masks: Iterable[tuple[Case, Path]]) -> Iterator[SegreproError]:
    """A fault for each mask on another grid; of NIfTI files, whose headers tell: the others' are looked at by jobs."""
    for case, path in masks:
        modality, scan = next(iter(case.images.items()))
        if not (path.name.lower().endswith(NIFTI) and scan.is_file() and scan.name.lower().endswith(NIFTI)):
            continue
        try:
            on_grid_of(read_grid("", path), read_grid(modality, scan), path, scan)
        except SegreproError as error:
            yield error
