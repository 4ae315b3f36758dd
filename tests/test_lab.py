"""NEET in JupyterLab, driven in a browser: every cell run by hand, twice over, shows frames and charts, no objects."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from browser import find_chromium, launch
from notebook_runs import ROOT

WAIT = 120
pytestmark = pytest.mark.skipif(not find_chromium(), reason="no Chromium or Chrome on this machine")


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on a copy of the notebooks: its address and the folder."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(tmp_path / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", f"--port={port}", "--ip=127.0.0.1"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}", "--ServerApp.allow_root=True"]
    environment = {**os.environ, **own, "ANALYSIS_ROOT": str(ROOT), "MPLBACKEND": ""}
    log = (tmp_path / "lab.log").open("wb")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=tmp_path)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + WAIT
        while True:
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, (tmp_path / "lab.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.2)
        yield address, tmp_path
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def outputs(path):
    return [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]


def run_by_hand(page, cells, path, count):
    """Run each cell with Shift+Enter, from the first; wait until all have run; save."""
    page.locator(".jp-Notebook .jp-Cell").first.click()  # only those near are there
    page.keyboard.press("Escape")
    for _ in range(cells):
        page.keyboard.press("k")
    for _ in range(cells):
        page.keyboard.press("Shift+Enter")
    deadline = time.monotonic() + WAIT
    while True:
        page.keyboard.press("Control+s")
        time.sleep(1)
        code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code" and cell.source]
        if all((cell.execution_count or 0) > count for cell in code):
            return len(code)
        assert time.monotonic() < deadline, [cell.execution_count for cell in code]


def test_every_cell_runs_by_hand_and_again(lab):
    address, folder = lab
    path = folder / "notebooks" / "neet.ipynb"
    cells = len(json.loads(path.read_text(encoding="utf-8"))["cells"])
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(f"{address}/lab/tree/notebooks/neet.ipynb")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=WAIT * 1000)
        page.wait_for_selector("[data-jp-kernel-status='idle'], .jp-Notebook-ExecutionIndicator[data-status='idle']",
                               timeout=WAIT * 1000)  # fmt: skip
        run = 0
        for _ in range(2):
            run = run_by_hand(page, cells, path, run)
            found = outputs(path)
            assert not [output for output in found if output.output_type == "error"]
            shown = [output.data for output in found if "data" in output]
            texts = "\n".join(data.get("text/plain", "") for data in shown if len(data) == 1)
            assert not re.search(r"<\w+ at 0x|Figure\(|<Figure size|<Axes", texts)
            working = [o for o in found if o.get("metadata", {}).get("analysis", {}).get("kind") == "working"]
            assert len(working) >= 5
            assert all("<caption>" in output.data["text/html"] for output in working)
            assert sum("image/svg+xml" in data for data in shown) >= 4
            assert not any("image/png" in data for data in shown)
        (values,) = (
            data["application/vnd.analysis.values+json"]
            for data in shown
            if "application/vnd.analysis.values+json" in data
        )
        assert len({value["key"] for value in values}) == len(values) >= 10
        browser.close()
