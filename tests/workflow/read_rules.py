"""Prints, as JSON, what Snakemake knows of each rule with a job once it has read the Snakefile.

A program of its own, since reading the Snakefile changes the environment.
"""

import json
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.rules import Rule
from snakemake.settings.types import OutputSettings, Quietness, ResourceSettings

from segrepro.utils.repository import REPOSITORY


def described(rule: Rule) -> dict:
    """Its parts as text; memory and time at the first two attempts."""
    grown = {
        name: [rule.resources[name].evaluate(None, attempt=attempt).value for attempt in (1, 2)]
        for name in ("mem_mb", "runtime")
    }
    texts = {"log": rule.log[0], "benchmark": rule.benchmark, "message": rule.message, "shell": rule.shellcmd}
    facts = {"environment": Path(str(rule.conda_env)).name, "asks_for_a_gpu": "gpu" in rule.resources}
    return grown | {name: str(text) for name, text in texts.items()} | facts


def main() -> None:
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        settings = ResourceSettings(cores=1)
        rules = api.workflow(resource_settings=settings, snakefile=REPOSITORY / "Snakefile")._workflow.rules
        print(json.dumps({rule.name: described(rule) for rule in rules if rule.shellcmd}))


if __name__ == "__main__":
    main()
