"""What differs between two executed notebooks: their sources and the texts they show."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

from analysis.runner.words import plain

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def notebook_diff(old: Path, new: Path, colour: bool) -> str:
    """Return the diff of two executed notebooks by nbdime; blank where sources and texts are the same.

    Images, HTML and metadata are left out: each has its text beside it, and the page is there to be looked at.

    Args:
        old, new: notebooks that `compare_folders` has read.
        colour: whether to colour the lines for a terminal.
    """
    # nbdime takes seconds to import.
    import nbdime
    from nbdime import prettyprint

    before, after = (_readable(json.loads(path.read_text(encoding="utf-8-sig"))) for path in (old, new))
    written = io.StringIO()
    # The differ of the library itself: git's or the system's would not say the same on every machine.
    config = prettyprint.PrettyPrintConfig(out=written, use_git=False, use_diff=False, use_color=colour)
    prettyprint.pretty_print_diff(before, nbdime.diff_notebooks(before, after), "", config)
    return written.getvalue()


def _readable(notebook: dict[str, Any]) -> Any:
    """Return a notebook's sources and text outputs as a notebook."""
    import nbformat

    cells = []
    for cell in notebook["cells"]:
        kept = {
            "id": cell.get("id", ""),
            "cell_type": cell["cell_type"],
            "metadata": {},
            "source": _text(cell["source"]),
        }
        if cell["cell_type"] == "code":
            kept |= {"execution_count": None, "outputs": [_output(output) for output in cell.get("outputs", [])]}
        cells.append(kept)
    return nbformat.from_dict({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _output(output: dict[str, Any]) -> dict[str, Any]:
    """Return an output with its text alone; of an answer, the plain one of its two."""
    if "data" not in output:
        return {name: _text(part) if name in ("text", "evalue") else part for name, part in output.items()}
    texts = {kind: output["data"][kind] for kind in ("text/plain", "text/markdown") if kind in output["data"]}
    data = {kind: _text(text) for kind, text in list(texts.items())[:1]}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def _text(text: str | list[str]) -> str:
    """Return a text without what would steer a terminal."""
    return _CONTROL.sub("?", plain("".join(text)))
