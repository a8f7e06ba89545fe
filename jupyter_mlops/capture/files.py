"""A model that is files already: a file, a folder, or an URL with a checksum."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from jupyter_mlops.capture import links
from jupyter_mlops.capture.signature import signature_of
from jupyter_mlops.errors import CaptureError, StorageError, UsageError
from jupyter_mlops.records import CapturedModel

__all__ = ["LEFT_OUT", "capture_files"]

LEFT_OUT = frozenset({".ipynb_checkpoints", "__pycache__", ".git", ".DS_Store", ".mypy_cache", ".pytest_cache"})
"""Never part of a model or of a script's folder: made by tools, not by people. Other hidden files are kept."""

_BLOCK = 1 << 20


class _Kind(NamedTuple):
    """`flavor`: what can serve the file as it is; `files` is nobody: it needs a script. `requirements`: the
    distributions that loading needs, the framework's first."""

    flavor: str = "files"
    framework: str | None = None
    requirements: tuple[str, ...] = ()


_SKLEARN = _Kind("sklearn", "ScikitLearn", ("scikit-learn", "joblib"))
_ONNX = _Kind("onnx", "Onnx", ("onnxruntime", "numpy"))
_XGBOOST = _Kind("xgboost", "XGBoost", ("xgboost",))
_LIGHTGBM = _Kind("lightgbm", "LightGBM", ("lightgbm", "joblib"))
_PYTORCH = _Kind("pytorch", "PyTorch", ("torch", "numpy"))

_BY_SUFFIX = {
    ".joblib": _SKLEARN,
    ".onnx": _ONNX,
    ".ubj": _XGBOOST,
    ".xgb": _XGBOOST,
    ".keras": _Kind("files", "Keras", ("keras",)),
    ".h5": _Kind("files", "Keras", ("keras",)),
    # Weights alone, or a module whose class may be anywhere.
    ".pt": _Kind("files", "PyTorch", ("torch",)),
    ".pth": _Kind("files", "PyTorch", ("torch",)),
    ".pt2": _PYTORCH,
    ".ts": _PYTORCH,
}
"""What the end of a file's name says. A `.pkl` may be anything."""

_BY_FRAMEWORK = {
    "scikitlearn": _SKLEARN,
    "sklearn": _SKLEARN,
    "onnx": _ONNX,
    "xgboost": _XGBOOST,
    "lightgbm": _LIGHTGBM,
}
"""What a single file is when its user says so: Azure ML v1 served these without a script."""

_MODULES = {"scikit-learn": "sklearn"}


def capture_files(
    path_or_url: str,
    folder: Path,
    *,
    sample: Any = None,
    sha256: str | None = None,
    framework: str | None = None,
    framework_version: str | None = None,
    progress: Callable[[int], None] | None = None,
    expected: Callable[[int], None] | None = None,
) -> CapturedModel:
    """A file or a folder as a model, under its own name; nothing is copied: `folder/files` gets links to it.

    An URL (`http`, `https`, `file`) is streamed to the folder, and its bytes are compared with `sha256` (hex) when
    it is given; `progress` is told how many bytes came, and `expected` how many will when the server says it. Links
    are followed inside the folder, and none may lead out of it; `LEFT_OUT` is left out; other hidden files are
    kept. `framework` is guessed by the name's end; its version is not. Raises `UsageError` for a path that is not
    there, that cannot be read or is empty, `CaptureError` for a wrong checksum, an URL that does not answer or a
    download that breaks off.
    """
    content = folder / "files"
    content.mkdir(parents=True, exist_ok=True)
    scheme = urlsplit(path_or_url).scheme if "://" in path_or_url else ""
    if scheme in ("http", "https"):
        source = _download(path_or_url, content, sha256, progress, expected)
    elif scheme in ("", "file"):
        source = Path(unquote(urlsplit(path_or_url).path)) if scheme else Path(path_or_url)
        _check_readable(source)
        if sha256 is not None:
            _check_file(source, sha256)
        _link(source, content / source.resolve().name, _may_lead_into(source.resolve()))
    else:
        raise UsageError(f"{scheme}:// cannot be fetched", where=path_or_url, hint="give a path, or an http(s) URL")
    kind = _kind_of(source, framework)
    return CapturedModel(
        folder=str(content),
        flavor=kind.flavor,
        framework=framework or kind.framework,
        framework_version=framework_version,
        signature=None if sample is None else signature_of(sample),
        requirements=_installed_names(kind.requirements),
    )


def _kind_of(source: Path, framework: str | None) -> _Kind:
    """By the framework that was given, else by the file's name, or its first bytes."""
    guessed = _guessed(source)
    if framework is None or framework.lower() == (guessed.framework or "").lower():
        return guessed
    return _BY_FRAMEWORK.get(framework.lower(), _Kind()) if source.is_file() else _Kind()


def _guessed(source: Path) -> _Kind:
    if source.is_dir():
        is_tensorflow = (source / "saved_model.pb").is_file()
        return _Kind("files", "TensorFlow", ("tensorflow",)) if is_tensorflow else _Kind()
    if source.suffix == ".txt" and _starts_with(source, b"tree\n"):
        return _LIGHTGBM
    if source.suffix == ".json" and _starts_with(source, b'{"learner":'):
        return _XGBOOST
    return _BY_SUFFIX.get(source.suffix.lower(), _Kind())


