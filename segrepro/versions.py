"""The version of each stage's code.

Raise a number when a change to that stage changes what it writes: results that depend on it are made anew, all
others are kept. They are part of the hashes in the paths under `work`.
"""

STAGE_VERSIONS = {"phantom": 1, "prepare": 1, "folds": 1, "train": 1, "predict": 1, "evaluate": 1}
