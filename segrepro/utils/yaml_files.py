"""YAML files read so that nothing in them is lost without a word."""

from pathlib import Path

import yaml

from segrepro.utils.errors import ConfigError, raise_together

DEEPEST, MOST = 50, 100_000
MERGE = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """Notes the keys that stand twice in a mapping, and their lines; PyYAML takes the last without a word."""

    def __init__(self, text: str):
        super().__init__(text)
        self.twice: list[tuple[str, list[int]]] = []

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node, lines = super().compose_mapping_node(anchor), {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != MERGE:
                lines.setdefault((key.tag, key.value), []).append(key.start_mark.line + 1)
        self.twice += [(key, found) for (_, key), found in lines.items() if len(found) > 1]
        return node


def read_yaml(path: Path) -> dict:
    """The mapping in a YAML file. Raises ConfigError for anything else, and for every key that stands there twice."""
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        content = loader.get_single_data()
    except OSError as error:
        found = f"nothing to read ({error.strerror.lower()})"
        raise ConfigError(path, found, "a YAML file", "Check the name.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, f"bytes that are not UTF-8 in line {line}", "UTF-8", "Save it as UTF-8.") from None
    except (yaml.YAMLError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 1}" if where else ""
        raise ConfigError(path, f"text that is not YAML{line}", "YAML", "Mend the line.") from None
    except RecursionError:
        raise _too_deep(path) from None
    if not isinstance(content, dict):
        raise ConfigError(path, f"{type(content).__name__}", "keys and values", "See config.yaml.")
    _require_shallow(path, content)
    raise_together([_twice(path, *found) for found in sorted(loader.twice, key=lambda found: found[1])])
    return content


def _require_shallow(path: Path, content: object) -> None:
    """Raise ConfigError for what lies too deep or is too much, as aliases make it that hold themselves."""
    left, count = [(content, 0)], 0
    while left:
        value, depth = left.pop()
        count += 1
        if depth > DEEPEST or count > MOST:
            raise _too_deep(path)
        if isinstance(value, dict | list):
            left += [(item, depth + 1) for item in (value.values() if isinstance(value, dict) else value)]


def _too_deep(path: Path) -> ConfigError:
    expected = f"at most {DEEPEST} levels and {MOST} values"
    return ConfigError(path, "more levels or values than any settings have", expected, "Look for a misplaced bracket.")


def _twice(path: Path, key: str, lines: list[int]) -> ConfigError:
    found = f"the key {key!r} in lines {' and '.join(map(str, lines))}"
    return ConfigError(path, found, "each key once in a mapping", "Keep one of them.")
