"""The checkout: found from wherever a command runs."""

import subprocess
import sys

from segrepro.utils.repository import REPOSITORY


def test_it_holds_the_studies_and_published_numbers_whatever_the_folder(tmp_path):
    code = "from segrepro.utils.repository import REPOSITORY; print(REPOSITORY)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(REPOSITORY)
    for name in ("Snakefile", "config.yaml", "studies/xnet.yaml", "published"):
        assert (REPOSITORY / name).exists()
