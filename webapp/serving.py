"""Runs the web server, and the worker beside it if wanted, as two processes that start and end together."""

from __future__ import annotations

import errno
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import Any

from webapp.config import Settings, secret_key
from webapp.core import migrate
from webapp.core.db import Database

STOP_SECONDS = 15


def serve(settings: Settings, with_worker: bool) -> int:
    """Check what can be checked first, then run until a signal; returns the exit code."""
    trouble = _port_trouble(settings)
    if trouble:
        print(f"sunmao: {trouble}", file=sys.stderr)
        return 1
    settings.var.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    if migrate.revision(database) != migrate.head(database):
        print("sunmao: the database is not at this version's tables: run `sunmao init` first", file=sys.stderr)
        return 1
    database.dispose()
    secret_key(settings)  # made once here, so that the server's processes do not race for it
    _greet(settings)
    commands = [_web(settings)] + ([[sys.executable, "-m", "webapp.cli", "worker"]] if with_worker else [])
    return _supervise(commands)


def _port_trouble(settings: Settings) -> str:
    """A sentence when the port cannot be used, else nothing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"port {settings.port} is taken: stop the other program, or choose another with SUNMAO_PORT=8001"
            return f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
    return ""


def _greet(settings: Settings) -> None:
    print(f"Sunmao runs at http://localhost:{settings.port}  (Ctrl-C ends it)", flush=True)
    accounts = settings.var / "demo-accounts.txt"
    if accounts.exists():
        print(f"Demo accounts and their passwords: {accounts}", flush=True)


def _web(settings: Settings) -> list[str]:
    address = f"{settings.host}:{settings.port}"
    if importlib.util.find_spec("gunicorn") and hasattr(os, "fork"):
        return [
            sys.executable, "-m", "gunicorn", "webapp.serving:application()", "--bind", address, "--workers", str(settings.web_workers),
            "--worker-class", "gthread", "--threads", "4", "--timeout", "60", "--graceful-timeout", "10", "--log-level", "warning",
            "--no-control-socket",
        ]  # fmt: skip
    return [sys.executable, "-m", "waitress", "--listen", address, "--call", "webapp.serving:application"]


def application() -> Any:
    """The application of one server process; what the first visitor would wait for is loaded beside the first requests."""
    from webapp import create_app

    app = create_app()
    threading.Thread(target=app.extensions["engines"]["index"].warm, name="warm", daemon=True).start()
    return app


def _supervise(commands: list[list[str]]) -> int:
    """Run the processes; one that dies is started again (its work waits in the database), a signal ends all."""
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    running = [subprocess.Popen(command) for command in commands]
    started = [time.monotonic()] * len(running)
    while not stopping:
        time.sleep(0.2)
        for n, process in enumerate(running):
            if process.poll() is None or stopping:
                continue
            if time.monotonic() - started[n] < 3:
                _end(running)
                return process.returncode or 1
            print(f"sunmao: {commands[n][2]} ended with {process.returncode}, starting it again", file=sys.stderr, flush=True)
            running[n], started[n] = subprocess.Popen(commands[n]), time.monotonic()
    _end(running)
    return 0


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for process in running:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
