"""What the cells of most notebooks need, loaded before there are any.

Loading is more than importing: some libraries import or compile the rest when they are first used.
"""

# ruff: noqa: F401
from __future__ import annotations

import contextlib

from analysis.runner.loading import without

with without("debugpy"):  # no one follows a report step by step
    import ipykernel.debugger

# What a kernel and pandas themselves import only when they need it first.
import bdb

import IPython.core.application
import IPython.core.completerlib
import IPython.core.crashhandler
import IPython.core.logger
import IPython.core.oinspect
import matplotlib.pyplot
import matplotlib_inline.backend_inline
import pandas.io.formats.csvs

import analysis.charts
import analysis.report
import analysis.runner.cells
from analysis.claim_entries import load_claims
from analysis.figures import Figures

# pandera loads hypothesis, where it is installed, to make up data. Each report says itself what is wrong with its data.
with contextlib.suppress(Exception), without("hypothesis"):
    load_claims(Figures().folder / "claims.yml")

with contextlib.suppress(OSError):  # no room in the temporary folder: the report says so
    analysis.runner.cells.kernel()
