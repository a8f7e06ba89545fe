"""Small distributions made on the spot: installed folders, wheels, and a folder of wheels as an index."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def install(
    site: Path,
    name: str,
    version: str = "1.0",
    *,
    modules: Iterable[str] = (),
    requires: Iterable[str] = (),
    direct_url: Mapping[str, Any] | None = None,
    installer: str = "pip",
    record: bool = True,
    files: Mapping[str, str] | None = None,
) -> Path:
    """Writes a distribution into a site folder as an installer does; returns its `.dist-info`."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    texts = {
        **{f"{module}/__init__.py": f"NAME = {name!r}\n" for module in modules},
        **(files or {}),
        f"{info.name}/METADATA": metadata(name, version, requires),
        f"{info.name}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n",
        f"{info.name}/INSTALLER": f"{installer}\n",
    }
    if direct_url is not None:
        texts[f"{info.name}/direct_url.json"] = json.dumps(direct_url)
    for path, text in texts.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    if record:
        lines = [f"{path},sha256=x,1" for path in texts]
        script = "../../../bin/tool,,"
        (info / "RECORD").write_text("\n".join([*lines, script, f"{info.name}/RECORD,,"]) + "\n")
    return info


def metadata(name: str, version: str, requires: Iterable[str]) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    return "\n".join(lines) + "\n\nRequires-Dist: this-is-only-the-description\n"


def wheel(folder: Path, name: str, version: str, *, requires: Iterable[str] = (), tag: str = "py3-none-any") -> Path:
    """A wheel with one module of the distribution's name."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    path = folder / f"{module}-{version}-{tag}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{module}.py", "")
        archive.writestr(f"{info}/METADATA", metadata(name, version, requires))
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def index(folder: Path, wheels: Iterable[Path]) -> str:
    """The wheels as a simple index (PEP 503) on the disk; returns its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in wheels:
        page = folder / path.name.partition("-")[0].replace("_", "-") / "index.html"
        page.parent.mkdir(exist_ok=True)
        with page.open("a") as file:
            file.write(f'<a href="{path.as_uri()}">{path.name}</a>\n')
    return folder.as_uri()


BACKEND = '''
"""A build backend in its own source folder: no other package is needed to build."""
import zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "OWN-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{directory}/{name}", "w") as archive:
        entry = zipfile.ZipInfo("own.py", (1980, 1, 1, 0, 0, 0))
        archive.writestr(entry, open("own.py").read())
        for file, text in {
            "METADATA": "Metadata-Version: 2.1\\nName: own\\nVersion: 1.0\\n",
            "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
            "RECORD": "",
        }.items():
            archive.writestr(zipfile.ZipInfo(f"own-1.0.dist-info/{file}", (1980, 1, 1, 0, 0, 0)), text)
    return name
'''.replace("OWN", "own")


def editable(site: Path, source: Path) -> Path:
    """A source folder that builds by itself, and its editable install."""
    source.mkdir(parents=True, exist_ok=True)
    (source / "own.py").write_text("VALUE = 1\n")
    (source / "setup.py").write_text("")
    (source / "backend.py").write_text(BACKEND)
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    return install(
        site,
        "own",
        files={"_own.pth": f"{source}\n"},
        direct_url={"url": source.as_uri(), "dir_info": {"editable": True}},
    )
