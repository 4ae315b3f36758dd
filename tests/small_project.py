"""A small project that the tests of the press build: an area table, a catalogue, notebooks that take no time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import yaml
from click.testing import CliRunner, Result

from analysis.cli import main
from analysis.press.environment import prepare

AREAS = """area,name,level,old_la_code,has_published
E06000054,Wiltshire,Local authority,865,true
E06000099,"<b>Kings' & Queens</b>",Local authority,999,true
E06000030,Swindon,Local authority,866,false
"""
PARAMETERS = {
    "area": {"type": "area", "label": "Area", "help": "The authority."},
    "year": {"type": "int", "choices": [2011, 2013], "label": "Year", "help": "Reference year."},
    "confidence": {"type": "float", "min": 0.8, "max": 0.999, "label": "Confidence", "help": "Level of the intervals."},
    "comparator": {"type": "str", "choices": ["England", "South West"], "label": "Comparator", "help": "Beside it."},
    "note": {"type": "str", "label": "Note", "help": "Words for the page."},
    "strict": {"type": "bool", "label": "Strict", "help": "Whether to be strict."},
}
PARAMETERS_CELL = """area = "E06000054"  # code
year: int = 2013
confidence = 0.95
comparator: str = "England"
note = ""
strict = True"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="360pt" height="180pt">'
    '<defs><clipPath id="p1"><rect width="9" height="9"/></clipPath><path id="g1" d="M0 0"/></defs>'
    '<g clip-path="url(#p1)"><use xlink:href="#g1"/></g></svg>'
)
PICTURE = {"image/svg+xml": SVG, "text/plain": "alt"}
TABLE = "<details class='data'><summary>D</summary><table><caption>Cap</caption></table></details>"
OWN = "application/vnd.analysis"
VALUES = [
    {"key": "rate", "label": "Rate <i>", "value": 6.3, "lower": 5.9, "upper": 6.7, "unit": "percent", "period": "2013"},
    {"key": "count", "label": "Count", "value": 794.0, "lower": None, "upper": None, "unit": "people", "symbol": "e"},
]


def show(data: dict, **about: object) -> str:
    """Return the code of a cell that displays a bundle with its mark for the page."""
    return f"display({data!r}, raw=True, metadata={{'analysis': {about!r}}})"


def markdown(text: str) -> tuple[str, str]:
    """Return a Markdown cell."""
    return ("markdown", text)


FULL = [
    markdown("# Small report\n\nDoes the runner work?"),
    "from IPython.display import display",
    show({"text/markdown": "- The rate is **6.3%**.", "text/plain": "- Rate <i> is 6.3%."}, kind="answer"),
    markdown("## First topic\n\nWords by the author."),
    show({"text/markdown": "**x**", "text/plain": "x"}, kind="finding", sentence="The first finding."),
    "import os\nprint('year', year, comparator)\nprint(os.environ['TZ'], os.environ['PYTHONHASHSEED'])",
    show(PICTURE, kind="chart", id="c1", title="T1", subtitle="S1", alt='A "1"', note="N1"),
    show({"text/html": TABLE, "text/plain": "t"}, kind="table", id="t1", caption="Cap", folded=True, csv="a,b\n1,2\n"),
    markdown("## Second topic"),
    show(PICTURE, kind="chart", id="c2", title="T2", subtitle="S2", alt="A2", note=""),
    show({"text/html": "<p>values</p>", "text/plain": "v", f"{OWN}.values+json": VALUES}, kind="values"),
    show({"text/html": "<p>sources</p>", "text/plain": "s", f"{OWN}.sources+json": []}, kind="sources"),
]


def write_notebook(path: Path, cells: list, parameters: str | None = PARAMETERS_CELL) -> None:
    """Write a notebook: code cells are text, Markdown cells as `markdown` makes them."""
    made = []
    if parameters is not None:
        made.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    for cell in cells:
        made.append(
            nbformat.v4.new_markdown_cell(cell[1]) if isinstance(cell, tuple) else nbformat.v4.new_code_cell(cell)
        )
    for number, cell in enumerate(made):
        cell["id"] = f"id-{number}"
    notebook = nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": {"name": "python3", "display_name": "x"}})
    nbformat.write(notebook, path)


def make_project(root: Path, notebooks: dict[str, list]) -> Path:
    """Build a project folder with these notebooks, all with the same parameters, and return it."""
    prepare()  # a test makes few reports at a time, and there are many tests
    (root / "data").mkdir(parents=True)
    (root / "notebooks").mkdir()
    (root / "data" / "areas.csv").write_text(AREAS, encoding="utf-8")
    (root / "uv.lock").write_text("lock\n", encoding="utf-8")
    for name, cells in notebooks.items():
        write_notebook(root / "notebooks" / f"{name}.ipynb", cells)
    write_catalogue(root, [entry(name) for name in notebooks])
    return root


def entry(name: str, **changes: object) -> dict:
    """Return a catalogue entry; a change of None removes the key."""
    made = {"name": name, "title": "Small report", "question": "Does it work?", "areas": "published"}
    made |= {"parameters": {key: dict(value) for key, value in PARAMETERS.items()}} | changes
    return {key: value for key, value in made.items() if value is not None}


def write_catalogue(root: Path, entries: list[dict]) -> None:
    """Write the catalogue of a project."""
    text = yaml.safe_dump({"notebooks": entries}, sort_keys=False, allow_unicode=True)
    (root / "notebooks" / "catalogue.yml").write_text(text, encoding="utf-8")


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too, but for the run's own notes: its path and bytes."""
    found = (file for file in folder.rglob("*") if file.is_file() and file.name not in ("run.json", ".made.json"))
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


def run_record(folder: Path) -> dict:
    """Return what run.json says."""
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def rewrite(project: Path, name: str, cells: list) -> None:
    """Write a notebook of a project anew."""
    write_notebook(project / "notebooks" / f"{name}.ipynb", cells)


def call(project: Path, *words: str, **environment: str) -> Result:
    """Run the command in this process; its reports still have processes of their own."""
    runner = CliRunner(env={"ANALYSIS_ROOT": str(project), **environment})
    return runner.invoke(main, ["run", *words], catch_exceptions=False)


LIGHT = {"ANALYSIS_PRELOAD": "nothing"}
"""Lets the process that a run forks its reports from load little: these notebooks need little."""


def start(project: Path, *words: str, **environment: str) -> subprocess.Popen:
    """Start the command as a process of its own, in a group of its own."""
    environment = {**os.environ, **LIGHT, "ANALYSIS_ROOT": str(project), **environment}
    command = [sys.executable, "-m", "analysis", "run", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, start_new_session=True, **pipes)


NOTE = "import os, pathlib\npathlib.Path({folder!r}, str(os.getpid())).touch()"
"""A cell that leaves its kernel's number as the name of a file."""


def noted(folder: Path) -> list[int]:
    """Return the numbers of the processes that left a note in a folder."""
    return [int(file.name) for file in folder.iterdir()]


def alive(number: int) -> bool:
    """Return whether a process runs: one that has ended and was not waited for does not."""
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(condition: object, seconds: float = 60) -> None:
    """Wait for something to be so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
