"""`segrepro export` and `segrepro card`."""

import pytest

from tests.models import write_model


def test_a_model_becomes_a_folder_that_predict_takes(call, tmp_path):
    write_model(tmp_path / "model")
    code, out, _ = call("export", "model", "--to", "huggingface", "-o", "out")
    assert (code, out) == (0, "out\n")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"README.md", "model.json", "model.safetensors"}
    code, out, _ = call("info", "--model", "out")
    assert code == 0


@pytest.mark.parametrize(
    ("words", "where"),
    [(("--to", "tflite", "-o", "out"), "--to"), (("--to", "huggingface", "-o", "model"), "--output")],
)
def test_another_format_and_a_full_folder_are_refused(call, tmp_path, words, where):
    write_model(tmp_path / "model")
    before = sorted(tmp_path.rglob("*"))
    code, out, err = call("export", "model", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"segrepro: {where}: ")
    assert sorted(tmp_path.rglob("*")) == before


def test_the_card_is_a_page(call, tmp_path):
    write_model(tmp_path / "model")
    code, out, _ = call("card", "model")
    assert code == 0
    assert [line for line in out.splitlines() if line.startswith("## ")] == [
        "## Intended use", "## What it is", "## Scores", "## Limits", "## Licence",
    ]  # fmt: skip
