"""What is chosen from a fingerprint, for data sets of every kind."""

import pytest

from segrepro.datasets.fingerprint.measure import CaseMeasures, Fingerprint, Foreground, Intensities
from segrepro.utils.errors import DataError
from segrepro.workflow.new_study.choices import (
    Frame,
    choose_flips,
    choose_folds,
    choose_frame,
    choose_loss,
    choose_normalization,
    choose_plane,
    smaller,
)


def made_up(spacings=((1.0, 1.0, 1.0),), shapes=((50, 60, 20),), modality="t1", zeros=0.1, part=None, **more):
    numbers = dict.fromkeys(("lowest", "low", "median", "high", "highest", "mean", "std"), 1.0)
    cases = [
        CaseMeasures(
            case=f"c{n}", patient=f"p{n}", site="", part=part and part[n], orientation="RAS", spacing_mm=spacing,
            shape=shape, intensities={modality: Intensities(**numbers, zeros=zeros)}, voxels={1: 5}, ml={1: 0.1},
        )
        for n, (spacing, shape) in enumerate(zip(spacings, shapes))
    ]  # fmt: skip
    foreground = {modality: Foreground(mean=80.123, std=30.456, low=-20.04, high=190.06)}
    facts = {"labels": {1: "lesion"}, "ignore_label": None} | more
    return Fingerprint(name="made up", layout="nnunet", cases=cases, foreground=foreground, **facts)


@pytest.mark.parametrize(
    ("spacing", "plane"),
    [
        ((1.0, 1.0, 5.0), "axial"),
        ((1.0, 4.0, 1.0), "coronal"),
        ((3.3, 1.0, 1.0), "sagittal"),
        ((1.0, 1.0, 1.4), "axial"),
        ((1.4, 1.0, 1.0), "axial"),
    ],
)
def test_slices_are_cut_where_voxels_are_fine(spacing, plane):
    assert choose_plane(made_up([spacing])).value == plane


def test_one_spacing_is_kept_and_several_become_the_median():
    same = made_up([(0.9, 0.9, 3.0)] * 2, [(100, 120, 20), (90, 130, 25)])
    assert choose_frame(same, "axial")[0] == Frame(None, None, (160, 128))
    several = made_up([(0.5, 0.6, 3.0), (1.0, 1.2, 3.0), (1.0, 1.2, 4.0)], [(200, 160, 20), (96, 90, 9), (80, 80, 9)])
    # 160 rows of 0.6 mm are 80 of 1.2 mm, but the second case has 90; 200 columns of 0.5 mm are 100.
    assert choose_frame(several, "axial")[0] == Frame((None, 1.2, 1.0), None, (96, 128))
    coronal = made_up([(1.0, 5.0, 0.5), (1.0, 5.0, 0.8)], [(64, 9, 64), (64, 9, 64)])
    assert choose_frame(coronal, "coronal")[0].spacing_mm == (None, 0.65, 1.0)


def test_a_frame_for_the_demo_is_coarser():
    found = made_up([(1.0, 1.0, 3.0)], [(192, 384, 20)])
    frame = choose_frame(found, "axial")[0]
    assert frame.size == (384, 192)
    assert smaller(found, frame, "axial") == Frame((None, 4.0, 4.0), None, (96, 64))
    assert smaller(found, Frame(None, None, (96, 64)), "axial") is None


def test_pictures_of_one_size_are_kept_and_others_resized():
    one = made_up([None], [(157, 189)])
    assert choose_plane(one).value == "none"
    assert choose_frame(one, "none")[0] == Frame(None, None, (192, 160))
    several = made_up([None] * 3, [(1024, 768), (2048, 1536), (3000, 2000)])
    assert choose_frame(several, "none")[0] == Frame(None, (384, 512), (384, 512))
    assert smaller(several, choose_frame(several, "none")[0], "none") == Frame(None, (64, 96), (64, 96))


def test_intensities():
    assert choose_normalization(made_up()).value == "zscore"
    assert choose_normalization(made_up(zeros=0.6)).value == {"name": "zscore", "inside": "nonzero"}
    ct = {"name": "zscore", "clip": [-20.0, 190.1], "mean": 80.12, "std": 30.46}
    assert choose_normalization(made_up(modality="ct", zeros=0.6)).value == ct


@pytest.mark.parametrize(
    ("patients", "folds"), [(40, {"count": 5}), (5, {"count": 5}), (4, {"count": 1}), (3, {"count": 1})]
)
def test_folds_by_the_number_of_patients(patients, folds):
    found = made_up([(1.0, 1.0, 1.0)] * patients, [(9, 9, 9)] * patients)
    assert choose_folds(found).value.items() >= folds.items()


def test_official_parts_are_kept_and_two_patients_refused():
    found = made_up([(1.0, 1.0, 1.0)] * 2, [(9, 9, 9)] * 2, part=("train", "test"))
    assert choose_folds(found).value == {"by": "official", "count": 1}
    with pytest.raises(DataError) as error:
        choose_folds(made_up([(1.0, 1.0, 1.0)] * 2, [(9, 9, 9)] * 2))
    assert error.value.found == "2 patients"


def test_no_flip_where_a_label_names_a_side_or_slices_are_sagittal():
    assert choose_flips(made_up(), "axial").value == 0.5
    assert choose_flips(made_up(labels={1: "Left kidney", 2: "right kidney"}), "axial").value == 0
    assert choose_flips(made_up(), "sagittal").value == 0


def test_the_loss_fits_the_labels():
    assert choose_loss(made_up()).value == {"loss": "dice_ce"}
    assert choose_loss(made_up(labels={1: "a", 2: "b"})).value["loss"] == "weighted_ce_dice"
    assert choose_loss(made_up(ignore_label=2)).value["loss_options"] == {"ignore_index": 255}
