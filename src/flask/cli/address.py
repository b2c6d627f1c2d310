"""Can the server listen where it was told to? If not: why, and what to do.

Asked before Werkzeug's development server starts, which only repeats what the
system says.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
from pathlib import Path

import click

from flask.cli.environment import is_reloaded
from flask.cli.terminal import escape_controls

AIRPLAY_PORTS = {5000, 7000}

_LISTENING = "0A"  # state in /proc/net/tcp


def refuse_busy_port(host: str, port: int) -> None:
    """End the program with a message naming the remedy when the address cannot be used.

    The remedy for a port that another program has starts with that program's name, where
    the system tells it.
    """
    from werkzeug.serving import get_sockaddr, select_address_family  # noqa: PLC0415 - only servers need it

    if is_reloaded():
        return  # the parent process holds the socket
    family = select_address_family(host, port)
    if family not in {socket.AF_INET, socket.AF_INET6}:
        _refuse_socket_file(host.removeprefix("unix://"))
        return
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server does it, so that a port just left by another one is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(get_sockaddr(host, port, family))
    except (OSError, UnicodeError) as error:
        _refuse(describe_trouble(error, host, port))


def describe_trouble(error: OSError | UnicodeError, host: str, port: int) -> str:
    """Say why a server cannot listen at an address, and what to do."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"The host name {host!r} is not known here. Use {_propose_host(host)}."
    if error.errno == errno.EADDRINUSE:
        return _describe_busy_port(port)
    if error.errno == errno.EACCES:
        return (
            f"Permission denied: this user may not listen on port {port}; ports below 1024 are"
            f" usually root's. Choose another one, for example with '--port {8000 + port % 1000}'."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"{host!r} is no address of this machine. Use '--host 127.0.0.1', or '--host 0.0.0.0'"
            " for every address it has."
        )
    return f"Cannot listen at {host!r}, port {port}: {error.strerror or error}."


def _propose_host(host: str) -> str:
    """Say what to write for a host name that is not known: it may be part of a URL."""
    parts = re.fullmatch(r"(?:https?://)?(?:\[([^]]*)\]|([^:/]+))(?::(\d+))?/?", host)
    if parts is None or host in parts.groups():
        return "'--host 127.0.0.1', or an address of this machine"
    bracketed, name, port = parts.groups()
    return f"'--host {bracketed or name}{f' --port {port}' if port else ''}'"


def _refuse_socket_file(path: str) -> None:
    """End the program when no socket file can be made at a path."""
    if not path:
        _refuse("'unix://' names no file. Write one after it, for example 'unix://shop.sock'.")
    file = Path(path).absolute()
    if not file.parent.is_dir():
        _refuse(f"There is no folder {str(file.parent)!r} to make the socket {path!r} in.")
    if file.exists() and not file.is_socket():
        _refuse(f"{path!r} exists and is no socket. Name another file after 'unix://'.")
    try:
        if file.exists():
            is_busy = _somebody_listens(file)
        else:
            is_busy = False
            _make_for_a_moment(file)
    except OSError as error:
        # Python itself says so when the path is too long, without a number.
        reason = error.strerror or f"{error}, write a shorter one"
        _refuse(
            f"Cannot listen at the socket {str(file)!r}: {reason}. Name another file after 'unix://'."
        )
        return
    if is_busy:
        _refuse(
            "Address already in use\n"
            f"Another program listens at the socket {path!r}. Stop that program, or name another"
            " file after 'unix://'."
        )


def _somebody_listens(file: Path) -> bool:
    """Tell whether a socket file is in use; the server would take it from whoever has it.

    Raises:
        OSError: It is not ours to ask.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(file))
        except ConnectionRefusedError:  # left by a server that has ended
            return False
        except BlockingIOError:  # it has a queue
            return True
    return True


def _make_for_a_moment(file: Path) -> None:
    """Make a socket file and remove it again.

    Raises:
        OSError: The system does not let us.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.bind(str(file))
    file.unlink()


def _refuse(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)


def _describe_busy_port(port: int) -> str:
    other = port + 1 if port < 65535 else port - 1
    owner = find_listener(port)
    if owner is None:
        who = "another program. Stop that program"
    else:
        pid, command = owner
        who = f"process {pid} ({command}). Stop it, for example with 'kill {pid}'"
    lines = [
        "Address already in use",
        f"Port {port} is in use by {who}, or choose another port, for example with '--port {other}'.",
    ]
    if sys.platform == "darwin" and port in AIRPLAY_PORTS:
        lines.append(
            "On macOS it may be the AirPlay Receiver, which can be turned off in"
            " System Settings > General > AirDrop & Handoff."
        )
    return "\n".join(lines)


def find_listener(port: int) -> tuple[int, str] | None:
    """Find the process that listens on a TCP port: its number and its command line.

    Returns:
        None where there is no Linux ``/proc``, or the process is another user's.
    """
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not sockets:
        return None
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and not sockets.isdisjoint(_open_files(process / "fd")):
            return int(process.name), _command_line(process)
    return None


def _listening_inodes(port: int) -> set[str]:
    """Return the inodes of the sockets that listen on a port, of either address family."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            local, state = fields[1], fields[3]
            if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes


def _open_files(folder: Path) -> set[str]:
    names = set()
    try:
        for entry in folder.iterdir():
            names.add(os.readlink(entry))  # noqa: PTH115 - the target is no path
    except OSError:
        pass  # another user's process, or one that has just ended
    return names


def _command_line(process: Path) -> str:
    """Return a process's command line, or its name, shortened to fit a message."""
    try:
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        words[:2] = [Path(word).name for word in words[:2]]  # interpreter and script: no folders
        line = " ".join(words).strip() or (process / "comm").read_text().strip()
    except OSError:
        return "name unknown"
    line = escape_controls(" ".join(line.split()))
    return line if len(line) <= 60 else f"{line[:57]}..."
