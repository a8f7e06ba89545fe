"""The exact packages that a script needs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from jupyter_mlops.records.digests import digest_of

__all__ = ["EnvironmentLock", "EnvironmentRecord", "LockedPackage"]


@dataclass(frozen=True, kw_only=True)
class LockedPackage:
    """One distribution of the closure. `modules` are its top-level import names.

    `wheel` is the blob digest of a wheel that no index serves (an editable or VCS install built on the spot).
    """

    name: str
    version: str
    modules: tuple[str, ...] = ()
    direct: bool = False
    wheel: str | None = None


@dataclass(frozen=True, kw_only=True)
class EnvironmentLock:
    """The exact packages a script needs: the transitive closure, sorted by name.

    `differences` are lines such as `scikit-learn 1.9 in the kernel, 1.5 in conda.yml`; `source` is `kernel`,
    or the file that was given.
    """

    python: str
    packages: tuple[LockedPackage, ...]
    source: str = "kernel"
    differences: tuple[str, ...] = ()

    @property
    def wheels(self) -> tuple[str, ...]:
        """The blob digests of the distributions that no index serves."""
        return tuple(package.wheel for package in self.packages if package.wheel is not None)

    @property
    def digest(self) -> str:
        """Of the Python version and the packages alone: two roads to the same packages are one environment."""
        return digest_of({"python": self.python, "packages": [asdict(package) for package in self.packages]})


@dataclass(frozen=True, kw_only=True)
class EnvironmentRecord:
    """`Environment.register`: a name and version for what was asked for (not yet a lock)."""

    name: str
    version: int
    definition: dict[str, Any]
    created: datetime
