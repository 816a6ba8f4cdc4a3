"""A real site for the journeys: database, seed, server and worker as people run them, and a headless Chromium."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REQUIRED = bool(os.environ.get("REQUIRE_BROWSER"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser the journeys are left out and counted as deselected, unless one is required."""
    if CHROMIUM or REQUIRED:
        return
    here = Path(__file__).parent
    mine = [item for item in items if here in item.path.parents]
    config.hook.pytest_deselected(items=mine)
    items[:] = [item for item in items if item not in mine]


@dataclass
class Site:
    """Where the site runs, and the demo accounts' passwords."""

    address: str
    var: Path
    passwords: dict[str, str]
    environ: dict[str, str]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(environ: dict[str, str], *command: str) -> None:
    subprocess.run([sys.executable, "-m", *command], env=environ, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration nobody has touched, made once for all processes of the run; sites are copies of it."""
    here = tmp_path_factory.getbasetemp()
    root = here.parent if "PYTEST_XDIST_WORKER" in os.environ else here
    with (root / "seeded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _seed(root / "seeded", os.environ | {"SUNMAO_VAR": str(root / "seeded")})
    return root / "seeded"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Site]:
    """The seeded demonstration, served with its worker."""
    with served(shutil.copytree(seeded, tmp_path_factory.mktemp("site") / "var")) as found:
        yield found


def _seed(var: Path, environ: dict[str, str]) -> None:
    _run(environ, "webapp.cli", "init")
    if not (var / "demo-accounts.txt").exists():
        _run(environ, "seed")


@contextmanager
def served(var: Path) -> Iterator[Site]:
    """A demonstration served from a folder, and made there first if it is not yet, with its worker, until the block ends."""
    port = _free_port()
    environ = os.environ | {"SUNMAO_VAR": str(var), "SUNMAO_PORT": str(port), "SUNMAO_DEMO": "true"}
    environ["SUNMAO_PUBLIC_URL"] = f"http://localhost:{port}"
    _seed(var, environ)
    lines = (var / "demo-accounts.txt").read_text("utf-8").splitlines()
    passwords = dict(line.split("\t") for line in lines)
    with subprocess.Popen([sys.executable, "-m", "webapp.cli", "serve", "--worker"], env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            _ready(f"http://localhost:{port}/healthz", process)
            yield Site(f"http://localhost:{port}", var, passwords, environ)
        finally:
            process.terminate()
            process.wait(180)


def _ready(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(address, timeout=30):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the site did not come up")


@dataclass
class Visitor:
    """One person's browser window, noting everything that went wrong in it."""

    page: Any
    site: Site
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> Any:
        """Open an address of the site; anything but an answer is a fault."""
        answer = self.page.goto(self.site.address + path)
        assert answer.status < 400, f"{path}: {answer.status}"
        return self.page

    def sign_in(self, login: str) -> Visitor:
        """Sign in as one of the demo people."""
        email = f"{login}@sunmao.example"
        self.go("/sign-in")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", self.site.passwords[email])
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self

    def until(self, path: str, there: Callable[[Any], bool], seconds: float = 120) -> Any:
        """Open an address again and again until the page shows what is awaited."""
        end = time.monotonic() + seconds
        while True:
            page = self.go(path)
            if there(page):
                return page
            assert time.monotonic() < end, f"{path} did not show what was awaited: {page.inner_text('main')[:600]}"
            time.sleep(0.5)

    def act(self, action: str, fill: dict[str, str] | None = None, check: tuple[str, ...] = (), choose: dict[str, str] | None = None) -> Any:
        """Fill in and send the form of one step on the page that is open."""
        form = self.page.locator(f"form[action$='/act/{action}']").first
        fold = form.locator("xpath=ancestor::details[not(@open)]")
        if fold.count():
            fold.first.locator("summary").first.click()
        for name, value in (fill or {}).items():
            form.locator(f"[name$={name}]").fill(value)
        for name, value in (choose or {}).items():
            form.locator(f"select[name$={name}]").select_option(value)
        for name in check:
            boxes = form.locator(f"[name$={name}]").all()
            assert boxes, f"{action} has no {name}"
            for box in boxes:
                box.check()
        with self.page.expect_navigation():
            form.locator("button[type=submit]").last.click()
        assert not self.page.locator(".sm-summary").count(), self.page.inner_text(".sm-summary")
        return self.page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless Chromium for all journeys."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "no Chromium was found, and REQUIRE_BROWSER asks for one"
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Any, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Opens windows: visitor() for nobody, visitor("broker1") for a demo person; no window may have had a fault."""
    opened: list[Visitor] = []

    def enter(login: str = "", **options: Any) -> Visitor:
        settings = {"viewport": {"width": 1440, "height": 950}, "locale": "zh-CN"} | options
        page = chromium.new_context(**settings).new_page()
        guest = Visitor(page, site)
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: guest.faults.append(str(error)))
        page.on("console", lambda said: guest.faults.append(said.text) if "Content Security Policy" in said.text else None)
        opened.append(guest)
        return guest.sign_in(login) if login else guest

    yield enter
    for guest in opened:
        guest.page.context.close()
    assert [fault for guest in opened for fault in guest.faults] == []
