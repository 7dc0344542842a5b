"""Parameter counts: exact integers, a stage at a time, and as the papers print them."""

import pytest
import torch

from segrepro.networks import build_network, count_parameters, list_networks, reported_count

# (trainable, with batch-norm statistics or None where the paper counts trainable parameters only)
COUNTS = [
    ("xnet", (1, 1), {"similarity": "dot"}, 15_072_332, 15_117_646),
    ("xnet", (1, 1), {}, 15_089_100, None),
    ("xnet_no_fsm", (1, 1), {}, 12_676_812, 12_719_822),
    ("unet_upconv", (1, 1), {}, 34_525_889, 34_539_585),
    ("unet_fsm", (1, 1), {"similarity": "dot"}, 36_921_409, 36_937_409),
    ("unet_fsm", (1, 1), {}, 34_525_889 + 2_412_288, None),
    ("resunet", (1, 1), {}, 33_141_057, 33_160_513),
    ("resunet_fsm", (1, 1), {"similarity": "dot"}, 35_536_577, 35_558_337),
    ("resunet_fsm", (1, 1), {}, 33_141_057 + 2_412_288, None),
    ("deeplabv3plus", (1, 1), {}, 41_049_697, 41_252_497),
    ("denseunet2d", (1, 1), {}, 49_738_241, 49_960_993),
    ("pspnet", (1, 1), {}, 48_071_040, 48_129_280),
    ("segnet", (1, 1), {}, 29_441_923, 29_457_797),
    ("unet28", (4, 1), {}, 5_947_201, 5_947_201),
    ("resunet28", (4, 1), {}, 6_215_161, 6_215_161),
    ("hlenet_hfe", (4, 1), {}, 3_600_597, 3_600_597),
    ("hlenet_lfe", (4, 1), {}, 3_875_141, 3_875_141),
    ("hlenet", (4, 1), {}, 5_531_545, 5_531_545),
    ("hlenet_lfe", (4, 1), {"lfe_up": "nearest"}, 3_809_381, 3_809_381),
    ("hlenet", (4, 1), {"lfe_up": "nearest"}, 5_465_785, 5_465_785),
    ("hlenet", (1, 1), {}, 5_530_681, 5_530_681),
    ("fcn8s", (4, 2), {}, 18_644_322, 18_646_306),
    ("unet", (4, 2), {}, 31_044_162, None),
    ("r2unet", (4, 2), {}, 39_091_522, None),
    ("resunet_plain", (4, 2), {}, 32_440_002, None),
    ("resunet_standin_81_91m", (4, 2), {}, 81_911_554, None),
    ("slnet", (4, 2), {}, 33_841_710, None),
    ("slnet", (1, 2), {}, 33_839_982, None),
    ("slnet_no_se", (4, 2), {}, 31_044_270, None),
    ("slnet_no_sn", (4, 2), {}, 33_841_602, None),
    ("extractor", (6, 1), {}, 31_045_249, None),
    ("generator", (6, 1), {}, 31_045_249, None),
    ("context_encoder", (1, 16), {}, 102_384, None),
    ("patch_discriminator", (5, 1), {}, 8_300_355, 8_300_355),
    ("synthesis", (4, 1), {}, 31_045_249 - 2 * 9 * 64, None),
    ("synthesis", (11, 1), {"groups": {"fo": 4, "fl": 1, "frames": 6}}, 2 * 31_045_249, None),
    ("pseudo_dwi", (11, 2), {"groups": {"fo": 4, "fl": 1, "frames": 6}}, 2 * 31_045_249 + 33_839_982, None),
    ("pseudo_dwi", (4, 2), {"segmenter_inputs": ["fo"]}, 31_044_097 + 33_839_982 + 4 * 9 * 64, None),
    ("vgg_fcn", (3, 2), {}, 14_926_898, 14_926_898),
    ("unet_chaos", (1, 5), {}, 1_081_813, None),
    ("unet_chaos", (1, 2), {}, 1_081_762, None),
    ("scse_unet", (1, 5), {}, 1_109_836, None),
    ("scse_unet", (1, 2), {}, 1_109_785, None),
    # cSE has 2 C^2 / r + C / r + C: the squares of the widths add up to 27,136 and the widths to 352.
    ("scse_unet", (1, 5), {"reduction": 4}, 1_081_813 + 13_568 + 88 + 352 + 359, None),
    ("scse_unet", (1, 5), {"reduction": 8}, 1_081_813 + 6_784 + 44 + 352 + 359, None),
    # One half each of scSE's 28,023.
    ("cse_unet", (1, 5), {}, 1_109_836 - (64 + 32 + 16) * 2 - 128 - 7, None),
    ("sse_unet", (1, 5), {}, 1_081_813 + (64 + 32 + 16) * 2 + 128 + 7, None),
]


