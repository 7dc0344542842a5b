"""What a table says of a run's network: its parameters here and at the width of the paper."""

from segrepro.networks import list_networks, printed_count, reported_count


def model_facts(card: dict, plain: dict | None) -> dict:
    """The columns about the model of a run.

    card: the model card of one of its folds; plain: that of the network without the blocks that the others add, if the
    table names one. Counts at full width are of the network with the run's own options but for its width.
    """
    info = list_networks().get(card["network"])
    counted = info is not None and not info.fitted
    facts = {
        "parameters": card["parameters"]["total"],
        "parameters_at_full_width": printed_count(*_full_width(card), **_options(card)) if counted else "",
        "parameters_note": info.note if info else "",
        "device": card["device"],
        "weights": card["weights"],
    }
    if plain and counted:
        own, without = (reported_count(*_full_width(one), **_options(one)) for one in (card, plain))
        facts["parameters_increase_percent"] = round(100 * (own / without - 1), 2)
    return facts


def _full_width(card: dict) -> tuple[str, int, int]:
    return card["network"], card["in_channels"], card["out_channels"]


def _options(card: dict) -> dict:
    return {name: value for name, value in card["options"].items() if name != "base_width"}
