"""What `--json` prints: the same as the text, for programs."""

from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON, for programs.")]


def print_json(content: object) -> None:
    """Print dictionaries, lists, dataclasses and models as one line of JSON; undefined numbers become null."""
    from pydantic import TypeAdapter

    print(TypeAdapter(Any).dump_json(content, fallback=str).decode(), flush=True)
