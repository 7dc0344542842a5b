"""Sound data sets, and ways to spoil them, each with words that the fault's line must hold."""

import gzip
import io
import os
import shutil
import struct
import zlib

import cv2
import nibabel as nib
import numpy as np

from segrepro.images.io import write_image
from tests.scans import affine_of

SHAPE = (9, 8, 7)
AFFINE = affine_of("RAS", (1.0, 2.0, 3.0), tilt=0.1)


def noise(seed, shape=SHAPE, low=-1000.0):
    return np.random.default_rng(seed).uniform(low, 500, shape).astype(np.float32)


def square(shape=SHAPE):
    mask = np.zeros(shape, np.uint8)
    mask[2:5, 3:6] = 1
    return mask


def image(folder, name="b", kind="images"):
    return folder / kind / f"{name}.nii.gz"


def write_slices_set(folder):
    """A sound data set of three volumes in the layout `slices`."""
    for seed, name in enumerate("abc"):
        write_image(image(folder, name), noise(seed), AFFINE)
        write_image(image(folder, name, "masks"), square(), AFFINE)


def write_pictures(folder):
    """A sound data set of three pictures in the layout `slices`."""
    for seed, name in enumerate("abc"):
        write_image(folder / "images" / f"{name}.png", noise(seed, (12, 10), 0).astype(np.uint8), AFFINE)
        write_image(folder / "masks" / f"{name}.png", square((12, 10)) * 255, AFFINE)


def write_atlas_set(folder):
    for seed in range(3):
        stem = folder / f"Site1/03000{seed}/t01/03000{seed}"
        write_image(f"{stem}_t1w_deface_stx.nii.gz", noise(seed), AFFINE)
        write_image(f"{stem}_LesionSmooth_stx.nii.gz", square() * 255, AFFINE)


def write_fake_set(folder):
    """A sound data set of two official parts, with two roles."""
    for seed, where in enumerate(("train/p1", "train/p2", "test/p3")):
        for role in ("ct", "pet"):
            write_image(folder / where / f"{role}.nii.gz", noise(seed + len(role) * 10), AFFINE)
        write_image(folder / where / "label.nii.gz", square(), AFFINE)


WRITERS = {"slices": write_slices_set, "pictures": write_pictures, "atlas": write_atlas_set, "fake": write_fake_set}


# How to spoil one file (path), and the words that must be in the line.


def header(**changes):
    """Change fields of a NIfTI header in place."""

    def spoil(path):
        raw = gzip.decompress(path.read_bytes())
        head = nib.Nifti1Header.from_fileobj(io.BytesIO(raw))
        for key, value in changes.items():
            head[key] = value
        path.write_bytes(gzip.compress(head.binaryblock + raw[348:]))

    return spoil


def voxels(change):
    def spoil(path):
        array = np.asarray(nib.load(path).dataobj).copy()
        write_image(path, change(array), AFFINE)

    return spoil


def put(value):
    def change(array):
        array[1, 1, 1] = value
        return array

    return voxels(change)


def geometry(affine, shape=SHAPE):
    return lambda path: write_image(path, noise(9, shape) if "images" in str(path) else square(shape), affine)


def cut(kept):
    return lambda path: path.write_bytes(path.read_bytes()[:kept])


def bytes_of(content):
    return lambda path: path.write_bytes(content)


def typed(dtype):
    """A file of a type that is no number."""

    def spoil(path):
        array = np.zeros(SHAPE, dtype)
        nib.save(nib.Nifti1Image(array, AFFINE), path)

    return spoil


def moved(millimetres):
    affine = AFFINE.copy()
    affine[2, 3] += millimetres
    return affine


def gone(path):
    path.unlink()


def dangling(path):
    path.unlink()
    path.symlink_to("nowhere.nii.gz")


def folder_instead(path):
    path.unlink()
    path.mkdir()
    (path / "x.nii.gz").mkdir()


def endless_picture(path):
    """A PNG that says it has 524288 x 524288 pixels."""
    raw = bytearray(path.read_bytes())
    raw[16:24] = struct.pack(">II", 524288, 524288)
    raw[29:33] = struct.pack(">I", zlib.crc32(raw[12:29]))
    path.write_bytes(raw)


RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
FILES = [
    # Both images and masks.
    ("images", bytes_of(b""), "bytes"),
    ("masks", bytes_of(b""), "bytes"),
    ("images", cut(5), "a damaged file"),
    ("images", cut(40), "a damaged file"),
    ("images", cut(-30), "a damaged file"),
    ("images", cut(-4), "a damaged file"),
    ("masks", cut(40), "a damaged file"),
    ("masks", cut(-9), "a damaged file"),
    ("images", bytes_of(b"<html>Please log in</html>"), "26 bytes"),
    ("images", bytes_of(gzip.compress(b"words " * 100)), "no NIfTI header"),
    ("images", bytes_of(gzip.compress(b"short")), "5 bytes"),
    ("masks", bytes_of(gzip.compress(bytes(400))), "NIfTI"),
    ("images", dangling, "no such file"),
    ("masks", dangling, "no such file"),
    ("images", header(dim=[3, 99, 99, 99, 1, 1, 1, 1]), "bytes of voxels"),
    ("images", header(dim=[3, -5, 8, 7, 1, 1, 1, 1]), "shape"),
    ("images", header(dim=[5, *[16384] * 5, 1, 1]), "GB in memory"),
    ("masks", header(dim=[7, *[32767] * 7]), "GB in memory"),
    ("images", header(vox_offset=np.nan), "no NIfTI header"),
    ("images", header(vox_offset=np.inf), "no NIfTI header"),
    ("masks", header(vox_offset=-352), "no NIfTI header"),
    ("images", header(scl_slope=1, scl_inter=np.nan), "no NIfTI header"),
    ("images", header(sform_code=0, qform_code=1, quatern_b=2), "no NIfTI header"),
    ("images", typed(np.complex64), "complex"),
    ("images", typed(RGB), "type"),
    ("masks", typed(RGB), "type"),
    # Dimension.
    ("images", geometry(AFFINE, (*SHAPE, 3)), "(9, 8, 7, 3)"),
    ("images", geometry(AFFINE, (*SHAPE, 1, 2)), "(9, 8, 7, 1, 2)"),
    ("masks", geometry(AFFINE, (*SHAPE, 3)), "(9, 8, 7, 3)"),
    # Grid.
    ("masks", geometry(AFFINE, (9, 8, 6)), "shape (9, 8, 6)"),
    ("masks", geometry(AFFINE, (8, 9, 7)), "shape (8, 9, 7)"),
    ("masks", geometry(moved(0.06)), "differs by 0.06"),
    ("masks", geometry(moved(-250)), "differs by 250"),
    ("masks", geometry(affine_of("RAS", (1.0, 2.0, 3.1), tilt=0.1)), "a spacing of 1 x 2 x 3.1 mm"),
    ("masks", geometry(affine_of("LAS", (1.0, 2.0, 3.0), tilt=0.1)), "the orientation LAS"),
    ("masks", geometry(affine_of("RPI", (1.0, 2.0, 3.0), tilt=0.1)), "the orientation RPI"),
    ("masks", geometry(affine_of("RAS", (1.0, 2.0, 3.0), tilt=0.2)), "an affine that differs"),
    ("images", header(srow_x=[0, 0, 0, 0]), "an affine without inverse"),
    ("images", header(srow_y=[np.nan, 0, 0, 0]), "an affine without inverse"),
    ("masks", header(srow_z=[0, 0, 0, 0]), "an affine without inverse"),
    # Values of images.
    ("images", put(np.nan), "NaN or infinity in 1 voxels"),
    ("images", put(np.inf), "NaN or infinity in 1 voxels"),
    ("images", put(-np.inf), "NaN or infinity in 1 voxels"),
    ("images", voxels(np.zeros_like), "the value 0.0 everywhere"),
    ("images", voxels(lambda a: np.full(SHAPE, -7, np.int16)), "the value -7 everywhere"),
    # Values of masks.
    ("masks", voxels(np.zeros_like), "an empty label"),
    ("masks", put(2), "the values 0, 1, 2"),
    ("masks", voxels(lambda a: a * 0.5 + (a > 0) * np.arange(7) * 0.1), "the values"),
    ("masks", voxels(lambda a: a.astype(np.int16) - 1), "the values -1, 0"),
    ("masks", voxels(lambda a: np.where(a, np.nan, 1.0)), "the values"),
    ("masks", voxels(lambda a: np.arange(a.size, dtype=np.int16).reshape(a.shape)), "the values 0, 1, 2, 3, 4, ..."),
    # Missing.
    ("images", gone, "no image beside it"),
    ("masks", gone, "no label beside it"),
    ("images", folder_instead, "no image beside it"),
]


def spoil_units(side):
    affine = affine_of("RAS", side, tilt=0.1)

    def spoil(folder):
        write_image(image(folder), noise(9), affine)
        write_image(image(folder, kind="masks"), square(), affine)

    return spoil


def copy_of_a(folder):
    shutil.copy(image(folder, "a"), image(folder, "b"))


def copy_of_a_as_nii(folder):
    image(folder).unlink()
    (folder / "images" / "b.nii").write_bytes(gzip.decompress(image(folder, "a").read_bytes()))


def copy_of_a_in_another_type(folder):
    write_image(image(folder), noise(0).astype(np.float64), AFFINE)


def another_ending(folder):
    write_image(folder / "images" / "b.nii", noise(7), AFFINE)


def only_by_case(folder):
    for kind in ("images", "masks"):
        os.rename(image(folder, "b", kind), image(folder, "A", kind))


def picture(path, array):
    return lambda folder: cv2.imwrite(str(folder / path), array)


