"""The commands of `segrepro`, one file each with `register(app)`."""
