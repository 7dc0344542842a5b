"""The names and colours of labels as viewers take them: 3D Slicer's colour table and ITK-SNAP's label file."""

from segrepro.datasets.label_map import LabelMap
from segrepro.utils.plot_style import label_colour


def slicer_table(labels: LabelMap) -> str:
    """3D Slicer's colour table: value, name, red, green, blue and opacity.

    >>> print(slicer_table(LabelMap(values={1: "left kidney", 63: "spleen"})), end="")
    # Color table file, written by segrepro
    0 background 0 0 0 0
    1 left_kidney 230 159 0 255
    63 spleen 0 158 115 255
    """
    rows = [f"{value} {name.replace(' ', '_')} {r} {g} {b} 255" for value, name, (r, g, b) in _rows(labels)]
    return "\n".join(["# Color table file, written by segrepro", "0 background 0 0 0 0", *rows]) + "\n"


def itk_snap_labels(labels: LabelMap) -> str:
    """ITK-SNAP's label file: value, colour, opacity from 0 to 1, shown in slices, shown as a mesh, name."""
    rows = [f'{value:5} {r:5} {g:4} {b:4}        1  1  1    "{name}"' for value, name, (r, g, b) in _rows(labels)]
    head = ["# ITK-SnAP Label Description File, written by segrepro", "# IDX   R    G    B    A  VIS MSH  LABEL"]
    return "\n".join([*head, '    0     0    0    0        0  0  0    "Clear Label"', *rows]) + "\n"


def _rows(labels: LabelMap) -> list[tuple[int, str, tuple[int, int, int]]]:
    """Value, name and colour of each label."""
    numbered = zip(labels.values.items(), labels.channels)
    return [(value, name.replace('"', "'"), label_colour(number)) for (value, name), (number, _) in numbered]


#: The ending of each file, and what makes it.
COLOUR_TABLES = {".ctbl": slicer_table, "-itksnap.txt": itk_snap_labels}
