"""The code is scanned by bandit and ruff's security rules, every exception says why, and every package is locked with its hash."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CODE = ("webapp", "matching", "search", "seed")


def test_bandit_finds_nothing_unexplained() -> None:
    command = [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", *CODE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_security_rules_of_the_linter_are_on() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert {rule for rule in lint["ignore"] if rule.startswith("S") and rule[1:].isdigit()} <= {"S603", "S607"}


def test_every_exception_to_a_security_rule_says_why() -> None:
    unexplained = []
    for path in (path for folder in CODE for path in (ROOT / folder).rglob("*.py")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            mark = re.search(r"#\s*(?:noqa:\s*S\d|nosec)(.*)", line)
            if mark and not re.search(r"[a-z]{3}", mark[1]):
                unexplained.append(f"{path.relative_to(ROOT)}:{number}")
    assert unexplained == []


def test_every_package_is_locked_with_its_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        pinned = re.findall(r"^[A-Za-z0-9_.\[\]-]+==\S+.*(?:\n\s+--hash=sha256:[0-9a-f]{64}.*)+", text, re.M)
        named = re.findall(r"^[A-Za-z0-9_.\[\]-]+==", text, re.M)
        assert named
        assert len(pinned) == len(named)
