"""The server that workers are forked from, with libraries loaded, where there can be one."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from multiprocessing import forkserver
from typing import Any

from analysis.runner.environment import fixed_environment
from analysis.runner.leftovers import lasting_folder

MANY = 2
"""Reports from which on it pays to load the libraries once for all."""


def context(reports: int = MANY) -> Any:
    """Return how workers are made: by a server where there can be one, else afresh.

    A single report's two processes are quicker to load what each needs themselves, side by side.

    Args:
        reports: how many there are to be; decides what a server that does not run yet loads.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        found = multiprocessing.get_context("forkserver")
        found.set_forkserver_preload(["analysis.runner.warm" if reports >= MANY else "analysis.runner.warm_single"])
        return found
    return multiprocessing.get_context("spawn")


def prepare(reports: int = MANY) -> None:
    """Start the server, unless it runs or there can be none, in the environment of a report.

    Args:
        reports: how many there are to be.
    """
    if context(reports).get_start_method() != "forkserver":
        return
    before, wanted, temporary = dict(os.environ), fixed_environment(), tempfile.tempdir
    os.environ.clear()
    os.environ.update(wanted)
    try:
        tempfile.tempdir = lasting_folder()  # for the server's socket, which a killed run leaves behind
        forkserver.ensure_running()
    finally:
        tempfile.tempdir = temporary
        os.environ.clear()
        os.environ.update(before)
