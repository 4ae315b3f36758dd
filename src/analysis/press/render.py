"""A notebook's page: its parts set in the template, one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.press.catalogue import show
from analysis.press.markup import name_regions_apart
from analysis.press.page import MADE, csv_address, read_page
from analysis.press.stacked import stack_tables

if TYPE_CHECKING:
    from analysis.press.request import Job

SITE = "Children's services: the figures, recomputed"
TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
_INPUTS = {
    "data": "Figures that it read",
    "notebook": "Notebook",
    "code": "Code that it ran (modules of src/analysis)",
    "parameters": "Parameters",
}
_SHOWN = 12


@dataclass(frozen=True)
class PageInfo:
    """What a page says about itself beyond its notebook.

    `parameters` has a row for each: label, value, default if the value differs from it, help. `fingerprint` has a row
    for each input: name, digest. All may be empty, as for an analyst's own notebook.
    """

    title: str
    area: str = ""
    notebook_file: str = ""
    command: str = ""
    parameters: tuple[tuple[str, str, str, str], ...] = ()
    fingerprint: tuple[tuple[str, str], ...] = ()


def job_page_info(job: Job) -> PageInfo:
    """Return what the page of a report says about its making."""
    rows = []
    for parameter in job.entry.parameters:
        if parameter.documents and not job.area.has_published:
            continue
        if parameter.type == "area":
            rows.append((parameter.label, f"{job.area.name} ({job.area.code})", "", parameter.help))
        else:
            default = show(parameter.default) if parameter.name in job.changed else ""
            rows.append((parameter.label, show(job.values[parameter.name]), default, parameter.help))
    prints = tuple((label, job.fingerprint.get(key, "")) for key, label in _INPUTS.items())
    return PageInfo(
        title=job.entry.title,
        area=job.area.name,
        notebook_file=f"{job.entry.name}.ipynb",
        command=job.command,
        parameters=tuple(rows),
        fingerprint=tuple((label, digest) for label, digest in prints if digest),
    )


@cache
def environment() -> Environment:
    """Return the template environment: everything is escaped unless our own code made it."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"SITE": SITE, "MADE": MADE, "SHOWN": _SHOWN, "asset": _asset, "script_hash": _script_hash}
    made.filters |= {"csv_address": csv_address}
    return made


def _asset(name: str) -> Markup:
    """Return a stylesheet or script to stand inside a page."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _script_hash(name: str) -> str:
    """Return the hash by which a page's policy allows one script of ours and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(_asset(name).encode()).digest()).decode()


def render_page(notebook: Any, info: PageInfo) -> str:
    """Render an executed notebook as one HTML page with no script and no request to anywhere.

    Args:
        notebook: an executed `nbformat.NotebookNode`; outputs with `metadata["analysis"]` have their place on the
            page, any others are shown plainly.
        info: area, parameters and provenance.

    Returns:
        The page. The same notebook and info give the same text.
    """
    page = read_page(notebook, info.title)
    return finished(environment().get_template("page.html.j2").render(page=page, info=info))


def finished(page: str) -> str:
    """Return a page as it is published: regions named apart, and tables that fit a phone."""
    page, rules = stack_tables(name_regions_apart(page))
    return page.replace("</style>", f"{rules}\n</style>", 1) if rules else page
