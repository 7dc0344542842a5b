"""Small inputs of every kind that people hand in, and what goes wrong with such files, drawn from a seed."""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml

from segrepro.datasets.phantoms._dicom import place, write_series
from segrepro.images.io import write_image

HOSTILE_VALUES = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 0.0, -0.5, 1e-300, 1e308, float("nan"), float("inf")),
    *("", " ", "a", "1", "nan", "null", "~", "~x", "$HOME", "$NOT_SET", "../..", "/dev/null", "a/b", "{}", "{x}"),
    *("a" * 300, "a\0b", "a\nb", "\u202e", "ü", "=cmd|a", "\ud800", "module:Name", ":", "segrepro:x", "-rf"),
    "2024-99-99",
    *([], {}, [[]], [None], [{}], {"a": None}, {"": 1}, [1, 2, 3], ["a"], {"1": {"2": {"3": {}}}}),
)
HOSTILE_BYTES = (
    *(b"", b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r", b",", b'"', b"'", b"{", b"}", b"[", b"]", b":"),
    *(b"-", b"1e999", b"nan", b"-1", b"99999999999999999999", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"&a [*a]"),
    *(b"!!python/object:a", b"<<: *x", b"a" * 131_073, b"[" * 2000, b'{"a":' * 2000, b"\xed\xa0\x80"),
)


def changed_bytes(content: bytes, rng: random.Random) -> bytes:
    """The content with one to four faults: bytes flipped, cut, doubled, or hostile ones put in."""
    changed = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(changed) + 1)
        end = min(len(changed), at + rng.choice((1, 2, 4, 8, 64, 512)))
        kind = rng.randrange(5)
        if kind == 0:
            changed[at:end] = rng.randbytes(end - at)
        elif kind == 1:
            del changed[at : end if rng.random() < 0.8 else None]
        elif kind == 2:
            changed[at:at] = changed[at:end] * rng.randint(1, 3)
        else:
            changed[at : at + rng.randint(0, 8)] = rng.choice(HOSTILE_BYTES)
    return bytes(changed)


def changed_values(content: object, rng: random.Random) -> object:
    """A copy of keys and values with one to three of them replaced, removed, or put in the place of another key."""
    content = json.loads(json.dumps(content))
    for _ in range(rng.randint(1, 3)):
        spots = list(_spots(content))
        if not spots:
            return content
        holder, key = rng.choice(spots)
        kind = rng.randrange(6)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[rng.choice(("", "x", "a b", key + "s", key[:-1]))] = holder.pop(key)
        else:
            holder[key] = copy.deepcopy(rng.choice(HOSTILE_VALUES))  # a later change may fall on what is in it
    return content


def _spots(value: object):
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _spots(value[key])


def as_json(value: object) -> bytes:
    """JSON, with NaN as Python writes it."""
    return json.dumps(value).encode()


def as_yaml(value: object) -> bytes:
    """YAML; what it has no form for, as JSON, which is YAML too."""
    try:
        return yaml.safe_dump(value, allow_unicode=True).encode()
    except (yaml.YAMLError, UnicodeError, ValueError):
        return as_json(value)


def text_of_kind(write: Callable[[object], bytes], content: object) -> Callable[[random.Random], bytes]:
    """Draws a file of keys and values: other values in half of the cases, other bytes in the rest."""

    def draw(rng: random.Random) -> bytes:
        if rng.random() < 0.5:
            return write(changed_values(content, rng))
        return changed_bytes(write(content), rng)

    return draw


def nifti(folder: Path) -> bytes:
    """A volume of 4 x 3 x 2 voxels, not packed, since what is packed breaks before its header is read."""
    write_image(folder / "a.nii", np.arange(24, dtype=np.int16).reshape(4, 3, 2), np.diag([1.0, 2.0, 3.0, 1.0]))
    return (folder / "a.nii").read_bytes()


def png(folder: Path) -> bytes:
    """A picture of 4 x 3 pixels."""
    write_image(folder / "a.png", np.arange(12, dtype=np.uint8).reshape(4, 3), np.eye(4))
    return (folder / "a.png").read_bytes()


def image(folder: Path, ending: str) -> bytes:
    """A small image of any other kind that is read."""
    path = folder / f"a{ending}"
    if ending in (".nrrd", ".mha"):
        import SimpleITK

        SimpleITK.WriteImage(SimpleITK.Image(4, 3, 2, SimpleITK.sitkInt16), str(path))
    elif ending == ".mgh":
        import nibabel

        nibabel.save(nibabel.MGHImage(np.zeros((4, 3, 2), np.int16), np.eye(4)), path)
    else:
        array = np.arange(64 * 48, dtype=np.uint8).reshape(64, 48)
        write_image(path, array if ending == ".jpg" else array[..., None], np.eye(4))
    return path.read_bytes()


def drawn_mask(folder: Path, write: Callable) -> bytes:
    """A segmentation or contours in DICOM, of the series that it leaves in the folder."""
    volume, rng = np.zeros((14, 17, 5), np.uint8), np.random.default_rng(0)
    write_series(folder / "series", volume, place(rng, 0, volume.shape, (1, 1, 3)), "s{}".format, "7")
    volume[2:6, 3:9, 1:3], volume[8:13, 10:15, 2:5] = 1, 2
    return write(folder / "mask.dcm", volume, folder / "series").read_bytes()


def dicom(folder: Path, position: float) -> bytes:
    """A CT slice of 4 x 3 pixels."""
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"1.2.{int(position) + 1}"
    data = FileDataset("a.dcm", {}, file_meta=meta, preamble=b"\0" * 128)
    values = {
        "SOPClassUID": CTImageStorage, "SOPInstanceUID": meta.MediaStorageSOPInstanceUID, "SeriesInstanceUID": "1.3",
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "ImagePositionPatient": [0, 0, position],
        "PixelSpacing": [1, 1], "Rows": 4, "Columns": 3, "SamplesPerPixel": 1, "BitsAllocated": 16, "BitsStored": 16,
        "HighBit": 15, "PixelRepresentation": 0, "PhotometricInterpretation": "MONOCHROME2", "RescaleSlope": 1,
        "RescaleIntercept": -1024, "PixelData": np.arange(12, dtype="<u2").tobytes(), "Modality": "CT",
    }  # fmt: skip
    for key, value in values.items():
        setattr(data, key, value)
    pydicom.dcmwrite(folder / "a.dcm", data, enforce_file_format=True)
    return (folder / "a.dcm").read_bytes()
