"""Fetching the official releases, from their publishers or a mirror.

pooch downloads, tries again, checks each file against the SHA-256 of the register and shows how far it is; added here
are the copy from a mirror folder, an end to answers without one, and one plain line for each thing that fails. A file
takes its place when it is whole; until then it lies in the hidden folder `.fetch`, which a run clears.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import responses
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

import click
import pooch
import requests
from tqdm import tqdm

from analysis.official.releases import Release, ReleaseError, load_releases, official_dir, sha256

RETRIES = 2
"""How often a file is tried again; pooch waits one second, then two."""
TIMEOUT = (10, 20)
"""Seconds to wait for a connection, and for the next bytes."""
PATIENCE = 600
"""Seconds in which a file of some megabytes must have come."""
_CHUNK = 1 << 14
_AGAIN = "run `analysis fetch` again"
_SILENT = (requests.ConnectionError, requests.Timeout)


class Failed(Exception):
    """A file that this run cannot have; the text is the reason and what to do. It is not tried again."""


class Full(Failed):
    """There is no room for a file, so there is no use in trying the rest."""


@dataclass(frozen=True)
class Task:
    """A release to have. `origin` is an address or a path in a mirror folder; "" if nobody has it."""

    release: Release
    folder: Path
    origin: str
    mirrored: bool

    @property
    def target(self) -> Path:
        """Where the file belongs."""
        return self.release.path(self.folder)

    @property
    def host(self) -> str:
        """Who is asked for it."""
        return urlsplit(self.origin).hostname or self.origin

    @property
    def advice(self) -> str:
        """What to do when the file cannot be had, or is another."""
        if self.mirrored:
            return "put the right file in the mirror"
        about = f"{self.release.publisher}'s edition of {self.release.date}"
        return f"place {about} at {self.target}, or name a mirror that has it with --mirror"

    def another(self, path: Path, advice: str) -> str:
        """Return in words what a file is, what was expected, and what to do; "" if it is the file of the register."""
        size, digest = path.stat().st_size, sha256(path)
        if (size, digest) == (self.release.bytes, self.release.sha256):
            return ""
        with path.open("rb") as stream:
            page = "a web page of " if re.match(rb"\s*<(!doctype )?html", stream.read(100), re.IGNORECASE) else ""
        expected = f"{self.release.bytes:,} bytes, sha256 {self.release.sha256}"
        return f"not the file of the register: {page}{size:,} bytes, sha256 {digest}; expected {expected}; {advice}"

    def problem(self, error: requests.RequestException) -> str:
        """Return what went wrong with a download, in words."""
        if isinstance(error, requests.HTTPError):
            status = error.response.status_code
            said = f"{self.host} answered {status} {responses.get(status, '')}".rstrip()
            return f"{said}; {_AGAIN if status >= 500 or status in (408, 425, 429) else self.advice}"
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            trust = "behind a proxy that reads traffic, set REQUESTS_CA_BUNDLE to the file of its certificates"
            return f"the certificate of {self.host} is not trusted here; {trust}"
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return f"the connection to {self.host} was lost; {_AGAIN}"
        if isinstance(error, _SILENT):
            advice = "check the network or proxy or name a mirror with --mirror"
            return f"no answer from {self.host}; {advice}, and {_AGAIN}"
        return f"{self.host}: the address does not work ({type(error).__name__}); {self.advice}"


class _Bar(tqdm):
    """pooch's progress bar, which also ends an answer that is far too long or far too slow."""

    def __init__(self, task: Task) -> None:
        about = {"total": task.release.bytes, "desc": task.release.file, "unit": "B", "unit_scale": True}
        super().__init__(**about, leave=False, disable=None, file=sys.stderr)
        self.task, self.came, self.begun = task, 0, time.monotonic()

    def __bool__(self) -> bool:
        """Be there for pooch also where an answer does not say how long it is."""
        return True

    def update(self, n: float = 1) -> bool | None:
        """Count bytes; raise Failed where there are too many, or it takes too long."""
        self.came += n
        limit = 2 * self.task.release.bytes + _CHUNK
        if self.came > limit:
            raise Failed(f"not the file of the register: more than {limit:,} bytes came; {self.task.advice}")
        if time.monotonic() - self.begun > PATIENCE:
            raise Failed(f"{self.task.host} is too slow: not all came in {PATIENCE // 60} minutes; {_AGAIN}")
        return super().update(n)

    def reset(self, total: float | None = None) -> None:
        """Begin to count anew, as pooch does at the end."""
        self.came = 0
        super().reset(total)


