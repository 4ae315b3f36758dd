"""How one file of a release comes: copied from a folder, or downloaded so that a cut-off download can go on."""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import dataclass
from http.client import responses
from pathlib import Path
from urllib.parse import urlsplit

import requests
from tqdm import tqdm

from analysis.official.releases import Release, sha256

WAITS = (1, 3, 5)
"""Seconds before each further attempt at a file."""
TIMEOUT = (10, 20)
"""Seconds to wait for a connection, and for the next bytes."""
_CHUNK = 1 << 14
_PASSING = (408, 425, 429)
_PASSING_ERRORS = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class Failed(Exception):
    """A file that this run cannot have; the text is the reason and what to do."""


class Full(Failed):
    """There is no room for a file, so there is no use in trying the rest."""


class _Lost(Exception):
    """An attempt that may go better the next time."""


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
    def part(self) -> Path:
        """Where it lies until it is whole."""
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def advice(self) -> str:
        """What to do when the file cannot be had, or is another."""
        if self.mirrored:
            return "put the right file in the mirror"
        about = f"{self.release.publisher}'s edition of {self.release.date}"
        return f"place {about} at {self.target}, or name a mirror that has it with --mirror"

    def another(self, path: Path, advice: str) -> str:
        """Return in words what a file is, what was expected, and what to do."""
        with path.open("rb") as stream:
            page = "a web page of " if re.match(rb"\s*<(!doctype )?html", stream.read(100), re.IGNORECASE) else ""
        came = f"{page}{path.stat().st_size:,} bytes, sha256 {sha256(path)}"
        expected = f"{self.release.bytes:,} bytes, sha256 {self.release.sha256}"
        return f"not the file of the register: {came}; expected {expected}; {advice}"


class Copy:
    """A downloader for pooch that copies a file of a mirror folder."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        source, task = Path(url), self.task
        if not source.is_file():
            raise Failed(f"not in the mirror: expected {source}")
        if source.stat().st_size != task.release.bytes or sha256(source) != task.release.sha256:
            raise Failed(f"{source}: {task.another(source, task.advice)}")
        Path(output_file).unlink()
        try:
            shutil.copyfile(source, task.part)
            os.replace(task.part, output_file)
        except BaseException:
            task.part.unlink(missing_ok=True)
            raise


class Download:
    """A downloader for pooch that goes on where an earlier one was cut off, and tries again where that may help.

    `silent` holds the hosts that gave no answer in this run: no time is spent on them again.
    """

    def __init__(self, task: Task, session: requests.Session, silent: set[str], bar: tqdm) -> None:
        self.task, self.session, self.silent, self.bar = task, session, silent, bar
        self.etag, self.host, self.answered = "", "", False

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        self.host = urlsplit(url).hostname or url
        if self.host in self.silent:
            raise Failed(f"not tried, because {self.host} did not answer")
        # pooch's empty file makes way until it is needed, so that a killed run leaves nothing but the part.
        Path(output_file).unlink()
        for wait in (*WAITS, None):
            try:
                self._attempt(url)
                break
            except _Lost as lost:
                if wait is None:
                    raise Failed(self._given_up(lost)) from None
                time.sleep(wait)
        os.replace(self.task.part, output_file)

    def _given_up(self, lost: _Lost) -> str:
        """Return the line for a file whose every attempt was lost; what came of it is kept."""
        again = "run `analysis fetch` again to go on"
        if not self.answered:
            self.silent.add(self.host)
            return f"{lost}; check the network or proxy or name a mirror with --mirror, and {again}"
        size = self._begun()
        kept = f"{size:,} of {self.task.release.bytes:,} bytes are kept: " if size else ""
        return f"{lost}; {kept}{again}"

    def _begun(self) -> int:
        """Return how many bytes an earlier attempt left to go on from; what cannot be gone on from is removed."""
        size = self.task.part.stat().st_size if self.task.part.exists() else 0
        if 0 < size < self.task.release.bytes:
            return size
        self.task.part.unlink(missing_ok=True)
        return 0

    def _attempt(self, url: str) -> None:
        """Fetch the whole file or the rest of it, and check it."""
        start, begun = self._begun(), False
        headers = {"Accept-Encoding": "identity"}  # a range of a compressed file is of no use
        if start:
            headers["Range"] = f"bytes={start}-"
            if self.etag:
                headers["If-Range"] = self.etag
        try:
            with self.session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
                self.answered = begun = True
                start = self._accept(response, start)
                self._receive(response, start)
        except requests.RequestException as error:
            raise self._reason(error, begun) from None
        self._check(start)

    def _accept(self, response: requests.Response, asked: int) -> int:
        """Return the byte that an answer begins with; raise for an answer that is not the file."""
        status, task = response.status_code, self.task
        sent = response.headers.get("Content-Range", "")
        if status == 200 or (status == 206 and re.match(rf"bytes {asked}-\d+/({task.release.bytes}|\*)$", sent)):
            tag = response.headers.get("ETag", "")
            self.etag = "" if tag.startswith("W/") else tag
            return asked if status == 206 else 0
        if status in (206, 416):
            task.part.unlink(missing_ok=True)
            raise _Lost(f"{self.host} no longer has the file that was begun")
        said = f"{self.host} answered {status} {responses.get(status, '')}".rstrip()
        if status in _PASSING or status >= 500:
            raise _Lost(said)
        raise Failed(f"{said}; {task.advice}")

    def _receive(self, response: requests.Response, size: int) -> None:
        """Write what comes after the first `size` bytes; stop when it is far more than the file could be."""
        task, limit = self.task, 2 * self.task.release.bytes + _CHUNK
        with task.part.open("ab" if size else "wb") as stream:
            for chunk in response.iter_content(_CHUNK):
                stream.write(chunk)
                size += len(chunk)
                self.bar.update(len(chunk))
                if size > limit:
                    break
            stream.flush()
            os.fsync(stream.fileno())
        if size > limit:
            task.part.unlink()
            raise Failed(f"not the file of the register: more than {limit:,} bytes came; {task.advice}")
        # Without a length only the end of the connection ends a file, and it may have come too early.
        told = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
        if size < task.release.bytes and not told:
            raise _Lost(f"the connection to {self.host} ended early")

    def _check(self, start: int) -> None:
        """Remove a file that is not the register's; one that was put together from two attempts is fetched anew."""
        task = self.task
        if sha256(task.part) != task.release.sha256:
            came = task.another(task.part, task.advice)
            task.part.unlink()
            raise _Lost("what came does not go on from what an earlier run left") if start else Failed(came)

    def _reason(self, error: requests.RequestException, begun: bool) -> Failed | _Lost:
        """Return the error of a connection in words, as one that may pass or one that will not."""
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            trust = "behind a proxy that reads traffic, set REQUESTS_CA_BUNDLE to the file of its certificates"
            return Failed(f"the certificate of {self.host} is not trusted here; {trust}")
        if isinstance(error, _PASSING_ERRORS):
            return _Lost(f"the connection to {self.host} was lost" if begun else f"no answer from {self.host}")
        return Failed(f"{self.host}: the address does not work ({type(error).__name__}); {self.task.advice}")
