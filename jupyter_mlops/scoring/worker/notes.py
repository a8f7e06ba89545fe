"""What there is to say about one request beside its answer."""

from __future__ import annotations

__all__ = ["Notes"]


class Notes:
    """`warnings` go to the `x-mlops-warning` header and the log. `doubts` say what was odd about an input that was let
    through: when `run` then fails, they are the answer (400), for the input and not the script is to blame."""

    __slots__ = ("doubts", "warnings")

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.doubts: list[str] = []

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def doubt(self, text: str) -> None:
        self.doubts.append(text)
        self.warn(text)
