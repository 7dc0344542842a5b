"""evidence.json: digests of everything, settings in their order, one error for what is not whole."""

import json

import pytest

from segrepro.report.evidence.record import LOCK_FILE, read_evidence
from segrepro.utils.errors import DataError
from segrepro.utils.files import file_sha256
from segrepro.utils.provenance import commit
from segrepro.workflow.plan.report_settings import table_settings
from tests.report.evidence.small_study import plan_in


def test_every_file_of_the_results_has_its_digest(made):
    evidence = read_evidence(made)
    files = {path.relative_to(made).as_posix(): file_sha256(path) for path in made.rglob("*") if path.is_file()}
    del files["evidence.json"]
    assert evidence.files == files
    assert {"tables/scores.csv", "predictions.zip", "unet/fold0/model.safetensors", "unet/fold1/model.json"} <= {*files}


def test_it_says_by_which_code_and_packages_and_from_which_scans(made):
    evidence = read_evidence(made)
    assert evidence.provenance["commit"] == commit()
    assert evidence.lock_sha256 == file_sha256(LOCK_FILE)
    (dataset,) = plan_in(made.parents[1]).datasets
    assert [*evidence.datasets] == [dataset]
    source = json.loads((made.parents[1] / f"work/datasets/{dataset}/source.json").read_text())
    assert evidence.contents == {dataset: source["contents"]}


def test_settings_keep_the_order_of_the_study(made, opened):
    plan = plan_in(made.parents[1])
    assert opened.settings.tables == table_settings(plan, "xnet")
    assert [*opened.settings.tables.tables] == [*plan.studies["xnet"].tables]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda content: content.pop("files"), "files"),
        (lambda content: content.update(more=1), "more"),
        (lambda content: content.update(runs=3), "runs"),
    ],
)
def test_what_is_not_whole_is_named_by_its_key(copied, change, where):
    path = copied / "evidence.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(DataError) as caught:
        read_evidence(copied)
    assert caught.value.where.removesuffix(f".{where}").startswith(str(path))


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_text_that_is_none_is_one_error(copied, text):
    (copied / "evidence.json").write_text(text)
    with pytest.raises(DataError) as caught:
        read_evidence(copied)
    assert caught.value.where == str(copied / "evidence.json")
