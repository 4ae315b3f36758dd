"""Locks on open files and folders, which the system gives up when a process ends, however it ends."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 30.0
_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


def lock(handle: int) -> bool:
    """Take the lock of an open file or folder, without waiting; say whether it was free. Held until it is closed."""
    return _lock(handle) == 0


def _lock(handle: int) -> int:
    """Take a lock as above; return 0, or the number of what went wrong."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno or errno.EIO
    return 0


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait for one's turn to change a folder, so that two runs do not mix their files or make the same thing at once.

    After half a minute, or where folders cannot be locked, as on a network drive, it goes on without: every file is
    whole in any case.
    """
    if os.name == "nt":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        deadline = time.monotonic() + _PATIENCE
        while _lock(handle) in _TAKEN and time.monotonic() < deadline:
            time.sleep(0.01)
        yield
    finally:
        os.close(handle)
