"""A large file through the page of a served site: time and processor seconds to stored, to searchable and to ranked, and the worker's memory.

Commands: `.venv/bin/python tests/benchmarks/import_page.py [ROWS] [--twice] [--kill] [--xlsx] [--var DIR]`; a folder that was seeded before is used again.
"""

from __future__ import annotations

import argparse
import csv
import http.cookiejar
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
LONGEST = 3 * 3600


def _pids(root: int) -> list[int]:
    """A process and all it has started."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _status(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if name in ("VmRSS", "RssAnon", "RssFile")}


class Watch(threading.Thread):
    """Every tenth of a second the memory of the worker and of all it has started, added up."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.peak, self.anon, self.cpu, self.now, self.over = root, 0, 0, 0.0, 0, False
        self._spent: dict[int, float] = {}

    def run(self) -> None:
        while not self.over:
            pids = _pids(self.root)
            each = [_status(pid) for pid in pids]
            self.now = sum(one.get("VmRSS", 0) for one in each) // 1024
            self.peak = max(self.peak, self.now)
            self.anon = max(self.anon, sum(one.get("RssAnon", 0) for one in each) // 1024)
            for pid in pids:
                try:
                    part = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                    self._spent[pid] = (int(part[11]) + int(part[12])) / TICK
                except OSError:
                    continue
            self.cpu = sum(self._spent.values())
            time.sleep(0.1)

    def mark(self) -> tuple[float, int, int]:
        """Processor seconds so far, and the peaks since the last mark."""
        found = self.cpu, self.peak, self.anon
        self.peak = self.anon = 0
        return found


class Visitor:
    """One person with a browser's cookies."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> str:
        return self.open.open(self.address + path, timeout=120).read().decode()  # type: ignore[no-any-return]

    def post(self, path: str, page: str, fields: dict[str, str], file: Path | None = None) -> tuple[str, str]:
        """Send the form of a page; returns where that led and what stood there."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        fields = {"csrf_token": token[1] if token else "", **fields}
        if file is None:
            body, kind = urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded"
        else:
            mark = uuid.uuid4().hex
            parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields.items()]
            parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\nContent-Type: text/csv\r\n\r\n'.encode())
            body, kind = b"".join([*parts, file.read_bytes(), f"\r\n--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"
        request = urllib.request.Request(self.address + path, body, {"Content-Type": kind, "Referer": self.address + path})
        answer = self.open.open(request, timeout=600)
        return urllib.parse.urlparse(answer.url).path, answer.read().decode()


def _count(var: Path, query: str) -> int:
    with sqlite3.connect(f"file:{var / 'sunmao.db'}?mode=ro", uri=True, timeout=30) as database:
        return int(database.execute(query).fetchone()[0] or 0)


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _site(var: Path) -> tuple[str, dict[str, str]]:
    port = _port()
    environ = {**os.environ, "SUNMAO_VAR": str(var), "SUNMAO_DEMO": "true", "SUNMAO_PORT": str(port), "PYTHONPATH": str(Path.cwd())}
    if not (var / "demo-accounts.txt").exists():
        for command in (["-m", "webapp.cli", "init"], ["-m", "seed"]):
            subprocess.run([sys.executable, *command], env=environ, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return f"http://127.0.0.1:{port}", environ


def _workbook(file: Path) -> Path:
    from openpyxl import Workbook

    made = file.with_suffix(".xlsx")
    if not made.exists():
        book = Workbook(write_only=True)
        sheet = book.create_sheet("rows")
        with file.open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.reader(rows):
                sheet.append(row)
        book.save(made)
    return made


def _signed_in(address: str, var: Path) -> Visitor:
    visitor = Visitor(address)
    password = dict(line.split("\t") for line in (var / "demo-accounts.txt").read_text().splitlines() if "\t" in line)["operator@sunmao.example"]
    for _ in range(600):
        try:
            page = visitor.get("/sign-in")
            break
        except OSError:
            time.sleep(0.2)
    visitor.post("/sign-in", page, {"email": "operator@sunmao.example", "password": password})
    return visitor


class Course:
    """One file on its way, with what is told at each station."""

    def __init__(self, var: Path, watch: Watch) -> None:
        self.var, self.watch = var, watch
        self.began, self.spent = time.monotonic(), watch.cpu

    def tell(self, what: str) -> None:
        cpu, peak, anon = self.watch.mark()
        load = os.getloadavg()[0]
        print(
            f"{what:28} {time.monotonic() - self.began:8.1f} s wall {cpu - self.spent:8.1f} s of processor (worker, whole)"
            f" {peak:6} MB at most ({anon} MB of its own), load {load:.1f}", flush=True,
        )  # fmt: skip

    def until(self, query: str, ready: int = 0) -> None:
        while _count(self.var, query) > ready:
            time.sleep(1)
            if time.monotonic() - self.began > LONGEST:
                raise SystemExit("not through after three hours")


def through_the_page(visitor: Visitor, var: Path, file: Path, watch: Watch, kill: subprocess.Popen[bytes] | None) -> None:
    """Upload, settle the columns, and wait."""
    course = Course(var, watch)
    where, page = visitor.post("/imports", visitor.get("/imports"), {"kind": "results", "source": "bench", "declared": "y"}, file)
    batch = int(where.rpartition("/")[2])
    course.tell("taken in")
    choices = {}
    for select in re.findall(r'<select[^>]*name="(column-\d+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', select[1])
        choices[select[0]] = chosen[1] if chosen else ""
    visitor.post(f"/imports/{batch}/columns", page, choices)
    course.began, course.spent = time.monotonic(), watch.cpu
    if kill:
        course.until(f"SELECT cursor < total / 2 FROM import_batch WHERE id = {batch}")
        worker = [pid for pid in _pids(kill.pid) if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
        at = _count(var, f"SELECT cursor FROM import_batch WHERE id = {batch}")
        os.kill(worker[0], signal.SIGKILL)
        print(f"worker killed with the cursor at {at}")
        watch.root = _worker(kill.pid, worker[0])
    course.until(f"SELECT state IN ('QUEUED', 'RUNNING') FROM import_batch WHERE id = {batch}")
    course.tell("stored")
    with sqlite3.connect(f"file:{var / 'sunmao.db'}?mode=ro", uri=True) as database:
        print("  rows: created, updated, unchanged, refused =", database.execute("SELECT created, updated, unchanged, refused FROM import_batch WHERE id = ?", (batch,)).fetchone())

    course.until("SELECT count(*) FROM job WHERE kind = 'index'")
    course.tell("searchable")
    course.until("SELECT count(*) FROM job WHERE kind IN ('rematch_all', 'rematch', 'twins')")
    course.tell("ranked, twins looked for")


def _worker(root: int, but: int = 0) -> int:
    for _ in range(600):
        for pid in _pids(root):
            try:
                if pid != but and b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    return pid
            except OSError:
                continue
        time.sleep(0.1)
    raise SystemExit("no worker")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=50_000)
    parser.add_argument("--twice", action="store_true", help="the same file a second time")
    parser.add_argument("--kill", action="store_true", help="end the worker by force at half of the file")
    parser.add_argument("--var", type=Path, default=None)
    parser.add_argument("--xlsx", action="store_true", help="the rows as a workbook")
    given = parser.parse_args()
    var = given.var or Path(tempfile.mkdtemp())
    file = var.parent / f"results-{given.rows}.csv"
    address, environ = _site(var)
    if not file.exists():
        subprocess.run([sys.executable, "-m", "seed.generate", "results", str(given.rows), "--out", str(file)], env=environ, check=True, stdout=subprocess.DEVNULL)
    if given.xlsx:
        file = _workbook(file)
    with (var / "serve.log").open("ab") as log:
        served = subprocess.Popen([sys.executable, "-m", "webapp.cli", "serve", "--worker"], env=environ, stdout=log, stderr=log)
    try:
        watch = Watch(_worker(served.pid))
        watch.start()
        visitor = _signed_in(address, var)
        time.sleep(8)
        print(f"{given.rows} rows, {file.stat().st_size >> 20} MB; worker at rest {watch.now} MB, load {os.getloadavg()[0]:.1f}", flush=True)
        for _ in range(1 + given.twice):
            through_the_page(visitor, var, file, watch, served if given.kill else None)
    finally:
        served.terminate()
        served.wait(60)


if __name__ == "__main__":
    main()
