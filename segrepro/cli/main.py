"""The `segrepro` command. Each sub-command is a module of `segrepro.cli` and imports only what it uses."""

import re
import sys
from typing import Annotated

import typer

from segrepro import __version__
from segrepro.cli import (
    check,
    describe,
    export,
    export_nnunet,
    false_claims,
    fetch,
    fingerprint,
    info,
    new_study,
    power,
    predict,
    rehearse,
    results,
    scores,
    status,
    studies,
    volumes,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Get and check data sets, segment scans, watch a run, score masks and compare score files.",
    epilog="Exit codes: 0 done; 2 the input or an option is at fault, and a line says how; 1 anything else.",
)
fetch.register(app)
check.register(app)
describe.register(app)
fingerprint.register(app)
new_study.register(app)
export_nnunet.register(app)
predict.register(app)
info.register(app)
export.register(app)
status.register(app)
scores.register(app)
power.register(app)
false_claims.register(app)
results.register(app)
rehearse.register(app)
volumes.register(app)
studies.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"segrepro {__version__}")
        raise typer.Exit


@app.callback()
def _before_any_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Without text of its own: the help is the app's."""


def main() -> None:
    """Run the command line; a fault of the input is one line on stderr and exit code 2."""
    from segrepro.utils.errors import SegreproError

    try:
        app()
    except SegreproError as error:
        print(f"segrepro: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except ModuleNotFoundError as error:
        extra = _extra_with(error.name or "")
        if not extra:
            raise
        print(
            f"segrepro: {error.name}: found no such package; expected it for what was asked."
            f" Install it: pip install 'segrepro[{extra}]'.",
            file=sys.stderr,
        )
        raise SystemExit(2) from None


def _extra_with(module: str) -> str:
    """The extra of segrepro that brings a package; empty if none does."""
    from importlib.metadata import requires

    for line in requires("segrepro") or []:
        found = re.match(rf"{re.escape(module.partition('.')[0])}\b.*; extra == ['\"](\w+)", line, re.IGNORECASE)
        if module and found:
            return found[1]
    return ""
