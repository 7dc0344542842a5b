"""The `segrepro` command: check, predict, evaluate, compare, info. Each command imports only what it uses."""

import sys

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Check data sets, segment scans, score masks and compare score files.",
)


@app.callback()
def _segrepro() -> None:
    """Keeps sub-commands even while there is only one."""


def main() -> None:
    """Run the command line; a fault of the input is one line on stderr and exit code 2."""
    from segrepro.errors import SegreproError

    try:
        app()
    except SegreproError as error:
        print(f"segrepro: {error}", file=sys.stderr)
        raise SystemExit(2) from None
