"""Ask what a speech said about something, and where: cited, quoted word for word, or plainly refused."""

__version__ = "0.1.0"