def on_meta(name, channels, **options):
    with torch.device("meta"):
        return build_network(name, *channels, **options)


@pytest.mark.parametrize(("name", "channels", "options", "trainable", "total"), COUNTS)
def test_exact_count(name, channels, options, trainable, total):
    found = count_parameters(on_meta(name, channels, **options))
    assert found[0] == trainable
    assert total is None or found[1] == total
    convention = list_networks()[name].convention
    expected = found[1] if convention == "trainable + batch-norm statistics" else trainable
    assert reported_count(name, *channels, **options) == expected


def test_every_network_is_counted():
    assert {row[0] for row in COUNTS} == {name for name, info in list_networks().items() if not info.fitted}


UNET_UP = [2_097_664, 524_544, 131_200, 32_832]
UNET_DECODER = [7_080_960, 1_771_008, 443_136, 110_976]
KERAS_UP = [4_720_128, 1_180_416, 295_296, 73_920]
X_ENCODER = [10_507, 54_208, 206_720, 806_656, 3_186_176]
UPCONV_ENCODER = [37_824, 221_952, 886_272, 3_542_016, 14_161_920]
ZHANG_DECODER = [10_230_272, 2_559_232, 640_640, 160_576]
HLE_UP = [131_200, 32_832, 8_224, 2_064]
HLE_DECODER = [443_136, 110_976, 27_840, 7_008]
HFE = [1_246_593, 312_001, 78_177, 19_633]
LFE = [25_441, 105_409, 419_713, 1_675_009, 886_272]
SN_ENCODER = [39_564, 221_964, 886_284, 3_542_028, 14_161_932]
SN_DECODER = [7_080_972, 1_771_020, 443_148, 110_988]
SE = [8_320, 33_024, 131_584, 525_312, 2_099_200]

# name, options, encoder, bottom, ups, decoder: trainable parameters a level.
STAGES = [
    ("xnet", {"similarity": "dot"}, X_ENCODER, 2_395_520, KERAS_UP, [1_601_536, 407_552, 105_472, 28_160]),
    ("xnet", {}, X_ENCODER, 2_412_288, KERAS_UP, [1_601_536, 407_552, 105_472, 28_160]),
    ("unet_upconv", {}, UPCONV_ENCODER, 0, KERAS_UP, UNET_DECODER),
    ("resunet", {}, [37_952, 230_400, 919_552, 3_674_112, 14_688_256], 0, [0] * 4, ZHANG_DECODER),
    (
        "unet28",
        {},
        [8_232, 42_672, 170_016, 678_720, 2_712_192],
        0,
        [401_632, 100_464, 25_144, 6_300],
        [1_356_096, 339_360, 85_008, 21_336],
    ),
    (
        "resunet28",
        {},
        [8_372, 44_296, 176_400, 704_032, 2_812_992],
        0,
        [401_632, 100_464, 25_144, 6_300],
        [1_456_672, 364_560, 91_336, 22_932],
    ),
    ("hlenet_lfe", {}, LFE, 0, HLE_UP, HLE_DECODER),
    ("hlenet", {}, LFE, 0, HLE_UP, [a + b for a, b in zip(HFE, HLE_DECODER)]),
    (
        "hlenet",
        {"lfe_up": "nearest"},
        [24_641, 102_273, 407_297, 1_625_601, 886_272],
        0,
        HLE_UP,
        [a + b for a, b in zip(HFE, HLE_DECODER)],
    ),
    ("unet", {}, [39_552, 221_952, 886_272, 3_542_016, 14_161_920], 0, UNET_UP, UNET_DECODER),
    (
        "r2unet",
        {},
        [74_432, 304_000, 1_214_208, 4_853_248, 19_405_824],
        0,
        KERAS_UP,
        [5_246_464, 1_312_512, 328_576, 82_368],
    ),
    (
        "resunet_plain",
        {},
        [39_872, 230_272, 919_296, 3_673_600, 14_687_232],
        0,
        UNET_UP,
        [7_605_760, 1_902_336, 476_032, 119_232],
    ),
    (
        "resunet_standin_81_91m",
        {},
        [2_432 + 147_968, 525_312, 2_099_200, 13_113_344, 52_441_088],
        0,
        [0] * 4,
        [10_225_664, 2_556_928, 639_488, 160_000],
    ),
    ("slnet", {}, [a + b for a, b in zip(SN_ENCODER, SE)], 0, UNET_UP, SN_DECODER),
    ("slnet_no_se", {}, SN_ENCODER, 0, UNET_UP, SN_DECODER),
    (
        "scse_unet",
        {},
        [2_544 + 297, 14_016 + 1_105, 55_680 + 4_257, 221_952 + 16_705, 295_680],
        0,
        [0] * 4,
        [369_216 + 4_257, 92_448 + 1_105, 23_184 + 297, 7_008],
    ),
]


