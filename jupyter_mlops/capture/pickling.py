"""Objects to bytes that load without the notebook, and what the bytes refer to.

cloudpickle's format: what is defined in `__main__`, or in a module of the working folder that no installer
knows, is carried by value; all else by reference. Any unpickler (`pickle`, `joblib`) reads it.
"""

from __future__ import annotations

import dis
import io
import pickle
import sys
import sysconfig
import types
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import cloudpickle

from jupyter_mlops.capture.culprits import path_to, reason
from jupyter_mlops.errors import CaptureError

__all__ = [
    "RecordingPickler",
    "first_party_by_value",
    "first_party_modules",
    "modules_needed",
    "needed_by",
    "save_pickle",
]


class _RefusedError(Exception):
    """The pickler met what must not be written; `culprit` is it."""

    def __init__(self, culprit: Any) -> None:
        self.culprit = culprit
        super().__init__(type(culprit).__name__)


class RecordingPickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """Notes the top-level modules that unpickling will import, and the object it is at.

    `modules` is complete after `dump`; `cloudpickle` is among them only when something went by value.
    """

    def __init__(self, file: IO[bytes], protocol: int | None = None, **options: Any) -> None:
        super().__init__(file, protocol, **options)
        self.modules: set[str] = set()
        self.current: Any = None
        self._known: set[type] = set()

    def reducer_override(self, obj: Any) -> Any:
        """cloudpickle's, with a look at the object first."""
        self.current = obj
        if type(obj) in self._known:  # an instance of a class that was looked at: cloudpickle leaves it to pickle
            return NotImplemented
        if isinstance(obj, io.IOBase) and (stream := _standard_stream(obj)):
            return getattr, (sys, stream)
        if reason(obj) is not None:
            raise _RefusedError(obj)
        reduced = super().reducer_override(obj)
        by_value = reduced is not NotImplemented and isinstance(obj, (types.FunctionType, type))
        if by_value:
            self.modules.add("cloudpickle")
            if isinstance(obj, types.FunctionType):
                self.modules.update(_imported_by(obj.__code__))
        elif isinstance(obj, types.ModuleType):
            self.modules.add(obj.__name__)
        elif isinstance(obj, (type, types.FunctionType, types.BuiltinFunctionType)):
            self.modules.add(str(getattr(obj, "__module__", None) or "builtins"))
        else:
            self.modules.add(str(type(obj).__module__))
            self._known.add(type(obj))
        return reduced


def _standard_stream(file: io.IOBase) -> str | None:
    """`stdout`, or `stderr`: the service has its own, and a logger or a progress bar may write to it."""
    for name in ("stdout", "stderr"):
        if file is getattr(sys, name) or file is getattr(sys, f"__{name}__"):
            return name
    return None


