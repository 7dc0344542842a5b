"""The models in the results are those that are scored."""

import pytest
import torch
from safetensors.torch import load_file

from segrepro.networks import build_network
from segrepro.training.model import CARD, WEIGHTS, load_model
from segrepro.utils.csv_files import read_csv
from segrepro.utils.errors import ModelError
from tests.models import save
from workflow_scripts.publish_models import main


@pytest.fixture
def networks():
    return [build_network("unet", 1, 1, base_width=4) for _ in range(2)]


@pytest.mark.parametrize(("protocol", "scored"), [("published", "last"), ("clean", "best")])
def test_the_scored_checkpoint_is_published_and_nothing_else(tmp_path, networks, protocol, scored):
    run, results = tmp_path / "run", tmp_path / "results"
    for fold in range(2):
        save(run / f"fold{fold}", *networks, fold=fold, protocol=protocol, checkpoint=scored)
    main([run / f"fold{fold}" / CARD for fold in range(2)], results / "models.csv")
    assert read_csv(results / "models.csv")["model"].tolist() == [f"fold{n}/{WEIGHTS[scored]}" for n in range(2)]
    assert sorted(path.name for path in (results / "fold1").iterdir()) == sorted([CARD, WEIGHTS[scored]])
    found = load_model(results / "fold0").network.state_dict()
    expected = load_file(run / "fold0" / WEIGHTS[scored])
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_weights_published_under_another_protocol_before_do_not_stay(tmp_path, networks):
    for scored in ("best", "last"):
        save(tmp_path / "run", *networks, checkpoint=scored)
        main([tmp_path / "run" / CARD], tmp_path / "results/models.csv")
    assert not (tmp_path / "results/fold0" / WEIGHTS["best"]).exists()


def test_a_damaged_model_is_not_published(tmp_path, networks):
    save(tmp_path / "run", *networks)
    (tmp_path / "run" / WEIGHTS["best"]).write_bytes(b"")
    with pytest.raises(ModelError):
        main([tmp_path / "run" / CARD], tmp_path / "results/models.csv")
    assert not (tmp_path / "results/models.csv").exists()
