"""A card that is changed on disk."""

import json

from segrepro.training.model import CARD


def change_card(folder, change) -> None:
    card = json.loads((folder / CARD).read_text())
    change(card)
    (folder / CARD).write_text(json.dumps(card))
