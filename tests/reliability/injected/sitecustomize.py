"""A fault at the moment when a job's first output is to appear, once a rule.

Python imports this by its name at each start where its folder is in PYTHONPATH. SEGREPRO_TEST_FAULTS names a folder
with a file for each rule that is to suffer; its content says what.
"""

import errno
import os
import signal
import sys
from pathlib import Path


def strike(what: str) -> None:
    """Let the process be killed, or the disk be full, when a file is put into its place."""

    def replace(*args, **kwargs):
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    os.replace = replace


for word in sys.orig_argv:
    mark = Path(os.environ["SEGREPRO_TEST_FAULTS"], word.removeprefix("workflow_scripts."))
    if word.startswith("workflow_scripts.") and mark.is_file():
        strike(mark.read_text())
        mark.unlink()
