"""The rules as Snakemake reads them: what each has, and whether its conda environment suffices."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from segrepro.utils.repository import REPOSITORY
from tests.workflow.imports import packages_of

# A script has the name of its rule.
SCRIPTS = sorted({path.stem for path in (REPOSITORY / "workflow_scripts").glob("*.py")} - {"__init__"})
# The distribution of each package that is called otherwise, or comes with another.
DISTRIBUTIONS = {
    "cv2": "opencv-python-headless",
    "yaml": "pyyaml",
    "SimpleITK": "simpleitk",
    "markupsafe": "jinja2",
    "skimage": "scikit-image",
    "PIL": "pillow",
}
# What the walk finds and no job of the rule imports: on Windows there is no workflow, MLflow is for those who track
# with it, and a replica of weights is no data set.
NOT_IMPORTED = {"portalocker", "mlflow"}
NOT_IMPORTED_BY = {"fetch_dataset": {"torch"}}


@pytest.fixture(scope="module")
def rules() -> dict[str, dict]:
    """What Snakemake knows of each rule with a job."""
    command = [sys.executable, "-m", "tests.workflow.read_rules"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def installed(environment: str) -> set[str]:
    content = yaml.safe_load((REPOSITORY / "envs" / environment).read_text())
    (pins,) = [item["pip"] for item in content["dependencies"] if isinstance(item, dict)]
    return {pin.partition("==")[0] for pin in pins}


def test_every_script_has_its_rule(rules):
    assert sorted(rules) == SCRIPTS


@pytest.mark.parametrize("rule", SCRIPTS)
def test_a_rule_its_script_and_its_log_have_one_name(rules, rule):
    found = rules[rule]
    assert found["shell"].startswith(f"python -m workflow_scripts.{rule} ")
    assert found["log"].startswith(f"logs/{rule}")
    assert found["benchmark"].startswith(f"logs/benchmarks/{rule}")


@pytest.mark.parametrize("rule", SCRIPTS)
def test_a_rule_says_what_it_does(rules, rule):
    assert rules[rule]["message"] not in ("", "None")


@pytest.mark.parametrize("rule", SCRIPTS)
@pytest.mark.parametrize("need", ["mem_mb", "runtime"])
def test_a_rule_asks_for_twice_as_much_at_its_second_attempt(rules, rule, need):
    first, second = rules[rule][need]
    assert second == 2 * first > 0


def needed(rule: str) -> set[str]:
    """The distributions that a rule's script may import."""
    found = {DISTRIBUTIONS.get(package, package) for package in packages_of(rule)}
    return found - NOT_IMPORTED - NOT_IMPORTED_BY.get(rule, set())


@pytest.mark.parametrize("rule", SCRIPTS)
def test_the_conda_environment_of_a_rule_has_all_that_its_script_imports(rules, rule):
    assert needed(rule) <= installed(rules[rule]["environment"])


@pytest.mark.parametrize("environment", sorted(path.name for path in REPOSITORY.glob("envs/*.yaml")))
def test_a_conda_environment_has_nothing_that_no_script_of_its_rules_imports(rules, environment):
    users = [rule for rule in SCRIPTS if rules[rule]["environment"] == environment]
    assert installed(environment) <= set().union(*map(needed, users))


@pytest.mark.parametrize(
    ("script", "package"),
    [
        ("extract_features", "diplib"),
        ("prepare_cases", "pydicom"),
        ("draw_figures", "torch"),
    ],
)
def test_the_walk_finds_what_is_imported_late_or_by_name(script, package):
    assert package in packages_of(script)


def test_the_slurm_profile_names_every_rule_that_asks_for_a_gpu(rules):
    with_gpu = [rule for rule, found in rules.items() if found["asks_for_a_gpu"]]
    assert len(with_gpu) >= 3
    profile = (REPOSITORY / "profiles/slurm/config.yaml").read_text()
    assert [rule for rule in with_gpu if f"\n#   {rule}:\n" not in profile] == []


def test_a_training_gets_its_gpus_as_far_as_there_are_so_many(tmp_path):
    tool = tmp_path / "bin/nvidia-smi"
    tool.parent.mkdir()
    tool.touch(0o755)
    (tmp_path / "config.yaml").write_text((REPOSITORY / "config.yaml").read_text())
    command = [Path(sys.executable).parent / "snakemake", "--snakefile", REPOSITORY / "Snakefile", "--cores", "8"]
    command += ["--resources", "gpu=2", "-n", "-p", "--config", "studies=xnet", 'experiments=["xnet","unet"]']
    several = {"xnet": {"gpus": 4}, "unet": {"gpus": 1}}
    command += ["overrides=" + json.dumps({"xnet": {"experiments": several}})]
    environment = os.environ | {"PATH": f"{tool.parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=True)
    jobs = re.findall(r"work/runs/(xnet|unet)-\w+/fold0 --gpus (\d)", done.stdout + done.stderr)
    assert dict(jobs) == {"xnet": "2", "unet": "1"}
