"""Faults of the input, as opposed to faults of the program.

Every message is one line that names the file (or argument), what was found, what was expected and what to do
about it. The command line and the workflow print it without a traceback and leave with exit code 2.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


def in_one_line(text: str) -> str:
    """A text as a terminal shows it in one line: names of files may hold ends of lines and a terminal's commands.

    >>> in_one_line("Müller 1\\n\\x1b[2J.nii")
    'Müller 1\\\\n\\\\x1b[2J.nii'
    """
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


class SegreproError(Exception):
    """A fault of what was put in; its message is all a user needs to see.

    >>> print(SegreproError("lesion.nii.gz", "3 dimensions", "2", "Pass one slice."))
    lesion.nii.gz: found 3 dimensions; expected 2. Pass one slice.
    """

    def __init__(self, where: object, found: str, expected: str, remedy: str = ""):
        self.where, self.found, self.expected, self.remedy = str(where), found, expected, remedy
        super().__init__(in_one_line(f"{where}: found {found}; expected {expected}. {remedy}".strip()))

    def __reduce__(self):
        # Exceptions are pickled by their message, which would not fit __init__ in the process that asked.
        return type(self), (self.where, self.found, self.expected, self.remedy)


class ConfigError(SegreproError):
    """A key or value of config.yaml or of a study that cannot be used."""


class DataError(SegreproError):
    """A data set, image or label that cannot be used."""


class GridError(DataError):
    """Two images that should lie on one grid do not."""


class NetworkError(SegreproError):
    """A network that does not exist, or an input it cannot take."""


class ModelError(SegreproError):
    """A trained model that is missing, damaged or made for something else."""


class TrainingError(SegreproError):
    """A training whose losses, weights or outputs are no longer finite numbers."""


class MetricError(SegreproError):
    """Masks that cannot be scored."""


class DiskError(SegreproError):
    """A file or folder that cannot be written."""


class RunLockedError(SegreproError):
    """A run in a folder where another is going on."""


def raise_together(faults: Sequence[SegreproError]) -> None:
    """Raise the first fault with the lines of all as its message; nothing without any."""
    if not faults:
        return
    if len(faults) > 1:
        faults[0].args = ("\n".join(str(fault) for fault in faults),)
    raise faults[0] from None


@contextmanager
def one_line_exit() -> Iterator[None]:
    """Print a fault of the input as one line on stderr, and leave with exit code 2."""
    try:
        yield
    except SegreproError as error:
        print(f"segrepro: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def nearest(name: str, valid: object) -> str:
    """The valid name that looks most like `name`, as a hint for an error message.

    >>> nearest("xnett", ["xnet", "unet_fsm"])
    'Did you mean xnet?'
    >>> nearest("q", ["xnet", "unet"])
    'Valid names: unet, xnet.'
    """
    from difflib import get_close_matches

    names = sorted(str(v) for v in valid)
    close = get_close_matches(name, names, n=1)
    return f"Did you mean {close[0]}?" if close else f"Valid names: {', '.join(names)}."
