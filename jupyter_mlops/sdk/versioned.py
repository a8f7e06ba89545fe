"""What a model and an image have in common: the `name:version` that they are, and the labels that may change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from jupyter_mlops.records import ImageRecord, ModelRecord, Provenance
from jupyter_mlops.sdk.filters import text_values

if TYPE_CHECKING:
    from jupyter_mlops.registry.labelled import Labelled
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Versioned"]

Record = TypeVar("Record", ModelRecord, ImageRecord)


class Versioned(ABC, Generic[Record]):
    """A `name:version` of a workspace. Tags are mutable, properties add-only, all else is as it was made."""

    workspace: Workspace
    _record: Record | None

    @property
    @abstractmethod
    def record(self) -> Record:
        """As the registry has it."""

    @staticmethod
    @abstractmethod
    def _labelled() -> Labelled[Record]:
        """The registry's verbs for labels of this kind; imported when they are needed."""

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def version(self) -> int:
        return self.record.version

    @property
    def id(self) -> str:
        """`name:version`."""
        return self.record.id

    @property
    def digest(self) -> str:
        return self.record.digest

    @property
    def tags(self) -> dict[str, str]:
        return dict(self.record.tags)

    @property
    def properties(self) -> dict[str, str]:
        return dict(self.record.properties)

    @property
    def description(self) -> str | None:
        return self.record.description

    @property
    def created_time(self) -> datetime:
        """UTC."""
        return self.record.created

    @property
    def provenance(self) -> Provenance:
        """Notebook, cell, kernel, Python, git commit and user that it came from."""
        return self.record.provenance

    def add_tags(self, tags: Mapping[str, object]) -> None:
        """Add tags, or change their values."""
        self._record = self._labelled().add_tags(self.workspace.store, self.record, text_values(tags))

    def remove_tags(self, tags: Sequence[str] | str) -> None:
        """Remove tags by key."""
        keys = [tags] if isinstance(tags, str) else list(tags)
        self._record = self._labelled().remove_tags(self.workspace.store, self.record, keys)

    def add_properties(self, properties: Mapping[str, object]) -> None:
        """Add properties; one that is there never changes."""
        self._record = self._labelled().add_properties(self.workspace.store, self.record, text_values(properties))

    def update_tags_properties(
        self,
        add_tags: Mapping[str, object] | None = None,
        remove_tags: Sequence[str] | None = None,
        add_properties: Mapping[str, object] | None = None,
    ) -> None:
        """All three at once."""
        if add_properties:
            self.add_properties(add_properties)
        if remove_tags:
            self.remove_tags(remove_tags)
        if add_tags:
            self.add_tags(add_tags)

    def _relabel(self, tags: Mapping[str, object] | None, description: str | None) -> None:
        """Replace all tags, or the description; what is None stays."""
        new = None if tags is None else text_values(tags)
        self._record = self._labelled().update(self.workspace.store, self.record, tags=new, description=description)
