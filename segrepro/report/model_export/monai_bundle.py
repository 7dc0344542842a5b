"""A MONAI bundle: the network as TorchScript, metadata that MONAI verifies, an inference that its command runs.

MONAI and its tools find the network and its format where they expect them; scans are prepared, and masks brought back
to their grid, by segrepro, so that a bundle gives the masks that `segrepro predict` gives.
"""

import json
from pathlib import Path

import numpy as np

import segrepro
from segrepro.datasets.case import Case
from segrepro.images.io import write_image
from segrepro.inference.ensemble import segment
from segrepro.inference.predictor import Predictor
from segrepro.report.model_export._network import described, traced
from segrepro.report.model_readme import model_readme
from segrepro.training.model import CARD, Model, read_card
from segrepro.training.model_card import LICENCE, ModelCard
from segrepro.utils.devices import choose_device

SCHEMA = "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json"
MONAI_VERSION = "1.4.0"  # the first with this schema
NETWORK = "models/model.ts"
USAGE = """In the folder of the bundle, once `pip install 'monai[fire]' segrepro` is done:

```
python -m monai.bundle run --config_file configs/inference.json \\
  --images "{'MODALITY': 'scan.nii.gz'}" --output mask.nii.gz
```"""
INFERENCE = {
    "bundle_root": ".",
    "device": "auto",
    "images": {"MODALITY": "scan.nii.gz"},
    "output": "mask.nii.gz",
    "network": {"_target_": "torch.jit.load", "f": f"$@bundle_root + '/{NETWORK}'", "map_location": "cpu"},
    "run": [
        {
            "_target_": "segrepro.report.model_export.monai_bundle.segment_scan",
            "network": "@network",
            "card": f"$@bundle_root + '/models/{CARD}'",
            "images": "@images",
            "output": "@output",
            "device": "@device",
        }
    ],
}


def write(model: Model, path: Path, folder: Path) -> None:
    """Write the bundle. Raises ModelError for a network that cannot be traced."""
    for name in ("configs", "models", "docs"):
        (folder / name).mkdir()
    traced(model).save(folder / NETWORK)
    _write_json(folder / "models" / CARD, model.card.model_dump(mode="json"))
    _write_json(folder / "configs/metadata.json", _metadata(model))
    example = {modality: f"{modality}.nii.gz" for modality in model.card.modalities}
    _write_json(folder / "configs/inference.json", INFERENCE | {"images": example})
    usage = USAGE.replace("{'MODALITY': 'scan.nii.gz'}", str(example))
    (folder / "docs/README.md").write_text(model_readme(path, usage), encoding="utf-8")
    (folder / "LICENSE").write_text(f"{LICENCE}\nhttps://www.apache.org/licenses/LICENSE-2.0\n", encoding="utf-8")


def segment_scan(
    network, card: str | Path, images: dict[str, str], output: str | Path, device: str = "auto"
) -> dict[str, int]:
    """What the bundle runs: a mask of the scan, on its own grid. Returns the number of voxels of each label.

    network: TorchScript, or any module that gives the model's logits. images: modality to file, first the one whose
    grid counts.
    """
    described_as = read_card(Path(card))
    ordered = {modality: Path(images[modality]) for modality in described_as.modalities}
    predictor = Predictor([Model(network, described_as, described_as.checkpoint)], choose_device(device))
    found = segment(Case("scan", "", "", ordered), predictor)
    write_image(output, found.labels, np.array(found.record.affine))
    return found.voxels


def _metadata(model: Model) -> dict:
    import torch

    card, known = model.card, described(model)
    shape = {"spatial_shape": list(known.size), "dtype": "float32", "is_patch_data": False}
    given = {"type": "image", "format": "magnitude", "num_channels": card.in_channels, "value_range": [0, 1]}
    made = {"type": "logits", "format": "segmentation", "num_channels": card.out_channels, "value_range": []}
    return {
        "schema": SCHEMA,
        "version": segrepro.__version__,
        "changelog": {segrepro.__version__: "exported by segrepro"},
        "monai_version": MONAI_VERSION,
        "pytorch_version": torch.__version__,
        "numpy_version": np.__version__,
        "required_packages_version": {"segrepro": segrepro.__version__},
        "name": f"{card.study} {card.name}",
        "task": f"Segmentation of {', '.join(known.labels.values())} on {', '.join(card.modalities)}",
        "description": f"{card.network} of the study {card.study}, trained from seed {card.seed}, fold {card.fold}.",
        "authors": "the authors of segrepro",
        "copyright": LICENCE,
        "data_source": f"{card.dataset.title}. {card.dataset.access}",
        "intended_use": "Research, not care; docs/README.md has scores and limits.",
        "network_data_format": {
            "inputs": {"image": given | shape | {"channel_def": _numbered(_input_names(card))}},
            "outputs": {"pred": made | shape | {"channel_def": _numbered(known.outputs)}},
        },
    }


def _input_names(card: ModelCard) -> list[str]:
    """The names of a network's channels; with neighbours every channel as often as there are slices."""
    return [name for name in card.channels for _ in range(2 * card.neighbours + 1)]


def _numbered(names: list[str]) -> dict[str, str]:
    return {str(number): name for number, name in enumerate(names)}


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
