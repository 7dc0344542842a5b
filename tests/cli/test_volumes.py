"""`segrepro volumes` as it is called."""

import numpy as np
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.images.io import write_image


def test_it_writes_the_table_and_says_where(tmp_path):
    write_image(tmp_path / "masks/a.nii.gz", np.ones((2, 2, 2), np.uint8), np.diag([5.0, 5, 5, 1]))
    output = tmp_path / "volumes.csv"
    done = CliRunner().invoke(app, ["volumes", str(tmp_path / "masks"), "-o", str(output), "--workers", "1"])
    assert (done.exit_code, done.stdout) == (0, f"{output}\n")
    assert output.read_text().splitlines()[1].startswith("a,1,8,125,1,")
