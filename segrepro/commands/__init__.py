"""The sub-commands of `segrepro`, a module each; `register(app)` adds it. They import only what they use."""
