"""The keys of a service, as a value that does not show itself: a notebook's output is a file that people share."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.views.look import Bundle, bundle
from jupyter_mlops.views.services import keys_card

__all__ = ["Keys"]


class Keys(tuple[str, str]):
    """`(primary, secondary)`; `keys[0]` and `keys.primary` are the same."""

    service: str
    regenerated: str | None

    def __new__(cls, service: str, primary: str, secondary: str, *, regenerated: str | None = None) -> Keys:
        made = super().__new__(cls, (primary, secondary))
        made.service, made.regenerated = service, regenerated
        return made

    @property
    def primary(self) -> str:
        return self[0]

    @property
    def secondary(self) -> str:
        return self[1]

    def __repr__(self) -> str:
        return f"Keys(service={self.service!r}, primary='…', secondary='…')"

    __str__ = __repr__

    def _repr_mimebundle_(self, **_choice: Any) -> Bundle:
        return bundle(keys_card(self.service, regenerated=self.regenerated))
