"""Prints what CHANGELOG.md says of a version: `python .github/release_notes.py v1.2.3`.

Ends with 2 when the tag is not the version of the code, or CHANGELOG.md says nothing of it.
"""

import re
import sys
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def main(tag: str) -> None:
    """Print the section of a version, without its heading."""
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if tag != f"v{version}":
        _end(
            f"the tag {tag}, but the code is version {version}. Raise it in pyproject.toml, or name the tag v{version}"
        )
    changes = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## \[|\Z)", changes, re.DOTALL | re.MULTILINE)
    if section is None:
        _end(f"no section [{version}] in CHANGELOG.md. Put it above the changes of this release")
    print(section[1].strip())


def _end(found: str) -> None:
    print(f"release: found {found}.", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main(sys.argv[1])
