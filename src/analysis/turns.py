"""Locks on open files and folders, which the system gives up when a process ends, however it ends."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 30.0
_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
_used: dict[Path, int] = {}
"""Folders that this process uses, each with the open handle that tells others."""


def lock(handle: int) -> bool:
    """Take the lock of an open file or folder, without waiting; say whether it was free. Held until it is closed."""
    return _lock(handle) == 0


def use(folder: Path) -> bool:
    """Say of a folder that it is used until this process ends, so that nobody removes it; False if it is gone.

    Where folders cannot be locked, it counts as used by nobody.
    """
    if folder in _used or os.name == "nt":
        return folder.is_dir()
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    if _lock(handle, shared=True) in _TAKEN:  # it is being removed
        os.close(handle)
        return False
    _used[folder] = handle
    return True


def remove_unused(folder: Path) -> None:
    """Remove a folder unless another process uses it."""
    if folder in _used:
        os.close(_used.pop(folder))
    try:
        handle = None if os.name == "nt" else os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        if handle is None or _lock(handle) not in _TAKEN:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        if handle is not None:
            os.close(handle)


def _lock(handle: int, shared: bool = False) -> int:
    """Take a lock as above; return 0, or the number of what went wrong."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
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
