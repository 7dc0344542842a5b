"""What a table says of a run's network: its parameters here and at the width of the paper."""

from segrepro.networks import as_printed, list_networks


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
        "parameters_note": info.note if info else "",
        "device": card["device"],
        "checkpoint": card["checkpoint"],
    }
    if plain and counted:
        facts["parameters_increase_percent"] = round(100 * (count / plain["parameters"]["at_full_width"] - 1), 2)
    return facts
