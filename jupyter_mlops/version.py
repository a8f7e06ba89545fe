"""The version, in a leaf of its own: whoever needs it need not import the package's root."""

__version__ = "0.1.0"
