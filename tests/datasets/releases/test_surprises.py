"""Twenty ways in which the releases are not what one would take them for, and the test that holds each.

What is a fact of a release, and not of the code that reads it, is looked at here.
"""

from importlib import import_module

import pytest

from segrepro.datasets.download.registry import how_to_get
from segrepro.datasets.layouts import layout_module
from segrepro.datasets.phantoms import phantom_names
from segrepro.datasets.releases import paper_facts, releases
from segrepro.datasets.replicas import isles2018, replica_names
from segrepro.utils.repository import REPOSITORY
from segrepro.utils.yaml_files import read_yaml

HERE = "datasets.releases.test_surprises"
ATLAS, ISLES = "datasets.layouts.test_atlas", "datasets.layouts.test_isles2018"
WHOLE = "datasets.replicas.test_releases"
TOLD = "test_a_whole_release_is_told_and_its_rows_run_or_say_why_not"
# What is so, and the test: its module below tests and its name.
SURPRISES = {
    "masks of ATLAS R1.1 hold k (1 - 2^-32)": (ATLAS, "test_the_values_of_the_published_masks_are_all_lesion"),
    "the affine of ISLES 2018 is an identity, sizes stand in pixdim": (
        "images.test_nifti", "test_sizes_come_from_pixdim_where_the_sform_is_an_empty_identity"
    ),
    "the usual edition of ISLES 2018 has no DWI": (
        "workflow.plan.test_available", "test_the_plan_of_an_edition_without_dwi_prepares_the_maps_alone"
    ),
    "its first upload calls the maps MR_": (ISLES, "test_the_first_upload_calls_its_maps_mr"),
    "its patients may stand in JSONs alone": (ISLES, "test_the_jsons_beside_the_images_tell_the_patients"),
    "ISIC 2017 has pictures twice": (
        "datasets.replicas.test_isic2017", "test_all_pictures_are_there_and_those_that_are_twice_there_are_notes"
    ),
    "CHAOS has pixels of 49,944 HU": (
        "preprocessing.test_normalization", "test_a_few_wrong_pixels_do_not_flatten_a_ct"
    ),
    "X-Net's code takes scans in its table's order": (
        "datasets.test_splits",
        "test_two_scans_of_a_patient_may_be_parted_by_case_and_stand_in_the_order_of_the_releases_list",
    ),
    "a release may be half unpacked": (
        "datasets.integrity.test_found", "test_a_half_unpacked_release_and_a_set_of_ones_own_are_no_whole_release"
    ),
    "two licences are stated": (HERE, "test_both_licences_of_isles_2018_are_told"),
    "there are three files of VGG-16": (
        "networks.test_vgg_weights", "test_each_file_of_vgg16_is_known_by_its_keys_and_gets_its_own_input"
    ),
    "ATLAS R1.2 has names of its own": (ATLAS, "test_release_1_2_has_subject_and_visit_in_one_folder"),
    "ATLAS R2.0 is what a newcomer gets": (WHOLE, TOLD),
    "archives are encrypted with one of two digests": (HERE, "test_how_to_decrypt_is_told_with_each_releases_digest"),
    "of WMH's files a third is read": (
        "datasets.download.test_dataverse", "test_only_the_files_that_studies_read_are_fetched"
    ),
    "two more people drew WMH's training scans": (
        "datasets.layouts.test_wmh2017", "test_what_two_more_people_drew_stands_beside_the_label"
    ),
    "phantoms are tidier than releases": (HERE, "test_every_phantom_has_a_replica_beside_it"),
    "ids of ISLES 2018 are seven a case": (HERE, "test_examples_have_the_ids_of_the_release"),
    "623 slices are CHAOS's T2-SPIR": (HERE, "test_the_papers_slices_are_those_of_one_sequence_and_a_part_of_ct"),
    "ISLES'24 alone has CTP and DWI": (
        "workflow.config.test_repeated_tables",
        "test_isles_24_repeats_tables_1_to_5_of_the_pseudo_dwi_without_published_numbers",
    ),
}  # fmt: skip


@pytest.mark.parametrize("surprise", SURPRISES)
def test_each_is_held_by_a_test(surprise):
    module, name = SURPRISES[surprise]
    assert callable(getattr(import_module(f"tests.{module}"), name))


def test_they_are_twenty():
    assert len(SURPRISES) == len({*SURPRISES.values()}) == 20


def test_both_licences_of_isles_2018_are_told(tmp_path):
    told = " ".join(how_to_get(releases()["isles2018"], tmp_path))
    assert "ODC ODbL" in told
    assert "CC BY 4.0" in told
    assert "names a newer version of itself" in told


@pytest.mark.parametrize(("name", "digest"), [("atlas", "-md sha256 -d -a"), ("atlas_r2", "-md md5 -d -in")])
def test_how_to_decrypt_is_told_with_each_releases_digest(tmp_path, name, digest):
    told = " ".join(how_to_get(releases()[name], tmp_path))
    assert f"openssl aes-256-cbc {digest}" in told
    assert '"bad decrypt" means' in told


def test_every_phantom_has_a_replica_beside_it():
    read = {one.layout for name in replica_names() for one in releases()[name].sets}
    assert set(phantom_names()) <= read


def test_examples_have_the_ids_of_the_release():
    assert f"CT_MTT.{isles2018.smir_ids(1)['CT_MTT']}.nii" in layout_module("isles2018").EXAMPLE
    assert isles2018.smir_ids(64)["CT_MTT"] == 345994
    assert isles2018.smir_ids(2)["CT_Tmax"] == 345574
    assert "3" in releases()["chaos"].set_of("chaos_ct").parts["test"].ids
    assert "Test_Sets/CT/3/" in releases()["chaos"].tree[-1]


def test_the_papers_slices_are_those_of_one_sequence_and_a_part_of_ct():
    sets = {one.layout: one.facts.slices for one in releases()["chaos"].sets}
    assert sets == {"chaos_ct": 2874, "chaos_mr": 623, "chaos_mr_t1": 647}
    assert (paper_facts("chaos", "chaos_mr").slices, paper_facts("chaos", "chaos_ct").slices) == (623, 1884)
    said = " ".join(read_yaml(REPOSITORY / "studies/scse.yaml")["differences"])
    assert "623 slices are those of T2-SPIR" in said
    assert "Which 1884 of the release's 2874 CT slices were taken is not stated" in said
