"""A study of three volumes and what its figures ask for."""

from segrepro.report.spec import FigureSpec

SHAPE = (40, 30, 5)


SPEC = FigureSpec(title="", kind="synthesis", experiments=["one"], cases=2)
