"""What an experiment says reaches its training and scoring."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from segrepro.evaluation.metrics import segmentation_metrics
from segrepro.utils.repository import REPOSITORY
from tests.workflow.config.plans import plan, unsound

ATLAS_WITH_RIM = {
    "title": "ATLAS with a rim",
    "layout": "atlas",
    "access": "mine",
    "ignore_label": 2,
    "phantom": {"patients": 24},
}


ENVIRONMENT = os.environ | {"PYTHONPATH": str(REPOSITORY)}


def test_rules_for_empty_masks_by_measure_reach_the_scores():
    import yaml

    text = (REPOSITORY / "docs/configuration.md").read_text().split("### Empty masks")[1]
    made = plan(studies="xnet", **yaml.safe_load(text.split("```yaml")[1].split("```")[0]))
    (settings,) = {json.dumps(made.evaluation_settings(run).empty) for run in made.all_runs}
    empty, whole = np.zeros((4, 4), bool), np.ones((4, 4), bool)
    assert segmentation_metrics(empty, empty, (1, 1), empty=json.loads(settings))["dice"] == 1
    scores = segmentation_metrics(empty, whole, (1, 1), empty=json.loads(settings))
    assert scores["dice"] == 0
    assert np.isnan(scores["hd95_mm"])


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"loss": "dice_ce"}, "the loss dice_ce; expected pixel_sum_ce with loss_options: {ignore_index: 255}"),
        ({"loss": "pixel_sum_ce"}, "the loss pixel_sum_ce"),
        ({"loss": "pixel_sum_ce", "loss_options": {"ignore_index": 255}}, None),
    ],
)
def test_what_is_not_learned_is_left_out_of_the_loss(spec, words):
    two = {"datasets": {"b": ATLAS_WITH_RIM}, "experiments": {"unet_fsm": {"dataset": "b"} | spec}}
    if words is None:
        assert plan(studies="xnet", overrides={"xnet": two})
    else:
        message = unsound(**two)
        assert message.startswith("config.yaml: overrides.xnet.experiments.unet_fsm: "), message
        assert words in message
        assert "\n" not in message


def test_planning_looks_at_a_network_of_ones_own_without_torch(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("import torch\n\nclass Net(torch.nn.Module):\n    pass\n")
    (tmp_path / "broken.py").write_text("class Net(:\n")
    monkeypatch.chdir(tmp_path)
    code = (
        "import sys; from tests.workflow.config.test_config import plan\n"
        "for name in ('mine:Net', 'mine:Nett', 'broken:Net'):\n"
        "    try: plan(studies='xnet', overrides={'xnet': {'experiments': {'xnet': {'network': name}}}})\n"
        "    except Exception as error: print(error)\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    assert [words in line for words, line in zip(("Did you mean Net?", "broken.py"), done.stdout.splitlines())] == [
        True
    ] * 2
