"""Rows that are made of trained ones: which, and how. No torch here: the plan reads these settings."""

from pydantic import Field, field_validator

from segrepro.inference.postprocess import Postprocess
from segrepro.utils.validation import Strict


class Options(Strict):
    """How trained experiments make a row."""

    members: list[str] = Field(
        min_length=1, alias="from", description="one or several trained experiments, whose probabilities are averaged"
    )
    tta: bool = Field(False, description="with from: average over slices mirrored along rows, columns and both, too")
    postprocess: Postprocess = Field(
        Postprocess(), description="with from: what is tried on masks, and kept where it helps on the validation part"
    )

    @field_validator("members")
    @classmethod
    def _each_once(cls, names: list[str]) -> list[str]:
        if len(set(names)) < len(names):
            raise ValueError(", ".join(names), "each experiment once", "Take one of them out.")
        return names
