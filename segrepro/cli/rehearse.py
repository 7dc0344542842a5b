"""`segrepro rehearse`: the first real steps of every experiment, and what the whole run would take."""

from pathlib import Path
from typing import Annotated

import typer


def rehearse(
    study: Annotated[list[str] | None, typer.Option(help="A study; several may be named. All without it.")] = None,
    experiments: Annotated[str, typer.Option(help="all, main, or names with commas between them.")] = "all",
    config: Annotated[Path, typer.Option(help="What else holds: data, pretrained, device, overrides.")] = Path(
        "config.yaml"
    ),
) -> None:
    """Take each experiment at its published recipe through three steps, a kill, a prediction and scoring.

    Ends with hours, memory and disk of the whole run on this machine. Where data are not named, a replica of the
    release stands in. What was rehearsed before is not repeated.
    """
    from segrepro.utils.yaml_files import read_yaml
    from segrepro.workflow.config.config import load_config
    from segrepro.workflow.rehearsal.run import rehearse_config

    values = read_yaml(config) if config.is_file() else {}
    names = experiments if experiments in ("all", "main") else experiments.split(",")
    wanted = {"scale": "paper", "experiments": names} | ({"studies": study} if study else {})
    print(rehearse_config(load_config(values | wanted)).read_text(encoding="utf-8"))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro rehearse --study xnet")(rehearse)
