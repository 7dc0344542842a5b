"""The `segrepro` command. Each sub-command is a module of `segrepro.commands` and imports only what it uses."""

import sys

import typer

from segrepro.cli import check, info, power, predict, results, scores, status

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Check data sets, segment scans, watch a run, score masks, compare score files and say what they can show.",
    epilog="Example: segrepro predict --help",
)
check.register(app)
predict.register(app)
info.register(app)
status.register(app)
scores.register(app)
power.register(app)
results.register(app)


def main() -> None:
    """Run the command line; a fault of the input is one line on stderr and exit code 2."""
    from segrepro.utils.errors import SegreproError

    try:
        app()
    except SegreproError as error:
        print(f"segrepro: {error}", file=sys.stderr)
        raise SystemExit(2) from None
