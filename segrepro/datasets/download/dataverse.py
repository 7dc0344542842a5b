"""The files of a data set on a Dataverse server, as the server lists them with their checksums."""

import json
import tempfile
from pathlib import Path

from segrepro.datasets.download.archives import safe_path
from segrepro.datasets.download.http import download
from segrepro.datasets.download.transfer import RETRIES, RetryPolicy
from segrepro.datasets.releases.release import Dataverse, SourceFile
from segrepro.utils.errors import DataError

ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}


def list_files(source: Dataverse, retries: RetryPolicy = RETRIES) -> list[SourceFile]:
    """Every open file of the published version, with its path in the data set, size and checksum.

    Raises DataError when the server fails or answers something else than its list.
    """
    url = f"{source.server}/api/datasets/:persistentId/versions/:latest-published/files?persistentId=doi:{source.doi}"
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "files.json")
        download(url, answer, retries=retries)
        try:
            listed = json.loads(answer.read_bytes())["data"]
            return [_source_file(source, item, url) for item in listed]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(url, "an unknown answer", "a list of files", "See the data set's page.") from error


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
        path=safe_path("/".join(filter(None, (item.get("directoryLabel"), name))), url).as_posix(),
    )
