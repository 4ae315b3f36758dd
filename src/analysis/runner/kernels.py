"""Kernels that start at once: forked from a process that has the libraries loaded.

A worker forks a spare process first of all, while it has one thread and no sockets. The spare waits until Jupyter's
client asks for a kernel, and becomes it. Where processes cannot be forked, or a start failed, kernels start as usual.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import traceback
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from analysis.runner.family import die_with_parent

NAME = "analysis-forked"
_TICK = 0.005


class Spare:
    """A forked process that waits to become a kernel; then a handle on it with what Jupyter asks of a process."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        reading, self._writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        worker = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            die_with_parent(worker)
            os.close(self._writing)
            _become_kernel(reading)
        os.close(reading)
        self.returncode: int | None = None

    def start(self, connection_file: str, folder: str, environment: dict[str, str]) -> None:
        """Let the spare become the kernel of a connection file."""
        message = json.dumps({"file": connection_file, "folder": folder, "environment": environment}).encode()
        with os.fdopen(self._writing, "wb") as stream:
            stream.write(message)

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if ended else None
        return self.returncode

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def _become_kernel(reading: int) -> None:
    """Wait for a message and run the kernel it asks for; never returns."""
    code = 1
    try:
        with os.fdopen(reading, "rb") as stream:
            message = stream.read()
        if message:
            _run_kernel(**json.loads(message))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # nothing above may see this process: its copy of the worker must not go on
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run_kernel(file: str, folder: str, environment: dict[str, str]) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    tempfile.tempdir = None  # the server's own is not this report's
    from ipykernel.kernelapp import IPKernelApp

    application = IPKernelApp.instance()
    application.initialize(["-f", file, "--HistoryManager.enabled=False"])
    application.start()


class ForkedKernel(LocalProvisioner):
    """Gives Jupyter's client the spare as its kernel process."""

    spare: Spare | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Start the spare as the kernel; a second kernel of the same worker starts as usual."""
        spare, ForkedKernel.spare = ForkedKernel.spare, None
        if spare is None:
            return await super().launch_kernel(cmd, **kwargs)
        environment = {**kwargs["env"], "JPY_PARENT_PID": str(os.getpid())}
        spare.start(self.parent.connection_file, str(kwargs.get("cwd") or os.getcwd()), environment)
        self.process, self.pid = spare, spare.pid
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the kernel's end, looking more often than Jupyter's tenth of a second."""
        while self.process and self.process.poll() is None:
            await asyncio.sleep(_TICK)
        return await super().wait()


def use_forked_kernels() -> None:
    """Fork a spare and make it the next kernel of this process. Call it before anything starts a thread or a socket."""
    ForkedKernel.spare = Spare()
    point = EntryPoint(NAME, f"{__name__}:{ForkedKernel.__name__}", KernelProvisionerFactory.GROUP_NAME)
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = point
    factory.default_provisioner_name = NAME
