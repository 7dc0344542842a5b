"""What a user should know although nothing is wrong: one line on stderr, once."""

import sys

from segrepro.utils.errors import in_one_line

_SAID: set[object] = set()


def say_once(about: object, line: str) -> None:
    """Print a line unless this process has printed one about the same before."""
    if about not in _SAID:
        _SAID.add(about)
        print(in_one_line(line), file=sys.stderr, flush=True)
