"""Settings are checked with models; every fault becomes a line with its key."""

from typing import Annotated, Literal

import pytest
from pydantic import BeforeValidator

from segrepro.utils.errors import ConfigError
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import Name, Named, Seed, Strict, checked, faults_of, merged


def whole(value):
    if value == "half":
        raise ValueError("half", "a whole", "Add the other.")
    return value


class Inner(Strict):
    width: int = 4
    kind: Literal["soft", "hard"] = "soft"


class Outer(Strict):
    name: Name = "a"
    seed: Seed = 0
    inner: Inner = Inner()
    named: Named[Inner] = {}
    size: tuple[int, int] | Literal["auto"] = "auto"
    rest: Annotated[str, BeforeValidator(whole)] = ""
    needed: float


def place(*keys, hidden=0):
    return ".".join(map(str, keys[: len(keys) - hidden]))


def fault(**values):
    (found,) = faults_of(Outer, {"needed": 1} | values, place)
    return found.where, found.found, found.remedy


def test_sound_values_are_the_model():
    assert checked(Outer, {"needed": 2, "size": [3, 4]}, place).size == (3, 4)
    assert faults_of(Outer, {"needed": 2}, place) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"inner": {"widthh": 3}}, ("inner", "the unknown key 'widthh'", "Did you mean width?")),
        ({"named": {"x": {"kind": "sotf"}}}, ("named.x.kind", "'sotf'", "Did you mean soft?")),
        ({"name": "a/b"}, ("name", "'a/b'", "Rename it.")),
        ({"seed": -1}, ("seed", "-1", "Correct the value.")),
        ({"needed": float("nan")}, ("needed", "nan", "Correct the value.")),
        ({"rest": "half"}, ("rest", "half", "Add the other.")),
        ({"inner": {"width": "wide"}}, ("inner.width", "'wide'", "Correct the value.")),
    ],
)
def test_each_kind_of_fault_names_its_key_and_a_remedy(values, expected):
    assert fault(**values) == expected


def test_a_missing_key_is_a_fault():
    (found,) = faults_of(Outer, {}, place)
    assert (found.where, found.found, found.remedy) == ("needed", "nothing", "Add the key.")


def test_alternatives_give_one_fault_a_key():
    assert fault(size=[1, "b"])[0] == "size.1"


def test_all_faults_come_at_once():
    with pytest.raises(ConfigError) as caught:
        checked(Outer, {"wrong": 1, "seed": "x"}, place)
    assert len(str(caught.value).splitlines()) == 3


def test_mappings_are_merged_and_the_rest_replaced():
    base = {"a": {"b": 1, "c": [1]}, "d": 2}
    assert merged(base, {"a": {"c": [2]}, "d": {"e": 3}}) == {"a": {"b": 1, "c": [2]}, "d": {"e": 3}}
    assert base == {"a": {"b": 1, "c": [1]}, "d": 2}


class Renamed(Strict):
    """A model whose key had another name."""

    renamed = {"weights": "pretrained"}

    pretrained: str = ""


def test_an_old_key_is_refused_with_its_new_name():
    with pytest.raises(ConfigError) as caught:
        checked(Renamed, {"weights": "a.pth"}, KeyLocations(Layer("config.yaml", {})))
    assert caught.value.found == "the unknown key 'weights'"
    assert caught.value.remedy == "It is called pretrained now."
