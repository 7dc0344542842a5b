"""A layout for tests: <part>/<patient>/<role>.nii.gz and label.nii.gz; a role may be a folder of DICOM slices.

The part "any" stands for a data set without official parts. The folder `ranges` says that labels 55-70 are 1 and
110-135 are 2.
"""

from segrepro.datasets.case import Case, safe_id

EXAMPLE = "train/patient7/ct.nii.gz"
LABEL_NAMES = ("background", "foreground")
BINARY_LABELS = True


def find_cases(folder):
    ranges = ((55, 70, 1), (110, 135, 2)) if (folder / "ranges").exists() else ()
    return [
        _case(patient, part.name, ranges)
        for part in sorted(folder.iterdir())
        if part.is_dir()
        for patient in sorted(part.iterdir())
    ]


def _case(patient, part, ranges):
    files = {path.name.partition(".")[0]: path for path in sorted(patient.iterdir())}
    label = files.pop("label", None)
    return Case(
        id=safe_id(f"{part}-{patient.name}"),
        patient=safe_id(patient.name),
        site="",
        images=files,
        labels=(label,) if label else (),
        part=None if part == "any" else part,
        label_ranges=ranges,
    )
