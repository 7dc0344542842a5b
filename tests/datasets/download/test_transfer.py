"""A file on its way: what has come so far lies beside it."""

from segrepro.datasets.download.transfer import Transfer


def test_what_has_come_is_counted_and_removed(tmp_path):
    transfer = Transfer("https://example.org/a.zip", tmp_path / "a.zip", (), None, None)
    assert transfer.have == 0
    transfer.part.write_bytes(b"half")
    transfer.tag.write_text('"1"')
    assert (transfer.have, transfer.part.name, transfer.tag.name) == (4, "a.zip.part", "a.zip.part.tag")
    transfer.drop()
    transfer.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_fault_names_the_address(tmp_path):
    error = Transfer("https://example.org/a.zip", tmp_path / "a.zip", (), 5, None).fault("4 bytes", "5", "Ask.")
    assert (error.where, error.found, error.expected, error.remedy) == (
        "https://example.org/a.zip",
        "4 bytes",
        "5",
        "Ask.",
    )
