"""Every task, with the options that change what it learns."""

import pytest

VARIANTS = [
    ("segmentation", {}),
    ("synthesis", {}),
    ("synthesis", {"frozen_context_encoder": True}),
    ("synthesis", {"context_norm": "separate"}),
    ("synthesis", {"loss": "l1"}),
    ("adversarial", {}),
    ("pseudo_dwi", {}),
    ("pseudo_dwi", {"beta": 0.0, "frozen_context_encoder": True}),
    ("two_step", {}),
]


EACH = pytest.mark.parametrize(("name", "options"), VARIANTS)
