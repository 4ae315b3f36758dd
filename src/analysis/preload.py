"""What cells need, loaded in the process that they are forked from, or in their own.

Loading is more than importing: some libraries import or compile the rest when they are first used. What cannot be
loaded stops nothing here: a cell that needs it says why.
"""

# ruff: noqa: F401
from __future__ import annotations

import contextlib
import importlib
import pkgutil

import numpy as np  # at once: the process that a report alone is forked from waits for the report to be planned

from analysis.press.engine import shell


def cells() -> None:
    """Load what the cells of most notebooks need."""
    # What a shell and pandas themselves import only when they need it first.
    import bdb

    import IPython.core.completerlib
    import IPython.core.crashhandler
    import IPython.core.logger
    import IPython.core.oinspect
    import matplotlib.pyplot
    import matplotlib_inline.backend_inline
    import pandas as pd
    import pandas.io.formats.csvs

    import analysis.charts
    import analysis.report
    from analysis import claims
    from analysis.data.figures import Figures

    pd.set_option("mode.string_storage", "python")  # quicker by a tenth for tables as small as ours, and the same texts
    with contextlib.suppress(OSError):
        shell()
    with contextlib.suppress(Exception):
        claims.read(Figures().folder / "claims.yml")


def everything() -> None:
    """Load all that the cells of any notebook need, and use it once."""
    # For the releases' figures, which pandas reads with these, and for methods and charts that a page may not need.
    import pandas as pd
    import pandas.core.arrays.arrow.extension_types
    import pyarrow.acero
    import pyarrow.dataset
    import pyarrow.parquet
    import scipy.optimize
    import scipy.stats
    import seaborn
    import statsmodels.stats.inter_rater
    import statsmodels.stats.meta_analysis

    import analysis
    from analysis import notebooks
    from analysis.charts import About, lines
    from analysis.data.areas import load_areas
    from analysis.data.tables import read_table
    from analysis.files import data_dir

    cells()
    rows = pd.DataFrame({"x": ["2024", "2025"], "series": "Area", "value": [1.0, 2.0]})
    lines(rows, About("any", "Rose", "Any", ""), str, "Percent")
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
