"""A folder as the Hugging Face Hub takes it: weights as safetensors, the card for programs and for people."""

from pathlib import Path

from segrepro.report.model_readme import model_readme
from segrepro.training.model import Model, copy_model


def write(model: Model, path: Path, folder: Path) -> None:
    """Copy the model, and write its page; nothing is uploaded."""
    copy_model(path, folder)
    (folder / "README.md").write_text(model_readme(path), encoding="utf-8")
