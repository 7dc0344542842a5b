"""What a table says of a run's network: its parameters here and at the width of the paper."""

from segrepro.networks import as_printed, count_at_full_width, list_networks
from segrepro.networks.registry import COMBINED
from segrepro.report.spec import UnrunNetwork


def _note(card: dict) -> str:
    """How a row was made that has no network of its own; empty for all others."""
    if card["network"] == COMBINED:
        members, mirrored = " and ".join(card["options"]["from"]), card["options"].get("tta")
        return f"Made of {members}{', mirrored' if mirrored else ''}; nothing is trained for it."
    return _plan(card["nnunet"]) if "nnunet" in card else ""


def _plan(plan: dict) -> str:
    """How nnU-Net was planned and trained, in words.

    >>> plan = {"version": "2.8.1", "configuration": "2d", "budget": "4 minutes a fold", "batch_size": 29}
    >>> _plan(plan | {"patch_size": [192, 160], "network": "PlainConvUNet"})
    'nnU-Net 2.8.1, 2d: PlainConvUNet, batches of 29 patches of 192 x 160, trained for 4 minutes a fold.'
    """
    patch = " x ".join(map(str, plan["patch_size"]))
    how = f"batches of {plan['batch_size']} patches of {patch}, trained for {plan['budget']}"
    return f"nnU-Net {plan['version']}, {plan['configuration']}: {plan['network']}, {how}."


def model_facts(card: dict, plain: int | None) -> dict:
    """The fields of a row about the model of a run.

    card: the model card of one of its folds; plain: parameters of the network without the blocks that the others add,
    if the table names one. What counts at full width was counted when the network was trained: nothing is built here.
    """
    count = card["parameters"]["at_full_width"]
    facts = {"parameters": card["parameters"]["total"], "device": card["device"], "checkpoint": card["checkpoint"]}
    facts |= _at_full_width(card["network"], count, card["options"], plain)
    return facts | ({"parameters_note": _note(card)} if _note(card) else {})


def network_facts(unrun: UnrunNetwork, count: int, plain: int | None) -> dict:
    """The fields of a row about a network that has no run; count: its parameters, as `full_counts` has them."""
    return _at_full_width(unrun.network, count, unrun.options, plain)


def full_counts(networks: dict[str, UnrunNetwork]) -> dict[str, int]:
    """The parameters of networks of the library at the width of the paper; no memory is taken for them.

    >>> unet = UnrunNetwork(network="unet_upconv", in_channels=1, out_channels=1, options={"base_width": 8})
    >>> full_counts({"unet": unet})
    {'unet': 34539585}
    """
    return {
        name: count_at_full_width(one.network, one.in_channels, one.out_channels, **one.options)
        for name, one in networks.items()
    }


def _at_full_width(network: str, count: int | None, options: dict, plain: int | None) -> dict:
    info = list_networks().get(network)
    counted = info is not None and not info.fitted
    facts = {
        "parameters_at_full_width": as_printed(count, network, **options) if counted else "",
        "parameters_note": info.note if info else "",
    }
    if plain and counted:
        facts["parameters_increase_percent"] = round(100 * (count / plain - 1), 2)
    return facts
