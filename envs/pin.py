"""Gives the conda environments beside this file the versions of constraints.txt; `make lock` calls it."""

import re
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    """Rewrite the pins of every environment; their lists of packages stay."""
    lock = dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (HERE.parent / "constraints.txt").read_text(), re.MULTILINE))
    for path in HERE.glob("*.yaml"):
        pins = re.compile(r"^( {6}- ([a-z0-9-]+)==).+", re.MULTILINE)  # in the list of `pip:`
        path.write_text(pins.sub(lambda pin: pin[1] + lock[pin[2]], path.read_text()))


if __name__ == "__main__":
    main()