def spoilt(path, spoil):
    return lambda folder: spoil(folder / path)


def fake(path, change):
    return lambda folder: change(folder / path)


def with_ranges(value):
    def spoil(folder):
        (folder / "ranges").touch()
        for path in folder.rglob("label.nii.gz"):
            write_image(path, square() * 63, AFFINE)
        write_image(folder / "train/p1/label.nii.gz", square() * value, AFFINE)

    return spoil


def same_patient_in_test(folder):
    os.rename(folder / "test/p3", folder / "test/p1")


def without_training(folder):
    shutil.rmtree(folder / "train")


def one_pet_on_another_grid(affine, shape=SHAPE):
    return lambda folder: write_image(folder / "train/p2/pet.nii.gz", noise(5, shape), affine)


def ct_of(change):
    return lambda folder: write_image(folder / "train/p1/ct.nii.gz", change(noise(4)), AFFINE)


T1, LESION = "Site1/030001/t01/030001_t1w_deface_stx.nii.gz", "Site1/030001/t01/030001_LesionSmooth_stx.nii.gz"
SETS = [
    ("slices", spoil_units((0.001, 0.002, 0.003)), "a spacing of 0.001 x 0.002 x 0.003"),
    ("slices", spoil_units((1000, 2000, 3000)), "a spacing of 1000 x 2000 x 3000"),
    ("slices", copy_of_a, "the same voxels as"),
    ("slices", copy_of_a_as_nii, "the same voxels as"),
    ("slices", copy_of_a_in_another_type, "the same voxels as"),
    ("slices", only_by_case, "the id a beside A"),
    ("pictures", picture("images/b.png", np.dstack([noise(i, (12, 10), 0) for i in range(3)])), "a grey picture"),
    ("pictures", spoilt("images/b.png", bytes_of(b"")), "a damaged file"),
    ("pictures", spoilt("images/b.png", cut(60)), "a damaged file"),
    ("pictures", spoilt("masks/b.png", cut(-8)), "a damaged file"),
    ("pictures", spoilt("masks/b.png", bytes_of(b"GIF89a")), "a damaged file"),
    ("pictures", spoilt("images/b.png", endless_picture), "GB in memory"),
    ("pictures", picture("masks/b.png", np.zeros((12, 10), np.uint8)), "an empty label"),
    ("pictures", picture("masks/b.png", square((10, 12)) * 255), "shape (10, 12)"),
    ("pictures", picture("masks/b.png", cv2.blur(square((12, 10)) * 255, (3, 3))), "the values"),
    ("pictures", spoilt("masks/b.png", gone), "no label beside it"),
    ("pictures", spoilt("images/b.png", gone), "no image beside it"),
    ("atlas", spoilt(T1, gone), "no image beside it"),
    ("atlas", spoilt(LESION, gone), "no label beside it"),
    ("atlas", spoilt(LESION, voxels(np.zeros_like)), "an empty label"),
    ("atlas", spoilt(LESION, voxels(lambda a: a.astype(np.int16) - 3)), "the values -3"),
    ("atlas", lambda f: write_image(f / LESION.replace("_stx", "_1_stx"), square((3, 9, 9)), AFFINE), "shape"),
    ("fake", fake("train/p1/pet.nii.gz", gone), "no pet beside it"),
    (
        "fake",
        fake("test/p3/label.nii.gz", lambda path: write_image(path, square() * 3 + square(), moved(3))),
        "differs",
    ),
    ("fake", fake("train/p2/label.nii.gz", gone), "no label beside it"),
    ("fake", same_patient_in_test, "patient p1 in train and test"),
    ("fake", without_training, "no case of the part train"),
    ("fake", lambda folder: shutil.rmtree(folder / "test"), "no case of the part test"),
    ("fake", ct_of(lambda a: a + 1000), "Hounsfield"),
    ("fake", ct_of(lambda a: (a + 1024).astype(np.uint16)), "Hounsfield"),
    ("fake", one_pet_on_another_grid(AFFINE, (9, 8, 6)), "shape (9, 8, 6)"),
    ("fake", one_pet_on_another_grid(moved(1)), "differs by 1"),
    ("fake", one_pet_on_another_grid(affine_of("RAS", (1.0, 2.0, 2.0), tilt=0.1)), "a spacing of 1 x 2 x 2 mm"),
    ("fake", one_pet_on_another_grid(affine_of("LPS", (1.0, 2.0, 3.0), tilt=0.1)), "the orientation LPS"),
    ("fake", lambda f: shutil.copy(f / "train/p1/ct.nii.gz", f / "train/p2/ct.nii.gz"), "the same voxels as"),
    ("fake", lambda f: shutil.copy(f / "train/p1/ct.nii.gz", f / "test/p3/ct.nii.gz"), "the same voxels as"),
    ("fake", with_ranges(80), "expected 0, 55-70, 110-135"),
    ("fake", with_ranges(54), "the values 54"),
]
