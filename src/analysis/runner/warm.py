"""What a report needs, loaded once in the process that reports are forked from."""

# ruff: noqa: F401
from __future__ import annotations

import contextlib
import importlib
import pkgutil

from analysis.runner.loading import for_good

with for_good():
    # For the releases' figures, which pandas reads with these.
    import pandas.core.arrays.arrow.extension_types
    import pyarrow.dataset
    import pyarrow.parquet

    import analysis.cli
    import analysis.runner.kernels
    import analysis.runner.warm_cells
    import analysis.runner.warm_worker
    import analysis.runner.work
    import analysis.topics
    from analysis.charts import About, lines
    from analysis.paths import data_dir
    from analysis.reading import read_table

    lines([("2024", "Area", 1.0), ("2025", "Area", 2.0)], About("any", "Rose", "Any", ""), str, "Percent")
    for module in pkgutil.walk_packages(analysis.topics.__path__, "analysis.topics."):
        with contextlib.suppress(Exception):  # each report says itself what is wrong with what it loads
            importlib.import_module(module.name)
    # A table is read once: a process that finds it as it was does not read it again.
    for table in sorted(data_dir().glob("*.csv")):
        with contextlib.suppress(Exception):
            read_table(table)
