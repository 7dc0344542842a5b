"""One look for all figures: colours that the colour-blind can tell apart, light axes."""

from contextlib import contextmanager

# Okabe and Ito's palette.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000")
TRUTH, PREDICTION = "#F0E442", "#56B4E9"


def label_colour(number: int) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of the label of a channel.

    >>> label_colour(1)
    (230, 159, 0)
    """
    # Orange first: the palette's blue is hard to see on a dark scan.
    text = COLOURS[number % (len(COLOURS) - 1)]
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@contextmanager
def figure_style():
    """The project's matplotlib settings, with a backend that needs no screen."""
    import matplotlib

    matplotlib.use("Agg")
    settings = {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
        "svg.hashsalt": "segrepro",
        "savefig.dpi": 150,
    }
    with matplotlib.rc_context(settings):
        yield


def save_figure(figure, stem) -> None:
    """Write PNG and SVG without a date, so that equal figures are equal files."""
    import matplotlib.pyplot as plt

    figure.savefig(f"{stem}.png", bbox_inches="tight", metadata={"Software": None})
    figure.savefig(f"{stem}.svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
