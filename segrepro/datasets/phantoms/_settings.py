"""What the settings of all phantoms share, and the kinds of numbers that they are made of."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from segrepro.utils.validation import Seed, Strict

# None of these numbers may be given as text.
Count = Annotated[int, Field(ge=1, strict=True)]
Length = Annotated[float, Field(gt=0, strict=True)]
Amount = Annotated[float, Field(ge=0, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]


def _rising(pair: tuple) -> tuple:
    if pair[0] > pair[1]:
        raise ValueError(repr(list(pair)), "the smaller number first", "Change their order.")
    return pair


Number = TypeVar("Number")
# The least and the greatest.
Between = Annotated[tuple[Number, Number], AfterValidator(_rising)]


class PhantomSettings(Strict):
    """patients: how many there are. seed: with a patient's number, all that he depends on."""

    patients: Count
    seed: Annotated[Seed, Field(strict=True)] = 0
