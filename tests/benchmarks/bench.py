"""`make bench`: how fast reports are made, beside the usual ways of making them, all in one run on one machine.

Every way makes the same reports of Wiltshire. Ratios are what counts: seconds depend on the machine and on what else it
does. Nothing here decides whether a test passes.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = [ROOT / "notebooks" / f"{name}.ipynb" for name in ("child_poverty", "send", "neet", "hidden_harm")]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
ROUNDS = 2
"""Times each way is measured; the best counts."""
MORE = ["--area", "Cumberland", "--area", "Camden", "--area", "Kent", "--area", "Leeds", "--area", "Dudley"]


def quietly(command: list[object]) -> None:
    """Run a command; show what it printed if it fails."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))} ended with {done.returncode}\n{done.stderr}")


def commands(folder: Path) -> int:
    """Two commands a report: papermill, then nbconvert."""
    for notebook in NOTEBOOKS[:2]:
        quietly([sys.executable, "-m", "papermill", notebook, folder / notebook.name, "--no-progress-bar"])
        quietly([sys.executable, "-m", "nbconvert", "--to", "html", "--log-level=ERROR", folder / notebook.name])
    return 2


def library(folder: Path) -> int:
    """papermill and nbconvert as libraries, in one loop; a stock kernel a report."""
    code = (
        "import sys, papermill\nfrom nbconvert import HTMLExporter\nexporter = HTMLExporter()\n"
        "for source in sys.argv[2:]:\n"
        "    made = papermill.execute_notebook(source, sys.argv[1] + '/x.ipynb', progress_bar=False)\n"
        "    open(sys.argv[1] + '/x.html', 'w').write(exporter.from_notebook_node(made)[0])\n"
    )
    quietly([sys.executable, "-c", code, folder, *NOTEBOOKS])
    return len(NOTEBOOKS)


def in_process(folder: Path) -> int:
    """All cells in this one process, one report after the other, without isolation; then our page."""
    from analysis.runner.render import PageInfo, render_page

    for notebook in NOTEBOOKS:
        (folder / "x.html").write_text(render_page(run_cells(notebook), PageInfo(notebook.stem)), encoding="utf-8")
    return len(NOTEBOOKS)


def limit(_: Path) -> int:
    """Pure cell time in a warm process, shared out over the cores: nothing can be faster."""
    for notebook in NOTEBOOKS:
        run_cells(notebook)
    return len(NOTEBOOKS) * CORES


def run_cells(path: Path) -> object:
    """Run a notebook's cells in this process and return the notebook."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell

    notebook = nbformat.read(path, 4)
    shell = InteractiveShell.instance()
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                shell.run_cell(cell.source, store_history=False).raise_error()
    shell.reset(new_session=False)
    return notebook


def one_report(folder: Path) -> int:
    """`analysis run send` from the shell, everything cold."""
    quietly([sys.executable, "-m", "analysis", "run", "send", "--force", "--output", folder])
    return 1


def many_reports(folder: Path) -> int:
    """`analysis run` of all notebooks on several areas: the whole command."""
    names = [notebook.stem for notebook in NOTEBOOKS]
    words = [*names, "--force", "--area", "Wiltshire", *(MORE if os.environ.get("ANALYSIS_OFFICIAL") else [])]
    quietly([sys.executable, "-m", "analysis", "run", *words, "--output", folder])
    return len(names) * words.count("--area")


def unchanged(folder: Path) -> int:
    """The same command again: every report is kept."""
    words = [*(notebook.stem for notebook in NOTEBOOKS), "--area", "Wiltshire"]
    words += MORE if os.environ.get("ANALYSIS_OFFICIAL") else []
    quietly([sys.executable, "-m", "analysis", "run", *words, "--output", folder])
    return len(NOTEBOOKS) * words.count("--area")


def measured(way: Callable[[Path], int], folder: Path) -> float:
    """Return the seconds a report takes, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        reports = way(folder)
        best = min(best, (time.perf_counter() - began) / reports)
    return best


def main() -> None:
    """Measure every way and print the table."""
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # as the runner does: a warning that concerns nobody here
    import analysis.runner.warm  # noqa: F401 - the limit and the loop in one process are those of a warm one

    ways = {
        "papermill, then nbconvert, as commands": commands,
        "both as libraries in a loop": library,
        "all cells in one process, not isolated": in_process,
        "analysis run, many reports": many_reports,
        "the limit: cell time ÷ cores": limit,
        "analysis run, one report, cold": one_report,
        "analysis run again, nothing changed": unchanged,
    }
    versions = {name: importlib.metadata.version(name) for name in ("papermill", "nbconvert", "ipykernel")}
    with tempfile.TemporaryDirectory() as scratch:
        times = {name: measured(way, Path(scratch)) for name, way in ways.items()}
    ours = times["analysis run, many reports"]
    said = ", ".join(f"{name} {version}" for name, version in versions.items())
    print(f"{time.strftime('%-d %B %Y')}, {CORES} cores, Python {platform.python_version()}, {said}\n")  # noqa: T201
    print("| way | seconds a report | relative to ours |\n| --- | ---: | ---: |")  # noqa: T201
    for name, seconds in times.items():
        print(f"| {name} | {seconds:.2f} | {seconds / ours:.2f} |")  # noqa: T201


if __name__ == "__main__":
    main()
