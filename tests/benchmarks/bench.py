"""`make bench`: how fast reports are made, beside the usual ways of making them, all in one run on one machine.

Every way makes the same reports: four notebooks on 24 areas, or on Wiltshire alone without the full releases. The cells
alone are run for every third area, the loops make the reports of the first two areas, the two commands, and ours for
one report at a time, those of Wiltshire. Each way is told as it is measured. All are measured in turn, twice where the
first round was done in time, so that it ends within ten minutes on two cores; the quicker time of each counts: what
else the machine does makes all slower. Ratios are what counts. Nothing here decides whether a test passes.
"""

from __future__ import annotations

import contextlib
import csv
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
NAMES = ["child_poverty", "send", "neet", "hidden_harm"]
AREAS = ["Wiltshire"]
if os.environ.get("ANALYSIS_OFFICIAL"):
    with (ROOT / "data" / "areas.csv").open(encoding="utf-8", newline="") as stream:
        of_today = [row for row in csv.DictReader(stream) if row["level"] == "Local authority" and not row["end"]]
    AREAS += [row["name"] for row in of_today[::3] if row["name"] not in AREAS][:23]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
AGAIN = 290
"""Seconds that the first round may have taken for a second one to follow."""
MANY, LIMIT = "analysis run, many reports", "the limit: cell time ÷ cores"
FEW, SOME = len(NAMES), 2 * len(NAMES)
"""Reports made one at a time from the shell, and those made in loops."""


def quietly(command: list[object]) -> None:
    """Run a command; show what it printed if it fails."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))} ended with {done.returncode}\n{done.stderr}")


def sources(folder: Path) -> list[Path]:
    """Write every report's notebook with its parameters filled in, area by area, and return the files."""
    from analysis.press.engine import inject, read_source, to_text
    from analysis.press.request import plan_jobs
    from analysis.project import project

    written = []
    for job in plan_jobs(project(ROOT), tuple(NAMES), tuple(AREAS), ())[1]:
        notebook = inject(read_source(job.entry.path), job.injected)
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
    quietly([sys.executable, "-c", code, folder, *files[:SOME]])
    return len(files[:SOME])


def in_process(files: list[Path], folder: Path) -> int:
    """All cells in this one process, one report after the other, without isolation; then our page."""
    from analysis.press.page import render_page

    for notebook in files[:SOME]:
        (folder / "x.html").write_text(render_page(run_cells(notebook), title=notebook.stem), encoding="utf-8")
    return len(files[:SOME])


def limit(files: list[Path], _: Path) -> int:
    """Pure cell time in a warm process, shared out over the cores: nothing can be faster."""
    # Every third area says how long cells take as well as all do.
    chosen = [file for number, file in enumerate(files) if number // FEW % 3 == 0]
    for notebook in chosen:
        run_cells(notebook)
    return len(chosen) * CORES


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


def one_report(files: list[Path], folder: Path) -> int:
    """`analysis run NOTEBOOK` from the shell, everything cold, for the reports that the two commands make."""
    for name in NAMES:
        quietly([sys.executable, "-m", "analysis", "run", name, "--force", "--output", folder])
    return len(files[:FEW])


def many_reports(files: list[Path], folder: Path) -> int:
    """`analysis run` of all of them: the whole command, from the shell to the index."""
    quietly([*_command(folder), "--force"])
    return len(files)


def few_reports(files: list[Path], folder: Path) -> int:
    """The same of the last areas only: what a run needs before and after its reports weighs more."""
    quietly([*_command(folder, AREAS[-SOME // len(NAMES) :]), "--force"])
    return len(files[-SOME:])


def unchanged(files: list[Path], folder: Path) -> int:
    """The same command again: every report is kept."""
    quietly(_command(folder))
    return len(files)


def _command(folder: Path, of: list[str] = AREAS) -> list[object]:
    areas = [word for area in of for word in ("--area", area)]
    return [sys.executable, "-m", "analysis", "run", *NAMES, *areas, "--output", folder]


def measured(name: str, way: Callable[[list[Path], Path], int], files: list[Path], folder: Path) -> float:
    """Return the seconds a report takes, and tell of them."""
    began = time.perf_counter()
    reports = way(files, folder)
    took = time.perf_counter() - began
    print(f"{name}: {took / reports:.2f} seconds a report (in {took:.0f})", flush=True)  # noqa: T201
    return took / reports


def main() -> None:
    """Measure every way and print the table."""
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # as the press does: a warning that concerns nobody here
    from ipykernel.zmqshell import ZMQInteractiveShell

    from analysis import preload

    preload.everything()  # the limit and the loop in one process are those of a warm one

    ZMQInteractiveShell.clear_instance()  # their shell is a plain one, which sends no messages
    ways = {
        "papermill, then nbconvert, as commands": commands,
        "both as libraries in a loop": library,
        "all cells in one process, not isolated": in_process,
        "analysis run, few reports": few_reports,
        MANY: many_reports,
        LIMIT: limit,
        "analysis run, one report, cold": one_report,
        "analysis run again, nothing changed": unchanged,
    }
    versions = {name: importlib.metadata.version(name) for name in ("papermill", "nbconvert", "ipykernel")}
    with tempfile.TemporaryDirectory() as scratch:
        files = sources(Path(scratch))
        times = dict.fromkeys(ways, float("inf"))
        began = time.perf_counter()
        for again in (False, True):
            if again and time.perf_counter() - began > AGAIN:
                break
            for name, way in ways.items():
                times[name] = min(times[name], measured(name, way, files, Path(scratch)))
    ours, limited = times[MANY], times[LIMIT]
    said = ", ".join(f"{name} {version}" for name, version in versions.items())
    when, python = time.strftime("%-d %B %Y"), platform.python_version()
    print(f"\n{when}, {len(files)} reports, {CORES} cores, Python {python}, {said}\n")  # noqa: T201
    print("| way | seconds a report | times ours |\n| --- | ---: | ---: |")  # noqa: T201
    for name, seconds in times.items():
        print(f"| {name} | {seconds:.2f} | {seconds / ours:.2f} |")  # noqa: T201
    print(f"\nThey take {ours / limited:.2f} times the limit.")  # noqa: T201
    more = len(files) - SOME
    if more > 0:
        each = (len(files) * ours - SOME * times["analysis run, few reports"]) / more
        print(f"{len(files) * (ours - each):.1f} s once, then {each / limited:.2f} times the limit.")  # noqa: T201
    one = times["analysis run, one report, cold"] / times["papermill, then nbconvert, as commands"]
    print(f"One report, cold, takes {one:.2f} times as long as by the two commands.")  # noqa: T201


if __name__ == "__main__":
    main()
