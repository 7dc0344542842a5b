"""A stand-in for Kubernetes: its API as Snakemake's plugin calls it; a pod is a process in a folder of its own.

A pod's process has nothing of the test's environment, and of the disk what this machine has: the volume lies where it
says.
"""

import json
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Body = dict[str, Any]
OUT_OF_MEMORY = 137


@dataclass
class Pod:
    """A job as it was asked for, and its process."""

    job: Body
    process: subprocess.Popen
    folder: tempfile.TemporaryDirectory

    @property
    def container(self) -> Body:
        return self.job["spec"]["template"]["spec"]["containers"][0]

    @property
    def rule(self) -> str:
        """The rule that it runs."""
        return re.findall(r"--allowed-rules (\w+)", self.container["args"][1])[0]


@dataclass
class Cluster:
    """All pods that were asked for, by their jobs' names, in that order.

    started: called with each pod that was started.
    """

    started: Callable[[Pod], None] = lambda pod: None
    pods: dict[str, Pod] = field(default_factory=dict)

    def start(self, job: Body) -> Body:
        spec = job["spec"]["template"]["spec"]["containers"][0]
        folder = tempfile.TemporaryDirectory()
        with (Path(folder.name) / "log").open("w") as log:
            process = subprocess.Popen(
                [*spec["command"], *spec["args"]],
                cwd=folder.name,
                env={"PATH": "/usr/bin:/bin", "HOME": folder.name, "OMP_NUM_THREADS": "1"},
                stdout=log,
                stderr=log,
            )
        self.pods[job["metadata"]["name"]] = pod = Pod(job, process, folder)
        self.started(pod)
        return job

    def status(self, name: str) -> Body:
        code = self.pods[name].process.poll()
        return self.pods[name].job | {"status": {"succeeded": int(code == 0), "failed": int(code not in (None, 0))}}

    def listed(self, name: str) -> Body:
        code = self.pods[name].process.poll()
        state = {"running": {}} if code is None else {"terminated": {"exitCode": abs(code)}}
        status = {"name": "snakemake", "state": state, "image": "i", "imageID": "i", "ready": True, "restartCount": 0}
        return {"items": [{"metadata": {"name": name}, "status": {"containerStatuses": [status]}}]}

    def log(self, name: str) -> str:
        return (Path(self.pods[name].folder.name) / "log").read_text()


def _answer(cluster: Cluster, method: str, path: str, body: Body | None) -> Body | str:
    """What the API answers to a call."""
    path, _, query = path.partition("?")
    kind = "/".join(path.split("/namespaces/default/")[1].split("/")[::2])
    name = path.rpartition(f"{kind.partition('/')[0]}/")[2].partition("/")[0]
    match method, kind:
        case "POST", "jobs":
            return cluster.start(body)
        case "GET", "jobs" | "jobs/status":
            return cluster.status(name)
        case "GET", "pods":
            return cluster.listed(re.findall(r"job-name%3D([\w-]+)", query)[0])
        case "GET", "pods/log":
            return cluster.log(name)
        case _:  # secrets, and what is deleted
            return body or {"kind": "Status", "status": "Success"}


@contextmanager
def kubernetes(cluster: Cluster, folder: Path) -> Iterator[Path]:
    """Serve a cluster on this machine; the file that KUBECONFIG has to name."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = _answer(cluster, self.command, self.path, json.loads(sent) if sent else None)
            content = (found if isinstance(found, str) else json.dumps(found)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain" if isinstance(found, str) else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815

        def log_message(self, *words: object) -> None:
            """Nothing is said."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    named = {
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    (folder / "kubeconfig").write_text(json.dumps(named | {"apiVersion": "v1", "kind": "Config"}))
    try:
        yield folder / "kubeconfig"
    finally:
        server.shutdown()
        for pod in cluster.pods.values():
            pod.process.kill()
            pod.process.wait()
            pod.folder.cleanup()
