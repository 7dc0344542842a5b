"""What a study's results are worth: what they were made from, and how far anybody can follow that.

`record` keeps it beside the results, `predictions` the masks; `levels` says what can be checked, one module a level.
"""
