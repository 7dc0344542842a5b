"""What docs/add-a-dataset.md says is run as it stands there."""

import doctest
import re

import numpy as np
import pytest
import yaml

from segrepro.datasets import layouts, open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.images.io import write_image
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.scans import affine_of, write_slices

DOCUMENT = REPOSITORY / "docs" / "add-a-dataset.md"


def block(language):
    return re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL).group(1)


@pytest.fixture
def lesions(tmp_path, monkeypatch):
    write_slices(tmp_path / "lesions", ["patient7", "patient8"])
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("lesions")
def test_the_sessions_run_as_shown():
    shown = "\n".join(re.findall(r"```\n(>>> .*?)```", DOCUMENT.read_text(), re.DOTALL))
    session = doctest.DocTestParser().get_doctest(shown, {}, DOCUMENT.name, str(DOCUMENT), 0)
    assert len(session.examples) == 11
    assert doctest.DocTestRunner().run(session).failed == 0


@pytest.mark.usefixtures("lesions")
def test_the_configuration_is_accepted():
    overrides = yaml.safe_load(block("yaml"))["overrides"]
    plan = make_plan(load_config({"studies": "xnet", "scale": "paper", "data": "lesions", "overrides": overrides}))
    assert {dataset.spec.layout for dataset in plan.datasets.values()} == {"slices"}


def test_the_layout_reads_its_folder(tmp_path, monkeypatch):
    (tmp_path / "visits.py").write_text(block("python"))
    monkeypatch.setattr(layouts, "__path__", [*layouts.__path__, str(tmp_path)])
    rng, folder = np.random.default_rng(0), tmp_path / "data"
    for visit in ("p1/v1", "p1/v2", "p2/v1"):
        write_image(folder / visit / "flair.nii.gz", rng.normal(size=(6, 5, 4)).astype(np.float32), affine_of())
        write_image(folder / visit / "lesion.nii.gz", rng.integers(0, 3, (6, 5, 4), dtype=np.uint8), affine_of())
    dataset = open_dataset("visits", folder)
    assert check_dataset(dataset) == []
    assert [(case.id, case.patient) for case in dataset.cases] == [("p1-v1", "p1"), ("p1-v2", "p1"), ("p2-v1", "p2")]
    (folder / "p1/v2/lesion.nii.gz").unlink()
    assert [fault.found for fault in check_dataset(open_dataset("visits", folder))] == ["no label beside it"]
