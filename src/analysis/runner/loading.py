"""Loading libraries quickly: without parts that no report uses, and without looking for garbage meanwhile."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(module: str) -> Iterator[None]:
    """Let a module seem missing while others are loaded that can do without it; later it can be had as usual."""
    ours = sys.modules.setdefault(module, None) is None
    try:
        yield
    finally:
        if ours:
            del sys.modules[module]


@contextmanager
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
