"""What the project's files must be: the size of each room, which only goes down, and no binary among them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from once import made_once

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {"src/analysis/press": (3311, 13), "src/analysis": (16023, 85)}
"""Folder → the most lines and modules it may have, with those of folders below it; the numbers only go down."""


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_does_not_grow(room):
    modules = list((ROOT / room).rglob("*.py"))
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in modules)
    most_lines, most_modules = ROOMS[room]
    assert (lines <= most_lines, len(modules) <= most_modules) == (True, True), (
        f"{lines} lines in {len(modules)} modules"
    )
    assert (most_lines - lines < 100, most_modules - len(modules) < 4) == (True, True), "lower the numbers above"


def test_no_binary_is_among_the_projects_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this copy of the project is no git checkout")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert len(files) > 200
    assert [file for file in files if file.is_file() and b"\0" in file.read_bytes()] == []


def test_the_press_knows_nothing_of_the_package_but_its_lowest_floor():
    press = ROOT / "src" / "analysis" / "press"
    files = press.rglob("*.py")
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            whole = node.module in ("analysis", "analysis.press")
            imported |= {f"{node.module}.{name.name}" if whole else node.module for name in node.names}
    own = {name for name in imported if name.partition(".")[0] == "analysis"}
    assert {name for name in own if not name.startswith(("analysis.press.", "analysis.files"))} == set()


RARE = {"linearmodels.panel", "linearmodels.panel.utility", "statsmodels.regression.mixed_linear_model"}
"""Libraries that a few cells wait for, as their fits take far longer."""


def test_what_cells_import_is_loaded_before_they_are_forked():
    folders = (ROOT / "src" / "analysis" / name for name in ("methods", "models", "charts", "data"))
    sources = [file.read_text() for folder in folders for file in folder.glob("*.py")]
    for file in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(file.read_text())["cells"]
        sources += ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    wanted = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    for node in (node for node in nodes if isinstance(node, ast.ImportFrom) and not node.level):
        wanted |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    wanted = {name for name in wanted if name.partition(".")[0] not in {"analysis", *sys.stdlib_module_names}}
    code = "import json, sys; from analysis import preload; preload.everything(); print(json.dumps([*sys.modules]))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(run.stdout.splitlines()[-1]))
    late = sorted(filter(_is_module, wanted - loaded - RARE))
    assert not late, f"preload.everything does not load {late}"


def _is_module(name: str) -> bool:
    try:
        return util.find_spec(name) is not None
    except ModuleNotFoundError:  # what lies in a module, as a function does
        return False


def test_what_is_made_once_in_a_run_cannot_wait_for_itself():
    """It held its own lock when it asked again, and the whole run waited."""
    with pytest.raises(RecursionError, match="asks for it again"):
        made_once("something", lambda: made_once("something", int))
    assert made_once("something", int) == 0