class _Download(pooch.HTTPDownloader):
    """pooch's download, with what came in words where it is another file."""

    def __init__(self, task: Task) -> None:
        super().__init__(chunk_size=_CHUNK, timeout=TIMEOUT)
        self.task = task

    def __call__(self, url: str, output_file: str, pooch: pooch.Pooch | None, check_only: bool = False) -> bool | None:
        Path(output_file).unlink()  # it is for its owner only; the one that takes its place is as others are
        with _Bar(self.task) as self.progressbar:
            super().__call__(url, output_file, pooch, check_only)
        if wrong := self.task.another(Path(output_file), self.task.advice):
            raise ValueError(wrong)  # pooch tries again


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
        if due := [task for task in missing if task.origin]:
            with _sole_writer(folder) as scratch:
                count += _fetch_due(due, scratch)
        return _summary(count, len(tasks), [task for task in missing if not task.origin])
    except KeyboardInterrupt:
        click.echo(f"analysis: stopped; {_AGAIN}", err=True)
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
    here = f"{mirror.rstrip('/')}/{quote(release.file)}" if "://" in mirror else str(Path(mirror) / release.file)
    return Task(release, folder, here, True)


@contextlib.contextmanager
def _sole_writer(folder: Path) -> Iterator[Path]:
    """Hold the folder for this run, and give a hidden one in it for files on their way, without what was left there.

    One that cannot be written to, or that another run is writing to, is refused.
    """
    scratch = folder / ".fetch"
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
        shutil.rmtree(scratch, ignore_errors=True)
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        yield scratch


def _fetch_due(due: list[Task], scratch: Path) -> Counter:
    """Fetch files one after the other, say what became of each, and count them."""
    pooch.get_logger().setLevel("ERROR")
    count: Counter = Counter()
    silent: set[str] = set()
    keeper = pooch.create(
        path=scratch,
        base_url="",
        registry={task.release.file: task.release.sha256 for task in due},
        urls={task.release.file: task.origin for task in due},
        retry_if_failed=RETRIES,
    )
    for number, task in enumerate(due, 1):
        try:
            _fetch_one(keeper, scratch, task, silent)
        except Failed as error:
            click.echo(f"{task.release.file}: {error}", err=True)
            count["failed"] += 1
            if isinstance(error, Full):
                count["not tried"] = len(due) - number
                break
        else:
            count["fetched"] += 1
            if not sys.stderr.isatty():
                click.echo(f"{task.release.file}: fetched, {task.release.bytes:,} bytes")
    return count


def _fetch_one(keeper: pooch.Pooch, scratch: Path, task: Task, silent: set[str]) -> None:
    """Fetch a file and put it in place, or raise Failed; `silent` are the hosts that gave no answer in this run."""
    if task.host in silent:
        raise Failed(f"not tried, because {task.host} did not answer")
    try:
        if "://" in task.origin:
            came = Path(keeper.fetch(task.release.file, downloader=_Download(task)))
        else:
            came = _copied(task, scratch / task.release.file)
        task.target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(came, task.target)
    except requests.RequestException as error:
        if isinstance(error, _SILENT):
            silent.add(task.host)
        raise Failed(task.problem(error)) from None
    except ValueError as error:
        raise Failed(error) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Full(f"{error.strerror}: {task.folder}; make room and {_AGAIN}") from None
        where = error.filename2 or error.filename or task.target
        raise Failed(f"{error.strerror or error}: {where}; mend that and {_AGAIN}") from None


def _copied(task: Task, copy: Path) -> Path:
    """Copy a file of a mirror folder, and check it."""
    if not Path(task.origin).is_file():
        raise Failed(f"not in the mirror: expected {task.origin}")
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(task.origin, copy)
    if wrong := task.another(copy, task.advice):
        raise Failed(f"{task.origin}: {wrong}")
    return copy


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
