"""`make bench`: how fast reports are made, beside the usual ways of making them, all in one run on one machine.

Every way makes the same reports: four notebooks on twenty areas, or on Wiltshire alone without the full releases; the
loop in one process makes those of the first ten areas, the two slowest ways those of the first two. Ratios are what
counts: seconds depend on the machine and on what else it does. Nothing here decides whether a test passes.
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

AREAS_OF_RELEASES = ["Kent", "Cumberland", "Camden", "Leeds", "Dudley", "Devon", "York", "Essex", "Bury", "Suffolk"]
AREAS_OF_RELEASES += ["Luton", "Hackney", "Salford", "Dorset", "Derby", "Norfolk", "Oldham", "Torbay", "Barnet"]
ROOT = Path(__file__).resolve().parents[2]
NAMES = ["child_poverty", "send", "neet", "hidden_harm"]
AREAS = ["Wiltshire", *(AREAS_OF_RELEASES if os.environ.get("ANALYSIS_OFFICIAL") else [])]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
ROUNDS, SHORT = 4, 1
"""Times the ways are measured one after the other, and in how many of these the slow ones; the best of each counts."""
FEW, SOME = 2 * len(NAMES), 10 * len(NAMES)
"""Reports made in the slowest ways, and in the loop in one process."""


def quietly(command: list[object]) -> None:
    """Run a command; show what it printed if it fails."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))} ended with {done.returncode}\n{done.stderr}")


def sources(folder: Path) -> list[Path]:
    """Write every report's notebook with its parameters filled in, area by area, and return the files."""
    from analysis.runner.catalogue import DOCUMENTS
    from analysis.runner.jobs import plan_jobs
    from analysis.runner.normalise import inject, read_source, to_text

    written = []
    for job in plan_jobs(ROOT, tuple(NAMES), tuple(AREAS), ())[1]:
        notebook = inject(read_source(job.entry.path), job.injected)
        if not job.area.has_published:
            notebook.cells = [cell for cell in notebook.cells if DOCUMENTS not in cell.metadata.get("tags", [])]
        written.append(folder / f"{job.area.slug}-{job.entry.name}.ipynb")
        written[-1].write_text(to_text(notebook), encoding="utf-8")
    return written


def commands(files: list[Path], folder: Path) -> int:
    """Two commands a report, papermill and then nbconvert."""
    for notebook in files[:FEW]:
        quietly([sys.executable, "-m", "papermill", notebook, folder / "x.ipynb", "--no-progress-bar"])
        quietly([sys.executable, "-m", "nbconvert", "--to", "html", "--log-level=ERROR", folder / "x.ipynb"])
    return len(files[:FEW])


def library(files: list[Path], folder: Path) -> int:
    """papermill and nbconvert as libraries, in one loop; a stock kernel a report."""
    code = (
        "import sys, papermill\nfrom nbconvert import HTMLExporter\nexporter = HTMLExporter()\n"
        "for source in sys.argv[2:]:\n"
        "    made = papermill.execute_notebook(source, sys.argv[1] + '/x.ipynb', progress_bar=False)\n"
        "    open(sys.argv[1] + '/x.html', 'w').write(exporter.from_notebook_node(made)[0])\n"
    )
    quietly([sys.executable, "-c", code, folder, *files[:FEW]])
    return len(files[:FEW])


def in_process(files: list[Path], folder: Path) -> int:
    """All cells in this one process, one report after the other, without isolation; then our page."""
    from analysis.runner.render import PageInfo, render_page

    for notebook in files[:SOME]:
        (folder / "x.html").write_text(render_page(run_cells(notebook), PageInfo(notebook.stem)), encoding="utf-8")
    return len(files[:SOME])


def limit(files: list[Path], _: Path) -> int:
    """Pure cell time in a warm process, shared out over the cores: nothing can be faster."""
    for notebook in files:
        run_cells(notebook)
    return len(files) * CORES


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


def one_report(_: list[Path], folder: Path) -> int:
    """`analysis run send` from the shell, everything cold."""
    quietly([sys.executable, "-m", "analysis", "run", "send", "--force", "--output", folder])
    return 1


def many_reports(files: list[Path], folder: Path) -> int:
    """`analysis run` of all of them: the whole command, from the shell to the index."""
    quietly([*_command(folder), "--force"])
    return len(files)


def few_reports(files: list[Path], folder: Path) -> int:
    """The same of the last areas only: what a run needs before and after its reports weighs more."""
    quietly([*_command(folder, AREAS[-FEW // len(NAMES) :]), "--force"])
    return len(files[-FEW:])


def unchanged(files: list[Path], folder: Path) -> int:
    """The same command again: every report is kept."""
    quietly(_command(folder))
    return len(files)


def _command(folder: Path, of: list[str] = AREAS) -> list[object]:
    areas = [word for area in of for word in ("--area", area)]
    return [sys.executable, "-m", "analysis", "run", *NAMES, *areas, "--output", folder]


SLOW = (commands, library, in_process)
"""Ways so much slower than ours that how the machine's speed changes in the meantime hardly matters."""


def measured(way: Callable[[list[Path], Path], int], files: list[Path], folder: Path) -> float:
    """Return the seconds a report takes."""
    began = time.perf_counter()
    reports = way(files, folder)
    return (time.perf_counter() - began) / reports


def main() -> None:
    """Measure every way and print the table."""
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # as the runner does: a warning that concerns nobody here
    from ipykernel.zmqshell import ZMQInteractiveShell

    import analysis.runner.warm  # noqa: F401 - the limit and the loop in one process are those of a warm one

    ZMQInteractiveShell.clear_instance()  # their shell is a plain one, which sends no messages
    ways = {
        "papermill, then nbconvert, as commands": commands,
        "both as libraries in a loop": library,
        "all cells in one process, not isolated": in_process,
        "analysis run, few reports": few_reports,
        "analysis run, many reports": many_reports,
        "the limit: cell time ÷ cores": limit,
        "analysis run, one report, cold": one_report,
        "analysis run again, nothing changed": unchanged,
    }
    versions = {name: importlib.metadata.version(name) for name in ("papermill", "nbconvert", "ipykernel")}
    with tempfile.TemporaryDirectory() as scratch:
        files = sources(Path(scratch))
        times = dict.fromkeys(ways, float("inf"))
        for number in range(ROUNDS):
            for name, way in ways.items():
                if number < SHORT or way not in SLOW:
                    times[name] = min(times[name], measured(way, files, Path(scratch)))
    ours, limited = times["analysis run, many reports"], times["the limit: cell time ÷ cores"]
    said = ", ".join(f"{name} {version}" for name, version in versions.items())
    when, python = time.strftime("%-d %B %Y"), platform.python_version()
    print(f"{when}, {len(files)} reports, {CORES} cores, Python {python}, {said}\n")  # noqa: T201
    print("| way | seconds a report | times ours |\n| --- | ---: | ---: |")  # noqa: T201
    for name, seconds in times.items():
        print(f"| {name} | {seconds:.2f} | {seconds / ours:.2f} |")  # noqa: T201
    print(f"\nThey take {ours / limited:.2f} times the limit.")  # noqa: T201
    more = len(files) - FEW
    if more > 0:
        each = (len(files) * ours - FEW * times["analysis run, few reports"]) / more
        print(f"{len(files) * (ours - each):.1f} s once, then {each / limited:.2f} times the limit.")  # noqa: T201


if __name__ == "__main__":
    main()
