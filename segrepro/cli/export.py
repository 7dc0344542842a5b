"""`segrepro export` and `segrepro card`: a trained model for other programs, and what it is as a page."""

from pathlib import Path
from typing import Annotated

import typer

ModelPath = Annotated[Path, typer.Argument(help="The folder of a model.")]


def export(
    model: ModelPath,
    to: Annotated[str, typer.Option(help="onnx, monai-bundle or huggingface.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder.")],
    trust_code: Annotated[
        bool, typer.Option("--trust-code", help="Run the code that a model from elsewhere brings with it.")
    ] = False,
) -> None:
    """Write a trained model as other programs take it, with its card as README.md; nothing is uploaded."""
    from segrepro.report.model_export import export_model
    from segrepro.workflow.own_results import are_own_results

    export_model(model, to, output, trust_code or are_own_results([model]))
    print(output)


def card(model: ModelPath) -> None:
    """Print a model's card in Markdown: intended use, data, scores with intervals, limits, licence."""
    from segrepro.report.model_readme import model_readme

    print(model_readme(model), end="")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: segrepro export results/xnet/xnet/fold0 --to onnx -o xnet-onnx")(export)
    app.command(epilog="Example: segrepro card results/xnet/xnet/fold0")(card)
