"""A data set's fingerprint as a table, as files and as a picture."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from segrepro.datasets.fingerprint.measure import Fingerprint
from segrepro.datasets.patients import visits_hint
from segrepro.utils.csv_files import write_rows
from segrepro.utils.files import whole_file
from segrepro.utils.plot_style import figure_style

AXES = ("x", "y", "z")
COLUMNS = ("", "lowest", "median", "highest")


def summary_rows(found: Fingerprint) -> Iterator[tuple[str, float, float, float]]:
    """What is measured, and its lowest value, median and highest value over the cases."""
    for axis, values in zip(AXES, found.spacings.T if not found.pictures else ()):
        yield _row(f"spacing {axis} (mm)", values)
    for axis, values in zip(AXES, found.shapes.T):
        yield _row(f"{'pixels' if found.pictures else 'voxels'} {axis}", values)
    for modality in found.modalities:
        for name, title in (("low", "0.5 %"), ("median", "median"), ("high", "99.5 %")):
            values = [getattr(case.intensities[modality], name) for case in found.cases]
            yield _row(f"{modality}, {title}", np.array(values))
    for value, name in found.labels.items():
        yield _row(f"{value} {name} ({'pixels' if found.pictures else 'ml'})", _sizes(found, value))


def _sizes(found: Fingerprint, label: int) -> np.ndarray:
    """(cases,) ml of a label; pixels in pictures."""
    return np.array([(case.voxels if found.pictures else case.ml).get(label, 0) for case in found.cases])


def _row(title: str, values: np.ndarray) -> tuple[str, float, float, float]:
    return title, float(values.min()), float(np.median(values)), float(values.max())


def summary_lines(found: Fingerprint) -> Iterator[str]:
    """The fingerprint as text: a line of facts, a hint where cases look like visits of one patient, and a table."""
    sites = f", {len(found.sites)} sites" if found.sites else ""
    without = sum(not any(case.voxels.get(value) for value in found.labels) for case in found.cases)
    empty = f", {without} of them without a label" if without else ""
    yield f"{len(found.cases)} cases of {len(found.patients)} patients{sites}{empty}; layout {found.layout}"
    if hint := visits_hint({case.case: case.patient for case in found.cases}):
        yield hint
    rows = [COLUMNS, *((title, *(f"{value:.4g}" for value in values)) for title, *values in summary_rows(found))]
    width = max(len(row[0]) for row in rows)
    yield from (f"{row[0]:<{width}}" + "".join(f"{cell:>11}" for cell in row[1:]) for row in rows)


def write_fingerprint(found: Fingerprint, folder: Path) -> list[Path]:
    """Write fingerprint.json, with all that was measured, fingerprint.csv, the table, and fingerprint.png."""
    paths = [folder / f"fingerprint.{ending}" for ending in ("json", "csv", "png")]
    with whole_file(paths[0]) as partial:
        partial.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    write_rows(paths[1], [("measure", *COLUMNS[1:]), *summary_rows(found)])
    with whole_file(paths[2]) as partial:
        draw_fingerprint(found, partial)
    return paths


def draw_fingerprint(found: Fingerprint, path: Path) -> None:
    """A point a case: spacings, shapes, the range of intensities and the sizes of labels."""
    import matplotlib.pyplot as plt

    panels = [] if found.pictures else [("Spacing (mm)", dict(zip(AXES, found.spacings.T)))]
    panels.append(("Pixels" if found.pictures else "Voxels", dict(zip(AXES, found.shapes.T))))
    panels.append(
        (
            f"Labels ({'pixels' if found.pictures else 'ml'})",
            {name: _sizes(found, value) for value, name in found.labels.items()},
        )
    )
    with figure_style():
        figure, axes = plt.subplots(1, len(panels) + len(found.modalities), squeeze=False, layout="constrained")
        figure.set_size_inches(2.6 * axes.size, 2.8)
        for axis, (title, columns) in zip(axes[0], panels):
            _draw_points(axis, title, columns)
        for axis, modality in zip(axes[0, len(panels) :], found.modalities):
            cases = sorted((case.intensities[modality] for case in found.cases), key=lambda one: one.median)
            number = np.arange(len(cases))
            axis.vlines(number, [one.low for one in cases], [one.high for one in cases], color="0.7")
            axis.plot(number, [one.median for one in cases], ".")
            axis.set(title=f"{modality}: 0.5, 50, 99.5 %", xlabel="case", xticks=[])
        axes[0, len(panels) - 1].set_ylim(bottom=0)
        figure.savefig(path, metadata={"Software": None})
        plt.close(figure)


def _draw_points(axis, title: str, columns: dict) -> None:
    for number, values in enumerate(columns.values()):
        spread = np.linspace(-0.25, 0.25, len(values)) if len(values) > 1 else [0]
        axis.plot(number + np.array(spread), np.sort(values), ".", markersize=4)
    axis.set(title=title, xticks=range(len(columns)), xticklabels=[*columns], xlim=(-0.6, len(columns) - 0.4))
