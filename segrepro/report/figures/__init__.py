"""The kinds of figure that a study may have; each is a module here with `draw(drawing, spec, runs, stem) -> caption`."""

FIGURES = ("contours", "learning_curves", "synthesis", "boxes", "windows", "residue", "attention")
