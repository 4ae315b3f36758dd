"""An executed notebook without traces of when, where and by what it was executed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

INJECTED = "injected-parameters"
_RUN_METADATA = ("papermill", "execution", "ExecuteTime", "collapsed", "scrolled", "trusted")


def read_source(path: Path) -> NotebookNode:
    """Read a source notebook; cells saved without an id get one from their position, not a random one."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(content.get("cells", [])):
        cell.setdefault("id", f"cell-{number:03d}")
    if content.get("nbformat") == 4:
        content["nbformat_minor"] = max(5, content.get("nbformat_minor", 5))
    return nbformat.reads(json.dumps(content), as_version=4)


def inject(notebook: NotebookNode, values: dict[str, Any]) -> NotebookNode:
    """Put a cell with parameter values after the cell tagged `parameters`.

    The values are written as Python literals: they came in as int, float, str or bool. It is papermill's convention
    (the tag is its own) with an id that does not change from run to run and no formatter that a machine may lack.

    Args:
        notebook: the source notebook; it is changed in place.
        values: the parameters that differ from the notebook's own; none, and no cell is added.

    Returns:
        The notebook.
    """
    kept = [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]
    if values:
        lines = ["# Parameters"] + [f"{name} = {value!r}" for name, value in values.items()]
        cell = nbformat.v4.new_code_cell("\n".join(lines), id=INJECTED, metadata={"tags": [INJECTED]})
        tags = [cell.metadata.get("tags", []) for cell in kept]
        kept.insert(next(n for n, tag in enumerate(tags, 1) if "parameters" in tag), cell)
    notebook.cells = kept
    return notebook


def normalise(notebook: NotebookNode, record: dict[str, Any]) -> tuple[NotebookNode, list[str]]:
    """Strip an executed notebook of times, paths, versions and warnings.

    Args:
        notebook: the executed notebook; it is changed in place.
        record: what to keep as `metadata["analysis"]`.

    Returns:
        The notebook, and the lines that it wrote to standard error.
    """
    warnings: list[str] = []
    for cell in notebook.cells:
        for key in _RUN_METADATA:
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            warnings += [line for output in cell.outputs if _is_stderr(output) for line in output.text.splitlines()]
            cell.outputs = _joined([output for output in cell.outputs if not _is_stderr(output)])
    notebook.metadata = nbformat.from_dict(
        {
            "analysis": record,
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook, [line for line in warnings if line.strip()]


def _is_stderr(output: NotebookNode) -> bool:
    return output.output_type == "stream" and output.name == "stderr"


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of printed text: how it was cut depends on the machine's speed."""
    joined: list[NotebookNode] = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def to_text(notebook: NotebookNode) -> str:
    """Return a notebook as JSON with sorted keys and a newline at the end."""
    # nbformat's own `writes` checks the notebook again, which takes as long as all the rest.
    return nbformat.v4.writes_json(notebook).rstrip("\n") + "\n"
