"""segrepro: five medical-image-segmentation papers, from raw scans to their printed tables and figures."""

__version__ = "0.1.0"
