"""The virus scanner's port: a real clamd with a signature of our own where one is installed, else a stand-in that speaks its protocol."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.core import files, scanner
from webapp.core.errors import Invalid

SIGN = b"SUNMAO-TEST-SIGNATURE-OF-NO-HARM"
CLAMD = shutil.which("clamd") or ("/usr/sbin/clamd" if Path("/usr/sbin/clamd").exists() else None)


@pytest.fixture(autouse=True)
def nobody_at_the_entrance() -> Iterator[None]:
    """No test leaves a guard behind."""
    yield
    scanner.install("")


class StandIn(threading.Thread):
    """Speaks INSTREAM like clamd and knows one signature."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.answer = b""

    def run(self) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                link, _ = self.socket.accept()
            except OSError:
                return
            with link, link.makefile("rb") as source:
                assert source.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack("!I", source.read(4))[0]:
                    content += source.read(length)
                link.sendall(self.answer or (b"stream: Sunmao.Test FOUND\0" if SIGN in content else b"stream: OK\0"))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real clamd on a socket, its only signature made by hand."""
    if CLAMD is None:
        if os.environ.get("REQUIRE_CLAMD"):
            pytest.fail("REQUIRE_CLAMD is set, but there is no clamd")
        pytest.skip("no clamd is installed")
    folder = tmp_path_factory.mktemp("clamd")
    folder.chmod(0o755)
    (folder / "own.ndb").write_text(f"Sunmao.Test:0:*:{SIGN.hex()}\n")
    config = folder / "clamd.conf"
    config.write_text(f"DatabaseDirectory {folder}\nLocalSocket {folder / 'socket'}\nForeground yes\nLogFile {folder / 'log'}\nUser root\n")
    process = subprocess.Popen([CLAMD, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 240
    while not (folder / "socket").exists() and time.monotonic() < until and process.poll() is None:
        time.sleep(0.1)
    assert (folder / "socket").exists(), (folder / "log").read_text() if (folder / "log").exists() else "clamd did not start"
    yield str(folder / "socket")
    process.terminate()
    process.wait()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """The stand-in, listening."""
    found = StandIn()
    found.start()
    yield found
    found.socket.close()


def _file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def test_a_real_scanner_lets_clean_files_in_and_finds_the_signature(real: str, tmp_path: Path) -> None:
    scanner.install(real)
    files.admit(_file(tmp_path, b"%PDF-1.4 clean"), "a.pdf")
    with pytest.raises(Invalid) as refused:
        files.admit(_file(tmp_path, b"x" * 200_000 + SIGN), "a.pdf")
    assert refused.value.code == "file_virus"


def test_the_port_speaks_the_scanners_protocol(stand_in: StandIn, tmp_path: Path) -> None:
    scanner.install(stand_in.address)
    files.admit(_file(tmp_path, b"clean" * 50_000), "a.pdf")
    with pytest.raises(Invalid) as refused:
        files.admit(_file(tmp_path, SIGN), "a.pdf")
    assert refused.value.code == "file_virus"


def test_nothing_comes_in_while_the_scanner_is_away_or_answers_rubbish(stand_in: StandIn, tmp_path: Path) -> None:
    scanner.install("127.0.0.1:1")
    with pytest.raises(scanner.ScannerAway):
        files.admit(_file(tmp_path, b"clean"), "a.pdf")
    scanner.install(str(tmp_path / "no-socket"))
    with pytest.raises(scanner.ScannerAway):
        files.admit(_file(tmp_path, b"clean"), "a.pdf")
    scanner.install(stand_in.address)
    stand_in.answer = b"INSTREAM size limit exceeded. ERROR\0"
    with pytest.raises(scanner.ScannerAway):
        files.admit(_file(tmp_path, b"clean"), "a.pdf")


def test_without_a_scanner_named_none_is_asked(tmp_path: Path) -> None:
    scanner.install("127.0.0.1:1")
    scanner.install("")
    files.admit(_file(tmp_path, SIGN), "a.pdf")
