"""One JupyterLab window, and what a person does in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.browser.lab import Lab

__all__ = ["Window"]

_PUT_ON = """async address => {
    const link = Object.assign(document.createElement('link'), {id: 'other-theme', rel: 'stylesheet', href: address});
    const there = new Promise((resolve, reject) => Object.assign(link, {onload: resolve, onerror: reject}));
    const colour = () => getComputedStyle(document.body).getPropertyValue('--jp-layout-color1').trim();
    const before = colour();
    document.body.append(link); // after the theme that is on, which JupyterLab puts there too
    await there;
    if (colour() === before) throw new Error(`the theme at ${address} changes nothing`);
    document.body.dataset.jpThemeLight = String(document.body.dataset.jpThemeLight !== 'true');
}"""

_TAKE_OFF = """() => {
    document.getElementById('other-theme').remove();
    document.body.dataset.jpThemeLight = String(document.body.dataset.jpThemeLight !== 'true');
}"""


class Window:
    """`page` is Playwright's; roles and names find what is in it, as a screen reader would."""

    def __init__(self, browser: Any, lab: Lab, *, dark: bool = False) -> None:
        self.failures: list[str] = []
        self.lab = lab
        self._context = browser.new_context(viewport={"width": 1360, "height": 860})
        self._context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = self._context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("pageerror", lambda error: self.failures.append(error.stack or str(error)))
        self.page.goto(f"{lab.url}lab?reset&token={lab.token}")
        self.started()
        if dark:
            self.dark()
        self.panel = self.page.get_by_role("region", name="Models and services")

    def started(self) -> None:
        """Wait until JupyterLab has done what it does by itself: its launcher takes the focus after all else, and
        its splash, when a second theme comes while it fades, is taken out twice, which is an error of JupyterLab's.
        """
        self.page.wait_for_function("window.jupyterapp !== undefined", timeout=60_000)
        self.page.evaluate("window.jupyterapp.restored.then(() => null)")
        self.page.wait_for_function(
            "document.activeElement?.closest('.jp-Launcher, .jp-NotebookPanel') != null", timeout=60_000
        )
        self._no_splash()

    def _no_splash(self) -> None:
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def close(self) -> None:
        self._context.close()

    def command(self, name: str, /, **arguments: Any) -> None:
        """Begin a command of JupyterLab; what it opens is waited for by who uses it."""
        self.page.evaluate(f"void window.jupyterapp.commands.execute({json.dumps(name)}, {json.dumps(arguments)})")

    def dark(self) -> None:
        self.command("apputils:change-theme", theme="JupyterLab Dark")
        self.page.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
        self._no_splash()

    def light(self) -> None:
        self.command("apputils:change-theme", theme="JupyterLab Light")
        self.page.wait_for_selector("body[data-jp-theme-light=true]", state="attached")
        self._no_splash()

    def open_panel(self) -> None:
        self.command("jupyter-mlops:open-panel")
        self.panel.get_by_label("Search models, images and services").wait_for()

    def files_menu(self, file: str, item: str) -> None:
        """Right-click a file of the file browser and choose from the menu."""
        self.command("filebrowser:activate")
        self.page.locator(".jp-DirListing-item").filter(has_text=file).click(button="right")
        self.page.get_by_role("menuitem", name=item).click()

    def dialog(self, title: str) -> Any:
        found = self.page.get_by_role("dialog", name=title)
        found.wait_for()
        return found

    def question(self, title: str) -> Any:
        """A dialog of JupyterLab's own, which has no name, only a heading."""
        found = self.page.locator(".jp-Dialog").filter(has_text=title)
        found.wait_for()
        return found

    def row(self, name: str) -> Any:
        """A row of the panel's trees, by what a screen reader says of it."""
        return self.panel.get_by_role("treeitem", name=name)

    def service_page(self, name: str) -> Any:
        self.command("jupyter-mlops:open-service", name=name)
        page = self.page.locator(".jp-mlops-page").filter(has=self.page.get_by_role("heading", name=name))
        page.wait_for()
        return page

    def notebook(self, *cells: str) -> None:
        """A new notebook in front, its kernel idle, the cells run."""
        self.page.evaluate(
            """async () => {
                const panel = await window.jupyterapp.commands.execute('notebook:create-new', {kernelName: 'python3'});
                await panel.context.ready;
                await panel.sessionContext.ready;
                window.jupyterapp.shell.activateById(panel.id);
            }"""
        )
        self.idle()
        for cell in cells:
            self.write_cell(cell)
            self.run_cell()

    def write_cell(self, source: str) -> None:
        """Put this into the active cell of the notebook in front."""
        self.page.evaluate(
            """source => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCell.model.sharedModel.setSource(source);
            }""",
            source,
        )

    def saved(self) -> None:
        """Wait until JupyterLab has kept its layout, which it does a while after the last change."""
        with self.page.expect_response(
            lambda answer: "/lab/api/workspaces/" in answer.url and answer.request.method == "PUT"
        ):
            self.command("application:toggle-left-area")
        self.command("application:toggle-left-area")

    def idle(self) -> None:
        """Wait until the kernel in front has nothing to do."""
        self.page.wait_for_function(
            "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'", timeout=60_000
        )

    def run_cell(self) -> None:
        """Run the active cell to its end, and go to the next."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell-and-select-next').then(() => null)")

    def sources(self) -> list[str]:
        """The cells of the notebook in front."""
        return list(
            self.page.evaluate(
                """() => Array.from(window.jupyterapp.shell.currentWidget.content.model.cells)
                    .map(cell => cell.sharedModel.getSource())"""
            )
        )

    def picture(self, folder: Path | None, name: str) -> None:
        """Keep a picture for the docs, when they are asked for."""
        if folder is not None:
            self.page.mouse.move(0, 0)
            self.page.screenshot(path=str(folder / f"{name}.png"))

    def violations(self, *selectors: str) -> list[str]:
        """What axe finds against WCAG 2 A and AA within our parts of the page, in the light and in the dark theme."""
        found = self._axe(selectors)
        # JupyterLab's own dark theme over the one that is there: its colours without its splash, and back at once.
        shown = self.page.locator("body").get_attribute("data-jp-theme-light")
        other = "light" if shown == "false" else "dark"
        self.page.evaluate(_PUT_ON, f"{self.lab.url}lab/api/themes/@jupyterlab/theme-{other}-extension/index.css")
        try:
            return found + [f"{other}: {each}" for each in self._axe(selectors)]
        finally:
            self.page.evaluate(_TAKE_OFF)

    def _axe(self, selectors: tuple[str, ...]) -> list[str]:
        from axe_playwright_python.sync_playwright import Axe

        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
        found = Axe().run(
            self.page,
            context={"include": [[selector] for selector in selectors]},
            options={"runOnly": {"type": "tag", "values": tags}},
        )
        return [
            f"{violation['id']}: {violation['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]
