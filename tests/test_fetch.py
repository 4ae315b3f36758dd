"""`analysis fetch`: what it brings, what it refuses to keep, what it leaves behind when a server or a disk fails."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.cli import main
from small_project import files_in

RIGHT = bytes(range(256)) * 400
OTHER = RIGHT[::-1]
HALF = len(RIGHT) // 2
NAME = "lait/figures.csv"
DATA = Path(__file__).resolve().parents[1] / "data"


def sha(content):
    return hashlib.sha256(content).hexdigest()


SHA = sha(RIGHT)


class Web(ThreadingHTTPServer):
    """A server of laid-down answers that writes down what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers, self.asked = {}, []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        """Say nothing of a connection that the other side closed: it would stand among the command's own lines."""


class Answering(BaseHTTPRequestHandler):
    """Answers a path with the next of the answers laid down for it; the last one is used again and again."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        left = self.server.answers.get(self.path, [])
        answer = left.pop(0) if len(left) > 1 else (left or [status_answer(404)])[0]
        self.server.asked.append(self.path)
        answer(self)

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_):
        pass


def file_answer(content, upto=None):
    """An answer with a file; `upto` cuts the connection after that byte."""

    def answer(handler):
        handler.answer(200, content[:upto], Content_Length=len(content))
        handler.close_connection = handler.close_connection or upto is not None

    return answer


def unmeasured_answer(content):
    """An answer that ends where the connection ends: nothing tells whether that is the end of the file."""

    def answer(handler):
        handler.answer(200, content, Connection="close")

    return answer


def status_answer(status, **headers):
    return lambda handler: handler.answer(status, b"no", Content_Length=2, **headers)


def silent_answer(handler):
    """No answer: the connection is closed."""
    handler.close_connection = True


@pytest.fixture
def web():
    server = Web()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of releases of a small project; attempts follow each other at once."""
    (tmp_path / "p" / "data").mkdir(parents=True)
    monkeypatch.setenv("ANALYSIS_ROOT", str(tmp_path / "p"))
    monkeypatch.setenv("ANALYSIS_OFFICIAL", str(tmp_path / "official"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pooch.core.time.sleep", lambda _: None)
    register(tmp_path, [(NAME, RIGHT, "")])
    return tmp_path / "official"


def register(root, releases):
    """Write the two tables of the register, with the project's columns, for releases as (file, content, address)."""
    about = {"publisher": "The Office", "date": "2025-04", "layout": "ees"}
    rows = [
        {**about, "source": f"s{number}", "title": f"Figures {number}", "file": file, "address": address}
        | {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for number, (file, content, address) in enumerate(releases)
    ]
    for name in ("sources.csv", "releases.csv"):
        columns = pd.read_csv(DATA / name, nrows=0).columns
        pd.DataFrame(rows).reindex(columns=columns).to_csv(root / "p" / "data" / name, index=False)


def call(*words):
    return CliRunner().invoke(main, ["fetch", *words], catch_exceptions=False)


def fetch_from(web, folder, *answers, content=RIGHT):
    """Fetch the one release, which a server answers with these answers."""
    web.answers["/f"] = list(answers)
    register(folder.parent, [(NAME, content, f"{web.address}/f")])
    return call()


def place(folder, content, name=NAME):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def test_a_file_is_fetched_and_said_so(web, folder):
    result = fetch_from(web, folder, file_answer(RIGHT))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "lait/figures.csv: fetched, 102,400 bytes\nanalysis: 1 file: 1 fetched\n"
    assert files_in(folder) == {NAME: RIGHT}
    if os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        assert (folder / NAME).stat().st_mode & 0o777 == 0o666 & ~mask


def test_right_files_are_kept_and_wrong_ones_replaced(web, folder):
    web.answers |= {"/a": [file_answer(RIGHT)], "/b": [file_answer(OTHER)]}
    listed = [("a.csv", RIGHT, f"{web.address}/a"), ("b.csv", OTHER, f"{web.address}/b")]
    register(folder.parent, [*listed, ("c.csv", b"c", "http://127.0.0.1:1")])
    place(folder, b"wrong", "a.csv")
    place(folder, b"c", "c.csv")
    result = call()
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "analysis: 3 files: 2 fetched, 1 already there")
    assert files_in(folder) == {"a.csv": RIGHT, "b.csv": OTHER, "c.csv": b"c"}
    asked = len(web.asked)
    assert call().stdout == "analysis: 3 files: 3 already there\n"
    assert len(web.asked) == asked


@pytest.mark.parametrize("content", [OTHER, RIGHT[:-1], RIGHT * 2, b""], ids=["same size", "short", "long", "empty"])
def test_wrong_bytes_are_not_kept(web, folder, content):
    place(folder, b"what was there")
    result = fetch_from(web, folder, file_answer(content))
    assert (result.exit_code, len(web.asked)) == (1, 3)
    line, summary = result.stderr.splitlines()[:2]
    assert line.startswith(
        f"{NAME}: not the file of the register: expected {SHA} but got {sha(content)}; place The Off"
    )
    assert summary == "analysis: 1 file: 1 failed"
    assert files_in(folder) == {NAME: b"what was there"}


@pytest.mark.parametrize(
    ("answers", "requests", "said"),
    [
        ([status_answer(404)], 3, "127.0.0.1 answered 404 "),
        (
            [silent_answer],
            3,
            "not to be had from 127.0.0.1 (ConnectionError); check the network and run `analysis fetch",
        ),
        ([file_answer(RIGHT, upto=HALF)], 3, "not to be had from 127.0.0.1 (ChunkedEncodingError)"),
        ([unmeasured_answer(RIGHT[:HALF])], 3, "not the file of the register: expected"),
        ([status_answer(302, Location="file:///etc/hostname")], 3, "not to be had from 127.0.0.1 (InvalidSchema)"),
        ([status_answer(500), file_answer(RIGHT)], 2, ""),
        ([status_answer(429), file_answer(RIGHT, upto=HALF), file_answer(RIGHT)], 3, ""),
        ([status_answer(302, Location="/f?there"), file_answer(RIGHT)], 2, ""),
    ],
)
def test_what_is_tried_again(web, folder, answers, requests, said):
    web.answers["/f?there"] = [file_answer(RIGHT)]
    result = fetch_from(web, folder, *answers)
    assert len(web.asked) == requests
    if said:
        assert (result.exit_code, said in result.stderr.splitlines()[0]) == (1, True)
        assert list(folder.iterdir()) == []
    else:
        assert (result.exit_code, files_in(folder)) == (0, {NAME: RIGHT})


def test_a_server_that_stalls_is_left_and_asked_again(web, folder, monkeypatch):
    stall = threading.Event()

    def stalling(handler):
        handler.answer(200, RIGHT[:HALF], Content_Length=len(RIGHT))
        stall.wait(5)

    monkeypatch.setattr("analysis.official.fetch.TIMEOUT", (5, 0.3))
    result = fetch_from(web, folder, stalling, file_answer(RIGHT))
    stall.set()
    assert (result.exit_code, files_in(folder)) == (0, {NAME: RIGHT})


def test_a_host_without_an_answer_costs_time_once(web, folder, monkeypatch):
    waits = []
    monkeypatch.setattr("pooch.core.time.sleep", waits.append)
    web.server_close()
    register(folder.parent, [(f"{letter}.csv", RIGHT, f"{web.address}/f") for letter in "ab"])
    result = call()
    assert (result.exit_code, waits) == (1, [1, 2])
    assert all(" from 127.0.0.1 (ConnectionError); " in line for line in result.stderr.splitlines()[:2])
    assert result.stderr.splitlines()[2:] == ["analysis: 2 files: 2 failed"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("content", "said"), [(OTHER, "not the file of the register: "), (None, "No such file")])
def test_a_mirror_folder_without_the_right_file(folder, tmp_path, content, said):
    (tmp_path / "mirror").mkdir()
    if content:
        place(tmp_path / "mirror", content)
    result = call("--mirror", str(tmp_path / "mirror"))
    assert (result.exit_code, list(folder.iterdir())) == (1, [])
    assert result.stderr.startswith(f"{NAME}: {said}")


def test_a_mirror_folder_serves_every_file(folder, tmp_path):
    register(tmp_path, [(NAME, RIGHT, ""), ("b.csv", OTHER, "http://127.0.0.1:1/never-asked")])
    place(tmp_path / "mirror", RIGHT)
    place(tmp_path / "mirror", OTHER, "b.csv")
    result = call("--mirror", str(tmp_path / "mirror"))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "analysis: 2 files: 2 fetched")
    assert files_in(folder) == files_in(tmp_path / "mirror") == {NAME: RIGHT, "b.csv": OTHER}


def test_a_mirror_address_serves_every_file(web, folder, tmp_path):
    names = {"lait/a b#1.csv": "/base/lait/a%20b%231.csv", "b.csv": "/base/b.csv"}
    register(tmp_path, [(name, RIGHT, "") for name in names])
    web.answers |= {path: [file_answer(RIGHT)] for path in names.values()}
    result = call("--mirror", f"{web.address}/base/")
    assert (result.exit_code, files_in(folder)) == (0, dict.fromkeys(names, RIGHT))
    (folder / "b.csv").unlink()
    del web.answers["/base/b.csv"]
    result = call("--mirror", f"{web.address}/base")
    assert result.exit_code == 1
    assert result.stderr.startswith("b.csv: 127.0.0.1 answered 404 ")
    assert result.stderr.endswith("put the right file in the mirror\nanalysis: 2 files: 1 already there, 1 failed\n")


def test_a_file_without_an_address_is_to_be_placed_by_hand_and_a_wrong_one_there_is_left(folder):
    result = call()
    by_hand = [
        "No lasting address is known of these. Place them here, or name a mirror with --mirror:",
        f"  {folder / NAME}",
        "    The Office: Figures 0 (2025-04)",
        f"    102,400 bytes, sha256 {SHA}",
    ]
    assert (result.exit_code, result.stdout) == (0, "analysis: 1 file: 1 to place by hand\n")
    assert result.stderr.splitlines() == by_hand
    assert not folder.exists()
    place(folder, OTHER)
    result = call()
    assert (result.exit_code, files_in(folder)) == (1, {NAME: OTHER})
    assert f"{folder / NAME}: another file is there" in result.stderr


def refused(result, expected):
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("analysis: ")
    assert expected in result.stderr


@pytest.mark.parametrize(
    ("mirror", "shown"),
    [(m, m) for m in ("", "/none", "ftp://example.org/x", "http://", "http://[::1/")]
    + [("https://me:secret@example.org/x?y=1", "https://example.org/x?y=1")],
)
def test_a_mirror_that_will_not_do_is_refused(folder, mirror, shown):
    refused(call("--mirror", mirror), f"mirror '{shown}': no such folder; expected a folder, or an address")
    assert not folder.exists()


def test_a_register_or_a_folder_that_will_not_do_is_refused(folder, tmp_path, monkeypatch):
    place(tmp_path / "mirror", RIGHT)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ANALYSIS_OFFICIAL", str(tmp_path / "file" / "official"))
    refused(call("--mirror", str(tmp_path / "mirror")), "cannot write to ")
    (tmp_path / "p" / "data" / "releases.csv").unlink()
    refused(call(), "releases.csv: no such file in data/")


def test_a_full_disk_is_a_line_a_file(web, folder, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    web.answers["/f"] = [file_answer(RIGHT)]
    register(tmp_path, [(name, RIGHT, f"{web.address}/f") for name in (NAME, "b.csv", "c.csv")])
    place(tmp_path / "mirror", RIGHT)
    with monkeypatch.context() as patched:
        patched.setattr("pooch.core.shutil.move", full)
        patched.setattr("analysis.official.fetch.shutil.copyfile", full)
        for words in ([], ["--mirror", str(tmp_path / "mirror")]):
            result = call(*words)
            assert (result.exit_code, list(folder.iterdir())) == (1, [])
            first, *_, last = result.stderr.splitlines()
            assert first.startswith(f"{NAME}: No space left on device: the folder of releases; mend that and run ")
            assert last == "analysis: 3 files: 3 failed"
    assert call().exit_code == 0


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(
    ("name", "code", "said"),
    [("SIGINT", 130, "analysis: stopped; run `analysis fetch` again\n"), ("SIGKILL", -9, "")],
)
def test_a_run_that_is_stopped_changes_nothing(web, folder, name, code, said):
    begun, stall = threading.Event(), threading.Event()

    def stalling(handler):
        handler.answer(200, RIGHT[:HALF], Content_Length=len(RIGHT))
        begun.set()
        stall.wait(60)

    web.answers["/f"] = [stalling, file_answer(RIGHT)]
    register(folder.parent, [(NAME, RIGHT, f"{web.address}/f")])
    place(folder, b"what was there")
    # A suite that runs in the background hands on that Ctrl-C is to be ignored.
    program = (
        "import signal, sys\nfrom analysis.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\nsys.exit(main(['fetch']))"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], **pipes) as process:
        assert begun.wait(60)
        process.send_signal(getattr(signal, name))
        assert process.communicate(timeout=60) == ("", said)
    stall.set()
    assert process.returncode == code
    whole = {path: content for path, content in files_in(folder).items() if not path.startswith(".fetch-")}
    assert whole == {NAME: b"what was there"}
    assert (call().exit_code, files_in(folder)) == (0, {NAME: RIGHT})


def test_help_is_quick(folder):
    code = (
        "import sys, runpy\nsys.argv = ['analysis', 'fetch', '--help']\n"
        "try:\n    runpy.run_module('analysis', run_name='__main__')\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('pooch', 'requests', 'tqdm', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--mirror PATH|URL" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
