"""For the pages of the library: examples in docstrings become blocks of code, which Markdown would take for quotes."""

import re

import griffe

EXAMPLE = re.compile(r"^>>> .*(?:\n(?!\n).+)*", re.MULTILINE)


class FencedExamples(griffe.Extension):
    """Puts a fence around the doctests of every docstring."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Called by griffe for each module, class and function."""
        if obj.docstring:
            obj.docstring.value = EXAMPLE.sub(lambda block: f"```python\n{block[0]}\n```", obj.docstring.value)
