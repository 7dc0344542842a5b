"""Replicas that several tests read, each written once a session."""

import pytest

from segrepro.datasets.replicas import write_replica


@pytest.fixture(scope="session")
def replica(tmp_path_factory):
    """A function that gives the folder of a replica, by its name and settings."""
    written = {}

    def get(name, **settings):
        key = (name, *sorted(settings.items()))
        if key not in written:
            written[key] = tmp_path_factory.mktemp(name) / "replica"
            write_replica(name, written[key], **settings)
        return written[key]

    return get
