"""What both processes of a report made alone need, loaded in the one that they are forked from."""

# ruff: noqa: F401
from __future__ import annotations

from analysis.runner.loading import for_good

with for_good():
    import analysis.cli
    import analysis.runner.kernels
    import analysis.runner.work
