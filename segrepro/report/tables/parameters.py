"""What a table says of a run's network: its parameters here and at the width of the paper."""

from segrepro.networks import as_printed, list_networks
from segrepro.networks.registry import COMBINED


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


def model_facts(card: dict, plain: dict | None) -> dict:
    """The fields of a row about the model of a run.

    card: the model card of one of its folds; plain: that of the network without the blocks that the others add, if the
    table names one. What counts at full width was counted when the network was trained: nothing is built here.
    """
    info, count = list_networks().get(card["network"]), card["parameters"]["at_full_width"]
    counted = info is not None and not info.fitted
    facts = {
        "parameters": card["parameters"]["total"],
        "parameters_at_full_width": as_printed(count, card["network"], **card["options"]) if counted else "",
        "parameters_note": _note(card) or (info.note if info else ""),
        "device": card["device"],
        "checkpoint": card["checkpoint"],
    }
    if plain and counted:
        facts["parameters_increase_percent"] = round(100 * (count / plain["parameters"]["at_full_width"] - 1), 2)
    return facts