def _starts_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start


def _installed_names(requirements: tuple[str, ...]) -> tuple[str, ...]:
    """The names under which the kernel has them (`xgboost-cpu` for `xgboost`); as they are where it has none."""
    from jupyter_mlops.capture.environment.kernel import distributions_of

    found: list[str] = []
    for name in requirements:
        found += distributions_of([_MODULES.get(name, name)]) or (name,)
    return tuple(found)


# ── what is on this machine ──


def _check_readable(source: Path) -> None:
    """Raises `UsageError` in one line for what is gone, unreadable, empty or no file at all."""
    if not source.exists():
        if source.is_symlink():
            raise UsageError("a link that leads nowhere", where=str(source))
        raise UsageError("no such file or folder", where=str(source), hint=_near(source))
    if not os.access(source, os.R_OK | (os.X_OK if source.is_dir() else 0)):
        raise UsageError("it cannot be read", where=str(source), hint=f"chmod u+r {source}")
    if not source.is_dir() and not source.is_file():
        raise UsageError("not a regular file", where=str(source))
    if source.is_dir() and not any(_entries(source)):
        raise UsageError("the folder is empty", where=str(source))


def _near(source: Path) -> str | None:
    """What the folder has that is spelled nearly so."""
    import difflib

    if not source.parent.is_dir():
        return None
    near = difflib.get_close_matches(source.name, [path.name for path in source.parent.iterdir()], n=1)
    return f"did you mean {source.parent / near[0]}?" if near else None


def _check_file(source: Path, sha256: str) -> None:
    if source.is_dir():
        raise UsageError("sha256 is of one file, and this is a folder", where=str(source), hint="leave sha256 out")
    with source.open("rb") as file:
        _compare(hashlib.file_digest(file, "sha256").hexdigest(), sha256, str(source))


def _compare(found: str, wanted: str, where: str) -> None:
    if found != wanted.lower().removeprefix("sha256:"):
        raise CaptureError(f"the checksum is {found}, not {wanted}", where=where, hint="nothing was registered")


def _entries(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.name not in LEFT_OUT)


def _may_lead_into(folder: Path) -> Path:
    """Where the links of a folder may lead: into itself; a snapshot of Hugging Face's cache, to the blobs beside it."""
    return folder.parent.parent if folder.parent.name == "snapshots" else folder


def _link(source: Path, target: Path, within: Path, above: tuple[Path, ...] = ()) -> None:
    """The tree of `source` as folders of links to its files, all of which lie `within`."""
    real = links.within(source, within)
    if not source.is_dir():
        if not os.access(source, os.R_OK):
            raise UsageError("it cannot be read, or is a link that leads nowhere", where=str(source))
        target.symlink_to(real)
        return
    if real in above:
        raise UsageError(links.CIRCLE, where=str(source))
    try:
        target.mkdir()
        for entry in _entries(source):
            _link(entry, target / entry.name, within, (*above, real))
    except PermissionError as error:
        raise UsageError("it cannot be read", where=str(error.filename or source)) from error


# ── what has to be fetched ──


def _download(
    url: str,
    folder: Path,
    sha256: str | None,
    progress: Callable[[int], None] | None,
    expected: Callable[[int], None] | None,
) -> Path:
    """Streams the URL into the folder, under the name at its end; nothing is left of one that fails."""
    name = PurePosixPath(unquote(urlsplit(url).path)).name or "model"
    partial = folder / f".{name}.partial"
    try:
        digest = _fetch(url, partial, progress, expected)
        if sha256 is not None:
            _compare(digest, sha256, _without_secrets(url))
        return partial.replace(folder / name)
    finally:
        partial.unlink(missing_ok=True)


def _fetch(
    url: str, partial: Path, progress: Callable[[int], None] | None, expected: Callable[[int], None] | None
) -> str:
    import httpx

    shown = _without_secrets(url)
    try:
        with (
            httpx.stream("GET", url, follow_redirects=True, timeout=60) as response,
            partial.open("wb") as file,
        ):
            if response.status_code != 200:
                raise CaptureError(f"the server answered {response.status_code}", where=shown)
            length = response.headers.get("Content-Length", "")
            # Of a compressed answer it is not the length of what comes out.
            if expected is not None and length.isdecimal() and "Content-Encoding" not in response.headers:
                expected(int(length))
            return _copy(response.iter_bytes(_BLOCK), file, progress)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CaptureError(
            f"it could not be fetched ({str(error).replace(url, shown)})", where=shown, hint="try again"
        ) from error
    except OSError as error:
        raise StorageError(os.strerror(error.errno or 0), where=str(partial.parent)) from error


def _copy(blocks: Iterator[bytes], file: IO[bytes], progress: Callable[[int], None] | None) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        file.write(block)
        if progress is not None:
            progress(len(block))
    return digest.hexdigest()


def _without_secrets(url: str) -> str:
    """Without user, password and query: a signed URL is a key."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