def _imported_by(code: types.CodeType) -> Iterator[str]:
    """The modules that a function's body imports when it is called."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME" and isinstance(instruction.argval, str):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _imported_by(constant)


def save_pickle(obj: Any, path: Path, *, name: str | None = None) -> set[str]:
    """Writes the object to the file; returns the top-level modules that loading it needs (no standard library).

    `name` is what the object is called in an error's path (default: its class in small letters).
    Raises `CaptureError` for what no file can hold.
    """
    with path.open("wb") as file:
        return modules_needed(obj, file, name=name)


class _Nowhere:
    """A file that keeps nothing."""

    def write(self, data: Any) -> int:
        return len(data)


def needed_by(obj: Any) -> set[str]:
    """What `save_pickle` would return, without a file."""
    return modules_needed(obj, cast("IO[bytes]", _Nowhere()))


def modules_needed(obj: Any, file: IO[bytes], *, name: str | None = None) -> set[str]:
    """`save_pickle` into an open file."""
    with Refusing(obj, name) as guard:
        guard.module.Pickler(file, pickle.HIGHEST_PROTOCOL).dump(obj)
    return guard.modules


class Refusing:
    """A context in which an object is pickled, by us or by a framework that takes a pickle module (`module`).

    What goes wrong inside becomes a `CaptureError` with the path to the culprit; afterwards `modules` are the
    top-level modules that loading needs (no standard library).
    """

    def __init__(self, root: Any, name: str | None = None) -> None:
        self._root = root
        self._name = name
        self._picklers: list[RecordingPickler] = []
        self._first_party = first_party_by_value()
        self._without: set[str] = set()
        self.module: Any = types.SimpleNamespace(**vars(cloudpickle), Unpickler=pickle.Unpickler)
        self.module.Pickler = self._pickler_class()

    def _pickler_class(self) -> type[RecordingPickler]:
        made = self._picklers

        class Pickler(RecordingPickler):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                made.append(self)

        return Pickler

    @property
    def modules(self) -> set[str]:
        """What the picklers met so far."""
        met = {name for pickler in self._picklers for name in pickler.modules}
        return top_level(met, without=self._without)

    def __enter__(self) -> Refusing:
        self._without = self._first_party.__enter__()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        self._first_party.__exit__(kind, error, traceback)
        if error is None:
            _refuse_homeless(self.modules, self._name or called(self._root))
        if error is None or not isinstance(error, Exception) or isinstance(error, (CaptureError, OSError)):
            return
        where = self._name or called(self._root)
        if isinstance(error, _RefusedError):
            raise refusal(self._root, error.culprit, where) from None
        if isinstance(error, RecursionError):
            raise CaptureError("it is nested too deeply to be written", where=where) from error
        current = self._picklers[-1].current if self._picklers else self._root
        raise refusal(self._root, current, where, error) from error


def _refuse_homeless(modules: set[str], where: str) -> None:
    """Raises `CaptureError` for a module of another folder that no installer knows: a service would lack it."""
    from jupyter_mlops.capture.environment.installed import installed

    for name in sorted(modules):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is not None and not installed().providers(name):
            raise CaptureError(
                f"it uses the module {name!r} ({file}), which neither an installer nor this folder brings",
                where=where,
                hint=f"make it a package: pip install -e {Path(file).parent}, or move it beside the notebook",
            )


def top_level(modules: set[str], *, without: AbstractSet[str] = frozenset()) -> set[str]:
    """The top-level names of modules, less the standard library's, `__main__` and those of `without`."""
    tops = {name.partition(".")[0] for name in modules}
    return tops - set(sys.stdlib_module_names) - {"__main__", "__mp_main__"} - without


def called(obj: Any) -> str:
    """What an object is called when nobody gave it a name: `pipeline` for a `Pipeline`."""
    name = getattr(obj, "__name__", None) or type(obj).__name__
    return str(name).lower()


def refusal(root: Any, culprit: Any, name: str | None, error: BaseException | None = None) -> CaptureError:
    """The error that says what cannot be captured, and where inside the object it is."""
    known = reason(culprit)
    where = path_to(root, culprit, name or called(root))
    if known is not None:
        what, hint = known
        return CaptureError(f"{what} cannot be captured", where=where, hint=hint)
    return CaptureError(
        f"a {type(culprit).__module__}.{type(culprit).__qualname__} cannot be captured ({error})",
        where=where,
        hint="leave it out in __getstate__ and make it again in init()",
    )


def first_party_modules() -> dict[str, types.ModuleType]:
    """The imported top-level modules that lie in the working folder and that no installer put there."""
    working = Path.cwd().resolve()
    found: dict[str, types.ModuleType] = {}
    for name, module in list(sys.modules.items()):
        if "." in name or name.startswith("__") or name == "jupyter_mlops" or name in sys.stdlib_module_names:
            continue
        # A Python that lies in the home folder brings modules that lie in the working folder, too.
        if _lies_in(module, working) and not any(_lies_in(module, folder) for folder in _python_folders()):
            found[name] = module
    return found


def _python_folders() -> set[Path]:
    """Where the standard library is, and what installers fill."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return {Path(sysconfig.get_path(name)).resolve() for name in names}


def _lies_in(module: types.ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", [])), None)
    if not isinstance(file, str) or not file.startswith("/"):
        return False
    try:
        inside = Path(file).resolve().relative_to(folder)
    except (ValueError, OSError):
        return False
    return not {"site-packages", "dist-packages"} & set(inside.parts)


@contextmanager
def first_party_by_value() -> Iterator[set[str]]:
    """While it lasts, cloudpickle carries the modules of the working folder by value; gives their names."""
    from jupyter_mlops.capture.environment.installed import installed

    before = cloudpickle.list_registry_pickle_by_value()
    editable = installed().editable_folders()
    chosen = {
        name: module
        for name, module in first_party_modules().items()
        if name not in before and not any(_lies_in(module, folder) for folder in editable)
    }
    for module in chosen.values():
        cloudpickle.register_pickle_by_value(module)
    try:
        yield set(chosen) | set(before)
    finally:
        for module in chosen.values():
            cloudpickle.unregister_pickle_by_value(module)
