"""Constants too big for a literal: files beside the script, free of pickle where that is possible, and the
expressions that load them. Each file is read back and compared before it is trusted."""

from __future__ import annotations

import io
import json
import math
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.capture.cells.imports import Imports
from jupyter_mlops.capture.cells.layout import Group, Item, Node
from jupyter_mlops.capture.cells.values import quoted
from jupyter_mlops.capture.pickling import modules_needed
from jupyter_mlops.errors import CaptureError

__all__ = ["DataFiles", "TooLargeError", "same"]

LARGEST_OBJECT = 10 * 1024 * 1024
"""Bytes of an object that is neither array nor frame nor plain data: more is a model, whatever it is called."""


class TooLargeError(Exception):
    """The object is as big as a model; the message is its size in bytes."""


@dataclass
class DataFiles:
    """The files of one script, to be written when all checks are done."""

    imports: Imports
    files: dict[str, Callable[[Path], None]] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    """Top-level modules that loading the files needs, beyond what the script imports."""

    def expression(self, name: str, value: Any) -> Node:
        """Keeps the value as a file called after `name`; gives the expression that loads it.

        Raises `CaptureError` for what no file can hold, and `TooLargeError`.
        """
        kind = type(value).__module__.partition(".")[0]
        if kind == "numpy":
            node = self._array(name, value)
        elif kind == "pandas":
            node = self._frame(name, value)
        elif kind == "scipy":
            node = self._sparse(name, value)
        else:
            node = self._plain(name, value)
        return node if node is not None else self._pickle(name, value)

    def write(self, folder: Path) -> None:
        """Writes all of them into the folder."""
        for name, write in self.files.items():
            write(folder / name)

    def _keep(self, filename: str, content: bytes) -> str:
        """Keeps the file; gives the expression of its path."""
        return self._keep_by(filename, lambda path: _write(path, content))

    def _keep_by(self, filename: str, write: Callable[[Path], None]) -> str:
        self.files[filename] = write
        return f"{self.imports.attribute('pathlib', 'Path')}(__file__).parent / {quoted(filename)}"

    def _array(self, name: str, value: Any) -> Node | None:
        import numpy as np

        if type(value) is not np.ndarray or value.dtype.hasobject:
            return None
        where = self._keep_by(f"{name}.npy", lambda path: np.save(path, value, allow_pickle=False))
        return f"{self.imports.module('numpy')}.load({where})"

    def _sparse(self, name: str, value: Any) -> Node | None:
        from scipy import sparse  # type: ignore[import-untyped]

        if not sparse.issparse(value) or value.format not in ("csr", "csc", "bsr", "dia", "coo"):
            return None
        where = self._keep_by(f"{name}.npz", lambda path: sparse.save_npz(path, value))
        return f"{self.imports.attribute('scipy', 'sparse')}.load_npz({where})"

    def _plain(self, name: str, value: Any) -> Node | None:
        if type(value) is str and value.isascii() | ("\r" not in value) and _is_text(value):
            where = self._keep(f"{name}.txt", value.encode())
            return f"({where}).read_bytes().decode()" if "\r" in value else f'({where}).read_text("utf-8")'
        if type(value) is bytes:
            return f"({self._keep(f'{name}.bin', value)}).read_bytes()"
        try:
            text = json.dumps(value, ensure_ascii=False, indent=1 if _is_short(value) else None)
            is_exact = _is_text(text) and same(json.loads(text), value)
        except (TypeError, ValueError, RecursionError):
            return None
        if not is_exact:
            return None
        where = self._keep(f"{name}.json", text.encode() + b"\n")
        return f'{self.imports.module("json")}.loads(({where}).read_text("utf-8"))'

    def _frame(self, name: str, value: Any) -> Node | None:
        import pandas as pd

        if not isinstance(value, pd.DataFrame) or not value.columns.is_unique or value.attrs:
            return None
        if not all(type(column) is str for column in value.columns) or value.columns.name is not None:
            return None
        has_index = not value.index.identical(pd.RangeIndex(len(value)))
        text = value.to_csv(index=has_index, lineterminator="\n", date_format="%Y-%m-%dT%H:%M:%S.%f")
        options = next((one for one in _csv_options(value, has_index) if _reads_back(text, one, value)), None)
        if options is None:
            return None
        where = self._keep(f"{name}.csv", text.encode())
        function = f"{self.imports.module('pandas')}.read_csv("
        items = [Item("", where), *(Item(f"{option}=", _option(given)) for option, given in options.items())]
        return Group(function, tuple(items), ")")

    def _pickle(self, name: str, value: Any) -> Node:
        buffer = io.BytesIO()
        needed = modules_needed(value, buffer, name=name)
        content = buffer.getvalue()
        if len(content) > LARGEST_OBJECT and not _is_data(value):
            raise TooLargeError(str(len(content)))
        self.modules |= needed
        where = self._keep(f"{name}.pkl", content)
        return f"{self.imports.module('pickle')}.loads(({where}).read_bytes())"


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def _is_short(value: Any) -> bool:
    return isinstance(value, dict | list) and len(value) <= 1000


