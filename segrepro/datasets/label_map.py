"""Which values of a data set's masks are learned, and the channel of a network that each of them is."""

from collections.abc import Iterator

import numpy as np

from segrepro.utils.validation import Strict

IGNORED = 255  # the channel, as it is trained on, of what is neither learned nor scored


class LabelMap(Strict):
    """The label values of a data set in the order of their channels: the k-th value is channel k, background is 0.

    values: label value to name, in the order of the channels. ignored: the value of what is neither learned nor
    scored; None where there is none.

    >>> labels = LabelMap(values={1: "liver", 3: "kidney", 63: "spleen"}, ignored=2)
    >>> labels.to_channels(np.array([0, 1, 3, 63, 2], np.uint8)).tolist()
    [0, 1, 2, 3, 255]
    >>> labels.to_values(np.array([0, 1, 2, 3], np.uint8)).tolist()
    [0, 1, 3, 63]
    """

    values: dict[int, str]
    ignored: int | None = None

    @property
    def names(self) -> list[str]:
        """The names of channel 1, 2, ..."""
        return list(self.values.values())

    @property
    def channels(self) -> Iterator[tuple[int, str]]:
        """Every channel but the background, with its name."""
        return enumerate(self.names, 1)

    def to_channels(self, stored: np.ndarray) -> np.ndarray:
        """The channel of each value of a mask, uint8: 255 where nothing is learned, 0 for a value without a channel.

        stored: of any shape, whole numbers from 0 to 255.
        """
        channel_of = np.zeros(256, np.uint8)
        channel_of[list(self.values)] = range(1, len(self.values) + 1)
        if self.ignored is not None:
            channel_of[self.ignored] = IGNORED
        return channel_of[stored]

    def to_values(self, channels: np.ndarray) -> np.ndarray:
        """The data set's own value, uint8, of each channel from 0 to the number of labels; of any shape."""
        return np.array([0, *self.values], np.uint8)[channels]
