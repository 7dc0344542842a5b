"""Releases that lie on a small server."""

import hashlib
import json

from segrepro.datasets.download.transfer import RetryPolicy
from segrepro.datasets.releases.release import Release

QUICK = RetryPolicy(tries=2, pause_s=0.01, timeout_s=2)
FACTS = {"title": "A set", "version": "1.0", "page": "https://a.org", "licence": "CC0", "terms": "Cite it."}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def release(site, *names, **facts):
    return Release.model_validate(FACTS | {"files": [{"url": f"{site.url}/{name}"} for name in names]} | facts)


def dataverse(site, *files, doi="10.1/x"):
    listed = [
        {"directoryLabel": folder, "dataFile": {"id": number, "filename": name, "filesize": len(content)}}
        for number, (folder, name, content) in enumerate(files)
    ]
    for item, (_, _, content) in zip(listed, files):
        item["dataFile"]["checksum"] = {"type": "SHA-1", "value": hashlib.sha1(content).hexdigest()}
        site.files[f"/api/access/datafile/{item['dataFile']['id']}"] = content
    answer = json.dumps({"status": "OK", "data": listed}).encode()
    site.files["/api/datasets/:persistentId/versions/:latest-published/files"] = answer
    return Release.model_validate(FACTS | {"dataverse": {"server": site.url, "doi": doi}})
