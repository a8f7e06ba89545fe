"""A real JupyterLab with the real server extension and the built sidebar, in folders of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BUILT", "ROOT", "Lab"]

ROOT = Path(__file__).resolve().parent.parent.parent
BUILT = ROOT / "jupyter_mlops" / "labextension"

_SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": False,
    },
}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


@dataclass
class Lab:
    """`folder` holds everything: home, settings, workspace, machine folder, and `files`, the server's root.

    With `installed`, a Python into which the package was installed, the sidebar and the server extension are those that
    it finds by itself, and its PATH leads to nothing else.
    """

    folder: Path
    base: str = "/hub/user/ada/"
    theme: str = "JupyterLab Light"
    port: int = 0
    installed: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.token = secrets.token_hex(16)
        self.files = self.folder / "files"
        self.files.mkdir(parents=True, exist_ok=True)
        self.port = self.port or _free_port()
        config = self.folder / "config"
        for name, settings in _SETTINGS.items():
            _write(config / "lab" / "user-settings" / name, settings)
        _write(
            config / "lab" / "user-settings" / "@jupyterlab/apputils-extension/themes.jupyterlab-settings",
            {"theme": self.theme},
        )
        extensions = self.folder / "labextensions"
        extensions.mkdir()
        if self.installed is not None:
            return
        _write(
            config / "jupyter_server_config.d" / "jupyter_mlops.json",
            json.loads((ROOT / "jupyter-config" / "server-config" / "jupyter_mlops.json").read_text()),
        )
        shutil.copytree(BUILT, extensions / "jupyter-mlops")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base}"

    @property
    def environment(self) -> dict[str, str]:
        """What the server and its kernels see; `jupyter mlops …` with it speaks of the same workspace."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
        return kept | {
            "HOME": str(self.folder / "home"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            if self.installed is None
            else str(self.installed.parent),
            "JUPYTER_PREFER_ENV_PATH": "0",  # the settings below, not those of the environment that runs the tests
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.folder / "config" / "lab" / "user-settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "config" / "lab" / "workspaces"),
            "JUPYTER_MLOPS_WORKSPACE": str(self.folder / "workspace"),
            "JUPYTER_MLOPS_STATE": str(self.folder / "state"),
            "IPYTHONDIR": str(self.folder / "ipython"),
        }

    def start(self) -> None:
        """Start it and wait until it answers (at most a minute)."""
        (self.folder / "home").mkdir(exist_ok=True)
        arguments = [
            "--no-browser",
            "--allow-root",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.base_url={self.base}",
            f"--ServerApp.root_dir={self.files}",
            f"--IdentityProvider.token={self.token}",
            "--LabApp.expose_app_in_browser=True",
            f"--LabApp.extra_labextensions_path={self.folder / 'labextensions'}",
        ]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.installed or sys.executable), "-m", "jupyterlab", *arguments],
                env=self.environment,
                cwd=self.files,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"JupyterLab did not start:\n{self.log()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}api", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def log(self) -> str:
        return (self.folder / "server.log").read_text()[-4000:]

    def stop(self) -> None:
        """Stop the server; its kernels go with it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None

    def mlops(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`jupyter mlops …` in the same workspace."""
        return subprocess.run(
            [str(Path(sys.executable).with_name("jupyter-mlops")), *arguments],
            env=self.environment,
            cwd=self.files,
            capture_output=True,
            text=True,
            check=False,
        )

    def clear(self) -> None:
        """Delete every service that is left."""
        listed = self.mlops("service", "list", "--output", "json")
        services = json.loads(listed.stdout) if listed.returncode == 0 and listed.stdout.strip() else []
        for service in services:
            self.mlops("service", "delete", "--name", service["name"])
