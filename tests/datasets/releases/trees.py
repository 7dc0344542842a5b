"""Trees of empty files with the names that releases have."""

from pathlib import Path

CT = [1, 2, 5, 6, 8, 10, 14, 16, 18, 19, *range(21, 31)]


def write_tree(folder: Path, names) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


def isles(part="TRAINING", count=94, kind="CT_MTT"):
    stem = f"SMIR.Brain.XX.O.{kind}"
    return [f"{part}/case_{i}/{stem}.{i}/{stem}.{i}.nii" for i in range(1, count + 1)]


def chaos(patients=CT):
    return [f"Train_Sets/CT/{i}/DICOM_anon/i{n:04d},0000b.dcm" for i in patients for n in range(3)]


def isic(**counts):
    return [f"ISIC-2017_{part}_Data/ISIC_{i:07d}.jpg" for part, count in counts.items() for i in range(count)]
