"""`segrepro fetch`: get a release, or learn how it is got."""

from pathlib import Path
from typing import Annotated

import typer


def fetch(
    name: Annotated[str, typer.Argument(help="A release, such as chaos or atlas.")],
    folder: Annotated[
        Path | None, typer.Option(help="Where it is to lie; by default below downloads in `work`.")
    ] = None,
) -> None:
    """Download a release that is open to all; of others say what to ask for, where to put it and how to decrypt it."""
    from segrepro.datasets.download.fetch import fetch_release
    from segrepro.datasets.download.registry import download_folder, how_to_get
    from segrepro.datasets.releases import releases
    from segrepro.utils.errors import ConfigError, nearest

    if name not in releases():
        raise ConfigError("fetch", repr(name), "a release", nearest(name, releases()))
    release = releases()[name]
    target = folder or download_folder("work", name, release)
    if release.request:
        print(release.title, *how_to_get(release, target), f"Then: segrepro check {target}", sep="\n")
        return
    fetch_release(name, release, target)
    print(target)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro fetch atlas")(fetch)
