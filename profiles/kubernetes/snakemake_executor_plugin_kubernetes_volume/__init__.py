"""Snakemake's plugin for Kubernetes, for pods that share a volume: `executor: kubernetes-volume`.

The plugin takes it that pods share no disk, and would carry in and out only the files that rules name; jobs of segrepro
read others too (arrays, checkpoints, scans). Its options are called `--kubernetes-volume-...` here. Snakemake finds
this package when the folder that it lies in is in PYTHONPATH.
"""

import shlex
from dataclasses import replace

import snakemake_executor_plugin_kubernetes as plugin
from snakemake_executor_plugin_kubernetes import ExecutorSettings

__all__ = ["Executor", "ExecutorSettings", "common_settings"]

common_settings = replace(
    plugin.common_settings,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    pass_default_storage_provider_args=False,
    auto_deploy_default_storage_provider=False,
)


class Executor(plugin.Executor):
    """Jobs run in the folder that snakemake was started in, not in an empty one of the pod."""

    def get_job_exec_prefix(self, job) -> str:
        return f"cd {shlex.quote(self.workflow.workdir_init)}"
