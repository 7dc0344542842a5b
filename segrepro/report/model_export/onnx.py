"""ONNX: the network as `model.onnx`, what it takes and gives as `model.json`, the card as `README.md`."""

import warnings
from pathlib import Path

from segrepro.report.model_export._network import CHECKED, TRACED, described, example_slices, not_exported, require_same
from segrepro.report.model_readme import model_readme
from segrepro.training.model import Model

NETWORK = "model.onnx"
OPSET = 18
USAGE = """With any runtime of ONNX: `model.json` says which slices `model.onnx` takes, how scans become such
slices, and what its output stands for.

```python
import onnxruntime
logits, = onnxruntime.InferenceSession("model.onnx").run(None, {"slices": slices})  # (N, C, H, W) float32
```"""


def write(model: Model, path: Path, folder: Path) -> None:
    """Write the files. Raises ModelError where ONNX Runtime does not compute what the network does."""
    # Before anything is computed, since an extra brings them; torch exports with the first.
    import onnx
    import onnxruntime

    _write_network(model, folder / NETWORK)
    onnx.checker.check_model(folder / NETWORK)
    session = onnxruntime.InferenceSession(folder / NETWORK, providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"slices": example_slices(model, CHECKED).numpy()})
    require_same(model, logits)
    (folder / "model.json").write_text(described(model).model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(model_readme(path, USAGE), encoding="utf-8")


def _write_network(model: Model, file: Path) -> None:
    import torch

    axes = {name: {0: "slice"} for name in ("slices", "logits")}
    with warnings.catch_warnings(action="ignore"):  # of checks of shapes, which are not traced
        try:
            # By tracing: torch.export takes twenty times as long and needs two packages more.
            torch.onnx.export(
                model.network,
                (example_slices(model, TRACED),),
                file,
                dynamo=False,
                opset_version=OPSET,
                input_names=["slices"],
                output_names=["logits"],
                dynamic_axes=axes,
            )
        except RuntimeError as error:  # SymbolicValueError and its kin are such
            raise not_exported(model, str(error).strip().splitlines()[0]) from None
