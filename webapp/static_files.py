"""Sends front-end files packed, so that a first visit over a phone line is short."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

PACKED = frozenset({".css", ".js", ".svg"})
YEAR = 31_536_000


def init_app(app: Flask) -> None:
    """Send every file of the front end through here."""
    send, folder = app.view_functions["static"], Path(str(app.static_folder))

    def static(filename: str) -> Response:
        return packed(send(filename=filename), folder / filename)  # type: ignore[arg-type]

    app.view_functions["static"] = static


def packed(response: Response, path: Path) -> Response:
    """The same answer with its body packed where that is asked for and worth it; the address decides how long it is kept."""
    if response.status_code == 200 and request.args.get("v"):
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = YEAR
    if path.suffix not in PACKED:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or not request.accept_encodings.quality("gzip") or "Range" in request.headers:
        return response
    stat = path.stat()
    response.direct_passthrough = False
    response.set_data(_bytes(str(path), stat.st_mtime_ns))
    response.content_encoding = "gzip"
    response.set_etag(response.get_etag()[0] or "", weak=True)  # the same content in another wrapping
    return response


@lru_cache(maxsize=128)
def _bytes(path: str, _changed: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
