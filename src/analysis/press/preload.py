"""What reports need, loaded once in the process that they are forked from.

Loading is more than importing: some libraries import or compile the rest when they are first used.
"""

# ruff: noqa: F401
from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

WANTED = "ANALYSIS_PRELOAD"
"""Set in the process that reports are forked from; with anything in it, all that they need is loaded at once."""


@contextlib.contextmanager
def without(module: str) -> Iterator[None]:
    """Let a module seem missing while others are loaded that can do without it; later it can be had as usual."""
    ours = sys.modules.setdefault(module, None) is None
    try:
        yield
    finally:
        if ours:
            del sys.modules[module]


@contextlib.contextmanager
def for_good() -> Iterator[None]:
    """Load what is never freed: looking for garbage in it takes a sixth of the time, and again each time after.

    A process that is forked later would also copy all that its garbage collector walks through.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def cells() -> None:
    """Load what runs cells, and what the cells of most notebooks need."""
    # No one follows a report step by step; the grammar of internationalised addresses, which jsonschema builds for
    # nbformat, takes a second and a half.
    with without("debugpy"), without("rfc3987_syntax"):
        import analysis.press.engine
    # What a shell and pandas themselves import only when they need it first.
    import bdb

    import IPython.core.completerlib
    import IPython.core.crashhandler
    import IPython.core.logger
    import IPython.core.oinspect
    import matplotlib.pyplot
    import matplotlib_inline.backend_inline
    import pandas.io.formats.csvs

    import analysis.charts
    import analysis.report
    from analysis import claims
    from analysis.figures import Figures

    # pandera loads hypothesis, where it is installed, to make up data. Each report says itself what is wrong with its
    # data, or that there is no room in the temporary folder.
    with contextlib.suppress(Exception), without("hypothesis"):
        claims.read(Figures().folder / "claims.yml")
    with contextlib.suppress(OSError):
        analysis.press.engine.shell()


def pages() -> None:
    """Load and use what makes a page of an executed notebook."""
    with without("rfc3987_syntax"):
        import nbformat

        nbformat.validate(nbformat.v4.new_notebook())
    import analysis.press.normalise
    from analysis.press.render import PageInfo, render_page

    made = [nbformat.v4.new_markdown_cell("# A *title*"), nbformat.v4.new_code_cell(Path(__file__).read_text("utf-8"))]
    render_page(nbformat.v4.new_notebook(cells=made), PageInfo("Any"))


def everything() -> None:
    """Load all that reports need."""
    # For the releases' figures, which pandas reads with these.
    import pandas.core.arrays.arrow.extension_types
    import pyarrow.dataset
    import pyarrow.parquet

    import analysis.topics
    from analysis.charts import About, lines
    from analysis.paths import data_dir
    from analysis.reading import read_table

    cells()
    pages()
    lines([("2024", "Area", 1.0), ("2025", "Area", 2.0)], About("any", "Rose", "Any", ""), str, "Percent")
    for module in pkgutil.walk_packages(analysis.topics.__path__, "analysis.topics."):
        with contextlib.suppress(Exception):  # each report says itself what is wrong with what it loads
            importlib.import_module(module.name)
    # A table is read once: a process that finds it as it was does not read it again.
    for table in sorted(data_dir().glob("*.csv")):
        with contextlib.suppress(Exception):
            read_table(table)


if WANTED in os.environ:  # this is the process that reports are forked from
    with for_good(), contextlib.suppress(Exception):  # as above: a report that needs it fails with the reason
        import analysis.cli
        import analysis.press.pool

        # What both processes of a report need; the rest each loads itself, side by side, where there is but one.
        with without("rfc3987_syntax"):
            import papermill.execute
        if os.environ[WANTED]:
            everything()
