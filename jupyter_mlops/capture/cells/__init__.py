"""A notebook's cell, and what it uses, becomes one readable script that stands alone. The cell is never run.

`scopes` reads the names, `notebook` and `definitions` find what gave them their values, `resolver` follows them,
`script` writes the text. May import what `capture` may.
"""

from jupyter_mlops.capture.cells.capture import capture_cell

__all__ = ["capture_cell"]
