"""What executes a notebook and renders its page, loaded and used once."""

# ruff: noqa: F401
from __future__ import annotations

from pathlib import Path

from analysis.runner.loading import without

# The grammar of internationalised addresses, which jsonschema builds for nbformat, takes a second and a half.
with without("rfc3987_syntax"):
    import nbclient
    import nbformat
    import papermill.execute
    import papermill.parameterize

    import analysis.runner.engine
    import analysis.runner.normalise

    nbformat.validate(nbformat.v4.new_notebook())

from analysis.runner.render import PageInfo, render_page

code = Path(__file__).read_text(encoding="utf-8")
cells = [nbformat.v4.new_markdown_cell("# A *title*"), nbformat.v4.new_code_cell(code)]
render_page(nbformat.v4.new_notebook(cells=cells), PageInfo("Any"))
