"""The systemd unit: what can be checked of it without being the system's first process."""

from __future__ import annotations

import runpy
import shutil
import socket
import subprocess

from deployment.servers import FILES, Build, Production, Server, read_settings


def test_systemd_has_no_objection(production: Production) -> None:
    """Every line of the unit is known to systemd, where its checker is installed."""
    checker = shutil.which("systemd-analyze") or "true"
    unit = production.root / "etc/systemd/system/guestbook.service"

    done = subprocess.run([checker, "verify", str(unit)], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_and_the_files_name_the_same_folders() -> None:
    """What the unit creates is what the other files use."""
    unit = (FILES / "guestbook.service").read_text()
    settings = read_settings((FILES / "guestbook.env").read_text())

    assert "StateDirectory=guestbook\n" in unit
    assert settings["GUESTBOOK_INSTANCE"] == "/var/lib/guestbook"
    assert "RuntimeDirectory=guestbook\n" in unit
    assert '"unix:/run/guestbook/gunicorn.sock"' in (FILES / "gunicorn.conf.py").read_text()


def test_gunicorn_tells_systemd_when_it_is_ready(build: Build) -> None:
    """Type=notify: the message that systemd waits for is sent."""
    site = build("gthread")
    site.gunicorn.stop()
    path = site.root / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        systemd.settimeout(10)
        settings = {**site.settings, "NOTIFY_SOCKET": str(path)}
        site.servers.append(Server(site.command, site.home, settings))
        said = systemd.recv(1024)

    assert b"READY=1" in said


def test_the_stop_has_time_to_be_graceful() -> None:
    """The service manager waits longer than gunicorn gives running requests."""
    unit = (FILES / "guestbook.service").read_text()
    conf = runpy.run_path(str(FILES / "gunicorn.conf.py"))

    assert f"TimeoutStopSec={conf['graceful_timeout'] + 10}\n" in unit
