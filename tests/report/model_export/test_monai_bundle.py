"""MONAI verifies the bundle and runs it; its mask is the one that segrepro makes."""

import urllib.request

import numpy as np
import pytest

from segrepro.images.io import read_image
from segrepro.report.model_export import export_model
from segrepro.report.model_export.monai_bundle import SCHEMA

scripts = pytest.importorskip("monai.bundle", reason="MONAI is not installed")


@pytest.fixture
def bundle(model, tmp_path):
    export_model(model, "monai-bundle", tmp_path / "bundle")
    return tmp_path / "bundle"


def test_monai_finds_the_network_that_the_metadata_describes(bundle):
    files = {"meta_file": str(bundle / "configs/metadata.json"), "config_file": str(bundle / "configs/inference.json")}
    scripts.verify_net_in_out("network", device="cpu", bundle_root=str(bundle), **files)
    with pytest.raises(ValueError, match="output channel number"):
        scripts.verify_net_in_out(
            "network",
            device="cpu",
            bundle_root=str(bundle),
            **files,
            **{"_meta_#network_data_format#outputs#pred#num_channels": 7},
        )


def test_monai_verifies_the_metadata(bundle, tmp_path):
    schema = tmp_path / "schema.json"
    try:
        with urllib.request.urlopen(SCHEMA, timeout=10) as answer:
            schema.write_bytes(answer.read())
    except OSError:
        pytest.skip("no network: MONAI's schema is not at hand")
    scripts.verify_metadata(meta_file=str(bundle / "configs/metadata.json"), filepath=str(schema))


def test_the_mask_is_segrepros(bundle, own, scan):
    _, found = own
    scripts.run(
        config_file=str(bundle / "configs/inference.json"),
        bundle_root=str(bundle),
        images={"t1": str(scan)},
        output=str(bundle / "mask.nii.gz"),
        device="cpu",
    )
    assert set(np.unique(found.labels)) > {0, 63}
    assert np.array_equal(read_image(bundle / "mask.nii.gz").array, found.labels)
