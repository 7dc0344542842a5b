"""What a trained model is and what it takes, as lines to read, from its card alone."""

from segrepro.preprocessing.preparation import COLOURS

LICENCE = "Apache-2.0 (code and weights)"


def image_roles(card: dict) -> list[str]:
    """The images that a case must have, first the one whose grid counts.

    The card's `images` where it has them, as it must when channels are computed from images that are none
    themselves; otherwise the channels, the colours of a picture being one image.

    >>> image_roles({"roles": ["red", "green", "gray"]})
    ['rgb']
    """
    if "images" in card:
        return list(card["images"])
    computed = tuple(feature["feature"] for feature in card.get("features", []))
    roles = (role for role in card["roles"] if not (computed and role.startswith(computed)))
    return list(dict.fromkeys("rgb" if role in ("gray", *COLOURS) else role for role in roles))


def describe(card: dict) -> dict[str, str]:
    """Heading to text: network, inputs, labels, training data, scores, licence."""
    options = ", ".join(f"{name} {value}" for name, value in card["options"].items())
    return {
        "model": f"{card['name']} of study {card['study']}, fold {card['fold']}, protocol {card['protocol']}",
        "network": f"{card['network']}{f' ({options})' if options else ''}",
        "parameters": f"{card['parameters']['trainable']:,} trained",
        "inputs": f"{', '.join(image_roles(card))}; {_kind(card)}",
        "preparation": ", ".join(f"{k} {v}" for k, v in card["preparation"].items() if v is not None),
        **({} if _takes_pictures(card) else {"spacing": _spacing(card["training_spacing_mm"])}),
        "labels": ", ".join(f"{value} {name}" for value, name in card["dataset"]["labels"].items()),
        "training data": _data(card["dataset"]),
        "training": f"{card['rounds']} rounds, best {card['best_round']}, {card['training_seconds']:.0f} s on "
        f"{card['device']}, seed {card['seed']}",
        "validation scores": _scores(card["validation"]),
        "made with": f"commit {card['made_with']['commit']}, segrepro {card['made_with']['versions']['segrepro']}",
        "licence": f"{LICENCE}; the training data has terms of its own: "
        + card["dataset"].get("access", "ask those who give it out"),
    }


def _scores(row: dict) -> str:
    scores = {name.removeprefix("validation_"): v for name, v in row.items() if name.startswith("validation_")}
    return ", ".join(f"{name} {value:.4g}" for name, value in scores.items()) or "none recorded"


def _takes_pictures(card: dict) -> bool:
    return card["preparation"]["slices"] == "none"


def _kind(card: dict) -> str:
    return "pictures" if _takes_pictures(card) else "volumes, slice by slice"


def _spacing(trained: dict) -> str:
    """Ranges in mm, between slices, rows and columns."""
    ranges = [f"{a:.3g}" if a == b else f"{a:.3g}-{b:.3g}" for a, b in zip(trained["low"], trained["high"])]
    return " x ".join(ranges) + " mm (slices, rows, columns)"


def _data(dataset: dict) -> str:
    phantom = "; synthetic scans, so it has learnt nothing about patients" if dataset["source"] == "phantom" else ""
    return f"{dataset['title']} (version {dataset['version']}{phantom})"
