"""The files of a data set on a Dataverse server, as the server lists them with their checksums."""

import json
import re
import tempfile
from pathlib import Path, PurePath

from segrepro.datasets.download.archives import safe_path
from segrepro.datasets.download.http import download
from segrepro.datasets.download.transfer import RETRIES, RetryPolicy
from segrepro.datasets.releases.release import Dataverse, SourceFile
from segrepro.utils.errors import DataError

ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}


def list_files(source: Dataverse, retries: RetryPolicy = RETRIES) -> list[SourceFile]:
    """The open files of the published version that are wanted, with their path in the data set, size and checksum.

    A folder whose name ends in a dot or a blank, which Windows cannot store, gets a name without them. Raises DataError
    when the server fails or answers something else than its list, or has none of the files.
    """
    url = f"{source.server}/api/datasets/:persistentId/versions/:latest-published/files?persistentId=doi:{source.doi}"
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "files.json")
        download(url, answer, retries=retries)
        try:
            listed = json.loads(answer.read_bytes())["data"]
            files = [_source_file(source, item, url) for item in listed]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(url, "an unknown answer", "a list of files", "See the data set's page.") from error
    wanted = [file for file in files if not source.only or re.fullmatch(source.only, file.name)]
    if files and not wanted:
        found = f"{len(files)} files, none of which is wanted"
        raise DataError(url, found, f"paths such as {source.only}", "See the data set's page.")
    return wanted


def _source_file(source: Dataverse, item: dict, url: str) -> SourceFile:
    file = item["dataFile"]
    checksum = file["checksum"]
    # What the server turned into a table is wanted as it was handed in: the checksum is that file's.
    original = "?format=original" if "originalFileFormat" in file else ""
    name = file.get("originalFileName") or file["filename"]
    return SourceFile(
        url=f"{source.server}/api/access/datafile/{int(file['id'])}{original}",
        bytes=file.get("originalFileSize") or file["filesize"] or None,
        checksum=f"{ALGORITHMS[checksum['type']]}:{checksum['value'].lower()}",
        path=_storable(safe_path("/".join(filter(None, (item.get("directoryLabel"), name))), url)).as_posix(),
    )


def _storable(path: PurePath) -> PurePath:
    """A path that Windows can store as well.

    >>> _storable(PurePath("test/Philips_VU .PETMR_01./160/wmh.nii.gz")).as_posix()
    'test/Philips_VU_PETMR_01/160/wmh.nii.gz'
    """
    parts = ["_".join(re.findall("[^ .]+", part)) if part.endswith((".", " ")) else part for part in path.parts]
    return PurePath(*parts)
