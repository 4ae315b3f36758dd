"""What cells need, loaded in the process that they are forked from, or in their own.

Loading is more than importing: some libraries import or compile the rest when they are first used. What cannot be
loaded stops nothing here: a cell that needs it says why.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil

import numpy as np  # noqa: F401  (at once: the process that a report alone is forked from waits for its plan)

from analysis.press.engine import shell

_USED = (
    "bdb", "IPython.core.completerlib", "IPython.core.crashhandler", "IPython.core.logger", "IPython.core.oinspect",
    "matplotlib.pyplot", "matplotlib_inline.backend_inline", "pandas.io.formats.csvs", "analysis.charts",
    "analysis.report",
)  # fmt: skip
"""What the cells of most notebooks use, and what a shell and pandas themselves import only when they need it first."""
_RARER = (
    "pandas.core.arrays.arrow.extension_types", "pyarrow.acero", "pyarrow.dataset", "pyarrow.parquet", "scipy.optimize",
    "scipy.stats", "seaborn", "statsmodels.stats.inter_rater", "statsmodels.stats.meta_analysis",
)  # fmt: skip
"""What reads the figures of the releases, and methods and charts that a page may not need."""


def cells() -> None:
    """Load what the cells of most notebooks need."""
    import pandas as pd

    from analysis import claims
    from analysis.data.figures import Figures

    for name in _USED:
        importlib.import_module(name)
    pd.set_option("mode.string_storage", "python")  # quicker by a tenth for tables as small as ours, and the same texts
    with contextlib.suppress(OSError):
        shell()
    with contextlib.suppress(Exception):
        claims.read(Figures().folder / "claims.yml")


def everything() -> None:
    """Load all that the cells of any notebook need, and use it once."""
    import pandas as pd

    import analysis
    from analysis import notebooks
    from analysis.charts import About, lines
    from analysis.data.areas import load_areas
    from analysis.data.tables import read_table
    from analysis.files import data_dir

    cells()
    for name in _RARER:
        importlib.import_module(name)
    rows = pd.DataFrame({"x": ["2024", "2025"], "series": "Area", "value": [1.0, 2.0]})
    lines(rows, About("any", "Rose", "Any", ""), str, "Percent").table.html()
    with contextlib.suppress(Exception):
        notebooks.listed()
        load_areas(data_dir() / "areas.csv")
    for module in pkgutil.walk_packages([f"{analysis.__path__[0]}/models"], "analysis.models."):
        with contextlib.suppress(Exception):
            importlib.import_module(module.name)
    # A table is read once: a process that finds it as it was does not read it again.
    for table in sorted(data_dir().glob("*.csv")):
        with contextlib.suppress(Exception):
            read_table(table)
