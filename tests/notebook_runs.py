"""Runs a source notebook's code in this process, without a kernel, so that hundreds of runs take minutes."""

from __future__ import annotations

import ast
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import nbformat

from analysis import report

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def _captured(monkeypatch):
    shown = []
    with monkeypatch.context() as patch:
        patch.setattr(report, "display", lambda data, raw, metadata: shown.append((data, metadata["analysis"])))
        yield shown


def run_notebook(name, monkeypatch, root=None, **parameters):
    """Run a notebook's code cells in order and return what it showed.

    Args:
        name: a notebook of notebooks/.
        monkeypatch: pytest's.
        root: another project folder to read data/ from.
        parameters: values in place of the defaults.

    Returns:
        `outputs`, the (bundle, mark) pairs; `markdown`, the cells of words; `text`, everything a reader can
        see of both but the claims, as the register quotes numbers as they were printed; `values`, the headline values;
        `names`, what the cells have named.
    """
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    if root:
        monkeypatch.setenv("ANALYSIS_ROOT", str(root))
    space = {"__name__": "__main__"}
    with _captured(monkeypatch) as shown:
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            exec(compile(cell.source, f"{name}, cell {cell.id}", "exec"), space)
            if "parameters" in cell.metadata.get("tags", []):
                space.update(parameters)
    return _read(shown, notebook, space)


def _read(shown, notebook, space):
    markdown = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    words, values = [*markdown], []
    for data, mark in shown:
        if str(mark.get("id", "")).startswith("claims-"):
            continue
        words += [text for kind, text in data.items() if isinstance(text, str) and kind != "text/plain"]
        words += [str(text) for key, text in mark.items() if key != "kind"]
        values = data.get("application/vnd.analysis.values+json", values)
    return SimpleNamespace(outputs=shown, markdown=markdown, text="\n".join(words), values=values, names=space)


def parameters_cell(name):
    """Return a notebook's parameters and their defaults."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    (cell,) = (c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    return {node.target.id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}
