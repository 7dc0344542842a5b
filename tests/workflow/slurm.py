"""A real SLURM for tests: one node with one GPU, from Debian's slurmctld, slurmd and munge, without systemd.

All it writes lies in one temporary folder, and only processes that it started are ended. The GPU is /dev/null: SLURM
hands it out like any other, one job at a time.
"""

import getpass
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("slurmctld", "slurmd", "munged", "sbatch", "srun", "squeue")
SBIN = f"{os.environ['PATH']}:/usr/sbin:/sbin"
SECONDS_TO_START, SECONDS_TO_STOP = 30, 10
# Memory limits are enforced without cgroups: linuxproc, and OverMemoryKill sampled each second. Finished jobs are
# remembered for the whole test (MinJobAge), so that no accounting database is needed.
CONFIG = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
PlugStackConfig={folder}/plugstack.conf
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
MinJobAge=3600
KillWait=3
GresTypes=gpu
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=64000 Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes=node1 Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True)
class Cluster:
    """A running cluster. environment: that of a process which is to submit to it."""

    folder: Path
    environment: dict[str, str]

    def call(self, *command: str) -> str:
        """What a SLURM command prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout

    def jobs(self) -> list[dict[str, str]]:
        """All jobs, also finished ones, in the order of their submission, with the keys of `scontrol show job`."""
        lines = self.call("scontrol", "--oneliner", "show", "job").splitlines()
        jobs = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines if line.startswith("JobId=")]
        return sorted(jobs, key=lambda job: int(job["JobId"]))

    def jobs_of(self, rule: str) -> list[dict[str, str]]:
        """The jobs of one rule of the workflow."""
        return [job for job in self.jobs() if job["Comment"].startswith(f"rule_{rule}")]


def missing() -> str | None:
    """Why there can be no cluster here; None if there can."""
    absent = [name for name in NEEDED if not shutil.which(name, path=SBIN)]
    return f"SLURM is not installed here: no {', '.join(absent)} (.ci/run installs it)" if absent else None


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster that waits for jobs; it is stopped, with all its jobs, when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    _write_config(folder)
    environment = os.environ | {"SLURM_CONF": f"{folder}/slurm.conf", "PATH": f"{folder}/bin:{SBIN}"}
    made = Cluster(folder, environment)
    try:
        with ExitStack() as stack:
            for command in _daemons(folder):
                stack.enter_context(_daemon(command, made))
            _wait(lambda: made.call("sinfo", "-h", "-o", "%T").strip() == "idle", SECONDS_TO_START, made)
            stack.callback(_end_jobs, made)
            yield made
    finally:
        shutil.rmtree(folder)


def _write_config(folder: Path) -> None:
    folder.chmod(0o755)  # munged refuses a socket that others cannot reach
    values = {"folder": folder, "host": socket.gethostname(), "user": getpass.getuser(), "ports": _free_ports(2)}
    (folder / "slurm.conf").write_text(CONFIG.format(**values))
    # SLURM ignores a GPU without a device file, and says CUDA_VISIBLE_DEVICES only for NVIDIA's.
    (folder / "gres.conf").write_text("NodeName=node1 Name=gpu File=/dev/null Flags=nvidia_gpu_env\n")
    (folder / "cgroup.conf").write_text("ConstrainCores=no\n")
    (folder / "plugstack.conf").touch()
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    # Snakemake takes SLURM_CONF away from the step inside a job.
    (folder / "bin").mkdir()
    srun = shutil.which("srun", path=SBIN)
    (folder / "bin/srun").write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {srun} "$@"\n')
    (folder / "bin/srun").chmod(0o755)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(closing(socket.socket())) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _daemons(folder: Path) -> list[list[str]]:
    names = {"key-file": "munge.key", "socket": "munge.sock", "pid-file": "munged.pid"}
    names |= {"log-file": "munged.log", "seed-file": "munge.seed"}
    munged = ["munged", "--foreground", "--force", *(f"--{name}={folder / file}" for name, file in names.items())]
    return [munged, ["slurmctld", "-D"], ["slurmd", "-D", "-N", "node1"]]


@contextmanager
def _daemon(command: list[str], made: Cluster) -> Iterator[None]:
    with (made.folder / f"{command[0]}.out").open("w") as output:
        process = subprocess.Popen(command, env=made.environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_jobs(made: Cluster) -> None:
    made.call("scancel", "--user", getpass.getuser())
    _wait(lambda: not made.call("squeue", "-h").strip(), SECONDS_TO_STOP, made)


def _wait(ready, seconds: float, made: Cluster) -> None:
    """Ask until it is so; a SLURM command that fails counts as not yet."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if ready():
                return
        except subprocess.CalledProcessError:
            pass
        time.sleep(0.2)
    logs = "\n".join(f"{path}:\n{path.read_text()[-2000:]}" for path in made.folder.glob("*.log"))
    raise TimeoutError(f"the test cluster is not ready after {seconds} s\n{logs}")