def _is_data(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] in ("numpy", "pandas", "scipy", "pyarrow", "polars")


def _csv_options(frame: Any, has_index: bool) -> Iterator[dict[str, Any]]:
    """What `read_csv` may be told for the same frame: column types, dates, no guessing of missing values."""
    dates = [name for name in frame.columns if frame[name].dtype.kind == "M"]
    options: dict[str, Any] = {"dtype": {name: str(frame[name].dtype) for name in frame.columns if name not in dates}}
    if has_index:
        options["index_col"] = 0
    if dates:
        options["parse_dates"] = dates
    yield options
    # Missing numbers and texts such as "NA" cannot both be told from the text.
    yield {**options, "keep_default_na": False}
    # The default of old versions is one bit off for some numbers.
    yield {**options, "float_precision": "round_trip"}


def _reads_back(text: str, options: dict[str, Any], frame: Any) -> bool:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return same(pd.read_csv(io.StringIO(text), **options), frame)
        except (ValueError, TypeError, OverflowError, Warning):
            return False


def _option(given: Any) -> Node:
    if isinstance(given, dict):
        return Group("{", tuple(Item(f"{quoted(key)}: ", quoted(part)) for key, part in given.items()), "}")
    if isinstance(given, list):
        return Group("[", tuple(Item("", quoted(part)) for part in given), "]")
    return quoted(given) if isinstance(given, str) else repr(given)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal in every type and every bit that Python shows; NaN equals NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or (
            one == other and math.copysign(1, one) == math.copysign(1, other)
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return len(one) == len(other) and all(map(same, one, other)) and all(map(same, one.values(), other.values()))
    if isinstance(one, types.SimpleNamespace):
        return same(vars(one), vars(other))
    kind = type(one).__module__.partition(".")[0]
    if kind == "numpy" and hasattr(one, "dtype"):
        import numpy as np

        return bool(
            one.dtype == other.dtype
            and one.shape == other.shape
            and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
        )
    if kind == "pandas" and hasattr(one, "columns"):
        return bool(
            list(one.dtypes) == list(other.dtypes)
            and one.columns.identical(other.columns)
            and one.index.identical(other.index)
            and one.equals(other)
        )
    if kind == "pandas" and hasattr(one, "equals"):
        return bool(one.dtype == other.dtype and one.equals(other))
    return bool(one == other)


def refuse_large(name: str, value: Any, size: str, place: str) -> CaptureError:
    """The error for an object as big as a model."""
    megabytes = int(size) / 1e6
    return CaptureError(
        f"`{name}` ({type(value).__name__}) is {megabytes:.0f} MB, too big for a constant",
        where=place,
        hint=f"Type %register_model {name} --name {name} in a cell, and load it in init() by "
        f'joblib.load(Model.get_model_path("{name}"))',
    )
