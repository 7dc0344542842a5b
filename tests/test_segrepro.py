"""The names that the package itself offers."""

import subprocess
import sys

import pytest

import segrepro


@pytest.mark.parametrize("name", [name for name in segrepro.__all__ if name != "__version__"])
def test_every_name_can_be_had(name):
    assert callable(getattr(segrepro, name))


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError):
        segrepro.no_such_name  # noqa: B018


def test_importing_the_package_brings_no_heavy_library():
    code = "import sys, segrepro; print([name for name in ('torch', 'pandas', 'numpy') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
