"""What a report needs, loaded once in the process that reports are forked from.

Loading is more than importing: some libraries import or compile the rest when they are first used.
"""

# ruff: noqa: F401
from __future__ import annotations

import contextlib
import gc

import debugpy.server.api
import ipykernel.debugger
import ipykernel.kernelapp
import ipykernel.zmqshell
import matplotlib.pyplot
import matplotlib_inline.backend_inline
import nbclient
import nbformat
import papermill.execute
import papermill.parameterize

import analysis.charts
import analysis.report
import analysis.runner.engine
import analysis.runner.execute
import analysis.runner.kernels
import analysis.runner.normalise
from analysis.figures import Figures
from analysis.runner.render import environment

nbformat.validate(nbformat.v4.new_notebook())
environment().get_template("page.html.j2")
with contextlib.suppress(Exception):  # each report says what is wrong with the data, if something is
    Figures()

# What is loaded is never freed: without this each report's garbage collector would walk through all of it, and copy it.
gc.collect()
gc.freeze()
