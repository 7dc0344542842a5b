"""Archives with hostile names and contents."""

import errno
import gzip
import io
import os
import stat
import tarfile
import zipfile

import pytest

from segrepro.datasets.download import archives as module
from segrepro.datasets.download.archives import unpack
from segrepro.utils.errors import DataError
from segrepro.utils.files import whole_folder
from tests.raised import raised

ORDINARY = "Site 1/a; $b 'é'.txt"


def zipped(path, *members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w") as file:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.filename = name
            info.external_attr, info.compress_type = mode << 16, method
            file.writestr(info, content)
    return path


def tarred(path, *members):
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as file:
        for name, content, kind in members:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, len(content) if kind == tarfile.REGTYPE else 0
            info.linkname = content.decode() if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            file.addfile(info, io.BytesIO(content))
    return path


def refused(archive, tmp_path, words, **settings):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DataError) as caught, whole_folder(tmp_path / "out") as partial:
        unpack(archive, partial, **settings)
    message = str(caught.value)
    assert words in message, message
    assert message.startswith(str(archive))
    assert "\n" not in message
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz"])
def test_files_and_folders_arrive(tmp_path, ending):
    members = {ORDINARY: b"one", "b/c/d.nii.gz": gzip.compress(b"two"), "._b": b"mac", "__MACOSX/x": b"mac"}
    path = tmp_path / f"a.{ending}"
    if ending == "zip":
        zipped(path, ("b/", b"", stat.S_IFDIR | 0o755), *[(n, c, 0o104777) for n, c in members.items()])
    else:
        tarred(path, ("b", b"", tarfile.DIRTYPE), *[(n, c, tarfile.REGTYPE) for n, c in members.items()])
    (tmp_path / "out").mkdir()
    assert unpack(path, tmp_path / "out") == 2
    found = {p.relative_to(tmp_path / "out").as_posix(): p for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert {name: p.read_bytes() for name, p in found.items()} == dict(list(members.items())[:2])
    assert all(p.stat().st_mode & 0o7133 == 0 for p in found.values())


HOSTILE = [
    "../out",
    "a/../../out",
    "/etc/passwd",
    "//server/share",
    "C:/windows/x",
    "c:x",
    "..\\out",
    "a\\b",
    "a\nb",
    "a\x00b",
    "a\x1b[31m",
    "a\u202egnp.exe",
    "..",
    "a/..",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz"])
def test_hostile_names(tmp_path, ending, name):
    path = tmp_path / f"a.{ending}"
    if ending == "zip":
        zipped(path, ("good", b"x", 0), ("placeholder" if "\x00" in name else name, b"x", 0))
        if "\x00" in name:
            path.write_bytes(path.read_bytes().replace(b"placeholder", b"place\x00older"))
    else:
        if "\x00" in name:
            pytest.skip("a tar header cannot hold a NUL in a name")
        tarred(path, ("good", b"x", tarfile.REGTYPE), (name, b"x", tarfile.REGTYPE))
    refused(path, tmp_path, "the name")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar(tmp_path, kind):
    refused(tarred(tmp_path / "a.tar", ("x", b"/etc/passwd", kind)), tmp_path, "a link or device")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip(tmp_path, mode):
    refused(zipped(tmp_path / "a.zip", ("x", b"/etc/passwd", mode | 0o777)), tmp_path, "a link or device")


@pytest.mark.parametrize(
    "pair", [("a", "a"), ("a", "A"), ("x/é", "x/e\u0301"), ("a", "./a"), ("a", "a/b"), ("a/b", "a")]
)
@pytest.mark.parametrize("ending", ["zip", "tar"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_or_a_file_that_is_a_folder_too(tmp_path, pair, ending):
    write, mode = (zipped, 0) if ending == "zip" else (tarred, tarfile.REGTYPE)
    archive = write(tmp_path / f"a.{ending}", *[(name, b"x", mode) for name in pair])
    refused(archive, tmp_path, "a.")


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_bombs(tmp_path, ending):
    write, mode = (zipped, 0) if ending == "zip" else (tarred, tarfile.REGTYPE)
    bomb = write(tmp_path / f"a.{ending}", ("x", bytes(2_000_000), mode))
    assert bomb.stat().st_size < 5000
    refused(bomb, tmp_path, "a bomb", limit=1_000_000)


def test_a_zip_whose_directory_lies_about_the_size(tmp_path):
    bomb = zipped(tmp_path / "a.zip", ("x", bytes(3_000_000), 0))
    bomb.write_bytes(bomb.read_bytes().replace((3_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    refused(bomb, tmp_path, "a.zip", limit=1_000_000)


def test_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_FILES", 3)
    archive = zipped(tmp_path / "a.zip", *[(str(i), b"", 0) for i in range(4)])
    refused(archive, tmp_path, "more than 3 files and folders")
    refused(zipped(tmp_path / "a.zip", ("a/b/c", b"", 0), ("a/d", b"", 0)), tmp_path, "more than 3 files and folders")
    (tmp_path / "out").mkdir()
    assert unpack(zipped(tmp_path / "a.zip", ("a/b", b"", 0), ("a/c", b"", 0)), tmp_path / "out") == 2


@pytest.mark.parametrize("ending", ["zip", "tar"])
@pytest.mark.parametrize("name", ["{}/", "a/{}/", "a/b/c/d/{}/"])
def test_too_many_folders(tmp_path, monkeypatch, ending, name):
    monkeypatch.setattr(module, "MAX_FILES", 3)
    write, mode = (zipped, stat.S_IFDIR) if ending == "zip" else (tarred, tarfile.DIRTYPE)
    archive = write(tmp_path / f"a.{ending}", *[(name.format(i), b"", mode) for i in range(4)])
    refused(archive, tmp_path, "more than 3 files and folders")


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_truncated_archives(tmp_path, ending, kept):
    write, mode = (zipped, 0) if ending == "zip" else (tarred, tarfile.REGTYPE)
    archive = write(tmp_path / f"a.{ending}", *[(str(i), os.urandom(20_000), mode) for i in range(5)])
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * kept)])
    refused(archive, tmp_path, "Download it again")


def test_flipped_bytes_in_a_zip(tmp_path):
    archive = zipped(tmp_path / "a.zip", ("x", b"text " * 1000, 0))
    content = bytearray(archive.read_bytes())
    content[40] ^= 255
    archive.write_bytes(content)
    refused(archive, tmp_path, "a damaged archive")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_whose_packed_bytes_are_damaged(tmp_path, method):
    archive = zipped(tmp_path / "a.zip", ("x", b"text " * 1000, 0), method=method)
    content = bytearray(archive.read_bytes())
    content[40:60] = b"\xff" * 20
    archive.write_bytes(content)
    refused(archive, tmp_path, "a damaged archive")


def test_a_zip_with_a_name_that_is_no_text(tmp_path):
    archive = zipped(tmp_path / "a.zip", ("é", b"x", 0))
    archive.write_bytes(archive.read_bytes().replace("é".encode(), b"\xff\xfe"))
    refused(archive, tmp_path, "a damaged archive")


@pytest.mark.parametrize(("number", "room"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EACCES, False)])
def test_room_is_asked_for_only_where_it_lacks(tmp_path, monkeypatch, number, room):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    archive = zipped(tmp_path / "a.zip", ("x", b"x", 0))
    monkeypatch.setattr(module, "_write", refuse)
    with raised(DataError, found="files that cannot be written") as error:
        unpack(archive, tmp_path)
    assert ("Make room" in str(error.value)) == room


def test_an_encrypted_zip(tmp_path):
    archive = zipped(tmp_path / "a.zip", ("x", b"x", 0))
    content = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    archive.write_bytes(content)
    refused(archive, tmp_path, "an encrypted archive")


@pytest.mark.parametrize("content", [b"<html>log in</html>", b"7z\xbc\xaf\x27\x1c", b"x" * 600])
def test_what_is_no_archive(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    refused(tmp_path / "a.zip", tmp_path, "neither a zip nor a tar file")


def test_an_empty_archive(tmp_path):
    refused(zipped(tmp_path / "a.zip"), tmp_path, "an empty archive")
