"""One command runs server and worker, and ends both; faults at the start are told in one sentence."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from webapp.config import Settings
from webapp.core import migrate
from webapp.core.db import Database


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environ(var: Path, port: int) -> dict[str, str]:
    return os.environ | {"SUNMAO_VAR": str(var), "SUNMAO_PORT": str(port), "SUNMAO_WEB_WORKERS": "1"}


def _sunmao(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "webapp.cli", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=False)


def _children(parent: int) -> list[psutil.Process]:
    return psutil.Process(parent).children()


def _answer(port: int, process: subprocess.Popen[str]) -> dict[str, object]:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                assert answer.status == 200
                return dict(json.loads(answer.read()))
        except OSError:
            time.sleep(0.2)
    raise AssertionError("no answer")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_server_and_worker_start_together_and_a_signal_ends_both(tmp_path: Path, stop: signal.Signals) -> None:
    environ = _environ(tmp_path / "var", port := _free_port())
    assert _sunmao(environ, "init").returncode == 0
    command = [sys.executable, "-m", "webapp.cli", "serve", "--worker"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert _answer(port, process)["status"] == "ok"
            children = _children(process.pid)
            assert len(children) == 2
            process.send_signal(stop)
            assert process.wait(120) == 0
            assert f"http://localhost:{port}" in (process.stdout.read() if process.stdout else "")
            assert [child for child in children if child.is_running()] == []
        finally:
            process.kill()


def test_a_taken_port_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environ = _environ(tmp_path / "var", int(taken.getsockname()[1]))
        _sunmao(environ, "init")
        answer = _sunmao(environ, "serve")
    assert answer.returncode == 1
    assert "is taken" in answer.stderr
    assert "SUNMAO_PORT" in answer.stderr


def test_serving_before_init_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    answer = _sunmao(_environ(tmp_path / "var", _free_port()), "serve")
    assert answer.returncode == 1
    assert "sunmao init" in answer.stderr


@pytest.mark.parametrize("command", [["check"], ["worker"], ["reindex"], ["rematch"]])
def test_every_command_before_init_says_what_to_run(tmp_path: Path, command: list[str]) -> None:
    answer = _sunmao(_environ(tmp_path / "var", 1), *command)
    assert answer.returncode == 1
    assert "sunmao init" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_newer_database_is_refused_by_every_command(tmp_path: Path) -> None:
    environ = _environ(tmp_path / "var", _free_port())
    _sunmao(environ, "init")
    database = Database(Settings(var=tmp_path / "var").database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'future'"))
    for command in (["init"], ["serve"], ["worker"]):
        answer = _sunmao(environ, *command)
        assert answer.returncode == 1
        assert "newer version" in answer.stderr


def test_an_unknown_setting_stops_every_command(tmp_path: Path) -> None:
    answer = _sunmao(_environ(tmp_path / "var", 1) | {"SUNMAO_PROT": "1"}, "check")
    assert answer.returncode == 1
    assert "SUNMAO_PROT is no setting" in answer.stderr


def test_a_backup_holds_a_database_that_opens(tmp_path: Path) -> None:
    environ = _environ(tmp_path / "var", 1)
    _sunmao(environ, "init")
    answer = _sunmao(environ, "backup", str(tmp_path / "copy"))
    assert answer.returncode == 0, answer.stderr
    copy = Database(f"sqlite:///{tmp_path / 'copy' / 'sunmao.db'}")
    assert migrate.revision(copy) == migrate.head(copy)
    manifest = json.loads((tmp_path / "copy" / "manifest.json").read_text())
    assert "sunmao.db" in manifest["files"]
