"""What the words about a study are made from."""

from segrepro.report.methods.sources import alike


def test_each_method_counts_once_and_a_threshold_is_not_trained(sources):
    assert [run.name for run in sources.methods] == ["threshold", "unet", "xnet"]
    assert [run.name for run in sources.trained] == ["unet", "xnet"]
    assert sources.phantom
    assert sources.training(sources.methods[1]).experiment == "unet"


def test_runs_that_are_alike_stand_together(sources):
    assert alike(sources.methods, lambda run: run.network) == {
        "unet_upconv": ["Intensity threshold", "U-Net"],  # the made-up card of both
        "xnet": ["X-Net"],
    }
