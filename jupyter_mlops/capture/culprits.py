"""What no file can hold (open files, locks, connections …), and the path to it inside an object."""

from __future__ import annotations

import functools
import io
import types
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["path_to", "reason"]

_HANDLES = {
    "socket.socket": ("an open socket", "open it in init()"),
    "ssl.SSLSocket": ("an open socket", "open it in init()"),
    "_thread.lock": ("a lock", "make it in init(), or leave it out in __getstate__"),
    "_thread.RLock": ("a lock", "make it in init(), or leave it out in __getstate__"),
    "threading.Thread": ("a running thread", "start it in init()"),
    "_thread._local": ("thread-local data", "make it in init()"),
    "_threading_local.local": ("thread-local data", "make it in init()"),
    "subprocess.Popen": ("a running process", "start it in init()"),
    "multiprocessing.pool.Pool": ("a pool of processes", "make it in init()"),
    "concurrent.futures.thread.ThreadPoolExecutor": ("a pool of threads", "make it in init()"),
    "concurrent.futures.process.ProcessPoolExecutor": ("a pool of processes", "make it in init()"),
    "sqlite3.Connection": ("a database connection", "connect in init()"),
    "sqlite3.Cursor": ("a database cursor", "connect in init()"),
    "psycopg.Connection": ("a database connection", "connect in init()"),
    "psycopg2.extensions.connection": ("a database connection", "connect in init()"),
    "sqlalchemy.engine.base.Engine": ("a database engine", "call create_engine in init()"),
    "sqlalchemy.engine.base.Connection": ("a database connection", "connect in init()"),
    "pyodbc.Connection": ("a database connection", "connect in init()"),
    "pymongo.mongo_client.MongoClient": ("a database connection", "connect in init()"),
    "redis.client.Redis": ("a database connection", "connect in init()"),
    "pyspark.sql.session.SparkSession": ("a Spark session", "make it in init()"),
    "torch.cuda.streams.Stream": ("a GPU handle", "make it in init()"),
    "torch.cuda.streams.Event": ("a GPU handle", "make it in init()"),
    "cupy.cuda.stream.Stream": ("a GPU handle", "make it in init()"),
    "cupy.ndarray": ("an array on a GPU", "move it to the host first: array.get()"),
    "cupy._core.core.ndarray": ("an array on a GPU", "move it to the host first: array.get()"),
    "numba.cuda.cudadrv.devicearray.DeviceNDArray": ("an array on a GPU", "move it first: array.copy_to_host()"),
    "onnxruntime.capi.onnxruntime_inference_collection.InferenceSession": (
        "an ONNX session",
        "register the .onnx file, or the ModelProto: onnx.load(PATH)",
    ),
}
"""By the qualified name of a type or of one of its ancestors: what a person calls it, and what to do."""

_GENERIC = "keep it out of the object (drop it in __getstate__) and make it again in init()"


def reason(obj: Any) -> tuple[str, str] | None:
    """What the object is, in a person's words, and what to do about it; None when it is nothing forbidden.

    Forbidden are handles of this process, also those that some picklers would write as a hollow copy.
    """
    found = _reason_of(type(obj))  # type: ignore[arg-type]  # every class is hashable
    if found is not None and isinstance(obj, io.IOBase):
        return f"an open file ({getattr(obj, 'name', type(obj).__name__)})", found[1]
    return found


@functools.cache  # asked for every object of a pickle
def _reason_of(kind: type) -> tuple[str, str] | None:
    if issubclass(kind, io.IOBase) and not issubclass(kind, (io.StringIO, io.BytesIO)):
        return "an open file", "keep its path, and open it in init()"
    if issubclass(kind, (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)):
        return "a generator", "make it a list"
    if issubclass(kind, (types.FrameType, types.TracebackType)):
        return "a stack frame", _GENERIC
    for base in kind.__mro__:
        for name in (f"{base.__module__}.{base.__qualname__}", f"{base.__module__.partition('.')[0]}.{base.__name__}"):
            if name in _HANDLES:
                return _HANDLES[name]
    return None


def path_to(root: Any, culprit: Any, name: str) -> str:
    """The shortest expression that reaches `culprit` from `root` (called `name`), the way pickle would go:
    attributes, items, closures, defaults, globals that a function uses. `name` alone when there is no way.
    """
    seen = {id(root)}
    alive: list[Any] = []  # the ids in `seen` stay true only while their objects live
    queue: deque[tuple[Any, str]] = deque([(root, name)])
    while queue:
        current, path = queue.popleft()
        if current is culprit:
            return path
        for step, child in _children(current):
            if id(child) not in seen and not isinstance(child, (str, bytes, int, float, bool, type(None))):
                seen.add(id(child))
                alive.append(child)
                queue.append((child, path + step))
    return name


def _children(obj: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(obj, types.MethodType):
        yield ".__self__", obj.__self__
        yield ".__func__", obj.__func__
    elif isinstance(obj, types.FunctionType):
        yield from _of_function(obj)
    elif isinstance(obj, functools.partial):
        yield from ((".func", obj.func), (".args", obj.args), (".keywords", obj.keywords))
    elif isinstance(obj, type):
        if obj.__module__ == "__main__":
            yield from ((f".{name}", value) for name, value in vars(obj).items())
    elif not isinstance(obj, types.ModuleType):
        yield from _of_container(obj)
        yield from _of_instance(obj)


def _of_container(obj: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(obj, Mapping):
        for key, value in obj.items():
            yield f"[{key!r}]", value
            yield f".keys()[{key!r}]", key
    elif isinstance(obj, (list, tuple, deque)):
        yield from ((f"[{index}]", value) for index, value in enumerate(obj))
    elif isinstance(obj, (set, frozenset)):
        yield from ((f"{{{value!r}}}", value) for value in obj)


def _of_instance(obj: Any) -> Iterator[tuple[str, Any]]:
    for name, value in getattr(obj, "__dict__", {}).items():
        yield f".{name}", value
    for base in type(obj).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for slot in [slots] if isinstance(slots, str) else slots:
            if slot not in ("__dict__", "__weakref__") and hasattr(obj, slot):
                yield f".{slot}", getattr(obj, slot)
    if type(obj).__module__.startswith("numpy") and str(getattr(obj, "dtype", "")) == "object":
        yield from ((f"[{index}]", value) for index, value in enumerate(obj.ravel().tolist()))


def _of_function(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """A function's closure by the names of its variables, its defaults by the names of its arguments."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield f".<closure {name}>", cell.cell_contents
        except ValueError:
            continue  # a variable that was not set yet
    for index, value in enumerate(function.__defaults__ or ()):
        yield f".__defaults__[{index}]", value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield f".__kwdefaults__[{name!r}]", value
    for name, value in _globals_used(function.__code__, function.__globals__):
        yield f".<global {name}>", value
    yield from ((f".{name}", value) for name, value in vars(function).items())


def _globals_used(code: types.CodeType, names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, names[name]) for name in code.co_names if name in names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _globals_used(constant, names)
