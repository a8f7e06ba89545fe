"""An answer that can be asked for again: where widgets are, a form stands beside it, and sending replaces it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.sdk.requests import TestResult
from jupyter_mlops.views.forms import Form, form_of
from jupyter_mlops.views.look import Note
from jupyter_mlops.views.screen import Screen
from jupyter_mlops.views.widgets.controls import Controls, available

if TYPE_CHECKING:
    from jupyter_mlops.records import Signature
    from jupyter_mlops.sdk.webservice import Webservice

__all__ = ["Asked"]


@dataclass(frozen=True, kw_only=True)
class Asked(TestResult):
    """What `%test_service` returns: a `TestResult` that knows whom it was asked of."""

    asked: Webservice = field(repr=False, compare=False)

    @classmethod
    def of(cls, result: TestResult, service: Webservice) -> Asked:
        """The result of a request to `service`."""
        return cls(**vars(result), asked=service)

    def _ipython_display_(self) -> None:
        if not available() or not isinstance(self.body, str):
            raise NotImplementedError  # IPython then shows its mimebundle
        _Conversation(self.asked, self.body).begin(self)


class _Conversation:
    """A screen with the last answer, and the form beside it."""

    def __init__(self, service: Webservice, body: str) -> None:
        self._service = service
        self._body = body
        self._schema = service.request_schema()
        self._signature = _signature(service)
        self._screen = Screen()

    def begin(self, answer: TestResult) -> None:
        self._controls = Controls(self._screen, self._heard, form=self._form(self._body), body=self._body)
        self._show(answer)

    def _form(self, body: str) -> Form | None:
        return form_of(body, self._schema, self._signature)

    def _show(self, answer: TestResult) -> None:
        from jupyter_mlops.views.formatters import look_of

        self._screen.show(look_of(answer))

    def _heard(self, event: Mapping[str, Any]) -> None:
        body = str(event.get("body", ""))
        if event.get("event") == "shape":
            form = self._form(body)
            self._controls.tell("shaped", form=None if form is None else form.spec(), body=body)
        elif event.get("event") == "send":
            self._send(body)

    def _send(self, body: str) -> None:
        """Whatever happens is shown where the answer stands: nobody reads an error of a click."""
        try:
            self._show(self._service.test(body=body))
        except MlopsError as error:
            self._screen.show(Note(str(error), "bad"))
        finally:
            self._controls.tell("answered")


def _signature(service: Webservice) -> Signature | None:
    """Of its image; where that has none, of its only model."""
    image = service.image
    if image is None:
        return None
    models = image.models
    return image.manifest.signature or (models[0].signature if len(models) == 1 else None)
