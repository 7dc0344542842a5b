"""Pictures as cameras and annotation tools write them, and as disks damage them."""

import struct
import zlib

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest

from segrepro.images.image import is_picture
from segrepro.images.io import read_image, write_image
from segrepro.images.labels import read_mask
from segrepro.images.pictures import PNG
from segrepro.images.scans import read_scan
from segrepro.utils.errors import DataError
from tests.raised import raised

MASK = np.zeros((64, 96), np.uint8)
MASK[20:40, 30:60] = 255
RNG = np.random.default_rng(0)
GREY = (np.add.outer(np.arange(64), np.arange(96)) + RNG.integers(0, 60, (64, 96))).astype(np.uint8)


def save(path, array, **options):
    (array if isinstance(array, PIL.Image.Image) else PIL.Image.fromarray(array)).save(path, **options)
    return path


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photograph_is_turned_as_its_camera_says(tmp_path, turn):
    orientation = PIL.Image.Exif()
    orientation[0x0112] = turn
    path = save(tmp_path / "a.jpg", GREY, exif=orientation.tobytes(), quality=100)
    with PIL.Image.open(path) as picture:
        wanted = np.asarray(PIL.ImageOps.exif_transpose(picture))
    assert (read_scan(path).array == wanted).all()


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_what_follows_a_picture_is_passed_over(tmp_path, name):
    path = save(tmp_path / name, GREY)
    before = read_scan(path).array
    path.write_bytes(path.read_bytes() + b"SEFH" + bytes(3000))
    assert (read_scan(path).array == before).all()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("start", [0.4, 0.6, 0.8])
def test_a_jpeg_with_a_hole_is_refused(tmp_path, start, progressive):
    path = save(tmp_path / "a.jpg", np.kron(GREY, np.ones((4, 4), np.uint8)), progressive=progressive)
    raw = bytearray(path.read_bytes())
    at = int(start * len(raw))
    raw[at : at + 900] = bytes(900)
    path.write_bytes(raw)
    with pytest.raises(DataError) as caught:
        read_scan(path)
    assert caught.value.where == str(path)


def test_a_jpeg_of_more_scans_than_any_has_is_refused(tmp_path):
    path = save(tmp_path / "a.jpg", GREY, progressive=True)
    raw = path.read_bytes()
    scan = raw[raw.rindex(b"\xff\xda") : -2]
    path.write_bytes(raw[:-2] + scan * 20 + raw[-2:])
    assert read_scan(path).array.shape == GREY.shape
    path.write_bytes(raw[:-2] + scan * 200 + raw[-2:])
    with pytest.raises(DataError):
        read_scan(path)


def test_a_png_with_a_hole_is_refused(tmp_path):
    path = save(tmp_path / "a.png", GREY)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataError) as caught:
        read_scan(path)
    assert caught.value.found == "a damaged file"


def test_bytes_that_fill_a_jpeg_up_before_its_end_do_no_harm(tmp_path):
    path = save(tmp_path / "a.jpg", GREY)
    before, raw = read_scan(path).array, path.read_bytes()
    path.write_bytes(raw[:-2] + bytes(64) + raw[-2:])
    assert (read_scan(path).array == before).all()


def test_a_small_file_of_a_huge_picture_is_refused_by_its_header(tmp_path):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 40000, 40000, 16, 6, 0, 0, 0)
    (tmp_path / "a.png").write_bytes(PNG + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(DataError) as caught:
        read_scan(tmp_path / "a.png")
    assert "GB in memory" in caught.value.found


def merged(mode, *channels):
    return PIL.Image.merge(mode, [PIL.Image.fromarray(channel) for channel in channels])


FULL = np.full_like(MASK, 255)


@pytest.mark.parametrize(
    "mask",
    [
        MASK,
        merged("RGB", MASK, MASK, MASK),
        merged("RGBA", MASK, MASK, MASK, FULL),
        merged("LA", MASK, FULL),
        PIL.Image.fromarray(MASK).convert("1"),
        MASK.astype(np.uint16) * 257,
    ],
)
def test_a_mask_is_grey_however_it_is_stored(tmp_path, mask):
    path = save(tmp_path / "m.png", mask)
    assert ((read_mask(path).array > 0) == (MASK > 0)).all()


def test_a_coloured_mask_is_refused(tmp_path):
    path = save(tmp_path / "m.png", merged("RGB", MASK, MASK * 0, MASK * 0))
    with pytest.raises(DataError):
        read_mask(path)


def test_pictures_come_back_in_grey_and_colour_order(tmp_path):
    import cv2

    grey = np.random.default_rng(0).integers(0, 255, (5, 7), dtype=np.uint8)
    write_image(tmp_path / "g.png", grey, np.eye(4))
    np.testing.assert_array_equal(read_image(tmp_path / "g.png").array, grey)
    red = np.zeros((4, 4, 4), np.uint8)
    red[..., 2] = red[..., 3] = 255  # OpenCV keeps blue, green, red, alpha
    cv2.imwrite(str(tmp_path / "c.png"), red)
    assert read_image(tmp_path / "c.png").array[0, 0].tolist() == [255, 0, 0]
    assert is_picture(tmp_path / "c.PNG")


def test_real_photographs_are_whole(real_data):
    photographs = list((real_data / "isic2017").rglob("*.jpg"))
    assert photographs
    for path in photographs:
        assert read_image(path).array.ndim == 3


def test_what_viewers_show_otherwise_than_it_is_stored_is_refused(tmp_path):
    turned = PIL.Image.Exif()
    turned[0x0112] = 6
    behind = PIL.Image.merge("LA", [PIL.Image.fromarray(MASK * 0 + 255), PIL.Image.fromarray(MASK)])
    first, second = PIL.Image.fromarray(MASK), PIL.Image.fromarray(MASK.T.reshape(MASK.shape))
    pictures = {
        "transparent pixels": save(tmp_path / "a.png", behind),
        "an EXIF orientation in a PNG": save(tmp_path / "b.png", MASK, exif=turned),
        "an animation": save(tmp_path / "c.png", first, save_all=True, append_images=[second]),
    }
    for found, path in pictures.items():
        with raised(DataError, where="png", found=found):
            read_mask(path)


def test_an_exif_block_that_turns_nothing_is_read(tmp_path):
    upright = PIL.Image.Exif()
    upright[0x0112] = 1
    assert (read_mask(save(tmp_path / "a.png", MASK, exif=upright)).array == MASK).all()
    assert (read_mask(save(tmp_path / "b.png", MASK, exif=b"Exif\0\0nonsense")).array == MASK).all()
