"""`segrepro info`: what a trained model is."""

from pathlib import Path
from typing import Annotated

import typer

from segrepro.cli.json_output import AsJson, print_json


def info(model: Annotated[Path, typer.Option(help="Weights or folder of a model.")], as_json: AsJson = False) -> None:
    """Print a model's network, inputs, training data, scores and licence, once its weights are what its card says."""
    from segrepro.training.model import read_card, weights_file
    from segrepro.training.model_card import describe

    card = read_card(model)
    weights_file(model, card)
    if as_json:
        print_json(card)
        return
    for heading, text in describe(card).items():
        print(f"{heading + ':':<19}{text}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro info --model results/xnet/xnet/fold0")(info)
