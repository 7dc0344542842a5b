"""`segrepro predict`: segment one's own scans with a trained model."""

from pathlib import Path
from typing import Annotated, Literal

import typer

EXAMPLE = "Example: segrepro predict --model results/xnet/xnet/fold0/model.safetensors scan.nii.gz -o mask.nii.gz"
SHOWN = 5  # names of files in a line


def predict(
    model: Annotated[list[Path], typer.Option(help="Weights or folder of a model; several are averaged.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The mask's file, or a folder.")],
    scans: Annotated[
        list[Path] | None, typer.Argument(help="Files, folders, DICOM series, or quoted patterns.")
    ] = None,
    image: Annotated[
        list[str] | None, typer.Option(metavar="MODALITY=PATH", help="An image of one case, for models of several.")
    ] = None,
    tta: Annotated[bool, typer.Option("--tta", help="Average over mirrored slices; four times as slow.")] = False,
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Write each label's probability too.")] = False,
    trust_code: Annotated[
        bool, typer.Option("--trust-code", help="Run the code that a model from elsewhere brings with it.")
    ] = False,
    bids: Annotated[bool, typer.Option("--bids", help="Masks named as BIDS derivatives, in a folder of them.")] = False,
    dicom_seg: Annotated[
        bool, typer.Option("--dicom-seg", help="A DICOM segmentation too, of scans that are DICOM series.")
    ] = False,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="auto takes a GPU if there is one.")] = "auto",
) -> None:
    """Segment scans: a mask of each scan's name on its own grid, an overlay, volumes and a record of the run."""
    from segrepro.inference.bids_names import as_derivatives, describe_derivatives, require_folder_name
    from segrepro.inference.scan_inputs import own_cases
    from segrepro.inference.scans import segment_files
    from segrepro.training.model import read_card
    from segrepro.utils.errors import in_one_line
    from segrepro.workflow.own_results import are_own_results

    given = own_cases(model[0], scans or [], image or [])
    cases, card = given.cases, read_card(model[0])
    if bids:
        require_folder_name(output)
        cases = as_derivatives(cases, card.dataset.label_map)
    if passed_over := given.passed_over:
        names = ", ".join(in_one_line(path.name) for path in passed_over[:SHOWN]) + ", ..." * (len(passed_over) > SHOWN)
        print(f"passed over, since they hold no image: {len(passed_over)} files ({names})", flush=True)
    trusted = trust_code or are_own_results(model)
    for mask, found in segment_files(
        cases, model, output, device, tta, probabilities, given.unread, trusted, dicom_seg
    ):
        sizes = [f"{name} {ml:.2f} ml" for name, ml in (found.volumes_ml or {}).items()]
        sizes = sizes or [f"{name} {count} pixels" for name, count in found.voxels.items()]
        print(in_one_line(f"{mask}: {', '.join(sizes)}"), flush=True)
    if bids:
        describe_derivatives(output, card.name, card.dataset.label_map)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(predict)
