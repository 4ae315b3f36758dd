"""What executes a notebook and renders its page, loaded and used once."""

# ruff: noqa: E402, F401
from __future__ import annotations

import sys
from pathlib import Path

# Building the grammar of internationalised addresses takes a second and a half, a third of loading everything.
# jsonschema, which nbformat imports, goes without where the package that builds it is missing.
_GRAMMAR = "rfc3987_syntax"
_without = sys.modules.setdefault(_GRAMMAR, None) is None

import nbclient
import nbformat
import papermill.execute
import papermill.parameterize

import analysis.runner.engine
import analysis.runner.normalise
from analysis.runner.markup import highlight_code
from analysis.runner.render import environment

nbformat.validate(nbformat.v4.new_notebook())
environment().get_template("page.html.j2")
highlight_code(Path(__file__).read_text(encoding="utf-8"))
if _without:
    del sys.modules[_GRAMMAR]
