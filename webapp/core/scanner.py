"""The virus scanner's port: every new file is shown to clamd, over its own protocol, before it is kept."""

from __future__ import annotations

import logging
import socket
import struct
from pathlib import Path

from webapp.core import files
from webapp.core.errors import N_, AppError, Invalid

log = logging.getLogger(__name__)
CHUNK = 1 << 16
SECONDS = 60


class ScannerAway(AppError):
    """Nobody can look at the file now, so it does not come in."""

    code = "scanner_away"
    status = 503
    message = N_("现在不能检查文件是否有病毒，没有保存。请过几分钟再传，仍不行请告诉管理员。")


class Clamd:
    """One clamd, at `host:port` or at the path of its socket."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __call__(self, path: Path, _name: str) -> None:
        """Refuse a file in which something was found, and every file while the scanner is away."""
        try:
            answer = self._ask(path)
        except OSError as error:
            log.error("the virus scanner at %s cannot be asked: %s", self.address, error)
            raise ScannerAway from error
        if answer.endswith("FOUND"):
            log.warning("a file was refused: %s", answer)
            raise Invalid(N_("文件里发现病毒或恶意内容，没有保存。"), code="file_virus")
        if not answer.endswith("OK"):
            log.error("the virus scanner answered %r", answer)
            raise ScannerAway

    def _connect(self) -> socket.socket:
        if self.address.startswith("/"):
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            link.settimeout(SECONDS)
            link.connect(self.address)
            return link
        host, _, port = self.address.rpartition(":")
        return socket.create_connection((host, int(port)), SECONDS)

    def _ask(self, path: Path) -> str:
        with self._connect() as link, path.open("rb") as file:
            link.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                link.sendall(struct.pack("!I", len(chunk)) + chunk)
            link.sendall(struct.pack("!I", 0))
            answer = b""
            while not answer.endswith(b"\0") and (piece := link.recv(4096)):
                answer += piece
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def install(address: str) -> None:
    """Let this scanner, or with an empty address none, guard the entrance."""
    files.entrances[:] = [guard for guard in files.entrances if not isinstance(guard, Clamd)]
    if address:
        files.entrances.append(Clamd(address))
