"""The kinds of figure and their options."""

import subprocess
import sys

from segrepro.report.figures import figure_kinds


def test_kinds_of_figure_and_their_options_need_no_heavy_library():
    code = """
import sys
from segrepro.report.figures import figure_kinds, figure_options
assert all(figure_options(kind).model_fields is not None for kind in figure_kinds())
print({"torch", "pandas", "matplotlib"} & {*sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
    assert {"contours", "learning_curves", "attention"} <= {*figure_kinds()}
