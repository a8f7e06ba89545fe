"""A real shell in this process, and a real kernel in another."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.testing.globalipapp import start_ipython
from IPython.utils.capture import capture_output

from jupyter_mlops.magics import register, session


@pytest.fixture(scope="session")
def _shell() -> InteractiveShell:
    shell = start_ipython() or InteractiveShell.instance()
    shell.run_line_magic("colors", "nocolor")
    register(shell)
    return shell


@pytest.fixture
def shell(_shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell with the magics, an empty namespace and a workspace of the test's own."""
    monkeypatch.chdir(tmp_path)
    before = set(_shell.user_ns)
    yield _shell
    for name in set(_shell.user_ns) - before:
        del _shell.user_ns[name]
    for workspace in session._opened.values():
        workspace.close()
    session._opened.clear()


class Cell:
    """What a cell of the shell left behind."""

    def __init__(self, shell: InteractiveShell, source: str) -> None:
        with capture_output() as captured:
            done = shell.run_cell(source, store_history=True)
        self.value = done.result
        self.error = done.error_before_exec or done.error_in_exec
        self.text = captured.stdout
        self.displayed = [shown.data for shown in captured.outputs]


@pytest.fixture
def run(shell: InteractiveShell) -> Callable[[str], Cell]:
    """Run a cell; its error is on the result."""
    return lambda source: Cell(shell, source)


class Kernel:
    """A kernel in a process of its own, and the messages that its cells sent."""

    def __init__(self, manager: Any, client: Any) -> None:
        self.manager = manager
        self.client = client
        self.later: list[dict[str, Any]] = []
        """What cells that had returned said while others ran."""

    def run(
        self,
        source: str,
        timeout: float = 120,
        when: str | None = None,
        do: Callable[[dict[str, Any]], object] = lambda _content: None,
    ) -> list[dict[str, Any]]:
        """Run a cell; the contents of its messages, each with its `type`.

        When the text `when` is first shown, `do` is called with the message that shows it.
        """
        asked = self.client.execute(source)
        said: list[dict[str, Any]] = []
        while True:
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != asked:
                self.later.append(message)
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                self.client.get_shell_msg(timeout=timeout)
                return said
            said.append({"type": kind, **content})
            if when is not None and when in f"{content.get('data')} {content.get('text')}":
                when = None
                do(content)

    def next_message(self, timeout: float = 60) -> dict[str, Any]:
        """The next one, of whatever cell."""
        return self.later.pop(0) if self.later else dict(self.client.get_iopub_msg(timeout=timeout))

    def interrupt(self, _content: object) -> None:
        """As the stop button does."""
        self.manager.interrupt_kernel()

    def click(self, content: dict[str, Any]) -> None:
        """Press the button of the widget that a message opens, as JupyterLab does: over a subshell, while the cell
        runs."""
        session = self.client.session
        self.client.control_channel.send(session.msg("create_subshell_request"))
        subshell = self.client.get_control_msg(timeout=60)["content"]["subshell_id"]
        (button,) = content["data"]["state"]["buttons"]
        click = {"method": "custom", "content": {"event": "press", "name": button["name"]}}
        message = session.msg("comm_msg", {"comm_id": content["comm_id"], "data": click})
        message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)

    def complete(self, code: str) -> list[str]:
        """What Tab at the end of the code offers, as it would stand there."""
        asked = self.client.complete(code, len(code))
        # A kernel that was slow to start was asked more than once whether it is there, and has answered each time.
        while (reply := self.client.get_shell_msg(timeout=60))["parent_header"].get("msg_id") != asked:
            pass
        self.drain()
        return list(reply["content"]["matches"])

    def drain(self) -> None:
        """Read what is left on the line."""
        while True:
            try:
                self.client.get_iopub_msg(timeout=0.05)
            except queue.Empty:
                return


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    """A kernel in `tmp_path` with the extension loaded, to which no front end listens (papermill, nbconvert)."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with _kernel(tmp_path) as made:
        yield made


@pytest.fixture
def lab_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    """The same, started as a Jupyter server starts one for a notebook."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "notebook.ipynb"))
    with _kernel(tmp_path) as made:
        yield made


@contextmanager
def _kernel(folder: Path) -> Iterator[Kernel]:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder))
    try:
        made = Kernel(manager, client)
        made.run("%load_ext jupyter_mlops")
        yield made
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
