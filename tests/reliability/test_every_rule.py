"""Each rule is killed, meets a full disk, and finds its output damaged or removed; the command is repeated."""

import shutil

import pytest

from segrepro.workflow.monitor.run_files import read_run
from tests.reliability import workflow
from tests.reliability.test_damaged_files import flip_a_byte

pytestmark = pytest.mark.workflow
# tests/datasets/download has the faults of the network, tests/training/test_nnunet.py a training that is killed; a
# rehearsal is no part of a run.
ELSEWHERE = {"fetch_weights", "plan_nnunet", "train_nnunet", "predict_nnunet", "rehearsal"}
RULES = sorted(set(workflow.RULES) - ELSEWHERE)


def outputs_by_rule(folder):
    return {job.rule: folder / job.output for job in read_run(folder).jobs}


def planned(text):
    """The rules of the table of jobs that `-n --quiet rules` prints."""
    return {line.split()[0] for line in text.splitlines() if len(line.split()) == 2 and line.split()[1].isdigit()}


def test_every_rule_has_a_job(every_rule):
    assert sorted(outputs_by_rule(every_rule)) == RULES


@pytest.mark.parametrize(("fault", "said"), [("kill", "Killed"), ("full disk", "found no space left on device")])
def test_every_job_that_fails_once_is_done_by_the_same_command(every_rule, tmp_path, fault, said):
    faults = tmp_path / "faults"
    faults.mkdir()
    for rule in RULES:
        (faults / rule).write_text(fault)
    injected = workflow.REPOSITORY / "tests/reliability/injected"
    environment = {"SEGREPRO_TEST_FAULTS": str(faults), "PYTHONPATH": str(injected)}
    folder, code, texts = workflow.new_folder(tmp_path / "run"), 1, []
    while code and len(texts) < len(RULES):
        code, text = workflow.run(folder, "--keep-going", study=workflow.EVERY_RULE, environment=environment)
        texts.append(text)
    assert code == 0, texts[-1]
    assert not list(faults.iterdir())
    assert "Traceback" not in "".join(texts)
    assert said in "".join(texts)
    assert workflow.outputs(folder) == workflow.outputs(every_rule)
    assert not workflow.remnants(folder)


@pytest.mark.parametrize("rule", RULES)
def test_the_damaged_output_of_each_rule_is_in_the_next_plan(every_rule, tmp_path, rule):
    folder = shutil.copytree(every_rule, tmp_path / "run")
    output = outputs_by_rule(folder)[rule]
    flip_a_byte(output)
    code, text = workflow.run(folder, "-n", "--quiet", "rules", study=workflow.EVERY_RULE)
    assert code == 0, text
    assert f"{output.relative_to(folder)}: found other content" in workflow.one_line(text)
    assert rule in planned(text)


@pytest.mark.parametrize("damage", [flip_a_byte, lambda path: path.unlink()])
def test_outputs_of_all_rules_are_made_anew(every_rule, tmp_path, damage):
    folder = shutil.copytree(every_rule, tmp_path / "run")
    for output in outputs_by_rule(folder).values():
        damage(output)
    code, text = workflow.run(folder, study=workflow.EVERY_RULE)
    assert code == 0, text
    assert sorted({job.rule for job in read_run(folder).jobs if job.needed}) == RULES
    assert workflow.outputs(folder) == workflow.outputs(every_rule)
