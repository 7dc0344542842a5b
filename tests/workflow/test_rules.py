"""The rules as they are written: what each must have, and whether its conda environment suffices."""

import re

import pytest
import yaml

from segrepro.utils.repository import REPOSITORY
from tests.workflow.imports import packages_of

TEXTS = [path.read_text() for path in sorted((REPOSITORY / "rules").glob("*.smk"))]
RULES = {
    name: text for all_rules in TEXTS for name, text in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)*)", all_rules, re.M)
}
# The distribution of each package that is called otherwise, or comes with another.
DISTRIBUTIONS = {"cv2": "opencv-python-headless", "yaml": "pyyaml", "markupsafe": "jinja2"}


def script_of(rule: str) -> str:
    return re.search(r"workflow_scripts\.(\w+)", RULES[rule]).group(1)


def installed(environment: str) -> set[str]:
    content = yaml.safe_load((REPOSITORY / "envs" / environment).read_text())
    (pins,) = [item["pip"] for item in content["dependencies"] if isinstance(item, dict)]
    return {pin.partition("==")[0] for pin in pins}


def test_every_script_has_its_rule():
    scripts = {path.stem for path in (REPOSITORY / "workflow_scripts").glob("*.py")} - {"__init__"}
    assert {script_of(rule) for rule in RULES} == scripts


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_says_what_it_does_where_it_logs_and_what_it_needs(rule):
    found = set(re.findall(r"^    (\w+):", RULES[rule], re.M))
    assert {"output", "message", "log", "benchmark", "conda", "threads", "resources", "shell"} <= found


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_asks_for_more_memory_and_time_at_each_attempt(rule):
    growing = re.findall(r"^        (\w+)=lambda wildcards, attempt: [1-9]\d* \* attempt,$", RULES[rule], re.M)
    assert sorted(growing) == ["mem_mb", "runtime"]


@pytest.mark.parametrize("rule", RULES)
def test_the_conda_environment_of_a_rule_has_all_that_its_script_imports(rule):
    (environment,) = re.findall(r"envs/(\w+\.yaml)", RULES[rule])
    needed = {DISTRIBUTIONS.get(package, package) for package in packages_of(script_of(rule))}
    assert needed <= installed(environment)


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
