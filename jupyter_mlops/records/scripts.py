"""An entry script: as captured, as proven, as kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jupyter_mlops.records.provenance import Provenance

__all__ = ["CapturedScript", "LineOrigin", "ProofResult", "ScriptRecord"]


@dataclass(frozen=True)
class LineOrigin:
    """Line `line` (from 1) of the generated script was line `source_line` of what the user typed in `source`.

    `source` is what a person calls the place: `Cell [7]`, or a file's path.
    """

    line: int
    source: str
    source_line: int


@dataclass(frozen=True, kw_only=True)
class CapturedScript:
    """An entry script that stands alone, written out under `folder`.

    `imports` are the top-level modules that it and the files beside it import; `sample_input` is the body of a
    request (JSON text), `sample_output` the JSON value the answer is checked against.
    """

    folder: str
    entry_script: str
    """POSIX path inside the folder."""
    models: tuple[str, ...] = ()
    """`name` or `name:version`."""
    imports: tuple[str, ...] = ()
    lines: tuple[LineOrigin, ...] = ()
    sample_input: str | None = None
    sample_output: Any = None
    has_sample_output: bool = False
    source_directory: str = "source"
    """The name that the folder has in the service: a script may open `./NAME/data.csv`."""
    warnings: tuple[str, ...] = ()
    """What a person should know before it is proven (an import that only our scoring server still brings)."""


@dataclass(frozen=True, kw_only=True)
class ProofResult:
    """What a script answered in a clean process. `proven` is False when there was no sample to send."""

    proven: bool
    status: int | None = None
    answer: Any = None
    milliseconds: float | None = None
    warnings: tuple[str, ...] = ()
    lock: str | None = None
    """Digest of the environment it was proven in."""


@dataclass(frozen=True, kw_only=True)
class ScriptRecord:
    """An entry script: kept by content hash, findable by name (the newest of a name counts)."""

    name: str
    digest: str
    entry_script: str
    models: tuple[str, ...]
    imports: tuple[str, ...]
    lines: tuple[LineOrigin, ...]
    sample_input: str | None
    sample_output: Any
    has_sample_output: bool
    proof: ProofResult | None
    provenance: Provenance
    created: datetime
    source_directory: str = "source"
    """The name that the script's folder has in the service."""
