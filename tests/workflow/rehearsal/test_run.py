"""One experiment of each study, narrow and on small replicas, from the replica to the report."""

import pytest

from segrepro.workflow.config.config import load_config
from segrepro.workflow.rehearsal.rehearsed import FOLDER, read_rehearsed
from segrepro.workflow.rehearsal.run import rehearse_config

pytestmark = pytest.mark.workflow
SIZE = {"size": [32, 32]}
NARROW = {"network_options": {"base_width": 4}}
SHRINK = 16  # SSIM needs 11 pixels
SMALL = {
    ("xnet", "xnet"): {"preparation": SIZE | {"start": None}},
    ("pseudo_dwi", "unet_all"): {"preparation": SIZE},
    ("wmh", "fcn"): {"preparation": SIZE},
    ("scse", "scse_mr"): {"datasets": {"chaos_mr": {"preparation": SIZE | {"resize": [32, 32]}}}},
    ("hlenet", "hlenet"): {"preparation": SIZE | {"resize": [32, 32]}},
}


@pytest.mark.parametrize(("study", "experiment"), SMALL)
def test_an_experiment_trains_is_killed_goes_on_predicts_and_is_scored(tmp_path, study, experiment):
    overrides = {study: SMALL[study, experiment] | NARROW}
    settings = {"studies": study, "experiments": [experiment], "work": str(tmp_path), "overrides": overrides}
    config = load_config({"scale": "paper", "device": "cpu"} | settings)
    text = rehearse_config(config, shrink=SHRINK).read_text()
    found = {one.experiment: one for one in read_rehearsed(tmp_path / FOLDER)}
    one = found[experiment]
    assert f"| {study} {experiment} |" in text
    assert one.steps == 3
    assert 1 <= one.resumed_at <= 3
    assert min(one.step_seconds, one.predict_seconds, one.score_seconds, one.preparing.seconds) > 0
    assert one.train_mb > 100
    assert one.checkpoint_bytes > one.model_bytes / 2 > 0
    assert (one.gpu_mb, one.micro_batch_size) == (None, None)
    assert rehearse_config(config, shrink=SHRINK).read_text() == text  # nothing is rehearsed twice
