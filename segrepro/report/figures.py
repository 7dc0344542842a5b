"""A study's figures: contours on example cases, learning curves."""

import json
from pathlib import Path

import numpy as np

from segrepro.files import whole_file
from segrepro.report.style import PREDICTION, TRUTH, figure_style, save_figure
from segrepro.report.tables import shown_weights
from segrepro.stages import read_csv


def draw_figures(
    settings: dict, scores: list[Path], histories: list[Path], predictions: list[Path], output: Path
) -> None:
    """Write every figure of the study as PNG and SVG into `output`, and figures.json that lists them."""
    import pandas as pd

    del scores  # an input only so that figures are drawn after scoring
    output.mkdir(parents=True, exist_ok=True)
    cards = [json.loads((path.parent / "model.json").read_text()) for path in predictions]
    masks = pd.concat([read_csv(path).assign(run=card["name"]) for path, card in zip(predictions, cards)])
    curves = pd.concat([pd.read_csv(path).assign(run=card["name"]) for path, card in zip(histories, cards)])
    drawn = []
    with figure_style():
        for name, spec in settings["figures"].items():
            runs = [run for run in settings["runs"] if run["experiment"] in spec["experiments"]]
            if not runs:
                continue
            caption = (
                _contours(runs, masks, spec["cases"], output / name)
                if spec["kind"] == "contours"
                else (_learning_curves(runs, curves, output / name))
            )
            drawn.append({"name": name, "title": spec["title"], "caption": caption})
    with whole_file(output / "figures.json") as partial:
        partial.write_text(json.dumps({"study": settings["study"], "figures": drawn}, indent=2) + "\n")


def _learning_curves(runs: list[dict], curves, stem: Path) -> str:
    """Training and validation loss a round, mean over folds."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharex=True)
    for axis, column, title in zip(axes, ("train_loss", "validation_dice"), ("Training loss", "Validation Dice")):
        for run in runs:
            mean = curves[curves["run"] == run["name"]].groupby("round")[column].mean()
            axis.plot(mean.index + 1, mean.to_numpy(), label=run["name"], marker="o", markersize=3)
        axis.set(xlabel="round", ylabel=title)
    axes[1].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    save_figure(figure, stem)
    return "Mean over folds. A round is an epoch or the steps between two validations."


def _contours(runs: list[dict], masks, count: int, stem: Path) -> str:
    """Cases in rows, from small to large label; the scan, then each run's contour beside the truth's."""
    import matplotlib.pyplot as plt

    rows = _examples(masks[masks["run"] == runs[0]["name"]], count)
    figure, axes = plt.subplots(
        len(rows), 1 + len(runs), figsize=(1.9 * (1 + len(runs)), 2.3 * len(rows)), squeeze=False
    )
    for line, (case, scan, truth, view) in zip(axes, rows):
        window = np.percentile(scan, (1, 99.5))
        for axis, run in zip(line, [None, *runs]):
            axis.imshow(scan, cmap="gray", vmin=window[0], vmax=window[1], aspect=view["aspect"])
            axis.set(xticks=[], yticks=[])
            if truth.any():
                axis.contour(truth, [0.5], colors=TRUTH, linewidths=1.0)
            if run is not None:
                _draw_prediction(axis, masks, run, case, view)
        line[0].set_ylabel(case, fontsize=7)
    for axis, name in zip(axes[0], ["scan and truth", *(run["name"] for run in runs)]):
        axis.set_title(name, fontsize=8)
    figure.tight_layout(pad=0.3)
    save_figure(figure, stem)
    return "Yellow: truth; blue: prediction. Held-out cases from small to large label; left of the picture is left."


def _draw_prediction(axis, masks, run: dict, case: str, view: dict) -> None:
    from segrepro.images import read_image

    chosen = (masks["run"] == run["name"]) & (masks["case"] == case) & (masks["weights"] == shown_weights(run))
    mask = _slice(read_image(masks[chosen]["prediction"].iloc[0]).array, view)
    if mask.any():
        axis.contour(mask, [0.5], colors=PREDICTION, linewidths=1.0)


def _examples(masks, count: int) -> list[tuple]:
    """(case, scan slice, label slice, view) of cases at even steps through the label volumes."""
    from segrepro.grids import orientation_of, read_label, read_scan

    found = []
    for row in masks.drop_duplicates("case").to_dict("records"):
        path = Path(next(iter(json.loads(row["images"]).values())))
        scan = read_scan(path)
        label = read_label([Path(p) for p in json.loads(row["labels"])], scan, path)
        if label.any():
            found.append((int(label.sum()), row["case"], scan, label, orientation_of(scan, path)))
    found.sort(key=lambda item: item[:2])
    steps = np.linspace(0, len(found) - 1, min(count, len(found))).round().astype(int)
    return [_example(*found[step][1:]) for step in steps]


def _example(case: str, scan, label: np.ndarray, orientation: str | None) -> tuple:
    from segrepro.grids import to_slices

    areas = (to_slices(label, orientation) > 0).sum((1, 2))
    spacing = scan.spacing_mm if orientation else (1.0, 1.0)
    view = {"index": int(areas.argmax()), "orientation": orientation, "aspect": spacing[1] / spacing[0]}
    return case, _slice(scan.array, view), _slice(label, view), view


def _slice(array: np.ndarray, view: dict) -> np.ndarray:
    from segrepro.grids import to_slices

    picture = to_slices(array, view["orientation"])[view["index"]]
    return np.flipud(picture) if view["orientation"] else picture
