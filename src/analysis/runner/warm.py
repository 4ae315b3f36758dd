"""What a report needs, loaded once in the process that reports are forked from."""

# ruff: noqa: F401
from __future__ import annotations

import gc

import analysis.cli
import analysis.runner.execute
import analysis.runner.kernels
import analysis.runner.warm_cells
import analysis.runner.warm_worker

# What is loaded is never freed: without this each report's garbage collector would walk through all of it, and copy it.
gc.collect()
gc.freeze()
