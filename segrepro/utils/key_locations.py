"""Where a key stands: in which of several files that are laid one over the other."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """Content of a file, which stands there below the keys `above`."""

    file: str
    content: object
    above: tuple = ()


class KeyLocations:
    """Layers of a configuration, the one that counts most last; called with a key's path it says where that stands.

    >>> place = KeyLocations(Layer("config.yaml", {"scale": "demo"}), Layer("mine.yaml", {"scale": "dmeo"}))
    >>> place("scale"), place("data")
    ('mine.yaml: scale', 'config.yaml: data')
    """

    def __init__(self, *layers: Layer):
        self.layers = layers

    def __add__(self, other: "KeyLocations") -> "KeyLocations":
        return KeyLocations(*self.layers, *other.layers)

    def __call__(self, *keys: object, hidden: int = 0) -> str:
        """File and dotted key; without the last `hidden` parts."""
        depths = [_depth(layer.content, keys) for layer in self.layers]
        found = [layer for layer, depth in zip(self.layers, depths) if depth == len(keys)]
        whole = [layer for layer in found if keys or layer.content is not None]
        # What no layer holds was left out of one: of the first that holds the most of its path.
        layer = whole[-1] if whole else self.layers[depths.index(max(depths))]
        dotted = ".".join(map(str, [*layer.above, *keys][: len(layer.above) + len(keys) - hidden]))
        return f"{layer.file}: {dotted}" if dotted else layer.file

    def under(self, *keys: object) -> "KeyLocations":
        """The places of what stands below these keys."""
        held = [layer for layer in self.layers if _depth(layer.content, keys) == len(keys)] or self.layers[:1]
        return KeyLocations(*(Layer(layer.file, _below(layer.content, keys), (*layer.above, *keys)) for layer in held))


def _depth(content: object, keys: tuple) -> int:
    """How many of the keys can be followed into the content."""
    for depth, key in enumerate(keys):
        if not _holds(content, key):
            return depth
        content = content[key]
    return len(keys)


def _holds(content: object, key: object) -> bool:
    if isinstance(content, dict):
        return key in content
    return isinstance(content, list) and isinstance(key, int) and key < len(content)


def _below(content: object, keys: tuple) -> object:
    for key in keys:
        content = content[key] if _holds(content, key) else None
    return content
