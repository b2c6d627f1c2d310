"""How is a server started on one core, watched and stopped? Linux only, on loopback."""

import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from .frameworks import ROOT, SetupError, clean_variables

HOST = "127.0.0.1"
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def choose_cores() -> tuple[int, int]:
    """Return a core for the server and another one for the load.

    Raises:
        SetupError: This machine offers no two cores to choose.
    """
    if not hasattr(os, "sched_getaffinity"):
        raise SetupError("servers pins processes to cores and reads /proc: it needs Linux")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SetupError("servers needs two cores: one for the server, one for the load")
    return cores[0], cores[1]


@contextmanager
def pinned_to(core: int) -> Iterator[None]:
    """Let the processes that are started inside run on one core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def choose_port() -> int:
    """Return a free port below those that the system hands to clients."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as listener:
            try:
                listener.bind((HOST, port))
            except OSError:
                continue
            return port
    raise SetupError(f"no free port between 20000 and 32000 on {HOST}")


class ServerError(Exception):
    """The server did not start, or ended too early; the text holds its last words."""


class Server:
    """A server process with its workers, from start to stop."""

    def __init__(self, command: Sequence[str], port: int, variables: dict[str, str]) -> None:
        self.port = port
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  __exit__ closes it
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**clean_variables(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    @property
    def pid(self) -> int:
        """The process that was started; its workers are below it."""
        return self._process.pid

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + 30
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = self.read_log()
                self._log.close()
                raise ServerError(f"no connection to port {self.port}: {said}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._log.close()

    def _accepts(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1):
                return True
        except OSError:
            return False

    def read_log(self) -> str:
        """Return the end of what the server printed."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-1000:]

    def spend(self) -> float:
        """Return the CPU seconds, user and system, of the server and its children till now."""
        return sum(map(_read_cpu, list_family(self._process.pid)))

    def read_memory(self, name: str) -> float:
        """Return MiB of the largest process: what is resident (VmRSS), or was at most (VmHWM)."""
        sizes = [read_status(name, pid) or 0 for pid in list_family(self._process.pid)]
        return max(sizes) / 1024

    def stop(self) -> None:
        """End the server and its workers, by their pids."""
        family = list_family(self._process.pid)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pid in family[1:]:
            _end(pid)


def _end(pid: int) -> None:
    """End a worker that outlived its server."""
    with suppress(ProcessLookupError):  # as it should be
        os.kill(pid, signal.SIGKILL)


def list_family(pid: int) -> list[int]:
    """Return the process and its descendants."""
    family = [pid]
    for member in family:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                family.extend(map(int, children.read_text().split()))
            except OSError:
                continue  # that thread has just ended
    return family


def read_status(name: str, pid: int | str = "self") -> int | None:
    """Return a size in KiB that Linux tells of a process, None elsewhere and when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), None)


def _read_cpu(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK
