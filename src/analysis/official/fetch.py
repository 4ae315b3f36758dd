"""Fetching the official releases, from their publishers or a mirror.

A file arrives under its name with `.part` added and takes its own name only when its SHA-256 is that of the
register. pooch keeps the register and has the last word on what came; added here is what it lacks: going on where
a download was cut off, and one plain line for each thing that fails.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

import click
import pooch
import requests
from tqdm import tqdm

from analysis.official.download import Copy, Download, Failed, Full, Task
from analysis.official.releases import Release, ReleaseError, load_releases, official_dir

_BAR = "{desc} {percentage:3.0f}%|{bar}| {n_fmt} of {total_fmt}B"


def fetch_releases(data: Path, mirror: str | None = None) -> int:
    """Bring every release of the register into the folder of releases, and print what became of it.

    Args:
        data: the project's data folder, which holds the register.
        mirror: a folder, or the http(s) address of one, to take every file from; None for the publishers' addresses.

    Returns:
        The exit code: 0 if all that can be fetched is there and right, 1 if a file failed, 130 if stopped by Ctrl-C.

    Raises:
        ReleaseError: if nothing can be begun: the register, the mirror or the folder will not do.
    """
    try:
        _check_mirror(mirror)
        folder = official_dir(data).absolute()
        tasks = [_task(release, folder, mirror) for release in load_releases(data)]
        missing = [task for task in tasks if task.release.state(folder) != "present"]
        count = Counter({"already there": len(tasks) - len(missing)})
        due = [task for task in missing if task.origin]
        if due:
            with _sole_writer(folder):
                count += _fetch_due(due)
        return _summary(count, len(tasks), [task for task in missing if not task.origin])
    except KeyboardInterrupt:
        click.echo("analysis: stopped; run `analysis fetch` again to go on", err=True)
        return 130


def _check_mirror(mirror: str | None) -> None:
    """Refuse a mirror that is neither a folder nor a plain http(s) address."""
    expected = "expected a folder, or an address that begins with http:// or https:// and has no ? or #"
    if mirror is None or ("://" not in mirror and mirror and Path(mirror).is_dir()):
        return
    if "://" not in mirror:
        raise ReleaseError(f"mirror {mirror!r}: no such folder; {expected}")
    try:
        parts = urlsplit(mirror)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or parts.query or parts.fragment:
        shown = re.sub("//.*@", "//", mirror)  # a password stays out of logs
        raise ReleaseError(f"mirror {shown!r}: {expected}")


def _task(release: Release, folder: Path, mirror: str | None) -> Task:
    """Return what is to be done for a release; refuse a name that leads out of the folder, or another protocol."""
    name = PurePosixPath(release.file)
    # A backslash or a colon would lead elsewhere on Windows.
    if not name.name or name.is_absolute() or ".." in name.parts or re.search(r"[\\:]", release.file):
        raise ReleaseError(f"releases.csv: file {release.file!r} is not a place inside the folder of releases")
    if mirror is None:
        if release.address and not re.match("https?://", release.address):
            raise ReleaseError(f"sources.csv: {release.source}: address {release.address!r} is not http:// or https://")
        return Task(release, folder, release.address, False)
    if "://" in mirror:
        return Task(release, folder, f"{mirror.rstrip('/')}/{quote(release.file)}", True)
    return Task(release, folder, str(Path(mirror) / release.file), True)


@contextlib.contextmanager
def _sole_writer(folder: Path) -> Iterator[None]:
    """Hold the folder for this run; refuse one that cannot be written to, or that another run is writing to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise ReleaseError(f"cannot write to {folder}: {reason}; name another with ANALYSIS_OFFICIAL") from None
    with contextlib.ExitStack() as stack:
        # Windows has no such lock; but there, a file that another run has open cannot be replaced.
        with contextlib.suppress(ImportError):
            import fcntl

            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ReleaseError(f"another `analysis fetch` is writing to {folder}: wait until it ends") from None
            except OSError:
                pass  # some network file systems cannot lock
        yield


def _fetch_due(due: list[Task]) -> Counter:
    """Fetch files one after the other, say what became of each, and count them."""
    pooch.get_logger().setLevel("ERROR")
    keeper = pooch.create(
        path=due[0].folder,
        base_url="",
        registry={f"{task.release.file}.part": task.release.sha256 for task in due},
        urls={f"{task.release.file}.part": task.origin for task in due},
    )
    total, done = sum(task.release.bytes for task in due), 0
    bar = tqdm(total=total, unit_scale=True, leave=False, disable=None, file=sys.stderr, bar_format=_BAR)
    count: Counter = Counter()
    silent: set[str] = set()
    with requests.Session() as session, bar:
        for number, task in enumerate(due, 1):
            bar.set_description_str(task.release.file)
            get = Download(task, session, silent, bar) if "://" in task.origin else Copy(task)
            try:
                _fetch_one(keeper, task, get)
            except Failed as error:
                tqdm.write(f"{task.release.file}: {error}", file=sys.stderr)
                count["failed"] += 1
                if isinstance(error, Full):
                    count["not tried"] = len(due) - number
                    break
            else:
                count["fetched"] += 1
                if bar.disable:
                    click.echo(f"{task.release.file}: fetched, {task.release.bytes:,} bytes")
            done += task.release.bytes
            bar.update(done - bar.n)  # whatever was fetched twice, kept from before or not fetched
    return count


def _fetch_one(keeper: pooch.Pooch, task: Task, get: Callable) -> None:
    """Fetch a file and put it in place, or raise Failed and leave at most a part to go on from."""
    folder_is_new = not task.target.parent.exists()
    try:
        keeper.fetch(f"{task.release.file}.part", downloader=get)
        os.replace(task.part, task.target)
    except ValueError as error:  # pooch's word for another sha256
        raise Failed(error) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            task.part.unlink(missing_ok=True)  # a full disk is not left full
            raise Full(f"{error.strerror}: {task.folder}; make room and run `analysis fetch` again") from None
        where = error.filename or task.part
        raise Failed(f"{error.strerror or error}: {where}; mend that and run `analysis fetch` again") from None
    finally:
        if folder_is_new:
            with contextlib.suppress(OSError):  # it is not empty
                task.target.parent.rmdir()


def _summary(count: Counter, files: int, by_hand: list[Task]) -> int:
    """Say how many files are there, and which ones have to be placed by hand; return the exit code."""
    wrong = [task for task in by_hand if task.target.is_file()]
    for task in wrong:
        advice = "it is left as it is: put the publication named below in its place"
        click.echo(f"{task.release.file}: {task.another(task.target, advice)}", err=True)
    count.update({"failed": len(wrong), "to place by hand": len(by_hand) - len(wrong)})
    words = ("fetched", "already there", "to place by hand", "failed", "not tried")
    said = ", ".join(f"{count[word]} {word}" for word in words if count[word])
    click.echo(f"analysis: {files} file{'' if files == 1 else 's'}: {said or 'none'}", err=bool(count["failed"]))
    if by_hand:
        click.echo("No lasting address is known of these. Place them here, or name a mirror with --mirror:", err=True)
    for task in by_hand:
        release = task.release
        click.echo(f"  {task.target}\n    {release.publisher}: {release.title} ({release.date})", err=True)
        click.echo(f"    {release.bytes:,} bytes, sha256 {release.sha256}", err=True)
    return 1 if count["failed"] else 0
