"""Lists of nouns that show themselves as a table, and are lists for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from jupyter_mlops.errors import MlopsError, UnreadableError
from jupyter_mlops.records import ServiceStatus
from jupyter_mlops.views.look import Bundle, Table, bundle

if TYPE_CHECKING:
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.webservice import Webservice

__all__ = [
    "Listing",
    "images_listing",
    "models_listing",
    "operations_listing",
    "services_listing",
    "services_look",
    "status_of",
]

Noun = TypeVar("Noun")


class Listing(list[Noun], Generic[Noun]):
    """A list of nouns of the sdk. `look` makes its table. With `again`, which finds them anew, a notebook shows a table
    that goes on changing.
    """

    def __init__(
        self,
        nouns: Iterable[Noun],
        look: Callable[[Sequence[Noun]], Table],
        again: Callable[[], Sequence[Noun]] | None = None,
    ):
        super().__init__(nouns)
        self._look = look
        self._again = again
        self._searched = False

    def of_a_search(self, searched: bool = True) -> Self:
        """Say, when it is empty, that nothing matches, not that there is nothing."""
        self._searched = searched
        return self

    def look(self) -> Table:
        """Its table."""
        return self._table(self)

    def _table(self, nouns: Sequence[Noun]) -> Table:
        table = self._look(nouns)
        return replace(table, empty="nothing matches") if self._searched else table

    def __repr__(self) -> str:
        return self.look().text()

    def _ipython_display_(self) -> None:
        again = self._again
        if again is None or not _watched(lambda: self._table(again())):
            raise NotImplementedError  # IPython then shows its mimebundle

    def _repr_mimebundle_(self, **_choice: Any) -> Bundle:
        return bundle(self.look())


def models_listing(models: Iterable[Model], *, note: str | None = None) -> Listing[Model]:
    """`note` is said below the table."""
    from jupyter_mlops.views.models import models_table

    return Listing(models, lambda found: models_table([model._record for model in found], note=note))


def images_listing(images: Iterable[Image]) -> Listing[Image]:
    """Images, in the order given."""
    from jupyter_mlops.views.images import images_table

    return Listing(images, lambda found: images_table([image._record for image in found if image._record is not None]))


def services_listing(find: Callable[[], list[Webservice]]) -> Listing[Webservice]:
    """The services that `find` finds; each is asked how it is when the list is shown, and a while after it."""
    return Listing(find(), services_look, find)


def _watched(look: Callable[[], Table]) -> bool:
    from jupyter_mlops.views.roll_call import watch

    return watch(look)


def services_look(services: Sequence[Webservice]) -> Table:
    """The table of services, as their targets see them now."""
    from jupyter_mlops.views.services import services_table

    return services_table([(service.record, status_of(service), _models(service)) for service in services])


def _models(service: Webservice) -> list[str]:
    try:
        return [model.id for model in service.models]
    except UnreadableError:  # its image is of another version: it is shown as ever
        return []


def status_of(service: Webservice) -> ServiceStatus:
    """What its target sees. One of another machine cannot be asked from here: said in its place, not by failing."""
    try:
        return service.status
    except MlopsError as error:
        return ServiceStatus(state="Unhealthy", error=error.message)


def operations_listing(operations: Iterable[Operation]) -> Listing[Operation]:
    """Operations, in the order given."""
    from jupyter_mlops.views.operations import operations_table

    return Listing(operations, lambda found: operations_table([operation.record for operation in found]))
