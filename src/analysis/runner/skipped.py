"""Loading a library without a part of it that no report uses."""

from __future__ import annotations

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
