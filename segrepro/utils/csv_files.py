"""Tables on disk, with ids that stay text."""

from pathlib import Path

from segrepro.utils.files import whole_file

TEXTS = ("case", "patient", "site", "part", "slices", "labelled", "prediction", "image")


def read_csv(path: Path):
    """A table with ids as text, since a patient may be called 031768 or NA."""
    import pandas as pd

    frame = pd.read_csv(path, dtype=dict.fromkeys(TEXTS, str), keep_default_na=False, na_values=[""])
    texts = [name for name in TEXTS if name in frame]
    return frame.fillna(dict.fromkeys(texts, "")).astype(dict.fromkeys(texts, str))


def write_csv(frame, path: Path) -> None:
    with whole_file(path) as partial:
        frame.to_csv(partial, index=False)