def trainable(module):
    return count_parameters(module)[0]


@pytest.mark.parametrize(("name", "options", "encoder", "bottom", "ups", "decoder"), STAGES)
def test_count_of_each_level(name, options, encoder, bottom, ups, decoder):
    network = on_meta(name, list_networks()[name].channels, **options)
    assert [trainable(block) for block in network.encoder] == encoder
    assert trainable(network.bottom) == bottom
    assert [trainable(block) for block in network.ups] == ups
    assert [trainable(block) for block in network.decoder] == decoder


def test_count_of_each_part_of_the_other_networks():
    deeplab = on_meta("deeplabv3plus", (1, 1))
    parts = ["stem", "quarter", "eighth", "sixteenth", "exit", "last", "low", "decoder", "head"]
    assert [trainable(getattr(deeplab, part)) for part in parts] == [
        18_912,
        53_696,
        205_696,
        1_457_360,
        3_104_384,
        7_133_184,
        12_384,
        150_544,
        257,
    ]
    assert [trainable(block) for block in deeplab.middle] == [1_618_344] * 16
    pyramid = deeplab.pyramid
    assert [trainable(m) for m in (pyramid.pool, pyramid.point, pyramid.fuse)] == [524_800, 524_800, 328_192]
    assert [trainable(branch) for branch in pyramid.dilated] == [547_328] * 3

    dense = on_meta("denseunet2d", (1, 1))
    assert trainable(dense.stem) == 5_088
    assert [trainable(block) for block in dense.blocks] == [756_288, 2_077_056, 11_650_176, 9_573_120]
    assert [trainable(step) for step in dense.steps] == [75_264, 297_984, 2_238_720, 8_832]
    assert [trainable(block) for block in dense.decoder] == [15_264_000, 2_655_360, 332_064, 83_232]
    assert [trainable(m) for m in (dense.match, dense.last, dense.head)] == [4_665_504, 55_488, 65]

    psp = on_meta("pspnet", (1, 1))
    parts = [psp.stem, psp.body, *psp.pyramid.levels, psp.fuse, psp.head]
    expected = [3_328, 24_467_072, *[1_050_112] * 4, 18_875_904, 524_288]
    assert [trainable(part) for part in parts] == expected

    seg = on_meta("segnet", (1, 1))
    assert [trainable(stage) for stage in seg.encoder] == [37_824, 221_952, 1_476_864, 5_902_848, 7_082_496]
    assert [trainable(stage) for stage in seg.decoder] == [7_082_496, 5_902_080, 1_476_480, 221_760, 37_056]
    assert trainable(seg.head) == 67

    fcn = on_meta("fcn8s", (4, 2))
    assert [trainable(up) for up in fcn.ups] == [2_359_808, 1_179_904, 295_040, 73_792, 18_464]
    assert [trainable(norm) for norm in fcn.norms] == [1_024, 512, 256, 128, 64]

    vgg = on_meta("vgg_fcn", (3, 2))
    assert [trainable(side) for side in vgg.sides] == [9_232, 18_448, 36_880, 73_744, 73_744]
    assert trainable(on_meta("patch_discriminator", (5, 1)).scales[2]) == 2_766_785
