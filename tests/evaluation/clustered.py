"""Cases that share most of what is their patient's."""

import numpy as np


def clustered(rng, patients=60, cases=5):
    """Cases of one patient share most of their deviation."""
    values = 0.5 + rng.normal(0, 0.1, (patients, 1)) + rng.normal(0, 0.03, (patients, cases))
    return values.ravel(), np.repeat(np.arange(patients), cases)
