"""How a study was made, in words: a methods text as one prints it, and the checklists that journals ask for.

`sources` is what the words are made from, the modules named `..._part` hold a function a paragraph, `checklists` the
items that these answer, with a YAML file a checklist beside it; `methods` puts them together.
"""
