"""The version of each stage's code.

Raise a number when a change to that stage changes what it writes: results that depend on it are made anew, all
others are kept. They are part of the hashes in the paths under `work`.
"""

STAGE_VERSIONS = {
    "phantom": 1,
    "hidden_phantom": 2,  # with hidden_core: only its drawing changed
    "replica": 1,
    "prepare": 4,
    "features": 2,
    "folds": 3,
    "train": 4,
    "nnunet": 1,  # how cases are written for it
    "predict": 4,
    "evaluate": 4,
}
