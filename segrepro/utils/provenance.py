"""Where and with what a process runs: commit, versions, machine."""

import os
import platform
import subprocess
import sys
from pathlib import Path

from segrepro import __version__
from segrepro.utils.repository import REPOSITORY


def current_provenance() -> dict:
    """Where and with what this process runs: commit, versions, machine."""
    modules = ("torch", "numpy", "scipy", "nibabel", "pandas")
    versions = {name: sys.modules[name].__version__ for name in modules if name in sys.modules}
    return {
        "commit": commit(),
        "versions": {"segrepro": __version__, "python": platform.python_version()} | versions,
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "system": platform.platform()},
    }


def commit() -> str:
    """The commit of the checkout, with `+changes` when files differ from it; `unknown` outside git.

    An install may lie in a folder of somebody else's repository, whose commit says nothing.
    """
    if not (REPOSITORY / ".git").exists():
        return "unknown"
    git = ["git", "-C", str(REPOSITORY)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+changes" if changed.stdout.strip() else "")


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
