"""What the project's files must be: the size of each room, which only goes down, and no binary among them."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from once import made_once

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {"src/analysis/press": (3493, 13), "src/analysis": (16859, 85)}
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


def test_what_is_made_once_in_a_run_cannot_wait_for_itself():
    """It held its own lock when it asked again, and the whole run waited."""
    with pytest.raises(RecursionError, match="asks for it again"):
        made_once("something", lambda: made_once("something", int))
    assert made_once("something", int) == 0
