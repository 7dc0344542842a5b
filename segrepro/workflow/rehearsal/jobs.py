"""The workflow's own jobs, run one by one: what each said, how long it took and the most memory it held."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from segrepro.utils.errors import ConfigError, SegreproError
from segrepro.utils.memory import held_mb
from segrepro.utils.repository import REPOSITORY
from segrepro.utils.validation import Strict

OUT_OF_MEMORY = "out of memory"
SECONDS_BETWEEN_LOOKS = 0.005


@dataclass(frozen=True)
class Job:
    """A job that has ended. said: its output. killed: whether it was, on purpose."""

    seconds: float
    peak_mb: int
    code: int
    said: str
    killed: bool = False


@dataclass(frozen=True)
class Jobs:
    """Runs the scripts of `workflow_scripts` from a folder, where their logs and records go.

    environment: variables besides the process's own. memory_mb: the most address space that a job may take; None for
    all there is.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    memory_mb: int | None = None

    def run(self, script: str, until: Path | None = None, **arguments: object) -> Job:
        """Run a script with its arguments: settings, a path, or a list of paths.

        until: a file at whose appearance the job is killed. Raises ConfigError without a checkout.
        """
        if not (REPOSITORY / "workflow_scripts").is_dir():
            raise ConfigError("segrepro", "no checkout", "the repository, whose jobs these are", "Clone it.")
        command = [sys.executable, "-m", f"workflow_scripts.{script}", *_options(arguments)]
        path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
        log = self.folder / "logs" / f"{script}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        with log.open("w+b") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": path} | self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=self._limit(),
            )
            killed = until is not None and _killed_at(process, until)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            said = output.read().decode(errors="replace")
        seconds = time.monotonic() - started
        return Job(seconds, held_mb(used.ru_maxrss), process.returncode, said, killed and process.returncode < 0)

    def _limit(self) -> Callable[[], None] | None:
        if self.memory_mb is None:
            return None
        import resource

        most = self.memory_mb * 2**20
        return lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))


def require_done(job: Job, what: str) -> Job:
    """The job, if it ended well; SegreproError with the last line that it said, if not."""
    if job.code:
        lines = [line.strip() for line in job.said.splitlines() if line.strip()] or ["no word"]
        raise SegreproError(what, lines[-1].removeprefix("segrepro: "), "a job that ends well", "Its log tells more.")
    return job


def _killed_at(process: subprocess.Popen, file: Path) -> bool:
    """Kill the process as soon as the file is there; False if it ended before."""
    while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        if file.exists():
            os.kill(process.pid, 9)
            return True
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return False


def _options(arguments: dict[str, object]) -> list[str]:
    options = []
    for name, value in arguments.items():
        values = value if isinstance(value, list) else [value]
        options += [f"--{name}", *(v.model_dump_json() if isinstance(v, Strict) else str(v) for v in values)]
    return options
